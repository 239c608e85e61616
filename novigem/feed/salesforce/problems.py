"""One classifier of everything an org may answer besides data: the status first, then the error code of a JSON list.

simple-salesforce has one exception for 414, 500 and 503 alike, and none for limits.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from novigem.errors import LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.salesforce.org import CursorGone, FieldGone, QueryTooSlow, WindowRefused

_LONGEST = 300
_TRANSIENT_STATUS = frozenset({406, 408, 420, 429, 500, 502, 503, 504})
_TRANSIENT_CODES = frozenset({"QUERY_TIMEOUT", "SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "UNKNOWN_EXCEPTION"})
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
# The excerpt that Salesforce puts in front of what is wrong with a query.
_PLACE = re.compile(r"^.*ERROR at Row:\d+:Column:\d+", re.DOTALL)
_TOKEN = re.compile(r"00D\w{9,15}![\w.\-]+")
_HIDDEN = "…"
_MOVED = "give the org's own address: its My Domain, such as https://acme.my.salesforce.com"

READ_OBJECT = "give the connected user Read and View All on the object, or leave it out of the program"
READ_FIELD = "give the connected user Read on the field (field-level security), or leave it out of the program"
VIEW_ALL = "give the connected user the permission View All Data"
LATER = "nothing is lost: the same command goes on from there"
FREE_AGAIN = "calls come free again as those of the last 24 hours age; the next sync goes on where this one ended"


class ErrorAnswer(NamedTuple):
    """What an org answered instead of data: its error code, or None where it has none, and its own words, cleaned."""

    status: int
    code: str | None
    words: str

    @property
    def is_expired(self) -> bool:
        """Tell whether the session has ended."""
        return self.status == 401  # noqa: PLR2004 - HTTP

    @property
    def is_transient(self) -> bool:
        """Tell whether the same request may do better a little later."""
        if self.code == _LIMIT:
            return "concurrent" in self.words.lower()
        return self.status in _TRANSIENT_STATUS or self.code in _TRANSIENT_CODES


class _Said(msgspec.Struct):
    errorCode: str  # noqa: N815 - as the API says it
    message: str = ""


class _Row(NamedTuple):
    kind: type[NovigemError]
    hint: str
    code: str | None = None


_ROWS: Mapping[str, _Row] = {
    "INVALID_QUERY_LOCATOR": _Row(CursorGone, LATER),
    "INVALID_REPLICATION_DATE": _Row(WindowRefused, LATER),
    "EXCEEDED_ID_LIMIT": _Row(WindowRefused, LATER),
    "INVALID_FIELD": _Row(FieldGone, READ_FIELD),
    "INVALID_TYPE": _Row(OrgError, READ_OBJECT),
    "NOT_FOUND": _Row(OrgError, READ_OBJECT),
    "OPERATION_TOO_LARGE": _Row(OrgError, f"{VIEW_ALL}: without it, Salesforce checks every related record"),
    "INSUFFICIENT_ACCESS": _Row(OrgError, VIEW_ALL),
    "INSUFFICIENT_ACCESS_OR_READONLY": _Row(OrgError, VIEW_ALL),
    "API_DISABLED_FOR_ORG": _Row(OrgError, "give the connected user API Enabled; some editions have no API at all"),
    "API_CURRENTLY_DISABLED": _Row(OrgError, "give the connected user the permission API Enabled"),
    "FUNCTIONALITY_NOT_ENABLED": _Row(OrgError, "let an administrator of the org enable it"),
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": _Row(OrgError, "renew the password of the connected user"),
    "UNSUPPORTED_API_VERSION": _Row(
        OrgError, "set the API version to one that the org serves", code="api-version-refused"
    ),
    "MALFORMED_QUERY": _Row(OrgError, "this is our mistake, not yours: please report it"),
    "QUERY_TIMEOUT": _Row(QueryTooSlow, "watch fewer fields, or sync more often"),
    "UNABLE_TO_LOCK_ROW": _Row(OrgUnavailable, LATER),
    "SERVER_UNAVAILABLE": _Row(OrgUnavailable, LATER),
}
_STATUS_HINTS = {
    403: "let an administrator check the permissions of the connected user and of the app",
    414: "watch fewer fields",
    431: "watch fewer fields",
}


def read_problem(status: int, body: bytes, secrets: Sequence[str] = ()) -> ErrorAnswer:
    """Read an answer that is no data."""
    try:
        said = msgspec.json.decode(body, type=list[_Said])[0]
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError):
        return ErrorAnswer(status, None, _status_words(status, body, secrets))
    code = clean(said.errorCode, secrets)[:80]
    return ErrorAnswer(status, code, clean(_PLACE.sub("", said.message), secrets) or code)


def as_error(problem: ErrorAnswer, what: str) -> NovigemError:
    """Give the exception for a problem; `what` names the call and the object."""
    code = f" ({problem.code})" if problem.code and problem.code not in problem.words else ""
    message = f"{what}: {problem.words}{code}"
    row = _row(problem)
    return row.kind(message, hint=row.hint, code=row.code)


def clean(text: str, secrets: Sequence[str] = ()) -> str:
    """Give a text of the org's as one line that may be shown: no secret, no control sign, and not too long."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    text = _TOKEN.sub(_HIDDEN, text)
    text = "".join(char if char.isprintable() else " " for char in text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + _HIDDEN


def _row(problem: ErrorAnswer) -> _Row:
    if problem.is_expired:
        return _Row(SessionError, "sign in again")
    if problem.code == _LIMIT:
        return _Row(OrgUnavailable, LATER) if problem.is_transient else _Row(LimitReached, FREE_AGAIN)
    return _ROWS.get(problem.code or "") or _by_status(problem.status)


def _by_status(status: int) -> _Row:
    if status in _TRANSIENT_STATUS or status >= 500:  # noqa: PLR2004 - HTTP
        return _Row(OrgUnavailable, LATER)
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP
        return _Row(OrgError, _MOVED)
    return _Row(OrgError, _STATUS_HINTS.get(status, "check the connection's settings and the user's permissions"))


def _status_words(status: int, body: bytes, secrets: Sequence[str]) -> str:
    """Say what an answer without an error code is. A page for people is never shown: it is long, and tells nothing."""
    if status in {414, 431}:
        return f"the query is too long (status {status})"
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP
        return f"Salesforce sends us to another address (status {status}), which we do not follow with a token"
    text = body[:2000].decode("utf-8", errors="replace").strip()
    if text[:1] == "<" or not text:
        return f"Salesforce answered status {status} {'with a web page' if text else 'and nothing else'}"
    return f"Salesforce answered status {status}: {clean(text, secrets)}"
