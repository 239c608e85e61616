"""The server ends though pages are told live of what happens."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.bed.team_site import TeamSite

_PATIENCE = 60


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _connected(port: int) -> socket.socket:
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def test_open_streams_do_not_hold_the_server_up(tmp_path: Path) -> None:
    TeamSite(tmp_path).db.dispose()
    port = _free_port()
    command = [sys.executable, "-m", "novigem", "serve", "--no-login", "--port", str(port)]
    server = subprocess.Popen([*command, "--db", f"sqlite:///{tmp_path / 'team.db'}"], env=dict(os.environ))
    try:
        with _connected(port) as ear:
            ear.sendall(b"GET /boards/team/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            heard = b""
            while b": here" not in heard:
                heard += ear.recv(4096)
            assert b"text/event-stream" in heard
            server.send_signal(signal.SIGTERM)
            assert server.wait(_PATIENCE) in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait()
