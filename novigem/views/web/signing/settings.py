"""Settings of the pages: who may sign in how, who leads, and under which address they are reached.

Comes in: `NOVIGEM_WEB_*`, then the table `[web]` of novigem.toml. Goes out: `WebSettings`. Secrets come from the
environment only, beside the host that they are sent to; no text of these values shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from novigem.access.roles import Named, Role, RoleNames
from novigem.errors import SettingsError
from novigem.feed.salesforce.settings import is_loopback
from novigem.model.guesses import closest
from novigem.model.people import known_as
from novigem.model.signs import hidden_sign
from novigem.settings import FILE_NAME, WEB_TABLE, read_settings_table

_PREFIX = "NOVIGEM_WEB_"
SECRETS = {"client_secret": "issuer", "smtp_password": "smtp_host"}
_ROLES = {"leaders": Role.LEADER, "admins": Role.ADMIN, "operators": Role.OPERATOR}
_LISTS = ("hosts", "proxy_peers", *_ROLES)
_NUMBERS = {"smtp_port": (1, 65_535), "idle_hours": (1, 720), "longest_hours": (1, 8_760)}
_WORDS: dict[str, tuple[str, ...]] = {
    "provider": ("salesforce", "oidc"),
    "smtp_security": ("starttls", "tls", "none"),
}
_TEXTS = (
    "brand",
    "client_id",
    "issuer",
    "mail_from",
    "organization",
    "origin",
    "proxy_header",
    "smtp_host",
    "smtp_user",
)
#: Every setting that may stand in the file.
PLAIN = (*_TEXTS, *_WORDS, *_NUMBERS, *_LISTS)
SETTINGS = (*PLAIN, *SECRETS)


@dataclass(frozen=True)
class WebSettings:
    """What the pages need to know of their surroundings; docs/reference/settings.md says what each means."""

    brand: str = "Novigem"
    origin: str | None = None
    hosts: frozenset[str] | None = None
    roles: RoleNames = field(default_factory=dict)
    provider: str = "oidc"
    issuer: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    organization: str | None = None
    proxy_header: str | None = None
    proxy_peers: frozenset[str] = frozenset()
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    idle_hours: int = 12
    longest_hours: int = 168

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways to sign in that are set up."""
        ways = {"provider": self.issuer, "proxy": self.proxy_header, "mail": self.smtp_host}
        return tuple(name for name, value in ways.items() if value)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the pages by TLS: cookies then travel by nothing else."""
        return (self.origin or "").startswith("https://")


def load_web_settings(*, environment: Mapping[str, str], folder: Path | None = None) -> WebSettings:
    """Give the settings of the pages. Raises SettingsError for an unknown key, and for what does not fit together."""
    table = read_settings_table(WEB_TABLE, PLAIN, SECRETS, variable, folder)
    nearer = {name: text for name in SETTINGS if (text := environment.get(variable(name), "").strip())}
    values = {name: _checked(name, value, _place(name)) for name, value in table.items()}
    for name, text in nearer.items():
        values[name] = _checked(name, _typed(name, text), variable(name))
    for secret, host in SECRETS.items():
        if secret in nearer and host in table and host not in nearer:
            _refuse_strange_host(secret, host, table[host], folder)
    return _together(values)


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return f"{_PREFIX}{name.upper()}"


def _place(name: str) -> str:
    return f"{FILE_NAME}: {WEB_TABLE}.{name}"


def _typed(name: str, text: str) -> Any:
    if name in _LISTS:
        return [one.strip() for one in text.split(",")]
    return int(text) if name in _NUMBERS and text.isascii() and text.isdigit() else text


def _checked(name: str, value: Any, place: str) -> Any:
    if name in _NUMBERS:
        least, most = _NUMBERS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise SettingsError(f"{place} is {value!r}", hint=f"give a whole number from {least} to {most:,}")
        return value
    if name in _LISTS:
        if not isinstance(value, list):
            raise SettingsError(f"{place} is {value!r}", hint='give a list, such as ["ann@example.com"]')
        return [_text(one, place) for one in value]
    text = _text(value, place, is_secret=name in SECRETS)
    if name in _WORDS and text not in _WORDS[name]:
        meant = closest(text, _WORDS[name])
        hint = f"did you mean {meant}?" if meant else f"give one of: {', '.join(_WORDS[name])}"
        raise SettingsError(f"{place} is {text!r}", hint=hint)
    return text


def _text(value: Any, place: str, *, is_secret: bool = False) -> str:
    if not isinstance(value, str) or not value.strip():
        told = "is not a text" if is_secret else f"holds {value!r}"
        raise SettingsError(f"{place} {told}", hint="give a text that is not empty")
    if sign := hidden_sign(value):
        raise SettingsError(
            f"{place} holds {sign.told}, which cannot be seen", hint="delete it, or type the value anew"
        )
    return value.strip()


def _refuse_strange_host(secret: str, host: str, named: str, folder: Path | None) -> None:
    raise SettingsError(
        f"the secret ({variable(secret)}) comes from the environment, and the host that it would be sent to, {named},"
        f" from {(folder or Path()).resolve() / FILE_NAME}",
        hint=f"a file of somebody else's may name any host. If this one is yours, set {variable(host)}={named} where"
        f" the secret is set; if not, remove {host} from the file",
    )


def _together(values: dict[str, Any]) -> WebSettings:
    """Give the settings as one value, once they fit together."""
    made = {name: value for name, value in values.items() if name not in _LISTS}
    made |= {name: SecretStr(values[name]) for name in SECRETS if name in values}
    if "origin" in made:
        made["origin"] = _address(made["origin"], "origin", "https://novigem.example.com", with_path=False)
    if "issuer" in made:
        made["issuer"] = _address(made["issuer"], "issuer", "https://acme.my.salesforce.com", with_path=True)
    _need(made, "issuer", "client_id")
    _need(made, "client_id", "issuer")
    _need(made, "smtp_host", "mail_from")
    _need(made, "client_secret", "issuer")
    _need(made, "smtp_password", "smtp_user")
    _need(made, "smtp_user", "smtp_host")
    if "proxy_header" in made and not values.get("proxy_peers"):
        raise SettingsError(
            f"{WEB_TABLE}.proxy_header is set, and nothing says whose word is taken",
            hint='name the address of the proxy: proxy_peers = ["127.0.0.1"]',
        )
    if made.get("smtp_security") == "none" and not is_loopback(made.get("smtp_host")):
        raise SettingsError(
            f"{WEB_TABLE}.smtp_security is none, and links to sign in would travel in the open",
            hint="give starttls or tls; none is for a mail server on this machine",
        )
    made["proxy_peers"] = frozenset(_peer(one) for one in values.get("proxy_peers", ()))
    made["hosts"] = _hosts(values, made.get("origin"))
    made["roles"] = {role: _named(values.get(name, ())) for name, role in _ROLES.items()}
    return WebSettings(**made)


def _need(made: Mapping[str, Any], where: str, other: str) -> None:
    if where in made and other not in made:
        raise SettingsError(
            f"{WEB_TABLE}.{where} is set, and {WEB_TABLE}.{other} is missing", hint=f"set {other} as well"
        )


def _address(text: str, name: str, example: str, *, with_path: bool) -> str:
    parts = urlsplit(text)
    hint = f"give an address such as {example}"
    try:
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{WEB_TABLE}.{name} is not an address", hint=hint) from error
    path = parts.path.rstrip("/")
    if not host or parts.username is not None or parts.query or parts.fragment or (path and not with_path):
        raise SettingsError(f"{WEB_TABLE}.{name} is not an address: {host or text!r}", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise SettingsError(
            f"{WEB_TABLE}.{name}: {parts.scheme}://{host} is not safe for signing in", hint=f"write https://{host}"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _peer(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise SettingsError(
            f"{WEB_TABLE}.proxy_peers holds {text!r}", hint="give the address of the proxy, such as 127.0.0.1"
        ) from error


def _hosts(values: Mapping[str, Any], origin: str | None) -> frozenset[str]:
    """Give the hosts that the pages answer to, beside those of this machine."""
    own = {urlsplit(origin).netloc.rpartition("@")[2]} if origin else set()
    return frozenset({*own, *(one.lower() for one in values.get("hosts", ()))})


def _named(words: Any) -> Named:
    """Read a list of ids, e-mails and `role: NAME`."""
    roles = {rest.strip() for one in words if (rest := _role(one)) is not None}
    return Named(frozenset(known_as(one) for one in words if _role(one) is None), frozenset(roles))


def _role(text: str) -> str | None:
    head, colon, rest = text.partition(":")
    return rest if colon and head.strip().lower() == "role" else None
