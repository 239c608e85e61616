"""Drafting: what the rules make of a page of changes, and whose drafts may be paid. Nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from novigem.engine.awards import RulePlan, Seen, draft_entries
from novigem.engine.posting.claim_records import Hold
from novigem.engine.report import RunReport
from novigem.engine.rulebook import Rulebook
from novigem.ledger.store import LoggedChange, Transaction
from novigem.model.change import Change, change_body, change_identity, to_micros
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.rules.eligibility import Eligibility, with_managers


@dataclass
class Drafted:
    """What the rules make of a page: the log, drafts that pay at once, and what rules that remember have to look at."""

    logged: list[LoggedChange] = field(default_factory=list)
    drafts: list[tuple[RulePlan, Entry]] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    #: Records that were merged into others, or came back, where that may alter what awards count for.
    merged: list[str] = field(default_factory=list)

    @property
    def may_pay(self) -> bool:
        """Tell whether anything of the page may lead to an entry."""
        return bool(self.drafts or self.holds or self.seen or self.merged)


def draft_page(rulebook: Rulebook, changes: Sequence[Change], report: RunReport) -> Drafted:
    """Give what the rules make of some changes; rules that do not pay are counted in the report, with the reason."""
    drafted = Drafted(merged=_merged(changes) if rulebook.follows_references else [])
    logged, drafts = drafted.logged, drafted.drafts
    match, plans, following, remembers = rulebook.match, rulebook.plans, rulebook.following, rulebook.remembers
    for change in changes:
        body = change_body(change)
        digest = change_identity(change, body)
        at = to_micros(change.at)
        logged.append(LoggedChange(at, digest, change.object, change.id, change.kind, body.decode()))
        seen = None
        if change.object in following:
            seen = Seen(at, digest, change)
            drafted.seen.append(seen)
        matched = match(change)
        if matched is None:
            continue
        for index in matched.holds:
            plan = plans[index]
            if remembers[index]:
                drafted.holds.append(Hold(index, seen or Seen(at, digest, change)))
                continue
            for draft in draft_entries(plan, change, digest, at):
                if isinstance(draft, Block):
                    report.blocked[plan.program.program, plan.rule.id, draft] += 1
                else:
                    drafts.append((plan, draft))
        for index in matched.unknown:
            if plans[index].is_in_force(at):
                report.unknown[plans[index].program.program, plans[index].rule.id] += 1
    return drafted


def without_repeats(drafted: Drafted, rulebook: Rulebook, transaction: Transaction) -> Drafted:
    """Leave out what changes that are logged already would earn by rules whose past is settled.

    Such a rule has earned by a version that another took the place of. What was paid stays, so what is read again adds
    and takes nothing; `Rulebook.settled` names these rules. Asked before the page is logged.
    """
    if not rulebook.settled or not drafted.logged:
        return drafted
    records, since = {one.record for one in drafted.logged}, min(one.at for one in drafted.logged)
    known = {(at, digest) for _record, at, digest in transaction.logged_since(records, since)}

    def is_settled(plan: RulePlan, at: int, digest: bytes | None) -> bool:
        return (at, digest) in known and (plan.program.program, plan.rule.id) in rulebook.settled

    drafts = [one for one in drafted.drafts if not is_settled(one[0], one[1].occurred, one[1].change)]
    plans = rulebook.plans
    holds = [one for one in drafted.holds if not is_settled(plans[one.position], one.seen.at, one.seen.digest)]
    return replace(drafted, drafts=drafts, holds=holds)


def _merged(changes: Sequence[Change]) -> list[str]:
    return [one.id for one in changes if one.kind in ("merge", "undelete")]


def eligible(
    transaction: Transaction, drafts: Sequence[tuple[RulePlan, Entry]], report: RunReport
) -> Iterator[tuple[RulePlan, Entry]]:
    """Yield the drafts whose user may earn; all others are counted in the report, with the reason."""
    people = with_managers(transaction.people, {draft.user for _plan, draft in drafts})
    known: dict[tuple[Eligibility, str], Block | None] = {}
    for plan, draft in drafts:
        asked = (plan.participants, draft.user)
        if asked not in known:
            known[asked] = plan.participants.block_among(draft.user, people)
        block = known[asked]
        if block is None:
            yield plan, draft
        else:
            report.blocked[draft.program, draft.rule or "", block] += 1
