"""Signs that nobody can see, or that look like others: named with their place where they are a mistake."""

# ruff: noqa: RUF001 - signs that look like others are what these tests are about

from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.errors import MappingError, SettingsError
from novigem.feed import load_mapping
from novigem.feed.salesforce.settings import load_org_settings
from novigem.model.people import Person, known_as
from novigem.program import Diagnostic, check_program
from novigem.program.load import load_kept_text
from novigem.rules.eligibility import Eligibility
from novigem.settings import load_settings
from novigem.testing import make_program

_PROGRAM = """\
program: {id}
name: {name}
description: {description}
starts: {starts}
weeks: 6
participants: {{users: [{address}], role: [{role}]}}
rules:
  - id: done
    object: Task
    trigger: create or update
    {key}: {points}
    when:
      - Status: {{isChanged: true, {operator}: {value}}}
leaderboards: [{{id: team, name: Team}}]
"""
_GOOD = {
    "id": "demo",
    "name": "Demo",
    "description": "What we do",
    "starts": "2026-01-05",
    "address": "ana@acme.example",
    "role": "CSM",
    "key": "points",
    "points": "5",
    "operator": "equals",
    "value": "Completed",
}
ZERO_WIDTH = "\u200b\u200c\u200d\ufeff\u2060\u00ad\u202a\u202e\u2066\u2069"
BLANKS = "\u00a0\u2007\u202f\u2003\u3000"


def text(**parts: str) -> str:
    return _PROGRAM.format(**_GOOD | parts)


def found(**parts: str) -> list[Diagnostic]:
    return check_program(text(**parts), name="demo.yaml")[1]


def test_the_plain_program_has_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize("sign", ZERO_WIDTH + BLANKS)
@pytest.mark.parametrize(
    ("part", "before", "after"),
    [("address", "ana", "@acme.example"), ("id", "de", "mo"), ("key", "po", "ints"), ("points", "5", "0"),
     ("starts", "2026-01-0", "5"), ("operator", "equ", "als")],
)  # fmt: skip
def test_a_plain_word_holds_no_sign_that_cannot_be_seen(part: str, before: str, after: str, sign: str) -> None:
    (finding,) = found(**{part: f"{before}{sign}{after}"})
    assert (finding.code, finding.severity) == ("NV113", "error")
    assert f"U+{ord(sign):04X}" in finding.message
    assert finding.excerpt[finding.column - 1] == sign


@pytest.mark.parametrize(
    ("parts", "sign"),
    [
        ({"id": "q1–growth"}, "–"),
        ({"id": "q1—growth"}, "—"),
        ({"address": "ana–lee@acme.example"}, "–"),
        ({"address": "аna@acme.example"}, "а"),
        ({"address": "ana＠acme.example"}, "＠"),
        ({"points": "１０"}, "１"),
        ({"starts": "2026–01–05"}, "–"),
        ({"operator": "еquals"}, "е"),
        ({"value": "１０"}, "１"),
    ],
)
def test_a_plain_word_holds_no_sign_that_looks_like_another(parts: dict[str, str], sign: str) -> None:
    (finding,) = found(**parts)
    assert (finding.code, finding.severity) == ("NV114", "error")
    assert finding.excerpt[finding.column - 1] == sign
    assert finding.hint is not None
    assert "write " in finding.hint


@pytest.mark.parametrize("sign", "\u00a0\u202f\u2007\u200b\ufeff\u2060\u00ad\u202e")
@pytest.mark.parametrize("value", ['"Completed{}"', "'Comp{}leted'", "Comp{}leted", '"{}Completed"'])
def test_a_value_with_such_a_sign_is_told_and_runs(value: str, sign: str) -> None:
    (finding,) = found(value=value.format(sign))
    assert (finding.code, finding.severity) == ("NV918", "warning")
    assert finding.excerpt[finding.column - 1] == sign
    assert finding.hint is not None
    written = finding.hint.rpartition("write ")[2]
    assert found(value=written) == [], "who means it writes it so that it is seen"


@pytest.mark.parametrize(
    "value", ["“Completed”", "„Completed“", "‘Completed’", "«Completed»", '“Completed"', "”Completed”"]
)
def test_curly_quotes_around_a_value_are_refused(value: str) -> None:
    (finding,) = found(value=value)
    assert finding.code == "NV115"
    assert finding.hint is not None
    assert finding.hint.startswith('write "Completed"')
    assert found(value=f"'{value}'") == [], "in plain quotes they are meant"


def test_a_word_of_two_scripts_is_told() -> None:
    (finding,) = found(value="Сompleted")
    assert (finding.code, finding.severity) == ("NV919", "warning")
    (finding,) = found(role="Сustomer Success")
    assert (finding.code, finding.severity) == ("NV919", "warning")


@pytest.mark.parametrize("value", ['"Completed "', '" Completed"'])
def test_a_space_at_the_edge_of_a_whole_value_is_told(value: str) -> None:
    (finding,) = found(value=value)
    assert finding.code == "NV918"
    assert found(operator="contains", value=value) == []


@pytest.mark.parametrize(
    "line",
    [
        "\u00a0   object: Task",
        "  \u00a0 object: Task",
        "    \u2003object: Task",
        "    object:\u00a0Task",
        "    object：Task",
    ],
)
def test_between_words_it_is_named_in_its_own_line(line: str) -> None:
    (finding,) = check_program(text().replace("    object: Task", line), name="x")[1]
    assert finding.code in {"NV113", "NV114"}
    assert finding.line == 9
    assert not finding.excerpt[finding.column - 1].isascii()


@pytest.mark.parametrize("mark", ["–", "—", "•", "·", "−"])
def test_a_list_that_begins_with_another_mark_is_told(mark: str) -> None:
    (finding,) = check_program(text().replace("  - id: done", f"  {mark} id: done"), name="x")[1]
    assert (finding.code, finding.line, finding.column) == ("NV114", 8, 3)


@pytest.mark.parametrize("sign", "\u2028\u2029\x85")
@pytest.mark.parametrize("line", ["weeks: 6", "    object: Task"])
def test_a_line_break_that_editors_do_not_show_is_refused(line: str, sign: str) -> None:
    (finding,) = check_program(text().replace(line, f"{line} # agreed{sign}"), name="x")[1]
    assert finding.code == "NV116"


@pytest.mark.parametrize(
    "words",
    [
        "👩\u200d💻 des Monats ❤\ufe0f",
        "می\u200cخواهم",
        "\u200fפרויקט Q1\u200f",
        "تحدي النمو 2026",
        "Objectif atteint\u202f!",
        "成長\u3000チャレンジ",
        "ＡＢＣ株式会社",
        "Клиентский успех",
        "Ανάπτυξη",
        "क्\u200dष",
        "Müller – Straße",
        "d’accord",
        "Zoe\u0301",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_what_belongs_to_a_language_is_no_noise(words: str) -> None:
    assert found(name=f'"{words}"', description=f'"{words}"', role=f'"{words}"'.replace("\u202f", "")) == []
    if "\u202f" not in words:
        assert found(value=f'"{words}"', operator="contains") == []


def test_a_description_may_hold_blanks_of_its_language() -> None:
    assert found(description='"Qui gagne\u00a0? « Tout le monde\u00a0»\u202f: c’est dit.\u00ad"') == []
    (finding,) = found(description='"txt.\u202eexe"')
    assert finding.code == "NV918"


def test_a_program_that_was_accepted_before_is_still_read() -> None:
    kept = text(address="ana\u200b@acme.example", value='"Completed\u00a0"', description='"a\u2028b"')
    program = load_kept_text(kept, "demo")
    assert program.participants.users == ("ana\u200b@acme.example",)


def test_an_address_is_told_of_people_with_such_a_sign_and_known_all_the_same() -> None:
    person = Person("005St0000000001IAA", email="Ana\u200b@acme.example\u00a0")
    participants = make_program(participants={"users": ["ana@acme.example"]}).participants
    assert Eligibility(participants).block(person.id, person) is None
    assert known_as("ANA@acme.example\u00a0") == "ana@acme.example"


_MAPPING = """\
object: Opportunity
timezone: UTC
id: {column: id, prefix: "006"}
moments:
  - kind: create
    at: created
    new: {StageName: {value: Engaging}}
"""


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        ("  - kind", "  \u00a0- kind", 5),
        ("    at: created", "  \u00a0 at: created", 6),
        ("  - kind", "  – kind", 5),
        ("timezone: UTC", "timezone: UTC\u200b", 2),
        ("object: Opp", "оbject: Opp", 1),
        ("StageName", "Stage\u200bName", 7),
    ],
)
def test_a_mapping_names_the_sign_and_its_line(tmp_path: Path, was: str, becomes: str, line: int) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(_MAPPING, encoding="utf-8")
    load_mapping(path)
    path.write_text(_MAPPING.replace(was, becomes), encoding="utf-8")
    with pytest.raises(MappingError, match=rf"map.yaml:{line}: .*U\+"):
        load_mapping(path)


def test_a_mapping_may_name_what_cells_hold(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    cell = '{column: "Stufe\u00a0neu", map: {"Fertig\u00a0": Won}}'
    path.write_text(_MAPPING.replace("{value: Engaging}", cell), encoding="utf-8")
    load_mapping(path)


def test_settings_name_the_sign_and_never_a_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"NOVIGEM_DB holds U\+200B"):
        load_settings({}, environment={"NOVIGEM_DB": "sqlite:///x\u200b.db"}, folder=tmp_path)
    environment = {
        "NOVIGEM_SF_LOGIN_URL": "https://acme.my.salesforce.com",
        "NOVIGEM_SF_CLIENT_ID": "id",
        "NOVIGEM_SF_CLIENT_SECRET": "hush\u00a0hush",
    }
    with pytest.raises(SettingsError, match=r"CLIENT_SECRET holds U\+00A0") as refused:
        load_org_settings({}, environment=environment, folder=tmp_path)
    assert "hush" not in str(refused.value)


_any_sign = st.characters(exclude_categories=("Cs",)) | st.sampled_from(ZERO_WIDTH + BLANKS + "“”–：•\u2028\x85")
_parts: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(sorted(_GOOD)), st.text(_any_sign, max_size=8)
)


@given(_parts, st.integers(0, 300), st.text(_any_sign, max_size=3))
def test_no_text_whatever_stops_a_check(parts: dict[str, str], at: int, more: str) -> None:
    whole = text(**parts)
    for finding in check_program(f"{whole[:at]}{more}{whole[at:]}", name="x")[1]:
        assert finding.render()


@given(st.text(st.characters(categories=("Lu", "Ll", "Lo", "Lt", "Lm")), min_size=1, max_size=12))
def test_letters_alone_are_no_noise_in_a_title(word: str) -> None:
    assert all(category(one).startswith("L") for one in word)
    assert found(name=f'"{word}"', description=f'"{word}"') == []
