"""Ranking is a total preorder, whatever the order of reading, and the stores answer exactly what it says."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.leaderboards.ranking import RankStyle, deciding_step, first_rows, rank
from novigem.ledger.memory.store import MemoryStore
from novigem.model.entry import Total
from novigem.model.program import TieBreak
from novigem.model.ranking import sort_key
from novigem.testing import make_id
from tests.property.runs import fresh_sqlite
from tests.property.strategies_engine import TIES

STYLES: tuple[RankStyle, ...] = ("dense", "competition", "ordinal")
few = st.integers(0, 2)


def total(number: int, points: int, reached: int, entries: int, accounts: int) -> Total:
    values = {"points": points - 1, "reached": reached, "entries": entries + 1, "accounts": accounts}
    return Total(book="p:*:all", user=make_id("005", number), **values)


crowds = st.lists(st.tuples(few, few, few, few), max_size=9).map(
    lambda rows: [total(number, *row) for number, row in enumerate(rows, start=1)]
)
chains: st.SearchStrategy[list[TieBreak]] = st.lists(st.sampled_from(TIES), unique=True)


@given(crowds, chains, st.sampled_from(STYLES), st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(
    crowd: list[Total], chain: list[TieBreak], style: RankStyle, chance: object
) -> None:
    shuffled = list(crowd)
    chance.shuffle(shuffled)
    assert rank(shuffled, style, chain) == rank(crowd, style, chain)


@given(crowds, chains, st.sampled_from(STYLES))
def test_ranks_follow_the_key_and_nothing_else(crowd: list[Total], chain: list[TieBreak], style: RankStyle) -> None:
    standings = rank(crowd, style, chain)
    assert sorted(one.total.user for one in standings) == sorted(one.user for one in crowd)
    place = {one.total.user: one.rank for one in standings}
    for one in crowd:
        above = [sort_key(other, chain) for other in crowd if sort_key(other, chain) < sort_key(one, chain)]
        if style == "dense":
            assert place[one.user] == 1 + len(set(above))
        else:
            # Ordinal ranks differ from these in name alone, where no two are equal: nobody is numbered by an id.
            assert place[one.user] == 1 + len(above)
        for other in crowd:
            if sort_key(one, chain) < sort_key(other, chain):
                assert place[one.user] < place[other.user]
            elif sort_key(one, chain) == sort_key(other, chain):
                assert place[one.user] == place[other.user]


@given(crowds, chains)
def test_the_named_step_is_the_first_that_tells_two_equals_apart(crowd: list[Total], chain: list[TieBreak]) -> None:
    standings = rank(crowd, "dense", chain)
    for above, below in pairwise(standings):
        assert below.tie == deciding_step(above.total, below.total, chain)
        if above.total.points != below.total.points:
            assert below.tie is None
        elif below.tie is None:
            assert above.rank == below.rank
        else:
            before = chain[: chain.index(below.tie)]
            assert sort_key(above.total, before) == sort_key(below.total, before)
            assert sort_key(above.total, [below.tie]) < sort_key(below.total, [below.tie])


@settings(max_examples=25)
@given(crowds, chains, st.integers(0, 3))
def test_top_and_around_agree_with_the_ranking(crowd: list[Total], chain: list[TieBreak], each_side: int) -> None:
    order = [one.total for one in rank(crowd, "ordinal", chain)]
    dense = {one.total.user: one.rank for one in rank(crowd, "dense", chain)}
    with fresh_sqlite() as sqlite:
        for store in (MemoryStore(), sqlite):
            with store.begin() as transaction:
                transaction.save_totals(crowd)
            assert store.top("p:*:all", chain, None) == order
            assert store.top("p:*:all", chain, each_side) == order[:each_side]
            for place, one in enumerate(order):
                around = order[max(0, place - each_side) : place + each_side + 1]
                assert store.neighbours(one, chain, each_side) == around
                assert store.count_above(one, chain, distinct=True) + 1 == dense[one.user]


def test_nobody_earns_a_rank_by_id() -> None:
    crowd = [total(number, 1, 1, 1, 1) for number in (3, 1, 2)]
    for style in STYLES:
        assert [one.rank for one in rank(crowd, style, TIES)] == [1, 1, 1]
        assert len(first_rows(rank(crowd, style, TIES), 1)) == 3


def test_the_usual_names_of_ranking_styles_hold() -> None:
    crowd = [total(number, points, 0, 0, 0) for number, points in enumerate((3, 2, 2, 1), start=1)]
    ranks = {style: [one.rank for one in rank(crowd, style)] for style in STYLES}
    assert ranks == {"dense": [1, 2, 2, 3], "competition": [1, 2, 2, 4], "ordinal": [1, 2, 2, 4]}


def test_zero_points_and_a_tie_still_have_a_rank() -> None:
    crowd = [total(1, 1, 0, 0, 0), total(2, 1, 0, 0, 0), total(3, 0, 0, 0, 0)]
    assert [one.points for one in crowd] == [0, 0, -1]
    assert [one.rank for one in rank(crowd)] == [1, 1, 2]
