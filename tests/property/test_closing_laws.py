"""The laws of closing, on small worlds: final is final, the ledger goes on, and exceptions explain the difference."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.audit.doctor.closings import unproved_closing
from novigem.engine.closing.late import Exceptions, exceptions_of, standings_now
from novigem.engine.closing.states import states
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.store import Store
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.closing import Closing, FinalProgress, read_standings
from novigem.model.program import Program
from novigem.queries.queries import Queries
from tests.property.runs import FRESH, feed, frozen_clock, in_order, tell_people
from tests.property.strategies_engine import USERS, pages_of, worlds

ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 4), ("sqlite", 15)])
World = tuple[Program, list[Change]]


def some(share: int) -> settings:
    """Give settings with a share of the examples of the profile."""
    return settings(max_examples=max(1, settings.default.max_examples // share))


def close_everything(store: Store, program: Program) -> list[Closing]:
    """Close all there is: everything is over long before the frozen moment."""
    closed = Manual(Engine(store, [program], clock=frozen_clock)).close_due()
    assert {one.status for one in states(program, store, to_micros(frozen_clock()))} == {"final"}
    return closed


@ON_EACH_STORE
def test_what_is_closed_never_changes_and_exceptions_explain_the_whole_difference(kind: str, share: int) -> None:
    @some(share)
    @given(world=worlds(), data=st.data())
    def check(world: World, data: st.DataObject) -> None:
        program, changes = world
        order = data.draw(st.permutations(changes), label="order")
        cut = data.draw(st.integers(0, len(order)), label="closed after")
        with FRESH[kind]() as store:
            tell_people(store)
            feed(store, program, [[], order[:cut]])
            closed = close_everything(store, program)
            queries = Queries(store, now=frozen_clock())
            # Some small programs are none that a file could hold, so they are not read back.
            queries._programs._known[program.program, program.version] = program
            boards = [final_of(queries, one) for one in closed if one.kind == "board"]
            for number, page in enumerate(data.draw(pages_of(order[cut:]), label="pages"), start=1):
                feed(store, program, [page])
                by_hand = Engine(store, [program], clock=lambda n=number: frozen_clock().replace(microsecond=n))
                Manual(by_hand).adjust(program.program, USERS[number % 4], number, reason="by hand")
            assert close_everything(store, program) == []
            assert store.closings() == sorted(closed, key=lambda one: (one.ends, one.kind, one.id, one.period))
            assert [final_of(queries, one) for one in closed if one.kind == "board"] == boards
            for one in closed:
                assert list(unproved_closing(one, program, store)) == []
                explains(exceptions_of(one, program, store), program, queries)

    check()


def final_of(queries: Queries, closing: Closing, *, live: bool = False) -> list[tuple[object, ...]]:
    """Read a closed board by its name, as everybody does."""
    final = read_standings(closing)
    kind = closing.period.partition(":")[0]
    noon = from_micros(final.start) + timedelta(hours=36)
    period = kind if kind == "program" else f"{kind}:{noon.date()}"
    board = queries.board(closing.id, program_id=closing.program, period=period, live=live)
    assert board.period == closing.period
    assert board.status == ("live" if live else "final")
    return [(row.rank, row.user, row.points, row.entries, row.tie) for row in board.rows]


def explains(found: Exceptions, program: Program, queries: Queries) -> None:
    """Hold the late entries to the difference between the final standings and the ledger of today."""
    final, store = read_standings(found.closing), queries.store
    assert all(one.number > found.closing.as_of for one in found.late)
    today = standings_now(final, program, store)
    late = Counter[str]()
    for entry in found.late:
        late[entry.user] += entry.points
    then = {row.user: row.points for row in (*final.rows, *final.progress)}
    now = {row.user: row.points for row in today.lines}
    assert {user: now.get(user, 0) - then.get(user, 0) for user in {*then, *now}} == {
        user: late[user] for user in {*then, *now}
    }
    assert all(not late[user] for user in late.keys() - then.keys() - now.keys())
    shown = {one.user for one in found.shifts}
    assert {user for user in {*then, *now} if then.get(user) != now.get(user)} <= shown
    if final.kind == "board":
        rows = [(row.rank, row.user, row.points, row.entries, row.tie) for row in today.rows]
        assert final_of(queries, found.closing, live=True) == rows
    else:
        kept = {
            row.user: row for row in store.progress_rows() if (row.challenge, row.period) == (final.id, final.period)
        }
        assert {row.user: _figures(row) for row in today.progress} == {
            user: (row.value, row.target, row.entries, row.first, row.last, row.completed) for user, row in kept.items()
        }


def _figures(row: FinalProgress) -> tuple[object, ...]:
    return (row.value, row.target, row.entries, row.first, row.last, row.completed)


@some(3)
@given(worlds(), st.data())
def test_final_standings_do_not_depend_on_how_the_changes_before_came(world: World, data: st.DataObject) -> None:
    program, changes = world
    bodies = []
    for order in (in_order(changes), data.draw(st.permutations(changes), label="order")):
        with FRESH["memory"]() as store:
            tell_people(store)
            feed(store, program, data.draw(pages_of(order), label="pages"))
            closed = close_everything(store, program)
            finals = [read_standings(one) for one in closed]
            bodies.append([(one.kind, one.id, one.period, one.rows, one.progress, one.left_out) for one in finals])
    assert bodies[0] == bodies[1]


@settings(max_examples=30)
@given(world=worlds(most=12), data=st.data())
def test_any_altered_character_of_a_closing_is_found(world: World, data: st.DataObject) -> None:
    program, changes = world
    with FRESH["memory"]() as store:
        tell_people(store)
        feed(store, program, [changes])
        closing = data.draw(st.sampled_from(close_everything(store, program)), label="closing")
        column = data.draw(st.sampled_from(["id", "period", "version", "body", "digest"]), label="column")
        text = getattr(closing, column) or "week"
        place = data.draw(st.integers(0, len(text) - 1), label="place")
        other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != text[place]), label="other")
        altered = closing._replace(**{column: text[:place] + other + text[place + 1 :]})
        assert list(unproved_closing(altered, program, store))
        number = data.draw(st.sampled_from(["ends", "closed", "as_of"]), label="number")
        assert list(unproved_closing(closing._replace(**{number: getattr(closing, number) + 1}), program, store))
