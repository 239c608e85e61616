"""The same record completed and opened again, over and over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.detector import Background, Finding, finding
from novigem.audit.flags.matches import RuleMatch
from novigem.model.change import Change

_WEIGHT = 40
# What Salesforce ships: a task's Status, a case's, the stages of an opportunity.
_DONE = ("Completed", "Closed")


@dataclass
class _Reopened:
    """A record that was opened again: how often, when first and last, and what it was last done for since."""

    first: int
    times: int = 0
    last: int = 0
    rule_match: RuleMatch | None = None


class ToggleWatch:
    """`toggle-loop`: state is the records that were opened again at least once."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._records: dict[str, _Reopened] = {}

    def see(self, activity: Activity) -> None:
        """Learn what happened next; what software opens again is no person's doing."""
        change = activity.change
        if change is None:
            return
        if was_reopened(change) and not self._background.is_software(change.by):
            kept = self._records.setdefault(change.id, _Reopened(activity.at))
            kept.times += 1
            kept.last = activity.at
        elif activity.rule_matches and change.id in self._records:
            self._records[change.id].rule_match = activity.rule_matches[-1]

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each record that earned something, or would have, had no limit and no undoing left it."""
        least = self._background.settings.toggle_times
        for record, kept in self._records.items():
            rule_matches = self._rule_matches(record, kept) if kept.times >= least else []
            if rule_matches:
                yield self._told(record, kept, rule_matches)

    def _rule_matches(self, record: str, kept: _Reopened) -> list[RuleMatch]:
        awards = [RuleMatch(award) for award in self._background.entries_of(record)]
        return awards or ([] if kept.rule_match is None else [kept.rule_match])

    def _told(self, record: str, kept: _Reopened, rule_matches: list[RuleMatch]) -> Finding:
        span = f"from {self._background.moment(kept.first)} to {self._background.moment(kept.last)}"
        nothing = "" if rule_matches[-1].is_paid else "; nothing of it stands"
        told = finding(
            "toggle-loop",
            self._background,
            rule_matches[-1].entry.user,
            rule_matches,
            evidence=f"one record was completed and opened again {kept.times} times, {span}{nothing}",
            ratio=kept.times / self._background.settings.toggle_times,
            weight=_WEIGHT,
            what=[record],
        )
        return told._replace(moments=(kept.first, kept.last))


def was_reopened(change: Change) -> bool:
    """Tell whether an edit opened a record that was done."""
    if change.kind != "update" or not change.old:
        return False
    return any(
        field in change.old and _is_done(field, change.old[field]) and not _is_done(field, change.new.get(field))
        for field in ("Status", "StageName", "IsClosed")
    )


def _is_done(field: str, value: Any) -> bool:
    return value is True if field == "IsClosed" else isinstance(value, str) and value.startswith(_DONE)
