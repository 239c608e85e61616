"""Which records belong to which: what goes with a parent into the recycle bin, and what a merge moves over."""

from collections.abc import Iterator
from typing import Final

#: Children that go into the recycle bin with their parent, and come back with it: object and lookup.
CASCADES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Account": (
        ("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Case", "AccountId"), ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Case": (("Task", "WhatId"), ("Event", "WhatId")),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
    "Opportunity": (("Task", "WhatId"), ("Event", "WhatId")),
}  # fmt: skip
#: Lookups that a merge points at the winner.
MOVES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Account": (
        ("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Case", "AccountId"), ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Case": (("Task", "WhatId"), ("Event", "WhatId")),
    "Contact": (("Case", "ContactId"), ("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
}  # fmt: skip


def lookups(families: dict[str, tuple[tuple[str, str], ...]], name: str) -> Iterator[tuple[str, str]]:
    """Yield the objects and lookups that hang on an object."""
    return iter(families.get(name, ()))
