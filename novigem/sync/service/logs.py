"""The log of a sync that runs for good: one line for each thing that happened, as text or as JSON."""

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, Literal

Form = Literal["text", "json"]

NAME = "novigem.sync"
_PLAIN = re.compile(r"[\w./:+%-]+", re.ASCII)
# What a session of Salesforce looks like; it must not be read even in the stack trace of a mistake of ours.
_SESSION = re.compile(r"00D\w{9,15}![\w.\-]+")
_HIDDEN = "[hidden]"


class LineFormatter(logging.Formatter):
    """Writes a record as one line: the moment in UTC, the level, the message, and its `fields`.

    A text line is followed by the stack trace, if there is one; a JSON line has it as `trace`. None of `secrets` is
    ever written.
    """

    def __init__(self, form: Form, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._form = form
        self._secrets = sorted((one for one in secrets if one), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        fields: Mapping[str, Any] = getattr(record, "fields", {})
        trace = self.formatException(record.exc_info) if record.exc_info else None
        level, message = record.levelname.lower(), record.getMessage()
        if self._form == "json":
            log_event = {"at": moment, "level": level, "message": message, **fields}
            return self._without_secrets(
                json.dumps(log_event | ({} if trace is None else {"trace": trace}), default=str)
            )
        words = [moment, level, _word(message) if fields else message, *_pairs(fields)]
        return self._without_secrets("\n".join([" ".join(words), *([] if trace is None else [trace])]))

    def _without_secrets(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, _HIDDEN)
        return _SESSION.sub(_HIDDEN, line)


def _pairs(fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield `name=value`, with dots for what lies inside; what is nothing or zero is left out."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{prefix}{name}.")
        elif value not in (None, 0, "", []):
            yield f"{prefix}{name}={_word(str(value))}"


def _word(text: str) -> str:
    # A line stays a line whatever stands in it, and nothing in it steers a terminal.
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=not text.isprintable())


@contextmanager
def logging_to(stream: IO[str], form: Form, secrets: Collection[str] = ()) -> Iterator[logging.Logger]:
    """Give a log that writes to a stream; what libraries warn of in the meantime is written there too."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(form, secrets))
    root, log, jobs = logging.getLogger(), logging.getLogger(NAME), logging.getLogger("apscheduler")
    before = log.level, jobs.level
    root.addHandler(handler)
    log.setLevel(logging.INFO)
    # A run that takes longer than its interval is no news; we tell what is left out ourselves.
    jobs.setLevel(logging.CRITICAL)
    try:
        yield log
    finally:
        root.removeHandler(handler)
        log.setLevel(before[0])
        jobs.setLevel(before[1])


def log_event(log: logging.Logger, level: int, message: str, **fields: Any) -> None:
    """Write a line with fields."""
    log.log(level, "%s", message, extra={"fields": fields})
