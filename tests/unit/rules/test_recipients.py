"""Whose points an award is, from the change alone, and who is nobody."""

import pytest

from novigem.errors import InputError
from novigem.model.change import Change
from novigem.rules.operators import DEFAULT_REGISTRY
from novigem.rules.recipients import recipient
from novigem.testing import make_change, make_id

ANN, BEN, CID = (make_id("005", n) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("mode", "told", "user"),
    [
        ("Record Owner", {"owner": ANN[:15]}, ANN),
        ("Record Owner", {"owner": None, "OwnerId": 5}, None),
        ("Record Owner", {"owner": "Ann Lee"}, None),
        ("Last Modified By", {"by": BEN, "LastModifiedById": CID}, BEN),
        ("Last Modified By", {"LastModifiedById": CID[:15]}, CID),
        ("Last Modified By", {}, None),
        ("Created By", {"CreatedById": CID, "by": BEN}, CID),
        # Whoever makes a record is who created it; whoever edits it is not.
        ("Created By", {"by": BEN}, BEN),
        ("Created By", {"kind": "update", "by": BEN}, None),
        ("Account.OwnerId", {"new": {"Account.OwnerId": CID}}, CID),
        ("CSM__c", {"CSM__c": None}, None),
        ("CSM__c", {}, None),
    ],
)
def test_whose_the_points_are(mode: str, told: dict[str, object], user: str | None) -> None:
    assert recipient(mode, DEFAULT_REGISTRY)(make_change(**told)) == user  # type: ignore[arg-type]


def test_a_mode_of_ones_own_chooses_and_its_failure_names_it() -> None:
    def coach(change: Change) -> str | None:
        return change.new["Coach__c"]

    registry = DEFAULT_REGISTRY.with_recipient("Coach", coach)
    choose = recipient("Coach", registry)
    assert choose(make_change(Coach__c=CID[:15])) == CID
    assert choose(make_change(Coach__c="nobody")) is None
    with pytest.raises(InputError, match="'Coach' failed on Opportunity"):
        choose(make_change())
