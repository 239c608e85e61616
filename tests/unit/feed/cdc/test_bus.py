"""Where the token may go, what errors mean, and what the package needs."""

import socket
import subprocess
import sys
import threading
from typing import Any

import grpc
import pytest

from novigem.errors import InputError, LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed import cdc
from novigem.feed.cdc import EVERYTHING, channel_of, object_of
from novigem.feed.cdc import pubsub_pb2 as wire
from novigem.feed.cdc.bus import PlaceLost, Session, Subscription, TokenRefused, meaning
from tests.unit.feed.cdc.fake_bus import CORRUPTED, DEALS, EXPIRED, ORG, TOKEN, URL, Bus

SESSION = Session(TOKEN, URL, ORG)


class Failed(grpc.RpcError, grpc.Call):  # type: ignore[misc]
    """An error as gRPC gives it."""

    def __init__(self, status: str, code: str = "", text: str = "") -> None:
        self._status, self._code, self._text = status, code, text

    def code(self) -> Any:
        return grpc.StatusCode[self._status]

    def details(self) -> str:
        return self._text

    def trailing_metadata(self) -> Any:
        return (("error-code", self._code),) if self._code else None


Failed.__abstractmethods__ = frozenset()


class Opened:
    """Notes how channels are opened, and opens none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        monkeypatch.setattr(grpc, "insecure_channel", self._plain)
        monkeypatch.setattr(grpc, "secure_channel", self._tls)

    def _plain(self, address: str, options: Any) -> None:
        self.calls.append(("plain", address, dict(options)))

    def _tls(self, address: str, _credentials: Any, options: Any) -> None:
        self.calls.append(("tls", address, dict(options)))


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("api.pubsub.salesforce.com:7443", "tls"),
        ("127.0.0.1:7443", "plain"),
        ("127.8.8.8:1", "plain"),
        ("[::1]:1", "plain"),
        ("localhost:1", "plain"),
        ("localhost.example.com:1", "tls"),
        ("127.0.0.1.example.com:1", "tls"),
        ("10.0.0.1:1", "tls"),
        ("[2001:db8::1]:1", "tls"),
        ("0.0.0.0:1", "tls"),
    ],
)
def test_the_token_travels_in_the_clear_on_loopback_only(
    monkeypatch: pytest.MonkeyPatch, address: str, way: str
) -> None:
    opened = Opened(monkeypatch)
    Subscription(address, SESSION, DEALS, None)
    [(used, where, options)] = opened.calls
    assert (used, where) == (way, address)
    # No proxy stands between this machine and itself, and a new line never goes on over an old connection.
    assert options.get("grpc.enable_http_proxy", 1) == (0 if way == "plain" else 1)
    assert options["grpc.use_local_subchannel_pool"] == 1


def test_off_loopback_the_first_bytes_open_tls_and_hold_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        # An address that is not a loopback one by its name, though it leads to this machine.
        line = Subscription(f"0.0.0.0:{server.getsockname()[1]}", SESSION, DEALS, None)
        failed: list[NovigemError] = []
        caller = threading.Thread(target=lambda: failed.append(outcome(line)))
        caller.start()
        with server.accept()[0] as wire_end:
            first = wire_end.recv(65536)
        line.close()
        caller.join()
    assert first[:2] == b"\x16\x03"
    assert TOKEN.encode() not in first
    assert isinstance(failed[0], OrgUnavailable)


def outcome(line: Subscription) -> NovigemError:
    with pytest.raises(NovigemError) as caught:
        next(line.answers())
    return caught.value


def test_a_line_that_was_closed_before_it_spoke_ends_like_any_other() -> None:
    with Bus() as bus:
        line = Subscription(bus.address, SESSION, DEALS, None)
        line.close()
        assert isinstance(outcome(line), OrgUnavailable)


@pytest.mark.parametrize(
    "address", ["", "host", "host:", ":1", "http://127.0.0.1:1", "unix:/tmp/x", "dns:///a:1", "a/b:1", "a:1\n"]
)
def test_anything_but_a_host_and_a_port_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match="not the address of a bus"):
        Subscription(address, SESSION, DEALS, None)


def test_a_session_never_shows_its_token() -> None:
    assert TOKEN not in f"{SESSION} {SESSION!r} {SESSION!s} {[SESSION]}"
    assert ORG in repr(SESSION)


@pytest.mark.parametrize("token", ["00Dxx!line\nbreak", "00Dxx!\u00e9", "00Dxx!\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(SessionError) as caught:
        Subscription("127.0.0.1:1", Session(token, URL, ORG), DEALS, None)
    assert "00Dxx" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Failed("INVALID_ARGUMENT", CORRUPTED), PlaceLost),
        (Failed("INVALID_ARGUMENT", EXPIRED), PlaceLost),
        (Failed("INVALID_ARGUMENT", text=f"it says {CORRUPTED}. rpcId: 1"), PlaceLost),
        (Failed("UNAUTHENTICATED"), TokenRefused),
        (Failed("INTERNAL", "sfdc.platform.eventbus.grpc.service.auth.error"), TokenRefused),
        (Failed("RESOURCE_EXHAUSTED"), LimitReached),
        (Failed("UNAVAILABLE", "sfdc.platform.eventbus.grpc.concurrent.client.limit.exceeded"), LimitReached),
        (Failed("NOT_FOUND"), OrgError),
        (Failed("PERMISSION_DENIED"), OrgError),
        (Failed("INVALID_ARGUMENT"), OrgError),
        (Failed("INTERNAL", "sfdc.platform.eventbus.grpc.service.unavailable"), OrgUnavailable),
        (Failed("UNAVAILABLE", text="RST_STREAM closed stream"), OrgUnavailable),
        (Failed("DEADLINE_EXCEEDED"), OrgUnavailable),
        (Failed("UNKNOWN"), OrgUnavailable),
        (grpc.RpcError(), OrgUnavailable),
    ],
)
def test_what_an_error_of_the_bus_means(error: Exception, kind: type[NovigemError]) -> None:
    assert type(meaning(error, DEALS)) is kind


def test_an_error_names_the_code_of_salesforce_and_nothing_else_it_says() -> None:
    error = meaning(Failed("INVALID_ARGUMENT", CORRUPTED, f"your token {TOKEN}"), DEALS)
    assert CORRUPTED in str(error)
    assert TOKEN not in str(error)
    assert "NOT_FOUND" in str(meaning(Failed("NOT_FOUND", text=f"your token {TOKEN}"), DEALS))


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("Opportunity", "/data/OpportunityChangeEvent"),
        ("Event", "/data/EventChangeEvent"),
        ("Visit__c", "/data/Visit__ChangeEvent"),
        ("acme__Visit_Log__c", "/data/acme__Visit_Log__ChangeEvent"),
    ],
)
def test_objects_and_their_channels(name: str, channel: str) -> None:
    assert channel_of(name) == channel
    assert object_of(channel) == name


@pytest.mark.parametrize("channel", [EVERYTHING, "/data/Sales__chn", "/event/Order__e", "OpportunityChangeEvent"])
def test_a_channel_of_several_objects_has_no_object(channel: str) -> None:
    assert object_of(channel) is None


@pytest.mark.parametrize("name", ["", "1st", "Visit c", "Visit/..", "Besuch\u00e4", "A" * 81])
def test_what_cannot_be_an_object_has_no_channel(name: str) -> None:
    with pytest.raises(InputError, match="not the API name of an object"):
        channel_of(name)


def test_the_numbers_of_the_protocol_are_those_that_salesforce_published() -> None:
    """Bytes written by hand from the published numbers, for every field that listening reads or writes."""
    request = wire.FetchRequest(topic_name="t", replay_preset=wire.CUSTOM, replay_id=b"r", num_requested=100)
    assert request.SerializeToString() == b"\x0a\x01t\x10\x02\x1a\x01r\x20\x64"
    answer = wire.FetchResponse.FromString(
        b"\x0a\x0d\x0a\x08\x0a\x01i\x12\x01s\x1a\x00\x12\x01r\x12\x01l\x1a\x01x\x20\x07"
    )
    [message] = answer.events
    assert (message.event.id, message.event.schema_id, message.replay_id) == ("i", "s", b"r")
    assert (answer.latest_replay_id, answer.rpc_id, answer.pending_num_requested) == (b"l", "x", 7)
    assert wire.TopicInfo.FromString(b"\x0a\x01t\x20\x01").can_subscribe
    assert wire.SchemaInfo.FromString(b"\x0a\x02{}").schema_json == "{}"
    assert wire.SchemaRequest(schema_id="s").SerializeToString() == b"\x0a\x01s"
    assert wire.TopicRequest(topic_name="t").SerializeToString() == b"\x0a\x01t"
    assert (wire.LATEST, wire.EARLIEST, wire.CUSTOM) == (0, 1, 2)


@pytest.mark.parametrize("missing", ["grpc", "fastavro", "google.protobuf"])
def test_without_the_extra_listening_says_how_to_install_it(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import novigem.feed.cdc as cdc; cdc.Notice; cdc.Listener"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"InputError: Change Data Capture needs {missing}, which is not installed" in done.stderr
    assert "pip install 'novigem[cdc]'" in done.stderr


def test_a_name_that_is_not_there_is_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Notices'"):
        _ = cdc.Notices


def test_nothing_of_the_extra_is_loaded_before_listening() -> None:
    code = (
        "import sys, novigem.feed, novigem.feed.cdc; print({'grpc', 'fastavro', 'google.protobuf'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
