"""`novigem sync --every` as a process: it runs until it is told to stop, and ends by what no later run would mend."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from novigem.model.snapshot import Stream
from novigem_sandbox.org import faults
from tests.golden.sync.scenes import SeasonOrg, season_org

SYNC = [sys.executable, "-m", "novigem.cli.main", "sync", "spring.yaml", "--every", "10s"]


class Process:
    """A sync that runs for good; its log is read line by line."""

    def __init__(self, season: SeasonOrg, *arguments: str) -> None:
        environment = {"PATH": str(Path(sys.executable).parent), "HOME": str(season.folder), **season.environment}
        self.lines: list[dict[str, Any]] = []
        self.text = ""
        self.running = subprocess.Popen(
            [*SYNC, "--log", "json", *arguments],
            cwd=season.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, message: str) -> dict[str, Any]:
        """Read the log up to a line with a message, and give it."""
        assert self.running.stderr is not None
        for line in self.running.stderr:
            self._take(line)
            if self.lines[-1]["message"] == message:
                return self.lines[-1]
        raise AssertionError(f"it ended without {message!r}: {self.text}")

    def end(self) -> int:
        """Read the rest of the log and give the exit code."""
        out, err = self.running.communicate(timeout=60)
        assert out == ""
        for line in err.splitlines():
            self._take(line)
        return self.running.returncode

    def stop(self) -> int:
        """Ask it to stop as a supervisor does, and give the exit code."""
        self.running.send_signal(signal.SIGTERM)
        return self.end()

    def told(self, message: str) -> list[dict[str, Any]]:
        """Give the lines with a message."""
        return [line for line in self.lines if line["message"] == message]

    def _take(self, line: str) -> None:
        self.text += line
        self.lines.append(json.loads(line))


@pytest.fixture
def season(tmp_path: Path) -> Iterator[SeasonOrg]:
    """Give the org of the season, before any sync."""
    with season_org(tmp_path) as season:
        season.org.clock.advance(60)
        yield season


Start = Callable[..., Process]


@pytest.fixture
def start(season: SeasonOrg) -> Iterator[Start]:
    """Give a function that starts a sync; whatever still runs at the end is killed."""
    started: list[Process] = []

    def begin(*arguments: str) -> Process:
        started.append(Process(season, *arguments))
        return started[-1]

    yield begin
    for one in started:
        if one.running.poll() is None:
            one.running.kill()
        one.running.communicate(timeout=60)


def leases(season: SeasonOrg) -> list[str]:
    with season.store() as store:
        return [one.name for one in store.leases()]


def test_it_syncs_at_once_answers_machines_and_stops_when_it_is_told_to(season: SeasonOrg, start: Start) -> None:
    process = start("--metrics-port", "0")
    first = process.wait_for("started")
    assert (first["every_seconds"], first["programs"]) == (10, "spring")
    run = process.wait_for("sync")
    assert (run["run"], run["outcome"], run["objects"]["Opportunity"]["rows"]) == (1, "done", 6)
    url = f"http://127.0.0.1:{first['metrics_port']}"
    assert requests.get(f"{url}/healthz", timeout=10).json()["ok"] is True
    text = requests.get(f"{url}/metrics", timeout=10).text
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    assert [one.value for one in samples if one.name == "novigem_sync_runs_total"] == [1]
    assert process.stop() == 0
    assert process.told("stopped")[0]["signal"] == "SIGTERM"
    assert leases(season) == []
    assert season.token not in process.text
    assert json.loads(season.novigem("status", "--json").out)["objects"][1]["last"]["error"] is None


def test_a_stop_in_the_middle_finishes_the_page_in_hand_and_gives_the_leases_back(
    season: SeasonOrg, start: Start
) -> None:
    season.deals(30, Type="New")
    season.org.clock.advance(60)
    season.org.faults.add(faults.small_pages(10), "FROM Opportunity", times=None)
    season.org.faults.add(faults.small_pages(10), "/query/0r8", times=None)
    process, noticed = start(), Event()

    def stop() -> None:
        process.running.send_signal(signal.SIGTERM)
        assert noticed.wait(60)

    season.org.faults.add(faults.calling(stop), "/query/0r8", at=2)
    process.wait_for("stopping")
    noticed.set()
    assert process.end() == 0
    (run,) = process.told("sync")
    assert (run["outcome"], list(run["objects"])) == ("stopped", ["User", "Opportunity"])
    assert leases(season) == []
    with season.store() as store:
        assert store.snapshot_count(Stream(season.org.id, "Opportunity")) == 30
    season.org.faults.clear()
    assert "33 records known now" in season.sync().out


def test_a_second_signal_ends_it_at_once(season: SeasonOrg, start: Start) -> None:
    reached = Event()
    season.org.faults.add(faults.calling(reached.set), "FROM Opportunity")
    season.org.faults.add(faults.hanging(600), "FROM Opportunity", times=None)
    process = start()
    assert reached.wait(60)
    process.running.send_signal(signal.SIGTERM)
    process.wait_for("stopping")
    process.running.send_signal(signal.SIGTERM)
    assert process.end() == 128 + signal.SIGTERM
    # The dead process holds the lease, and nobody waits for it.
    season.org.faults.clear()
    assert season.sync().code == 0


def test_a_session_that_cannot_be_renewed_ends_it_with_1(season: SeasonOrg, start: Start) -> None:
    season.org.sessions.expire_all()
    process = start()
    assert process.end() == 1
    assert "Session expired" in process.told("ended")[0]["error"]
    assert season.token not in process.text


def test_what_the_org_refuses_ends_it_with_2_before_anybody_loops(season: SeasonOrg, start: Start) -> None:
    season.org.hide_field("Opportunity", "Risk__c")
    process = start()
    assert process.end() == 2
    assert (process.told("ended")[0]["exit_code"], "Risk__c" in process.told("ended")[0]["error"]) == (2, True)
    assert season.org.sessions.logins == 0


def test_the_daily_limit_does_not_end_it(season: SeasonOrg, start: Start) -> None:
    season.org.faults.add(faults.total_limit(), "FROM Task", times=None)
    process = start()
    run = process.wait_for("sync")
    assert (run["outcome"], run["level"], run["again_in_seconds"] > 0) == ("limit", "warning", True)
    assert process.stop() == 0


def test_a_mistake_of_ours_ends_it_with_1_and_its_stack_trace(season: SeasonOrg, start: Start) -> None:
    # A describe that no org gives.
    season.org.faults.add(faults.answered(200, b'{"fields": [7]}'), "/describe", times=None)
    process = start()
    assert process.end() == 1
    (line,) = [one for one in process.lines if one["level"] == "error"]
    assert "ended by a mistake of ours" in line["message"]
    assert line["trace"].startswith("Traceback")
    assert season.token not in process.text


def test_a_port_in_use_is_told(season: SeasonOrg, start: Start) -> None:
    process = start("--metrics-port", str(season.running.port))
    assert process.end() == 1
    assert "cannot be used" in process.told("ended")[0]["error"]


def test_text_is_the_other_form_of_the_log(season: SeasonOrg) -> None:
    season.org.sessions.expire_all()
    answer = season.sync("--every", "10s")
    assert answer.code == 1
    assert " info started version=" in answer.err
    assert " error ended error=" in answer.err
