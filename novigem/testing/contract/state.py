"""What every store keeps beside the ledger: progress, counted things, badge awards and totals, by key."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

import msgspec

from novigem.ledger.store import ItemKey, RowFilter, Store
from novigem.model.entry import BadgeAward, Progress, ProgressKey, TierKey
from novigem.testing.builders import make_id
from novigem.testing.contract.samples import HOUR, MONDAY, sample_badge, sample_entry, sample_progress, sample_total


class StateContract:
    """The derived part of `StoreContract`."""

    #: How many rows go in at once: more than any limit on parameters.
    many = 10_000

    def test_progress_comes_back_as_it_went_in(self, store: Store) -> None:
        """Rows stand in order of their keys."""
        rows = [sample_progress(2), sample_progress(1, completed=MONDAY), sample_progress(1, period="week:2026-01-05")]
        with store.begin() as transaction:
            transaction.save_progress(rows)
            assert transaction.progress([row.key for row in rows]) == {row.key: row for row in rows}
        assert store.progress_rows() == sorted(rows, key=lambda row: row.key)

    def test_progress_is_written_over_and_removed_by_key(self, store: Store) -> None:
        """Removing what is not there is no error."""
        first, second = sample_progress(1), sample_progress(2)
        moved = msgspec.structs.replace(first, value=9, completed=MONDAY + HOUR, entries=5)
        with store.begin() as transaction:
            transaction.save_progress([first, second])
        with store.begin() as transaction:
            transaction.save_progress([moved], [second.key, sample_progress(3).key])
            assert transaction.progress([first.key, second.key]) == {first.key: moved}
        assert store.progress_rows() == [moved]

    def test_progress_and_badges_are_filtered(self, store: Store) -> None:
        """By program, by user and by challenge."""
        progress = [sample_progress(1), sample_progress(2, challenge="other"), sample_progress(1, program="second")]
        badges = [sample_badge(1), sample_badge(2, challenge="other"), sample_badge(1, program="second")]
        with store.begin() as transaction:
            transaction.save_progress(progress)
            transaction.award_badges(badges)
        for which, wanted in {
            RowFilter(program="program"): [0, 1],
            RowFilter(user=make_id("005", 1)): [0, 2],
            RowFilter(challenge="other"): [1],
            RowFilter(program="second", challenge="other"): [],
        }.items():
            assert set(_keys(store.progress_rows(which))) == {progress[n].key for n in wanted}
            assert {_key(row) for row in store.badges(which)} == {_key(badges[n]) for n in wanted}

    def test_counted_things_are_kept_by_scope_user_and_name(self, store: Store) -> None:
        """A count may fall back to zero."""
        one, two = ItemKey("scope", make_id("005", 1), "a"), ItemKey("scope", make_id("005", 2), "a")
        with store.begin() as transaction:
            transaction.save_items({one: 1, two: 3})
        with store.begin() as transaction:
            transaction.save_items({one: 0})
            assert transaction.items([one, two, ItemKey("other", one.user, "a")]) == {one: 0, two: 3}

    def test_badges_come_back_as_they_went_in(self, store: Store) -> None:
        """They stand in order of moment, and a user's own can be asked for."""
        by_hand = sample_badge(1, challenge="", reason="helped", author="boss", awarded=MONDAY - HOUR)
        rows = [sample_badge(2), sample_badge(1), by_hand]
        with store.begin() as transaction:
            assert transaction.award_badges(rows) == 3
            assert transaction.badges(RowFilter("program", make_id("005", 1))) == [by_hand, rows[1]]
            assert transaction.badges(RowFilter("other", make_id("005", 1))) == []
        assert store.badges() == [by_hand, rows[1], rows[0]]

    def test_a_badge_given_again_keeps_one_row_with_the_new_moment(self, store: Store) -> None:
        """Only new badges are counted."""
        with store.begin() as transaction:
            transaction.award_badges([sample_badge(1)])
        with store.begin() as transaction:
            assert transaction.award_badges([sample_badge(1, awarded=MONDAY + 1), sample_badge(2)]) == 1
        assert [row.awarded for row in store.badges()] == [MONDAY, MONDAY + 1]

    def test_a_withdrawn_badge_is_gone(self, store: Store) -> None:
        """It goes by its key, whatever moment it carries, and may be given again."""
        with store.begin() as transaction:
            transaction.award_badges([sample_badge(1), sample_badge(2)])
            transaction.withdraw_badges([sample_badge(1, awarded=MONDAY + 5), sample_badge(3)])
        assert store.badges() == [sample_badge(2)]
        with store.begin() as transaction:
            assert transaction.award_badges([sample_badge(1)]) == 1

    def test_totals_come_back_as_they_went_in(self, store: Store) -> None:
        """By key, one at a time, and by the beginning of a book's name."""
        rows = [sample_total(1), sample_total(2, points=-4), sample_total(1, book="program_:*:all")]
        keys = [(row.book, row.user) for row in rows]
        with store.begin() as transaction:
            transaction.save_totals(rows)
            assert transaction.totals([*keys, ("none", "nobody")]) == dict(zip(keys, rows, strict=True))
        assert store.total(*keys[1]) == rows[1]
        assert store.total("none", "nobody") is None
        assert list(store.rollup_totals("program:")) == rows[:2]
        # An underscore or a percent sign in a name is no wildcard.
        assert list(store.rollup_totals("program_")) == rows[2:]
        assert list(store.rollup_totals("%")) == []

    def test_a_total_without_entries_is_removed(self, store: Store) -> None:
        """So that nobody stands on a board for what was taken back."""
        with store.begin() as transaction:
            transaction.save_totals([sample_total(1), sample_total(2)])
            transaction.save_totals([sample_total(1, points=0, entries=0), sample_total(3, points=0, entries=0)])
        assert list(store.rollup_totals("program")) == [sample_total(2)]

    def test_a_total_of_zero_points_is_kept(self, store: Store) -> None:
        """Somebody with entries that add up to nothing still has a place."""
        with store.begin() as transaction:
            transaction.save_totals([sample_total(1, points=0)])
        assert store.top("program:*:all", (), None) == [sample_total(1, points=0)]

    def test_places_come_back_as_they_went_in(self, store: Store) -> None:
        """How many share each; a place of nobody is removed."""
        key = TierKey("program:*:all", "first_to_reach", -10, 5)
        others = [TierKey("program:*:all", "", -10), TierKey("program_:*:all", "", -10)]
        with store.begin() as transaction:
            transaction.save_tiers({key: 3, others[0]: 1, others[1]: 2})
            transaction.save_tiers({key: 4, others[0]: 0})
            assert transaction.tiers([key, *others]) == {key: 4, others[1]: 2}
        assert store.tier_counts("program:") == {key: 4}
        with store.begin() as transaction:
            transaction.clear_totals("program")
        assert store.tier_counts("") == {others[1]: 2}

    def test_clearing_removes_the_totals_of_one_program_only(self, store: Store) -> None:
        """Its counted things go too; all else stays, and so does a program whose name begins alike."""
        other = ItemKey("program_:*:all", make_id("005", 1), "a")
        with store.begin() as transaction:
            transaction.append([sample_entry(1)])
            transaction.save_progress([sample_progress(1)])
            transaction.save_totals([sample_total(1), sample_total(1, book="program_:*:all")])
            mine = ItemKey("program:*:all", make_id("005", 1), "a")
            transaction.save_items({mine: 1, other: 2})
            transaction.award_badges([sample_badge(1)])
        with store.begin() as transaction:
            transaction.clear_totals("program")
            assert transaction.items([mine, other]) == {other: 2}
        assert [row.book for row in store.rollup_totals("")] == ["program_:*:all"]
        assert (store.entry_count(), len(store.progress_rows()), len(store.badges())) == (1, 1, 1)

    def test_many_rows_go_in_at_once(self, store: Store) -> None:
        """Writing and reading by key have no limit of their own."""
        progress = [sample_progress(n) for n in range(self.many)]
        totals = [sample_total(n) for n in range(self.many)]
        items = {ItemKey("scope", "user", str(n)): n for n in range(self.many)}
        with store.begin() as transaction:
            transaction.save_progress(progress)
            transaction.save_totals(totals)
            transaction.save_items(items)
            half = self.many // 2 + 1
            assert len(transaction.progress([row.key for row in progress[:half]])) == half
            assert len(transaction.totals([(row.book, row.user) for row in totals[:half]])) == half
            assert len(transaction.items(list(items)[:half])) == half
        assert len(store.progress_rows()) == self.many

    def test_rows_of_one_period_are_found(self, store: Store) -> None:
        """The empty period is one of its own: that of challenges that do not start anew."""
        with store.begin() as transaction:
            transaction.save_progress([sample_progress(1, period=""), sample_progress(2, period="week:2026-01-05")])
            transaction.award_badges([sample_badge(1, period=""), sample_badge(2, period="gold")])
        weekly = RowFilter(period="week:2026-01-05")
        assert [row.user for row in store.progress_rows(weekly)] == [make_id("005", 2)]
        assert [row.user for row in store.badges(RowFilter(period=""))] == [make_id("005", 1)]

    def test_empty_batches_change_nothing(self, store: Store) -> None:
        """The engine writes every part of every page, also where there is nothing to write."""
        with store.begin() as transaction:
            transaction.save_progress([])
            transaction.save_items({})
            transaction.save_totals([])
            transaction.withdraw_badges([])
            assert transaction.award_badges([]) == 0
            assert transaction.progress([]) == {}
            assert transaction.items([]) == {}
            assert transaction.totals([]) == {}
        assert store.progress_rows() == []
        assert store.badges() == []
        assert list(store.rollup_totals("")) == []


def _key(award: BadgeAward) -> tuple[str, ...]:
    return tuple(getattr(award, name) for name in ("program", "badge", "user", "challenge", "period"))


def _keys(rows: list[Progress]) -> list[ProgressKey]:
    return [row.key for row in rows]
