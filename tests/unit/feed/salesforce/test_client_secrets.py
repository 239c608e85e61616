"""No error, no log line and no text of any object shows a secret, whatever the org answers."""

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from novigem.errors import NovigemError
from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.settings import ClientCredentials, JwtBearer, OrgSettings, ReadyToken, SfCommand
from novigem.feed.salesforce.transport import Patience
from tests.unit.feed.salesforce.stub_org import EXPIRED, WEB_PAGE, Asked, Reply, StubOrg, failed, page

TOKEN = "the-token-of-the-session"  # without the usual form, which is hidden by itself
SECRET = "the-client-secret"
LOGIN = "/services/oauth2/token"
ALL = "/services/data/v62.0/queryAll/"
QUICK = Patience(first=0, attempts=2)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.fixture
def stub() -> Iterator[StubOrg]:
    with StubOrg() as stub:
        stub.on(LOGIN, stub.token(TOKEN))
        yield stub


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    (tmp_path / "acme.pem").write_bytes(KEY)
    return tmp_path / "acme.pem"


def echo(status: int, shape: Callable[[str], object]) -> Callable[[Asked], Reply]:
    """Answer with everything secret that came: the worst that an org could do."""

    def answer(asked: Asked) -> Reply:
        said = f"{asked.headers.get('authorization', '')} {' '.join(asked.form.values())} {TOKEN} {SECRET}"
        return Reply(shape(said), status)

    return answer


QUERIES = [
    echo(400, lambda said: [{"message": said, "errorCode": "INVALID_FIELD"}]),
    echo(403, lambda said: [{"message": said, "errorCode": "X"}]),
    echo(500, lambda said: said),
    echo(200, lambda said: said),
    echo(200, lambda said: {"done": True, "records": [said]}),
    EXPIRED,
    WEB_PAGE,
    failed("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403),
    Reply(fault="reset"),
    Reply(page().body, fault="cut"),
    Reply(status=302, headers={"Location": f"https://elsewhere.example/?sid={TOKEN}"}),
]
LOGINS = [
    echo(400, lambda said: {"error": "invalid_grant", "error_description": said}),
    echo(400, lambda said: {"error": "invalid_client", "error_description": said}),
    echo(200, lambda said: said),
    echo(503, lambda said: f"<html>{said}</html>"),
    echo(400, lambda said: [{"message": said, "errorCode": "X"}]),
    echo(200, lambda said: {"access_token": TOKEN, "instance_url": f"https://{TOKEN}@elsewhere.example/{said}"}),
    Reply(fault="reset"),
    Reply(status=307, headers={"Location": f"https://elsewhere.example/?s={SECRET}"}),
]


def said_of(caught: BaseException, logged: pytest.LogCaptureFixture) -> str:
    """Give everything that a person or a log could come to see of a failure, all causes and contexts included."""
    chain: list[BaseException] = []
    left: list[BaseException | None] = [caught]
    while left:
        one = left.pop()
        if one is not None and one not in chain:
            chain.append(one)
            left += [one.__cause__] if one.__suppress_context__ else [one.__cause__, one.__context__]
    texts = [f"{one} {one!r}" for one in chain]
    # Lines of our source are no secrets; only what was raised is looked at.
    shown = "".join(line for line in traceback.format_exception(caught) if not line.lstrip().startswith("File"))
    return "\n".join([*texts, shown, logged.text])


@pytest.mark.parametrize("reply", QUERIES)
@pytest.mark.parametrize("is_ready", [True, False])
def test_a_failing_call_shows_no_secret(
    stub: StubOrg, caplog: pytest.LogCaptureFixture, reply: Reply | Callable[[Asked], Reply], *, is_ready: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.on(ALL, reply)
    way = (
        ReadyToken(stub.url, SecretStr(TOKEN)) if is_ready else ClientCredentials(stub.url, "3MVG9", SecretStr(SECRET))
    )
    with connect(OrgSettings(way), patience=QUICK) as org:
        with pytest.raises(NovigemError) as caught:
            org.query("SELECT Id FROM Task")
        everything = said_of(caught.value, caplog) + f"{org!r} {org._caller!r} {way!r}"
    assert stub.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in everything
    assert is_ready or SECRET not in everything


@pytest.mark.parametrize("reply", LOGINS)
@pytest.mark.parametrize("is_jwt", [True, False])
def test_a_failing_log_in_shows_no_secret(
    stub: StubOrg,
    key_file: Path,
    caplog: pytest.LogCaptureFixture,
    reply: Reply | Callable[[Asked], Reply],
    *,
    is_jwt: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.on(LOGIN, reply)
    way: JwtBearer | ClientCredentials = JwtBearer(stub.url, "3MVG9", "sync@acme.com", key_file)
    if not is_jwt:
        way = ClientCredentials(stub.url, "3MVG9", SecretStr(SECRET))
    with pytest.raises(NovigemError) as caught:
        connect(OrgSettings(way), patience=QUICK)
    everything = said_of(caught.value, caplog)
    form = stub.asked[0].form
    sent = form["assertion"] if is_jwt else form["client_secret"]
    assert sent not in everything
    assert sent.split(".")[-1] not in everything


def test_a_key_file_with_a_slip_is_not_quoted(stub: StubOrg, key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    key_file.write_bytes(KEY.replace(b"BEGIN PRIVATE", b"BEGIN PRIVAT"))
    with pytest.raises(NovigemError) as caught:
        connect(OrgSettings(JwtBearer(stub.url, "3MVG9", "sync@acme.com", key_file)), patience=QUICK)
    everything = said_of(caught.value, caplog)
    assert all(line not in everything for line in KEY.decode().splitlines()[1:-1])


@pytest.mark.parametrize(
    "output", ['{"status": 1, "message": "00Dxx0000001gPL!%s"}', '{"status": 0, "result": {"x": "%s"', "%s"]
)
def test_a_failing_sf_shows_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, output: str
) -> None:
    (tmp_path / "sf").write_text(f"#!/bin/sh\necho '{output % TOKEN}'\n")
    (tmp_path / "sf").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(NovigemError) as caught:
        connect(OrgSettings(SfCommand("dev")), patience=QUICK)
    assert TOKEN.removeprefix("the") not in said_of(caught.value, caplog)


def test_the_check_of_this_file_finds_what_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    outside = NovigemError("outside")
    outside.__cause__ = ValueError(f"inside {TOKEN}")
    assert TOKEN in said_of(outside, caplog)
    logging.getLogger("urllib3").warning(SECRET)
    assert SECRET in said_of(NovigemError("x"), caplog)
