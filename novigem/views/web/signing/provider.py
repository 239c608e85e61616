"""OpenID Connect with PKCE: one provider, Salesforce or any other. Its tokens are used once and kept nowhere.

    start    -> the address to send the browser to, and what to remember until it comes back
    finish   code -> tokens -> id_token checked (issuer, audience, nonce, end, signature, no weak algorithm)
             -> userinfo of the same subject -> who it is

Salesforce: the org that signs somebody in must be the one whose changes are read, and its user id names the person.
Elsewhere the e-mail names the person, where the provider says that it is verified.
"""

from collections.abc import Mapping
from secrets import token_urlsafe
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import OAuth2Client, OAuthError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from novigem.errors import SettingsError, WorldError
from novigem.feed.salesforce.cursor import FEEDS
from novigem.feed.salesforce.settings import is_loopback
from novigem.ledger.sql.store import SqlStore
from novigem.model.ids import id18
from novigem.views.web.signing.identity import Identity, NotLetIn, identity_of_email, identity_of_user
from novigem.views.web.signing.settings import WebSettings

# Signed with a private key that only the provider has; neither `none` nor our own secret.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_WAIT_SECONDS = 10
_KEPT_SECONDS = 3600
_LEEWAY_SECONDS = 60
_VERIFIER_BYTES = 48
_STALE = "start again from the sign-in page"


class Pending(NamedTuple):
    """What the browser remembers of a sign-in that was begun. `next` is the page it was on the way to."""

    state: str
    nonce: str
    verifier: str
    next: str


class Provider:
    """The provider that the settings name. `clock` gives seconds since 1970."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._issuer = settings.issuer or ""
        self._client_id = settings.client_id or ""
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def start(self, callback: str, next_page: str) -> tuple[str, Pending]:
        """Give the address at which somebody signs in, and what to remember. Raises WorldError."""
        nonce, verifier = token_urlsafe(24), token_urlsafe(_VERIFIER_BYTES)
        with self._client(callback) as client:
            address, state = client.create_authorization_url(
                self._endpoint("authorization_endpoint"), code_verifier=verifier, nonce=nonce
            )
        return address, Pending(state, nonce, verifier, next_page)

    def finish(self, callback: str, pending: Pending, answer: Mapping[str, str], store: SqlStore, now: int) -> Identity:
        """Give who came back from the provider with an answer; `now` in seconds. Raises NotLetIn or WorldError."""
        if answer.get("iss", self._issuer).rstrip("/") != self._issuer:
            raise NotLetIn("the answer came from another provider", hint=_STALE)
        if "error" in answer:
            raise NotLetIn(f"the provider did not sign you in: {_told(answer)}", hint=_STALE)
        with self._client(callback) as client:
            try:
                token = client.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=answer.get("code", ""),
                    code_verifier=pending.verifier,
                )
            except OAuthError as error:
                told = _told({"error": str(error.error or ""), "error_description": str(error.description or "")})
                raise NotLetIn(f"the provider did not sign you in: {told}", hint=_STALE) from error
            except (httpx2.HTTPError, ValueError) as error:
                raise self._silent(error) from error
            claims = self._claims(str(token.get("id_token") or ""), pending.nonce, now)
            claims |= self._userinfo(client, claims)
            self._revoke(client, str(token.get("access_token") or ""))
        return self._identity(claims, store)

    def _identity(self, claims: Mapping[str, Any], store: SqlStore) -> Identity:
        if self._settings.provider == "salesforce":
            org = self._org(store)
            if _id18(claims.get("organization_id")) != org:
                raise NotLetIn(
                    "you signed in to another org of Salesforce than the one that is read here",
                    hint="sign out there, and sign in to the right one",
                )
            return identity_of_user(store, str(claims.get("user_id") or ""), "salesforce")
        # Some providers write it as a text.
        if claims.get("email_verified") not in (True, "true") or not claims.get("email"):
            raise NotLetIn(
                "the provider does not say that your address is verified", hint="verify it there, and come back"
            )
        return identity_of_email(store, self._settings.roles, str(claims["email"]), "oidc")

    def _org(self, store: SqlStore) -> str:
        """Give the id of the org that is read."""
        if self._settings.organization:
            return _id18(self._settings.organization) or ""
        synced = {feed.split("/")[1] for feed in store.positions(FEEDS)}
        if len(synced) == 1:
            return synced.pop()
        told = "several orgs are" if synced else "no org has been"
        raise SettingsError(
            f"{told} synced, so nobody can tell whether you come from the right one",
            hint="whoever looks after Novigem can name it: organization in [web] of novigem.toml",
        )

    def _claims(self, id_token: str, nonce: str, now: int) -> dict[str, Any]:
        """Give what an id_token says, once all of it has been checked."""
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._document()["issuer"]},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                found = jwt.decode(id_token, self._keys(), algorithms=list(_ALGORITHMS))
            except (JoseError, ValueError):
                # The provider may have changed its keys since they were read.
                found = jwt.decode(id_token, self._keys(anew=True), algorithms=list(_ALGORITHMS))
            registry.validate(found.claims)
        except (JoseError, ValueError) as error:
            raise NotLetIn(
                "what the provider sent does not hold, so nobody was signed in", hint=f"{_STALE}; if it goes on, tell"
                " whoever looks after Novigem",
            ) from error  # fmt: skip
        claims = dict(found.claims)
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self._client_id:
            raise NotLetIn("what the provider sent was meant for somebody else", hint=_STALE)
        return claims

    def _userinfo(self, client: OAuth2Client, claims: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = client.get(self._endpoint("userinfo_endpoint"))
            answer.raise_for_status()
            told = answer.json()
        except (httpx2.HTTPError, OAuthError, ValueError) as error:
            raise self._silent(error) from error
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise NotLetIn("the provider told of somebody else than it signed in", hint=_STALE)
        return told

    def _revoke(self, client: OAuth2Client, access_token: str) -> None:
        """Give the token back where the provider takes it: it is not needed any more."""
        address = self._document().get("revocation_endpoint")
        if isinstance(address, str) and _is_safe(address):
            try:
                client.revoke_token(address, token=access_token, token_type_hint="access_token")  # noqa: S106 - a word
            except (httpx2.HTTPError, OAuthError, ValueError):
                return

    def _client(self, callback: str) -> OAuth2Client:
        secret = self._settings.client_secret
        methods = self._document().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Client(
            self._client_id,
            secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=method if secret else "none",
            scope="openid" if self._settings.provider == "salesforce" else "openid email profile",
            redirect_uri=callback,
            code_challenge_method="S256",
            timeout=_WAIT_SECONDS,
            trust_env=not is_loopback(urlsplit(self._issuer).hostname),
        )

    def _endpoint(self, name: str) -> str:
        address = self._document().get(name)
        if not isinstance(address, str) or not _is_safe(address):
            raise WorldError(f"the provider at {self._issuer} names no {name} that is safe to use")
        return address

    def _document(self) -> dict[str, Any]:
        found = self._get(f"{self._issuer}/.well-known/openid-configuration")
        issuer = found.get("issuer") if isinstance(found, dict) else None
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._issuer:
            raise WorldError(
                f"the provider at {self._issuer} says that it is {str(issuer)[:100]}",
                hint="set issuer in [web] to the address that the provider gives itself",
            )
        return dict(found)

    def _keys(self, *, anew: bool = False) -> KeySet:
        return KeySet.import_key_set(self._get(self._endpoint("jwks_uri"), anew=anew))

    def _get(self, address: str, *, anew: bool = False) -> Any:
        """Read a document of the provider; it is kept for an hour."""
        with self._lock:
            read, found = self._kept.get(address, (0.0, None))
            if found is not None and not anew and monotonic() - read < _KEPT_SECONDS:
                return found
        trust = not is_loopback(urlsplit(self._issuer).hostname)
        try:
            with httpx2.Client(timeout=_WAIT_SECONDS, trust_env=trust) as client:
                answer = client.get(address)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._silent(error) from error
        with self._lock:
            self._kept[address] = (monotonic(), found)
        return found

    def _silent(self, error: Exception) -> WorldError:
        return WorldError(
            f"the provider at {urlsplit(self._issuer).netloc} does not answer as it should ({type(error).__name__})",
            hint="try again in a while",
        )


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _id18(value: object) -> str | None:
    try:
        return id18(str(value))
    except ValueError:
        return None


def _told(answer: Mapping[str, str]) -> str:
    """Give what a provider says went wrong, as one short sentence that is a text and nothing else."""
    text = answer.get("error_description") or answer.get("error") or "it did not say why"
    return " ".join("".join(sign for sign in text if sign.isprintable()).split())[:200]
