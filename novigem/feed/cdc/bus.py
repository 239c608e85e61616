"""One subscription on Salesforce's bus: where the token may go, the stream of messages, and what its errors mean."""

import ipaddress
import re
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any, NamedTuple

import grpc

from novigem.errors import (
    FeedError,
    InputError,
    LimitReached,
    NovigemError,
    OrgError,
    OrgUnavailable,
    SessionError,
)
from novigem.feed.cdc.pubsub_pb2 import (
    CUSTOM,
    DESCRIPTOR,
    LATEST,
    FetchRequest,
    FetchResponse,
    SchemaInfo,
    SchemaRequest,
    TopicInfo,
    TopicRequest,
)

#: Where Salesforce's Pub/Sub API is, for every org.
ADDRESS = "api.pubsub.salesforce.com:7443"

# Salesforce lets a subscriber ask for no more at a time.
_MOST = 100
_ANSWER_SECONDS = 30
# A full answer of messages of a megabyte each; the usual bound of 4 MB would refuse it again and again.
_MOST_BYTES = 128 * 1024 * 1024
_SERVICE = f"/{DESCRIPTOR.services_by_name['PubSub'].full_name}"
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}", re.ASCII)
_REASON = re.compile(r"sfdc\.[a-z.]{1,120}", re.ASCII)
_STATUS = grpc.StatusCode
_REFUSED_FOR_GOOD = {_STATUS.PERMISSION_DENIED, _STATUS.NOT_FOUND, _STATUS.INVALID_ARGUMENT, _STATUS.UNIMPLEMENTED}
_SWITCH_ON = (
    "in Setup, open Change Data Capture and select the object; the user needs View All Records on it "
    "(View All Data for Task and Event)"
)


class TokenRefused(FeedError):  # noqa: N818 - a signal of the API that the listener goes on from
    """The bus does not take the token: get a new one."""


class PlaceLost(FeedError):  # noqa: N818 - as TokenRefused
    """The bus no longer holds the place where the subscription was to go on: read everything, start anew."""


class Session(NamedTuple):
    """What the bus asks for with every call. Nothing ever prints the token."""

    token: str
    instance_url: str
    org_id: str

    def __repr__(self) -> str:
        """Name the org, and hide the token."""
        return f"Session(org_id={self.org_id!r})"

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Give the headers of a call. Raises SessionError when a value cannot be a header."""
        # gRPC would refuse such a value with a message that spells out the token.
        if not all(one.isascii() and one.isprintable() for one in self):
            raise SessionError("the access token, instance URL or organisation id holds what no header can carry")
        return (("accesstoken", self.token), ("instanceurl", self.instance_url), ("tenantid", self.org_id))


class Subscription:
    """One subscription to one channel, over a connection of its own.

    Its own, because a connection that died silently still looks alive: only a new one is sure to be heard.
    """

    def __init__(self, address: str, session: Session, channel: str, replay: bytes | None) -> None:
        self.session = session
        self._metadata = session.metadata()
        self._channel = channel
        self._wire = _wire(address)
        self._wishes: SimpleQueue[FetchRequest | None] = SimpleQueue()
        preset = LATEST if replay is None else CUSTOM
        self._wishes.put(
            FetchRequest(topic_name=channel, replay_preset=preset, replay_id=replay or b"", num_requested=_MOST)
        )

    def answers(self) -> Iterator[FetchResponse]:
        """Yield what the bus sends. Raises what `meaning` makes of an error, and so too when it is closed."""
        try:
            topic = self._call("GetTopic", TopicRequest(topic_name=self._channel), TopicInfo)
            if not topic.can_subscribe:
                raise _refused(self._channel, "it may not be subscribed to")
            open_stream = self._wire.stream_stream(
                f"{_SERVICE}/Subscribe",
                request_serializer=FetchRequest.SerializeToString,
                response_deserializer=FetchResponse.FromString,
            )
            yield from open_stream(iter(self._wishes.get, None), metadata=self._metadata)
        except (grpc.RpcError, ValueError) as error:
            # ValueError is what gRPC says of a connection that was closed meanwhile.
            raise meaning(error, self._channel) from error

    def ask_for_more(self) -> None:
        """Grant the bus the next messages; it closes a stream that grants none for a minute."""
        self._wishes.put(FetchRequest(topic_name=self._channel, num_requested=_MOST))

    def schema(self, schema_id: str) -> str:
        """Give the JSON text of a schema. Raises what `meaning` makes of an error."""
        try:
            return str(self._call("GetSchema", SchemaRequest(schema_id=schema_id), SchemaInfo).schema_json)
        except grpc.RpcError as error:
            raise meaning(error, self._channel) from error

    def close(self) -> None:
        """Hang up; whoever waits for answers is let go."""
        # gRPC reads the wishes in a thread of its own, which waits here for ever otherwise.
        self._wishes.put(None)
        self._wire.close()

    def _call(self, method: str, request: Any, answer: Any) -> Any:
        call = self._wire.unary_unary(
            f"{_SERVICE}/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        return call(request, timeout=_ANSWER_SECONDS, metadata=self._metadata)


def check_address(address: str) -> str:
    """Give the host of a `host:port`. Raises InputError for anything else."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise InputError(f"{address[:80]!r} is not the address of a bus", hint=f"write it as in {ADDRESS}")
    return found["host"].strip("[]")


def _wire(address: str) -> grpc.Channel:
    options: list[tuple[str, int]] = [
        ("grpc.max_receive_message_length", _MOST_BYTES),
        # Without it, a new channel to the same address goes on over the old connection.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if _is_loopback(check_address(address)):
        # Only tests listen there. A proxy would carry the token off this machine in the clear.
        return grpc.insecure_channel(address, [*options, ("grpc.enable_http_proxy", 0)])
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(), options)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def meaning(error: Exception, channel: str) -> NovigemError:
    """Say what an error of the bus means: one of ours, with the code that Salesforce gave, never with a token.

    PlaceLost and TokenRefused have an answer; OrgError stays; LimitReached and OrgUnavailable pass.
    """
    status = error.code() if isinstance(error, grpc.Call) else None
    reason = _reason(error)
    said = reason or (status.name if status else type(error).__name__)
    if ".replayid." in reason:
        return PlaceLost(f"Salesforce no longer holds the place in {channel}: {said}")
    if status is _STATUS.UNAUTHENTICATED or ".service.auth." in reason:
        return TokenRefused(f"Salesforce does not accept the session for {channel}: {said}")
    if status is _STATUS.RESOURCE_EXHAUSTED or reason.endswith(".limit.exceeded"):
        return LimitReached(f"Salesforce sends no more on {channel} for now: {said}")
    if status in _REFUSED_FOR_GOOD:
        return _refused(channel, said)
    return OrgUnavailable(f"Salesforce's bus does not serve {channel} now: {said}")


def _refused(channel: str, said: str) -> OrgError:
    return OrgError(f"Salesforce refuses the channel {channel}: {said}", hint=_SWITCH_ON)


def _reason(error: Exception) -> str:
    """Give Salesforce's own code of an error, from the trailer that carries it or else from the text; "" for none."""
    if not isinstance(error, grpc.Call):
        return ""
    trailers = dict(error.trailing_metadata() or ())
    for text in (trailers.get("error-code"), error.details()):
        found = _REASON.search(text) if isinstance(text, str) else None
        if found is not None:
            return found[0].rstrip(".")
    return ""
