"""SOQL: paths to parents, aggregates, date literals, FIELDS(), and the words in which it refuses."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from novigem_sandbox.org import Clock, Refusal, SampleOrg


def values(org: SampleOrg, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
    """Give the rows of a query without their addresses."""
    return [without_attributes(row) for row in org.query(soql, deleted=deleted)]


def without_attributes(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: without_attributes(value) if isinstance(value, dict) else value
        for name, value in row.items()
        if name != "attributes"
    }


def test_paths_lead_up_to_three_levels_and_are_null_where_they_break(org: SampleOrg) -> None:
    ann = org.add_user("Ann Bell", role="Customer Success Manager")
    acme = org.create("Account", Name="Acme", OwnerId=ann)
    org.create("Opportunity", Name="A", AccountId=acme, OwnerId=ann, RecordTypeId=org.record_type("Renewal"))
    org.create("Opportunity", Name="B", OwnerId=ann)
    soql = (
        "SELECT Name, RecordType.DeveloperName, Account.Name, Account.Owner.UserRole.Name, LastModifiedBy.Name, "
        "account.id FROM Opportunity ORDER BY Name"
    )
    first, second = values(org, soql)
    role = {"UserRole": {"Name": "Customer Success Manager"}}
    assert first == {
        "Name": "A",
        "RecordType": {"DeveloperName": "Renewal"},
        "Account": {"Name": "Acme", "Owner": role, "Id": acme},
        "LastModifiedBy": {"Name": "Sample Administrator"},
    }
    assert (second["RecordType"], second["Account"]) == (None, None)


def test_a_lookup_to_several_objects_leads_to_a_name(org: SampleOrg) -> None:
    queue, ann = org.add_queue("New leads"), org.add_user("Ann Bell")
    org.create("Lead", LastName="One", OwnerId=queue)
    org.create("Lead", LastName="Two", OwnerId=ann)
    rows = org.query("SELECT Owner.Name, Owner.Type FROM Lead WHERE Owner.Name != null ORDER BY LastName")
    assert [(row["Owner"]["Name"], row["Owner"]["Type"]) for row in rows] == [
        ("New leads", "Group"),
        ("Ann Bell", "User"),
    ]
    assert rows[1]["Owner"]["attributes"] == {"type": "Name", "url": f"/services/data/v60.0/sobjects/User/{ann}"}


def test_rows_hold_what_was_selected_in_that_order(org: SampleOrg) -> None:
    deal = org.create("Opportunity", Name="Deal", Amount=Decimal("12.00"))
    (row,) = org.query("SELECT nextstep, Amount, IsDeleted, Id, CreatedDate FROM opportunity")
    assert list(row) == ["attributes", "NextStep", "Amount", "IsDeleted", "Id", "CreatedDate"]
    assert row["attributes"] == {"type": "Opportunity", "url": f"/services/data/v60.0/sobjects/Opportunity/{deal}"}
    assert (row["NextStep"], str(row["Amount"]), row["IsDeleted"]) == (None, "12.0", False)
    assert row["CreatedDate"] == "2026-01-05T12:00:00.000+0000"


def test_ids_are_found_with_15_and_18_characters_and_by_case(org: SampleOrg) -> None:
    one, two = org.load("Account", [{"Id": "001000000000abc"}, {"Id": "001000000000aBc"}])
    assert [row["Id"] for row in org.query(f"SELECT Id FROM Account WHERE Id = '{one[:15]}'")] == [one]
    assert [row["Id"] for row in org.query(f"SELECT Id FROM Account WHERE Id IN ('{two}', '{two[:15]}')")] == [two]
    # Ids sort by their characters: capital letters come first.
    assert [row["Id"] for row in org.query(f"SELECT Id FROM Account WHERE Id > '{two}' ORDER BY Id")] == [one]


def test_keyset_pages_read_everything_once(org: SampleOrg) -> None:
    stamps = [f"2026-01-05T12:00:0{n % 3}.000+0000" for n in range(20)]
    org.load("Task", ({"Subject": "x", "SystemModstamp": stamp, "CreatedDate": stamp} for stamp in stamps))
    window = "SystemModstamp >= 2026-01-05T12:00:00Z"
    soql = f"SELECT Id, SystemModstamp FROM Task WHERE {window}{{}} ORDER BY SystemModstamp, Id LIMIT 3"
    seen: list[str] = []
    after = ""
    while page := org.query(soql.format(after)):
        seen += [row["Id"] for row in page]
        last = page[-1]
        at = last["SystemModstamp"].replace(".000+0000", "Z")
        after = f" AND (SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > '{last['Id']}'))"
    assert sorted(seen) == [row["Id"] for row in org.records("Task")]


def test_aggregates_name_their_results(org: SampleOrg) -> None:
    org.load("Opportunity", [{"Amount": 10, "StageName": "A"}, {"Amount": 5, "StageName": "A"}, {"StageName": "B"}])
    soql = "SELECT StageName, COUNT(Id), MAX(Amount) most, AVG(Amount), MIN(Amount) FROM Opportunity GROUP BY StageName"
    assert values(org, soql) == [
        {"StageName": "A", "expr0": 2, "most": Decimal("10.0"), "expr1": Decimal("7.5"), "expr2": Decimal("5.0")},
        {"StageName": "B", "expr0": 1, "most": None, "expr1": None, "expr2": None},
    ]
    assert org.query("SELECT COUNT(Id) FROM Opportunity") == [{"attributes": {"type": "AggregateResult"}, "expr0": 3}]


def test_days_are_those_of_the_organisation(org: SampleOrg) -> None:
    # Noon UTC is seven in the morning in New York: midnight there was at five.
    for moment in ("2026-01-05T04:59:59Z", "2026-01-05T05:00:00Z", "2026-01-04T05:00:00Z", "2026-01-06T05:00:00Z"):
        org.load("Task", [{"Subject": moment, "CreatedDate": moment}])

    def found(condition: str) -> list[str]:
        return [row["Subject"][8:13] for row in org.query(f"SELECT Subject FROM Task WHERE CreatedDate {condition}")]

    assert found("= TODAY") == ["05T05"]
    assert found("= YESTERDAY") == ["05T04", "04T05"]
    assert found("> TODAY") == ["06T05"]
    assert found("< TODAY") == ["05T04", "04T05"]
    assert found("= LAST_N_DAYS:1") == ["05T04", "05T05", "04T05"]
    assert found("= THIS_WEEK") == ["05T04", "05T05", "04T05", "06T05"]
    assert found("= THIS_MONTH") == ["05T04", "05T05", "04T05", "06T05"]
    assert found("!= TODAY") == ["05T04", "04T05", "06T05"]


@pytest.mark.parametrize(
    "literal", ["2026-01-05T12:00:00Z", "2026-01-05T12:00:00+00:00", "2026-01-05T07:00:00.000-0500"]
)
def test_moments_may_be_written_in_three_ways(org: SampleOrg, literal: str) -> None:
    org.create("Task")
    assert len(org.query(f"SELECT Id FROM Task WHERE CreatedDate = {literal}")) == 1


def test_fields_all_needs_a_small_limit(org: SampleOrg) -> None:
    org.create("Opportunity", Name="Deal")
    (row,) = org.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 200")
    assert len(row) == 43
    assert "Renewal_Risk__c" not in org.query("SELECT FIELDS(STANDARD) FROM Opportunity")[0]
    for soql in ("SELECT FIELDS(ALL) FROM Opportunity", "SELECT FIELDS(ALL) FROM Opportunity LIMIT 201"):
        with pytest.raises(Refusal, match="LIMIT of at most 200"):
            org.query(soql)


@pytest.mark.parametrize(
    ("soql", "code", "text"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Case WHERE Id = 'x' AND Id = 'y' OR Id = 'z'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Case WHERE Subject = 'open", "MALFORMED_QUERY", "mismatched character"),
        (r"SELECT Id FROM Case WHERE Subject = '\x'", "MALFORMED_QUERY", "Illegal character sequence"),
        ("SELECT Id FROM Case; DROP", "MALFORMED_QUERY", "no viable alternative at character ';'"),
        ("SELECT Status, COUNT(Id) FROM Case", "MALFORMED_QUERY", "Field must be grouped or aggregated: Status"),
        ("SELECT Wrong.Name FROM Case", "INVALID_FIELD", "Didn't understand relationship 'Wrong' in field path"),
        ("SELECT Account.Nope FROM Case", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Id, Id FROM Case", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Case WHERE IsClosed = 'true'", "INVALID_FIELD", "must be of type boolean and should not be"),
        ("SELECT Id FROM Case WHERE Subject = 1", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Case WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Case WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Case WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM Case OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT MasterRecordId FROM Opportunity", "INVALID_FIELD", "No such column 'MasterRecordId'"),
    ],
)
def test_a_query_is_refused_in_salesforces_words(org: SampleOrg, soql: str, code: str, text: str) -> None:
    with pytest.raises(Refusal) as caught:
        org.query(soql)
    assert (caught.value.code, text in caught.value.message) == (code, True), caught.value.message


def test_the_caret_stands_below_the_place_in_a_long_query_too(org: SampleOrg) -> None:
    fields = ", ".join(field.name for field in org.objects["Opportunity"].fields())
    with pytest.raises(Refusal) as caught:
        org.query(f"SELECT {fields},\n Nope__c FROM Opportunity")
    lines = caught.value.message.split("\n")
    assert lines[1][lines[2].index("^") :].startswith("Nope__c")
    assert lines[3] == "ERROR at Row:2:Column:2"


def test_a_formula_is_read_anew_each_time(org: SampleOrg) -> None:
    acme = org.create("Account", Name="Acme")
    deal = org.create("Opportunity", AccountId=acme)
    org.add_formula("Opportunity", "Customer__c", lambda record: record["Account.Name"])
    before = org.query("SELECT Customer__c, SystemModstamp FROM Opportunity")[0]
    org.clock.advance(60)
    org.update(acme, Name="Acme Group")
    after = org.query("SELECT Customer__c, SystemModstamp FROM Opportunity WHERE Customer__c LIKE '%group'")[0]
    assert (before["Customer__c"], after["Customer__c"]) == ("Acme", "Acme Group")
    assert before["SystemModstamp"] == after["SystemModstamp"]
    assert len(org.versions(deal)) == 1


def test_what_follows_from_a_record_is_told_with_it() -> None:
    org = SampleOrg(Clock.at(datetime(2026, 5, 1, tzinfo=UTC)))
    org.create("Opportunity", Amount="100.10", StageName="Needs Analysis", CloseDate="2026-05-31")
    org.create("Contact", FirstName="Ann", LastName="Bell", MailingCity="Austin")
    (deal,) = values(org, "SELECT ExpectedRevenue, Fiscal, FiscalYear, FiscalQuarter FROM Opportunity")
    assert deal == {"ExpectedRevenue": Decimal("20.02"), "Fiscal": "2026 2", "FiscalYear": 2026, "FiscalQuarter": 2}
    (person,) = values(org, "SELECT Name, MailingAddress, OtherAddress FROM Contact")
    assert (person["Name"], person["MailingAddress"]["city"], person["OtherAddress"]) == ("Ann Bell", "Austin", None)
