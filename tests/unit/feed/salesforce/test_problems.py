"""What an org may answer besides data, and what becomes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.errors import LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.salesforce.org import CursorGone, FieldGone, QueryTooSlow, WindowRefused
from novigem.feed.salesforce.problems import as_error, clean, read_problem
from novigem.views.terminal.errors import next_step

NO_COLUMN = (
    "\nSELECT Nope FROM Case\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nope' on entity 'Case'. If you are "
    "attempting to use a custom field, be sure to append the '__c' after the custom field name."
)
TOTAL = "TotalRequests Limit exceeded."
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def body(code: str, words: str = "said") -> bytes:
    return json.dumps([{"message": words, "errorCode": code}]).encode()


@pytest.mark.parametrize(
    ("status", "answer", "kind", "is_transient"),
    [
        (401, body("INVALID_SESSION_ID"), SessionError, False),
        (401, b'{"error": "x"}', SessionError, False),
        (401, b"<html>log in</html>", SessionError, False),
        (403, body("REQUEST_LIMIT_EXCEEDED", TOTAL), LimitReached, False),
        (403, body("REQUEST_LIMIT_EXCEEDED", CONCURRENT), OrgUnavailable, True),
        (403, body("API_DISABLED_FOR_ORG"), OrgError, False),
        (403, body("SOMETHING_NEW"), OrgError, False),
        (400, body("INVALID_QUERY_LOCATOR"), CursorGone, False),
        (400, body("INVALID_FIELD", NO_COLUMN), FieldGone, False),
        (400, body("INVALID_TYPE"), OrgError, False),
        (400, body("MALFORMED_QUERY"), OrgError, False),
        (400, body("OPERATION_TOO_LARGE"), OrgError, False),
        (400, body("INVALID_REPLICATION_DATE"), WindowRefused, False),
        (400, body("EXCEEDED_ID_LIMIT"), WindowRefused, False),
        (400, body("QUERY_TIMEOUT"), QueryTooSlow, True),
        (500, body("QUERY_TIMEOUT"), QueryTooSlow, True),
        (400, body("UNABLE_TO_LOCK_ROW"), OrgUnavailable, True),
        (503, body("SERVER_UNAVAILABLE"), OrgUnavailable, True),
        (404, body("NOT_FOUND"), OrgError, False),
        (410, body("UNSUPPORTED_API_VERSION"), OrgError, False),
        (414, b"<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", OrgError, False),
        (431, b"", OrgError, False),
        (302, b"", OrgError, False),
        (406, b"", OrgUnavailable, True),
        (420, b"", OrgUnavailable, True),
        (429, b"slow down", OrgUnavailable, True),
        (502, b"\xff\xfe", OrgUnavailable, True),
        (504, b"[]", OrgUnavailable, True),
        (505, b"", OrgUnavailable, False),
        (418, b"[1]", OrgError, False),
    ],
)
def test_an_answer_becomes_its_error(
    status: int, answer: bytes, kind: type[NovigemError], *, is_transient: bool
) -> None:
    problem = read_problem(status, answer)
    error = as_error(problem, "query of Case")
    assert type(error) is kind
    assert problem.is_transient is is_transient
    assert error.message.startswith("query of Case: ")
    assert error.hint


def test_the_message_names_what_was_asked_and_keeps_the_orgs_own_words() -> None:
    error = as_error(read_problem(400, body("INVALID_FIELD", NO_COLUMN)), "query of Case")
    assert error.message.startswith("query of Case: No such column 'Nope' on entity 'Case'. If you")
    assert error.message.endswith("(INVALID_FIELD)")
    assert error.hint is not None
    assert "field-level security" in error.hint


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("OPERATION_TOO_LARGE", "View All Data"),
        ("INVALID_TYPE", "Read and View All on the object"),
        ("API_CURRENTLY_DISABLED", "API Enabled"),
        ("UNSUPPORTED_API_VERSION", "NOVIGEM_SF_API_VERSION"),
        ("REQUEST_LIMIT_EXCEEDED", "last 24 hours"),
    ],
)
def test_the_hint_names_the_next_step(code: str, words: str) -> None:
    hint = next_step(as_error(read_problem(403, body(code)), "describe of Lead"))
    assert hint is not None
    assert words in hint


def test_a_page_for_people_is_not_shown() -> None:
    error = as_error(read_problem(503, b"<html><b>maintenance</b></html>"), "query of Lead")
    assert error.message == "query of Lead: Salesforce answered status 503 with a web page"


def test_a_text_of_the_orgs_is_one_short_line_without_secrets() -> None:
    shown = clean("a\x1b[31m\nb  s3cret 00Dxx0000001gPL!AQ.x_y-z c" + "d" * 999, ("s3cret", ""))
    assert shown.startswith("a [31m b … … cddd")
    assert len(shown) == 301


def test_no_words_leave_the_code() -> None:
    assert as_error(read_problem(400, body("INVALID_TYPE", "")), "query of X").message == "query of X: INVALID_TYPE"


@given(status=st.integers(300, 599), body=st.binary(max_size=200), secret=st.text(min_size=8, max_size=8))
def test_no_answer_breaks_the_classifier(status: int, body: bytes, secret: str) -> None:
    error = as_error(read_problem(status, body + secret.encode("utf-8", "replace"), (secret,)), "query of Lead")
    assert error.hint
    assert error.message.isprintable()
    assert len(error.message) < 500


@given(said=st.lists(st.builds(lambda code, words: {"errorCode": code, "message": words}, st.text(), st.text())))
def test_no_list_of_errors_breaks_the_classifier(said: list[dict[str, str]]) -> None:
    error = as_error(read_problem(400, json.dumps(said).encode()), "query of Lead")
    assert error.message.isprintable()
    assert len(error.message) < 500
