"""Reading back: programs with operators of one's own, and the versions that come and go."""

from datetime import UTC, datetime

import pytest

from novigem import Engine, MemorySource, ProgramError, Queries, Registry
from novigem.ledger.memory.store import MemoryStore
from novigem.model.entry import Total
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


class Interrupted(MemoryStore):
    """A store into which somebody commits while a board is being read, a given number of times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.commit = lambda: None

    def top(self, *arguments: object, **options: object) -> list[Total]:
        found = super().top(*arguments, **options)
        if self.times:
            self.times -= 1
            self.commit()
        return found


def test_a_board_is_read_as_of_one_position_though_a_run_commits_in_between() -> None:
    store = Interrupted(times=2)
    program = make_program()
    engine = Engine(store, [program])
    engine.apply([])
    records = iter(range(1, 10))
    store.commit = lambda: engine.apply([make_change(record=next(records))])
    board = Queries(store, now=NOW).board()
    assert board.as_of == store.entry_count() == 2
    assert sum(row.entries for row in board.rows) == board.as_of


def test_an_excluded_user_who_earned_before_is_left_out_of_the_board() -> None:
    store = MemoryStore()
    Engine(store, [make_program()]).apply([make_change()])
    assert len(Queries(store, now=NOW).board().rows) == 1
    owner = next(store.entries()).user
    Engine(store, [make_program(participants={"exclude": [owner]}, leaderboards=[{}])]).apply([])
    assert Queries(store, now=NOW).board().rows == ()
