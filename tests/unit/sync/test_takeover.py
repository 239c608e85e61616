"""Whose lease may be taken over at once: that of a process of this machine that is dead, and no other."""

import os
import socket
import subprocess
import sys

import pytest

from novigem.sync.syncing import _has_died, new_owner

HERE = socket.gethostname()


def dead_process() -> int:
    """Give the number of a process that has ended and that we have buried."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    return process.pid


def test_a_process_that_has_ended_is_dead() -> None:
    assert _has_died(f"{HERE}/{dead_process()}/0a1b2c3d-0a1b2c3d")


def test_an_earlier_process_with_our_own_number_is_dead() -> None:
    # The first process of a container is always number 1.
    assert _has_died(f"{HERE}/{os.getpid()}/0a1b2c3d-0a1b2c3d")


def test_another_sync_of_this_process_is_alive() -> None:
    assert new_owner() != new_owner()
    assert not _has_died(new_owner())


@pytest.mark.parametrize(
    "owner",
    [
        f"{HERE}/{os.getppid()}/0a1b2c3d-0a1b2c3d",
        "elsewhere/4711/0a1b2c3d-0a1b2c3d",
        f"{HERE}/{'9' * 30}/0a1b2c3d-0a1b2c3d",
        f"{HERE}/one/0a1b2c3d",
        "a name of one's own",
        "",
    ],
)
def test_whoever_may_be_alive_is_waited_for(owner: str) -> None:
    assert not _has_died(owner)
