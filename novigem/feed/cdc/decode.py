"""From an Avro message to a notice: schemas by their id, the header, and the bitmaps that name fields."""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from fastavro import parse_schema, schemaless_reader

from novigem.feed.cdc.notice import Kind, Notice
from novigem.model.ids import whole_id

_HEADER = "ChangeEventHeader"
_KINDS: Mapping[str, Kind] = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete", "UNDELETE": "undelete"}
_GAP, _OVERFLOW = "GAP_", "GAP_OVERFLOW"
_BITMAPS = ("changedFields", "nulledFields", "diffFields")
_BITMAP = re.compile(r"(?:(?P<parent>[0-9]+)-)?0x(?P<bits>[0-9A-Fa-f]+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Layout(NamedTuple):
    """What a schema says: its fields and named types, as Avro parsed them, and how to read as far as the header."""

    fields: Sequence[Mapping[str, Any]]
    types: Mapping[str, Any]
    head: Any


class Decoder:
    """Turns messages into notices. `fetch` gives the JSON text of a schema by its id; each id is asked for once."""

    def __init__(self, fetch: Callable[[str], str]) -> None:
        self._fetch = fetch
        self._layouts: dict[str, _Layout] = {}

    def notice(self, channel: str, schema_id: str, payload: bytes, replay: bytes) -> Notice:
        """Give the notice of a message. Raises ValueError when it cannot be read, and what `fetch` raises."""
        text = None if schema_id in self._layouts else self._fetch(schema_id)
        # Whatever a damaged message or schema breaks inside, the answer to it is one and the same.
        try:
            if text is not None:
                self._layouts[schema_id] = _layout(text)
            layout = self._layouts[schema_id]
            message: Any = schemaless_reader(io.BytesIO(payload), layout.head, None)
            return _notice(channel, message[_HEADER], layout, replay)
        except Exception as error:
            raise ValueError(f"a message of Change Data Capture cannot be read: {type(error).__name__}") from error


def _layout(text: str) -> _Layout:
    schema = json.loads(text)
    place = [field["name"] for field in schema["fields"]].index(_HEADER)
    # Avro has no marks between fields: a schema that ends with the header reads a message up to there. The values
    # behind it are not needed, for they are read again before they count, and so they are never held.
    head = {**schema, "fields": schema["fields"][: place + 1]}
    types: dict[str, Any] = {}
    whole: Any = parse_schema(schema, named_schemas=types)
    return _Layout(whole["fields"], types, parse_schema(head, named_schemas={}))


def _notice(channel: str, header: Mapping[str, Any], layout: _Layout, replay: bytes) -> Notice:
    done = str(header["changeType"])
    named = list(header["recordIds"])
    # A field that changed its type touches all records of an object: `001*`. An overflow names none at all.
    resync = done == _OVERFLOW or any(one.endswith("*") for one in named) or not named
    bitmaps = [bitmap for key in _BITMAPS for bitmap in header.get(key) or ()]
    return Notice(
        channel=channel,
        object=header["entityName"],
        ids=() if resync else tuple(dict.fromkeys(whole_id(one) for one in named)),
        kind=_KINDS.get(done.removeprefix(_GAP)),
        user=_user(header.get("commitUser")),
        at=_EPOCH + timedelta(milliseconds=header["commitTimestamp"]),
        transaction=header.get("transactionKey") or "",
        sequence=header.get("sequenceNumber") or 0,
        changed=tuple(field_names(bitmaps, layout.fields, layout.types)),
        replay=replay,
        resync=resync,
    )


def _user(text: str | None) -> str | None:
    try:
        return whole_id(text or "")
    except ValueError:
        return None


def field_names(
    bitmaps: Sequence[str], fields: Sequence[Mapping[str, Any]], types: Mapping[str, Any] | None = None
) -> list[str]:
    """Give the names of the fields that bitmaps mark, each once.

    `0x650004E0` marks fields of the schema: its lowest bit the first one. `4-0x10` marks fields of the compound field
    at position 4, counted from 0; their names are dotted. `types` are the types that fields refer to by name. Raises
    ValueError for any other form, and where the schema has no such field.
    """
    return list(dict.fromkeys(name for bitmap in bitmaps for name in _marked(bitmap, fields, types or {})))


def _marked(bitmap: str, fields: Sequence[Mapping[str, Any]], types: Mapping[str, Any]) -> Iterator[str]:
    found = _BITMAP.fullmatch(bitmap)
    if found is None:
        raise ValueError(f"{bitmap[:40]!r} is not a bitmap of fields")
    prefix = ""
    if found["parent"] is not None:
        parent = _at(fields, int(found["parent"]))
        prefix, fields = f"{parent['name']}.", _parts(parent, types)
    bits = int(found["bits"], 16)
    for place in range(bits.bit_length()):
        if bits >> place & 1:
            yield f"{prefix}{_at(fields, place)['name']}"


def _at(fields: Sequence[Mapping[str, Any]], place: int) -> Mapping[str, Any]:
    if place >= len(fields):
        raise ValueError(f"the schema has no field at position {place}")
    return fields[place]


def _parts(field: Mapping[str, Any], types: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    # A field that may be empty has a list of types: ["null", {"type": "record", …}]. Only the first of several fields
    # with one compound type spells it out; the others, such as a second address, refer to it by name.
    choices = field["type"] if isinstance(field["type"], list) else [field["type"]]
    for choice in choices:
        kind = types.get(choice) if isinstance(choice, str) else choice
        if isinstance(kind, dict) and kind.get("type") == "record":
            return list(kind["fields"])
    raise ValueError(f"the field {field['name']} has no parts")
