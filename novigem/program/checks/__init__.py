"""The cross-checks: what no single part of a program can know. One function a row.

Comes in: a `Draft`. Goes out: findings noted in its document. Adding a check is a function and a line below.
"""

from collections.abc import Callable
from typing import Final

from novigem.program.draft import Draft

CHECKS: Final[tuple[Callable[[Draft], None], ...]] = ()
