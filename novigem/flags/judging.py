"""`judge`: what a person decided about a flag is kept, and nothing else happens."""

from datetime import datetime

from novigem.errors import InputError, UnknownName
from novigem.flags.looking import Look
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.judgement import Judgement, Verdict


def judge(
    store: Store, seen: Look, flag: str, status: Verdict, *, reason: str, author: str | None, now: datetime
) -> Judgement:
    """Keep what somebody decided about a flag of a look; a later decision takes the place of an earlier one.

    `flag` is the id, or the beginning of it. No points are touched. Raises InputError without a reason or an author,
    UnknownName where the look has no such flag or several.
    """
    if not reason.strip() or not (author or "").strip():
        raise InputError(
            "a decision about a flag needs a reason and who decided it",
            hint='add --reason "why" --author "who"; `author` in novigem.toml names you for good',
        )
    found = [one.finding for one in seen.flags if flag and one.finding.id.startswith(flag.lower())]
    if len(found) != 1:
        told = f"there is no flag {flag!r}" if not found else f"{len(found)} flags begin with {flag!r}"
        raise UnknownName(told, hint="write the id as it stands in: novigem flags --all")
    one = found[0]
    judgement = Judgement(
        one.id, one.program, one.detector, one.user, status, reason.strip(), (author or "").strip(), to_micros(now)
    )
    with store.begin() as transaction:
        transaction.save_judgement(judgement)
    return judgement
