"""Points by hand: the entry of an adjustment, whether the balance allows it, and all that follows."""

import msgspec

from novigem.engine.compiled import Compiled
from novigem.engine.posting.progress import post_progress
from novigem.engine.posting.teams import post_team_goals
from novigem.engine.posting.totals import post_totals
from novigem.errors import InputError
from novigem.leaderboards.rollups import rollup_name
from novigem.ledger.store import Transaction
from novigem.model.entry import Entry, EntryKind
from novigem.model.program import Program


def adjustment_entry(
    program: Program,
    key: str,
    user: str,
    points: int,
    *,
    reason: str,
    author: str | None,
    now: int,
    at: int | None = None,
) -> Entry:
    """Draft an adjustment for a moment (None: now), or the season's nearest one where that lies outside of it."""
    return Entry(
        key=key,
        kind=EntryKind.ADJUSTMENT,
        user=user,
        points=points,
        program=program.program,
        version=program.version,
        occurred=max(program.window.start, min(now if at is None else at, program.window.end - 1)),
        recorded=now,
        reason=reason,
        author=author,
    )


def check_adjustment(points: int, reason: str) -> None:
    """Raise InputError for zero points or an empty reason."""
    if points == 0 or not reason.strip():
        raise InputError(
            "an adjustment needs points other than 0 and a reason", hint="give both", code="reason-missing"
        )


def check_balance(transaction: Transaction, program: Program, user: str, points: int) -> None:
    """Raise InputError where points would take a balance below zero, and the program does not allow it."""
    book = rollup_name(program.program, None, "all")
    total = transaction.totals([(book, user)]).get((book, user))
    balance = (total.points if total else 0) + points
    # A correction may have left less than nothing; whoever mends that by hand makes it better.
    if points < 0 and balance < 0 and not program.allow_negative_balance:
        raise InputError(
            f"the balance would fall to {balance} points",
            hint="take fewer points, or set `allow_negative_balance: true` in the program",
        )


def check_moment(program: Program, at: int | None, now: int) -> None:
    """Raise InputError for a moment that points are to count for and that lies ahead, or outside of the season."""
    if at is not None and at > now:
        raise InputError("points cannot count for a day that is still to come", hint="name a day that has begun")
    if at is not None and not program.window.start <= at < program.window.end:
        raise InputError("the season was not running on that day", hint="name a day of the season, or none")


def post_adjustment(transaction: Transaction, compiled: Compiled, entry: Entry) -> Entry:
    """Append an adjustment, and write what follows from it; gives it back numbered. Raises InputError as above."""
    check_balance(transaction, compiled.program(entry.program), entry.user, entry.points)
    return post_decided(transaction, compiled, entry)


def post_decided(transaction: Transaction, compiled: Compiled, entry: Entry) -> Entry:
    """Append an entry that somebody decided on: what it counts for moves challenges as an award of its rule would."""
    (numbered,) = transaction.append([entry])
    progress = post_progress(transaction, compiled.tracks, [numbered])
    post_team_goals(transaction, compiled.team_goals, [numbered], {}, progress)
    bonuses = transaction.append([msgspec.structs.replace(one, recorded=entry.recorded) for one in progress.entries])
    transaction.save_progress(progress.rows, progress.removed)
    transaction.withdraw_badges(progress.withdrawn)
    transaction.award_badges(progress.awarded)
    totals = post_totals(transaction, compiled.rollups, [numbered, *bonuses])
    transaction.save_totals(totals.totals)
    transaction.save_tiers(totals.tiers)
    transaction.save_items(progress.items | totals.items)
    return numbered
