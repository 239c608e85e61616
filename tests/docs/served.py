"""A sample org for a page: `novigem org serve` in a process of its own, as in a reader's other terminal.

The org's clock stands at the moment of the examples, so a page prints the same whenever and however slowly it is
played. Its port is a free one, since pages are played side by side; in what is printed it is the usual one.
"""

import json
import os
import re
import select
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple
from unittest import mock

ROOT = Path(__file__).parents[2]
USUAL_PORT = "8280"
# How long nothing may be said, in seconds, by a server that has not said yet what the page shows.
_SILENCE = 60
_EXPORT = re.compile(r"^ *export (\w+)='([^']*)'$", re.MULTILINE)


class _Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


class Served:
    """A running sample org. `printed` is what it has said, `exports` the variables that it says to set."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], is_told: Callable[[str], bool]
    ) -> None:
        command = [sys.executable, "-m", "tests.docs.served", *arguments, "--port", "0"]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        self._port = USUAL_PORT
        self.printed = ""
        self.exports: dict[str, str] = {}
        try:
            self._listen(is_told)
        except BaseException:
            self.stop()
            raise

    def _listen(self, is_told: Callable[[str], bool]) -> None:
        """Wait until it has said what the page shows; a page that lies is told so after a silence."""
        assert self._process.stdout is not None
        said = b""
        while not is_told(self.printed):
            ready, _writing, _failed = select.select([self._process.stdout], [], [], _SILENCE)
            more = os.read(self._process.stdout.fileno(), 65_536) if ready else b""
            assert more, f"novigem org serve said nothing that the page shows, but\n{self.printed}"
            said += more
            text = said.decode()
            found = re.search(r"http://127\.0\.0\.1:(\d+)", text)
            self._port = found[1] if found else self._port
            self.exports = dict(_EXPORT.findall(text))
            self.printed = self.usual(text)

    def usual(self, text: str) -> str:
        """Give a text with the usual port in place of this one."""
        return text.replace(f":{self._port}", f":{USUAL_PORT}")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._process.terminate()
        self._process.communicate(timeout=_SILENCE)


def curl(words: Sequence[str]) -> tuple[str, int]:
    """Send the request of a curl command, which not every machine has; gives what it prints and its exit code."""
    request = _read_curl(words)
    asked = urllib.request.Request(request.url, request.body, request.headers, method=request.method)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read().decode(), 0


def _read_curl(words: Sequence[str]) -> _Request:
    url, method, headers, body = "", None, {}, None
    rest = iter(words)
    for word in rest:
        match word:
            case "-s" | "-S" | "-sS":
                pass
            case "-X":
                method = next(rest)
            case "-H":
                name, _colon, value = next(rest).partition(":")
                headers[name] = value.strip()
            case "-d":
                body = next(rest).encode()
                json.loads(body)
            case _:
                assert word.startswith("http://127.0.0.1:"), f"curl {word}: pages ask the sample org alone"
                url = word
    return _Request(method or ("GET" if body is None else "POST"), url, headers, body)


def _serve(arguments: list[str]) -> None:
    from novigem.cli.main import main  # noqa: PLC0415 - only in the process that serves
    from tests.docs.pages import Clock  # noqa: PLC0415 - as above

    stands_still = SimpleNamespace(time=Clock.now().astimezone().timestamp)
    with (
        mock.patch("novigem_sandbox.org.clock.time", stands_still),
        mock.patch("novigem.cli.org.datetime", Clock),
        mock.patch.object(sys, "argv", ["novigem", "org", "serve", *arguments]),
    ):
        main()


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "120")
    _serve(sys.argv[1:])
