"""Signing in: each way, and each way to be refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from pydantic import SecretStr

from novigem.errors import NovigemError, OrgError, OrgUnavailable, SettingsError
from novigem.feed.salesforce import login
from novigem.feed.salesforce.login import Token, session_ended, sign_in
from novigem.feed.salesforce.settings import ClientCredentials, JwtBearer, ReadyToken, SfCommand, SignIn
from novigem.feed.salesforce.transport import Patience, Transport, new_session
from novigem.views.terminal.errors import next_step
from tests.unit.feed.salesforce.stub_org import TOKEN, WEB_PAGE, Reply, StubOrg

PATH = "/services/oauth2/token"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT, SECRET = "3MVG9.client", "the.client.secret"
APPROVED = "user hasn't approved this consumer"


def pem(key: PrivateKeyTypes, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.fixture
def stub() -> Iterator[StubOrg]:
    with StubOrg() as stub:
        yield stub


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.pem"
    path.write_bytes(pem(KEY))
    return path


def credentials(stub: StubOrg) -> ClientCredentials:
    return ClientCredentials(stub.url, CLIENT, SecretStr(SECRET))


def bearer(stub: StubOrg, key_file: Path) -> JwtBearer:
    return JwtBearer(stub.url, CLIENT, "sync@acme.com", key_file)


def signed_in(way: SignIn) -> Token:
    transport = Transport(Patience(connect=1, read=1))
    with new_session(transport) as session:
        return sign_in(way, session, transport)


def refusal(way: SignIn) -> NovigemError:
    with pytest.raises(NovigemError) as caught:
        signed_in(way)
    return caught.value


def refused(error: str, words: str, status: int = 400, **headers: str) -> Reply:
    return Reply({"error": error, "error_description": words}, status, headers)


def test_a_ready_token_is_taken_as_it_is() -> None:
    acme = "https://acme.my.salesforce.com"
    assert signed_in(ReadyToken(acme, SecretStr(TOKEN))) == Token(acme, SecretStr(TOKEN))


def test_an_app_signs_in_as_itself(stub: StubOrg) -> None:
    assert signed_in(credentials(stub)) == Token(stub.url, SecretStr(TOKEN))
    assert stub.asked[0].form == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }


def test_an_app_signs_in_as_a_user_with_its_key(stub: StubOrg, key_file: Path) -> None:
    assert signed_in(bearer(stub, key_file)) == Token(stub.url, SecretStr(TOKEN))
    assert stub.asked[0].form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        stub.asked[0].form["assertion"], KEY.public_key(), ["RS256"], audience="https://login.salesforce.com"
    )
    assert (claims["iss"], claims["sub"]) == (CLIENT, "sync@acme.com")
    left = datetime.fromtimestamp(claims["exp"], UTC) - datetime.now(UTC)
    assert timedelta() < left <= timedelta(minutes=3)


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("login.salesforce.com", "https://login.salesforce.com"),
        ("acme.my.salesforce.com", "https://login.salesforce.com"),
        ("acme-dev-ed.develop.my.salesforce.com", "https://login.salesforce.com"),
        ("test.salesforce.com", "https://test.salesforce.com"),
        ("acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("fun-impala.scratch.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_the_audience_is_the_world_that_the_org_lives_in(host: str, audience: str) -> None:
    assert login._audience(f"https://{host}") == audience


@pytest.mark.parametrize(
    ("reply", "message", "hint"),
    [
        (refused("invalid_client", "invalid client credentials"), "invalid client credentials", "CLIENT_SECRET"),
        (refused("invalid_client_id", "client identifier invalid"), "client identifier invalid", "CLIENT_ID"),
        (refused("invalid_grant", "no client credentials user enabled"), "no client credentials user", "runs as"),
        (refused("unsupported_grant_type", "grant type not supported"), "not supported", "enable this way"),
        (refused("something_new", ""), "no reason given (something_new)", "administrator"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(stub: StubOrg, reply: Reply, message: str, hint: str) -> None:
    stub.on(PATH, reply)
    error = refusal(credentials(stub))
    assert type(error) is OrgError
    assert error.message.startswith("log-in to 127.0.0.1")
    assert message in error.message
    assert hint in (next_step(error) or "")
    assert stub.count(PATH) == 1


def test_a_user_who_may_not_use_the_app_is_named(stub: StubOrg, key_file: Path) -> None:
    stub.on(PATH, refused("invalid_grant", APPROVED, Date=format_datetime(datetime.now(UTC), usegmt=True)))
    assert "approve the app for sync@acme.com" in (refusal(bearer(stub, key_file)).hint or "")


@pytest.mark.parametrize(
    ("off", "words"),
    [(-3, "3 minutes ahead of Salesforce's"), (3, "3 minutes behind Salesforce's"), (-130, "2 h 10 min")],
)
def test_a_wrong_clock_is_told_with_how_far_it_is_off(stub: StubOrg, key_file: Path, off: int, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=off), usegmt=True)
    stub.on(PATH, refused("invalid_grant", "invalid assertion", Date=date))
    error = refusal(bearer(stub, key_file))
    assert type(error) is OrgError
    assert f"the clock of this machine is {words}" in (error.hint or "")


def test_a_right_clock_is_not_blamed(stub: StubOrg, key_file: Path) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    stub.on(PATH, refused("invalid_grant", "audience is invalid", Date=date))
    hint = next_step(refusal(bearer(stub, key_file))) or ""
    assert hint.startswith("check NOVIGEM_SF_USERNAME")
    assert "a sandbox has its own" in hint


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (WEB_PAGE, "does not answer the log-in (503)"),
        (refused("rate_limit_exceeded", "login rate exceeded"), "does not answer the log-in (rate_limit_exceeded)"),
        (Reply([{"errorCode": "SERVER_UNAVAILABLE", "message": "m"}], 503), "answers what nobody can read"),
        (Reply({"access_token": TOKEN}), "answers what nobody can read"),
        (Reply({"access_token": "", "instance_url": "https://acme.my.salesforce.com"}), "holds no token"),
        (Reply(fault="reset"), "cannot be reached (ConnectionError)"),
        (Reply({"access_token": TOKEN}, fault="cut"), "cannot be reached (ChunkedEncodingError)"),
    ],
)
def test_a_host_that_does_not_answer_is_no_refusal(stub: StubOrg, reply: Reply, words: str) -> None:
    stub.on(PATH, reply)
    error = refusal(credentials(stub))
    assert type(error) is OrgUnavailable
    assert words in error.message


def test_a_log_in_that_is_sent_elsewhere_stays_here(stub: StubOrg) -> None:
    with StubOrg() as other:
        stub.on(PATH, Reply(status=307, headers={"Location": other.url + PATH}))
        error = refusal(credentials(stub))
        assert (type(error), other.asked) == (OrgError, [])
        assert "My Domain" in (error.hint or "")


def test_a_host_elsewhere_is_never_reached_without_tls(stub: StubOrg) -> None:
    stub.on(PATH, Reply({"access_token": TOKEN, "instance_url": "http://acme.my.salesforce.com"}))
    assert signed_in(credentials(stub)).instance_url == "https://acme.my.salesforce.com"


def test_an_address_that_is_none_is_no_mistake_of_the_settings(stub: StubOrg) -> None:
    stub.on(PATH, Reply({"access_token": TOKEN, "instance_url": "https://acme.my.salesforce.com/somewhere"}))
    error = refusal(credentials(stub))
    assert type(error) is OrgError
    assert error.message == "the address that the org gave is not the address of a host alone"


@pytest.mark.parametrize("content", [b"no key", pem(ec.generate_private_key(ec.SECP256R1())), b""])
def test_a_file_that_holds_no_rsa_key_is_told(stub: StubOrg, key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    error = refusal(bearer(stub, key_file))
    assert type(error) is SettingsError
    assert error.message == f"{key_file} does not hold an RSA private key"


def test_a_key_with_a_password_is_told(stub: StubOrg, key_file: Path) -> None:
    key_file.write_bytes(pem(KEY, BestAvailableEncryption(b"x")))
    error = refusal(bearer(stub, key_file))
    assert "without a password" in (error.hint or "")


def test_a_key_file_that_is_not_there_is_told(stub: StubOrg, tmp_path: Path) -> None:
    error = refusal(bearer(stub, tmp_path / "none.pem"))
    assert type(error) is SettingsError
    assert error.message == f"{tmp_path / 'none.pem'} cannot be read: No such file or directory"
    assert "NOVIGEM_SF_PRIVATE_KEY_FILE" in (next_step(error) or "")


# --- the sf command


REDACTED = "[REDACTED] Use 'sf org auth show-access-token' to view"
ACME = "https://acme.my.salesforce.com"


class Sf:
    """An `sf` of our own: a script that writes what is laid out for `display` and `show-access-token`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "sf"
        self.write('cat "$(dirname "$0")/$2.json"')

    def write(self, command: str) -> None:
        self.script.write_text(f'#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\n{command}\n')
        self.script.chmod(0o755)

    def says(self, name: str, answer: object) -> None:
        (self.folder / f"{name}.json").write_text(answer if isinstance(answer, str) else json.dumps(answer))

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()


@pytest.fixture
def sf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sf:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Sf(tmp_path)


def test_the_sf_command_gives_its_token(sf: Sf) -> None:
    sf.says("display", {"status": 0, "result": {"accessToken": TOKEN, "instanceUrl": ACME}, "warnings": ["w"]})
    assert signed_in(SfCommand("dev; rm -rf /")) == Token(ACME, SecretStr(TOKEN))
    assert sf.asked == ["org display --target-org dev; rm -rf / --json"]


def test_an_sf_that_hides_the_token_is_asked_for_it(sf: Sf) -> None:
    sf.says("display", {"status": 0, "result": {"accessToken": REDACTED, "instanceUrl": ACME}})
    sf.says("auth", {"status": 0, "result": {"accessToken": TOKEN}})
    assert signed_in(SfCommand("dev")) == Token(ACME, SecretStr(TOKEN))
    assert sf.asked[1] == "org auth show-access-token --target-org dev --json"


def test_an_sf_without_a_token_says_how_to_sign_in(sf: Sf) -> None:
    sf.says("display", {"status": 0, "result": {"accessToken": REDACTED, "instanceUrl": ACME}})
    sf.says("auth", {"status": 0, "result": {"accessToken": ""}})
    error = refusal(SfCommand("dev"))
    assert (type(error), error.hint) == (OrgError, "sign in again: sf org login web --alias dev")


def test_an_alias_that_sf_does_not_know_is_told_in_its_words(sf: Sf) -> None:
    sf.says("display", {"status": 1, "name": "NamedOrgNotFoundError", "message": "No auth for dev."})
    error = refusal(SfCommand("dev"))
    assert (type(error), error.message) == (OrgError, "sf org display: No auth for dev.")
    assert "sf org list" in (error.hint or "")


@pytest.mark.parametrize("answer", ["oops", "[]", '{"status": "0"}', ""])
def test_an_sf_that_speaks_another_language_is_told(sf: Sf, answer: str) -> None:
    sf.says("display", answer)
    error = refusal(SfCommand("dev"))
    assert (type(error), error.hint) == (OrgUnavailable, "update it: sf update")


def test_an_sf_that_does_not_end_is_told(sf: Sf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_SF_SECONDS", 0.05)
    sf.write("exec sleep 10")
    error = refusal(SfCommand("dev"))
    assert (type(error), error.message) == (OrgUnavailable, "sf org display does not end")


def test_an_sf_that_cannot_run_is_told(sf: Sf) -> None:
    sf.script.write_bytes(b"\x00\x01 no program")
    assert type(refusal(SfCommand("dev"))) is SettingsError


def test_a_missing_sf_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refusal(SfCommand("dev"))
    assert (type(error), error.message) == (SettingsError, "the command sf is not installed, or not on the PATH")


def test_the_next_step_after_an_ended_session_depends_on_the_way(stub: StubOrg) -> None:
    def step(way: SignIn) -> str:
        return next_step(session_ended(way, "the session has ended")) or ""

    assert "NOVIGEM_SF_ACCESS_TOKEN" in step(ReadyToken(ACME, SecretStr(TOKEN)))
    assert "sf org login web --alias dev" in step(SfCommand("dev"))
    assert "administrator" in step(credentials(stub))
