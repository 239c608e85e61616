"""Redaction: it finds erased people however they are written, and leaves everybody else alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.model.change import change_body, change_identity
from novigem.model.redaction import NO_REDACTION, Redactor, hints_of, suppressions_of
from novigem.program.dump import dump_program
from novigem.program.redaction import redacted_program, redacted_text
from novigem.testing import make_change, make_id, make_person, make_program

KEY = bytes(range(32))
ANN, NOBODY, OTHER = make_id("005", 1), "0056CQYuuYvDiWnQTK", make_id("005", 2)
NAMES = ("Ann-Marie O'Neil", "Mark", "ann.lee@acme.example", "田中太郎", "José Núñez")
REDACTOR = Redactor(KEY, {one.mark: one for one in suppressions_of(KEY, NOBODY, ANN, NAMES)})


@pytest.mark.parametrize(
    "written",
    [
        "Ann-Marie O'Neil",
        "ann marie o'neil",
        "ANN_MARIE  O NEIL",
        "Ann\nMarie\tO\N{RIGHT SINGLE QUOTATION MARK}Neil",
        "ann.lee@acme.example",
        "Ann.Lee@ACME.example",
        "田中太郎",
        "José Núñez",
        "JOSE\u0301 NU\u0301N\u0303EZ",
    ],
)  # fmt: skip - one way of writing after the other
@pytest.mark.parametrize("around", ["{}", "call {}, please", "<{}>", "({});", "担当は{}です", '{{"lead": "{}"}}'])
def test_a_person_is_found_however_the_name_is_written(written: str, around: str) -> None:
    for redacted in (REDACTOR.value(around.format(written)), REDACTOR.text(around.format(written))):
        before, after = around.format("|").split("|")
        assert redacted.startswith(f"{before}erased-")
        assert redacted.endswith(after)
        assert written not in redacted


def test_a_person_is_suppressed_alike_by_an_id_of_15_characters_and_by_the_one_of_18() -> None:
    assert suppressions_of(KEY, NOBODY, ANN[:15], NAMES) == suppressions_of(KEY, NOBODY, ANN, NAMES)
    assert hints_of(ANN[:15]) == hints_of(ANN)


@pytest.mark.parametrize("text", [ANN, ANN[:15], f"/{ANN}/view", f"x{ANN}y", f"{OTHER}/{ANN}", f"{ANN}{ANN}"])
def test_an_id_is_found_wherever_it_stands_and_keeps_its_length(text: str) -> None:
    for redacted in (REDACTOR.ids(text), REDACTOR.value(text), REDACTOR.text(text)):
        assert redacted == text.replace(ANN, NOBODY).replace(ANN[:15], NOBODY[:15])
        assert len(redacted) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ann",
        "Marie O'Neil",
        "mary.ann.lee@acme.example",
        "ann.lee@acme.example.org",
        "Annmarie O'Neil",
        OTHER,
        "Mark as done",
        "remark",
        "田中",
        ANN[:14],
        "0050",
        "José",
        "a\\u0000b",
    ],
)  # fmt: skip - one text after the other
def test_everybody_and_everything_else_is_left_alone(text: str) -> None:
    assert REDACTOR.value(text) is text
    assert REDACTOR.ids(text) == text


def test_a_name_of_one_word_is_a_name_where_people_write_or_where_it_stands_alone() -> None:
    assert REDACTOR.text("thanks to Mark, again").startswith("thanks to erased-")
    assert REDACTOR.value("Mark").startswith("erased-")
    assert REDACTOR.value({"Subject": "Mark as done"}) == {"Subject": "Mark as done"}


def test_what_is_written_by_number_in_a_text_of_json_is_found() -> None:
    assert "N" not in REDACTOR.text('{"Name": "Jos\\u00e9 N\\u00fa\\u00f1ez"}').partition(":")[2]
    assert "erased-" in REDACTOR.text('"Ann\\nMarie O\'Neil"').replace("\\n", " ") or "erased-" in REDACTOR.text(
        '"Ann Marie O\'Neil"'
    )


@given(st.text(max_size=30), st.sampled_from([*NAMES, ANN, ANN[:15]]), st.text(max_size=30))
def test_a_redacted_text_stays_as_it_is_and_hints_pass_over_no_name(before: str, name: str, after: str) -> None:
    text = f"{before} {name} {after}"
    redacted = REDACTOR.text(text)
    assert REDACTOR.text(redacted) == redacted
    hinting = Redactor(KEY, REDACTOR.suppressions, hints_of(ANN, ("Ann-Marie O'Neil", "Mark", "ann.lee@acme.example")))
    if hinting.text(text) != text and name not in NAMES[3:]:
        assert hinting.may_name([text])


def test_texts_that_differ_go_on_to_differ() -> None:
    written = ["Mark", "mark", "MARK", "ann.lee@acme.example", "Ann.lee@acme.example", ANN, ANN[:15]]
    assert len({REDACTOR.value(one) for one in written}) == len(written)


def test_a_change_keeps_its_identity_and_an_untouched_one_is_the_same_object() -> None:
    change = make_change("update", owner=1, by=2, old={"OwnerId": ANN[:15]}, new={"NextStep": "ask Mark"})
    redacted = REDACTOR.change(change)
    assert (redacted.new["OwnerId"], redacted.old) == (NOBODY, {"OwnerId": NOBODY[:15]})
    assert change_identity(redacted, change_body(redacted)) == change_identity(change, change_body(change))
    assert REDACTOR.change(redacted) is redacted
    other = make_change(owner=2)
    assert REDACTOR.change(other) is other
    assert NO_REDACTION.change(change) is change


def test_what_is_told_of_an_erased_person_says_neither_name_nor_address() -> None:
    told = make_person(1, name="Ann-Marie O'Neil", email="ann.lee@acme.example", role="CSM", manager=2, active=False)
    assert REDACTOR.told(told) == make_person(NOBODY, role="CSM", manager=2, active=False)
    assert REDACTOR.told(make_person(2, name="Mark", manager=1)) == make_person(2, name="Mark", manager=NOBODY)


def test_a_program_means_the_same_and_stays_the_same_version() -> None:
    program = make_program(
        {"when": {"Owner.Name": {"equals": "Mark"}, "StageName": {"in": ["Open", "Mark as done"]}}},
        description="Run by Ann-Marie O'Neil.",
        participants={"users": ["ann.lee@ACME.example", OTHER], "exclude": [ANN[:15]], "role": ["Mark"]},
        leaderboards=[{"scope": {"manager": "ann.lee@acme.example"}}],
    )
    redacted = redacted_program(program, REDACTOR)
    assert redacted.participants.users == (NOBODY, OTHER)
    assert (redacted.participants.exclude, redacted.participants.role) == ((NOBODY[:15],), ("Mark",))
    assert redacted.leaderboards[0].scope.manager == NOBODY
    (name, stage) = redacted.rules[0].groups[0]
    assert (name.value, stage.value) == (REDACTOR.value("Mark"), ("Open", "Mark as done"))
    assert "Ann" not in dump_program(redacted)
    assert redacted.version == program.version
    assert redacted_text(dump_program(program), REDACTOR) == dump_program(redacted)
    assert redacted_program(redacted, REDACTOR) is redacted


@pytest.mark.parametrize("filled", [0, 195, 196])
def test_a_text_of_a_program_gets_no_longer_than_it_may_be(filled: int) -> None:
    """What stands for a name is often longer than the name, and a title has a bound."""
    title = "田中太郎".rjust(4 + filled, "-")
    redacted = redacted_program(make_program({"name": title, "description": title * 9}, name=title), REDACTOR)
    assert redacted.name == redacted.rules[0].name == REDACTOR.value(title)[:200]
    assert "田中太郎" not in dump_program(redacted)
    assert redacted_program(redacted, REDACTOR) is redacted


def test_a_program_that_cannot_be_read_loses_ids_and_addresses() -> None:
    text = f"program: x\nparticipants: {{exclude: [ann.lee@acme.example, {ANN}]}}\nrules: [{{hasWords: 2}}]\n"
    assert redacted_text(text, REDACTOR) == text.replace("ann.lee@acme.example", NOBODY).replace(ANN, NOBODY)
