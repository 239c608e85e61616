"""From bytes to a notice: bitmaps, several records, gaps, and what cannot be read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.errors import OrgUnavailable
from novigem.feed.cdc import Notice
from novigem.feed.cdc.decode import Decoder, field_names
from tests.unit.feed.cdc.fake_bus import DEAL, DEALS, OTHER_DEAL, SCHEMA, encoded


def told(payload: bytes, schema: Any = SCHEMA) -> Notice:
    return Decoder(lambda _id: json.dumps(schema)).notice(DEALS, "deal", payload, b"here")


def flat(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": ["null", "string"]} for name in names]


def parts(name: str, *inside: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", {"type": "record", "name": f"{name}Type", "fields": flat(*inside)}]}


def test_the_bitmap_of_the_documentation_marks_the_fields_it_says() -> None:
    fields = flat(*(f"F{place}" for place in range(32)))
    # 0x650004E0 = 0110 0101 0000 0000 0000 0100 1110 0000, the last digit is the first field.
    assert field_names(["0x650004E0"], fields) == ["F5", "F6", "F7", "F10", "F24", "F26", "F29", "F30"]


def test_bitmaps_of_compound_fields_name_their_parts() -> None:
    fields = [
        *flat("Id", "A", "B", "C"),
        parts("Name", "Salutation", "First", "Last", "Middle", "Suffix"),
        *flat("D", "E"),
    ]
    fields.append(parts("Address", "Street", "City", "Code"))
    assert field_names(["0x22", "4-0x10", "7-0x06"], fields) == [
        "A",
        "D",
        "Name.Suffix",
        "Address.City",
        "Address.Code",
    ]


@pytest.mark.parametrize(("bitmap", "names"), [("0x0", []), ("0x01", ["A"]), ("0x3", ["A", "B"]), ("0x0002", ["B"])])
def test_leading_zeros_mark_nothing(bitmap: str, names: list[str]) -> None:
    assert field_names([bitmap], flat("A", "B")) == names


@pytest.mark.parametrize("bitmap", ["", "0x", "A", "0xG", "1-", "1-0x1", "0x4", "9-0x1", "-0x1", "0x1-0x1", " 0x1"])
def test_what_is_no_bitmap_of_the_schema_is_refused(bitmap: str) -> None:
    with pytest.raises(ValueError, match=r"bitmap|position|parts"):
        field_names([bitmap], flat("A", "B"))


@given(st.data())
def test_every_set_of_fields_comes_back_from_its_bitmaps(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(0, 70), min_size=1, max_size=70))
    fields = [
        parts(f"F{place}", *(f"P{part}" for part in range(width))) if width else flat(f"F{place}")[0]
        for place, width in enumerate(widths)
    ]
    simple = [place for place, width in enumerate(widths) if not width]
    marked = data.draw(st.sets(st.sampled_from(simple))) if simple else set()
    bitmaps = [f"0x{sum(1 << place for place in marked):02X}"]
    expected = [f"F{place}" for place in sorted(marked)]
    for place, width in enumerate(widths):
        inside = data.draw(st.sets(st.integers(0, width - 1))) if width else set()
        if inside:
            bitmaps.append(f"{place}-0x{sum(1 << part for part in inside):02X}")
            expected += [f"F{place}.P{part}" for part in sorted(inside)]
    assert field_names(bitmaps, fields) == expected


def test_fields_set_to_nothing_and_fields_told_as_a_difference_changed_too() -> None:
    notice = told(encoded(changedFields=["0x14", "5-0x2"], nulledFields=["0x8", "6-0x1"], diffFields=["0x2", "0x10"]))
    assert notice.changed == (
        "StageName",
        "LastModifiedDate",
        "BillingAddress.City",
        "Amount",
        "ShippingAddress.Street",
        "Name",
    )


@pytest.mark.parametrize("kind", ["CREATE", "UPDATE", "DELETE", "UNDELETE"])
def test_a_gap_names_the_records_to_read_again(kind: str) -> None:
    gap = told(encoded([DEAL, OTHER_DEAL], changeType=f"GAP_{kind}", changedFields=[], commitUser=""))
    assert gap == told(encoded([DEAL, OTHER_DEAL], changeType=kind, changedFields=[], commitUser=""))
    assert (gap.kind, gap.ids, gap.user, gap.resync) == (kind.lower(), (DEAL, OTHER_DEAL), None, False)


def test_an_overflow_asks_to_look_at_the_whole_object() -> None:
    notice = told(encoded(["000000000000000AAA"], changeType="GAP_OVERFLOW", changedFields=[]))
    assert (notice.object, notice.ids, notice.kind, notice.resync) == ("Opportunity", (), None, True)


@pytest.mark.parametrize("ids", [["006*"], [DEAL, "006*"], []])
def test_ids_that_name_no_record_ask_to_look_at_the_whole_object(ids: list[str]) -> None:
    notice = told(encoded(ids))
    assert (notice.object, notice.ids, notice.resync) == ("Opportunity", (), True)


def test_many_records_in_one_message_are_named_once_each() -> None:
    assert told(encoded([DEAL, OTHER_DEAL, DEAL[:15]])).ids == (DEAL, OTHER_DEAL)


def test_a_kind_that_nobody_knows_yet_is_not_guessed() -> None:
    notice = told(encoded(changeType="SNAPSHOT"))
    assert (notice.kind, notice.ids) == (None, (DEAL,))


def test_the_object_is_the_one_the_message_names() -> None:
    assert told(encoded(entityName="Visit__c")).object == "Visit__c"


@pytest.mark.parametrize(
    ("payload", "schema"),
    [
        (b"", SCHEMA),
        (encoded()[:20], SCHEMA),
        (encoded(), {"type": "record", "name": "Other", "fields": []}),
        (encoded(), ["not", "a", "record"]),
        (encoded(["no id"]), SCHEMA),
        (encoded(changedFields=["0x10000"]), SCHEMA),
        (encoded(commitTimestamp=2**62), SCHEMA),
    ],
)
def test_what_cannot_be_read_is_one_kind_of_error(payload: bytes, schema: Any) -> None:
    with pytest.raises(ValueError, match="a message of Change Data Capture cannot be read"):
        told(payload, schema)


@given(st.binary(max_size=80))
def test_damaged_bytes_never_break_the_decoder(payload: bytes) -> None:
    try:
        notice = told(payload)
    except ValueError:
        return
    assert notice.replay == b"here"


def test_values_behind_the_header_are_not_even_read() -> None:
    whole = encoded()
    # Two bytes stand before the first value: which type it has, and how long it is.
    header = whole[: whole.index(b"ACME renewal") - 2]
    assert told(header) == told(whole)
    with pytest.raises(ValueError, match="cannot be read"):
        told(header[:-1])


def test_a_schema_that_was_not_to_be_had_is_asked_for_again() -> None:
    answers = ["down", json.dumps(SCHEMA)]

    def fetch(_id: str) -> str:
        if answers[0] == "down":
            raise OrgUnavailable(answers.pop(0))
        return answers[0]

    decoder = Decoder(fetch)
    with pytest.raises(OrgUnavailable):
        decoder.notice(DEALS, "deal", encoded(), b"1")
    assert decoder.notice(DEALS, "deal", encoded(), b"1").ids == (DEAL,)
