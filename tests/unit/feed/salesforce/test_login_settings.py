"""How the settings say which org is meant, and how to sign in to it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from novigem.errors import SettingsError
from novigem.feed.salesforce.settings import (
    SETTINGS,
    ClientCredentials,
    JwtBearer,
    OrgSettings,
    ReadyToken,
    SfCommand,
    load_org_settings,
    variable,
)
from novigem.settings import load_settings

READY = {"NOVIGEM_SF_INSTANCE_URL": "https://acme.my.salesforce.com", "NOVIGEM_SF_ACCESS_TOKEN": "the-token"}
APP = {"NOVIGEM_SF_LOGIN_URL": "acme.my.salesforce.com", "NOVIGEM_SF_CLIENT_ID": "3MVG"}


def load(environment: dict[str, str], folder: Path, **flags: str | None) -> OrgSettings:
    return load_org_settings(flags, environment=environment, folder=folder)


def test_each_way_to_sign_in_is_read(tmp_path: Path) -> None:
    acme = "https://acme.my.salesforce.com"
    assert load(READY, tmp_path) == OrgSettings(ReadyToken(acme, SecretStr("the-token")))
    found = load(APP | {"NOVIGEM_SF_CLIENT_SECRET": "s"}, tmp_path)
    assert found.sign_in == ClientCredentials(acme, "3MVG", SecretStr("s"))
    jwt = {"NOVIGEM_SF_USERNAME": "sync@acme.com", "NOVIGEM_SF_PRIVATE_KEY_FILE": "/keys/acme.pem"}
    assert load(APP | jwt, tmp_path).sign_in == JwtBearer(acme, "3MVG", "sync@acme.com", Path("/keys/acme.pem"))
    assert load({}, tmp_path, target_org="dev").sign_in == SfCommand("dev")
    assert load({"NOVIGEM_SF_TARGET_ORG": "dev"}, tmp_path).sign_in == SfCommand("dev")


def test_a_session_can_be_renewed_except_a_ready_token(tmp_path: Path) -> None:
    assert not load(READY, tmp_path).can_renew
    assert load({}, tmp_path, target_org="dev").can_renew


def test_the_nearest_place_decides_which_way_is_meant(tmp_path: Path) -> None:
    (tmp_path / "novigem.toml").write_text('[salesforce]\ntarget_org = "dev"\napi_version = 61.0\n')
    assert load({}, tmp_path).sign_in == SfCommand("dev")
    assert isinstance(load(READY, tmp_path).sign_in, ReadyToken)
    assert load(READY, tmp_path, target_org="other").sign_in == SfCommand("other")
    assert load(READY, tmp_path).api_version == "61.0"
    assert load(READY | {"NOVIGEM_SF_API_VERSION": "v63"}, tmp_path).api_version == "63.0"


def test_parts_may_stand_in_different_places(tmp_path: Path) -> None:
    text = '[salesforce]\nlogin_url = "https://acme.my.salesforce.com"\nclient_id = "3MVG"\nbudget_share = 0.5\n'
    (tmp_path / "novigem.toml").write_text(text)
    found = load({"NOVIGEM_SF_CLIENT_SECRET": "s"}, tmp_path)
    assert found.sign_in == ClientCredentials("https://acme.my.salesforce.com", "3MVG", SecretStr("s"))
    assert found.budget_share == 0.5


def test_the_table_does_not_disturb_the_other_settings(tmp_path: Path) -> None:
    (tmp_path / "novigem.toml").write_text('batch = 7\n[salesforce]\ntarget_org = "dev"\n')
    assert load_settings({}, environment={}, folder=tmp_path).batch == 7


def test_without_any_way_all_of_them_are_listed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load({}, tmp_path)
    assert caught.value.message == "nothing says how to sign in to Salesforce"
    assert caught.value.hint is not None
    for name in ("ACCESS_TOKEN", "CLIENT_SECRET", "PRIVATE_KEY_FILE", "TARGET_ORG"):
        assert f"NOVIGEM_SF_{name}" in caught.value.hint


def test_what_is_there_already_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is already NOVIGEM_SF_CLIENT_ID, NOVIGEM_SF_LOGIN_URL"):
        load(APP, tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    wanted = "by client credentials, NOVIGEM_SF_LOGIN_URL and NOVIGEM_SF_CLIENT_ID is missing"
    with pytest.raises(SettingsError, match=wanted):
        load({"NOVIGEM_SF_CLIENT_SECRET": "s", "NOVIGEM_SF_LOGIN_URL": " "}, tmp_path)


def test_two_ways_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two ways to sign in") as caught:
        load(READY | APP | {"NOVIGEM_SF_CLIENT_SECRET": "s"}, tmp_path)
    assert "NOVIGEM_SF_ACCESS_TOKEN (a ready token) and NOVIGEM_SF_CLIENT_SECRET" in caught.value.message


@pytest.mark.parametrize("name", ["access_token", "client_secret"])
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / "novigem.toml").write_text(f'[salesforce]\n{name} = "s3cret"\n')
    with pytest.raises(SettingsError, match=f"salesforce.{name} is a secret") as caught:
        load(READY, tmp_path)
    assert f"NOVIGEM_SF_{name.upper()}" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("salesforce = 1", "salesforce is not a table"),
        ("[salesforce]\nlogin_uri = 'x'", "did you mean login_url"),
        ("[salesforce]\nzzz = 'x'", "the settings are: api_version"),
        ("[salesforce]\nlogin_url = ''", "a text that is not empty"),
        ("[salesforce]\nusername = 7", "a text that is not empty"),
        ("[salesforce]\nbudget_share = 'much'", "BUDGET_SHARE) is 'much'"),
        ("[salesforce]\nbudget_share = 0", "BUDGET_SHARE) is '0'"),
        ("[salesforce]\nbudget_share = 1.5", "above 0, and up to 1"),
        ("[salesforce]\nbudget_share = []", "BUDGET_SHARE) is"),
        ("[salesforce]\napi_version = 'newest'", "API_VERSION is 'newest'"),
        ("[salesforce]\napi_version = 62.5", "give a version such as 62.0"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "novigem.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(READY, tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://acme.my.salesforce.com", "is not safe for a token"),
        ("http://127.0.0.1.example.com", "is not safe for a token"),
        ("ftp://acme.my.salesforce.com", "is not safe for a token"),
        ("https://me:s3cret@acme.my.salesforce.com", "not the address of a host alone"),
        ("https://acme.my.salesforce.com/services/data?x=1", "not the address of a host alone"),
        ("https://", "not the address of a host alone"),
        ("https://acme:port", "is not an address"),
        ("https://acme.lightning.force.com", "serves pages for people"),
    ],
)
def test_an_address_that_is_none_of_an_org_is_refused(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        load(READY | {"NOVIGEM_SF_INSTANCE_URL": url}, tmp_path)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]:8080"])
def test_this_machine_may_be_asked_without_tls(tmp_path: Path, url: str) -> None:
    found = load(READY | {"NOVIGEM_SF_INSTANCE_URL": url}, tmp_path).sign_in
    assert isinstance(found, ReadyToken)
    assert found.instance_url == url.rstrip("/")


@pytest.mark.parametrize("host", ["login", "test"])
def test_client_credentials_need_the_orgs_own_host(tmp_path: Path, host: str) -> None:
    shared = {"NOVIGEM_SF_LOGIN_URL": f"https://{host}.salesforce.com", "NOVIGEM_SF_CLIENT_SECRET": "s"}
    with pytest.raises(SettingsError, match="does not take client credentials") as caught:
        load(APP | shared, tmp_path)
    assert "My Domain" in str(caught.value)


def test_an_alias_is_no_option_of_sf(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not an alias"):
        load({}, tmp_path, target_org="--flags-dir=x")


def test_no_text_of_the_settings_shows_a_secret(tmp_path: Path) -> None:
    for found in (load(READY, tmp_path), load(APP | {"NOVIGEM_SF_CLIENT_SECRET": "the-token"}, tmp_path)):
        assert "the-token" not in f"{found!r} {found}"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_connection_is_described(name: str) -> None:
    page = (Path(__file__).parents[4] / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert f"| `{name}` | `{variable(name)}`" in page
