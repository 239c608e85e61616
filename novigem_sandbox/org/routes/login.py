"""Log-in over OAuth 2.0 (client credentials, JWT bearer, password), and who is logged in."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

import jwt

from novigem_sandbox.org.codes import Grant
from novigem_sandbox.org.http import Response, answer_json
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.routes import openid
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.table import Row

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REQUIRED: Any = {"require": ["iss", "sub", "aud", "exp"]}
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")


class _Denied(Exception):  # noqa: N818 - never leaves this module
    """A log-in that is refused: OAuth's own error code and text."""


def token(call: Call) -> Response:
    """Open a session, or say why not."""
    form = call.request.form()
    call.org.sessions.logins += 1
    granted: dict[str, str] = {}
    try:
        if form.get("grant_type") == "authorization_code":
            found = _grant(call, form)
            user, granted = found.user, {"id_token": openid.id_token(call, found)}
        else:
            user = _user(call, form)
    except _Denied as denied:
        code, text = denied.args
        return answer_json({"error": code, "error_description": text}, 400)
    org_id = call.org.id
    return answer_json({
        "access_token": call.org.sessions.open(org_id, user),
        "scope": "openid" if granted else "api",
        "instance_url": call.url,
        "id": f"https://login.salesforce.com/id/{org_id}/{user}",
        "token_type": "Bearer",
        "issued_at": str(int(call.org.clock.now().timestamp() * 1000)),
        "signature": "c2FtcGxl",
        **granted,
    })  # fmt: skip


def _grant(call: Call, form: dict[str, str]) -> Grant:
    """Give what a code stands for. Raises _Denied."""
    client_id, client_secret = _client(call, form)
    # PKCE stands beside the secret of the app and not in its place, as an External Client App may ask for.
    if not call.org.sessions.is_client(client_id, client_secret):
        raise _Denied("invalid_client", "invalid client credentials")
    found = openid.user_of_code(call, form)
    if found is None:
        raise _Denied("invalid_grant", "invalid authorization code")
    return found


def _user(call: Call, form: dict[str, str]) -> str:
    """Give the id of the user whom a request logs in. Raises _Denied."""
    grant = form.get("grant_type")
    if grant == _JWT:
        return _jwt_user(call, form.get("assertion", ""))
    if grant not in ("client_credentials", "password"):
        raise _Denied("unsupported_grant_type", "grant type not supported")
    client_id, client_secret = _client(call, form)
    sessions = call.org.sessions
    if client_id != sessions.client_id:
        raise _Denied("invalid_client_id", "client identifier invalid")
    if not sessions.is_client(client_id, client_secret):
        raise _Denied("invalid_client", "invalid client credentials")
    if grant == "client_credentials":
        return call.org.admin
    username = form.get("username", "")
    if not sessions.is_password(username, form.get("password", "")):
        raise _Denied("invalid_grant", "authentication failure")
    return _active(call.org, username)


def _client(call: Call, form: dict[str, str]) -> tuple[str, str]:
    kind, _space, encoded = (call.request.headers.get("Authorization") or "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _colon, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError) as error:
            raise _Denied("invalid_client", "invalid client credentials") from error
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _jwt_user(call: Call, assertion: str) -> str:
    """Check a signed assertion by the org's own clock."""
    try:
        # Whose key it is stands inside; nothing of it is believed before the signature has been checked.
        username = str(jwt.decode(assertion, options={"verify_signature": False}).get("sub"))
        key = call.org.sessions.public_keys.get(username)
        if key is None:
            raise _Denied("invalid_grant", "user hasn't approved this consumer")
        # Times are held to the org's clock below, not to this machine's.
        options = dict.fromkeys(("verify_aud", "verify_exp", "verify_iat", "verify_nbf"), False)
        claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=["RS256"], options=options | _REQUIRED)
    except jwt.PyJWTError as error:
        raise _Denied("invalid_grant", "invalid assertion") from error
    if claims["iss"] != call.org.sessions.client_id:
        raise _Denied("invalid_client_id", "client identifier invalid")
    if claims["aud"] not in (*_AUDIENCES, call.url):
        raise _Denied("invalid_grant", "audience is invalid")
    if int(claims["exp"]) <= call.org.clock.now().timestamp():
        raise _Denied("invalid_grant", "expired authorization code")
    return _active(call.org, username)


def find_user(org: SampleOrg, username: str) -> Row | None:
    """Give the active user with a username."""
    with org.lock:
        users = org.table("User").rows.values()
        return next((row for row in users if row.get("Username") == username and row.get("IsActive")), None)


def _active(org: SampleOrg, username: str) -> str:
    found = find_user(org, username)
    if found is None:
        raise _Denied("invalid_grant", "inactive user")
    return str(found["Id"])


def user_info(call: Call) -> Response:
    """Tell who is logged in, and into which organisation."""
    user = call.org.get(call.user) or {}
    return answer_json({
        "sub": openid.subject(call, call.user),
        "user_id": call.user,
        "organization_id": call.org.id,
        "preferred_username": user.get("Username"),
        "nickname": user.get("Alias"),
        "name": user.get("Name"),
        "email": user.get("Email"),
        "email_verified": True,
        "zoneinfo": user.get("TimeZoneSidKey"),
        "user_type": "STANDARD",
        "active": user.get("IsActive"),
        "urls": {"rest": f"{call.url}/services/data/v{{version}}/"},
    })  # fmt: skip
