"""Points by hand: keys that must agree."""

from novigem.program.draft import Draft


def limits_have_a_second_approver(draft: Draft) -> None:
    """Refuse a limit above which a second person is needed where no second person is asked for."""
    adjustments = draft.head.value.adjustments
    if adjustments.above and not adjustments.second_approver and draft.head.knows("adjustments"):
        message = f"`above: {adjustments.above}` does nothing: no second person is asked for"
        draft.note(("adjustments", "above"), "NV335", message, "add `second_approver: true` beside it")
