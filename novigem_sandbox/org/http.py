"""A request and an answer, without their transport."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from novigem_sandbox.org.errors import Refusal

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=UTF-8"
CSV = "text/csv"
XML = "text/xml;charset=UTF-8"

_encode = msgspec.json.Encoder(decimal_format="number").encode
# Cents must not pass through a float.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(repr=False)
class Request:
    """What was asked. Its repr shows no header, since one of them is a token.

    `target` is the address as sent; `most_rows` caps the size of query pages (a fault may).
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    stopping: threading.Event = field(default_factory=threading.Event)
    most_rows: int | None = None

    @cached_property
    def path(self) -> str:
        """The path, decoded, without a slash at its end."""
        return unquote(urlsplit(self.target).path).rstrip("/") or "/"

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters of the address; of one that is given twice, the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def text(self) -> str:
        """The whole address, decoded, as faults look for parts of it."""
        parameters = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.path}?{parameters}" if parameters else self.path

    def form(self) -> dict[str, str]:
        """Give the body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """Give the body as a JSON object. Raises Refusal."""
        try:
            found = _decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal("JSON_PARSER_ERROR", "Unexpected character in the body of the request") from error
        if not isinstance(found, dict):
            raise Refusal("JSON_PARSER_ERROR", "The body of the request must be a JSON object")
        return found


@dataclass
class Response:
    """What is answered. `cut` sends only so many bytes of the body, `reset` none at all: both break the connection."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False


def answer_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON; numbers appear as they are stored."""
    return Response(status, _encode(value), headers=headers or {})


def answer_refusal(refusal: Refusal) -> Response:
    """Answer with Salesforce's error list."""
    return answer_json(refusal.body(), refusal.status)


def answer_page(status: int, title: str, text: str = "") -> Response:
    """Answer with a page of HTML, as gateways in front of an org do."""
    return Response(status, f"<h1>{title}</h1>{f'<pre>{text}</pre>' if text else ''}".encode(), HTML)
