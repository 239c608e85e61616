"""The same record completed and opened again, over and over."""

from collections.abc import Iterator
from typing import Any

from novigem.flags.detector import Background, Finding, finding
from novigem.flags.occasions import Occasion
from novigem.model.change import Change

_WEIGHT = 40
# What Salesforce ships: a task's Status, a case's, the stages of an opportunity.
_DONE = ("Completed", "Closed")


class ToggleWatch:
    """`toggle-loop`: state is the records that were opened again at least once."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._reopened: dict[str, tuple[int, int, int]] = {}

    def see(self, occasion: Occasion) -> None:
        """Learn what happened next; what software opens again is no person's doing."""
        change = occasion.change
        if change is None or not was_reopened(change) or self._background.is_software(change.by):
            return
        times, first, _last = self._reopened.get(change.id, (0, occasion.at, 0))
        self._reopened[change.id] = (times + 1, first, occasion.at)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each record that earned something."""
        least = self._background.settings.toggle_times
        for record, (times, first, last) in self._reopened.items():
            awards = self._background.entries_of(record) if times >= least else ()
            if not awards:
                continue
            span = f"from {self._background.moment(first)} to {self._background.moment(last)}"
            evidence = f"one record was completed and opened again {times} times, {span}"
            told = finding(
                "toggle-loop",
                self._background,
                awards[-1].user,
                awards,
                evidence=evidence,
                ratio=times / least,
                weight=_WEIGHT,
                what=[record],
            )
            yield told._replace(moments=(first, last))


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
