"""Exports as people have them: read right, or refused with the place; never something else without a word."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from novigem.cli.convert import command as convert_command
from novigem.errors import MappingError
from novigem.feed import Conversion, JsonLinesSource, convert_csv, load_mapping
from novigem.feed.csv.spool import SpooledChanges

NOW = datetime(2026, 11, 30, 16, 45, tzinfo=UTC)
DEALS = [f"006{number:012}AAA" for number in range(10)]
ANN, BEN = "005xx000001SwiUAAS", "005xx000001SwiVAAS"
BASIC = "object: Opportunity\ntimezone: Europe/Berlin\nid: Id\n"
CREATED = BASIC + "moments: [{kind: create, at: At, new: {Amount: {column: Amt, type: number}}}]\n"


def convert(folder: Path, data: str | bytes, mapping: str, name: str = "export.csv") -> Conversion:
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return convert_csv(folder / name, load_mapping(folder / "map.yaml"), clock=lambda: NOW)


def told(found: Conversion) -> list[str]:
    return [f"{row.place}: {row.reason}" for row in (*found.rejected, *found.ahead)] + list(found.notes)


def moments(
    folder: Path, texts: list[str], formats: str | None, zone: str = "Europe/Berlin", extra: str = ""
) -> list[Any]:
    """Give, for each text, its moment in UTC or the reason why it has none."""
    mapping = f"object: Opportunity\ntimezone: {zone}\nid: Id\nmoments: [{{kind: create, at: At}}]\ndelimiter: ';'\n"
    mapping += "" if formats is None else f"date_format: {formats}\n"
    rows = "".join(f"{deal};{text}\n" for deal, text in zip(DEALS, texts, strict=False))
    found = convert(folder, f"Id;At\n{rows}", mapping + extra)
    at = {change.id: f"{change.at:%Y-%m-%dT%H:%MZ}" for change in found.changes}
    why = {row.place: row.reason for row in found.rejected}
    return [at.get(deal) or why[f"line {line}"] for line, deal in enumerate(DEALS[: len(texts)], start=2)]


def amounts(folder: Path, texts: list[str], form: str) -> list[Any]:
    """Give, for each text, its number or the reason why it is none."""
    mapping = f"{CREATED}{form}delimiter: '|'\n"
    rows = "".join(f"{deal}|2026-01-07|{text}\n" for deal, text in zip(DEALS, texts, strict=False))
    found = convert(folder, f"Id|At|Amt\n{rows}", mapping)
    numbers = {change.id: change.new["Amount"] for change in found.changes}
    why = {row.place: row.reason for row in found.rejected}
    return [numbers.get(deal, why.get(f"line {line}")) for line, deal in enumerate(DEALS[: len(texts)], start=2)]


# Moments that did not happen

REPORT = (
    "Opportunity ID,Owner ID,Opportunity Owner,Owner Role,Account ID,Record Type,Created Date,Created By ID,Stage,"
    "Close Date,Amount\n"
    f"006xx000001SwiV,{ANN[:15]},Ann,CSM,001xx000003DGbY,Upsell,11/8/2026,{ANN[:15]},Qualification,12/31/2026,5000\n"
    f"006xx000001SwiW,{ANN[:15]},Ann,CSM,001xx000003DGbY,Upsell,11/8/2026,{ANN[:15]},Proposal,11/20/2026,5000\n"
    f"006xx000001SwiX,{ANN[:15]},Ann,CSM,001xx000003DGbY,Upsell,11/8/2026,{ANN[:15]},Closed Won,11/20/2026,5000\n"
)


def test_an_open_deal_is_not_closed_by_the_mapping_that_ships(tmp_path: Path) -> None:
    found = convert(tmp_path, REPORT, Path("config/mappings/opportunity-states.yaml").read_text())
    assert [(change.kind, change.new["IsClosed"]) for change in found.changes].count(("update", True)) == 1
    assert found.kinds == {"create": 3, "update": 1}
    assert "1 x no update at Close Date: Stage is 'Proposal' (first: line 3)" in found.notes
    assert (found.rejected, found.ahead) == ([], [])


def test_a_moment_ahead_of_now_has_not_happened_and_is_told(tmp_path: Path) -> None:
    mapping = Path("config/mappings/opportunity-states.yaml").read_text().replace("    where:", "    # where:")
    found = convert(tmp_path, REPORT, mapping)
    assert found.kinds == {"create": 3, "update": 2}
    (ahead,) = found.ahead
    assert (ahead.place, ahead.reason[:25]) == ("line 2", "Close Date: '12/31/2026' ")
    closed = convert(tmp_path, REPORT, mapping + "exported: '2026-11-19'\n")
    assert (closed.kinds, len(closed.ahead)) == ({"create": 3}, 3)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("{Closed: true}", "bd"),
        ("{Closed: false}", "a"),
        ("{Stage: Won}", "b"),
        ("{Stage: [Won, Lost]}", "bd"),
        ("{Stage: {not_in: [Open]}}", "bcd"),
        ("{Stage: [Won, Lost], Closed: true}", "bd"),
    ],
)
def test_a_moment_happens_only_where_its_conditions_hold(tmp_path: Path, where: str, kept: str) -> None:
    rows = "a,2026-01-07,Open,0\nb,2026-01-07,Won,TRUE\nc,2026-01-07,,\nd,2026-01-07,Lost,1\n"
    mapping = "object: Opportunity\ntimezone: UTC\nid: {column: Id, prefix: '006'}\n"
    mapping += f"moments: [{{kind: update, at: Day, where: {where}}}]\n"
    found = convert(tmp_path, "Id,Day,Stage,Closed\n" + rows, mapping)
    assert "".join(change.id[14] for change in found.changes) == kept
    assert sum(int(note.split(" x ")[0]) for note in found.notes) == 4 - len(kept)


def test_run_puts_a_change_dated_ahead_of_now_aside_and_a_source_without_a_clock_takes_it() -> None:
    lines = [
        {"object": "Opportunity", "id": deal, "kind": "create", "at": at}
        for deal, at in zip(
            DEALS, ("2026-11-30T16:45:00Z", "2026-12-01T16:44:59Z", "2026-12-01T16:45:01Z"), strict=False
        )
    ]
    data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    (page,) = JsonLinesSource(io.BytesIO(data), clock=lambda: NOW).pages()
    assert [change.id for change in page.changes] == DEALS[:2]
    assert [(one.place, one.reason) for one in page.rejected] == [
        ("line 3", "at: 2026-12-01T16:45:01Z lies ahead, so it cannot have happened")
    ]
    (page,) = JsonLinesSource(io.BytesIO(data)).pages()
    assert (len(page.changes), page.rejected) == (3, [])


# Dates


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%m/%d/%Y %H:%M %p", "`%p` (AM or PM) goes with `%I`"),
        ("%m/%d/%Y %I:%M", "`%I` is the hour of 12"),
        ("%d/%m/%d/%Y", "`%d` stands twice"),
        ("%m/%d/%Y %y", "`%Y` and `%y`"),
        ("%m/%b/%Y %d", "`%m` and `%b`"),
        ("%j %d.%m.%Y", "`%j` and `%m`"),
        ("%H:%I %p %d.%m.%Y", "`%H` and `%I`"),
        ("%d.%m.%Y :%M", "`%M` needs an hour"),
        ("%d.%m.%Y %H:%S", "`%S` needs the minutes"),
        ("%d.%m.%Y %z", "`%z` needs a time of day"),
        ("%d.%m", "must hold a year, a month and a day"),
        ("%d.%m. %H:%M", "must hold a year, a month and a day"),
        ("%Y-%m-%d %U", "`%U`"),
        ("%d.%m.%Y %", "is not a date format"),
    ],
)
def test_a_pattern_that_cannot_say_one_moment_is_refused(tmp_path: Path, pattern: str, expected: str) -> None:
    with pytest.raises(MappingError) as caught:
        moments(tmp_path, [], json.dumps(pattern))
    assert expected in caught.value.message
    assert ":6: date_format: " in caught.value.message


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        ("'%m/%d/%Y %I:%M %p'", "12/31/2025 1:05 PM", "2025-12-31T12:05Z"),
        ("'%m/%d/%Y, %I:%M %p'", "12/31/2025, 12:05\u202fAM", "2025-12-30T23:05Z"),
        ("'%m/%d/%Y %I:%M %p'", "12/31/2025 13:05 PM", "is not a date"),
        ("'%m/%d/%Y %I:%M %p'", "12/31/2025 1:05 p. m.", "2025-12-31T12:05Z"),
        ("'%Y-%m-%d %H:%M:%S %z'", "2026-01-07 15:00:00 +0100", "2026-01-07T14:00Z"),
        ("'%Y-%m-%d %H:%M:%S %z'", "2026-01-07 15:00:00 -05:30", "2026-01-07T20:30Z"),
        ("'%Y-%m-%d %H:%M:%S %Z'", "2026-01-07 15:00:00 UTC", "2026-01-07T15:00Z"),
        ("'%Y-%m-%d %H:%M:%S %Z'", "2026-10-25 02:30:00 CEST", "2026-10-25T00:30Z"),
        ("'%Y-%m-%d %H:%M:%S %Z'", "2026-10-25 02:30:00 CET", "2026-10-25T01:30Z"),
        ("'%Y-%m-%d %H:%M:%S %Z'", "2026-01-07 15:00:00 IST", "IST is not what Europe/Berlin is called then"),
        ("'%d.%m.%Y %H:%M'", "29.03.2026 02:30", "does not exist in Europe/Berlin"),
        ("'%d.%m.%Y %H:%M'", "25.10.2026 02:30", "is there twice in Europe/Berlin"),
        ("'%d.%m.%Y %H:%M'", "29.03.2026 03:30", "2026-03-29T01:30Z"),
        ("'%a %d %b %Y'", "Wed 7 Jan 2026", "2026-01-06T23:00Z"),
        ("'%a %d %b %Y'", "Thu 7 Jan 2026", "is not a date"),
        ("'%d.%m.%Y'", "45123.5", "a spreadsheet's number of a day"),
        ("'%d.%m.%Y'", "45123", "a spreadsheet's number of a day"),
        ("'%Y%m%d'", "2026107", "is not a date"),
        ("'%Y-%j'", "2026-007", "2026-01-06T23:00Z"),
        ("'%Y-%j'", "2026-366", "is not a date"),
        ("['%m/%d/%Y', '%m/%d/%Y %I:%M %p']", "2/24/2026 8:55 PM", "2026-02-24T19:55Z"),
        ("['%m/%d/%Y', '%m/%d/%Y %I:%M %p']", "2/24/2026", "2026-02-23T23:00Z"),
        ("['%m/%d/%Y', '%d/%m/%Y']", "2/24/2026", "2026-02-23T23:00Z"),
        ("['%m/%d/%Y', '%d/%m/%Y']", "3/4/2026", "may be 2026-03-04 or 2026-04-03"),
        ("['%m/%d/%Y', '%d/%m/%Y']", "4/4/2026", "2026-04-03T22:00Z"),
    ],
)
def test_a_date_is_read_as_it_is_written_or_set_aside(tmp_path: Path, formats: str, text: str, expected: str) -> None:
    (found,) = moments(tmp_path, [text], formats)
    assert found == expected or expected in found


@pytest.mark.parametrize(("which", "expected"), [("first", "2026-10-25T00:30Z"), ("second", "2026-10-25T01:30Z")])
def test_an_hour_that_is_there_twice_is_decided_by_the_mapping_and_told(
    tmp_path: Path, which: str, expected: str
) -> None:
    extra = f"repeated_hour: {which}\n"
    assert moments(tmp_path, ["25.10.2026 02:30"], "'%d.%m.%Y %H:%M'", extra=extra) == [expected]
    found = convert_csv(tmp_path / "export.csv", load_mapping(tmp_path / "map.yaml"), clock=lambda: NOW)
    assert f"At: times that are there twice were taken for the {which} (`repeated_hour`)" in found.notes


def test_a_column_may_have_a_pattern_of_its_own(tmp_path: Path) -> None:
    mapping = BASIC + (
        "moments:\n"
        "  - {kind: create, at: {column: Created, date_format: '%m/%d/%Y'}}\n"
        "  - kind: update\n"
        "    at: {column: Changed, date_format: '%m/%d/%Y %I:%M %p'}\n"
        "    new: {CloseDate: {column: Close, type: date, date_format: '%d.%m.%Y'}}\n"
    )
    found = convert(tmp_path, f"Id,Created,Changed,Close\n{DEALS[0]},2/3/2026,2/4/2026 8:55 PM,5.3.2026\n", mapping)
    assert [f"{change.at:%d %H:%M}" for change in found.changes] == ["02 23:00", "04 19:55"]
    assert found.changes[1].new["CloseDate"] == "2026-03-05"


@pytest.mark.parametrize(
    ("created", "closed", "at"),
    [
        ("2026-01-07T15:04:05.000+0000", "2026-01-07", ["07 15:04", "07 15:04"]),
        ("2026-01-07", "2026-01-07", ["07 11:00", "07 11:00"]),
        ("2026-01-07", "2026-01-07T09:00:00Z", ["07 09:00", "07 09:00"]),
        ("2026-01-07T22:30:00Z", "2026-01-07", ["07 22:30", "07 22:30"]),
        ("2026-01-07T23:30:00Z", "2026-01-07", None),
        ("2026-01-07T15:04:05Z", "2026-01-06", None),
        ("2026-01-07T15:04:05Z", "2026-01-07T15:04:04Z", None),
    ],
)
def test_a_day_alone_is_not_before_a_moment_of_that_day(
    tmp_path: Path, created: str, closed: str, at: list[str] | None
) -> None:
    mapping = BASIC + "time: '12:00'\nmoments: [{kind: create, at: C}, {kind: update, at: D, new: {A: {value: 1}}}]\n"
    found = convert(tmp_path, f"Id,C,D\n{DEALS[0]},{created},{closed}\n", mapping)
    if at is None:
        assert "is before the moment that precedes it (C: " in found.rejected[0].reason
    else:
        assert [f"{change.at:%d %H:%M}" for change in found.changes] == at
        assert [change.seq for change in found.changes] == [0, int(at[0] == at[1])]


# Numbers

DE, US, FR, CH = (
    f'decimal: "{decimal}"\nthousands: "{group}"\n'
    for decimal, group in ((",", "."), (".", ","), (",", " "), (".", "'"))
)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (DE, "EUR 1.200,50", 1200.5),
        (DE, "1.200,50 €", 1200.5),
        (DE, "-1.200,50\u00a0€", -1200.5),
        (DE, "(1.200,50)", -1200.5),
        (DE, "1.200,50-", -1200.5),
        (DE, "12,5 %", 12.5),
        (DE, "R$ 1.200,50", 1200.5),
        (DE, "USD 1.200,50 (EUR 1.100,00)", 1200.5),
        (US, "$1,200.50", 1200.5),
        (US, "-$1,200.50", -1200.5),
        (US, "($1,200.50)", -1200.5),
        (US, "USD 1,200.50 (EUR 1.100,00)", 1200.5),
        (US, "¥1,200", 1200),
        (US, "\uffe51,200", 1200),
        (US, "12.5%", 12.5),
        (FR, "1 200,50 €", 1200.5),
        (FR, "1\u00a0200,50", 1200.5),
        (FR, "1\u202f200,50\u00a0€", 1200.5),
        (CH, "CHF 1'200.50", 1200.5),
        (CH, "1\u2019200.50", 1200.5),
        (US, "'1200", 1200),
        (US, '"=""1200"""', 1200),
        (US, "1.2.3", "'1.2.3' is not a number"),
        (US, "1,20,0", "'1,20,0' is not a number"),
        (DE, "12.34.567,00", "is not a number"),
        (DE, "$1,200.50", 'with `decimal: "."` and `thousands: ","` it would be 1200.5'),
        (DE, "1\u202f200,50", 'with `thousands: " "` it would be 1200.5'),
        (US, "ABC 1,200", "`ABC` is not the code of a currency"),
        (US, "(-5)", "is not a number"),
        (US, "USD 5 %", "is not a number"),
        (US, "1,200 (1,100)", "is not a number"),
        (US, "-", "write `empty: ['-']`"),
        (US, "\uff11\uff12", "is not a number"),
    ],
)
def test_money_and_percentages_are_read_or_set_aside_with_what_would_read_them(
    tmp_path: Path, form: str, text: str, expected: Any
) -> None:
    (found,) = amounts(tmp_path, [text], form)
    assert found == expected or (isinstance(expected, str) and expected in found)


def test_a_number_that_may_be_two_is_told_where_the_mapping_says_nothing(tmp_path: Path) -> None:
    found = convert(tmp_path, f"Id,At,Amt\n{DEALS[0]},2026-01-07,1.200\n", CREATED)
    assert "number such as 1.200 read with `.` as its decimal sign" in found.notes[0]
    assert convert(tmp_path, f"Id,At,Amt\n{DEALS[0]},2026-01-07,1.200\n", CREATED + "decimal: '.'\n").notes == []


@pytest.mark.parametrize(
    ("text", "usual", "expected"),
    [
        ("EUR 5", None, "EUR"),
        ("5 €", None, "EUR"),
        ("R$ 5", None, "BRL"),
        ("USD 5 (EUR 4)", None, "USD"),
        ("$5", "CAD", "CAD"),
        ("5", "CAD", "CAD"),
        ("GBP", None, "GBP"),
        ("5", None, None),
        ("$5", None, "`$` may be the sign of several currencies"),
        ("¥5", "CAD", "`¥` may be the sign of several currencies"),
        ("XYZ", None, "`XYZ` is not the code of a currency"),
        ("lots", None, "is neither a currency nor an amount of one"),
    ],
)
def test_the_currency_of_an_amount_can_be_mapped(tmp_path: Path, text: str, usual: str | None, expected: Any) -> None:
    cell = "CurrencyIsoCode: {column: Amt, type: currency}"
    mapping = BASIC + f"moments: [{{kind: create, at: At, new: {{{cell}}}}}]\n"
    found = convert(
        tmp_path, f"Id,At,Amt\n{DEALS[0]},2026-01-07,{text}\n", mapping + (f"currency: {usual}\n" if usual else "")
    )
    got = found.changes[0].new["CurrencyIsoCode"] if found.changes else found.rejected[0].reason
    assert got == expected or expected in got


# Files

TWO = f"Id,At,Amt\n{DEALS[0]},2026-01-07,1\n{DEALS[1]},2026-01-07,2\n"


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_the_sign_between_cells_is_found_where_it_is_not_told(tmp_path: Path, sign: str) -> None:
    found = convert(
        tmp_path,
        '"Id";"At";"Amt"\n"a";"2026-01-07";"1"\n'.replace(";", sign),
        CREATED.replace("id: Id", "id: {column: Id, prefix: '006'}"),
    )
    assert len(found.changes) == 1
    assert "the mapping does not say which" in found.notes[0]


def test_a_sign_that_the_header_line_contradicts_is_refused(tmp_path: Path) -> None:
    data = '"Id";"At";"Amt"\n"x";"2026-01-07";"one\nline two, ""quoted"""\n'
    with pytest.raises(MappingError, match="cannot be read with `,` between the cells; `;` would fit"):
        convert(tmp_path, data, CREATED + "delimiter: ','\n")


def test_lines_before_the_header_and_the_foot_of_a_report_are_skipped_and_told(tmp_path: Path) -> None:
    foot = '\n\n"Won deals"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
    foot += '"Confidential Information - Do Not Distribute"\n"Generated By:  Ann Bell  1/7/2026 9:05 PM"\n"Acme Inc"\n'
    found = convert(tmp_path, 'Won deals\n"As of 1/7/2026, 9 PM"\n\n' + TWO + "Id,At,Amt\n" + foot, CREATED)
    assert (len(found.changes), found.rejected, found.rows) == (2, [], 2)
    assert "the columns are named on line 4; what stands before it was skipped: 'Won deals', 'As of" in found.notes[0]
    assert any(note.startswith("1 x the header line once more") for note in found.notes)
    assert any(note.startswith("5 x line below the rows") for note in found.notes)


@pytest.mark.parametrize(
    ("foot", "skipped"),
    [
        ('"Grand Totals (2 Records)",,\n', True),
        ('"Gesamtsummen (2 Datensätze)",,3\n', True),
        ('"Totaux généraux (2 enregistrements)"\n', True),
        ('"Totais gerais (2 registros)"\n', True),
        ('"総計 (2 件)"\n', True),
        ('"機密情報 - 配布禁止"\n', True),
        ('"Vertrauliche Informationen - Nicht weitergeben"\n', True),
        ('"Total",,\n', False),
        ('"The end"\n', False),
    ],
)
def test_only_what_is_surely_a_foot_is_skipped(tmp_path: Path, foot: str, skipped: bool) -> None:  # noqa: FBT001
    found = convert(tmp_path, TWO + "\n" + foot, CREATED)
    assert len(found.changes) == 2
    assert bool(found.rejected) is not skipped
    assert any("skipped" in note for note in found.notes) is skipped


def test_totals_that_do_not_agree_with_the_rows_are_told(tmp_path: Path) -> None:
    found = convert(tmp_path, TWO + '"Grand Totals (3,021 Records)",,\n', CREATED)
    assert "line 4 tells of 3,021 records, but the file has 2" in found.notes


def zipped(**members: str | bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(
                zipfile.ZipInfo(name.replace("__", "/").replace("_dot_", ".")), content, zipfile.ZIP_DEFLATED
            )
    return data.getvalue()


@pytest.mark.parametrize(
    "data", [gzip.compress(TWO.encode(), mtime=0), zipped(a_dot_csv=TWO), zipped(x__a_dot_CSV=TWO, readme="hi")]
)
def test_a_packed_export_is_opened(tmp_path: Path, data: bytes) -> None:
    assert len(convert(tmp_path, data, CREATED).changes) == 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zipped(a_dot_csv=TWO, b_dot_csv=TWO), "holds 2 CSV files: a.csv, b.csv"),
        (zipped(a_dot_pdf="x"), "is a zip without a CSV in it; it holds: a.pdf"),
        (zipped(xl__workbook_dot_xml="x"), "is an Excel workbook (.xlsx)"),
        (zipped(a_dot_csv=zipped(b_dot_csv=TWO)), "is an archive inside an archive"),
        (zipped(a_dot_csv=TWO)[:60], "damaged or unfinished archive"),
        (gzip.compress(TWO.encode(), mtime=0)[:-20], "damaged or unfinished archive"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "is an old Excel workbook (.xls)"),
        (b"<html><head></head><table><tr><td>Id", "is a table in HTML, which Salesforce names .xls"),
        ("\ufeff<html><table>".encode("utf-16"), "is a table in HTML, which Salesforce names .xls"),
        (b"%PDF-1.7", "is a PDF"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (TWO.encode("utf-16-le"), "looks like utf-16-le without a mark"),
        (b'"Id,At\n', "the header line is not CSV"),
        (b"A;B\n1;2\n", "has no column `Id`"),
    ],
)
def test_what_is_no_csv_is_refused_by_its_name(tmp_path: Path, data: bytes, expected: str) -> None:
    with pytest.raises(MappingError) as caught:
        convert(tmp_path, data, CREATED)
    assert expected in caught.value.message


def test_an_archive_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="unpacks to more than"):
        convert(tmp_path, gzip.compress(b"Id,At,Amt\n" + b"\n" * 80_000_000, compresslevel=1), CREATED)


NAMES = f"Id,At,Amt,Name\n{DEALS[0]},2026-01-07,1,Müller\n"
NAMED = BASIC + "moments: [{kind: create, at: At, new: {Name: Name}}]\n"


def test_utf_16_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    for data in (NAMES.encode("utf-16"), b"\xef\xbb\xbf" + NAMES.encode(), NAMES.replace("\n", "\r").encode()):
        assert convert(tmp_path, data, NAMED).changes[0].new["Name"] == "Müller"


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        (NAMES.encode(), "cp1252", "is UTF-8: read as cp1252, its letters would come out as others"),
        (NAMES.encode(), "latin-1", "is UTF-8: read as latin-1"),
        (NAMES.encode("utf-16"), "cp1252", "begins with the mark of utf-16, not of cp1252"),
        (NAMES.encode(), "utf-16", "is not utf-16 text"),
        (NAMES.encode("cp1252"), "utf-8", "`encoding: cp1252` would read Müller"),
        (NAMES.replace("Müller", "山田太郎").encode("cp932"), None, "`encoding: cp932` would read 山田太郎"),
    ],
)
def test_an_encoding_is_held_against_the_file(tmp_path: Path, data: bytes, encoding: str | None, expected: str) -> None:
    with pytest.raises(MappingError) as caught:
        convert(tmp_path, data, NAMED + (f"encoding: {encoding}\n" if encoding else ""))
    assert expected in str(caught.value)


def test_small_faults_of_files_are_put_up_with_and_others_told(tmp_path: Path) -> None:
    mapping = NAMED + "empty: ['-']\nhtml_entities: true\n"
    rows = (
        f'Id,At,Amt,Name,\r\n{DEALS[0]},2026-01-07,1,"Ann&amp;#39;s\r\ndeal",\r\n{DEALS[1]},2026-01-07,1,-\r\n,,,,\r\n'
    )
    found = convert(tmp_path, rows + "6.00E+17,2026-01-07,1,x,\r\n", mapping)
    assert [change.new["Name"] for change in found.changes] == ["Ann's\r\ndeal", None]
    assert [row.reason[-76:] for row in found.rejected] == [
        " (a spreadsheet made a number of it: export again, and do not save it there)"
    ]


def test_booleans_of_six_languages_are_read(tmp_path: Path) -> None:
    words = {
        "TRUE": True,
        "WAHR": True,
        "Faux": False,
        "checked": True,
        "não": False,
        "はい": True,
        "1": True,
        "x": None,
    }
    mapping = BASIC + "moments: [{kind: create, at: At, new: {A: {column: Amt, type: boolean}}}]\n"
    rows = "".join(f"{deal},2026-01-07,{word}\n" for deal, word in zip(DEALS, words, strict=False))
    found = convert(tmp_path, "Id,At,Amt\n" + rows, mapping)
    assert [change.new["A"] for change in found.changes] == [value for value in words.values() if value is not None]
    assert told(found)[0].endswith("Amt: 'x' is not true or false")


def test_nothing_read_is_an_exit_of_its_own_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(CREATED)
    (tmp_path / "export.csv").write_text("Id,At,Amt\nx,y,z\n")
    out = tmp_path / "out.jsonl"
    arguments = [str(tmp_path / "export.csv"), "--map", str(tmp_path / "map.yaml"), "-o", str(out)]
    done = CliRunner().invoke(convert_command, arguments)
    assert (done.exit_code, out.exists()) == (1, False)
    assert "Nothing could be read" in done.output
    (tmp_path / "export.csv").write_text("Id,At,Amt\n")
    done = CliRunner().invoke(convert_command, arguments)
    assert (done.exit_code, out.exists()) == (0, True)
    assert "holds no rows" in done.output


# Field history

HISTORY = "shape: field-history\nobject: Opportunity\ntimezone: UTC\ntracked_from_creation: true\n"


@pytest.mark.parametrize(
    "event", ["created", "opportunityCreatedFromLead", "contactCreatedFromLead", "accountCreatedFromLead"]
)
def test_a_record_made_of_a_lead_is_created(tmp_path: Path, event: str) -> None:
    header = "OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById\n"
    rows = f"{DEALS[0]},{event},,,2026-01-07T15:00:00Z,{ANN}\n{DEALS[0]},created,,,2026-01-07T15:00:01Z,{ANN}\n"
    found = convert(tmp_path, f"{header}{rows}{DEALS[0]},StageName,A,B,2026-01-08T15:00:00Z,{ANN}\n", HISTORY)
    assert [(change.kind, change.new) for change in found.changes] == [
        ("create", {"StageName": "A"}),
        ("update", {"StageName": "B"}),
    ]
    assert found.rejected == []


def test_rows_about_no_field_are_told_for_what_they_are(tmp_path: Path) -> None:
    header = "OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById\n"
    rows = "".join(f"{DEALS[0]},{event},,,2026-01-07T15:00:00Z,{ANN}\n" for event in ("ownerAccepted", "feedEvent"))
    found = convert(tmp_path, header + rows, HISTORY)
    assert found.notes == [
        "1 x ownerAccepted: somebody took the record from a queue, which changes no field (first: line 2)",
        "1 x feedEvent: a post about the record, which changes no field (first: line 3)",
    ]


def test_a_report_of_field_history_is_read_by_its_labels(tmp_path: Path) -> None:
    report = "Opportunity ID,Field / Event,Old Value,New Value,Edit Date,Edited By\n"
    report += f"{DEALS[0]},Created.,,,1/7/2026 9:05 PM,Ann\n{DEALS[0]},Stage,A,B,1/8/2026 9:05 PM,Ann\n"
    report += f"{DEALS[0]},Health,,Good,1/8/2026 9:05 PM,Ann\n{DEALS[0]},Next Meeting,,x,1/8/2026 9:05 PM,Ann\n"
    mapping = HISTORY + f"columns: {{by: {{column: Edited By, map: {{Ann: {ANN}}}}}}}\n"
    mapping += "date_format: '%m/%d/%Y %I:%M %p'\nfields: {Health: {name: Health__c}}\n"
    found = convert(tmp_path, report, mapping)
    assert [(change.kind, change.by, change.new) for change in found.changes] == [
        ("create", ANN, {"StageName": "A", "Health__c": None}),
        ("update", ANN, {"StageName": "B", "Health__c": "Good"}),
    ]
    assert "`Next Meeting` is a label: say which field it is" in found.rejected[0].reason


# States

LOG = "shape: state-log\nobject: Opportunity\ntimezone: UTC\nid: OppId\nat: At\nby: By\n"
LOG += "fields: {StageName: Stage, Amount: {column: Amount, type: number}}\n"
STATES = "OppId,At,By,Stage,Amount\n"
FOUR = [
    f"{DEALS[0]},2026-01-07T09:00:00Z,{ANN},Open,\n",
    f"{DEALS[0]},2026-01-08T09:00:00Z,{BEN},Open,5\n",
    f"{DEALS[0]},2026-01-09T09:00:00Z,{BEN},Won,5\n",
    f"{DEALS[0]},2026-01-10T09:00:00Z,{BEN},Won,5\n",
]


def facts(found: Conversion) -> list[tuple[Any, ...]]:
    return [(c.kind, c.at.day, c.new, c.old, c.by) for c in found.changes]


def test_states_that_follow_each_other_are_updates_whose_prior_values_are_known(tmp_path: Path) -> None:
    mapping = LOG + "first_row: creation\n"
    found = convert(tmp_path, STATES + "".join(FOUR), mapping)
    assert isinstance(found.changes, SpooledChanges)
    assert facts(found) == [
        ("create", 7, {"StageName": "Open", "Amount": None}, None, ANN),
        ("update", 8, {"StageName": "Open", "Amount": 5}, {"Amount": None}, BEN),
        ("update", 9, {"StageName": "Won", "Amount": 5}, {"StageName": "Open"}, BEN),
    ]
    assert (found.without_change, len(found.changes), found.changes[1:2]) == (1, 3, [found.changes[1]])
    other = convert(tmp_path, STATES + "".join(reversed(FOUR)), mapping)
    assert facts(other) == facts(found)


def test_the_first_state_of_an_older_record_is_no_edit_of_anybody(tmp_path: Path) -> None:
    found = convert(tmp_path, STATES + "".join(FOUR[1:3]), LOG + "first_row: known-state\n")
    assert [(c.kind, c.old) for c in found.changes] == [("system_update", None), ("update", {"StageName": "Open"})]
    with pytest.raises(MappingError, match="needs either `created`"):
        convert(tmp_path, STATES, LOG)


def test_a_table_of_type_2_tells_creations_ends_and_gaps(tmp_path: Path) -> None:
    mapping = LOG.replace("by: By\n", "") + "until: End\ncreated: Made\nended: deleted\n"
    header = "OppId,At,End,Made,Stage,Amount\n"
    rows = [
        f"{DEALS[0]},2026-01-08 09:00:00,2026-01-09 08:59:59,2026-01-07 10:00:00,A,1\n",
        f"{DEALS[0]},2026-01-09 09:00:00,9999-12-31 23:59:59,2026-01-07 10:00:00,B,1\n",
        f"{DEALS[1]},2026-01-08 09:00:00,2026-01-09 08:59:59,2026-01-08 09:00:00,A,1\n",
        f"{DEALS[2]},2026-01-08 09:00:00,2026-01-09 09:00:00,2026-01-08,A,1\n",
        f"{DEALS[2]},2026-01-12 09:00:00,,2026-01-08,B,1\n",
        f"{DEALS[3]},2026-01-08 09:00:00,2026-01-20 09:00:00,2026-01-08,A,1\n",
        f"{DEALS[3]},2026-01-12 09:00:00,,2026-01-08,B,1\n",
    ]
    found = convert(tmp_path, header + "".join(rows), mapping)
    lives = {deal: [(c.kind, c.at.day, c.old) for c in found.changes if c.id == deal] for deal in DEALS[:4]}
    assert lives == {
        DEALS[0]: [("create", 7, None), ("system_update", 8, None), ("update", 9, {"StageName": "A"})],
        DEALS[1]: [("create", 8, None), ("delete", 9, None)],
        DEALS[2]: [("create", 8, None), ("delete", 9, None), ("undelete", 12, None)],
        DEALS[3]: [("create", 8, None), ("delete", 20, None)],
    }
    assert [row.reason for row in found.rejected] == ["it begins before the state of line 7 ends"]


def test_states_of_one_moment_are_told_unless_a_column_orders_them(tmp_path: Path) -> None:
    header = "OppId,At,By,Stage,Amount,N\n"
    rows = [
        f"{DEALS[0]},2026-01-07T09:00:00Z,,{stage},,{number}\n" for stage, number in (("A", 2), ("B", 10), ("C", 1))
    ]
    found = convert(tmp_path, header + "".join(rows), LOG + "first_row: creation\n")
    assert [(c.new["StageName"], c.seq) for c in found.changes] == [("A", 0), ("B", 1), ("C", 2)]
    assert "2 x several states of one record at one moment" in found.notes[0]
    found = convert(tmp_path, header + "".join(rows), LOG + "first_row: creation\norder: N\n")
    assert [(c.new["StageName"], c.seq) for c in found.changes] == [("C", 0), ("A", 1), ("B", 2)]
    assert found.notes == []


def test_a_mapping_that_leaves_a_question_open_converts_nothing(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="the mapping leaves open:\n  timezone: whose"):
        convert(tmp_path, TWO, CREATED + "open: ['timezone: whose']\n")
