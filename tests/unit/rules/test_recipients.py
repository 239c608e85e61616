"""Whose points an award is, from the change alone, and who is nobody."""

import pytest

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
