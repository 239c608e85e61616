"""The notice: what Change Data Capture tells of a change, and the channels it comes on. Needs no extra."""

import re
from datetime import datetime
from typing import Literal, NamedTuple

from novigem.errors import InputError

Kind = Literal["create", "update", "delete", "undelete"]

#: The channel of all objects that are switched on for Change Data Capture.
EVERYTHING = "/data/ChangeEvents"

_OBJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}", re.ASCII)
_OF_OBJECT = re.compile(r"/data/(?P<name>\w+?)(?P<custom>__)?ChangeEvent", re.ASCII)


class Notice(NamedTuple):
    """That records of `object` changed in Salesforce. A hint where to look: equal notices may come twice.

    `channel` is where it came, `replay` its place there. `ids` are the records, with 18 characters. `kind` is what was
    done, `user` who did it, `at` when it was committed (UTC), and `changed` names the fields of an update (parts of a
    compound field are dotted); each is None or empty where Salesforce does not tell. `transaction` is common to all
    that was committed together, and `sequence` counts inside it, from 1.

    With `resync`, something changed that cannot be named: all records of `object` are to be looked at, and those of
    all watched objects where `object` is None.
    """

    channel: str
    object: str | None
    ids: tuple[str, ...] = ()
    kind: Kind | None = None
    user: str | None = None
    at: datetime | None = None
    transaction: str = ""
    sequence: int = 0
    changed: tuple[str, ...] = ()
    replay: bytes = b""
    resync: bool = False


def channel_of(name: str) -> str:
    """Give the channel of an object: `/data/OpportunityChangeEvent`, `/data/Visit__ChangeEvent` of `Visit__c`.

    Raises InputError for what cannot be an object's name.
    """
    if not _OBJECT.fullmatch(name):
        raise InputError(
            f"{name[:80]!r} is not the API name of an object", hint="write it as in Opportunity or Visit__c"
        )
    return f"/data/{name.removesuffix('c') if name.endswith('__c') else name}ChangeEvent"


def object_of(channel: str) -> str | None:
    """Give the object whose changes alone a channel carries; None for a channel of several objects."""
    found = _OF_OBJECT.fullmatch(channel)
    if found is None:
        return None
    return f"{found['name']}__c" if found["custom"] else found["name"]
