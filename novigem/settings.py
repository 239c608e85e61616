"""Settings: one frozen value from flags, then `NOVIGEM_*`, then `novigem.toml` in the working directory.

Comes in: flags, the environment, a file. Goes out: `Settings`. Imports only `errors` and a guess at what was meant;
keeps nothing between calls.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from novigem.errors import SettingsError
from novigem.model.guesses import closest
from novigem.model.signs import hidden_sign

FILE_NAME = "novigem.toml"
#: The table of that file which says how to reach an org; `novigem.feed.salesforce.settings` reads it.
ORG_TABLE = "salesforce"
#: The table that says who signs in to the pages and how; `novigem.views.web.signing.settings` reads it.
WEB_TABLE = "web"
MOST_BATCH = 1_000_000
#: Seconds between two syncs, at least and at most: a record that was purged leaves the org's own lists after 15 days.
LEAST_EVERY = 10
MOST_EVERY = 7 * 86_400
# What PostgreSQL's own library sends to whatever server a URL names.
_DB_PASSWORD = "PGPASSWORD"  # noqa: S105 - the name of a variable
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_STRETCH = re.compile(r"([0-9]{1,6})([smh])")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_SWITCH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True)
class Settings:
    """What a command needs to know of its surroundings.

    `db` is the URL of the database. `program` is the program that readers mean where several are kept. `batch` is the
    number of lines that one transaction takes. `author` is written beside what people do by hand. `every` is how many
    seconds lie between two syncs, None for a single one; `history` says whether a sync reads field history.
    `api_origins` are the other hosts whose pages may ask the API with a token, with commas between.
    `frame_ancestors` names the origins whose pages may frame figures of ours, with a space between two.
    """

    db: str = "sqlite:///novigem.db"
    program: str | None = None
    batch: int = 10_000  # as novigem.feed.source.PAGE_SIZE, which costs an import
    author: str | None = None
    every: int | None = None
    history: bool = False
    api_origins: str = ""
    frame_ancestors: str | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """The hosts of `api_origins`, one by one."""
        return tuple(one.strip() for one in self.api_origins.split(",") if one.strip())


def load_settings(flags: Mapping[str, Any], *, environment: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Give the settings: a flag that is None was not given.

    `folder` holds `novigem.toml`, if there is one; the working directory unless given. Raises SettingsError for an
    unknown key or a value that does not fit, naming the place it stands in.
    """
    from_file = _from_file(folder)
    nearer = _from_environment(environment)
    for name, value in flags.items():
        if value is not None:
            nearer[name] = _checked(name, value, f"--{name}")
    if "db" in from_file and "db" not in nearer and environment.get(_DB_PASSWORD):
        _refuse_strange_server(from_file["db"], (folder or Path()).resolve() / FILE_NAME)
    return Settings(**from_file | nearer)


def _refuse_strange_server(url: str, path: Path) -> None:
    """Raise SettingsError where a file names the server to which a password of the environment would be sent."""
    try:
        parts = urlsplit(url)
        host, password = parts.hostname, parts.password
    except ValueError:
        return  # opening it says what is wrong
    asked = parse_qs(parts.query)
    hosts = [
        host or "",
        *(one for key in ("host", "hostaddr") for text in asked.get(key, ()) for one in text.split(",")),
    ]
    strange = [one for one in hosts if one and one not in _LOCAL and not one.startswith("/")]
    if not parts.scheme.startswith("postgres") or password or not strange:
        return
    raise SettingsError(
        f"the password ({_DB_PASSWORD}) comes from the environment, and the server that it would be sent to,"
        f" {strange[0]}, from {path}",
        hint=f"a file of somebody else's may name any server. If this one is yours, set {_variable('db')} where the"
        " password is set, or keep the password in ~/.pgpass, which names its server; if not, remove db from the file",
    )


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(Settings):
        variable = _variable(one.name)
        text = environment.get(variable)
        if text:
            found[one.name] = _checked(one.name, _typed(one.name, text, variable), variable)
    return found


def _variable(name: str) -> str:
    return f"NOVIGEM_{name.upper()}"


def read_settings_file(folder: Path | None = None) -> dict[str, Any]:
    """Give what `novigem.toml` in a folder holds, unchecked; nothing where there is none. Raises SettingsError."""
    path = (folder or Path()) / FILE_NAME
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name} is not TOML: {error}", hint='write lines such as: db = "…"') from error
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror}", hint="check its permissions") from error


def read_settings_table(
    table: str, known: Sequence[str], secrets: Collection[str], variable: Callable[[str], str], folder: Path | None
) -> dict[str, Any]:
    """Give a table of `novigem.toml`, its values unchecked; nothing where there is none.

    `known` are its keys; `secrets` may stand in the environment alone, in the variable of their name. Raises
    SettingsError for a secret, and for a key that is not known.
    """
    found = read_settings_file(folder).get(table, {})
    if not isinstance(found, dict):
        raise SettingsError(f"{FILE_NAME}: {table} is not a table", hint=f"write it below a line [{table}]")
    for key in found:
        if key in secrets:
            raise SettingsError(
                f"{FILE_NAME}: {table}.{key} is a secret, and files are copied and shared",
                hint=f"remove the line and put the value into the environment variable {variable(key)}",
            )
        if key not in known:
            meant = closest(key, known)
            hint = f"did you mean {meant}?" if meant else f"the settings are: {', '.join(known)}"
            raise SettingsError(f"{FILE_NAME}: there is no setting {table}.{key}", hint=hint)
    return found


def _from_file(folder: Path | None) -> dict[str, Any]:
    read = {key: value for key, value in read_settings_file(folder).items() if key not in (ORG_TABLE, WEB_TABLE)}
    known = [one.name for one in fields(Settings)]
    for key in read:
        if key not in known:
            meant = closest(key, known)
            hint = f"did you mean {meant}?" if meant else f"the settings are: {', '.join(known)}"
            raise SettingsError(f"{FILE_NAME}: there is no setting {key!r}", hint=hint)
    return {key: _checked(key, value, f"{FILE_NAME}: {key}") for key, value in read.items()}


def _checked(name: str, value: Any, place: str) -> Any:
    if name == "batch":
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_BATCH:
            raise SettingsError(f"{place} is {value!r}", hint=f"give a whole number from 1 to {MOST_BATCH:,}")
    elif name == "every":
        return _seconds(value, place)
    elif name == "history":
        if not isinstance(value, bool):
            raise SettingsError(f"{place} is {value!r}", hint="give true or false")
    elif name == "api_origins":
        _check_origins(value, place)
    elif isinstance(value, str) and (sign := hidden_sign(value)):
        raise SettingsError(
            f"{place} holds {sign.told}, which cannot be seen", hint="delete it, or type the value anew"
        )
    elif not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{place} is {value!r}", hint="give a text that is not empty")
    return value


def _check_origins(value: Any, place: str) -> None:
    """Raise SettingsError for what is no list of hosts; a sign for every host is none."""
    for one in value.split(",") if isinstance(value, str) else [value]:
        if not isinstance(one, str) or not _ORIGIN.fullmatch(one.strip()):
            raise SettingsError(
                f"{place}: {one!r} is not where a page comes from",
                hint="write https://crm.example, several with commas between; each host by its name, without a path",
            )


def _typed(name: str, text: str, place: str) -> Any:
    if name == "batch":
        return _number(text, place)
    # Whatever else somebody may have meant is refused by name.
    return _SWITCH.get(text.lower(), text) if name == "history" else text


def _seconds(value: Any, place: str) -> int:
    """Read a stretch of time, such as 30s, 5m or 1h."""
    found = _STRETCH.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise SettingsError(f"{place} is {value!r}", hint="give a stretch of time such as 30s, 5m or 1h")
    seconds = int(found[1]) * _UNITS[found[2]]
    if not LEAST_EVERY <= seconds <= MOST_EVERY:
        raise SettingsError(f"{place} is {value!r}", hint=f"give {LEAST_EVERY}s at least, and a week (168h) at most")
    return seconds


def _number(text: str, place: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"{place} is {text!r}", hint="give a whole number") from error
