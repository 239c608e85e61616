"""What every store keeps of the feed: positions, people, changes, program versions, and input put aside."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from novigem.ledger.store import RejectedRow, Store, StoredProgram
from novigem.testing.builders import make_change, make_id, make_person
from novigem.testing.contract.samples import MONDAY, logged, undone


class FeedContract:
    """The feed part of `StoreContract`."""

    #: How many rows go in at once: more than any limit on parameters.
    many = 10_000

    def test_a_position_is_kept_by_feed(self, store: Store) -> None:
        """The last one saved counts."""
        with store.begin() as transaction:
            assert transaction.position("feed") is None
            transaction.save_position("feed", "page 1")
            transaction.save_position("other", "page 9")
        with store.begin() as transaction:
            transaction.save_position("feed", "page 2")
        with store.begin() as transaction:
            assert transaction.position("feed") == "page 2"
            assert transaction.position("other") == "page 9"

    def test_people_come_back_as_they_went_in(self, store: Store) -> None:
        """Filled or empty, in order of their ids."""
        people = [
            make_person(2, name="Zoë 🚀", email="z@acme.example", role="CSM", manager=1),
            make_person(1, active=False),
        ]
        with store.begin() as transaction:
            transaction.save_people(people)
            assert transaction.people([people[0].id, make_id("005", 9)]) == {people[0].id: people[0]}
            assert transaction.people([]) == {}
        assert store.everybody() == people[::-1]
        assert all(isinstance(person.active, bool) for person in store.everybody())
        assert store.people([people[1].id, make_id("005", 9)]) == {people[1].id: people[1]}

    def test_the_last_word_on_a_person_counts(self, store: Store) -> None:
        """Within one batch and over batches; a detail no longer told is forgotten."""
        with store.begin() as transaction:
            transaction.save_people([make_person(1, name="Old"), make_person(1, name="New", role="CSM")])
        assert store.everybody() == [make_person(1, name="New", role="CSM")]
        with store.begin() as transaction:
            transaction.save_people([make_person(1, active=False)])
        assert store.everybody() == [make_person(1, active=False)]

    def test_those_who_name_a_manager_are_found(self, store: Store) -> None:
        """Of what was told last; nobody is led by nobody."""
        with store.begin() as transaction:
            transaction.save_people([make_person(3, manager=1), make_person(2, manager=1), make_person(4, manager=2)])
            transaction.save_people([make_person(3, manager=2), make_person(5)])
        assert store.users_led_by([make_id("005", 1)]) == [make_id("005", 2)]
        assert store.users_led_by([make_id("005", 1), make_id("005", 2)]) == [make_id("005", n) for n in (2, 3, 4)]
        assert store.users_led_by([]) == []

    def test_a_nul_in_what_people_wrote_is_no_failure(self, store: Store) -> None:
        """PostgreSQL cannot hold that character, so a store may put another in its place."""
        with store.begin() as transaction:
            transaction.save_people([make_person(1, name="a\x00b", role="c\x00d")])
            transaction.reject([RejectedRow("feed", "line 1", "not JSON: \x00", "{\x00}", 1)])
            transaction.log_changes([logged(make_change(NextStep="e\x00f"))])
        (person,) = store.everybody()
        assert (person.name or "").startswith("a")
        (row,) = store.rejected()
        assert row.raw.startswith("{")
        ((_logged, change),) = store.changes()
        assert change.new["NextStep"] == "e\x00f"

    def test_changes_come_back_in_order_of_moment(self, store: Store) -> None:
        """Whatever order they went in, and by record."""
        late = make_change("update", record=1, at="2026-01-08T00:00:00Z", old={"Amount": 1}, Amount=2.5, by=3, seq=4)
        early = make_change(record=2, at="2026-01-07T00:00:00Z", Name="Zoë 🚀 日本語", Tags=["a", {"b": None}])
        with store.begin() as transaction:
            assert transaction.log_changes([logged(late), logged(early)]) == 2
        assert [change for _logged, change in store.changes()] == [early, late]
        assert list(store.changes_of([late.id])) == [(logged(late), late)]
        assert list(store.changes_of([make_id("006", 9)])) == []

    def test_a_change_is_logged_once(self, store: Store) -> None:
        """Within one batch and over batches; only new ones are counted."""
        one, two = logged(make_change(record=1)), logged(make_change(record=2))
        with store.begin() as transaction:
            assert transaction.log_changes([one, one]) == 1
        with store.begin() as transaction:
            assert transaction.log_changes([two, one]) == 1
            assert transaction.log_changes([]) == 0
        assert len(list(store.changes())) == 2

    def test_many_changes_and_people_go_in_at_once(self, store: Store) -> None:
        """A page may be large."""
        changes = [logged(make_change(record=n)) for n in range(self.many)]
        people = [make_person(n, name=f"User {n}") for n in range(self.many)]
        with store.begin() as transaction:
            assert transaction.log_changes(changes) == self.many
            transaction.save_people(people)
            assert len(transaction.people([person.id for person in people])) == self.many
        assert sum(1 for _row in store.changes()) == self.many

    def test_input_put_aside_is_kept_once(self, store: Store) -> None:
        """By feed and place, in that order; the first word stays."""
        rows = [RejectedRow("b", "line 1", "why", "raw", 1), RejectedRow("a", "line 2", "why", "raw", 2)]
        with store.begin() as transaction:
            transaction.reject([*rows, rows[0]])
            transaction.reject([rows[0]._replace(seen=9, reason="again")])
            transaction.reject([])
        assert store.rejected() == rows[::-1]

    def test_the_version_taken_last_is_the_newest(self, store: Store) -> None:
        """A version that comes back is accepted anew, and always after the one that it replaces."""
        first = StoredProgram("program", "v1", "name: Zoë\n", MONDAY)
        second = StoredProgram("program", "v2", "name: Anna\n", MONDAY - 1)
        with store.begin() as transaction:
            assert transaction.save_program(first)
            assert not transaction.save_program(first._replace(accepted=MONDAY + 5))
            assert transaction.save_program(second)
        assert store.programs() == [first, second._replace(accepted=MONDAY + 1)]
        with store.begin() as transaction:
            assert transaction.save_program(first)
        assert [one.version for one in store.programs()] == ["v2", "v1"]

    def test_a_failed_transaction_leaves_nothing(self, store: Store) -> None:
        """All of it commits together, or none of it."""
        with store.begin() as transaction:
            transaction.save_position("feed", "page 1")
            transaction.save_people([make_person(1, name="Before")])
        with undone(store) as transaction:
            transaction.save_position("feed", "page 2")
            transaction.save_people([make_person(1, name="After"), make_person(2)])
            transaction.save_program(StoredProgram("program", "v1", "text", MONDAY))
            transaction.reject([RejectedRow("feed", "line 1", "why", "raw", 1)])
            transaction.log_changes([logged(make_change())])
        assert store.everybody() == [make_person(1, name="Before")]
        assert (store.programs(), store.rejected(), list(store.changes())) == ([], [], [])
        with store.begin() as transaction:
            assert transaction.position("feed") == "page 1"
