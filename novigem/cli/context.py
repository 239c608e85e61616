"""Opening: settings to a store, and the words people use for users and moments to what the store knows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from novigem.errors import InputError, UnknownName
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.binding import lasting_id
from novigem.model.change import to_micros
from novigem.model.guesses import advise
from novigem.model.program import Program
from novigem.model.subject import badge_row
from novigem.queries.queries import Queries
from novigem.settings import Settings, load_settings
from novigem.views.moments import micros, moment


class Context(NamedTuple):
    """What a reading command works with; `program` is the one that was named, or None for all."""

    settings: Settings
    store: SqlStore
    queries: Queries
    programs: dict[str, Program]
    program: str | None

    @property
    def zone(self) -> tzinfo:
        """The zone of days and moments that are typed: that of the programs, or UTC where they differ."""
        zones = {one.timezone: one.zone for one in self.programs.values()}
        return next(iter(zones.values())) if len(zones) == 1 else UTC


def settings_from(**flags: str | int | None) -> Settings:
    """Give the settings of this call."""
    return load_settings(flags, environment=os.environ)


@contextmanager
def writing(settings: Settings) -> Iterator[SqlStore]:
    """Open the store of a command that writes, and make it where there is none."""
    store = open_store(settings.db)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def reading(db: str | None, program: str | None = None) -> Iterator[Context]:
    """Open the store of a command that reads. Raises InputError where there is no database: reading makes none."""
    settings = settings_from(db=db, program=program)
    must_exist(settings.db)
    with writing(settings) as store:
        queries = Queries(store, now=datetime.now(UTC))
        programs = queries.programs()
        if settings.program is not None:
            programs = {settings.program: queries.program(settings.program)}
        yield Context(settings, store, queries, programs, settings.program)


def must_exist(url: str) -> None:
    """Raise InputError where a database is none: whoever only reads makes none."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return  # opening it says what is wrong
    path = parsed.database or ""
    if parsed.get_backend_name() != "sqlite" or not path or path == ":memory:" or path.startswith("file:"):
        return
    if Path(path).is_dir():
        raise InputError(
            f"{path} is a folder, not a database", hint=f"name the file in it: sqlite:///{path}/novigem.db"
        )
    if not Path(path).exists():
        raise InputError(
            f"there is no database {path}",
            hint="read changes first: novigem run PROGRAM --from FILE.jsonl; or name another database with --db",
        )


def known_user(context: Context, text: str) -> str:
    """Give the id of somebody the store knows by name, e-mail or id. Raises UnknownName for anybody else."""
    user = context.queries.find_user(text)
    if context.store.people([user]) or next(context.store.entries(EntryFilter(user=user)), None) is not None:
        return user
    raise UnknownName(f"nobody here has the id {text}", hint="name somebody by e-mail, or see: novigem board")


class Chosen(NamedTuple):
    """Which rows of progress or badges somebody asked for; `first` and `end` bound their moment, None where open."""

    which: RowFilter
    first: int | None
    end: int | None

    def holds(self, at: int) -> bool:
        """Tell whether a moment lies in between."""
        return (self.first is None or at >= self.first) and (self.end is None or at < self.end)


def chosen_rows(
    context: Context, user: str | None, challenge: str | None, since: str | None, until: str | None
) -> Chosen:
    """Give the rows that options name. Raises UnknownName or InputError for an option that names nothing."""
    which = RowFilter(
        program=context.program,
        user=None if user is None else known_user(context, user),
        challenge=known_challenge(context, challenge),
    )
    end = micros(until, "--until", context.zone, end_of_day=True)
    return Chosen(which, micros(since, "--since", context.zone), end)


def known_challenge(context: Context, challenge: str | None) -> str | None:
    """Give a challenge id that exists, or once did. Raises UnknownName with a guess."""
    names = [one.id for program in context.programs.values() for one in program.challenges]
    badges = [one for program in context.programs.values() for one in program.badges if one.earned_by is not None]
    if challenge in {badge_row(one.id) for one in badges}:
        return challenge
    return _known(context, "challenge", challenge, names)


def known_rule(context: Context, rule: str | None) -> str | None:
    """Give a rule id that exists, or once did. Raises UnknownName with a guess."""
    return _known(context, "rule", rule, [one.id for program in context.programs.values() for one in program.rules])


def _known(context: Context, what: Literal["challenge", "rule"], name: str | None, names: list[str]) -> str | None:
    if name is None or name in names:
        return name
    lasting = lasting_id(context.store.bindings(), what, name)
    if lasting in names:
        return lasting
    # An older version of a program may have had it, and the ledger keeps what it paid.
    which = EntryFilter(challenge=name) if what == "challenge" else EntryFilter(rule=name)
    if next(context.store.entries(which), None) is not None:
        return name
    raise UnknownName(f"there is no {what} {name!r}", hint=advise(name, names, intro="there are") if names else None)


def on_day(text: str | None, zone: tzinfo) -> int | None:
    """Give the moment for which points count that somebody dates with `--on`: a day's last one, or now for today."""
    if text is None:
        return None
    begins, ends = (to_micros(moment(text, "--on", zone, end_of_day=end)) for end in (False, True))
    if begins == ends:
        return begins
    now = to_micros(datetime.now(UTC))
    return now if begins <= now < ends else ends - 1
