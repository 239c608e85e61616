"""What awards count for: the account or other thing that a record names now, and what that has been merged into.

An award of a rule that may be undone is worth what its record is now. So a deal that moves to another account counts
for that one, and when two accounts are merged, what was earned on both is earned on one. A rule that keeps what it paid
keeps what it paid it for.
"""

from collections.abc import Collection, Iterable, Sequence
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
    item = draft.item if plan.counts is not None else None
    return {one for one in (account, item) if one is not None and is_reference(one)}


def references_of(drafts: Iterable[Entry]) -> set[tuple[str, str]]:
    """Give all that drafts name, each with the record: so they are found, whatever follows it."""
    return {
        (name, draft.record)
        for draft in drafts
        if draft.record is not None
        for name in (draft.account, draft.item)
        if name is not None and is_reference(name)
    }


def may_move(plan: RulePlan, drafts: Iterable[Entry], holds: Iterable[Change], changes: Sequence[Seen]) -> bool:
    """Tell whether changes of a record may alter what its awards count for: those it has, and those of some changes."""
    told = [one.change for one in changes]
    accounts = {one.account for one in drafts} | {account_of(one) for one in holds} if plan.follows_account else set()
    if plan.follows_account and _differ(accounts, map(_account_told, told)):
        return True
    goal = plan.counts
    if goal is None:
        return False
    items = {one.item for one in drafts} | {item_of(goal, one.new) for one in holds}
    return _differ(items, (_item_told(goal, one) for one in told))


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
    account, item = draft.account, draft.item
    for seen in history:
        if seen.digest == draft.change:
            account = account_of(seen.change) or account
            item = (None if plan.counts is None else item_of(plan.counts, seen.change.new)) or item
        elif seen.order > draft.order and seen.at <= until:
            account = _account_told(seen.change) or account
            item = (None if plan.counts is None else _item_told(plan.counts, seen.change)) or item
    account = merges.winner(account, until) if plan.follows_account and account is not None else draft.account
    if plan.counts is None:
        item = draft.goal_item
    elif item is not None:
        item = merges.winner(item, until) if is_reference(item) else item
    if (account, item) == (draft.account, draft.item):
        return draft
    value = GOAL_UNIT if plan.counts is not None and item is not None else draft.goal_value
    return replace(draft, key=_key(plan, draft, account), account=account, goal_item=item, goal_value=value)


def _key(plan: RulePlan, draft: Entry, account: str | None) -> str:
    """Give the dedupe key of a draft on another account; only that of a rule that pays once per account names it."""
    if not plan.rule.once_per.startswith("account") or account == draft.account:
        return draft.key
    start = f"{draft.program}/{draft.rule}/"
    return f"{start}{account}{draft.key[len(start) + len(draft.account or '') :]}"


def counts_for_the_same(plan: RulePlan, one: Entry, other: Entry) -> bool:
    """Tell whether two entries count for the same thing, as far as that follows their record."""
    return not plan.follows_references or (
        (not plan.follows_account or one.account == other.account)
        and (plan.counts is None or one.item == other.item)
        and (plan.adds is None or one.goal_value == other.goal_value)
    )
