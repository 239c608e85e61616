"""An entry with its conditions, and a record with every verdict on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from starlette.responses import Response

from novigem.access.table import What
from novigem.ledger.store import EntryFilter
from novigem.model.change import to_micros
from novigem.model.entry import Entry, EntryKind
from novigem.model.ids import id18, known_id
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.model.request import Request
from novigem.queries.explain import RuleAnswer, explain_record
from novigem.queries.statement import statement_of
from novigem.views.rule_words import thing_words
from novigem.views.terminal.explain import value_text
from novigem.views.web.pages.entry_views import ConditionView, EntryView, condition_views, entry_view
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import Visit
from novigem.views.web.whose import is_own, may_see, not_here, whose

_LARGEST = 2**62


@dataclass(frozen=True)
class EntryPage:
    """An entry with what it was for, what undid it, and how an appeal about it stands."""

    person: Person
    program: Program
    view: EntryView
    conditions: Sequence[ConditionView]
    appeals: Sequence[Request]
    is_own: bool


def entry(visit: Visit) -> Response:
    """Show one entry."""
    found = _entry(visit, visit.request.path_params["number"])
    if found is None or found.program not in visit.programs:
        raise not_here()
    person = whose(visit, What.ENTRIES, found.user)
    program = visit.programs[found.program]
    drawn = statement_of(visit.store, program.program, found.user)
    line = next(one for one in drawn.lines if one.entry.number == found.number)
    answer = _answer(visit, program, line.takes_back or found)
    shown = EntryPage(
        person=person,
        program=program,
        view=entry_view(line, program, visit.queries.now),
        conditions=[] if answer is None else condition_views(answer.conditions),
        appeals=[one for one in drawn.appeals if one.entry == found.number],
        is_own=is_own(visit, person.id),
    )
    return render(visit, "entry.html", shown=shown)


def _entry(visit: Visit, number: int) -> Entry | None:
    if not 0 < number < _LARGEST:
        return None
    return next(visit.store.entries(EntryFilter(after=number - 1, up_to=number)), None)


def _answer(visit: Visit, program: Program, about: Entry) -> RuleAnswer | None:
    """Give the verdict that made an entry: that of its rule on its change."""
    if about.kind is not EntryKind.RULE or about.record is None:
        return None
    answers = explain_record(visit.store, [program], about.record, rule=about.rule)
    return next((one for one in answers if to_micros(one.at) == about.occurred and one.conditions), None)


@dataclass(frozen=True)
class AnswerView:
    """A rule's verdict on a change. `user` is empty where others may not know whose award it is.

    `made_so` is a field, and the value that a record was created with, where the rule waits for an edit to lead there.
    """

    answer: RuleAnswer
    mark: str
    rule: str
    program: Program
    challenges: tuple[str, ...]
    user: str
    conditions: Sequence[ConditionView]
    trigger: str
    looks: bool
    made_so: tuple[str, str] | None
    entry: int | None


@dataclass(frozen=True)
class ChangeView:
    """One change of a record, and what each rule made of it."""

    at: datetime
    kind: str
    by: str
    as_first_seen: bool
    answers: Sequence[AnswerView]


def record(visit: Visit) -> Response:
    """Show every rule's verdict on each change of a record, as far as it is about somebody who may be seen."""
    try:
        wanted = id18(visit.request.path_params["record"])
    except ValueError:
        raise not_here() from None
    answers = explain_record(visit.store, list(visit.programs.values()), wanted)
    seen = _Seen(visit, wanted)
    shown = [one for one in answers if seen.may_see(one)]
    if not shown:
        raise not_here()
    changes = [
        seen.change(at, kind, by, list(block))
        for (at, kind, by), block in groupby(shown, key=lambda one: (one.at, one.kind, one.by))
    ]
    name = thing_words(shown[0].object)
    return render(visit, "record.html", record=wanted, object=name, label=seen.label, changes=list(reversed(changes)))


class _Seen:
    """What of a record may be seen by whoever looks: where they are the recipient or owned it, or may see those."""

    def __init__(self, visit: Visit, record: str) -> None:
        self._visit = visit
        self._owners: dict[tuple[int, str], str | None] = {}
        self._known: dict[str, bool] = {}
        self._names: dict[str, str] = {}
        #: What its own values call it.
        self.label = ""
        owner: str | None = None
        for logged, change in visit.store.changes_of([record]):
            owner = known_id(change.new.get("OwnerId")) or owner
            self._owners[logged.at, change.kind] = owner
            self.label = next((str(change.new[n]) for n in ("Name", "Subject") if change.new.get(n)), self.label)

    def may_see(self, answer: RuleAnswer) -> bool:
        """Tell whether a verdict may be seen."""
        owner = self._owners.get((to_micros(answer.at), answer.kind))
        return any(one is not None and self._may(one) for one in (answer.user, owner))

    def _may(self, user: str) -> bool:
        if user not in self._known:
            self._known[user] = may_see(self._visit, What.ENTRIES, user)
        return self._known[user]

    def change(self, at: datetime, kind: str, by: str | None, block: Sequence[RuleAnswer]) -> ChangeView:
        """Give a change with its verdicts."""
        by_name = self._name(by) if by is not None and self._may(by) else ""
        answers = sorted((self._answer(one) for one in block), key=_standing)
        return ChangeView(at, kind, by_name, block[0].as_first_seen, answers)

    def _answer(self, one: RuleAnswer) -> AnswerView:
        program = self._visit.programs[one.program]
        rule = next((rule for rule in program.rules if rule.id == one.rule), None)
        is_known = one.user is not None and self._may(one.user)
        return AnswerView(
            answer=one,
            mark={"paid": "yes", "no": "no", "unknown": "unknown", "blocked": "blocked"}[one.verdict],
            rule=one.rule if rule is None else rule.label,
            program=program,
            challenges=tuple(_names(program, one.challenges)),
            user=self._name(one.user) if one.user is not None and is_known else "",
            conditions=condition_views(one.conditions),
            trigger="" if rule is None else rule.trigger,
            looks=rule is None or one.kind in rule.kinds,
            made_so=None if one.made_so is None else (one.made_so.field, value_text(one.made_so.new)),
            entry=one.entry if is_known else None,
        )

    def _name(self, user: str) -> str:
        if user not in self._names:
            self._names[user] = self._visit.queries.people([user])[user].label
        return self._names[user]


def _standing(one: AnswerView) -> int:
    """Give the place of a verdict below its change: what paid, what nearly did, what never looks at such changes."""
    return ("paid", "blocked", "unknown", "no").index(one.answer.verdict) if one.looks else 4


def _names(program: Program, challenges: Sequence[str]) -> Iterator[str]:
    names = {one.id: one.name for one in program.challenges}
    return (names.get(one, one) for one in challenges)


ROUTES = [page("/entries/{number:int}", entry, What.ENTRIES), page("/records/{record}", record, What.ENTRIES)]
