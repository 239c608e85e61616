"""The command as processes that may be killed: forked from one that has loaded everything, so that each starts at once.

What is forked is the command as it is: its own process, its own connections, its own files.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_LONGEST = 120.0
# It reads a line for each command, forks, tells the number of the process, then that it has ended (while nobody else
# can have its number yet), and buries it when told to.
_PARENT = """
import json, os, sys
import novigem.cli.doctor, novigem.cli.sync
from novigem.cli.main import main

for line in sys.stdin:
    told = json.loads(line)
    child = os.fork()
    if child == 0:
        output = os.open(told["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(told["folder"])
        os.environ.update(told["environment"])
        sys.argv = ["novigem", *told["arguments"]]
        main()
    print(child, flush=True)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    print("ended", flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Forked:
    """Runs the command, one process at a time; two of these run it side by side."""

    def __init__(self) -> None:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("NOVIGEM_")}
        self._parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT],
            env=plain | {"COLUMNS": "80", "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parent.communicate(timeout=_LONGEST)

    def start(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> "Run":
        """Start the command in a folder."""
        output = folder / f"output-{self._parent.pid}.txt"
        told = {"arguments": arguments, "environment": environment, "folder": str(folder), "output": str(output)}
        self.say(json.dumps(told))
        return Run(self, int(self.hear()), output)

    def say(self, line: str) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{line}\n")
        self._parent.stdin.flush()

    def hear(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


class Run:
    """One run of the command."""

    def __init__(self, forked: Forked, pid: int, output: Path) -> None:
        self.pid = pid
        self._forked = forked
        self._output = output
        self._lock = threading.Lock()
        self._has_ended = False

    def kill(self) -> None:
        """Kill it as nothing can be caught; nothing happens when it has ended."""
        with self._lock:
            if not self._has_ended:
                os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it has ended and is buried, and give its exit code; one that hangs is killed."""
        watchdog = threading.Timer(_LONGEST, self.kill)
        watchdog.start()
        assert self._forked.hear() == "ended"
        watchdog.cancel()
        watchdog.join()
        with self._lock:
            self._has_ended = True
        self._forked.say("bury it")
        return int(self._forked.hear())

    @property
    def output(self) -> str:
        """What it has printed, errors too."""
        return self._output.read_text(encoding="utf-8")
