"""How to reach an org: one of four ways to sign in.

Comes in: flags, then `NOVIGEM_SF_*`, then the table `[salesforce]` of novigem.toml. Goes out: `OrgSettings`. Secrets
come from the environment only, and no text of these values shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr

from novigem.errors import SettingsError
from novigem.model.signs import hidden_sign
from novigem.settings import FILE_NAME, ORG_TABLE, read_settings_table

API_VERSION = "62.0"
BUDGET_SHARE = 0.8
_PREFIX = "NOVIGEM_SF_"
_SECRETS = ("access_token", "client_secret")
_PLAIN = (
    "api_version",
    "budget_share",
    "client_id",
    "instance_url",
    "login_url",
    "private_key_file",
    "target_org",
    "username",
)
#: Every setting of the connection.
SETTINGS = (*_PLAIN, *_SECRETS)
_SHARED_LOGINS = ("login.salesforce.com", "test.salesforce.com")
# Below these every host is Salesforce's own.
_SALESFORCE = (
    ".salesforce.com",
    ".force.com",
    ".salesforce.mil",
    ".cloudforce.com",
    ".database.com",
    ".sfcrmapps.cn",
    ".sfcrmproducts.cn",
)


@dataclass(frozen=True)
class ReadyToken:
    """A token made elsewhere. It cannot be renewed: when the org ends the session, the sync ends too."""

    instance_url: str
    access_token: SecretStr


@dataclass(frozen=True)
class ClientCredentials:
    """An app that signs in as itself. `login_url` is the org's My Domain: the shared log-in hosts refuse this way."""

    login_url: str
    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True)
class JwtBearer:
    """An app that signs in as a user, with a private key whose certificate the org knows."""

    login_url: str
    client_id: str
    username: str
    private_key_file: Path


@dataclass(frozen=True)
class SfCommand:
    """An org that the installed `sf` command is signed in to, by its alias or user name."""

    target_org: str


SignIn = ReadyToken | ClientCredentials | JwtBearer | SfCommand


@dataclass(frozen=True)
class OrgSettings:
    """How to reach an org.

    `api_version` is such as "62.0". `budget_share` is the share of the org's daily API calls, above 0 and up to 1, at
    which no further call is made, whoever made the others.
    """

    sign_in: SignIn
    api_version: str = API_VERSION
    budget_share: float = BUDGET_SHARE

    @property
    def can_renew(self) -> bool:
        """Tell whether a session that has ended can be replaced without a person."""
        return not isinstance(self.sign_in, ReadyToken)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        match self.sign_in:
            case ReadyToken(access_token=secret) | ClientCredentials(client_secret=secret):
                return (secret.get_secret_value(),)
            case _:
                return ()


class _Way(NamedTuple):
    name: str
    needs: tuple[str, ...]
    host: str | None = None


# The setting that nothing else has a use for says which way is meant.
_WAYS = {
    "access_token": _Way("a ready token", ("instance_url", "access_token"), "instance_url"),
    "client_secret": _Way("client credentials", ("login_url", "client_id", "client_secret"), "login_url"),
    "private_key_file": _Way("JWT bearer", ("login_url", "client_id", "username", "private_key_file"), "login_url"),
    "target_org": _Way("the sf command", ("target_org",)),
}


def load_org_settings(
    flags: Mapping[str, str | None],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    host_beside_secret: bool = False,
) -> OrgSettings:
    """Give the settings of the connection: a flag that is None was not given.

    `folder` holds `novigem.toml`, if there is one; the working directory unless given. `host_beside_secret` takes the
    host from where the secret comes from, and from nowhere else: whoever runs in a folder that somebody else made sends
    no secret of their own to a host of that other person's. Raises SettingsError where no way to sign in is whole,
    where two are meant, for a secret in the file, and for a value that does not fit.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    levels = (given, _from_environment(environment), _from_file(folder))
    values = levels[2] | levels[1] | levels[0]
    for name, value in values.items():
        sign = hidden_sign(value) if isinstance(value, str) else None
        if sign is not None:
            told = f"{variable(name)} holds {sign.told}, which cannot be seen"
            raise SettingsError(told, hint="delete it, or type the value anew")
    which = _chosen(levels)
    sign_in = _sign_in(which, values)
    if host_beside_secret:
        _refuse_strange_host(which, levels, folder or Path())
    return OrgSettings(sign_in, _api_version(values), _budget_share(values))


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this machine itself: only there may a token travel without TLS."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_salesforce(host: str | None) -> bool:
    """Tell whether a host is one of Salesforce's own."""
    return f".{host or ''}".lower().endswith(_SALESFORCE)


def checked_url(text: str, place: str) -> str:
    """Give the address of a host, without a path. Raises SettingsError for one that a token must not be sent to."""
    hint = "give the host alone, such as https://acme.my.salesforce.com"
    parts = urlsplit(text.strip() if "://" in text else f"https://{text.strip()}")
    try:
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{place} is not an address", hint=hint) from error
    if not host or parts.username is not None or parts.password is not None or parts.path.strip("/") or parts.query:
        # The text itself stays out of the message: a password may stand in it.
        raise SettingsError(f"{place} is not the address of a host alone", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise SettingsError(f"{place}: {parts.scheme}://{host} is not safe for a token", hint=f"write https://{host}")
    if host.endswith(".lightning.force.com"):
        raise SettingsError(f"{place}: {host} serves pages for people, not the API", hint=hint)
    return f"{parts.scheme}://{parts.netloc}"


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return f"{_PREFIX}{name.upper()}"


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    named = {name: environment.get(variable(name), "").strip() for name in SETTINGS}
    return {name: value for name, value in named.items() if value}


def _from_file(folder: Path | None) -> dict[str, Any]:
    table = read_settings_table(ORG_TABLE, _PLAIN, _SECRETS, variable, folder)
    for key, value in table.items():
        if not (isinstance(value, str) and value.strip()) and key not in {"budget_share", "api_version"}:
            raise SettingsError(f"{FILE_NAME}: {ORG_TABLE}.{key} is {value!r}", hint="give a text that is not empty")
    return table


def _chosen(levels: tuple[Mapping[str, Any], ...]) -> str:
    """Give the setting that says which way is meant: the nearest level that says so decides."""
    for level in levels:
        found = [name for name in _WAYS if name in level]
        if len(found) > 1:
            said = " and ".join(f"{variable(name)} ({_WAYS[name].name})" for name in found)
            raise SettingsError(f"two ways to sign in to Salesforce are set: {said}", hint="keep one of them")
        if found:
            return found[0]
    given = sorted(
        {variable(name) for level in levels for name in level if name not in {"api_version", "budget_share"}}
    )
    already = f"; there is already {', '.join(given)}" if given else ""
    lines = [f"{way.name}: {' + '.join(variable(one) for one in way.needs)}" for way in _WAYS.values()]
    raise SettingsError(
        f"nothing says how to sign in to Salesforce{already}", hint="\n".join(["set one of these:", *lines])
    )


def _sign_in(which: str, values: Mapping[str, Any]) -> SignIn:
    way = _WAYS[which]
    missing = [variable(name) for name in way.needs if name not in values]
    if missing:
        raise SettingsError(f"to sign in by {way.name}, {' and '.join(missing)} is missing", hint="set what is missing")
    match which:
        case "access_token":
            return ReadyToken(_url(values, "instance_url"), SecretStr(values["access_token"]))
        case "client_secret":
            return ClientCredentials(_my_domain(values), values["client_id"], SecretStr(values["client_secret"]))
        case "private_key_file":
            key_file = Path(values["private_key_file"]).expanduser()
            return JwtBearer(_url(values, "login_url"), values["client_id"], values["username"], key_file)
        case _:
            return SfCommand(_alias(values["target_org"]))


def _refuse_strange_host(which: str, levels: tuple[Mapping[str, Any], ...], folder: Path) -> None:
    """Raise SettingsError where the file of a folder names the host for a secret that did not come with it."""
    host = _WAYS[which].host
    *nearer, file = levels
    if host is None or any(host in level for level in nearer):
        return
    if not any(which in level for level in nearer) and _lies_in(folder, file[which]):
        return
    named = checked_url(file[host], variable(host))
    secret, place = variable(which), folder.resolve() / FILE_NAME
    comes = "from the environment" if any(which in level for level in nearer) else "from outside of that folder"
    raise SettingsError(
        f"the secret ({secret}) comes {comes}, and the host that it would be sent to, {named}, from {place}",
        hint=f"a file of somebody else's may name any host. If this is your org, set {variable(host)}={named} where the"
        f" secret is set; if not, remove {host} from the file",
    )


def _lies_in(folder: Path, key_file: str) -> bool:
    # A path is no secret; what it leads to is one, and belongs to the file's host only where it came in its folder.
    return Path(folder, Path(key_file).expanduser()).resolve().is_relative_to(folder.resolve())


def _url(values: Mapping[str, Any], name: str) -> str:
    return checked_url(values[name], variable(name))


def _my_domain(values: Mapping[str, Any]) -> str:
    url = _url(values, "login_url")
    if urlsplit(url).hostname in _SHARED_LOGINS:
        raise SettingsError(
            f"{variable('login_url')}: {url} does not take client credentials",
            hint="give the org's My Domain, such as https://acme.my.salesforce.com",
        )
    return url


def _alias(text: str) -> str:
    if text.startswith("-"):  # `sf` would read it as an option
        raise SettingsError(f"{text[:40]!r} is not an alias", hint="see the aliases with: sf org list")
    return text


def _api_version(values: Mapping[str, Any]) -> str:
    text = str(values.get("api_version", API_VERSION)).removeprefix("v")
    whole, _dot, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or rest not in {"", "0"}:
        raise SettingsError(f"{variable('api_version')} is {text[:40]!r}", hint=f"give a version such as {API_VERSION}")
    return f"{int(whole)}.0"


def _budget_share(values: Mapping[str, Any]) -> float:
    given = values.get("budget_share", BUDGET_SHARE)
    try:
        share = float(given)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        raise SettingsError(
            f"the share of API calls ({variable('budget_share')}) is {str(given)[:40]!r}",
            hint="give a share such as 0.8: above 0, and up to 1",
        )
    return share
