"""Nothing is promised that would not be paid: whoever carries out a chance gets exactly the points that it names.

In the small crowded worlds of undone, limited, shared and handed over awards, drawn by plain seeds, so that the number
of promises that are kept is the same on every run.
"""

from datetime import timedelta

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, change_body, change_digest, from_micros, to_micros
from novigem.model.program import Program
from novigem.queries.chances import Chance, find_chances
from tests.property.runs import cut, frozen_clock, in_order, tell_people
from tests.property.strategies_engine import USERS
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.strategies_season import scattered

WORLDS, CHANGES, RULES, PAGE = 250, 24, 3, 6
LEAST_KEPT = 90


def played(seed: int) -> tuple[Program, MemoryStore, int]:
    """Draw a world, let an engine take it in, and give a moment soon after its last change."""
    number, *numbers = scattered(seed, 1 + RULES + 2 + CHANGES)
    program = season_program(number, numbers[:RULES], numbers[RULES : RULES + 2])
    drawn = [season_change(one, program.timezone) for one in numbers[RULES + 2 :]]
    # Nearly all work is open while somebody asks: records that are gone have no chances.
    kept = in_order(one for one in drawn if one.kind not in ("delete", "merge") or seed % 5 == 0)
    now = to_micros(kept[len(kept) * (1 + seed % 4) // 5].at + timedelta(minutes=30))
    changes = [one for one in kept if to_micros(one.at) <= now]
    store = MemoryStore()
    tell_people(store)
    engine = Engine(store, [program], clock=frozen_clock)
    for page in cut(changes, PAGE):
        engine.apply(page)
    return program, store, now


def carried_out(store: MemoryStore, chance: Chance, user: str, now: int) -> Change:
    """Give the change that a chance on a record asks for."""
    values: dict[str, object] = {}
    for change in in_order(change for _logged, change in store.changes_of([chance.record or ""])):
        values |= change.new
    field = chance.field or ""
    to = "something" if chance.any_value else chance.to
    return Change(
        object=chance.object or "",
        id=chance.record or "",
        kind="update",
        at=from_micros(now),
        new={**values, field: to},
        old={field: values[field]},
        by=user,
    )


def check(seed: int) -> int:
    """Carry out each sure chance of everybody on a record, each in a world of its own; count them."""
    program, store, now = played(seed)
    found = [(user, one) for user in USERS for one in find_chances(store, {program.program: program}, user, now)]
    kept = 0
    for user, chance in found:
        if chance.kind != "record" or chance.points is None:
            continue
        change = carried_out(store, chance, user, now)
        _program, world, _now = played(seed)
        Engine(world, [program], clock=frozen_clock).apply([change])
        digest = change_digest(change_body(change))
        paid = [one for one in world.entries() if (one.change, one.user, one.rule) == (digest, user, chance.rule)]
        assert sum(one.points for one in paid) == chance.points, (seed, chance, paid)
        kept += 1
    return kept


def test_a_chance_that_is_carried_out_pays_what_it_promised() -> None:
    assert sum(map(check, range(WORLDS))) >= LEAST_KEPT
