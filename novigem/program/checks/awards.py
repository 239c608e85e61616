"""What becomes of an award: shares that add up, holds that can be kept."""

from collections.abc import Sequence

from novigem.model.program import ReverseWithin
from novigem.program.draft import Draft, Placed
from novigem.program.words import counted

_WHOLE = 100
# So many days after a field was filled, clearing it is likely to put a mistake right.
_A_MISTAKE = 2


def shares_add_up(draft: Draft) -> None:
    """Refuse shares of more than the whole, and shares beside `award_points_to`."""
    for part in draft.rules:
        rule = part.value
        if not rule.share or not part.knows("share"):
            continue
        total = sum(one.percent for one in rule.share)
        if total > _WHOLE:
            message = f"the shares come to {total} % of the points"
            draft.note(part.at("share"), "NV313", message, "let them add up to 100, or to less")
        if "award_points_to" in rule.model_fields_set and part.knows("award_points_to"):
            message = "`share` already says whose the points are"
            draft.note_key(part.at("award_points_to"), "NV314", message, "keep one of the two")


def holds_can_be_kept(draft: Draft) -> None:
    """Refuse a hold on an award that nothing can take back, or not for as long as it is held."""
    for part in draft.rules:
        held = part.value.vest_after
        if held is None or not part.knows("vest_after", "on_undo"):
            continue
        undo = part.value.on_undo
        if undo == "keep":
            message = "an award that is held must be one that can be taken back"
            draft.note(part.at("vest_after"), "NV315", message, "add `on_undo: reverse`")
        elif isinstance(undo, ReverseWithin) and undo.reverse_within_days < held:
            message = f"held for {counted(held, 'day')}, but taken back within {undo.reverse_within_days} only"
            hint = f"write `on_undo: {{reverse_within_days: {held}}}`, or hold it for fewer days"
            draft.note(part.at("vest_after"), "NV315", message, hint)


def filled_fields_may_be_cleared(draft: Draft) -> None:
    """Advise to let an award stand that is for filling a field: whoever clears it later may have done the work."""
    for part in draft.active_rules():
        if part.value.on_undo != "reverse" or not part.knows("on_undo", "trigger", "when"):
            continue
        fields = [field for group in part.groups for field in _fields_to_fill(group)]
        if fields:
            message = f"whoever clears `{fields[0]}` later, as when the work is done, loses these points"
            held = part.value.vest_after
            within = f"`on_undo: {{reverse_within_days: {held or _A_MISTAKE}}}`"
            hint = f"write {within}" if held else f"write {within} to take back mistakes only, or `on_undo: keep`"
            draft.note(part.at("on_undo"), "NV911", message, hint)


def _fields_to_fill(group: Sequence[Placed]) -> list[str]:
    """Give the fields whose filling is what a condition group waits for."""
    changed = {one.field for one in group if one.operator == "isChanged" and one.value is True}
    return [one.field for one in group if one.field in changed and _asks_for_a_value(one)]


def _asks_for_a_value(condition: Placed) -> bool:
    return condition.value is (condition.operator == "isNotBlank") and condition.operator in {"isNotBlank", "isBlank"}
