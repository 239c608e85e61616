"""Points by hand: the entry of an adjustment, whether the balance allows it, and the totals that follow."""

from collections.abc import Mapping

from novigem.engine.posting.totals import post_totals
from novigem.errors import InputError
from novigem.leaderboards.rollups import Rollups, rollup_name
from novigem.ledger.store import Transaction
from novigem.model.entry import Entry, EntryKind
from novigem.model.program import Program


def adjustment_entry(
    program: Program, key: str, user: str, points: int, *, reason: str, author: str | None, now: int
) -> Entry:
    """Draft an adjustment that is made now, or at the season's nearest moment where now lies outside of it."""
    return Entry(
        key=key,
        kind=EntryKind.ADJUSTMENT,
        user=user,
        points=points,
        program=program.program,
        version=program.version,
        occurred=max(program.window.start, min(now, program.window.end - 1)),
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


def post_adjustment(transaction: Transaction, program: Program, rollups: Mapping[str, Rollups], entry: Entry) -> Entry:
    """Append an adjustment, and write the totals after it; gives it back numbered. Raises InputError as above."""
    check_balance(transaction, program, entry.user, entry.points)
    (numbered,) = transaction.append([entry])
    totals = post_totals(transaction, rollups, [numbered])
    transaction.save_totals(totals.totals)
    transaction.save_tiers(totals.tiers)
    transaction.save_items(totals.items)
    return numbered
