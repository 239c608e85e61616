"""Everything that can go wrong between a client and an org, to be switched on by tests and by hand."""

import threading
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from novigem_sandbox.org.clock import http_date
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import JSON, Request, Response, answer_page, answer_refusal


class Effect:
    """What a fault does: answer instead of the org, or change what the org answers."""

    def before(self, request: Request) -> Response | None:
        """Answer instead of the org, or do something first and give None."""
        del request
        return None

    def after(self, request: Request, response: Response) -> Response:
        """Change the answer."""
        del request
        return response


class Fault:
    """An effect on some requests. `seen` counts those that match, `fired` those that it struck."""

    def __init__(
        self, effect: Effect, path: str = "", *, method: str | None = None, at: int = 1, times: int | None = 1,
        where: Callable[[Request], bool] | None = None,
    ) -> None:  # fmt: skip
        self.effect = effect
        self.path = path
        self.method = method
        self.at = at
        self.times = times
        self.where = where
        self.seen = 0
        self.fired = 0

    def strikes(self, request: Request) -> bool:
        """Count a request, and say whether this fault strikes it."""
        if self.path not in request.text or self.method not in (None, request.method):
            return False
        if self.where is not None and not self.where(request):
            return False
        self.seen += 1
        if self.seen < self.at or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []

    def add(
        self, effect: Effect, path: str = "", *, method: str | None = None, at: int = 1, times: int | None = 1,
        where: Callable[[Request], bool] | None = None,
    ) -> Fault:  # fmt: skip
        """Switch a fault on.

        It strikes requests whose decoded address contains `path`, from the `at`-th on, `times` times (None: for ever).
        """
        fault = Fault(effect, path, method=method, at=at, times=times, where=where)
        with self._lock:
            self._on.append(fault)
        return fault

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._on.clear()

    def striking(self, request: Request) -> list[Effect]:
        """Give the effects that strike a request."""
        with self._lock:
            return [fault.effect for fault in self._on if fault.strikes(request)]


class Answered(Effect):
    """Answers instead of the org."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def before(self, request: Request) -> Response:
        """Give the answer."""
        del request
        made = self._response
        return Response(made.status, made.body, made.content_type, dict(made.headers), made.cut, made.reset)


class Changed(Effect):
    """Changes the answer of the org."""

    def __init__(self, change: Callable[[Response], None]) -> None:
        self._change = change

    def after(self, request: Request, response: Response) -> Response:
        """Change the answer."""
        del request
        self._change(response)
        return response


class Called(Effect):
    """Calls a function before or after the org answers, for example to change rows between two pages."""

    def __init__(self, function: Callable[[], Any], *, after: bool) -> None:
        self._function = function
        self._is_after = after

    def before(self, request: Request) -> None:
        """Call the function, if it is to come first."""
        del request
        if not self._is_after:
            self._function()

    def after(self, request: Request, response: Response) -> Response:
        """Call the function, if it is to come last."""
        del request
        if self._is_after:
            self._function()
        return response


class Hanging(Effect):
    """Waits before the org answers; a server that stops does not wait for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def before(self, request: Request) -> None:
        """Wait."""
        request.stopping.wait(self._seconds)


class SmallPages(Effect):
    """Makes query pages smaller than was asked for."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def before(self, request: Request) -> None:
        """Cap the page."""
        request.most_rows = self._rows


def refused(status: int, code: str, message: str) -> Effect:
    """Answer with an error list."""
    return Answered(answer_refusal(Refusal(code, message, status=status)))


def answered(status: int, body: bytes, content_type: str = JSON, headers: dict[str, str] | None = None) -> Effect:
    """Answer with any status and body."""
    return Answered(Response(status, body, content_type, headers or {}))


def unavailable() -> Effect:
    """503 with an error list."""
    return refused(503, "SERVER_UNAVAILABLE", "Server is unavailable")


def maintenance() -> Effect:
    """503 with a page of HTML."""
    return Answered(answer_page(503, "Down for Maintenance"))


def html_instead() -> Effect:
    """200 with a page of HTML, as a log-in page in between does."""
    return Answered(answer_page(200, "Please log in"))


def query_timeout(status: int = 500) -> Effect:
    """Let the query run too long; 400 or 500."""
    return refused(status, "QUERY_TIMEOUT", "Your query request was running for too long.")


def total_limit() -> Effect:
    """403: the daily API calls are used up."""
    return refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def concurrent_limit() -> Effect:
    """403: too many long calls at once."""
    return refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")


def session_expired() -> Effect:
    """401: the token is no longer accepted."""
    return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")


def cursor_gone() -> Effect:
    """400: the cursor of a query has died."""
    return refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


def uri_too_long() -> Effect:
    """414 with a page of HTML."""
    return Answered(answer_page(414, "Bad Message 414", "reason: URI Too Long"))


def redirected(url: str, status: int = 302) -> Effect:
    """Send the client to another address, where its token must not follow."""
    return answered(status, b"", headers={"Location": url})


def reset() -> Effect:
    """Break the connection without an answer."""
    return Answered(Response(reset=True))


def truncated(*, closes: bool = False) -> Effect:
    """Cut the body in half. The headers tell the half, or with `closes` the whole, and the connection breaks."""

    def cut(response: Response) -> None:
        half = len(response.body) // 2
        if closes:
            response.cut = half
        else:
            response.body = response.body[:half]

    return Changed(cut)


def hanging(seconds: float) -> Effect:
    """Answer late."""
    return Hanging(seconds)


def small_pages(rows: int) -> Effect:
    """Give query pages of so many rows, whatever was asked for."""
    return SmallPages(rows)


def calling(function: Callable[[], Any], *, after: bool = False) -> Effect:
    """Call a function before, or after, the org answers."""
    return Called(function, after=after)


def date_offset(seconds: float) -> Effect:
    """Shift the `Date` header."""

    def shift(response: Response) -> None:
        now = parsedate_to_datetime(response.headers["Date"])
        response.headers["Date"] = http_date(now + timedelta(seconds=seconds))

    return Changed(shift)


def limit_header(text: str) -> Effect:
    """Answer with another `Sforce-Limit-Info`, such as `api-usage=17/15000; per-app-api-usage=17/250(appName=x)`."""

    def tell(response: Response) -> None:
        response.headers["Sforce-Limit-Info"] = text

    return Changed(tell)
