"""Programs: YAML files to checked `Program`s, and back.

Comes in: a path or a text. Goes out: a `Program`, or `ProgramError` with every finding; canonical YAML; a JSON Schema.
Must not import feed, ledger, challenges, leaderboards, or anything above them.
"""

from novigem.program.diagnostics import Diagnostic
from novigem.program.dump import dump_program
from novigem.program.load import check_program, load_program, load_program_text

__all__ = ["Diagnostic", "check_program", "dump_program", "load_program", "load_program_text"]
