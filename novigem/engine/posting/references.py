"""What awards count for: the account or other thing that a record names now, and what that has been merged into.

An award of a rule that may be undone is worth what its record is now. So a deal that moves to another account counts
for that one, and when two accounts are merged, what was earned on both is earned on one. A rule that keeps what it paid
keeps what it paid it for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from novigem.challenges.goals import item_of
from novigem.engine.awards import RulePlan, Seen, account_of
from novigem.ledger.store import Transaction
from novigem.model.change import Change, to_micros
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.ids import is_reference
from novigem.model.periods import DAY
from novigem.model.program import ALWAYS_END, Goal


class Merges:
    """What records were merged into, read from the change log when it is asked for."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._of: dict[str, list[Change]] = {}

    def __bool__(self) -> bool:
        """Tell whether any of what was read was merged, or brought back."""
        return any(self._of.values())

    def read(self, records: Iterable[str | None]) -> None:
        """Read the merges of some records, and of what they were merged into, all at once."""
        wanted = {one for one in records if one is not None and is_reference(one)} - self._of.keys()
        while wanted:
            self._of |= {one: [] for one in wanted}
            for change in self._transaction.merges_of(wanted):
                self._of[change.id].append(change)
            into = {change.into for one in wanted for change in self._of[one] if change.into is not None}
            wanted = into - self._of.keys()

    def winner(self, record: str, until: int) -> str:
        """Give what a record is since the merges up to a moment: the last one that it was merged into, or itself."""
        passed = set()
        while record not in passed:
            passed.add(record)
            into = self._into(record, until)
            if into is None:
                break
            record = into
        return record

    def _into(self, record: str, until: int) -> str | None:
        if record not in self._of:
            self.read([record])
        merges = self._of.get(record)
        if not merges:
            return None
        known = [one for one in merges if to_micros(one.at) <= until]
        last = max(known, key=lambda one: (one.at, one.seq), default=None)
        return None if last is None or last.kind != "merge" else last.into

    def involved(self, records: Collection[str]) -> set[str]:
        """Give some records and everything that they may ever have been merged into."""
        self.read(records)
        found: set[str] = set()
        waiting = list(records)
        while waiting:
            record = waiting.pop()
            if record not in found:
                found.add(record)
                waiting += [one.into for one in self._of.get(record, ()) if one.into is not None]
        return found


def names(plan: RulePlan, draft: Entry) -> set[str]:
    """Give what a draft counts for, as far as that follows its record."""
    account = draft.account if plan.follows_account else None
    items = [item for name, item in draft.items.items() if name in dict(plan.counts)] if plan.counts else []
    return {one for one in (account, *items) if one is not None and is_reference(one)}


def references_of(drafts: Iterable[Entry]) -> set[tuple[str, str]]:
    """Give all that drafts name, each with the record: so they are found, whatever follows it."""
    return {
        (name, draft.record)
        for draft in drafts
        if draft.record is not None
        for name in (draft.account, *draft.items.values())
        if name is not None and is_reference(name)
    }


def may_move(plan: RulePlan, drafts: Iterable[Entry], holds: Iterable[Change], changes: Sequence[Seen]) -> bool:
    """Tell whether changes of a record may alter what its awards count for: those it has, and those of some changes."""
    told = [one.change for one in changes]
    accounts = {one.account for one in drafts} | {account_of(one) for one in holds} if plan.follows_account else set()
    if plan.follows_account and _differ(accounts, map(_account_told, told)):
        return True
    named = [one.items for one in drafts] if plan.counts else []
    return any(
        _differ(
            {items[name] for items in named if name in items} | {item_of(goal, one.new) for one in holds},
            (_item_told(goal, one) for one in told),
        )
        for name, goal in plan.counts
    )


def _account_told(change: Change) -> str | None:
    return account_of(change) if _changes(change, "AccountId") else None


def _item_told(goal: Goal, change: Change) -> str | None:
    return item_of(goal, change.new) if _changes(change, goal.distinct or "") else None


def _changes(change: Change, field: str) -> bool:
    """Tell whether a change may have changed a field: what was there before is named, or not known."""
    return change.old is None or field in change.old


def _differ(named: AbstractSet[str | None], told: Iterable[str | None]) -> bool:
    return any(one is not None and not named <= {one} for one in set(told))


def as_it_is_now(plan: RulePlan, draft: Entry, history: Iterable[Seen], merges: Merges) -> Entry:
    """Give a draft as what its record names now: the account it belongs to, and the thing that it counts.

    `history` are the changes of its record in event time; where there are none, it names what it did. A field that is
    cleared leaves what it named last. Once an award cannot be undone any more, it stays with what it counted then.
    """
    days = plan.rule.reversible_days
    until = ALWAYS_END if days is None else draft.occurred + days * DAY
    account, before = draft.account, draft.items if plan.counts else {}
    items = {name: before[name] for name, _goal in plan.counts if name in before}
    for seen in history:
        if seen.digest == draft.change:
            account = account_of(seen.change) or account
            told = {name: item_of(goal, seen.change.new) for name, goal in plan.counts}
        elif seen.order > draft.order and seen.at <= until:
            account = _account_told(seen.change) or account
            told = {name: _item_told(goal, seen.change) for name, goal in plan.counts}
        else:
            continue
        items = {name: told[name] or item for name, item in items.items()}
    account = merges.winner(account, until) if plan.follows_account and account is not None else draft.account
    items = {name: merges.winner(one, until) if one and is_reference(one) else one for name, one in items.items()}
    moved = {name: item for name, item in items.items() if item != before[name]}
    if account == draft.account and not moved:
        return draft
    return replace(_naming(draft, moved), key=_key(plan, draft, account), account=account)


def _naming(draft: Entry, moved: Mapping[str, str | None]) -> Entry:
    """Give a draft that names other things in some of its challenges."""
    if not moved:
        return draft
    return draft.counting(
        [
            one._replace(goal_item=moved[one.challenge], goal_value=GOAL_UNIT) if one.challenge in moved else one
            for one in draft.counted
        ]
    )


def _key(plan: RulePlan, draft: Entry, account: str | None) -> str:
    """Give the dedupe key of a draft on another account; only that of a rule that pays once per account names it."""
    if not plan.rule.once_per.startswith("account") or account == draft.account:
        return draft.key
    start = f"{draft.program}/{draft.rule}/"
    return f"{start}{account}{draft.key[len(start) + len(draft.account or '') :]}"


def counts_for_the_same(plan: RulePlan, one: Entry, other: Entry) -> bool:
    """Tell whether two entries count for the same thing, as far as that follows their record."""
    if plan.follows_account and one.account != other.account:
        return False
    if plan.counts and any(one.items.get(name) != other.items.get(name) for name, _goal in plan.counts):
        return False
    return not plan.adds or all(one.values.get(name) == other.values.get(name) for name, _goal in plan.adds)
