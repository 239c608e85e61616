"""What stands on every answer, pages and their cursors, bulk jobs step by step, and every fault there is."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from novigem_sandbox.org import Running, SampleOrg, faults, serve
from novigem_sandbox.org.faults import Effect
from novigem_sandbox.org.routes.catalogue import VERSIONS

Get = Callable[..., requests.Response]
SOQL = "SELECT Id FROM Task"


def tasks(org: SampleOrg, number: int) -> list[str]:
    return org.load("Task", ({"Subject": f"Call {one}"} for one in range(number)))


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


# --- every answer


def test_every_answer_tells_the_orgs_time_and_the_limit(get: Get) -> None:
    good, bad = get("/query", q=SOQL), get("/query", q="SELEC")
    assert [one.headers["Date"] for one in (good, bad)] == ["Mon, 05 Jan 2026 12:00:00 GMT"] * 2
    assert [one.headers["Sforce-Limit-Info"] for one in (good, bad)] == ["api-usage=1/15000", "api-usage=2/15000"]
    assert good.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_big_answers_are_zipped_for_those_who_ask(org: SampleOrg, get: Get) -> None:
    tasks(org, 100)
    zipped = get("/query", q=SOQL)
    plain = get("/query", {"Accept-Encoding": "identity"}, q=SOQL)
    assert (zipped.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert zipped.json() == plain.json()


def test_versions_are_told_to_everybody_and_old_ones_are_gone(running: Running, get: Get) -> None:
    told = requests.get(f"{running.url}/services/data/", timeout=30).json()
    assert [one["version"] for one in told] == list(VERSIONS)
    headers = {"Authorization": f"Bearer {running.token()}"}
    found = [
        error(requests.get(f"{running.url}/services/data/v{version}/limits", headers=headers, timeout=30))
        for version in ("30.0", "58.0", "99.0")
    ]
    assert found == [(410, "UNSUPPORTED_API_VERSION")] * 2 + [(404, "NOT_FOUND")]
    assert get("/").json()["query"] == "/services/data/v62.0/query"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Basic x"}])
def test_nobody_gets_in_without_a_session(running: Running, header: dict[str, str]) -> None:
    answer = requests.get(f"{running.url}/services/data/v62.0/limits", headers=header, timeout=30)
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    assert (answer.status_code, running.org.usage.used) == (401, 0)


def test_sessions_can_be_ended(org: SampleOrg, get: Get) -> None:
    assert get("/limits").status_code == 200
    org.sessions.expire_all()
    assert error(get("/limits")) == (401, "INVALID_SESSION_ID")


def test_userinfo_names_the_organisation_and_counts_as_no_call(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token()}"}
    told = requests.get(f"{running.url}/services/oauth2/userinfo", headers=headers, timeout=30).json()
    assert (told["organization_id"], told["user_id"]) == (running.org.id, running.org.admin)
    assert running.org.usage.used == 0


def test_a_long_address_is_refused_as_a_gateway_does(get: Get) -> None:
    answer = get("/query", q=f"SELECT Id FROM Task WHERE Subject = '{'x' * 17_000}'")
    assert answer.status_code == 414
    assert answer.text == "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/sobjects/Nope/describe", (404, "NOT_FOUND")),
        ("/nope", (404, "NOT_FOUND")),
        ("/sobjects/Task/00T000000000000", (404, "NOT_FOUND")),
        ("/query", (400, "MALFORMED_QUERY")),
        ("/query/0r8nothing-2000", (400, "INVALID_QUERY_LOCATOR")),
    ],
)
def test_what_is_not_there_is_refused(get: Get, path: str, found: tuple[int, str]) -> None:
    assert error(get(path)) == found


def test_a_method_that_does_not_fit_is_refused(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token()}"}
    answer = requests.put(f"{running.url}/services/data/v62.0/query", headers=headers, timeout=30)
    assert error(answer) == (405, "METHOD_NOT_ALLOWED")


def test_a_body_that_is_no_json_is_refused(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token()}"}
    for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
        address = f"{running.url}/services/data/v62.0/sobjects/Task"
        answer = requests.post(address, data=body, headers=headers, timeout=30)
        assert error(answer) == (400, "JSON_PARSER_ERROR")


def test_describe_is_not_sent_twice(org: SampleOrg, get: Get) -> None:
    first = get("/sobjects/Task/describe")
    known = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = get("/sobjects/Task/describe", known)
    assert (again.status_code, again.content) == (304, b"")
    org.add_field("Task", "Mood__c")
    changed = get("/sobjects/Task/describe", known)
    assert {"Mood__c"} == {f["name"] for f in changed.json()["fields"]} - {f["name"] for f in first.json()["fields"]}


def test_a_describe_tells_what_a_field_is(get: Get) -> None:
    told = get("/sobjects/Opportunity/describe").json()
    fields = {field["name"]: field for field in told["fields"]}
    assert all(len(field) == len(fields["Id"]) for field in fields.values())
    amount = fields["Amount"]
    assert [amount[key] for key in ("type", "precision", "scale", "nillable", "calculated")] == [
        "currency", 18, 2, True, False,
    ]  # fmt: skip
    owner = fields["OwnerId"]
    assert [owner[key] for key in ("type", "referenceTo", "relationshipName", "nillable", "defaultedOnCreate")] == [
        "reference", ["User"], "Owner", False, True,
    ]  # fmt: skip
    assert [one["value"] for one in fields["Renewal_Risk__c"]["picklistValues"]] == ["Low", "Medium", "High"]
    assert {"Renewal", "Expansion", "Upsell", "Master"} <= {one["developerName"] for one in told["recordTypeInfos"]}
    assert (told["keyPrefix"], told["mergeable"], "MasterRecordId" in fields) == ("006", False, False)


def test_two_orgs_do_not_share_fields(org: SampleOrg) -> None:
    org.add_field("Task", "Mood__c")
    assert SampleOrg().objects["Task"].field("Mood__c") is None


# --- pages


def test_a_client_may_ask_for_smaller_pages(org: SampleOrg, get: Get) -> None:
    ids = tasks(org, 500)
    seen, sizes = [], []
    answer = get("/query", {"Sforce-Query-Options": "batchSize=5"}, q=SOQL).json()
    while True:
        sizes.append(len(answer["records"]))
        seen += [row["Id"] for row in answer["records"]]
        if answer["done"]:
            break
        answer = get(answer["nextRecordsUrl"].removeprefix("/services/data/v62.0")).json()
    # Fewer than 200 are never given.
    assert (seen, sizes) == (ids, [200, 200, 100])


def test_pages_show_rows_as_they_are_when_asked_for(org: SampleOrg, get: Get) -> None:
    ids = tasks(org, 2003)
    first = get("/queryAll", q="SELECT Id, Subject, IsDeleted FROM Task").json()
    org.update(ids[2000], Subject="new")
    org.delete(ids[2001])
    org.purge([ids[2002]])
    last = get(first["nextRecordsUrl"].removeprefix("/services/data/v62.0")).json()
    assert [(row["Subject"], row["IsDeleted"]) for row in last["records"]] == [("new", False), ("Call 2001", True)]
    assert (last["totalSize"], last["done"], "nextRecordsUrl" in last) == (2003, True, False)


def test_a_cursor_dies_when_told_or_after_two_days(org: SampleOrg, running: Running) -> None:
    tasks(org, 2001)
    org.sessions.life_seconds = 10**7
    headers = {"Authorization": f"Bearer {running.token()}"}

    def ask(path: str, **parameters: str) -> requests.Response:
        return requests.get(f"{running.url}{path}", params=parameters, headers=headers, timeout=30)

    for kill in (org.cursors.expire_all, lambda: org.clock.advance(2 * 86_400 + 1)):
        more = ask("/services/data/v62.0/query", q=SOQL).json()["nextRecordsUrl"]
        assert ask(more).status_code == 200
        kill()
        assert error(ask(more)) == (400, "INVALID_QUERY_LOCATOR")


# --- bulk


def test_a_bulk_job_goes_step_by_step(org: SampleOrg, running: Running, get: Get) -> None:
    ids = tasks(org, 3)
    headers = {"Authorization": f"Bearer {running.token()}"}
    jobs = f"{running.url}/services/data/v62.0/jobs/query"
    asked = {"operation": "query", "query": SOQL, "columnDelimiter": "PIPE", "lineEnding": "CRLF"}
    job = requests.post(jobs, json=asked, headers=headers, timeout=30).json()
    path = f"/jobs/query/{job['id']}"
    assert (job["state"], job["object"], job["apiVersion"]) == ("UploadComplete", "Task", 62.0)
    assert error(get(f"{path}/results")) == (400, "INVALIDJOBSTATE")
    org.delete(ids[0])
    assert [get(path).json()["state"] for _ in range(3)] == ["InProgress", "JobComplete", "JobComplete"]
    # What was true when the job was worked on stays in it.
    org.delete(ids[1])
    part = get(f"{path}/results", maxRecords=1)
    assert (part.text, part.headers["Sforce-NumberOfRecords"]) == (f'"Id"\r\n"{ids[1]}"\r\n', "1")
    rest = get(f"{path}/results", locator=part.headers["Sforce-Locator"])
    assert (rest.text, rest.headers["Sforce-Locator"]) == (f'"Id"\r\n"{ids[2]}"\r\n', "null")
    other = requests.get(f"{jobs.replace('v62.0', 'v63.0')}/{job['id']}/results", headers=headers, timeout=30)
    assert other.status_code == 409
    assert requests.delete(f"{jobs}/{job['id']}", headers=headers, timeout=30).status_code == 204
    assert error(get(path)) == (404, "NOT_FOUND")


def test_a_bulk_job_can_be_aborted(org: SampleOrg, running: Running, get: Get) -> None:
    headers = {"Authorization": f"Bearer {running.token()}"}
    jobs = f"{running.url}/services/data/v62.0/jobs/query"
    job = requests.post(jobs, json={"operation": "queryAll", "query": SOQL}, headers=headers, timeout=30).json()
    answer = requests.patch(f"{jobs}/{job['id']}", json={"state": "Aborted"}, headers=headers, timeout=30)
    assert answer.json()["state"] == "Aborted"
    assert [one["state"] for one in get("/jobs/query").json()["records"]] == ["Aborted"]


@pytest.mark.parametrize("soql", ["SELECT COUNT(Id) FROM Task", "SELECT BillingAddress FROM Account"])
def test_what_bulk_cannot_do_is_refused(running: Running, soql: str) -> None:
    headers = {"Authorization": f"Bearer {running.token()}"}
    address = f"{running.url}/services/data/v62.0/jobs/query"
    answer = requests.post(address, json={"operation": "query", "query": soql}, headers=headers, timeout=30)
    assert error(answer) == (400, "INVALIDJOB")


# --- faults


@pytest.mark.parametrize(
    ("effect", "found"),
    [
        (faults.unavailable(), (503, "SERVER_UNAVAILABLE")),
        (faults.query_timeout(), (500, "QUERY_TIMEOUT")),
        (faults.query_timeout(400), (400, "QUERY_TIMEOUT")),
        (faults.total_limit(), (403, "REQUEST_LIMIT_EXCEEDED")),
        (faults.concurrent_limit(), (403, "REQUEST_LIMIT_EXCEEDED")),
        (faults.session_expired(), (401, "INVALID_SESSION_ID")),
        (faults.cursor_gone(), (400, "INVALID_QUERY_LOCATOR")),
    ],
)
def test_a_fault_answers_instead_of_the_org(org: SampleOrg, get: Get, effect: Effect, found: tuple[int, str]) -> None:
    org.faults.add(effect)
    assert error(get("/query", q=SOQL)) == found
    assert get("/query", q=SOQL).status_code == 200


def test_a_fault_strikes_the_requests_it_is_meant_for(org: SampleOrg, get: Get) -> None:
    fault = org.faults.add(faults.unavailable(), "FROM Task", at=2, times=2)
    found = [get("/query", q=soql).status_code for soql in [SOQL, "SELECT Id FROM Lead", SOQL, SOQL, SOQL]]
    assert (found, fault.seen, fault.fired) == ([200, 200, 503, 503, 200], 4, 2)
    org.faults.add(faults.session_expired(), times=None)
    assert {get("/limits").status_code for _ in range(5)} == {401}
    org.faults.clear()
    assert get("/limits").status_code == 200


def test_a_fault_can_break_the_connection(org: SampleOrg, get: Get) -> None:
    org.faults.add(faults.reset())
    with pytest.raises(requests.ConnectionError):
        get("/limits")
    assert get("/limits").status_code == 200


def test_a_body_can_be_cut_with_and_without_a_broken_connection(org: SampleOrg, get: Get) -> None:
    org.faults.add(faults.truncated())
    answer = get("/limits", {"Accept-Encoding": "identity"})
    assert answer.headers["Content-Length"] == str(len(answer.content))
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    org.faults.add(faults.truncated(closes=True))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        get("/limits", {"Accept-Encoding": "identity"})
    assert get("/limits").status_code == 200


@pytest.mark.parametrize(
    ("effect", "status", "text"),
    [
        (faults.html_instead(), 200, "<h1>Please log in</h1>"),
        (faults.maintenance(), 503, "<h1>Down for Maintenance</h1>"),
        (faults.uri_too_long(), 414, "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"),
    ],
)
def test_a_fault_can_answer_with_html(org: SampleOrg, get: Get, effect: Effect, status: int, text: str) -> None:
    org.faults.add(effect)
    answer = get("/limits")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        status,
        text,
        "text/html;charset=UTF-8",
    )


def test_rows_can_change_between_two_pages(org: SampleOrg, get: Get) -> None:
    ids = tasks(org, 3)
    org.faults.add(faults.small_pages(2), times=None)
    org.faults.add(faults.calling(lambda: org.update(ids[2], Subject="between")), "/query/")
    first = get("/query", q="SELECT Subject FROM Task").json()
    assert (len(first["records"]), first["done"]) == (2, False)
    last = get(first["nextRecordsUrl"].removeprefix("/services/data/v62.0")).json()
    assert [row["Subject"] for row in last["records"]] == ["between"]


def test_headers_can_lie(org: SampleOrg, get: Get) -> None:
    org.faults.add(faults.date_offset(-90))
    org.faults.add(faults.limit_header("api-usage=17/15000; per-app-api-usage=17/250(appName=x)"))
    answer = get("/limits")
    assert answer.headers["Date"] == "Mon, 05 Jan 2026 11:58:30 GMT"
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=17/15000; per-app-api-usage=17/250(appName=x)"


def test_a_fault_can_send_the_client_elsewhere(org: SampleOrg, running: Running) -> None:
    org.faults.add(faults.redirected("https://elsewhere.example.com/"))
    answer = requests.get(f"{running.url}/services/data/v62.0/limits", allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://elsewhere.example.com/")


def test_a_server_that_stops_does_not_wait_for_what_hangs(org: SampleOrg) -> None:
    org.faults.add(faults.hanging(600))
    with serve(org) as running:
        address = f"{running.url}/services/data/"
        with pytest.raises(requests.Timeout):
            requests.get(address, timeout=0.2)
        began = time.monotonic()
    # Ten minutes were asked for; whatever the machine, stopping is not that.
    assert time.monotonic() - began < 60


def test_a_bug_of_the_org_is_an_answer_and_is_kept(org: SampleOrg) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    org.faults.add(faults.calling(fail))
    with serve(org) as running:
        answer: Any = requests.get(f"{running.url}/services/data/", timeout=30)
        assert error(answer) == (500, "UNKNOWN_EXCEPTION")
        assert "ZeroDivisionError" in running.failures[0]
