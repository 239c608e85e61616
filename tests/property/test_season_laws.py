"""The laws once more with undo, limits, shares and handed-over records: what stands is what a plain account of it says.

The reference (`tests/property/reference.py`) knows every change from the start; the engine meets them late, doubled, in
any order and in pages of any size, and has to end in the same place.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.pausing import pause_program, resume_program
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.change import Change
from novigem.model.entry import EntryKind
from novigem.model.pause import pauses_of
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.queries.explain import explain_record
from novigem.queries.holdings import read_holdings
from tests.property.reference import Award, completions, counts_plainly, earned_moments, expected, sums
from tests.property.runs import FRESH, cut, feed, frozen_clock, state, tell_people
from tests.property.strategies_engine import pages_of, scattered
from tests.property.strategies_season import COUNTS_ALONE, seasons
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.test_engine_laws import check_totals, some

# What may end a claim besides the reasons why a rule does not pay.
ENDED = ("undone: ", "the record had changed hands", "what the record counts for is another now")
ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 1), ("sqlite", 3)])


def standing(store: Store) -> list[Award]:
    """Give the awards that stand."""
    rules = (entry for entry in standing_entries(store.entries()) if entry.kind is EntryKind.RULE)
    return sorted(
        Award(one.rule or "", one.record or "", one.user, one.points, one.occurred, one.change or b"", one.challenges)
        for one in rules
    )


def check_sums(store: Store, program: Program, changes: list[Change], joined: Mapping[str, str] | None = None) -> None:
    """Hold what each award adds to a sum to what the plain account of all changes says; whole awards only."""
    wanted = sums(program, changes, joined)
    entries = [one for one in standing_entries(store.entries()) if one.kind is EntryKind.RULE]
    for entry in entries:
        for name, value in entry.values.items():
            key = (entry.rule or "", entry.record or "", entry.user, entry.change or b"", name)
            if key in wanted:
                assert value == wanted[key], (entry, wanted[key])


def check_completions(store: Store, program: Program, awards: list[Award]) -> None:
    """Hold when goals were reached to a plain count of the awards."""
    plain = {one.id for one in program.challenges if counts_plainly(program, one)}
    rows = [one for one in store.progress_rows(RowFilter(program.program)) if one.challenge in plain]
    found = {(one.challenge, one.period, one.user): one.completed for one in rows if one.completed is not None}
    assert found == completions(program, awards)


@ON_EACH_STORE
def test_what_stands_is_what_the_plain_account_of_all_changes_says(kind: str, share: int) -> None:
    @some(share)
    @given(season=seasons(), data=st.data())
    def check(season: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = season
        again = changes + data.draw(st.lists(st.sampled_from(changes), max_size=4), label="again")
        pages = data.draw(st.permutations(again).flatmap(pages_of), label="pages")
        with FRESH[kind]() as store:
            tell_people(store)
            feed(store, program, pages, restart=data.draw(st.booleans(), label="restart"))
            assert standing(store) == sorted(expected(program, changes))
            check_totals(store, program)
            check_sums(store, program, changes)
            check_completions(store, program, expected(program, changes))

    check()


def check_holdings(store: Store, program: Program, awards: list[Award]) -> None:
    """Hold each time that somebody earned a badge that expires to a plain count of the awards."""
    lasts = {badge.id for badge in program.badges if badge.lasts and badge.earned_by and not badge.earned_by.streak}
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in read_holdings(store, {program.program: program}, RowFilter()):
        if one.award.badge in lasts:
            found[one.award.badge, one.award.step, one.award.user].append(one.award.awarded)
            assert len(found[one.award.badge, one.award.step, one.award.user]) == one.award.number
    assert found == earned_moments(program, awards)


@ON_EACH_STORE
def test_a_badge_that_expires_is_held_as_often_as_it_was_earned(kind: str, share: int) -> None:
    @some(share)
    @given(season=seasons(), data=st.data())
    def check(season: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = season
        pages = data.draw(st.permutations(changes).flatmap(pages_of), label="pages")
        with FRESH[kind]() as store:
            tell_people(store)
            feed(store, program, pages, restart=data.draw(st.booleans(), label="restart"))
            check_holdings(store, program, expected(program, changes))

    check()


@ON_EACH_STORE
def test_what_happens_in_a_pause_pays_nothing_whenever_it_comes(kind: str, share: int) -> None:
    @some(share)
    @given(season=seasons(), data=st.data())
    def check(season: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = season
        begins = min(one.at for one in changes) + timedelta(hours=data.draw(st.integers(-30, 60), label="begins"))
        ends = begins + timedelta(hours=data.draw(st.integers(0, 40), label="lasts"))
        late = [one for one in changes if one.at < begins]
        pages = data.draw(st.permutations(changes).flatmap(pages_of), label="pages")
        with FRESH[kind]() as store:
            tell_people(store)
            feed(store, program, [late[::2]])
            pause_program(store, program.program, reason="a retreat", now=begins)
            feed(store, program, [[one for one in changes if one.at < ends][::2]], restart=True)
            resume_program(store, program.program, now=ends)
            feed(store, program, pages, restart=data.draw(st.booleans(), label="restart"))
            paused = program.with_pauses(pauses_of(program.program, store.pauses()))
            assert standing(store) == sorted(expected(paused, changes))
            check_totals(store, paused)
            if kind == "memory":
                assert [one for _name, found in examine(store, {program.program: program}) for one in found] == []

    check()


@some(2)
@given(season=seasons(), data=st.data())
def test_a_season_is_what_it_would_be_without_the_shadow_before_it(
    season: tuple[Program, list[Change]], data: st.DataObject
) -> None:
    """Also where both look at the same days, by the same rules."""
    program, changes = season
    shadow = Program.model_validate(program.model_dump(exclude_unset=True) | {"program": "trial", "status": "shadow"})
    pages = data.draw(st.permutations(changes).flatmap(pages_of), label="pages")
    kept = []
    for programs in ([program], [shadow, program]):
        store = MemoryStore()
        tell_people(store)
        engine = Engine(store, programs, clock=frozen_clock)
        for page in pages:
            engine.apply(page)
        own = [
            [replace(one, number=0, reverses=None) for one in store.entries(EntryFilter(program.program))],
            store.progress_rows(RowFilter(program.program)),
            store.badges(RowFilter(program.program)),
            list(store.rollup_totals(f"{program.program}:")),
        ]
        kept.append(own)
        if len(programs) > 1:
            assert len(list(store.entries(EntryFilter("trial")))) == len(own[0])
    assert kept[0] == kept[1]


@some(3)  # each of them is twelve comparisons, and the law above makes the last one for all
@given(seasons())
def test_after_every_page_the_ledger_tells_what_the_changes_so_far_say(season: tuple[Program, list[Change]]) -> None:
    program, changes = season
    store = MemoryStore()
    tell_people(store)
    for number, change in enumerate(changes[:12], start=1):
        feed(store, program, [[change]])
        assert standing(store) == sorted(expected(program, changes[:number]))


@given(seasons())
def test_an_award_and_what_takes_it_back_come_to_nothing_and_no_fact_pays_more_than_its_rule(
    season: tuple[Program, list[Change]],
) -> None:
    program, changes = season
    store = MemoryStore()
    tell_people(store)
    feed(store, program, [[change] for change in changes])
    entries = {entry.number: entry for entry in store.entries()}
    for entry in entries.values():
        if entry.reverses is not None:
            original = entries[entry.reverses]
            assert (entry.points + original.points, entry.goal_value + original.goal_value) == (0, 0)
            assert (entry.occurred, entry.user, entry.reason is None) == (original.occurred, original.user, False)
    by_scope = {rule.id: rule for rule in program.rules}
    paid: dict[tuple[str, str, str], int] = defaultdict(int)
    for entry in standing_entries(store.entries()):
        rule = by_scope.get(entry.rule or "")
        if rule is not None and rule.once_per == "record":
            periods = " ".join(sorted({entry.period or "", *(one.period or "" for one in entry.also)}))
            paid[rule.id, entry.record or "", periods] += entry.points
    assert all(points <= by_scope[rule].points for (rule, _record, _period), points in paid.items())


@given(seasons(), st.data())
def test_explain_agrees_with_the_engine(season: tuple[Program, list[Change]], data: st.DataObject) -> None:
    program, changes = season
    store = MemoryStore()
    tell_people(store)
    feed(store, program, data.draw(st.permutations(changes).flatmap(pages_of), label="pages"))
    answers = [one for record in {one.id for one in changes} for one in explain_record(store, [program], record)]
    paid = sorted((one.entry, one.points, one.user) for one in answers if one.verdict == "paid")
    entries = [one for one in standing_entries(store.entries()) if one.kind is EntryKind.RULE]
    assert paid == sorted((one.number, one.points, one.user) for one in entries if one.points)
    counted = sorted((one.entry, one.user) for one in answers if one.verdict == "blocked" and one.entry is not None)
    assert counted == sorted((one.number, one.user) for one in entries if not one.points)
    known = [str(reason) for reason in Block]
    for one in answers:
        if one.verdict == "blocked":
            assert one.reason is not None
            told = one.reason.removeprefix("0 points: ")
            assert told.startswith((*ENDED, *known, *COUNTS_ALONE)), one.reason


@given(seasons())
def test_the_changes_played_again_lead_to_the_same_place(season: tuple[Program, list[Change]]) -> None:
    program, changes = season
    store = MemoryStore()
    tell_people(store)
    feed(store, program, [changes])
    replayed = MemoryStore()
    tell_people(replayed)
    Engine(replayed, [program], clock=frozen_clock).apply([change for _logged, change in store.changes()])
    assert state(replayed) == state(store)


def test_the_worlds_hold_what_the_laws_are_about() -> None:
    """Worlds in which nothing is ever undone or limited would prove nothing."""
    seen: dict[str, int] = defaultdict(int)
    for seed in range(200):
        number, *numbers = scattered(seed, 30)
        program = season_program(number, numbers[:3], numbers[3:5])
        store = MemoryStore()
        tell_people(store)
        pages = [[season_change(one, program.timezone) for one in part] for part in cut(numbers[5:], 3)]
        engine = Engine(store, [program], clock=frozen_clock)
        for page in pages:
            report = engine.apply(page)
            for _program, _rule, reason in report.blocked:
                seen[reason] += 1
        for entry in store.entries():
            seen["no points"] += entry.points == 0
            seen[(entry.reason or "paid").split(":")[0]] += 1
            seen["parts"] += entry.key.endswith(("former", "part-1"))
        seen["earned anew"] += any(
            one.award.number > 1 for one in read_holdings(store, {"small": program}, RowFilter())
        )
    for what in (
        "earned anew",
        "undone",
        "no points",
        "counted anew under its limits",
        "parts",
        Block.CAP,
        Block.ACCOUNT_LIMIT,
        Block.COOLDOWN,
    ):
        assert seen[what] >= 3, (what, dict(seen))
