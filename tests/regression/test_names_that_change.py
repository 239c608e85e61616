"""Who somebody is, and what a fact is, must not hang on a text that people edit."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.binding import name_findings
from novigem.engine.engine import Engine
from novigem.errors import InputError, ProgramError
from novigem.feed.source import Page
from novigem.ledger.store import RowFilter
from novigem.model.binding import Bindings
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program, preview
from novigem.queries.queries import Queries
from novigem.testing import MemoryStore, make_change, make_id, make_person, make_program

NOW = datetime(2026, 1, 20, tzinfo=UTC)
ANN, BEN = make_id("005", 1), make_id("005", 2)
ROLE, OTHER_ROLE = make_id("00E", 1), make_id("00E", 2)
GOAL = {"count": "rules", "target": 2}
CHALLENGE = {"id": "signals", "name": "Signals", "type": "timebound", "goal": GOAL, "completion": {"bonus": 20}}


class Season:
    """A season in a memory store, told in pages."""

    def __init__(self, rule: dict[str, Any] | None = None, **keys: Any) -> None:
        self.store = MemoryStore()
        self.program = program_of(rule, **keys)
        self.record = 0

    def engine(self) -> Engine:
        return Engine(self.store, [self.program], clock=lambda: NOW)

    def tell(self, *people: Person) -> None:
        self.engine().apply(Page((), people))

    def win(self, *owners: int, day: str = "12") -> None:
        for owner in owners:
            self.record += 1
            self.engine().apply([make_change(record=self.record, owner=owner, at=f"2026-01-{day}T10:00:00Z")])

    def points(self) -> dict[str, int]:
        rows = Queries(self.store, now=NOW).board(live=True).rows
        return {row.user: row.points for row in rows}

    def everything(self) -> tuple[Any, ...]:
        rows = self.store.progress_rows(RowFilter(program=self.program.program))
        return self.points(), rows, self.store.badges(RowFilter()), list(self.store.entries())

    def is_sound(self) -> bool:
        programs = Queries(self.store, now=NOW).programs()
        return not any(found for _name, found in examine(self.store, programs))

    def told(self) -> list[str]:
        bindings = Bindings(self.program.program, self.store.bindings())
        return [one.told for one in name_findings(self.program, bindings, self.store.everybody())]

    def apply(self, program: Program, **wish: Any) -> None:
        apply_program(self.store, Wish(program, **wish), now=NOW)
        self.program = program


def program_of(rule: dict[str, Any] | None = None, **keys: Any) -> Program:
    return make_program({"points": 5} | (rule or {}), starts=date(2026, 1, 5), weeks=6, **keys)


def ann(email: str = "ann@acme.example", **told: Any) -> Person:
    return make_person(1, name="Ann Lee", email=email, **told)


NAMED_BY_ADDRESS: dict[str, dict[str, Any]] = {
    "participant": {"participants": {"users": ["Ann@acme.example"]}},
    "excluded": {"participants": {"exclude": ["ann@acme.example"]}},
    "manager": {"participants": {"manager": ["boss@acme.example"]}},
    "target": {
        "people": [{"user": "ann@acme.example", "targets": {"signals": 1}}],
        "challenges": [CHALLENGE],
    },
    "team": {
        "teams": [{"id": "red", "name": "Red", "members": ["ann@acme.example"]}],
        "challenges": [CHALLENGE | {"team_goal": {"target": 2, "credit": "each", "bonus": 7}}],
    },
    "team of a manager": {
        "teams": [{"id": "red", "name": "Red", "manager": "boss@acme.example"}],
        "challenges": [CHALLENGE | {"team_goal": {"target": 2, "credit": "each", "bonus": 7}}],
    },
    "board of a manager": {"leaderboards": [{"id": "led", "name": "Led", "scope": {"manager": "boss@acme.example"}}]},
}


@pytest.mark.parametrize("place", NAMED_BY_ADDRESS)
def test_an_address_that_changes_moves_nothing_wherever_it_names_somebody(place: str) -> None:
    keys = NAMED_BY_ADDRESS[place]
    season = Season({"challenge": "signals"} if "challenges" in keys else {}, **keys)
    boss = make_person(9, name="Boss", email="boss@acme.example")
    season.tell(ann(manager=9), make_person(2, name="Ben"), boss)
    season.win(1, 1, 2)
    before = season.everything()
    season.tell(ann("ann.new@acme.example", manager=9), make_person(9, name="Boss", email="boss.new@acme.example"))
    assert season.everything() == before
    season.win(1)
    now = season.points()
    # Whoever earned goes on earning, and whoever did not still does not.
    assert (ANN in now) is (ANN in before[0])
    assert place == "excluded" or now[ANN] > before[0][ANN]
    assert season.is_sound()
    assert any("nothing else changes by it" in told for told in season.told())


def test_an_address_that_somebody_else_takes_over_does_not_mean_them() -> None:
    season = Season(participants={"users": ["csm@acme.example"]})
    season.tell(ann("csm@acme.example"))
    season.win(1)
    season.tell(ann("ann@acme.example"), make_person(2, name="Ben", email="csm@acme.example"))
    season.win(1, 2)
    assert season.points() == {ANN: 10}
    assert season.told() == [f"means Ann Lee ({ANN}), though Ben ({BEN}) has this address now, and is not meant"]


def test_a_name_means_whoever_bears_it_first_and_nobody_while_two_do() -> None:
    season = Season(participants={"users": ["ann@acme.example", "ben@acme.example"]})
    season.win(1)
    season.tell(make_person(3), make_person(2, email="ben@acme.example"), make_person(4, email="ben@acme.example"))
    assert [told.split(":")[0] for told in season.told()] == [
        "leads to nobody who is known",
        "leads to 2 people, so to nobody",
    ]
    season.tell(ann())
    season.win(1)
    assert season.points() == {ANN: 5}
    # Of two, the one who is still active is meant.
    season.tell(make_person(4, email="ben@acme.example", active=False))
    season.win(2)
    assert season.points() == {ANN: 5, BEN: 5}


def test_a_role_that_is_renamed_is_the_same_role() -> None:
    teams = [{"id": "red", "name": "Red", "role": ["CSM"]}]
    boards = [{"id": "csm", "name": "CSM", "scope": {"role": "CSM"}}, {"id": "teams", "name": "T", "scope": "teams"}]
    season = Season(participants={"role": ["CSM"]}, teams=teams, leaderboards=boards)
    season.tell(ann(role="CSM", role_id=ROLE), make_person(2, role="Sales", role_id=OTHER_ROLE))
    season.win(1, 2)
    assert season.points() == {ANN: 5}
    season.tell(ann(role="Customer Success", role_id=ROLE), make_person(3, role="Customer Success", role_id=ROLE))
    assert season.points() == {ANN: 5}
    season.win(1, 2, 3)
    assert season.points() == {ANN: 10, make_id("005", 3): 5}
    rows = Queries(season.store, now=NOW).board("teams", live=True).rows
    assert [row.points for row in rows] == [15]
    assert season.told() == ["is the role that is called Customer Success now; nothing else changes by it"]
    assert season.is_sound()


def test_a_role_without_an_id_that_nobody_has_any_more_is_told_and_moves_nothing() -> None:
    season = Season(participants={"role": ["CSM"]})
    season.tell(ann(role="CSM"))
    season.win(1)
    before = season.everything()
    season.tell(ann(role="Customer Success"))
    assert season.everything() == before
    assert season.told() == ["is a role of nobody who is known"]


def renamed(rule: dict[str, Any] | None = None, **keys: Any) -> Program:
    return program_of({"id": "new-name"} | (rule or {}), **keys)


BADGE = {"id": "scout", "name": "Scout"}
TIERS = [{"id": "bronze", "at": 1}, {"id": "silver", "at": 9}]
EARNED = {"id": "climber", "name": "Climber", "earned_by": {"count": "rules"}, "tiers": TIERS}


def test_a_renamed_rule_pays_no_fact_again() -> None:
    season = Season({"id": "signal", "trigger": "update"})
    change = {"kind": "update", "record": 1, "owner": 1, "old": {}}
    season.engine().apply([make_change(at="2026-01-12T10:00:00Z", **change)])
    season.apply(renamed({"trigger": "update", "was": "signal"}))
    season.engine().apply([make_change(at="2026-01-22T10:00:00Z", **change)])
    assert season.points() == {ANN: 5}
    # The version after it need not say it any more, and may rename it again, or back.
    for day, rule in ((23, {}), (25, {"id": "newest", "was": "new-name"}), (27, {"id": "signal", "was": "newest"})):
        program = renamed({"trigger": "update"} | rule)
        apply_program(season.store, Wish(program), now=datetime(2026, 1, day, tzinfo=UTC))
        season.program = program
        season.engine().apply([make_change(at=f"2026-01-{day + 1}T10:00:00Z", **change)])
        assert season.points() == {ANN: 5}
    assert season.is_sound()


@pytest.mark.parametrize("part", ["challenge", "badge", "earned badge", "tier", "board", "team"])
def test_a_renamed_part_keeps_what_stands_under_it(part: str) -> None:
    def keys(*, new: bool) -> dict[str, Any]:
        def name(wanted: str, old: str) -> dict[str, str]:
            return {"id": "fresh", "was": old} if new and part == wanted else {"id": old}

        badge, climber = BADGE | name("badge", "scout"), EARNED | name("earned badge", "climber")
        team_goal = {"target": 2, "credit": "each", "bonus": 7}
        completion = {"bonus": 20, "badge": badge["id"]}
        challenge = CHALLENGE | {"completion": completion, "team_goal": team_goal} | name("challenge", "signals")
        return {
            "challenges": [challenge],
            "badges": [badge, climber | {"tiers": [{"at": 1} | name("tier", "bronze"), TIERS[1]]}],
            "leaderboards": [{"name": "Board"} | name("board", "board")],
            "teams": [{"name": "Red", "members": [ANN]} | name("team", "red")],
            "people": [{"user": ANN, "targets": {challenge["id"]: 1}}],
        }

    def rule(*, new: bool) -> dict[str, Any]:
        return {"challenge": "fresh" if new and part == "challenge" else "signals"}

    season = Season(rule(new=False), **keys(new=False))
    season.tell(ann())
    season.win(1, 1, 2)
    before = season.everything()
    season.apply(program_of(rule(new=True), **keys(new=True)))
    assert season.everything() == before
    season.win(1, 2, day="22")
    again = Season(rule(new=False), **keys(new=False))
    again.tell(ann())
    again.win(1, 1, 2)
    again.win(1, 2, day="22")
    assert season.points() == again.points()
    assert season.everything()[1:3] == again.everything()[1:3]
    assert season.is_sound()


def test_a_rule_that_looks_renamed_is_not_put_in_force_before_somebody_says_what_it_is() -> None:
    season = Season({"id": "signal"})
    season.win(1, 1)
    found = preview(season.store, Wish(renamed()), now=NOW).looks_renamed
    assert [(one.old, one.new, one.entries, one.points) for one in found] == [("signal", "new-name", 2, 10)]
    with pytest.raises(InputError, match="the same facts would pay again"):
        season.apply(renamed())
    season.apply(renamed(), as_new=frozenset(["new-name"]))
    season.win(1, day="22")


def test_an_id_under_which_something_stands_is_given_to_nothing_else() -> None:
    season = Season({"id": "signal"})
    season.win(1)
    season.apply(renamed({"was": "signal"}))
    both = [{"id": "new-name"}, {"id": "signal", "object": "Task"}]
    program = make_program(*({"points": 5} | one for one in both), starts=date(2026, 1, 5), weeks=6)
    with pytest.raises(ProgramError, match="what it did stands under this id"):
        season.apply(program)
    with pytest.raises(ProgramError, match="what it did stands under this id"):
        Engine(season.store, [program]).apply([])
