"""What `deploy/` holds is what the command understands."""

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from novigem.cli.sync import command
from novigem.feed.salesforce.settings import ClientCredentials, load_org_settings
from novigem.feed.salesforce.transport import Patience
from novigem.settings import load_settings

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"


def unit() -> configparser.ConfigParser:
    """Read the unit; a key that stands twice, or a line that is none, is refused."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "novigem-sync.service").read_text(encoding="utf-8"))
    return parser


def container() -> dict[str, list[str]]:
    """Read the instructions of the Containerfile, by name, in order."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    found: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        name, _blank, rest = line.partition(" ")
        found.setdefault(name, []).append(rest.strip())
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """Let the command read a command line, without running it."""
    name, *arguments = words
    assert name == "sync"
    with command.make_context(name, arguments) as context:
        return dict(context.params)


def command_lines() -> list[list[str]]:
    service = shlex.split(unit()["Service"]["ExecStart"])
    assert Path(service[0]).name == "novigem"
    told = container()
    assert told["ENTRYPOINT"] == ['["novigem"]']
    return [service[1:], json.loads(told["CMD"][0])]


@pytest.mark.parametrize("number", [0, 1])
def test_the_command_line_is_one_that_the_command_takes(number: int) -> None:
    told = parsed(command_lines()[number])
    assert (told["log"], told["metrics_port"]) == ("json", 9464)
    assert load_settings({"every": told["every"]}, environment={}, folder=DEPLOY).every == 300


def test_the_service_is_restarted_where_that_can_help_and_stopped_gently() -> None:
    service = unit()["Service"]
    assert (service["Restart"], service["RestartPreventExitStatus"], service["KillSignal"]) == (
        "on-failure", "2", "SIGTERM",
    )  # fmt: skip
    assert float(service["TimeoutStopSec"]) > Patience().read + Patience().connect


def test_the_service_has_no_rights_it_does_not_need_and_its_secrets_stand_elsewhere() -> None:
    service = unit()["Service"]
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "yes", "strict")
    assert service["CapabilityBoundingSet"] == ""
    assert service["EnvironmentFile"] == "/etc/novigem/sync.env"
    assert "NOVIGEM_SF" not in (DEPLOY / "novigem-sync.service").read_text(encoding="utf-8")


def test_the_container_runs_without_root_and_is_asked_how_it_is_where_it_answers() -> None:
    told = container()
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", told["USER"][-1])
    assert ":9464/healthz" in told["HEALTHCHECK"][0]
    assert told["STOPSIGNAL"] == ["SIGTERM"]


def test_the_container_is_built_from_what_there_is_and_from_no_index_by_name() -> None:
    told = container()
    copied = [word for line in told["COPY"] if "--from" not in line for word in line.split()[:-1]]
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert {"constraints.txt", "pyproject.toml", "novigem", "config"} <= set(copied)
    assert "index" not in " ".join(told["RUN"])


def test_the_example_of_secrets_names_what_the_connection_asks_for() -> None:
    lines = (DEPLOY / "sync.env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given.pop("NOVIGEM_SF_LOGIN_URL") == "https://YOUR-DOMAIN.my.salesforce.com"
    assert set(given.values()) == {""}
    filled = dict.fromkeys(given, "x") | {"NOVIGEM_SF_LOGIN_URL": "https://acme.my.salesforce.com"}
    assert isinstance(load_org_settings({}, environment=filled, folder=DEPLOY).sign_in, ClientCredentials)
