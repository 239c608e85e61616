"""`novigem serve` and `novigem demo --serve`: where they listen, how they end, and what their log holds."""

import os
import pty
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from novigem.cli.serving import free_port, listen, listen_nearby, logged_path
from novigem.errors import InputError, WorldError
from tests.bed.pages import demo_database
from tests.docs.pages import ROOT
from tests.golden.cli.world import novigem


@contextmanager
def serving(folder: Path, *command: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start a command that serves, on a port of its own, and give it with the address that it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "novigem", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "The pages are at" in line)
        yield process, line.rpartition(" ")[2].strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_and_its_log_keeps_no_secret(tmp_path: Path, told: signal.Signals) -> None:
    demo_database(tmp_path)
    with serving(tmp_path, "serve", "--no-login", "--port", "0") as (process, address):
        with urllib.request.urlopen(f"{address}api/v1/boards?access_token=hunter2", timeout=60) as answer:
            assert answer.status == 200
            assert "server" not in answer.headers
        process.send_signal(told)
        _out, errors = process.communicate(timeout=60)
        assert process.returncode == 0
    assert "GET /api/v1/boards 200" in errors
    assert "hunter2" not in errors
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_told_with_one_that_is_free(tmp_path: Path) -> None:
    demo_database(tmp_path)
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    answer = novigem(tmp_path, "serve", "--no-login", "--port", str(port))
    free = free_port("127.0.0.1", port)
    taken.close()
    assert answer.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in answer.err
    assert f"novigem serve --port {free}" in answer.err


def test_the_demo_takes_the_next_port() -> None:
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    nearby = listen_nearby("127.0.0.1", port)
    assert nearby.getsockname()[1] > port
    taken.close()
    nearby.close()


def test_a_host_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="there is no host"):
        listen("no-such-host.invalid", 8400)
    with pytest.raises((WorldError, InputError)):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/boards/cs-team", "/boards/cs-team"),
        ("/records/006Hs0000000005IAA", "/records/006Hs0000000005IAA"),
        ("/wall/AbCdEf0123456789abcdefXYZ", "/wall/***"),
        ("/embed/eyJhbGciOiJIUzI1NiJ9.eyJib2FyZCI6MX0.x1Y", "/embed/***"),
        ("/boards/a\nGET /forged 200", "/boards/a%0AGET%20/forged%20200"),
    ],
)
def test_a_line_of_the_log_is_one_line_without_what_opens_something(path: str, told: str) -> None:
    assert logged_path(path) == told


def test_without_what_the_pages_need_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo_database(tmp_path)
    for name in ("novigem.views.web.app", "starlette"):
        monkeypatch.setitem(sys.modules, name, None)
    answer = novigem(tmp_path, "serve", "--no-login", "--port", "0")
    assert (answer.code, "pip install 'novigem[web]'" in answer.err) == (2, True)


def test_the_demo_of_a_terminal_ends_with_the_pages_and_otherwise_by_itself(tmp_path: Path) -> None:
    """The script asks for the pages only where somebody can stop them."""
    said = tmp_path / "said"
    bare = tmp_path / "checkout"
    (bare / "scripts").mkdir(parents=True)
    (bare / ".venv/bin").mkdir(parents=True)
    (bare / "scripts/demo").write_bytes((ROOT / "scripts/demo").read_bytes())
    (bare / "scripts/environment").write_text(
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."\nprepare() { :; }\nsay() { :; }\n'
    )
    command = bare / ".venv/bin/novigem"
    command.write_text(f'#!/bin/sh\necho "$@" >> {said}\n')
    command.chmod(0o755)
    demo = ["bash", str(bare / "scripts/demo")]
    subprocess.run(demo, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    mine, theirs = pty.openpty()
    for more in ([], ["--no-serve"]):
        subprocess.run([*demo, *more], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    os.close(mine)
    os.close(theirs)
    assert said.read_text().splitlines() == ["demo", "demo --serve", "demo --serve --no-serve"]
