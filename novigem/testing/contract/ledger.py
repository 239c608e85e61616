"""What every store keeps of the ledger: entries come back as they went in, once per key, in order, for good."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

import msgspec

from novigem.ledger.store import EntryFilter, Store
from novigem.model.entry import Counted, Entry, EntryKind
from novigem.testing.builders import make_id
from novigem.testing.contract.samples import MONDAY, bare_entry, refused, sample_entry, undone


def _append(store: Store, *entries: Entry) -> list[Entry]:
    with store.begin() as transaction:
        return transaction.append(entries)


class LedgerContract:
    """The ledger part of `StoreContract`."""

    #: How many rows go in at once: more than any limit on parameters.
    many = 10_000

    def test_entries_come_back_as_they_went_in(self, store: Store) -> None:
        """Every column survives, filled or empty."""
        numbered = _append(store, sample_entry(1), bare_entry(2), bare_entry(3, generation=4))
        assert [entry.number for entry in numbered] == [1, 2, 3]
        assert list(store.entries()) == numbered
        unnumbered = [msgspec.structs.replace(entry, number=0) for entry in numbered]
        assert unnumbered == [sample_entry(1), bare_entry(2), bare_entry(3, generation=4)]

    def test_every_kind_of_entry_is_kept(self, store: Store) -> None:
        """The kind comes back as the kind, not as a text."""
        _append(store, *(sample_entry(n, kind=kind) for n, kind in enumerate(EntryKind)))
        assert [entry.kind for entry in store.entries()] == list(EntryKind)
        assert all(isinstance(entry.kind, EntryKind) for entry in store.entries())

    def test_the_last_adjustment_of_everybody_is_found(self, store: Store) -> None:
        """By program and user; other kinds of entries do not count."""
        _append(store, bare_entry(1), bare_entry(3), bare_entry(2), sample_entry(9))
        assert store.last_adjusted(["program", "other"]) == {("program", make_id("005", 1)): MONDAY + 3}
        assert store.last_adjusted(["other"]) == {}

    def test_large_numbers_are_exact(self, store: Store) -> None:
        """Points, goal values and moments use the whole range of a 64-bit integer."""
        largest = 2**63 - 1
        entry = sample_entry(points=largest, goal_value=-largest, seq=largest, occurred=-largest)
        _append(store, entry)
        (kept,) = store.entries()
        assert (kept.points, kept.goal_value, kept.seq, kept.occurred) == (largest, -largest, largest, -largest)

    def test_text_of_any_script_is_kept(self, store: Store) -> None:
        """No character is lost or normalised."""
        text = "Zoë 日本語 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET} e\N{COMBINING ACUTE ACCENT} '\"\\%_;--"
        _append(store, sample_entry(reason=text, goal_item=text, key=f"program/{text}"))
        (kept,) = store.entries()
        assert (kept.reason, kept.goal_item, kept.key) == (text, text, f"program/{text}")

    def test_numbers_go_on_without_gaps(self, store: Store) -> None:
        """The ledger position grows by one per entry, also after a transaction that was undone."""
        _append(store, sample_entry(1), sample_entry(2))
        with undone(store) as transaction:
            transaction.append([sample_entry(3)])
        assert [entry.number for entry in _append(store, sample_entry(4))] == [3]
        assert store.entry_count() == 3

    def test_each_transaction_that_holds_the_lock_raises_the_revision(self, store: Store) -> None:
        """Whoever keeps an answer keeps it under the revision it was read at."""
        before = store.revision()
        _append(store, sample_entry(1))
        after = store.revision()
        assert after > before
        with undone(store) as transaction:
            transaction.append([sample_entry(2)])
        assert store.revision() == after
        with store.begin() as transaction:
            transaction.opt_out(sample_entry(1).user, 1)
            inside = transaction.revision()
        assert (inside, store.revision()) == (after, after + 1)

    def test_an_empty_ledger_is_at_position_zero(self, store: Store) -> None:
        """Reading a place that nothing was written to shows an empty ledger."""
        assert store.entry_count() == 0
        assert list(store.entries()) == []
        assert store.users("program") == []

    def test_a_key_is_refused_a_second_time(self, store: Store) -> None:
        """The dedupe key is held by the store, and what came with it is undone."""
        _append(store, sample_entry(1))
        with refused():
            _append(store, sample_entry(2), sample_entry(1, user=make_id("005", 2)))
        assert [entry.record for entry in store.entries()] == [make_id("006", 1)]

    def test_a_key_is_refused_twice_in_one_batch(self, store: Store) -> None:
        """Two entries of one batch cannot share a key."""
        with refused():
            _append(store, sample_entry(1), sample_entry(1))
        assert store.entry_count() == 0

    def test_the_next_generation_of_a_key_is_accepted(self, store: Store) -> None:
        """A fact that was reversed may be entered again."""
        _append(store, sample_entry(1), sample_entry(1, generation=1))
        with refused():
            _append(store, sample_entry(1, generation=1))
        assert [entry.generation for entry in store.entries()] == [0, 1]

    def test_an_entry_is_reversed_once(self, store: Store) -> None:
        """A second reversal of the same entry is refused, whatever its key."""
        _append(store, sample_entry(1))
        _append(store, sample_entry(2, kind=EntryKind.REVERSAL, reverses=1))
        with refused():
            _append(store, sample_entry(3, kind=EntryKind.REVERSAL, reverses=1))
        assert store.entry_count() == 2

    def test_latest_gives_the_newest_generation_of_each_key(self, store: Store) -> None:
        """It also tells whether that entry stands."""
        first, second, _other = _append(store, sample_entry(1), sample_entry(2), sample_entry(3))
        _append(store, sample_entry(8, kind=EntryKind.REVERSAL, reverses=first.number))
        again = _append(store, sample_entry(1, generation=1))[0]
        _append(store, sample_entry(9, kind=EntryKind.REVERSAL, reverses=second.number))
        keys = [first.key, second.key, "program/rule/none"]
        with store.begin() as transaction:
            assert transaction.latest(keys) == store.latest(keys)
        assert store.latest(keys) == {first.key: (again, False), second.key: (second, True)}

    def test_entries_are_seen_inside_their_own_transaction(self, store: Store) -> None:
        """The engine reads a user's entries right after it has appended to them."""
        with store.begin() as transaction:
            (entry,) = transaction.append([sample_entry(1)])
            assert list(transaction.entries(EntryFilter("program", entry.user))) == [entry]
            assert transaction.latest([entry.key]) == {entry.key: (entry, False)}
            assert transaction.users("program") == [entry.user]

    def test_entries_of_a_user_stand_in_ledger_order(self, store: Store) -> None:
        """Other users and other programs are left out."""
        other = make_id("005", 2)
        rows = (sample_entry(3), sample_entry(1, user=other), sample_entry(2), sample_entry(4, program="other"))
        _append(store, *rows)
        with store.begin() as transaction:
            found = list(transaction.entries(EntryFilter("program", make_id("005", 1))))
        assert [entry.number for entry in found] == [1, 3]
        assert store.users("program") == sorted([make_id("005", 1), other])

    def test_entries_of_a_user_are_found_by_challenge_and_period(self, store: Store) -> None:
        """A row that is counted anew reads no more than it is made of."""
        user = make_id("005", 1)
        rows = (sample_entry(1), sample_entry(2, challenge="other"), sample_entry(3, period="week:2026-01-12"))
        _append(store, *rows, sample_entry(4, user=make_id("005", 2)))
        which = EntryFilter("program", user, challenge="challenge")
        with store.begin() as transaction:
            in_challenge = list(transaction.entries(which))
            in_week = list(transaction.entries(which._replace(period="week:2026-01-12")))
        assert ([one.number for one in in_challenge], [one.number for one in in_week]) == ([1, 3], [3])

    def test_entries_are_found_by_each_of_their_challenges(self, store: Store) -> None:
        """What counts for several challenges is one entry, with the period that each of them counts it in."""
        user, more = make_id("005", 1), Counted("streak", None, 1_000_000, "day:2026-01-05")
        several = sample_entry(2, also=(more, Counted("third", "month:2026-01", -2_000_000, None)))
        one, two, three = _append(store, sample_entry(1), several, sample_entry(3, challenge="streak", period=None))
        assert list(store.entries()) == [one, two, three]
        assert (two.also, store.latest([two.key])[two.key].entry) == (several.also, two)
        wanted = {
            EntryFilter(challenge="challenge"): [1, 2],
            EntryFilter(challenge="streak"): [2, 3],
            EntryFilter(challenge="third", period="month:2026-01"): [2],
            EntryFilter(challenge="third", period="week:2026-01-05"): [],
            EntryFilter(challenge="none"): [],
            EntryFilter(period="month:2026-01"): [2],
            EntryFilter("program", user, challenge="streak"): [2, 3],
            EntryFilter("program", user, challenge="third", period="month:2026-01"): [2],
            EntryFilter("program", user, challenge="challenge", period="month:2026-01"): [],
        }
        with store.begin() as transaction:
            found = {which: [entry.number for entry in transaction.entries(which)] for which in wanted}
        assert found == wanted
        assert {which: [entry.number for entry in store.entries(which)] for which in wanted} == wanted

    def test_entries_are_filtered_by_every_field_of_a_filter(self, store: Store) -> None:
        """Times are half-open, `up_to` includes its position."""
        one = sample_entry(1, occurred=MONDAY)
        two = sample_entry(2, occurred=MONDAY + 1, user=make_id("005", 2), rule="other", challenge=None)
        three = sample_entry(3, occurred=MONDAY + 2, program="other")
        _append(store, one, two, three)
        wanted = {
            EntryFilter(): [1, 2, 3],
            EntryFilter(program="program"): [1, 2],
            EntryFilter(user=make_id("005", 2)): [2],
            EntryFilter(rule="other"): [2],
            EntryFilter(rules=frozenset(("other", "rule"))): [1, 2, 3],
            EntryFilter(rules=frozenset(("other", "none"))): [2],
            EntryFilter(rules=frozenset()): [],
            EntryFilter(challenge="challenge"): [1, 3],
            EntryFilter(record=make_id("006", 3)): [3],
            EntryFilter(since=MONDAY + 1): [2, 3],
            EntryFilter(until=MONDAY + 1): [1],
            EntryFilter(since=MONDAY, until=MONDAY): [],
            EntryFilter(up_to=2): [1, 2],
            EntryFilter(program="program", up_to=1, user=make_id("005", 2)): [],
        }
        found = {which: [entry.number for entry in store.entries(which)] for which in wanted}
        assert found == wanted

    def test_many_entries_go_in_at_once(self, store: Store) -> None:
        """Batches and key look-ups are larger than any limit on parameters."""
        entries = [sample_entry(n, user=make_id("005", n % 7)) for n in range(self.many)]
        with store.begin() as transaction:
            numbered = transaction.append(entries)
            latest = transaction.latest([entry.key for entry in entries])
        assert [entry.number for entry in numbered] == list(range(1, self.many + 1))
        assert len(latest) == self.many
        assert list(store.entries()) == numbered

    def test_appending_nothing_changes_nothing(self, store: Store) -> None:
        """An empty batch is a batch."""
        assert _append(store) == []
        with store.begin() as transaction:
            assert transaction.latest([]) == {}
        assert store.entry_count() == 0
