"""The table `[web]` of novigem.toml, strictly."""

from pathlib import Path

import pytest

from novigem.access.roles import Role
from novigem.errors import SettingsError
from novigem.testing import make_id
from novigem.views.web.signing.settings import WebSettings, load_web_settings

_OIDC = 'issuer = "https://id.example.com/realm"\nclient_id = "novigem"\n'


def load(folder: Path, text: str, **environment: str) -> WebSettings:
    (folder / "novigem.toml").write_text(f"[web]\n{text}", encoding="utf-8")
    variables = {f"NOVIGEM_WEB_{name.upper()}": value for name, value in environment.items()}
    return load_web_settings(environment=variables, folder=folder)


def test_without_a_table_there_is_no_way_in(tmp_path: Path) -> None:
    assert load_web_settings(environment={}, folder=tmp_path).ways == ()


def test_the_ways_in_are_those_that_are_set_up(tmp_path: Path) -> None:
    mail = 'smtp_host = "mail.example.com"\nmail_from = "n@example.com"\n'
    proxy = 'proxy_header = "Remote-User"\nproxy_peers = ["127.0.0.1"]\n'
    assert load(tmp_path, _OIDC + mail + proxy).ways == ("provider", "proxy", "mail")


def test_roles_are_named_by_address_id_and_role(tmp_path: Path) -> None:
    text = f'leaders = ["Ann@Example.com", "role: VP Sales", "{make_id("005", 1)[:15]}"]\noperators = ["o@example.com"]'
    roles = load(tmp_path, text).roles
    assert roles[Role.LEADER].people == {"ann@example.com", make_id("005", 1)}
    assert roles[Role.LEADER].org_roles == {"VP Sales"}
    assert roles[Role.OPERATOR].people == {"o@example.com"}
    assert not roles[Role.ADMIN].people


def test_variables_come_before_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, _OIDC + "idle_hours = 2", idle_hours="3", leaders="a@example.com, b@example.com")
    assert found.idle_hours == 3
    assert len(found.roles[Role.LEADER].people) == 2


def test_secrets_come_from_the_environment_beside_their_host(tmp_path: Path) -> None:
    found = load(tmp_path, 'client_id = "novigem"', issuer="https://id.example.com", client_secret="hush")
    assert found.client_secret is not None
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ('leader = ["a@example.com"]', {}, "did you mean leaders?"),
        ('client_secret = "hush"', {}, "NOVIGEM_WEB_CLIENT_SECRET"),
        (_OIDC, {"client_secret": "hush"}, "a file of somebody else's may name any host"),
        ('smtp_host = "m.example.com"\nsmtp_user = "u"\nmail_from = "n@x.org"', {"smtp_password": "h"}, "any host"),
        ('issuer = "https://id.example.com"', {}, "client_id is missing"),
        ('issuer = "http://id.example.com"\nclient_id = "n"', {}, "not safe for signing in"),
        ('origin = "http://novigem.example.com"', {}, "write https://novigem.example.com"),
        ('origin = "https://novigem.example.com/path"', {}, "not an address"),
        ('origin = "https://user:word@novigem.example.com"', {}, "not an address"),
        ('smtp_host = "mail.example.com"', {}, "mail_from is missing"),
        ('smtp_host = "m.example.com"\nmail_from = "n@x.org"\nsmtp_security = "none"', {}, "in the open"),
        ('smtp_security = "startls"', {}, "did you mean starttls?"),
        ('provider = "salesforc"', {}, "did you mean salesforce?"),
        ('proxy_header = "Remote-User"', {}, "whose word is taken"),
        ('proxy_header = "Remote-User"\nproxy_peers = ["proxy.example.com"]', {}, "address of the proxy"),
        ('leaders = "a@example.com"', {}, "give a list"),
        ("leaders = [1]", {}, "holds 1"),
        ("idle_hours = 0", {}, "from 1 to 720"),
        ("idle_hours = true", {}, "from 1 to 720"),
        ('brand = "\u200b"', {}, "cannot be seen"),
        ('brand = " "', {}, "not empty"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_next_step(
    tmp_path: Path, text: str, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, **environment)
    assert told in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "novigem.toml").write_text('web = "yes"', encoding="utf-8")
    with pytest.raises(SettingsError, match="not a table"):
        load_web_settings(environment={}, folder=tmp_path)
