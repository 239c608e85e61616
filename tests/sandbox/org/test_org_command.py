"""`novigem org serve` and the invented team behind it."""

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from novigem.errors import InputError
from novigem.program.playbooks import list_playbooks, read_playbook
from novigem_sandbox.org import Clock, Refusal, SampleOrg
from novigem_sandbox.org.fault_spec import EFFECTS, NUMBERED, read_spec
from novigem_sandbox.team.cast import ROLE
from novigem_sandbox.team.furnish import build_team
from novigem_sandbox.team.live import Live, LiveWork

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
COMMAND = [sys.executable, "-m", "novigem.cli.main", "org", "serve", "--port", "0"]


def built(seed: int = 7) -> SampleOrg:
    org = SampleOrg(Clock.at(NOON))
    build_team(org, opportunities=40, seed=seed)
    return org


def contents(org: SampleOrg) -> dict[str, object]:
    return {name: org.records(name) for name in org.objects}


def test_one_seed_makes_one_org() -> None:
    assert contents(built()) == contents(built())
    assert contents(built()) != contents(built(8))


def test_one_seed_makes_one_working_day() -> None:
    held = []
    for _ in range(2):
        org = SampleOrg(Clock.at(NOON))
        work = LiveWork(build_team(org, opportunities=40))
        for _step in range(150):
            org.clock.advance(10)
            work.step()
        held.append(contents(org))
    assert held[0] == held[1]


def test_the_working_day_holds_everything_that_a_feed_has_to_tell_apart() -> None:
    org = SampleOrg(Clock.at(NOON))
    work = LiveWork(build_team(org, opportunities=40))
    for _ in range(400):
        org.clock.advance(10)
        work.step()
    assert any(row["IsDeleted"] for row in org.records("Task"))
    assert any(row["IsConverted"] for row in org.records("Lead"))
    assert any(row["Renewal_Risk__c"] for row in org.records("Opportunity"))
    assert any(row["IsClosed"] for row in org.records("Case"))
    members = {row["Id"] for row in org.query(f"SELECT Id FROM User WHERE UserRole.Name = '{ROLE}'")}
    changed = org.query("SELECT LastModifiedById FROM Opportunity WHERE SystemModstamp > 2026-01-05T12:00:00Z")
    assert {row["LastModifiedById"] for row in changed} <= members


@pytest.mark.parametrize("name", [one.name for one in list_playbooks()])
def test_the_org_holds_every_field_that_the_playbooks_name(name: str) -> None:
    org = SampleOrg(Clock.at(NOON))
    named = set(re.findall(r"- ([\w.]+): \{", read_playbook(name)))
    assert named
    for field in named:
        found = [one for one in ("Opportunity", "Task", "Event") if _has(org, one, field)]
        assert found, field


def _has(org: SampleOrg, name: str, field: str) -> bool:
    try:
        return org.query(f"SELECT {field} FROM {name}") == []
    except Refusal:
        return False


def test_the_team_stops_when_told() -> None:
    org = SampleOrg(Clock.at(NOON))
    team = build_team(org, opportunities=10)
    done = org.covered(org.clock.now())
    with Live(team, pace=0.001):
        pass
    assert org.covered(org.clock.now()) == done


@pytest.mark.parametrize(
    ("text", "path", "at", "times"),
    [
        ("unavailable", "", 1, 1),
        ("unavailable:/query@2x3", "/query", 2, 3),
        ("reset:/updated", "/updated", 1, 1),
        ("small-pages=200x*", "", 1, None),
        ("date-offset=-90:/limits@5", "/limits", 5, 1),
    ],
)
def test_a_fault_is_read(text: str, path: str, at: int, times: int | None) -> None:
    assert read_spec(text)[1:] == (path, at, times)


@pytest.mark.parametrize("name", [*EFFECTS, *(f"{one}=3" for one in NUMBERED)])
def test_every_fault_has_a_name(name: str) -> None:
    assert read_spec(f"{name}:/query").path == "/query"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("unavailable@x", "cannot be read"),
        ("hang", "needs a number"),
        ("reset=3", "takes no number"),
        ("nope", "there is no fault 'nope'"),
    ],
)
def test_a_fault_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_spec(text)


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "60"}
    process = subprocess.Popen(
        [*COMMAND, "--records", "12", "--live", "--fault", "unavailable:/limits"],
        stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        shown = ""
        while "novigem sync" not in shown:
            line = process.stdout.readline()
            assert line, f"it ended early: {shown}"
            shown += line
        variables = dict(re.findall(r"export (\w+)='([^']+)'", shown))
        url, token = variables["NOVIGEM_SF_INSTANCE_URL"], variables["NOVIGEM_SF_ACCESS_TOKEN"]
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{url}/services/data/v62.0"
        found = requests.get(f"{base}/query", params={"q": "SELECT count() FROM Account"}, headers=headers, timeout=30)
        assert found.json()["totalSize"] >= 8
        assert requests.get(f"{base}/limits", headers=headers, timeout=30).status_code == 503
        form = {
            "grant_type": "client_credentials", "client_id": variables["NOVIGEM_SF_CLIENT_ID"],
            "client_secret": variables["NOVIGEM_SF_CLIENT_SECRET"],
        }  # fmt: skip
        login = variables["NOVIGEM_SF_LOGIN_URL"]
        assert requests.post(f"{login}/services/oauth2/token", data=form, timeout=30).json()["instance_url"] == url
        process.send_signal(signal.SIGTERM)
        rest, _errors = process.communicate(timeout=60)
        assert (process.returncode, rest) == (0, "Stopped. What was in it is gone.\n")
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND[:-1], str(port), "--records", "1"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert f"cannot listen on port {port}" in done.stderr
    assert "novigem org serve --port 0" in done.stderr
