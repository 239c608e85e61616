"""A bus on loopback: a real gRPC server with the protocol of Salesforce's Pub/Sub API, and its bad days."""

import io
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Self

import grpc
from fastavro import parse_schema, schemaless_writer

from novigem.feed.cdc import pubsub_pb2 as wire

TOKEN, URL, ORG = "00Dxx!first", "https://example.my.salesforce.com", "00Dxx0000001gEREAY"
CORRUPTED = "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.corrupted"
EXPIRED = "sfdc.platform.eventbus.grpc.subscription.fetch.replayid.validation.failed"
DEALS, VISITS, ALL = "/data/OpportunityChangeEvent", "/data/Visit__ChangeEvent", "/data/ChangeEvents"
DEAL, OTHER_DEAL, USER = "006xx000001SwiUAAS", "006xx000001SwiVAAS", "005xx000001SwiUAAS"
COMMITTED = 1767798245123

_KINDS = ("CREATE", "UPDATE", "DELETE", "UNDELETE")
_TEXTS = {"type": "array", "items": "string"}
_ADDRESS = {
    "type": "record",
    "name": "Address",
    "fields": [{"name": name, "type": ["null", "string"], "default": None} for name in ("Street", "City", "Country")],
}
HEADER = {
    "type": "record",
    "name": "ChangeEventHeader",
    "fields": [
        {"name": "entityName", "type": "string"},
        {"name": "recordIds", "type": _TEXTS},
        {
            "name": "changeType",
            "type": {
                "type": "enum",
                "name": "ChangeType",
                "symbols": [*_KINDS, *(f"GAP_{kind}" for kind in _KINDS), "GAP_OVERFLOW", "SNAPSHOT"],
            },
        },
        {"name": "changeOrigin", "type": "string"},
        {"name": "transactionKey", "type": "string"},
        {"name": "sequenceNumber", "type": "int"},
        {"name": "commitTimestamp", "type": "long"},
        {"name": "commitNumber", "type": "long"},
        {"name": "commitUser", "type": "string"},
        {"name": "nulledFields", "type": _TEXTS},
        {"name": "diffFields", "type": _TEXTS},
        {"name": "changedFields", "type": _TEXTS},
    ],
}
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "OpportunityChangeEvent",
    "namespace": "com.sforce.eventbus",
    "fields": [
        {"name": "ChangeEventHeader", "type": HEADER},
        {"name": "Name", "type": ["null", "string"], "default": None},
        {"name": "StageName", "type": ["null", "string"], "default": None},
        {"name": "Amount", "type": ["null", "double"], "default": None},
        {"name": "LastModifiedDate", "type": ["null", "long"], "default": None},
        {"name": "BillingAddress", "type": ["null", _ADDRESS], "default": None},
        {"name": "ShippingAddress", "type": ["null", "Address"], "default": None},
    ],
}


def encoded(ids: Sequence[str] = (DEAL,), schema: Mapping[str, Any] = SCHEMA, **header: Any) -> bytes:
    """Encode a change as Salesforce does; `header` replaces what the header says."""
    base = {
        "entityName": "Opportunity",
        "recordIds": list(ids),
        "changeType": "UPDATE",
        "changeOrigin": "",
        "transactionKey": "0000a62a-5497-10e0-dbe3-e99b71589a49",
        "sequenceNumber": 1,
        "commitTimestamp": COMMITTED,
        "commitNumber": 1725357365187780609,
        "commitUser": USER,
        "nulledFields": [],
        "diffFields": [],
        "changedFields": ["0x14"],
    }
    out = io.BytesIO()
    values = {"Name": "ACME renewal", "StageName": "Closed Won", "Amount": 1200.5, "LastModifiedDate": COMMITTED}
    schemaless_writer(out, parse_schema(dict(schema), named_schemas={}), {"ChangeEventHeader": base | header} | values)
    return out.getvalue()


class Subscription(NamedTuple):
    """What a subscriber asked for when it came."""

    topic: str
    preset: int
    replay: bytes
    headers: Mapping[str, str]


class Bus:
    """Holds messages by topic. Every switch may be set while it runs."""

    def __init__(self, port: int = 0, messages: int = 0) -> None:
        self.tokens = {TOKEN}
        self.closed_topics: set[str] = set()
        self.schemas = {"deal": json.dumps(SCHEMA)}
        self.schema_reads = 0
        self.batch = 100
        self.repeat = 0
        self.stalls = 0
        self.replay_error = CORRUPTED
        self.limit: str | None = None
        self.knows_no_place = False
        self.subscriptions: list[Subscription] = []
        self.wishes: list[int] = []
        self.topic_reads: list[str] = []
        self.log: dict[str, list[wire.ConsumerEvent]] = {DEALS: [], VISITS: [], ALL: []}
        self._forgotten: dict[str, int] = {}
        self.beats = 0
        self.drops = 0
        self._count = 0
        self.changed = threading.Condition()
        self._server = grpc.server(ThreadPoolExecutor(16))
        self._server.add_generic_rpc_handlers((self._handlers(),))
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.address = f"127.0.0.1:{self.port}"
        # Before anybody can ask: a bus that comes back knows what it knew.
        for _ in range(messages):
            self.publish()
        self._server.start()

    def close(self) -> None:
        """Break every connection and stop."""
        self._server.stop(0).wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def publish(self, payload: bytes | None = None, *, topic: str = DEALS, schema: str = "deal") -> bytes:
        """Put a message on a topic; gives its replay id."""
        with self.changed:
            self._count += 1
            replay = b"place-%d" % self._count
            body = encoded() if payload is None else payload
            event = wire.ProducerEvent(id=str(self._count), schema_id=schema, payload=body)
            self.log[topic].append(wire.ConsumerEvent(event=event, replay_id=replay))
            self.changed.notify_all()
            return replay

    def beat(self) -> None:
        """Give every subscriber a sign of life with the newest place."""
        with self.changed:
            self.beats += 1
            self.changed.notify_all()

    def drop(self) -> None:
        """Reset every stream that is open now."""
        with self.changed:
            self.drops += 1
            self.changed.notify_all()

    def forget(self, topic: str = DEALS) -> None:
        """Let every place so far expire."""
        with self.changed:
            self._forgotten[topic] = len(self.log[topic])

    def wait_for(self, subscribers: int) -> None:
        """Wait until that many subscriptions have come, since the beginning."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.subscriptions) >= subscribers, 30)

    def _handlers(self) -> Any:
        return grpc.method_handlers_generic_handler(
            "eventbus.v1.PubSub",
            {
                "Subscribe": grpc.stream_stream_rpc_method_handler(
                    self._subscribe, wire.FetchRequest.FromString, wire.FetchResponse.SerializeToString
                ),
                "GetSchema": grpc.unary_unary_rpc_method_handler(
                    self._schema, wire.SchemaRequest.FromString, wire.SchemaInfo.SerializeToString
                ),
                "GetTopic": grpc.unary_unary_rpc_method_handler(
                    self._topic, wire.TopicRequest.FromString, wire.TopicInfo.SerializeToString
                ),
            },
        )

    def _topic(self, request: wire.TopicRequest, context: Any) -> wire.TopicInfo:
        self._admit(context)
        self.topic_reads.append(request.topic_name)
        if request.topic_name not in self.log:
            self._abort(context, "NOT_FOUND", "", "Ensure the topic name is correct and that the topic exists.")
        return wire.TopicInfo(topic_name=request.topic_name, can_subscribe=request.topic_name not in self.closed_topics)

    def _schema(self, request: wire.SchemaRequest, context: Any) -> wire.SchemaInfo:
        self._admit(context)
        self.schema_reads += 1
        if request.schema_id not in self.schemas:
            self._abort(context, "UNAVAILABLE", "sfdc.platform.eventbus.grpc.service.unavailable")
        return wire.SchemaInfo(schema_json=self.schemas[request.schema_id], schema_id=request.schema_id)

    def _subscribe(self, wishes: Iterator[wire.FetchRequest], context: Any) -> Iterator[wire.FetchResponse]:
        headers = self._admit(context)
        first = next(wishes)
        if self.limit is not None:
            code, self.limit = self.limit, None
            self._abort(context, "RESOURCE_EXHAUSTED", code)
        with self.changed:
            stream = _Stream(self, first, self._start(first, context), context)
            stream.stalled, self.stalls = self.stalls > 0, max(self.stalls - 1, 0)
            self.subscriptions.append(Subscription(first.topic_name, first.replay_preset, first.replay_id, headers))
            self.changed.notify_all()
        stream.read(wishes)
        while True:
            with self.changed:
                self.changed.wait_for(stream.has_something_to_say)
                if not context.is_active():
                    return
                if stream.was_dropped():
                    break
                answer = stream.answer()
            yield answer
        self._abort(context, "UNAVAILABLE", "", "RST_STREAM closed stream")

    def _start(self, first: wire.FetchRequest, context: Any) -> int:
        log = self.log[first.topic_name]
        if self.knows_no_place:
            self._abort(context, "INVALID_ARGUMENT", self.replay_error)
        if first.replay_preset == wire.LATEST:
            return len(log)
        kept = [one.replay_id for one in log]
        oldest = self._forgotten.get(first.topic_name, 0)
        if first.replay_id not in kept[oldest:]:
            self._abort(context, "INVALID_ARGUMENT", self.replay_error, "The Replay ID validation failed.")
        return max(kept.index(first.replay_id) + 1 - self.repeat, 0)

    def _admit(self, context: Any) -> dict[str, str]:
        headers = dict(context.invocation_metadata())
        if headers.get("accesstoken") not in self.tokens or (headers.get("instanceurl"), headers.get("tenantid")) != (
            URL,
            ORG,
        ):
            self._abort(context, "UNAUTHENTICATED", "sfdc.platform.eventbus.grpc.service.auth.error")
        return headers

    def _abort(self, context: Any, status: str, code: str, text: str = "") -> None:
        context.set_trailing_metadata((("error-code", code), ("rpc-id", "45b0e87b")) if code else ())
        context.abort(grpc.StatusCode[status], text)


class _Stream:
    """One subscriber: how far it has been served, and how much more it may be sent."""

    def __init__(self, bus: Bus, first: wire.FetchRequest, place: int, context: Any) -> None:
        self.stalled = False
        self._bus = bus
        self._log = bus.log[first.topic_name]
        self._place = place
        self._left = first.num_requested
        self._beats, self._drops = bus.beats, bus.drops
        self._context = context
        bus.wishes.append(first.num_requested)
        context.add_callback(self._wake)

    def read(self, wishes: Iterator[wire.FetchRequest]) -> None:
        threading.Thread(target=self._read, args=(wishes,), daemon=True).start()

    def was_dropped(self) -> bool:
        return self._bus.drops > self._drops

    def has_something_to_say(self) -> bool:
        if not self._context.is_active() or self.was_dropped():
            return True
        more = self._place < len(self._log) and self._left > 0
        return not self.stalled and (more or self._bus.beats > self._beats)

    def answer(self) -> wire.FetchResponse:
        self._beats = self._bus.beats
        batch = self._log[self._place : self._place + min(self._bus.batch, self._left)]
        self._place += len(batch)
        self._left -= len(batch)
        newest = self._log[self._place - 1].replay_id if self._place else b"place-0"
        return wire.FetchResponse(events=batch, latest_replay_id=newest, pending_num_requested=self._left)

    def _read(self, wishes: Iterator[wire.FetchRequest]) -> None:
        try:
            for wish in wishes:
                with self._bus.changed:
                    self._left += wish.num_requested
                    self._bus.wishes.append(wish.num_requested)
                    self._bus.changed.notify_all()
        except Exception:  # noqa: BLE001 - gRPC says with a bare Exception that the subscriber hung up
            self._wake()

    def _wake(self) -> None:
        with self._bus.changed:
            self._bus.changed.notify_all()
