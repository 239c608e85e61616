"""Which route answers which address."""

import re
from typing import NamedTuple

from novigem_sandbox.org.errors import Refusal, not_found
from novigem_sandbox.org.http import Response
from novigem_sandbox.org.routes import bulk, catalogue, login, openid, queries, records, replication, soap
from novigem_sandbox.org.routes.call import Call, Route

_VERSION = re.compile(r"/services/data/v(\d{1,3}\.\d)(/.*)?")
#: Versions below the first that is served are retired.
_FIRST = 59.0


class Address(NamedTuple):
    """A pattern of addresses and its routes by method."""

    pattern: re.Pattern[str]
    routes: dict[str, Route]


def _address(pattern: str, **routes: Route) -> Address:
    return Address(re.compile(pattern), routes)


#: Open to everybody.
_OPEN = (
    _address(r"/services/data", GET=catalogue.versions),
    _address(r"/\.well-known/openid-configuration", GET=openid.discovery),
    _address(r"/id/keys", GET=openid.keys),
    _address(r"/services/oauth2/authorize", GET=openid.authorize, POST=openid.grant),
    _address(r"/services/oauth2/revoke", GET=openid.revoke, POST=openid.revoke),
    _address(r"/services/oauth2/token", POST=login.token),
    _address(r"/services/Soap/[uc]/(?P<version>\d{1,3}\.\d)(/.*)?", POST=soap.login),
)
#: Open to a session, and no API call.
_WHO = _address(r"/services/oauth2/userinfo", GET=login.user_info, POST=login.user_info)
_NAME = r"/sobjects/(?P<name>\w+)"
#: Behind the version, open to a session. More special patterns come first.
_API = (
    _address(r"/?", GET=catalogue.resources),
    _address(r"/limits", GET=catalogue.limits),
    _address(r"/query", GET=queries.query),
    _address(r"/queryAll", GET=queries.query_all),
    _address(r"/query(?:All)?/(?P<locator>[\w-]+)", GET=queries.more),
    _address(r"/sobjects", GET=catalogue.objects),
    _address(_NAME, GET=catalogue.about, POST=records.create),
    _address(_NAME + r"/describe", GET=catalogue.describe),
    _address(_NAME + r"/updated", GET=replication.updated),
    _address(_NAME + r"/deleted", GET=replication.deleted),
    _address(_NAME + r"/(?P<record_id>\w+)", GET=records.read, PATCH=records.update, DELETE=records.delete),
    _address(_NAME + r"/(?P<field>\w+)/(?P<value>[^/]+)", GET=records.read_by, PATCH=records.upsert),
    _address(r"/jobs/query", GET=bulk.jobs, POST=bulk.create),
    _address(r"/jobs/query/(?P<job_id>\w+)", GET=bulk.state, PATCH=bulk.change, DELETE=bulk.delete),
    _address(r"/jobs/query/(?P<job_id>\w+)/results", GET=bulk.results),
)


def answer_call(call: Call) -> Response:
    """Answer a request. Raises Refusal."""
    path = call.request.path
    for address in _OPEN:
        match = address.pattern.fullmatch(path)
        if match is not None:
            parts = {key: value for key, value in match.groupdict().items() if value is not None}
            return _route(call, address)(call, **parts)
    if _WHO.pattern.fullmatch(path):
        return _route(call, _WHO)(call._replace(user=_user(call)))
    versioned = _VERSION.fullmatch(path)
    if versioned is None:
        raise not_found()
    return _answer_api(call, versioned[1], versioned[2] or "")


def _answer_api(call: Call, version: str, rest: str) -> Response:
    if version not in catalogue.VERSIONS:
        if float(version) < _FIRST:
            raise Refusal("UNSUPPORTED_API_VERSION", f"API version {version} is retired", status=410)
        raise not_found()
    known = call._replace(version=version, user=_user(call))
    if not call.org.usage.count():
        raise Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
    for address in _API:
        match = address.pattern.fullmatch(rest)
        if match is not None:
            return _route(call, address)(known, **match.groupdict())
    raise not_found()


def _route(call: Call, address: Address) -> Route:
    method = call.request.method
    route = address.routes.get(method)
    if route is None:
        allowed = ", ".join(address.routes)
        message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
        raise Refusal("METHOD_NOT_ALLOWED", message, status=405)
    return route


def _user(call: Call) -> str:
    kind, _space, token = (call.request.headers.get("Authorization") or "").partition(" ")
    user = call.org.sessions.user_of(token) if kind.lower() in ("bearer", "oauth") else None
    if user is None:
        raise Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)
    return user
