"""What every store keeps of two users that are one person, and how it then knows the person."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from datetime import UTC, date, datetime

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.store import Store, Who
from novigem.model.joins import NO_JOINS, Join
from novigem.model.people import JoinedPerson, JoinedUser
from novigem.model.program import ALWAYS_START
from novigem.planning.joins import JoinWish, decide_join, preview_join
from novigem.queries.queries import Queries
from novigem.testing.builders import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import MONDAY, sample_total

ANA, NEW, BOB = make_id("005", 1), make_id("005", 2), make_id("005", 3)
_NOW = datetime(2026, 1, 20, tzinfo=UTC)


def _join(user: str, person: str | None, since: int = ALWAYS_START, moment: int = MONDAY) -> Join:
    return Join(0, user, person, since, moment, "Sam", "new licence")


class JoinsContract:
    """The part of `StoreContract` about users that are one person."""

    def test_decisions_about_users_are_numbered_and_kept(self, store: Store) -> None:
        """What is taken back stays in the history, and a transaction sees its own."""
        assert store.joins() == NO_JOINS
        assert not store.joins()
        with store.begin() as transaction:
            assert transaction.save_join(_join(NEW, ANA)).number == 1
            assert transaction.joins().person(NEW) == ANA
        with store.begin() as transaction:
            assert transaction.save_join(_join(NEW, None)).number == 2
        assert [(one.number, one.user, one.person) for one in store.joins().history] == [(1, NEW, ANA), (2, NEW, None)]
        assert not store.joins()

    def test_somebody_with_two_users_is_known_as_one_person(self, store: Store) -> None:
        """Whoever is active stands for the person; who reports to either reports to the person."""
        old, new = make_person(1, name="Ana", email="a@x.example", role="Old", active=False), make_person(2, role="New")
        with store.begin() as transaction:
            transaction.save_people([old, new, make_person(3, manager=2)])
            transaction.save_join(_join(NEW, ANA))
            inside = transaction.everybody()
        ana, bob = store.everybody()
        assert inside == [ana, bob]
        assert isinstance(ana, JoinedPerson)
        assert (ana.id, ana.name, ana.email, ana.active, ana.role) == (ANA, "Ana", "a@x.example", True, "New")
        assert ana.users == (ANA, NEW)
        assert bob.manager == ANA
        assert store.people([ANA, BOB]) == {ANA: ana, BOB: bob}
        assert isinstance(store.people([NEW])[NEW], JoinedUser)
        assert [one.id for one in store.every_user()] == [ANA, NEW, BOB]

    def test_a_user_who_counts_as_another_from_a_day_on_was_somebody_before(self, store: Store) -> None:
        """So both are among everybody, and the one leads to the other."""
        with store.begin() as transaction:
            transaction.save_people([make_person(1), make_person(2)])
            transaction.save_join(_join(NEW, ANA, MONDAY))
        assert [(one.id, one.person) for one in store.everybody()] == [(ANA, ANA), (NEW, ANA)]

    def test_a_board_of_a_role_or_a_manager_asks_for_the_person(self, store: Store) -> None:
        """By the role of whichever user is active, and by either user of a manager."""
        with store.begin() as transaction:
            people = [make_person(1, role="Old", active=False), make_person(2, role="New"), make_person(3, manager=2)]
            transaction.save_people(people)
            transaction.save_totals([sample_total(1), sample_total(3)])
            transaction.save_join(_join(NEW, ANA))
        book = sample_total(1).book

        def ranked(**who: frozenset[str]) -> list[str]:
            found = [one.user for one in store.top(book, (), None, Who(**who))]
            assert [one.user for one in store.neighbours(sample_total(1), (), 5, Who(**who))] in (found, [])
            return found

        assert ranked(roles=frozenset({"New"})) == [ANA]
        assert ranked(roles=frozenset({"Old"})) == []
        assert ranked(managers=frozenset({ANA})) == [BOB]

    def test_a_join_moves_what_was_earned_and_parting_moves_it_back(self, store: Store) -> None:
        """One row, one goal; the same again changes nothing; looking at it changes nothing either."""
        program = make_program(
            {"challenge": "first", "points": 5},
            starts=date(2026, 1, 5),
            weeks=2,
            challenges=[{"id": "first", "goal": {"count": "rules", "target": 2}, "completion": {"bonus": 3}}],
        )
        engine = Engine(store, [program], clock=lambda: _NOW)
        engine.apply(Page((), (make_person(1, email="a@x.example", active=False), make_person(2, email="a@x.example"))))
        engine.apply(Page((), (make_person(1, email="a@x.example"),)))
        engine.apply([make_change(record=1, owner=1, at="2026-01-06T10:00:00Z")])
        engine.apply([make_change(record=2, owner=2, at="2026-01-07T10:00:00Z")])
        queries = Queries(store, now=_NOW)
        before = queries.board().rows
        wish = JoinWish(NEW, ANA, "Sam", "new licence")
        looked = preview_join(store, wish, now=_NOW)
        assert (queries.board().rows, store.joins()) == (before, NO_JOINS)
        done = decide_join(store, wish, now=_NOW)
        assert (looked.outcomes, looked.is_done, done.is_done) == (done.outcomes, False, True)
        assert decide_join(store, wish, now=_NOW).is_nothing
        assert [(row.user, row.points) for row in queries.board().rows] == [(ANA, 13)]
        engine.apply([make_change(record=3, owner=2, at="2026-01-08T10:00:00Z")])
        assert [(row.user, row.points) for row in queries.board().rows] == [(ANA, 18)]
        assert [found for _check, found in examine(store, {"test": program}) if found] == []
        part = wish._replace(person=None)
        assert decide_join(store, part, now=_NOW).is_done
        assert decide_join(store, part, now=_NOW).is_nothing
        assert sorted((row.user, row.points) for row in queries.board().rows) == [(ANA, 5), (NEW, 13)]
        assert [found for _check, found in examine(store, {"test": program}) if found] == []
