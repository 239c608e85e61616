"""Signing people in: OpenID Connect with PKCE, as an External Client App of the org would be asked.

The page to sign in asks for no password: whoever reaches the sample org, on this machine alone, is whoever they choose.
A code works once, for ten minutes, for the verifier and the address that it was asked with.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from novigem_sandbox.org.codes import Grant
from novigem_sandbox.org.http import HTML, Response, answer_json
from novigem_sandbox.org.routes.call import Call

_KEY_ID = "sample"
_CODE_MINUTES = 10
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_ASKED = ("client_id", "redirect_uri", "state", "nonce", "scope", "code_challenge")


def discovery(call: Call) -> Response:
    """Tell where everything is."""
    base = f"{call.url}/services/oauth2"
    return answer_json({
        "issuer": call.url,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "revocation_endpoint": f"{base}/revoke",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{call.url}/id/keys",
        "scopes_supported": ["openid", "api", "profile", "email"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    })  # fmt: skip


def keys(call: Call) -> Response:
    """Tell the public key that id tokens are checked with."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(call.org.codes.key.public_key()))
    return answer_json({"keys": [public | {"kid": _KEY_ID, "use": "sig", "alg": "RS256"}]})


def authorize(call: Call) -> Response:
    """Ask who signs in: a plain page with everybody who is active."""
    asked = call.request.query
    if (wrong := _wrong(call, asked)) is not None:
        return _page(f"<p>{escape(wrong)}</p>", status=400)
    with call.org.lock:
        users = [row for row in call.org.table("User").rows.values() if row.get("IsActive")]
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">' for name in _ASKED)
    choices = "".join(
        f'<p><button name="user" value="{escape(str(row["Id"]))}">{escape(str(row.get("Name") or row.get("Username")))}'
        "</button></p>"
        for row in sorted(users, key=lambda row: str(row.get("Name")))
    )
    return _page(f'<h1>Sample org</h1><p>Sign in as</p><form method="post">{hidden}{choices}</form>')


def grant(call: Call) -> Response:
    """Send the browser back with a code for whoever was chosen."""
    asked = call.request.form()
    if (wrong := _wrong(call, asked)) is not None:
        return _page(f"<p>{escape(wrong)}</p>", status=400)
    with call.org.lock:
        user = call.org.table("User").rows.get(asked.get("user", ""))
    answer = {"state": asked.get("state", "")}
    if user is None or not user.get("IsActive"):
        answer |= {"error": "access_denied", "error_description": "end-user denied authorization"}
    else:
        until = call.org.clock.now() + timedelta(minutes=_CODE_MINUTES)
        given = Grant(str(user["Id"]), asked["redirect_uri"], asked.get("nonce", ""), asked["code_challenge"], until)
        answer["code"] = call.org.codes.give(given)
    return Response(303, headers={"Location": f"{asked['redirect_uri']}?{urlencode(answer)}"})


def user_of_code(call: Call, form: dict[str, str]) -> Grant | None:
    """Give the grant that a code and its verifier stand for; None where they do not fit."""
    found = call.org.codes.take(form.get("code", ""))
    if found is None or call.org.clock.now() >= found.until or form.get("redirect_uri") != found.redirect_uri:
        return None
    told = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
    return found if secrets.compare_digest(told, found.challenge) else None


def id_token(call: Call, found: Grant) -> str:
    """Give the signed statement of who signed in."""
    now = int(call.org.clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": call.url,
        "sub": subject(call, found.user),
        "aud": call.org.sessions.client_id,
        "iat": now,
        "exp": now + 120,
    }
    if found.nonce:
        claims["nonce"] = found.nonce
    return jwt.encode(claims, call.org.codes.key, algorithm="RS256", headers={"kid": _KEY_ID})


def subject(call: Call, user: str) -> str:
    """Give what the org calls a user: an address, as Salesforce does."""
    return f"https://login.salesforce.com/id/{call.org.id}/{user}"


def revoke(call: Call) -> Response:
    """End the session of a token."""
    call.org.sessions.revoke(call.request.form().get("token") or call.request.query.get("token", ""))
    return Response(200, b"")


def _wrong(call: Call, asked: dict[str, str]) -> str | None:
    """Say what is wrong with a request to sign in; None for nothing."""
    if asked.get("client_id") != call.org.sessions.client_id:
        return "error=invalid_client_id: client identifier invalid"
    target = urlsplit(asked.get("redirect_uri", ""))
    if target.hostname not in _LOOPBACK or target.scheme != "http":
        return "error=redirect_uri_mismatch: redirect_uri must match configuration"
    if not asked.get("code_challenge") or asked.get("code_challenge_method", "S256") != "S256":
        return "error=invalid_request: required code challenge"
    return None if "openid" in asked.get("scope", "").split() else "error=invalid_scope: openid is missing"


def _page(body: str, status: int = 200) -> Response:
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return Response(status, f"{head}<title>Sample org</title>{body}".encode(), HTML)
