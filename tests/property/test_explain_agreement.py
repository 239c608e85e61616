"""Explain and the engine agree on ten thousand cases: one rule held against one change, in small crowded worlds.

The worlds are drawn by plain seeds, so that the number of cases is the same on every run, and is counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from novigem.engine.engine import Engine
from novigem.engine.posting.causes import MOVED
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, change_body
from novigem.model.entry import EntryKind
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.queries.explain import RuleAnswer, explain_record
from novigem.rules.interpret import evaluate
from tests.property.runs import cut, frozen_clock, tell_people
from tests.property.strategies_season import COUNTS_ALONE, scattered
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program

CASES = 10_000
CHANGES = 42
RULES = 3
PAGE = 7
UNDONE = ("undone: ", "the record had changed hands", MOVED)
WORDS = {True: "held", False: "no", None: "unknown"}


class World(NamedTuple):
    """A world after all of it was taken in. `unknown` is what the engine counted as undecided, by rule."""

    program: Program
    changes: list[Change]
    store: MemoryStore
    unknown: Counter[str]


def played(seed: int) -> World:
    """Draw a world and let one engine take it in, page by page, in an order of its own."""
    number, *numbers = scattered(seed, 1 + RULES + 2 + CHANGES)
    program = season_program(number, numbers[:RULES], numbers[RULES : RULES + 2])
    drawn = [season_change(one, program.timezone) for one in numbers[RULES + 2 :]]
    # A change that came twice is one case.
    changes = list({change_body(one): one for one in drawn}.values())
    store = MemoryStore()
    tell_people(store)
    engine = Engine(store, [program], clock=frozen_clock)
    unknown: Counter[str] = Counter()
    for page in cut(changes, PAGE):
        for (_program, rule), count in engine.apply(page).unknown.items():
            unknown[rule] += count
    return World(program, changes, store, unknown)


def cases(world: World) -> Iterator[tuple[str, str, Change, bool | None]]:
    """Yield each rule on each change of its object, with what the interpreter says of it."""
    for rule in world.program.rules:
        for one in world.changes:
            if one.object == rule.object:
                yield rule.id, one.id, one, evaluate(rule, one, world.program.zone).result


def explained(world: World) -> list[tuple[str, RuleAnswer]]:
    """Explain every record of a world; each answer comes with the record."""
    records = sorted({one.id for one in world.changes})
    return [(record, one) for record in records for one in explain_record(world.store, [world.program], record)]


def check_verdicts(world: World, answers: Sequence[tuple[str, RuleAnswer]]) -> int:
    """See that no and unknown are what the interpreter says, and that what held is paid or blocked; count the cases."""
    asked = [(rule, record, one.at, one.kind, WORDS[result]) for rule, record, one, result in cases(world)]
    told = [
        (one.rule, record, one.at, one.kind, one.verdict if one.verdict in ("no", "unknown") else "held")
        for record, one in answers
    ]
    # Where a rule held, each part of its award is answered for.
    assert set(told) == set(asked)
    counted = [Counter(one for one in some if one[-1] != "held") for some in (told, asked)]
    assert counted[0] == counted[1]
    assert len(told) >= len(asked)
    return len(asked)


def check_entries(world: World, answers: Sequence[tuple[str, RuleAnswer]]) -> None:
    """See that what is paid and what stands are the same, one to one."""
    paid = sorted((one.entry or 0, one.points, one.user, record) for record, one in answers if one.verdict == "paid")
    entries = [one for one in standing_entries(world.store.entries()) if one.kind is EntryKind.RULE]
    assert paid == sorted((one.number, one.points, one.user, one.record) for one in entries if one.points)
    assert not any(one.points for _record, one in answers if one.verdict != "paid")


def check_reasons(answers: Sequence[tuple[str, RuleAnswer]]) -> None:
    """See that everything but what was paid whole has a reason, and what was blocked one of those that are known."""
    known = (*(str(reason) for reason in Block), *COUNTS_ALONE)
    for _record, one in answers:
        if one.verdict == "blocked":
            assert (one.reason or "").removeprefix("0 points: ").startswith((*UNDONE, *known)), one.reason
        elif one.verdict != "paid":
            assert one.reason


def test_explain_agrees_with_the_engine_on_ten_thousand_cases() -> None:
    count = 0
    seen: Counter[str] = Counter()
    seed = 0
    while count < CASES:
        world = played(seed)
        answers = explained(world)
        count += check_verdicts(world, answers)
        check_entries(world, answers)
        check_reasons(answers)
        assert world.unknown == Counter(one.rule for _record, one in answers if one.verdict == "unknown")
        seen.update(one.verdict for _record, one in answers)
        seed += 1
    assert count >= CASES
    assert min(seen[verdict] for verdict in ("paid", "no", "unknown", "blocked")) >= CASES // 50, seen
