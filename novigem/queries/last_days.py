"""The last days of a board: what each day came to is kept, so that no entry is read for a window that moves on."""

from collections import defaultdict
from collections.abc import Iterator

from novigem.leaderboards.rollups import rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store
from novigem.model.clocks import with_own_days
from novigem.model.entry import Total
from novigem.model.periods import Cadence
from novigem.queries.board_types import BoardChoice


def last_totals(store: Store, chosen: BoardChoice, challenge: str | None) -> Iterator[Total]:
    """Yield what everybody earned in the days of a window.

    Where it matters when the points were reached, whoever was corrected by hand is added up from the entries: what one
    day takes, another may have given.
    """
    program, span = chosen.program, chosen.span
    own = with_own_days(program, span)
    corrected = store.last_adjusted([program.program]) if "first_to_reach" in chosen.board.ties else {}
    by_user: dict[str, list[Total]] = defaultdict(list)
    at, end = max(span.start, program.window.start), min(span.end, program.window.end)
    while at < end:
        day = program.calendar.period(Cadence.DAILY, at)
        for total in store.rollup_totals(rollup_name(program.program, challenge, day.label)):
            by_user[total.user].append(total)
        at = day.end
    for user, every in by_user.items():
        parts = [one for one in every if one.entries]
        if (program.program, user) in corrected:
            which = EntryFilter(program.program, user, challenge=challenge, since=own.start, until=own.end)
            yield sum_entries("", user, standing_entries(store.entries(which)), counts_accounts=False)
        else:
            yield Total(
                book="",
                user=user,
                points=sum(one.points for one in parts),
                entries=sum(one.entries for one in parts),
                reached=max((one.reached for one in parts), default=0),
            )
