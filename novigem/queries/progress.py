"""Reading progress: how far everybody is, what completing a challenge gave, and how the challenge stands."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from novigem.challenges.completion import bonus_key
from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.rates import few_words
from novigem.engine.closing.states import state_of
from novigem.engine.closing.waiting import feed_coverage
from novigem.engine.closing.windows import challenge_window, zones_in
from novigem.ledger.store import RowFilter, Store
from novigem.model.closing import Closing, ClosingKey, FinalProgress, read_standings
from novigem.model.entry import Progress
from novigem.model.periods import Cadence, Period
from novigem.model.program import Program


@dataclass(frozen=True)
class ProgressAnswer:
    """One user's progress, with the bonus points and the badge that completing it gave (None: nothing).

    `status` is how the challenge stands: `running`, `provisional`, `final`, or `live` where the row is what the ledger
    says today of what is closed; None where the program no longer has the challenge. `standing` says in words how
    somebody stands of what should be few; None for every other goal.
    """

    progress: Progress
    bonus: int | None = None
    badge: str | None = None
    status: str | None = None
    standing: str | None = None


def read_progress(
    store: Store, programs: Mapping[str, Program], now: int, which: RowFilter, *, live: bool
) -> list[ProgressAnswer]:
    """Give progress rows by program, challenge, period and user; what is closed as it was closed, unless `live`."""
    closed = {one.key: one for one in store.closings(which.program) if one.kind == "challenge"}
    final = [] if live else [row for one in closed.values() for row in _final_rows(one, which)]
    rows = [one for one in listed_rows(store, which) if live or _key(one) not in closed]
    keys = {row.key: bonus_key(row) for row in rows if row.completed is not None}
    held = store.latest(list(keys.values())) if keys else {}
    bonuses = {key: one.entry.points for key, one in held.items() if not one.is_reversed}
    badges = {(one.program, one.challenge, one.period, one.user): one.badge for one in store.badges(which)}
    states = dict(_states(rows, store, programs, now)) | dict.fromkeys(closed, "live")
    answers = [
        ProgressAnswer(row, bonuses.get(keys.get(row.key, "")), badges.get(row.key), states.get(_key(row)))
        for row in rows
    ]
    few = {(name, one.id) for name, program in programs.items() for one in program.challenges if one.goal.fewest}
    told = [_with_standing(one, few) for one in (*answers, *final)] if few else [*answers, *final]
    return sorted(told, key=lambda one: one.progress.key)


def _with_standing(answer: ProgressAnswer, few: Collection[tuple[str, str]]) -> ProgressAnswer:
    row = answer.progress
    return replace(answer, standing=few_words(row)) if (row.program, row.challenge) in few else answer


def listed_rows(store: Store, which: RowFilter) -> list[Progress]:
    """Give progress rows; steps of badges and goals of teams only where somebody asks for one by its name."""
    return [one for one in store.progress_rows(which) if which.challenge is not None or one.subject.kind == "challenge"]


def _key(row: Progress) -> ClosingKey:
    return ClosingKey(row.program, "challenge", row.challenge, row.period)


def closed_progress(closing: Closing) -> Iterator[tuple[FinalProgress, Progress]]:
    """Yield what a closed challenge sealed of each user, and the same as the progress row that it was."""
    for row in read_standings(closing).progress:
        key = (closing.program, closing.id, closing.period, row.user)
        reached = None if row.reached is msgspec.UNSET else row.reached
        yield row, Progress(*key, row.value, row.target, row.entries, row.first, row.last, row.completed, reached)


def _final_rows(closing: Closing, which: RowFilter) -> Iterator[ProgressAnswer]:
    if which.challenge not in (None, closing.id):
        return
    for row, progress in closed_progress(closing):
        if which.user in (None, row.user):
            yield ProgressAnswer(progress, row.bonus, row.badge, "final")


def _period(program: Program, cadence: Cadence, label: str) -> Period:
    return program.calendar.period_of_day(cadence, program.calendar.days_of(label)[0])


def _states(
    rows: Sequence[Progress], store: Store, programs: Mapping[str, Program], now: int
) -> Iterator[tuple[ClosingKey, str]]:
    """Yield how the challenges of some rows stand, each period once."""
    names = {row.program for row in rows} & programs.keys()
    reached = {name: feed_coverage(programs[name], store) for name in names}
    zones = {name: zones_in(programs[name], store) for name in names}
    for key in {_key(row): row for row in rows}:
        program = programs.get(key.program)
        challenge = program and next((one for one in program.challenges if one.id == key.id), None)
        if program and challenge:
            cadence = cadence_of(challenge)
            span = None if cadence is None else _period(program, cadence, key.period)
            window = challenge_window(program, challenge, span, zones[key.program])
            yield key, state_of(window, None, reached[key.program], now).status
