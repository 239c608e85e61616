"""Ids: their forms, the case that check characters tell, and the key under which values are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.model.ids import differs, id18, is_reference, is_sound, known_id, reference, whole_id
from tests.strategies_changes import BASE62

SHORT = "006xx000001SwiV"
RIGHT = "006xx000001SwiVAAS"

bodies = st.text(BASE62, min_size=12, max_size=12).map(lambda rest: f"001{rest}")


@pytest.mark.parametrize(
    "text",
    [SHORT, RIGHT, RIGHT.lower(), RIGHT.upper(), f"{SHORT}aas", f"{SHORT.lower()}AAS", f"{SHORT.upper()}aas"],
)
def test_an_id_is_put_right(text: str) -> None:
    assert id18(text) == known_id(text) == reference(text) == RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "006xx000001SwiVAAA",
        # Only a part of the letters is folded: nothing tells which of them are right.
        "006XX000001SwiVAAS",
        # The fourth bit of the third group is a digit's, the sign 9 is none.
        "006xx000001swivaa9",
        "006xx0000010000AAS",
    ],
)
def test_what_does_not_fit_is_refused_and_is_itself(text: str) -> None:
    with pytest.raises(ValueError, match=f"{text}' is not a Salesforce id: its last three characters do not fit"):
        id18(text)
    assert whole_id(text) == known_id(text) == reference(text) == text
    assert not is_sound(text)
    assert not is_reference(text)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.5,
        "",
        "CustomerSuccess",
        "customersuccess",
        "internationalising",
        "Closed Won 2026!",
        "Prospecting Now",
        "005xx000001Swiß",
        ["001St0000000001"],
    ],
)
def test_what_is_no_id_is_compared_as_it_is(value: object) -> None:
    assert reference(value) is value
    assert known_id("CustomerSucces") is None


@given(bodies)
def test_all_forms_of_an_id_are_one(body: str) -> None:
    whole = id18(body)
    assert id18(whole) == id18(whole.lower()) == id18(whole.upper()) == whole
    assert not differs(body, whole)


@given(bodies, bodies)
def test_two_ids_stay_two(one: str, other: str) -> None:
    assert differs(one, other) == (one != other)
    assert differs(id18(one).lower(), id18(other)) == (one != other)


def test_case_counts_where_no_check_characters_tell_it() -> None:
    assert differs(SHORT, SHORT.lower())
    assert not differs("2026-01-07T10:00Z", "2026-01-07T10:00Z")
