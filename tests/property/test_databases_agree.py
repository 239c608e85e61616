"""SQLite and PostgreSQL give the same state for the same runs."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine as Database

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import Store, Who
from novigem.model.change import Change
from novigem.model.program import Program
from tests.conftest import empty_tables
from tests.property.runs import feed, fresh_sqlite, frozen_clock, state, tell_people
from tests.property.strategies_engine import TIES, USERS, pages_of, worlds

SCOPES = (Who(), Who(roles=frozenset(["CSM"])), Who(managers=frozenset([USERS[3]]), excluded=frozenset([USERS[1]])))


def run(store: Store, program: Program, pages: list[list[Change]]) -> list[Any]:
    """Run everything and ask everything: what the two databases have to agree on."""
    tell_people(store)
    feed(store, program, pages)
    engine = Engine(store, [program], clock=frozen_clock)
    Manual(engine).adjust(program.program, USERS[1], 3, reason="Zoë said so")
    Manual(engine).award_badge(program.program, "good", USERS[1], reason="helped")
    boards = []
    for book in sorted({total.book for total in store.rollup_totals("")}):
        for who in SCOPES:
            top = store.top(book, TIES, None, who)
            boards.append(top)
            for total in top:
                boards.append(store.neighbours(total, TIES, 1, who))
                boards.append(store.count_above(total, TIES[:1], who, distinct=True))
    return [state(store), list(store.entries()), list(store.changes()), store.everybody(), store.programs(), boards]


def test_sqlite_and_postgresql_give_the_same_answers(postgres_engine: Database) -> None:
    # One database for all examples: making one costs more than all the rest.
    @settings(max_examples=max(1, settings.default.max_examples // 10), suppress_health_check=[*HealthCheck])
    @given(worlds(), st.data())
    def check(world: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = world
        pages = data.draw(pages_of(changes))
        empty_tables(postgres_engine)
        with fresh_sqlite() as sqlite:
            assert run(SqlStore(postgres_engine), program, pages) == run(sqlite, program, pages)

    check()
