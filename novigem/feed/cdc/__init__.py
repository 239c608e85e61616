"""Change Data Capture: Salesforce says at once which records changed, and who changed them.

Comes in: the messages of Salesforce's Pub/Sub API. Goes out: `Notice`s, one a message, that wake the poller early and
name the writer. They are hints and never decide: what a notice says is read again before it counts, so
notices may be late, repeated or missing for a week, and nothing is lost. Nothing is stored here.

    notice.py     what is told, and which channel tells it; all that others need to know
    decode.py     from an Avro message to a notice
    bus.py        one subscription: the connection, its messages, what its errors mean
    listener.py   all subscriptions in one thread: watchdog, back-off, new tokens, lost places
    pubsub.proto  the part of the Pub/Sub API that is used

Listening needs the extra `cdc`. This package loads it when `Listener` or `Pace` is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from novigem.errors import InputError
from novigem.feed.cdc.notice import EVERYTHING, Notice, channel_of, object_of

if TYPE_CHECKING:
    from novigem.feed.cdc.listener import Listener, Pace

__all__ = ["EVERYTHING", "Listener", "Notice", "Pace", "channel_of", "object_of"]

_LATER = ("Listener", "Pace")
_EXTRA = ("fastavro", "google", "grpc")


def __getattr__(name: str) -> Any:
    """Load what needs the extra when it is first asked for. Raises InputError when the extra is not installed."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.listener"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        hint = "pip install 'novigem[cdc]'"
        raise InputError(f"Change Data Capture needs {error.name}, which is not installed", hint=hint) from error
