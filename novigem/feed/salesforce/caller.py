"""One request to an org, whatever may become of it: tried again where that helps, with a renewed session, or an error.

simple-salesforce renews without end where a session is refused for good, and never in the middle of a bulk job.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, Lock
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import requests
from simple_salesforce.api import Salesforce

from novigem.errors import InputError, LimitReached, NovigemError, OrgUnavailable, SessionError
from novigem.feed.salesforce.login import Token, session_ended, sign_in
from novigem.feed.salesforce.problems import FREE_AGAIN, LATER, as_error, clean, read_problem
from novigem.feed.salesforce.settings import OrgSettings
from novigem.feed.salesforce.transport import Patience, Transport, new_session, rest

T = TypeVar("T")

_MOST_RENEWALS = 3
_HOUR = 3600.0
# What the org last said of its limit is believed for this long; then one call may go and see.
_USAGE_SECONDS = 600.0


class Unreadable(Exception):  # noqa: N818 - a signal between a decoder and the caller, which never leaves the package
    """An answer is not what the API promises: cut off, or no data at all."""


class Call(NamedTuple):
    """A request. `what` names it for messages; `path` begins behind the host. `counts`: the budget may refuse it."""

    what: str
    path: str
    method: str = "GET"
    params: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    accept: str = "application/json"
    counts: bool = True


class _Trouble(Exception):  # noqa: N818 - as Unreadable
    def __init__(self, error: NovigemError, *, is_transient: bool, is_expired: bool = False) -> None:
        super().__init__()
        self.error, self.is_transient, self.is_expired = error, is_transient, is_expired


class Caller:
    """The connection: a session with its token. Threads may share it."""

    def __init__(self, settings: OrgSettings, patience: Patience, stop: Event) -> None:
        self.patience, self.stop = patience, stop
        self.transport = Transport(patience)
        self._settings = settings
        self._session = new_session(self.transport)
        self._lock = Lock()
        self._renewals: deque[float] = deque()
        try:
            self._salesforce = self._sign_in()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """Name the host, and nothing that is secret."""
        return f"<Caller of {self._salesforce.sf_instance}>"

    @property
    def base(self) -> str:
        """The path below which everything of the chosen API version lies."""
        return f"/services/data/v{self._salesforce.sf_version}/"

    @property
    def origin(self) -> str:
        """The address of the org's host, as simple-salesforce writes it: always https."""
        return f"https://{self._salesforce.sf_instance}"

    def close(self) -> None:
        """Let go of every connection."""
        self._session.close()

    def ask(self, call: Call, read: Callable[[requests.Response], T]) -> T:
        """Send a request and read its answer; only what changes nothing is tried again.

        `read` raises Unreadable for an answer that is not whole. Raises what `problems` makes of an answer.
        """
        began, attempt, was_renewed = monotonic(), 0, False
        while True:
            self._keep_to_budget(call)
            used = self._salesforce
            try:
                return self._once(call, used, read)
            except _Trouble as trouble:
                if trouble.is_expired and not was_renewed:
                    self._renew(used, trouble.error)
                    was_renewed = True
                    continue
                attempt += 1
                if call.method != "GET" or not trouble.is_transient or self._is_over(attempt, began):
                    raise self._last_word(trouble) from trouble.__cause__
            self.wait(attempt)

    def wait(self, attempt: int) -> None:
        """Wait before another attempt, longer each time. Raises OrgUnavailable when the process is asked to end."""
        longest = min(self.patience.longest, self.patience.first * 2 ** min(attempt - 1, 16))
        rest(longest * random.uniform(0.5, 1), self.stop)  # noqa: S311 - so that many clients do not come at once

    def _is_over(self, attempt: int, began: float) -> bool:
        return attempt >= self.patience.attempts or monotonic() - began >= self.patience.deadline

    def _last_word(self, trouble: _Trouble) -> NovigemError:
        if trouble.is_expired:
            return session_ended(self._settings.sign_in, f"{trouble.error.message}, in a new session too")
        return trouble.error

    def _once(self, call: Call, salesforce: Salesforce, read: Callable[[requests.Response], T]) -> T:
        answer = self._sent(call, salesforce)
        secrets = (salesforce.session_id, *self._settings.secrets)
        if answer.status_code >= 300:  # noqa: PLR2004 - HTTP
            problem = read_problem(answer.status_code, answer.content, secrets)
            error = as_error(problem, call.what)
            raise _Trouble(error, is_transient=problem.is_transient, is_expired=problem.is_expired)
        try:
            return read(answer)
        except Unreadable as error:
            words = f"{call.what}: the answer is cut off or no data ({clean(str(error), secrets)})"
            raise _Trouble(OrgUnavailable(words, hint=LATER), is_transient=True) from error

    def _sent(self, call: Call, salesforce: Salesforce) -> requests.Response:
        # Straight over its session: simple-salesforce's own methods drop the status, and decode four times as slowly.
        # Its X-PrettyPrint would make every answer larger.
        headers = {**salesforce.headers, "X-PrettyPrint": None, "Accept": call.accept}
        url = f"https://{salesforce.sf_instance}{call.path}"
        try:
            return salesforce.session.request(
                call.method, url, params=call.params, json=call.json, headers=headers, allow_redirects=False
            )
        except requests.TooManyRedirects as error:
            # Raised at the first one, which was not followed.
            status = 302 if error.response is None else error.response.status_code
            raise _Trouble(as_error(read_problem(status, b""), call.what), is_transient=False) from error
        except requests.RequestException as error:
            words = f"{call.what}: no whole answer from {salesforce.sf_instance} ({type(error).__name__})"
            raise _Trouble(OrgUnavailable(words, hint=LATER), is_transient=True) from error

    def _keep_to_budget(self, call: Call) -> None:
        usage, share = self.transport.usage, self._settings.budget_share
        if usage is None or not call.counts or self.transport.usage_age > _USAGE_SECONDS:
            return
        if usage.used >= usage.allowed * share:
            raise LimitReached(
                f"{usage.used:,} of the org's {usage.allowed:,} API calls of the last 24 hours are used, and a sync"
                f" stops at {share:.0%}",
                hint=FREE_AGAIN,
            )

    def _renew(self, used: Salesforce, error: NovigemError) -> None:
        """Sign in again, unless another thread has done so since."""
        with self._lock:
            if self._salesforce is not used:
                return
            now = monotonic()
            while self._renewals and now - self._renewals[0] > _HOUR:
                self._renewals.popleft()
            if not self._settings.can_renew:
                raise session_ended(self._settings.sign_in, error.message) from error
            if len(self._renewals) >= _MOST_RENEWALS:
                # An org that ends every session would otherwise see a log-in a second, and lock the user out.
                told = f"{error.message}, {_MOST_RENEWALS + 1} times within an hour"
                raise session_ended(self._settings.sign_in, told) from error
            self._renewals.append(now)
            try:
                self._salesforce = self._sign_in()
            except InputError as refused:
                told = f"{error.message}; {refused.message}"
                raise SessionError(told, hint=refused.hint, code=refused.code, **refused.facts) from refused

    def _sign_in(self) -> Salesforce:
        """Sign in and make the client anew: after a move, simple-salesforce's own renewal keeps the old address."""
        token: Token = sign_in(self._settings.sign_in, self._session, self.transport)
        self.transport.allow(token.instance_url)
        return Salesforce(
            session_id=token.access_token.get_secret_value(),
            instance_url=token.instance_url,
            version=self._settings.api_version,
            session=self._session,
        )


def forget(call: Callable[[], object]) -> None:
    """Call what tidies up behind us: its failure must not hide what came before."""
    with suppress(NovigemError):
        call()
