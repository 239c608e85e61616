"""Patterns mean what the plainest definition of them means, and none takes longer than its length times the text's."""

from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from novigem.rules.patterns import edges, fits, is_plain

# Few letters, so that much of a pattern fits by chance and stars have to give way.
patterns = st.text("ab*?", max_size=10) | st.text(max_size=6)
texts = st.text("ab", max_size=14) | st.text("ab*?\n[]", max_size=8) | st.text(max_size=6)


@cache
def defined(text: str, pattern: str) -> bool:
    """Tell by the definition: a star takes nothing, or one character and whatever it takes of the rest."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return defined(text, pattern[1:]) or (bool(text) and defined(text[1:], pattern))
    return bool(text) and pattern[0] in ("?", text[0]) and defined(text[1:], pattern[1:])


class Counted(str):  # noqa: SLOT000 - it counts in an attribute
    """A text that counts how often one of its characters is looked at."""

    looks = 0

    def __getitem__(self, key: object) -> str:
        self.looks += 1
        return super().__getitem__(key)  # type: ignore[index]


def bounded(text: str, pattern: str) -> bool:
    """Tell whether a pattern fits, and see that it did not take too long: the text is read one character a look."""
    counted = Counted(text)
    found = fits(counted, pattern)
    assert counted.looks <= (len(text) + 1) * len(pattern)
    return found


@given(texts, patterns)
@example("abab ab", "*ab*ab")
@example("", "**")
def test_a_pattern_fits_what_its_definition_says(text: str, pattern: str) -> None:
    assert bounded(text, pattern) is defined(text, pattern)


@given(texts, st.text("ab[]\\.+^$(", max_size=4))
def test_what_is_no_wildcard_stands_for_itself(text: str, part: str) -> None:
    assert is_plain(part)
    assert fits(text, part) is (text == part)
    assert fits(text, f"{part}*") is text.startswith(part)
    assert fits(text, f"*{part}") is text.endswith(part)
    assert fits(text, f"*{part}*") is (part in text)


@given(texts, patterns)
def test_what_fits_has_the_edges_of_the_pattern(text: str, pattern: str) -> None:
    begin, end = edges(pattern)
    assert is_plain(pattern) is (begin == end == pattern)
    if fits(text, pattern):
        assert (text.startswith(begin), text.endswith(end)) == (True, True)


@given(st.text("a*?", max_size=200), st.integers(0, 2000))
@example("*a" * 99 + "*b", 2000)
@example("*" + "a" * 198 + "b", 2000)
@example("*" + "?" * 198 + "b", 2000)
@example("*" * 199 + "b", 2000)
def test_stars_against_a_long_text_stay_in_bounds(pattern: str, length: int) -> None:
    for text in ("a" * length, "a" * length + "b", "b" + "a" * length):
        bounded(text, pattern)
