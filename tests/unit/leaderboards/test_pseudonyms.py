"""Pseudonyms: kind names that lead nowhere, that never pass to another, and that no reading order decides."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.leaderboards import pseudonyms as names
from novigem.leaderboards.pseudonyms import BIRDS, COLOURS, PLACES, handle, pseudonyms
from novigem.testing import make_id

SECRET = bytes(range(32))
CROWD = [make_id("005", number) for number in range(1, 400)]


def test_a_name_is_readable() -> None:
    assert pseudonyms(SECRET, "season", CROWD[:1]) == {CROWD[0]: "Quartz Waxwing"}


def test_names_are_unique_and_do_not_depend_on_the_order_of_reading() -> None:
    first = pseudonyms(SECRET, "season", CROWD)
    shuffled = CROWD[::]
    random.Random(5).shuffle(shuffled)
    assert pseudonyms(SECRET, "season", shuffled + shuffled[:9]) == first
    assert len(set(first.values())) == len(CROWD)
    # Some were called alike, and both got a word more.
    longer = Counter(name.partition(" of ")[0] for name in first.values() if " of " in name)
    assert longer
    assert min(longer.values()) > 1


def test_whoever_joins_a_name_never_passes_to_another_person() -> None:
    some, everybody = pseudonyms(SECRET, "season", CROWD[:200]), pseudonyms(SECRET, "season", CROWD)
    for user, name in some.items():
        assert everybody[user].startswith(name)
        assert name not in {other for one, other in everybody.items() if one != user}


@settings(max_examples=20)
@given(st.data())
def test_people_who_share_every_word_are_still_told_apart(data: st.DataObject) -> None:
    users = data.draw(st.lists(st.sampled_from(CROWD), min_size=2, max_size=9, unique=True))
    before = (names.COLOURS, names.BIRDS, names.PLACES)
    names.COLOURS, names.BIRDS, names.PLACES = ("Amber",), ("Heron",), ("Lake",)
    try:
        found = pseudonyms(SECRET, "season", users)
    finally:
        names.COLOURS, names.BIRDS, names.PLACES = before
    assert len(set(found.values())) == len(users)
    assert all(name.startswith("Amber Heron of the Lake ") for name in found.values())


def test_another_database_or_program_gives_other_names_and_handles() -> None:
    here, there = pseudonyms(SECRET, "season", CROWD[:9]), pseudonyms(bytes(32), "season", CROWD[:9])
    autumn = pseudonyms(SECRET, "autumn", CROWD[:9])
    assert not set(here.items()) & (set(there.items()) | set(autumn.items()))
    handles = {handle(SECRET, "season", user) for user in CROWD}
    assert len(handles) == len(CROWD)
    assert not handles & {handle(bytes(32), "season", user) for user in CROWD}
    assert not [one for one in handles if any(user[:15] in one for user in CROWD)]


def test_no_word_stands_twice_in_its_list() -> None:
    for words in (COLOURS, BIRDS, PLACES):
        assert len(set(words)) == len(words)
        assert all(word.isalpha() and word[0].isupper() for word in words)
