"""From the settings of a command to a connected org."""

from pathlib import Path
from threading import Event

import pytest

from novigem.cli.connecting import connected
from novigem.errors import OrgUnavailable, SettingsError
from tests.unit.feed.salesforce.stub_org import ORG, TOKEN, WEB_PAGE, StubOrg


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, without settings of the machine's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("INSTANCE_URL", "ACCESS_TOKEN", "LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET", "TARGET_ORG"):
        monkeypatch.delenv(f"NOVIGEM_SF_{name}", raising=False)


def test_a_command_connects_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with StubOrg() as stub:
        monkeypatch.setenv("NOVIGEM_SF_INSTANCE_URL", stub.url)
        monkeypatch.setenv("NOVIGEM_SF_ACCESS_TOKEN", TOKEN)
        with connected() as org:
            assert org.id == ORG


def test_a_command_connects_by_the_sf_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StubOrg() as stub:
        answer = f'{{"status": 0, "result": {{"accessToken": "{TOKEN}", "instanceUrl": "{stub.url}"}}}}'
        (tmp_path / "sf").write_text(f"#!/bin/sh\necho '{answer}'\n")
        (tmp_path / "sf").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        with connected("dev") as org:
            assert org.id == ORG


def test_a_command_that_is_stopped_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Event()
    with StubOrg() as stub:
        monkeypatch.setenv("NOVIGEM_SF_INSTANCE_URL", stub.url)
        monkeypatch.setenv("NOVIGEM_SF_ACCESS_TOKEN", TOKEN)
        stub.on("/services/data/v62.0/queryAll/", WEB_PAGE)
        with connected(stop=stop) as org:
            stop.set()
            with pytest.raises(OrgUnavailable, match="stopped while waiting"):
                org.query("SELECT Id FROM Task")
        assert stub.count("/services/data/v62.0/queryAll/") == 1


def test_a_command_without_settings_is_told_what_to_set() -> None:
    with pytest.raises(SettingsError, match="nothing says how to sign in"), connected():
        raise AssertionError("not reached")
