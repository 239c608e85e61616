"""Plain simple-salesforce against the sample org: a client that was written for real ones and knows nothing of this."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from novigem_sandbox.org import Running, SampleOrg, faults

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-01"}
SINCE, UNTIL = datetime(2026, 1, 5, 11, tzinfo=UTC), datetime(2026, 1, 5, 13, tzinfo=UTC)


# --- log-ins


def test_client_credentials_log_in(org: SampleOrg, session: requests.Session) -> None:
    app = org.sessions
    sf = Salesforce(domain="x.my", consumer_key=app.client_id, consumer_secret=app.client_secret, session=session)
    assert sf.query("SELECT Id FROM Organization")["records"][0]["Id"] == org.id


def test_a_wrong_secret_is_refused_with_oauths_own_words(org: SampleOrg, session: requests.Session) -> None:
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid client credentials"):
        Salesforce(domain="x.my", consumer_key=org.sessions.client_id, consumer_secret="no", session=session)


def test_a_signed_assertion_logs_in(org: SampleOrg, session: requests.Session) -> None:
    org.sessions.public_keys["admin@example.com"] = PUBLIC
    sf = Salesforce(
        username="admin@example.com", consumer_key=org.sessions.client_id, privatekey=PRIVATE, session=session
    )
    assert sf.query("SELECT count() FROM User")["totalSize"] == 1


def test_an_assertion_of_somebody_elses_key_is_refused(org: SampleOrg, session: requests.Session) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    org.sessions.public_keys["admin@example.com"] = other.public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ).decode()
    with pytest.raises(SalesforceAuthenticationFailed, match="invalid assertion"):
        Salesforce(
            username="admin@example.com", consumer_key=org.sessions.client_id, privatekey=PRIVATE, session=session
        )


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ({"exp": 1}, "expired authorization code"),
        ({"aud": "https://elsewhere.example.com"}, "audience is invalid"),
        ({"iss": "another app"}, "client identifier invalid"),
        ({"sub": "nobody@example.com"}, "user hasn't approved this consumer"),
    ],
)
def test_an_assertion_must_fit_the_org(running: Running, claims: dict[str, object], text: str) -> None:
    running.org.sessions.public_keys["admin@example.com"] = PUBLIC
    good = {
        "iss": running.org.sessions.client_id, "sub": "admin@example.com", "aud": "https://login.salesforce.com",
        "exp": int(UNTIL.timestamp()),
    }  # fmt: skip
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode(good | claims, PRIVATE, algorithm="RS256"),
    }
    answer = requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=30)
    assert (answer.status_code, answer.json()["error_description"]) == (400, text)


def test_an_assertion_that_nobody_signed_is_refused(running: Running) -> None:
    running.org.sessions.public_keys["admin@example.com"] = PUBLIC
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({"sub": "admin@example.com"}, None, algorithm="none"),
    }
    answer = requests.post(f"{running.url}/services/oauth2/token", data=form, timeout=30)
    assert answer.json() == {"error": "invalid_grant", "error_description": "invalid assertion"}


def test_soap_logs_in_with_password_and_security_token(org: SampleOrg, session: requests.Session) -> None:
    org.sessions.passwords["admin@example.com"] = "s&cret<1>TOKEN"
    sf = Salesforce(username="admin@example.com", password="s&cret<1>", security_token="TOKEN", session=session)
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_soap_refuses_a_wrong_password(org: SampleOrg, session: requests.Session) -> None:
    org.sessions.passwords["admin@example.com"] = "secret"
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        Salesforce(username="admin@example.com", password="wrong", security_token="", session=session)


def test_there_is_no_soap_login_in_newer_versions(org: SampleOrg, session: requests.Session) -> None:
    org.sessions.passwords["admin@example.com"] = "secret"
    with pytest.raises(SalesforceAuthenticationFailed, match="UNSUPPORTED_API_VERSION"):
        Salesforce(username="admin@example.com", password="secret", security_token="", session=session, version="65.0")


def test_a_password_logs_in_over_oauth_too(org: SampleOrg, session: requests.Session) -> None:
    org.sessions.passwords["admin@example.com"] = "secret"
    app = org.sessions
    sf = Salesforce(
        username="admin@example.com", password="secret", consumer_key=app.client_id,
        consumer_secret=app.client_secret, session=session,
    )  # fmt: skip
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_a_session_ends_after_its_time(org: SampleOrg, sf: Salesforce) -> None:
    org.clock.advance(org.sessions.life_seconds - 1)
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1
    org.clock.advance(1)
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        sf.query("SELECT Id FROM Organization")


# --- records


def test_a_record_is_created_read_changed_and_deleted(org: SampleOrg, sf: Salesforce) -> None:
    made = sf.Opportunity.create(DEAL | {"Amount": 1200.5})
    assert made == {"id": made["id"], "success": True, "errors": []}
    assert sf.Opportunity.get(made["id"])["Amount"] == 1200.5
    assert sf.Opportunity.update(made["id"], {"StageName": "Closed Won"}) == 204
    shown = sf.Opportunity.get(made["id"])
    assert (shown["IsWon"], shown["Probability"], shown["ForecastCategory"]) == (True, 100.0, "Closed")
    assert sf.Opportunity.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as caught:
        sf.Opportunity.get(made["id"])
    assert caught.value.content == [{"errorCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]
    held = org.get(made["id"])
    assert held is not None
    assert held["IsDeleted"] is True


def test_upsert_finds_by_external_id(org: SampleOrg, sf: Salesforce) -> None:
    org.add_field("Account", "Number__c", external_id=True)
    assert sf.Account.upsert("Number__c/17", {"Name": "First"}) == 201
    assert sf.Account.upsert("Number__c/17", {"Name": "Second"}) == 200
    assert [row["Name"] for row in org.records("Account")] == ["Second"]
    assert sf.Account.get_by_custom_id("Number__c", "17")["Name"] == "Second"
    org.create("Account", Name="Third", Number__c="17")
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Account.upsert("Number__c/17", {"Name": "Which?"})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"Nope__c": 1}, "INVALID_FIELD"),
        ({"IsWon": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"CloseDate": "soon"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Amount": "much"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Name": "x" * 121}, "STRING_TOO_LONG"),
        ({"Name": None}, "REQUIRED_FIELD_MISSING"),
        ({"AccountId": "short"}, "MALFORMED_ID"),
        ({"ForecastCategoryName": "Maybe"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
def test_what_a_record_cannot_hold_is_refused(
    org: SampleOrg, sf: Salesforce, values: dict[str, object], code: str
) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Opportunity.create(DEAL | values)
    assert caught.value.content[0]["errorCode"] == code
    assert org.records("Opportunity") == []


def test_a_locked_record_is_refused_over_the_api(org: SampleOrg, sf: Salesforce) -> None:
    deal = org.create("Opportunity")
    tx = org.begin()
    tx.update(deal, NextStep="call")
    with pytest.raises(SalesforceMalformedRequest, match="UNABLE_TO_LOCK_ROW"):
        sf.Opportunity.update(deal, {"NextStep": "write"})
    tx.rollback()
    assert sf.Opportunity.update(deal, {"NextStep": "write"}) == 204


# --- queries


def test_every_page_of_a_query_comes_once(org: SampleOrg, sf: Salesforce) -> None:
    ids = org.load("Task", ({"Subject": f"Call {n}"} for n in range(2500)))
    org.delete(ids[7])
    live = [row["Id"] for row in sf.query_all_iter("SELECT Id FROM Task")]
    everything = [row["Id"] for row in sf.query_all_iter("SELECT Id FROM Task", include_deleted=True)]
    assert live == [one for one in ids if one != ids[7]]
    assert everything == ids


def test_a_page_names_the_next_under_query_even_for_query_all(org: SampleOrg, sf: Salesforce) -> None:
    ids = org.load("Task", ({"Subject": "Call", "IsDeleted": True} for n in range(2001)))
    first = sf.query("SELECT Id FROM Task", include_deleted=True)
    assert first["nextRecordsUrl"].startswith("/services/data/v62.0/query/0r8")
    assert first["nextRecordsUrl"].endswith("-2000")
    last = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert (last["done"], last["totalSize"], [row["Id"] for row in last["records"]]) == (True, 2001, ids[2000:])


def test_money_is_exact(running: Running, session: requests.Session) -> None:
    running.org.create("Opportunity", Amount=Decimal("9007199254740993.01"))
    sf = Salesforce(instance="x.my.salesforce.com", session_id=running.token(), session=session, parse_float=Decimal)
    row = sf.query("SELECT Amount, Probability FROM Opportunity")["records"][0]
    assert (row["Amount"], str(row["Probability"])) == (Decimal("9007199254740993.01"), "10.0")


def test_the_errors_of_queries_have_salesforces_own_bodies(sf: Salesforce) -> None:
    expected = json.loads((Path(__file__).parent / "expected_errors.json").read_text("utf-8"))
    for name in ("invalid_type", "invalid_field", "malformed_query"):
        with pytest.raises(SalesforceMalformedRequest) as caught:
            sf.query(expected[name]["soql"])
        assert (caught.value.status, caught.value.content) == (400, expected[name]["body"]), name
    with pytest.raises(SalesforceResourceNotFound) as missing:
        sf.restful("sobjects/Foo")
    # A real org names the code first; the order of its keys is part of it.
    assert json.dumps(missing.value.content) == json.dumps(expected["not_found"]["body"])


# --- describe, replication, limits


def test_describe_lists_what_may_be_read(org: SampleOrg, sf: Salesforce) -> None:
    names = {field["name"] for field in sf.Opportunity.describe()["fields"]}
    assert {"StageName", "Renewal_Risk__c", "RecordTypeId"} <= names
    org.hide_field("Opportunity", "Renewal_Risk__c")
    assert "Renewal_Risk__c" not in {field["name"] for field in sf.Opportunity.describe()["fields"]}
    assert {"Account", "Opportunity", "OpportunityFieldHistory", "Task"} <= {
        one["name"] for one in sf.describe()["sobjects"]
    }


def test_replication_calls_tell_updates_and_deletes(org: SampleOrg, sf: Salesforce) -> None:
    kept, gone = org.create("Task"), org.create("Task")
    org.delete(gone)
    org.clock.advance(600)
    assert sf.Task.updated(SINCE, UNTIL) == {"ids": [kept], "latestDateCovered": "2026-01-05T12:10:00.000+0000"}
    assert sf.Task.deleted(SINCE, UNTIL)["deletedRecords"] == [
        {"id": gone, "deletedDate": "2026-01-05T12:00:00.000+0000"}
    ]


def test_limits_count_the_calls(sf: Salesforce) -> None:
    sf.query("SELECT Id FROM Organization")
    assert sf.api_usage["api-usage"].used == 1
    assert sf.limits()["DailyApiRequests"] == {"Max": 15_000, "Remaining": 14_998}


def test_above_the_limit_everything_is_refused(org: SampleOrg, sf: Salesforce) -> None:
    org.usage.allowed = 1
    sf.query("SELECT Id FROM Organization")
    with pytest.raises(SalesforceRefusedRequest) as caught:
        sf.query("SELECT Id FROM Organization")
    assert caught.value.content == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


def test_a_gateway_answers_with_html(org: SampleOrg, sf: Salesforce) -> None:
    org.faults.add(faults.maintenance())
    with pytest.raises(SalesforceGeneralError) as caught:
        sf.query("SELECT Id FROM Organization")
    assert (caught.value.status, caught.value.content) == (503, "<h1>Down for Maintenance</h1>")


# --- bulk


def test_bulk_query_gives_every_row(org: SampleOrg, sf: Salesforce) -> None:
    ids = org.load("Account", ({"Name": f'"{n}", Ltd.'} for n in range(5)))
    pages = list(sf.bulk2.Account.query("SELECT Id, Name FROM Account ORDER BY Id", max_records=2, wait=0.001))
    assert [page.count("\n") - 1 for page in pages] == [2, 2, 1]
    assert pages[0] == f'"Id","Name"\n"{ids[0]}","""0"", Ltd."\n"{ids[1]}","""1"", Ltd."\n'


def test_bulk_query_all_also_gives_deleted_rows(org: SampleOrg, sf: Salesforce) -> None:
    (gone,) = org.load("Account", [{"Name": "Gone", "IsDeleted": True}])
    soql = "SELECT Id, IsDeleted, Phone, CreatedDate FROM Account"
    (page,) = sf.bulk2.Account.query_all(soql, wait=0.001)
    assert page == f'"Id","IsDeleted","Phone","CreatedDate"\n"{gone}","true","","2026-01-05T12:00:00.000Z"\n'


def test_bulk_download_writes_files(org: SampleOrg, sf: Salesforce, tmp_path: Path) -> None:
    org.load("Account", ({"Name": f"A{n}"} for n in range(3)))
    done = sf.bulk2.Account.download("SELECT Name FROM Account", path=str(tmp_path), max_records=2, wait=0.001)
    assert [one["number_of_records"] for one in done] == [2, 1]


def test_a_bulk_job_that_fails_says_why(org: SampleOrg, sf: Salesforce) -> None:
    org.jobs.fail_next = "InternalServerError: try again"
    with pytest.raises(SalesforceOperationError, match="InternalServerError: try again"):
        list(sf.bulk2.Account.query("SELECT Id FROM Account", wait=0.001))
