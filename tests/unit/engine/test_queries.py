"""Reading back: programs with operators of one's own, and the versions that come and go."""

from datetime import UTC, datetime

import pytest

from novigem import Engine, MemorySource, ProgramError, Queries, Registry
from novigem.ledger.memory import MemoryStore
from novigem.program.load import load_program_text
from novigem.testing import make_change, make_program

NOW = datetime(2026, 1, 20, tzinfo=UTC)
OWN = """
program: own
name: Own
rules:
  - {id: weekend, object: Opportunity, trigger: create, when: [Name: {hasWords: 2}], points: 1}
"""


def test_a_program_with_operators_of_its_own_does_not_hide_the_others() -> None:
    registry = Registry().with_operator("hasWords", "words", lambda value, least: len(value.split()) >= least)
    store = MemoryStore()
    plain = make_program()
    Engine(store, [plain]).run(MemorySource([make_change()]))
    Engine(store, [load_program_text(OWN, "own.yaml", registry)], registry=registry).run(MemorySource([make_change()]))
    queries = Queries(store, now=NOW)
    assert list(queries.programs()) == [plain.program]
    assert queries.board(program_id=plain.program).program == plain.program
    with pytest.raises(ProgramError, match="'own' cannot be read back") as caught:
        queries.program("own")
    assert "registry" in (caught.value.hint or "")
    assert set(Queries(store, now=NOW, registry=registry).programs()) == {plain.program, "own"}
