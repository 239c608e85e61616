"""Signing in at a provider: the whole way over real HTTP on loopback, with the sample org as the provider."""

import hmac
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import msgspec
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.model.people import Person
from novigem.views.web.app import create_app
from novigem.views.web.signing.settings import WebSettings
from novigem.views.web.signing.signing import Signing
from novigem.views.web.site import Site
from novigem_sandbox.org import Running, SampleOrg
from novigem_sandbox.org.routes import login, openid, table
from novigem_sandbox.org.server import serve


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve pages on loopback, and give their address."""
    config = uvicorn.Config(create_app(site), port=0, log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 30
    while not server.started and time.monotonic() < give_up:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@dataclass
class World:
    """The sample org, the pages, and a browser."""

    org: SampleOrg
    running: Running
    site: Site
    address: str
    ann: str

    def browser(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, trust_env=False, timeout=20)

    def start(self, browser: httpx2.Client, wanted: str = "/settings") -> str:
        """Begin to sign in, and give the provider's address."""
        answer = browser.get("/sign-in/start", params={"next": wanted})
        assert answer.status_code == 303
        return str(answer.headers["location"])

    def choose(self, address: str, user: str) -> str:
        """Choose a person on the provider's page, and give the address of the pages that it sends back to."""
        with httpx2.Client(trust_env=False, timeout=20) as other:
            page = other.get(address)
            assert page.status_code == 200
            hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text.replace("&amp;", "&")))
            answer = other.post(address, data=hidden | {"user": user})
            assert answer.status_code == 303
            return str(answer.headers["location"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    org = SampleOrg()
    ann = org.add_user("Ann Lee", role="CSM")
    engine = open_engine(f"sqlite:///{tmp_path / 'novigem.db'}")
    with SqlStore(engine).begin() as transaction:
        transaction.save_people([_person(ann)])
        transaction.save_position(f"salesforce/{org.id}/Task", "1")
    with serve(org) as running:
        settings = WebSettings(
            provider="salesforce",
            issuer=running.url,
            client_id=org.sessions.client_id,
            client_secret=SecretStr(org.sessions.client_secret),
            hosts=frozenset(),
        )
        site = Site(engine, Signing(engine, settings), settings=settings)
        with served(site) as address:
            yield World(org, running, site, address, ann)
        assert running.failures == []
    engine.dispose()


def _person(user: str, **other: Any) -> Person:
    return Person(id=user, name="Ann Lee", email="ann.lee@example.com", **other)


def test_the_sample_org_signs_somebody_in(world: World) -> None:
    with world.browser() as browser:
        address = world.start(browser)
        asked = parse_qs(urlsplit(address).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["nonce"]
        assert asked["state"]
        back = browser.get(world.choose(address, world.ann))
        assert (back.status_code, back.headers["location"]) == (303, "/settings")
        page = browser.get("/settings")
        assert page.status_code == 200
        assert "Ann Lee" in browser.get("/sign-in").text
    with world.site.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM novigem_session").all())
    # Nothing of the provider's is kept, and its token was given back.
    assert "!AQ" not in kept
    assert world.org.sessions._tokens == {}


def test_a_code_and_a_state_work_once(world: World) -> None:
    with world.browser() as browser:
        address = world.start(browser)
        pending = dict(browser.cookies)
        back = world.choose(address, world.ann)
        assert browser.get(back).status_code == 303
        again = browser.get(back)
        assert again.status_code == 403
        assert "not begun in this browser" in again.text
    with world.browser() as thief:
        thief.cookies.update(pending)
        replayed = thief.get(back)
        assert replayed.status_code == 403
        assert "has been used already" in replayed.text


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(world: World) -> None:
    """Somebody else's sign-in cannot be slipped under a person."""
    with world.browser() as attacker, world.browser() as victim:
        back = world.choose(world.start(attacker), world.ann)
        assert victim.get(back).status_code == 403
        world.start(victim)
        answer = victim.get(back)
        assert answer.status_code == 403
        assert "belongs to another sign-in" in answer.text
        assert victim.get("/settings").status_code == 303


def test_what_the_provider_refuses_is_told_in_a_sentence(world: World) -> None:
    with world.browser() as browser:
        back = world.choose(world.start(browser), "nobody")
        answer = browser.get(back)
        assert answer.status_code == 403
        assert "The provider did not sign you in: end-user denied authorization" in answer.text
        back = world.choose(world.start(browser), world.ann)
        world.org.codes.take(parse_qs(urlsplit(back).query)["code"][0])
        assert "invalid authorization code" in browser.get(back).text


def test_somebody_of_another_org_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqlStore(world.site.engine).begin() as transaction:
        transaction.save_position("salesforce/00D000000000062EAA/Task", "1")
    told = _sign_in(world)
    assert told[0] == 403
    assert "Several orgs are synced" in told[1]
    settings = replace(world.site.settings, organization="00D000000000062EAA")
    world.site.sign_in.provider._settings = settings  # type: ignore[attr-defined]
    status, html = _sign_in(world)
    assert status == 403
    assert "another org of Salesforce" in html


def test_who_is_not_active_or_not_known_is_refused(world: World) -> None:
    store = SqlStore(world.site.engine)
    with store.begin() as transaction:
        transaction.save_people([_person(world.ann, active=False)])
    assert "not active" in _sign_in(world)[1]
    stranger = world.org.add_user("New Person")
    assert "does not know you yet" in _sign_in(world, stranger)[1]


Forge = Callable[[dict[str, Any]], str]
_STRANGE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _forgeries(world: World) -> dict[str, Forge]:
    own = world.org.codes.key

    def signed(**changed: Any) -> Forge:
        return lambda claims: jwt.encode(claims | changed, own, algorithm="RS256", headers={"kid": "sample"})

    public = openid.jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key())
    return {
        "another audience": signed(aud="somebody-else"),
        "several audiences": signed(aud=["somebody-else", world.org.sessions.client_id]),
        "another issuer": signed(iss="https://evil.example"),
        "another nonce": signed(nonce="other"),
        "too old": signed(exp=int(time.time()) - 120),
        "unsigned": lambda claims: jwt.encode(claims, "", algorithm="none"),
        "signed with what is public": lambda claims: _hmac_signed(claims, public),
        "signed by another": lambda claims: jwt.encode(claims, _STRANGE, algorithm="RS256", headers={"kid": "sample"}),
        "nothing": lambda _claims: "",
        "another subject": signed(sub="https://login.salesforce.com/id/00D/005"),
    }


def _hmac_signed(claims: dict[str, Any], key: str) -> str:
    """Sign by hand what a careful library refuses to sign."""
    head, body = (
        urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": "sample"}, claims)
    )
    mark = hmac.digest(key.encode(), head + b"." + body, "sha256")
    return b".".join((head, body, urlsafe_b64encode(mark).rstrip(b"="))).decode()


def test_an_id_token_that_does_not_hold_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refused = openid.id_token, {}
    world.site.sign_in.limits.may_try = lambda _peer: True  # type: ignore[attr-defined]
    for name, forge in _forgeries(world).items():

        def forged(call: Any, found: Any, forge: Forge = forge) -> str:
            claims = jwt.decode(real(call, found), options={"verify_signature": False})
            return forge(claims)

        with monkeypatch.context() as patch:
            patch.setattr(login.openid, "id_token", forged)
            refused[name] = _sign_in(world)[0]
    assert refused == dict.fromkeys(refused, 403)
    assert _sign_in(world)[0] == 303


def test_other_providers_name_somebody_by_a_verified_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = world.site.sign_in.provider  # type: ignore[attr-defined]
    provider._settings = replace(world.site.settings, provider="oidc")
    assert _sign_in(world)[0] == 303
    real = login.user_info

    def told(**changed: Any) -> Callable[[Any], Any]:
        def answer(call: Any) -> Any:
            response = real(call)
            return replace(response, body=msgspec.json.encode(msgspec.json.decode(response.body) | changed))

        return answer

    for changed, words in (
        ({"email_verified": False}, "your address is verified"),
        ({"email": "who@example.com"}, "nobody here has this address"),
        ({"sub": "somebody else"}, "somebody else than it signed in"),
    ):
        monkeypatch.setitem(table._WHO.routes, "GET", told(**changed))
        status, html = _sign_in(world)
        assert (status, words.lower() in html.lower()) == (403, True)


def test_a_provider_that_is_silent_is_said_to_be(world: World) -> None:
    provider = world.site.sign_in.provider  # type: ignore[attr-defined]
    provider._issuer = "http://127.0.0.1:1"
    with world.browser() as browser:
        answer = browser.get("/sign-in/start")
        assert answer.status_code == 503
        assert "does not answer" in answer.text


def _sign_in(world: World, user: str | None = None) -> tuple[int, str]:
    with world.browser() as browser:
        answer = browser.get(world.choose(world.start(browser), user or world.ann))
        return answer.status_code, answer.text
