"""A person's statement: every point they ever got or lost, in the order in which it was written, and why.

People lose faith in a game whose sums move without a word. So whatever moves a balance is a line here, a correction
names what it takes back, and the closing balance is the sum of the lines.
"""

from dataclasses import dataclass

from novigem.ledger.store import EntryFilter, RequestFilter, Store
from novigem.model.entry import Entry
from novigem.model.request import Request, RequestKind


@dataclass(frozen=True)
class StatementLine:
    """One entry and the balance after it.

    `takes_back` is the entry that it takes back, `taken_back` the one that later took it back; `again` is the entry
    with which the same fact was entered again after a correction.
    """

    entry: Entry
    balance: int
    takes_back: Entry | None = None
    taken_back: Entry | None = None
    again: Entry | None = None


@dataclass(frozen=True)
class Statement:
    """What one person got in one program, by the moment of recording, in `[since, until)` (microseconds since 1970).

    `opening` and `closing` are balances in points: `closing` is `opening` and the points of all `lines`. `appeals` are
    the person's, whenever they were opened; `waiting` are points that somebody still has to approve.
    """

    program: str
    user: str
    since: int | None
    until: int | None
    opening: int
    closing: int
    lines: tuple[StatementLine, ...]
    appeals: tuple[Request, ...]
    waiting: tuple[Request, ...]


def statement_of(
    store: Store, program: str, user: str, *, since: int | None = None, until: int | None = None
) -> Statement:
    """Draw up the statement of one person in one program."""
    entries = list(store.entries(EntryFilter(program=program, user=user)))
    by_number = {one.number: one for one in entries}
    taken_back = {one.reverses: one for one in entries if one.reverses is not None}
    by_fact = {(one.key, one.generation): one for one in entries}
    balance = opening = sum(one.points for one in entries if since is not None and one.recorded < since)
    lines = []
    for one in entries:
        if (since is not None and one.recorded < since) or (until is not None and one.recorded >= until):
            continue
        balance += one.points
        undone = by_number.get(one.reverses or 0)
        again = by_fact.get((undone.key, undone.generation + 1)) if undone is not None else None
        lines.append(StatementLine(one, balance, undone, taken_back.get(one.number), again))
    users = store.joins().group(user)
    found = (one for own in users for one in store.requests(RequestFilter(program=program, user=own)))
    requests = sorted(found, key=lambda one: one.number)
    return Statement(
        program=program,
        user=user,
        since=since,
        until=until,
        opening=opening,
        closing=balance,
        lines=tuple(lines),
        appeals=tuple(one for one in requests if one.kind is RequestKind.APPEAL),
        waiting=tuple(one for one in requests if one.kind is RequestKind.ADJUSTMENT and one.is_open),
    )
