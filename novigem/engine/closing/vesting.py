"""Awards that are held: they count on a board at once, and for a prize only some days after they happened."""

from collections import Counter
from collections.abc import Iterator

from novigem.engine.closing.windows import Window, board_named
from novigem.errors import InputError
from novigem.leaderboards.rollups import board_challenge, standing_entries
from novigem.ledger.store import EntryFilter, Store
from novigem.model.clocks import with_own_days
from novigem.model.entry import Entry
from novigem.model.periods import DAY, Period
from novigem.model.program import Program


def held_entries(program: Program, challenge: str | None, span: Period, store: Store, now: int) -> Iterator[Entry]:
    """Yield the standing awards of a stretch that have not vested; `now` is in microseconds since 1970 UTC.

    Only entries of rules that hold their awards are read, and only those younger than the longest hold.
    """
    holds = {rule.id: rule.vest_after * DAY for rule in program.rules if rule.vest_after is not None}
    if not holds:
        return
    wide = with_own_days(program, span)
    since = max(wide.start, now - max(holds.values()))
    which = EntryFilter(
        program=program.program, challenge=challenge, since=since, until=wide.end, rules=frozenset(holds)
    )
    for entry in standing_entries(store.entries(which)):
        hold = holds.get(entry.rule or "")
        if hold is not None and entry.occurred + hold > now:
            yield entry


def pending_points(program: Program, challenge: str | None, span: Period, store: Store, now: int) -> Counter[str]:
    """Give the points of each user that have not vested."""
    pending: Counter[str] = Counter()
    for entry in held_entries(program, challenge, span, store, now):
        pending[entry.user] += entry.points
    return pending


def refuse_held(program: Program, window: Window, store: Store, now: int) -> None:
    """Raise InputError while an award that counts in a window is held."""
    challenge = window.id if window.kind == "challenge" else board_challenge(board_named(program, window.id))
    span = Period(window.period, window.start, window.end)
    held = len(list(held_entries(program, challenge, span, store, now)))
    if held:
        raise InputError(
            f"{held} of its awards are held and may still be taken back",
            hint="close it when they have vested; `vest_after` in the program says how long that takes",
        )
