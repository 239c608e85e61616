"""Programs: YAML files to checked `Program`s, and back.

    load.py        a file or a text to a checked program
    document.py, scalars.py, syntax.py, reader.py, conditions.py   YAML, with the place of every value, to parts
    repair.py, draft.py   mistakes put right so far that one never hides another; a program with its mistakes
    checks/        what no single part can know, and a program against an org
    diagnostics.py, codes.py, messages.py, words.py   what is told of mistakes
    dump.py, schema.py, parts.py, reference.py   canonical YAML, the JSON Schema, the reference page
    difference.py, redaction.py, watched.py   two versions in words; without erased people; what is read of an org
    playbooks.py   the programs that ship

Comes in: a path or a text. Goes out: a `Program`, or `ProgramError` with every finding; canonical YAML; a JSON Schema.
May import rules, model, and feed to check against an org. Must not import the engine, or anything above it.
"""

from novigem.program.diagnostics import Diagnostic
from novigem.program.dump import dump_program
from novigem.program.load import check_program, load_program, load_program_text

__all__ = ["Diagnostic", "check_program", "dump_program", "load_program", "load_program_text"]
