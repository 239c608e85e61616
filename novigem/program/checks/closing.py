"""When standings become final: never before everything in them has vested."""

from novigem.model.program import ClosingTerms, Rule
from novigem.program.document import Path
from novigem.program.draft import Draft, Part
from novigem.program.words import counted


def grace_lasts_until_awards_vest(draft: Draft) -> None:
    """Refuse a grace period that ends while awards of the last day are still held."""
    rules = [part for part in draft.active_rules() if part.knows("vest_after", "id")]
    head = draft.head.value.closing
    if draft.head.knows("closing"):
        _long_enough(draft, ("closing",), head, rules)
    for part in draft.challenges:
        if part.value.closing is not None and part.knows("closing", "id"):
            linked = [rule for rule in draft.links.get(part.value.id, ()) if rule in rules]
            _long_enough(draft, part.at("closing"), part.value.closing, linked)


def _long_enough(draft: Draft, path: Path, terms: ClosingTerms, rules: list[Part[Rule]]) -> None:
    holding = max(rules, key=lambda one: one.value.vest_after or 0, default=None)
    longest = 0 if holding is None else holding.value.vest_after or 0
    if holding is None or terms.grace_days >= longest:
        return
    grace, hold = counted(terms.grace_days, "day"), counted(longest, "day")
    message = f'awards of the rule "{holding.value.id}" are held for {hold}, but the grace period is {grace}'
    hint = f"write `closing: {{grace_days: {longest}}}`, or hold awards for fewer days"
    # Who wrote nothing of closing looks at the rule.
    place = (*path, "grace_days") if path in draft.document.values else holding.at("vest_after")
    draft.note(place, "NV330", message, hint)
