"""What every store answers about ranks: exactly what the pure ranking says, for every tie-break chain."""
# ruff: noqa: S101 - tests: asserts are their point

import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations

from novigem.leaderboards.ranking import RankStyle, rank
from novigem.ledger.store import EVERYBODY, Store, Who
from novigem.model.entry import Total
from novigem.model.program import TieBreak
from novigem.model.ranking import tier_key
from novigem.testing.builders import make_id, make_person
from novigem.testing.contract.samples import sample_total

BOOK = "program:*:all"
STEPS: tuple[TieBreak, ...] = ("first_to_reach", "distinct_accounts", "fewer_awards")
CHAINS: tuple[tuple[TieBreak, ...], ...] = tuple(chain for n in range(4) for chain in permutations(STEPS, n))
PEOPLE = 14


def crowd() -> list[Total]:
    """Give totals full of ties, at every step of every chain."""
    chance = random.Random(20260105)  # noqa: S311 - a fixed crowd, not a secret
    numbers = list(range(1, PEOPLE + 1))
    chance.shuffle(numbers)
    return [
        sample_total(
            number,
            points=chance.choice((-5, 0, 0, 10, 10, 20)),
            reached=chance.choice((1, 2)),
            entries=chance.choice((1, 2)),
            accounts=chance.choice((0, 1)),
        )
        for number in numbers
    ]


def _save(store: Store, totals: Sequence[Total]) -> None:
    with store.begin() as transaction:
        transaction.save_totals([*totals, sample_total(1, book="program:other:all", points=10**6)])
        transaction.save_people(
            make_person(n, role=("A", "B", None)[n % 3], manager=(1, 2)[n % 2]) for n in range(1, PEOPLE - 3)
        )


class BoardContract:
    """The ranking part of `StoreContract`."""

    def test_top_stands_in_the_order_of_the_pure_ranking(self, store: Store) -> None:
        """For every chain and every limit; equals stand by user id."""
        _save(store, crowd())
        for chain in CHAINS:
            expected = [standing.total for standing in rank(crowd(), "dense", chain)]
            assert store.top(BOOK, chain, None) == expected, chain
            for limit in (0, 7, PEOPLE + 1):
                assert store.top(BOOK, chain, limit) == expected[:limit], (chain, limit)
                assert store.top(BOOK, chain, limit, skip=3) == expected[3 : 3 + limit], (chain, limit)
            assert store.top(BOOK, chain, None, skip=len(expected) - 1) == expected[-1:], chain

    def test_who_was_told_inactive_is_found_among_those_with_a_total(self, store: Store) -> None:
        """Of nobody else in the book, and of no other book; the last word counts."""
        _save(store, crowd())
        with store.begin() as transaction:
            transaction.save_people(make_person(n, active=False) for n in (1, 2, 3, PEOPLE + 1))
            transaction.save_people([make_person(2)])
        assert store.inactive(BOOK) == {make_id("005", n) for n in (1, 3)}
        assert store.inactive("program:other:all") == {make_id("005", 1)}
        assert store.inactive("nothing") == set()

    def test_the_lowest_sum_of_a_book_is_found(self, store: Store) -> None:
        """Below zero too; 0 of a book that nobody is in."""
        _save(store, crowd())
        assert store.lowest(BOOK) == min(total.points for total in crowd())
        assert store.lowest("program:other:all") == 10**6
        assert store.lowest("nothing") == 0

    def test_count_above_gives_the_rank_of_the_pure_ranking(self, store: Store) -> None:
        """`distinct` counts as a dense board does, without it as a competition board."""
        _save(store, crowd())
        for chain in CHAINS:
            assert _ranks(store, chain, distinct=True) == _pure("dense", chain), chain
            assert _ranks(store, chain) == _pure("competition", chain), chain

    def test_count_above_says_the_same_from_kept_places(self, store: Store) -> None:
        """However many share a place, and whichever chains are kept."""
        totals = crowd()
        _save(store, totals)
        for chain in CHAINS:
            with store.begin() as transaction:
                transaction.save_tiers(Counter(tier_key(total, chain) for total in totals))
            assert _ranks(store, chain, distinct=True) == _pure("dense", chain), chain
            assert _ranks(store, chain) == _pure("competition", chain), chain

    def test_kept_places_say_the_same_without_a_few_people(self, store: Store) -> None:
        """A place closes up where nobody else has it; one that somebody shares stays."""
        totals, chains = crowd(), (CHAINS[0], CHAINS[1], CHAINS[-1])
        _save(store, totals)
        with store.begin() as transaction:
            for chain in chains:
                transaction.save_tiers(Counter(tier_key(total, chain) for total in totals))
        by_points = sorted(totals, key=lambda total: -total.points)
        for excluded in (by_points[:3], by_points[1::3]):
            gone = frozenset(total.user for total in excluded)
            rest = [total for total in totals if total.user not in gone]
            for chain in chains:
                for style in ("dense", "competition"):
                    pure = {one.total.user: one.rank for one in rank(rest, style, chain)}
                    for total in rest[::2]:
                        above = store.count_above(total, chain, Who(excluded=gone), distinct=style == "dense")
                        assert 1 + above == pure[total.user], (chain, style, total.user)

    def test_neighbours_are_a_slice_of_the_ranking(self, store: Store) -> None:
        """With nobody repeated or skipped among equals, and fewer at both ends."""
        _save(store, crowd())
        for chain in CHAINS:
            order = [standing.total for standing in rank(crowd(), "ordinal", chain)]
            for each_side in (2,) if chain else (0, 1, 5, PEOPLE):
                for place, total in list(enumerate(order))[:: 3 if chain else 1]:
                    expected = order[max(0, place - each_side) : place + each_side + 1]
                    assert store.neighbours(total, chain, each_side) == expected, (chain, each_side, place)

    def test_a_board_ranks_only_the_people_it_is_for(self, store: Store) -> None:
        """By role, by manager, by name, less the excluded; people nobody told us about are in no role."""
        _save(store, crowd())
        for who in _scopes():
            expected = [one.total for one in rank([t for t in crowd() if _ranked(t, who)], "dense", STEPS)]
            assert store.top(BOOK, STEPS, None, who) == expected, who
            for place, total in enumerate(expected):
                above = [one for one in expected if one.points > total.points]
                assert store.count_above(total, (), who, distinct=False) == len(above)
                assert store.neighbours(total, STEPS, 1, who) == expected[max(0, place - 1) : place + 2]

    def test_somebody_outside_a_board_has_no_neighbours_on_it(self, store: Store) -> None:
        """A board does not show who is not on it."""
        _save(store, crowd())
        outsider = next(total for total in crowd() if total.user == make_id("005", 5))
        assert store.neighbours(outsider, (), 2, Who(excluded=frozenset([outsider.user]))) == []

    def test_an_empty_book_has_nobody_on_top(self, store: Store) -> None:
        """Asking for a board that nobody earned on is no error."""
        assert store.top("program:*:week:2026-01-05", STEPS, 10) == []
        assert store.count_above(sample_total(1), STEPS, distinct=True) == 0


def _ranks(store: Store, chain: Sequence[TieBreak], *, distinct: bool = False) -> dict[str, int]:
    above = {one.user: store.count_above(one, chain, distinct=distinct) for one in crowd()[::3]}
    return {user: count + 1 for user, count in above.items()}


def _pure(style: RankStyle, chain: Sequence[TieBreak]) -> dict[str, int]:
    asked = {total.user for total in crowd()[::3]}
    return {one.total.user: one.rank for one in rank(crowd(), style, chain) if one.total.user in asked}


def _scopes() -> tuple[Who, ...]:
    one, two, last = make_id("005", 1), make_id("005", 2), make_id("005", PEOPLE)
    return (
        EVERYBODY,
        Who(roles=frozenset(["A"])),
        Who(roles=frozenset(["A", "B"]), excluded=frozenset([one, two])),
        Who(managers=frozenset([two])),
        Who(users=frozenset([one, last])),
        Who(roles=frozenset(["B"]), managers=frozenset([one]), users=frozenset([last]), excluded=frozenset([two])),
        Who(excluded=frozenset([last])),
        Who(roles=frozenset(["nobody's"])),
    )


def _ranked(total: Total, who: Who) -> bool:
    number = next(n for n in range(1, PEOPLE + 1) if make_id("005", n) == total.user)
    told = number < PEOPLE - 3
    role = ("A", "B", None)[number % 3] if told else None
    manager = make_id("005", (1, 2)[number % 2]) if told else None
    if total.user in who.excluded:
        return False
    open_to_all = not (who.roles or who.managers or who.users)
    return open_to_all or role in who.roles or manager in who.managers or total.user in who.users
