"""`judge`: what a person decided about flags is kept, and nothing else happens."""

from collections.abc import Sequence
from datetime import datetime

from novigem.audit.flags.detector import Finding
from novigem.audit.flags.scan import Look
from novigem.engine.bookkeeping import keep_judgements
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.judgement import Judgement, Verdict


def judge(
    store: Store,
    seen: Look,
    flags: Sequence[str],
    status: Verdict,
    *,
    reason: str,
    author: str | None,
    now: datetime,
) -> list[Judgement]:
    """Keep what somebody decided about flags of a look; a later decision takes the place of an earlier one.

    `flags` are ids, or beginnings of them: all of them are kept, or none. No points are touched. Raises InputError
    without a reason or an author, UnknownName where the look has no such flag or several.
    """
    if not reason.strip() or not (author or "").strip():
        raise InputError(
            "a decision about a flag needs a reason and who decided it",
            hint="give both",
            code="decision-unexplained",
        )
    who = (author or "").strip()
    judgements = [
        Judgement(one.id, one.program, one.detector, one.user, status, reason.strip(), who, to_micros(now), one.about)
        for one in (_named(seen, flag) for flag in flags)
    ]
    keep_judgements(store, judgements)
    return judgements


def _named(seen: Look, flag: str) -> Finding:
    found = [one.finding for one in seen.flags if flag and one.finding.id.startswith(flag.lower())]
    if len(found) == 1:
        return found[0]
    told = f"{len(found)} flags begin with {flag!r}" if found else f"there is no flag {flag!r}"
    raise UnknownName(told, hint="give the id of one flag", code="no-such-flag", flag=flag, found=len(found))
