"""Reports as people of six languages export them, made up: read right with their mapping, told with another's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.errors import MappingError
from novigem.feed import Conversion, convert_csv, guess_mapping, load_mapping
from novigem.feed.csv.dates import date_pattern
from novigem.feed.csv.guess_forms import number_forms, readings
from novigem.feed.csv.mapping import mapping_of
from novigem.feed.csv.moments import Clock, read_when
from novigem.feed.csv.numbers import NumberForm

FOLDER = Path("tests/fixtures/exports")
NOW = datetime(2026, 11, 30, 16, 45, tzinfo=UTC)
LAST = "2026-10-25T03:30"
DEALS = ("006xx000001SwiVAAS", "006xx000001SwiWAAS", "006xx000001SwiXAAS")
# Zone, currency, one amount, the last local time of a creation (that of the American report is another).
LOCALES = {
    "en-US": ("America/New_York", "USD", 1200.5, "2026-10-25T01:30"),
    "en-GB": ("Europe/London", "GBP", 1200.5, LAST),
    "de": ("Europe/Berlin", "EUR", 1200.5, LAST),
    "fr": ("Europe/Paris", "EUR", 1200.5, LAST),
    "ja": ("Asia/Tokyo", "JPY", 1200, LAST),
    "pt-BR": ("America/Sao_Paulo", "BRL", 1200.5, LAST),
}
FORMS = {
    "en-US": ("%m/%d/%Y, %I:%M %p", ".", ","),
    "en-GB": ("%d/%m/%Y, %H:%M", ".", ","),
    "de": ("%d.%m.%Y %H:%M", ",", "."),
    "fr": ("%d/%m/%Y %H:%M", ",", " "),
    "ja": ("%Y/%m/%d %H:%M", ".", ","),
    "pt-BR": ("%d/%m/%Y %H:%M", ",", "."),
}


def convert(name: str, mapping: str) -> Conversion:
    return convert_csv(FOLDER / f"{name}.csv", load_mapping(FOLDER / f"{mapping}.yaml"), clock=lambda: NOW)


@pytest.mark.parametrize("name", LOCALES)
def test_a_report_is_read_right(name: str) -> None:
    zone, currency, amount, last = LOCALES[name]
    found = convert(name, name)
    made = [datetime.fromisoformat(text) for text in ("2026-01-07T21:05", "2026-01-13T00:05", last)]
    created = {change.id: change for change in found.changes if change.kind == "create"}
    assert [created[deal].at for deal in DEALS] == [one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in made]
    assert [created[deal].new["Amount"] for deal in DEALS] == [amount, amount, -amount]
    assert [created[deal].new["Probability"] for deal in DEALS] == [12.5, 100, 0]
    assert {change.new["CurrencyIsoCode"] for change in found.changes} == {currency}
    closed = [(change.id, change.new["StageName"], change.new["CloseDate"]) for change in found.changes if change.old]
    assert closed == [(DEALS[0], "Closed Won", "2026-01-31"), (DEALS[1], "Closed Lost", "2026-02-14")]
    assert (found.rejected, found.ahead, found.rows) == ([], [], 3)
    assert any("line below the rows" in note for note in found.notes)


@pytest.mark.parametrize("mapping", LOCALES)
@pytest.mark.parametrize("name", LOCALES)
def test_a_report_read_with_another_language_is_told(name: str, mapping: str) -> None:
    if name == mapping:
        return
    with pytest.raises(MappingError) if {name, mapping} != {"en-US", "en-GB"} else pytest.raises(AssertionError):
        assert not convert(name, mapping).rejected


@pytest.mark.parametrize("name", LOCALES)
def test_a_first_mapping_is_guessed_with_its_questions(name: str) -> None:
    guess = guess_mapping(FOLDER / f"{name}.csv", LOCALES[name][0])
    mapping = mapping_of(guess.text, Path("map.yaml"))
    assert mapping.timezone == LOCALES[name][0]
    assert (mapping.decimal, mapping.thousands) == FORMS[name][1:]
    assert set(mapping.date_format or ()) == set(load_mapping(FOLDER / f"{name}.yaml").date_format or ())
    with pytest.raises(MappingError, match="leaves open") if mapping.open else pytest.raises(AssertionError):
        assert not convert_csv(FOLDER / f"{name}.csv", mapping, clock=lambda: NOW).rows
    answered = mapping.model_copy(update={"open": ()})
    found = convert_csv(FOLDER / f"{name}.csv", answered, clock=lambda: NOW)
    assert found.kinds["create"] == 3
    assert found.rejected == []


def test_a_guess_asks_what_the_file_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Id,Created Date,Amount\n006xx000001SwiV,3/4/2026,1.200\n006xx000001SwiW,5/4/2026,-\n")
    guess = guess_mapping(path)
    assert [question.split(":")[0] for question in sorted(guess.questions)] == [
        "date_format",
        "decimal, thousands",
        "empty",
        "timezone",
    ]
    mapping = mapping_of(guess.text, path).model_copy(update={"open": ()})
    found = convert_csv(path, mapping, clock=lambda: NOW)
    assert [row.reason[:54] for row in found.rejected] == [
        "Created Date: '3/4/2026' may be 2026-03-04 or 2026-04-",
        "Created Date: '5/4/2026' may be 2026-04-05 or 2026-05-",
    ]


@pytest.mark.parametrize("name", LOCALES)
@given(
    st.integers(0, 2**26).map(lambda minutes: datetime.fromisoformat("1971-01-01T00:00") + timedelta(minutes=minutes))
)
def test_a_moment_that_is_written_is_read_again(name: str, at: datetime) -> None:
    pattern, zone = FORMS[name][0], ZoneInfo(LOCALES[name][0])
    text = at.strftime(pattern)
    clock = Clock(zone, at.time())
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        assert read_when(text, [date_pattern(pattern)], clock).at == first.astimezone(UTC)
    else:
        with pytest.raises(ValueError, match=r"does not exist|is there twice"):
            read_when(text, [date_pattern(pattern)], clock)


@pytest.mark.parametrize("name", LOCALES)
@given(st.decimals(-(10**12), 10**12, places=2, allow_nan=False), st.sampled_from(["", "€", "EUR ", "R$ ", "%"]))
def test_an_amount_that_is_written_is_read_again(name: str, amount: object, sign: str) -> None:
    _pattern, decimal, group = FORMS[name]
    number = float(str(amount))
    digits = f"{abs(number):,.2f}".replace(",", "G").replace(".", decimal).replace("G", group)
    text = f"{digits} %" if sign == "%" else f"{sign}{digits}"
    form = NumberForm(decimal, group)
    assert form.read(text) == abs(number)
    assert form.read(f"-{text}") == form.read(f"({text})") == -abs(number)
    assert form.read(text) in [one.read(text) for one in readings(number_forms([text]) or [], [text])]
