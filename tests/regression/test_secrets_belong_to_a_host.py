"""A secret is sent to no host that somebody else's file names: the host comes from where the secret does."""

from pathlib import Path
from typing import Any

import pytest

from novigem.errors import OrgError, SettingsError
from novigem.feed.salesforce.login import sign_in
from novigem.feed.salesforce.settings import OrgSettings, is_salesforce, load_org_settings
from novigem.feed.salesforce.transport import Patience, Transport, new_session
from novigem.settings import load_settings
from tests.golden.cli.world import novigem
from tests.unit.feed.salesforce.stub_org import TOKEN, Reply, StubOrg

PROGRAM = """
program: season
name: A season
starts: 2026-01-05
rules: [{id: won, object: Opportunity, trigger: update, when: [{StageName: {changedTo: Closed Won}}], points: 1}]
leaderboards: [{id: team, name: Team}]
"""
MINE, THEIRS = "https://mine.my.salesforce.com", "https://theirs.example"
TOKEN_HERE = {"NOVIGEM_SF_ACCESS_TOKEN": TOKEN}
APP_HERE = {"NOVIGEM_SF_CLIENT_ID": "app", "NOVIGEM_SF_CLIENT_SECRET": "s3cret-of-mine"}
KEY_HERE = {"NOVIGEM_SF_CLIENT_ID": "app", "NOVIGEM_SF_USERNAME": "me@mine.example"}


def load(folder: Path, environment: dict[str, str], **file: str) -> OrgSettings:
    lines = "".join(f'{name} = "{value}"\n' for name, value in file.items())
    (folder / "novigem.toml").write_text(f"[salesforce]\n{lines}")
    return load_org_settings({}, environment=environment, folder=folder, host_beside_secret=True)


@pytest.mark.parametrize(
    ("environment", "name"), [(TOKEN_HERE, "instance_url"), (APP_HERE, "login_url")], ids=["token", "app"]
)
@pytest.mark.parametrize("command", [("sync", "season.yaml"), ("check", "season.yaml", "--org")], ids=" ".join)
def test_nothing_is_sent_to_the_host_of_a_folder(
    tmp_path: Path, environment: dict[str, str], name: str, command: tuple[str, ...]
) -> None:
    (tmp_path / "season.yaml").write_text(PROGRAM)
    with StubOrg() as theirs:
        (tmp_path / "novigem.toml").write_text(f'[salesforce]\n{name} = "{theirs.url}"\n')

        answer = novigem(tmp_path, *command, **environment)

        assert (answer.code, theirs.asked) == (2, [])
    said = " ".join(answer.err.split())
    for word in (theirs.url, "novigem.toml", "environment", f"NOVIGEM_SF_{name.upper()}"):
        assert word in said
    assert not any(secret in answer.out + answer.err for secret in (TOKEN, "s3cret-of-mine"))


def test_a_host_that_is_set_beside_the_secret_is_asked_whatever_the_file_names(tmp_path: Path) -> None:
    found: Any = load(tmp_path, TOKEN_HERE | {"NOVIGEM_SF_INSTANCE_URL": MINE}, instance_url=THEIRS).sign_in
    assert found.instance_url == MINE
    found = load(tmp_path, APP_HERE | {"NOVIGEM_SF_LOGIN_URL": MINE}, login_url=THEIRS).sign_in
    assert found.login_url == MINE


def test_a_key_goes_with_the_host_of_its_own_folder_only(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "season", tmp_path / "keys"
    for one in (folder, elsewhere):
        one.mkdir()
        (one / "app.pem").write_text("a key")
    (folder / "link.pem").symlink_to(elsewhere / "app.pem")

    found: Any = load(folder, KEY_HERE, login_url=THEIRS, private_key_file="app.pem").sign_in
    assert found.login_url == THEIRS
    for named in (f"{elsewhere}/app.pem", "../keys/app.pem", "link.pem", "~/app.pem"):
        with pytest.raises(SettingsError, match=r"from outside of that folder.*theirs\.example"):
            load(folder, KEY_HERE, login_url=THEIRS, private_key_file=named)
    with pytest.raises(SettingsError, match=r"from the environment.*theirs\.example"):
        load(folder, KEY_HERE | {"NOVIGEM_SF_PRIVATE_KEY_FILE": "app.pem"}, login_url=THEIRS)


def test_an_alias_of_the_file_goes_where_its_own_command_says(tmp_path: Path) -> None:
    load(tmp_path, {}, target_org="acme")


def test_a_token_does_not_go_where_a_log_in_of_salesforce_would_not_send_it() -> None:
    with StubOrg() as stub:
        way = load_org_settings({}, environment=APP_HERE | {"NOVIGEM_SF_LOGIN_URL": stub.url}).sign_in
        transport = Transport(Patience(connect=1, read=1))
        stub.on("/services/oauth2/token", Reply({"access_token": TOKEN, "instance_url": THEIRS}))
        with new_session(transport) as session, pytest.raises(OrgError, match=r"names theirs\.example"):
            sign_in(way, session, transport)


@pytest.mark.parametrize(
    ("host", "is_theirs"),
    [
        ("acme.my.salesforce.com", True),
        ("acme--uat.sandbox.my.salesforce.com", True),
        ("acme.my.salesforce.mil", True),
        ("salesforce.com.example", False),
        ("mysalesforce.com", False),
        ("127.0.0.1", False),
        (None, False),
    ],
)
def test_which_hosts_are_of_salesforce(host: str | None, is_theirs: bool) -> None:  # noqa: FBT001 - a parameter of a table
    assert is_salesforce(host) is is_theirs


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://novigem@theirs.example/season", "postgresql:///season?host=theirs.example"]
)
def test_a_password_of_the_environment_goes_to_no_server_that_a_file_names(tmp_path: Path, url: str) -> None:
    (tmp_path / "novigem.toml").write_text(f'db = "{url}"\n')
    password = {"PGPASSWORD": "of-mine"}

    with pytest.raises(SettingsError, match=r"PGPASSWORD.*theirs\.example.*novigem\.toml"):
        load_settings({}, environment=password, folder=tmp_path)

    assert load_settings({}, environment=password | {"NOVIGEM_DB": url}, folder=tmp_path).db == url
    assert load_settings({"db": url}, environment=password, folder=tmp_path).db == url
    assert load_settings({}, environment={}, folder=tmp_path).db == url


def test_a_server_on_this_machine_and_a_url_with_its_own_password_are_taken(tmp_path: Path) -> None:
    for url in ("postgresql+psycopg://novigem@localhost/season", "postgresql+psycopg://novigem:own@theirs.example/s"):
        (tmp_path / "novigem.toml").write_text(f'db = "{url}"\n')
        assert load_settings({}, environment={"PGPASSWORD": "of-mine"}, folder=tmp_path).db == url
