"""Signing in to an org, in four ways: a ready token, client credentials, JWT bearer, or the installed `sf` command.

simple-salesforce sends the log-in requests (`token_login`, over our session). Its `SalesforceLogin` above that is not
used: it knows hosts that end in .salesforce.com only, and takes neither an own host nor the audience of a sandbox.
"""

import os
import shutil
import subprocess
import warnings
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import jwt
import msgspec
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from pydantic import SecretStr
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import token_login

from novigem.errors import NovigemError, OrgError, OrgUnavailable, SessionError, SettingsError
from novigem.feed.salesforce.problems import LATER, clean
from novigem.feed.salesforce.settings import (
    ClientCredentials,
    JwtBearer,
    ReadyToken,
    SfCommand,
    SignIn,
    checked_url,
    is_loopback,
    is_salesforce,
)
from novigem.feed.salesforce.transport import Transport

_PRODUCTION, _SANDBOX = "https://login.salesforce.com", "https://test.salesforce.com"
_JWT_LIFE = timedelta(minutes=3)
_CLOCK_TOLERANCE = timedelta(minutes=2)
_SF_SECONDS = 60
_BUSY = frozenset({"rate_limit_exceeded", "server_error", "temporarily_unavailable", "unknown_error"})


class _Step(NamedTuple):
    hint: str
    code: str | None = None


_STEPS = {
    "invalid_client": _Step("check the client secret: the org does not know it", code="client-secret-unknown"),
    "invalid_client_id": _Step("check the client id: the org does not know this app", code="client-id-unknown"),
    "invalid_app_access": _Step("let an administrator give the user access to the app, and approve it"),
    "inactive_user": _Step("let an administrator activate the user"),
    "inactive_org": _Step("the org is not active: let an administrator look"),
    "unsupported_grant_type": _Step("let an administrator enable this way to sign in for the app"),
}


class Token(NamedTuple):
    """What a log-in gives. The host of `instance_url` is the only one that the token is sent to."""

    instance_url: str
    access_token: SecretStr


def sign_in(way: SignIn, session: requests.Session, transport: Transport) -> Token:
    """Sign in. Raises OrgError where the org refuses, SettingsError for what is missing here, OrgUnavailable."""
    match way:
        case ReadyToken():
            return Token(way.instance_url, way.access_token)
        case ClientCredentials():
            secret = way.client_secret.get_secret_value()
            form = {"grant_type": "client_credentials", "client_id": way.client_id, "client_secret": secret}
            return _by_form(way, form, secret, session, transport)
        case JwtBearer():
            assertion = _assertion(way)
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
            return _by_form(way, form, assertion, session, transport)
        case SfCommand():
            return _by_command(way.target_org)


def session_ended(way: SignIn, message: str) -> SessionError:
    """Give the error for a session that has ended and cannot be renewed; what to do depends on the way it began."""
    match way:
        case ReadyToken():
            hint = "give a new token, or sign in by client credentials or JWT"
            return SessionError(message, hint=hint, code="token-ended")
        case SfCommand(target_org=alias):
            return SessionError(message, hint=f"sign in again: sf org login web --alias {alias}")
        case _:
            hint = "let an administrator check the session policies of the app and the state of the user"
            return SessionError(message, hint=hint)


def _by_form(
    way: ClientCredentials | JwtBearer,
    form: dict[str, str],
    secret: str,
    session: requests.Session,
    transport: Transport,
) -> Token:
    transport.allow(way.login_url)
    # The text of what token_login raises is the org's whole answer, which may repeat what was sent: it is not chained.
    try:
        with warnings.catch_warnings():
            # It warns of an app that is not approved, with a text for its own users; our hint says the same.
            warnings.simplefilter("ignore")
            token, host = token_login(
                f"{way.login_url}/services/oauth2/token", form, "login", way.client_id, None, None, session
            )
    except SalesforceAuthenticationFailed as refused:
        raise _refused(way, refused.code, str(refused.auth_message or ""), secret, transport) from None
    except requests.TooManyRedirects:
        hint = "give the org's My Domain, such as https://acme.my.salesforce.com"
        raise OrgError(f"{_at(way)}: the host sends us to another address", hint=hint) from None
    except requests.RequestException as error:
        raise OrgUnavailable(f"{_at(way)}: the host cannot be reached ({type(error).__name__})", hint=LATER) from error
    except (AttributeError, TypeError):
        # An answer of another shape than a token's or an error's, such as the JSON list of a maintenance.
        raise OrgUnavailable(f"{_at(way)}: the host answers what nobody can read", hint=LATER) from None
    return _token(way, token, host)


def _token(way: ClientCredentials | JwtBearer, token: object, host: str) -> Token:
    if not isinstance(token, str) or not token:
        raise OrgUnavailable(f"{_at(way)}: the answer holds no token", hint=LATER)
    # token_login leaves the scheme out; only a log-in host on this machine may hand over another one without TLS.
    local = is_loopback(urlsplit(way.login_url).hostname) and is_loopback(urlsplit(f"//{host}").hostname)
    scheme = urlsplit(way.login_url).scheme if local else "https"
    address = _address(f"{scheme}://{host}", "the address that the org gave")
    if not (local or is_salesforce(urlsplit(address).hostname) or _is_same_host(address, way.login_url)):
        raise OrgError(
            f"{_at(way)} names {urlsplit(address).netloc} as the address of the org, which is not Salesforce's: the"
            " token was not sent there",
            hint="give the org's My Domain as the log-in address, such as https://acme.my.salesforce.com",
        )
    return Token(address, SecretStr(token))


def _is_same_host(one: str, other: str) -> bool:
    return urlsplit(one).hostname == urlsplit(other).hostname


def _address(text: str, place: str) -> str:
    try:
        return checked_url(text, place)
    except SettingsError as error:
        # Nobody here has set it.
        raise OrgError(error.message, hint=error.hint, code=error.code, **error.facts) from error


def _refused(
    way: ClientCredentials | JwtBearer, code: object, words: str, secret: str, transport: Transport
) -> NovigemError:
    if not isinstance(code, str) or code in _BUSY:
        # A number is the status of an answer that is no JSON: a page for people.
        return OrgUnavailable(f"{_at(way)}: the host does not answer the log-in ({str(code)[:40]})", hint=LATER)
    message = f"{_at(way)} is refused: {clean(words, (secret,)) or 'no reason given'} ({clean(code)})"
    step = _after_refusal(way, code, words.lower(), transport)
    return OrgError(message, hint=step.hint, code=step.code)


def _after_refusal(way: ClientCredentials | JwtBearer, code: str, words: str, transport: Transport) -> _Step:
    if code != "invalid_grant":
        return _STEPS.get(code, _Step("let an administrator check the app and its policies"))
    if isinstance(way, ClientCredentials):
        return _Step("let an administrator enable the client credentials flow of the app, and name the user it runs as")
    ahead = transport.clock_ahead() or timedelta()
    if abs(ahead) > _CLOCK_TOLERANCE:
        side = "ahead of" if ahead > timedelta() else "behind"
        return _Step(f"the clock of this machine is {_duration(abs(ahead))} {side} Salesforce's: set it right")
    if "approved" in words:
        pre_authorised = "admin pre-authorised users, and a profile"
        return _Step(f"let an administrator approve the app for {way.username}: {pre_authorised}")
    return _Step(
        "check the user name, the certificate of the app and the log-in address (a sandbox has its own);"
        " a wrong clock on this machine is refused the same way",
        code="assertion-refused",
    )


def _duration(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} minutes"


def _at(way: ClientCredentials | JwtBearer) -> str:
    return f"log-in to {urlsplit(way.login_url).netloc}"


def _assertion(way: JwtBearer) -> str:
    claims = {
        "iss": way.client_id,
        "sub": way.username,
        "aud": _audience(way.login_url),
        "exp": int((datetime.now(UTC) + _JWT_LIFE).timestamp()),
    }
    hint = "give the PEM file of the app's RSA key, without a password"
    try:
        key = way.private_key_file.read_bytes()
    except OSError as error:
        told = f"{way.private_key_file} cannot be read: {error.strerror}"
        raise SettingsError(told, hint=hint, code="private-key-unreadable") from error
    try:
        return jwt.encode(claims, key, algorithm="RS256")
    except (ValueError, TypeError, UnsupportedAlgorithm, jwt.PyJWTError):
        # Not chained: what cryptography says of a file that is no key may quote from it.
        told = f"{way.private_key_file} does not hold an RSA private key"
        raise SettingsError(told, hint=hint, code="private-key-unreadable") from None


def _audience(login_url: str) -> str:
    """Give the audience of an assertion: not the host it is sent to, but which of the two worlds the org is in."""
    host = urlsplit(login_url).hostname or ""
    is_test = host == "test.salesforce.com" or ".sandbox." in host or ".scratch." in host
    return _SANDBOX if is_test else _PRODUCTION


class _Shown(msgspec.Struct):
    accessToken: str = ""  # noqa: N815 - as sf says it
    instanceUrl: str = ""  # noqa: N815 - as sf says it


class _SfAnswer(msgspec.Struct):
    status: int = 0
    result: _Shown | None = None
    message: str = ""


def _by_command(alias: str) -> Token:
    shown = _ask_sf(alias, "display")
    token = shown.accessToken
    if not _is_token(token):
        # sf hides the token here since its version 2.136.8 and has another command to show it.
        token = _ask_sf(alias, "auth", "show-access-token").accessToken
    if not _is_token(token) or not shown.instanceUrl:
        raise OrgError(f"sf shows no token of {alias}", hint=f"sign in again: sf org login web --alias {alias}")
    return Token(_address(shown.instanceUrl, f"the address that sf has for {alias}"), SecretStr(token))


def _is_token(text: str) -> bool:
    return text.startswith("00D")


def _ask_sf(alias: str, *words: str) -> _Shown:
    program = shutil.which("sf")
    if program is None:
        raise SettingsError(
            "the command sf is not installed, or not on the PATH",
            hint="install the Salesforce CLI, or sign in otherwise",
        )
    asked = f"sf org {' '.join(words)}"
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, and the alias was checked not to be an option
            [program, "org", *words, "--target-org", alias, "--json"],
            capture_output=True,
            timeout=_SF_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "0"},
        )
    except subprocess.TimeoutExpired:
        raise OrgUnavailable(f"{asked} does not end", hint=f"try it by hand: {asked} --target-org {alias}") from None
    except OSError as error:
        raise SettingsError(f"{program} cannot be run: {error.strerror}", hint="install the Salesforce CLI") from error
    return _shown(asked, alias, done.stdout)


def _shown(asked: str, alias: str, output: bytes) -> _Shown:
    hint = f"sign in again: sf org login web --alias {alias}; the orgs it knows: sf org list"
    try:
        answer = msgspec.json.decode(output, type=_SfAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Not chained: the output may hold a token.
        raise OrgUnavailable(f"{asked} answers what nobody can read", hint="update it: sf update") from None
    if answer.status != 0 or answer.result is None:
        raise OrgError(f"{asked}: {clean(answer.message) or 'failed'}", hint=hint)
    return answer.result
