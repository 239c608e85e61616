"""A count: different records that fit, by the day of the first change that fits in each period; deleted ones not."""

from collections.abc import Mapping
from typing import Any

from novigem.model.change import Change
from novigem.model.program import Figure, Rule
from novigem.queries.review_counting import DELETED, NO_FIELDS, NO_OWNER, OUTSIDE, FigureCounter, Given
from novigem.queries.review_states import Track
from novigem.queries.review_types import Case
from novigem.rules.interpret import evaluate
from novigem.rules.operators import as_day


class CountCounter(FigureCounter):
    """Different records that fit, each once in a period."""

    def __init__(self, number: int, figure: Figure, given: Given) -> None:
        super().__init__(number, figure, given)
        asked = {"id": figure.id, "object": figure.object, "trigger": figure.trigger, "points": 0}
        self._rule = Rule.model_validate(asked | ({} if figure.where is None else {"when": figure.where}))
        self._closes = figure.trigger == "create" and "CloseDate" in self.fields.names
        #: How many days before its close date, as it then stood, each record was logged; None where it has none.
        self.ahead: dict[str, int | None] = {}

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Judge a change as a rule would."""
        del before
        stretch = self.stretch_at(at)
        if stretch is None or change.kind not in self._rule.kinds:
            return
        result = evaluate(self._rule, change, self.given.zone, self.given.registry).result
        known = self.cases[stretch.name].get(track.id)
        if result is False or (known is not None and known.verdict == "yes"):
            return
        whose = self.whose(track, at)
        if whose is False:
            if result:
                self.count_beside(stretch, OUTSIDE)
            return
        if result and whose:
            self.add(stretch, Case(track.id, self.day(at), "yes"))
            if self._closes and track.id not in self.ahead:
                closes = as_day(self.value(track, "CloseDate"), self.given.zone)
                self.ahead[track.id] = None if closes is None else (closes - self.day(at)).days
        elif known is None:
            self.add(stretch, Case(track.id, self.day(at), "unknown", NO_FIELDS if result is None else NO_OWNER))

    def finish(self, tracks: Mapping[str, Track]) -> None:
        """Leave out what was deleted or merged away since."""
        for stretch in self.given.stretches:
            cases = self.cases[stretch.name]
            for record in [one for one in cases if tracks[one].gone]:
                if cases.pop(record).verdict == "yes":
                    self.count_beside(stretch, DELETED)
