"""Completions against what they give: a bonus and a badge, once, to each."""

from collections import Counter
from collections.abc import Collection, Iterator

from novigem.challenges.completion import badge_award
from novigem.challenges.team_goals import team_bonus_prefix
from novigem.challenges.tracks import Tracks
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import BadgeAward, EntryKind, Progress, ProgressKey
from novigem.model.program import Program

#: Challenge, period and user.
_Row = tuple[str, str, str]


def unproved_completions(
    store: Store, program: Program, versions: Collection[Program], *, bonuses_too: bool
) -> Iterator[Discrepancy]:
    """Yield the bonuses and badges of persons that no completion gives, and completions without what they give.

    `versions` are all that the program has had. Without `bonuses_too` no bonus is missed: an earlier version may have
    given none.
    """
    name = program.program
    which = RowFilter(program=name)
    rows = (row for row in store.progress_rows(which) if row.subject.kind != "team")
    completed = {row.key[1:]: row for row in rows if row.completed is not None}
    bonuses = Counter(_bonus_rows(store, name))
    held = (one for one in store.badges(which) if one.subject.kind != "team")
    awards = {(one.challenge, one.period, one.user): one for one in held if one.challenge}
    for row, count in bonuses.items():
        if count != 1 or row not in completed:
            yield Discrepancy("/".join(row), f"{count} bonus", "no completion", name)
    tracks = Tracks(program)
    for row in awards:
        key = ProgressKey(name, *row)
        is_gone = key.subject.kind == "badge" and not tracks.holds(key)
        if row not in completed and not is_gone:
            yield Discrepancy("/".join(row), "badge", "no completion", name)
    challenges = {one.id: one for one in program.challenges}
    for row in completed if bonuses_too else ():
        challenge = challenges.get(row[0])
        if challenge is not None and challenge.completion.bonus and row not in bonuses:
            yield Discrepancy("/".join(row), "no bonus", "completed", name)
    every = [(one, Tracks(one)) for one in versions]
    for row, progress in completed.items():
        due = {badge_award(one, progress) for one, own in every if own.holds(progress.key)}
        yield from _badge_differs(progress, awards.get(row), due, lives=tracks.holds(progress.key))


def _badge_differs(
    progress: Progress, award: BadgeAward | None, due: Collection[BadgeAward | None], *, lives: bool
) -> Iterator[Discrepancy]:
    """Hold the badge of a completion to what it gives, where all versions agree about that."""
    what, name = "/".join(progress.key[1:]), progress.program
    if len(due) == 1:
        (only,) = due
        if award != only:
            kept, proved = ("no badge" if one is None else f"{one.badge}, {one.awarded}" for one in (award, only))
            yield Discrepancy(what, kept, proved, name)
    elif award is None and lives and progress.subject.kind == "badge":
        yield Discrepancy(what, "no badge", "completed", name)


def _bonus_rows(store: Store, program: str) -> Iterator[_Row]:
    """Yield challenge, period and user of every standing bonus that a person's own completion gave."""
    for user in store.users(program):
        for entry in standing_entries(store.entries(EntryFilter(program=program, user=user))):
            if entry.kind is EntryKind.BONUS and not entry.key.startswith(team_bonus_prefix(program)):
                yield entry.challenge or "", entry.period or "", user
