"""Of the changes of one fact the earliest pays, and all others are counted as duplicates."""

from novigem.engine.posting.corrections import settle
from novigem.ledger.store import Latest
from novigem.model.entry import Entry, EntryKind

KEY = "test/rule-1/006"


def paid(change: bytes, occurred: int, **details: int) -> Entry:
    """Draft what a change at a moment pays for the one fact of these tests."""
    return Entry(
        key=KEY,
        kind=EntryKind.RULE,
        user="005",
        points=10,
        program="test",
        version="v1",
        change=change,
        occurred=occurred,
        goal_value=3,
        **details,
    )


def held(entry: Entry, *, is_reversed: bool = False) -> dict[str, Latest]:
    return {KEY: Latest(entry, is_reversed)}


def test_an_earlier_change_takes_the_place_of_the_entry_that_stands() -> None:
    stands, draft = paid(b"b", 5, number=7, generation=2), paid(b"a", 4)
    taken_back, entered = settle([draft], held(stands)).entries
    assert (taken_back.key, taken_back.kind, taken_back.reverses) == (f"{KEY}/reversal-2", EntryKind.REVERSAL, 7)
    assert (taken_back.points, taken_back.goal_value, taken_back.occurred) == (-10, -3, 5)
    assert (entered.key, entered.generation, entered.change, entered.occurred) == (KEY, 3, b"a", 4)


def test_what_is_taken_back_already_is_not_taken_back_again_by_an_earlier_change() -> None:
    stands, draft = paid(b"b", 5, number=7), paid(b"a", 4)
    entries = settle([draft], held(stands, is_reversed=True)).entries
    assert [one for one in entries if one.kind is EntryKind.REVERSAL] == []


def test_the_change_that_pays_is_no_duplicate_of_itself() -> None:
    assert settle([paid(b"a", 4)], held(paid(b"a", 4, number=7))) == ([], [])


def test_a_change_whose_entry_was_taken_back_is_no_duplicate_of_itself() -> None:
    assert settle([paid(b"a", 4)], held(paid(b"a", 4, number=7), is_reversed=True)).duplicates == []


def test_a_later_change_of_a_fact_that_is_paid_is_a_duplicate() -> None:
    draft = paid(b"b", 5)
    assert settle([draft], held(paid(b"a", 4, number=7))) == ([], [draft])


def test_of_several_changes_at_once_the_earliest_pays_and_the_others_are_duplicates() -> None:
    first, second, third = paid(b"a", 4), paid(b"b", 4, seq=1), paid(b"c", 6)
    assert settle([third, first, second], {}) == ([first], [second, third])


def test_one_change_that_comes_twice_at_once_is_paid_once_and_is_no_duplicate() -> None:
    draft = paid(b"a", 4)
    assert settle([draft, paid(b"a", 4)], {}) == ([draft], [])
