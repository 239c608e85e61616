"""A statement leaves nothing unexplained: its lines add up to the balance, whatever stretch of it is shown."""

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import InputError
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import Change, from_micros
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.queries.statement import Statement, statement_of
from novigem.views.terminal.statement import line_words
from tests.property.runs import FRESH, tell_people
from tests.property.strategies_engine import USERS, pages_of, worlds

FEW = settings(max_examples=max(1, settings.default.max_examples // 4))
START = 1_780_000_000_000_000


@FEW
@given(worlds(), st.data())
def test_the_closing_balance_is_the_sum_of_the_lines_and_that_of_the_board(
    world: tuple[Program, list[Change]], data: st.DataObject
) -> None:
    program, changes = world
    pages = data.draw(pages_of(changes))
    # Every transaction is recorded a second later than the one before.
    moments = count(START, 1_000_000)
    with FRESH["memory"]() as store:
        tell_people(store)
        engine = Engine(store, [program], clock=lambda: from_micros(next(moments)))
        for page in pages:
            engine.apply(page)
            _by_hand(engine, data)
        cuts = st.none() | st.integers(START, START + 60_000_000)
        since, until = data.draw(cuts), data.draw(cuts)
        for user in USERS:
            _holds(statement_of(store, program.program, user), store, program)
            part = statement_of(store, program.program, user, since=since, until=until)
            _adds_up(part)
            if since is None or until is None or since <= until:
                whole = store.entries(EntryFilter(program=program.program, user=user))
                assert part.closing == sum(one.points for one in whole if until is None or one.recorded < until)


def _by_hand(engine: Engine, data: st.DataObject) -> None:
    program = next(iter(engine.programs))
    try:
        Manual(engine).adjust(program, USERS[0], data.draw(st.sampled_from([3, -2])), reason="by hand")
    except InputError:
        return


def _holds(statement: Statement, store: Store, program: Program) -> None:
    _adds_up(statement)
    total = store.total(f"{program.program}:*:all", statement.user)
    assert (statement.opening, statement.closing) == (0, total.points if total else 0)
    entries = store.entries(EntryFilter(program=program.program, user=statement.user))
    assert [line.entry for line in statement.lines] == list(entries)
    for line in statement.lines:
        words = line_words(line, program)
        if line.entry.kind is EntryKind.REVERSAL:
            assert line.takes_back is not None
            assert line.takes_back.points + line.entry.points == 0
            assert f"entry {line.takes_back.number}" in words
            assert line.entry.reason
            assert line.entry.reason in words
        if line.taken_back is not None:
            assert line.taken_back.reverses == line.entry.number
            assert f"taken back by entry {line.taken_back.number}" in words


def _adds_up(statement: Statement) -> None:
    assert statement.opening + sum(line.entry.points for line in statement.lines) == statement.closing
    balance = statement.opening
    for line in statement.lines:
        balance += line.entry.points
        assert line.balance == balance
