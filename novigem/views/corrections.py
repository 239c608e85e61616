"""Why something was taken back, told like a colleague would: what happened, and what brings it back.

Comes in: the reason that stands in the ledger. Goes out: its parts, for a page to say in its own language.
"""

import re
from typing import NamedTuple

from novigem.engine.posting.causes import Cause, cause_of
from novigem.model.entry import Entry
from novigem.model.program import Rule

_NO_LONGER = re.compile(
    r"^undone: (?P<field>\S+) (?P<operator>\S+) (?P<wanted>.*) holds no longer, it is (?P<found>.*) "
    r"\(\d{4}-\d\d-\d\d \d\d:\d\d UTC\)$",
    re.DOTALL,
)


class Correction(NamedTuple):
    """What a correction says. `kind` is `deleted`, `merged`, `reopened` (a task), `changed`, or a cause of the ledger.

    `field`, `wanted` and `found` are those of `changed`; `comes_back` tells that putting the record right counts again.
    """

    kind: str
    field: str = ""
    wanted: str = ""
    found: str = ""
    comes_back: bool = False


def correction_of(
    reversal: Entry, back: Entry | None, rule: Rule | None, *, is_again: bool, is_open: bool
) -> Correction:
    """Read what a reversal says; `back` is what it takes back, `rule` the rule that paid that.

    `is_again` tells that the same was entered again since, `is_open` that the season runs.
    """
    cause = cause_of(reversal)
    if cause is not Cause.UNDONE:
        return Correction(str(cause))
    reason = reversal.reason or ""
    comes_back = rule is not None and rule.is_reversible and is_open and not is_again
    if "the record was deleted" in reason:
        return Correction("deleted", comes_back=comes_back)
    if "the record was merged" in reason:
        return Correction("merged")
    found = _NO_LONGER.match(reason)
    if found is None:
        return Correction("changed", comes_back=comes_back)
    is_task = back is not None and back.object == "Task" and found["field"] == "Status"
    kind = "reopened" if is_task and found["wanted"] == "Completed" else "changed"
    return Correction(kind, found["field"], found["wanted"], found["found"], comes_back)
