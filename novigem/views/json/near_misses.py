"""The JSON answer of near misses, as `novigem explain --near-misses --json` gives it."""

from collections.abc import Sequence
from typing import Any

from novigem.queries.near_misses import NearMiss, RuleMisses
from novigem.views.json.answers import condition_answer


def near_misses_answer(found: Sequence[RuleMisses]) -> list[dict[str, Any]]:
    """Give the near misses of each rule."""
    return [
        {
            "program": one.program,
            "rule": one.rule,
            "object": one.object,
            "held": one.held,
            "missed": one.missed,
            "misses": [_miss(miss) for miss in one.misses],
            "others": one.others,
            "challenges": list(one.challenges),
        }
        | ({"made_so": [_miss(miss) for miss in one.made_so]} if one.made_so else {})
        for one in found
    ]


def _miss(miss: NearMiss) -> dict[str, Any]:
    return condition_answer(miss.condition) | {"count": miss.count, "records": list(miss.records)}
