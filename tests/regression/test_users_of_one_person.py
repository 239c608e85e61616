"""Two Salesforce users that are one person: everything of the one counts as the other's, wherever it is asked."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.bookkeeping import keep_listing
from novigem.engine.closing.late import exceptions_of
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.engine.requests import Requests
from novigem.errors import InputError, UnknownName
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, to_micros
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program
from novigem.planning.joins import Joining, JoinWish, decide_join, preview_join
from novigem.planning.targets import pages_of_store, targets_from_past
from novigem.queries.directory import read_people
from novigem.queries.explain import explain_record
from novigem.queries.export import export_person
from novigem.queries.queries import Queries
from novigem.queries.statement import statement_of
from novigem.queries.teams import read_teams
from novigem.testing import make_change, make_id, make_person, make_program

ANA, NEW, BOB, CAT = (make_id("005", n) for n in (1, 2, 3, 4))
NOW = datetime(2026, 1, 15, tzinfo=UTC)
OLD_ANA = make_person(1, name="Ana A", email="ana@x.example", active=False, role="Lead")
NEW_ANA = make_person(2, name="Ana A", email="ana@x.example", role="CSM", manager=4)


class World:
    """A store with Ana's two users in it, and a program."""

    def __init__(self, rule: dict[str, Any] | None = None, **keys: Any) -> None:
        read = {"points": 5, "challenge": "c", **(rule or {})}
        challenge = {"id": "c", "goal": {"count": "rules", "target": 2}, "completion": {"bonus": 3, "badge": "b"}}
        self.program: Program = make_program(
            {name: value for name, value in read.items() if value is not None},
            starts=date(2026, 1, 5),
            weeks=2,
            challenges=[challenge] if read["challenge"] else [],
            badges=[{"id": "b"}, {"id": "thanks"}],
            leaderboards=[{"id": "all", "name": "All"}],
            **keys,
        )
        self.store: Store = MemoryStore()
        self.now = NOW
        self.tell(msgspec.structs.replace(OLD_ANA, active=True), NEW_ANA, make_person(3, name="Bob"))

    def engine(self) -> Engine:
        self.now += timedelta(seconds=1)
        return Engine(self.store, [self.program], clock=lambda: self.now)

    def tell(self, *people: Person) -> None:
        self.engine().apply(Page((), people))

    def won(self, record: int, owner: int, day: str, **fields: Any) -> Change:
        one = make_change(record=record, owner=owner, at=f"2026-01-{day}T10:00:00Z", **fields)
        self.engine().apply([one])
        return one

    def decide(self, user: str, person: str | None, since: date | None = None) -> Joining:
        self.now += timedelta(seconds=1)
        return decide_join(self.store, JoinWish(user, person, "Sam", "a new licence", since), now=self.now)

    def points(self) -> dict[str, int]:
        return {row.user: row.points for row in self.queries().board("all", live=True).rows}

    def queries(self) -> Queries:
        return Queries(self.store, now=self.now)

    def problems(self) -> list[Any]:
        return [one for _name, found in examine(self.store, {"test": self.program}) for one in found]


def test_one_task_with_each_is_two_of_two_and_one_row() -> None:
    world = World()
    world.won(1, 1, "06")
    world.tell(OLD_ANA)
    world.won(2, 2, "13")
    assert world.points() == {ANA: 5, NEW: 5}
    with pytest.raises(UnknownName, match="2 people"):
        world.queries().find_user("ana@x.example")
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 13}
    (row,) = world.queries().progress(RowFilter())
    assert (row.user, row.value, row.target) == (ANA, 2_000_000, 2_000_000)
    assert [(one.user, one.badge) for one in world.store.badges()] == [(ANA, "b")]
    for name in ("ana@x.example", "Ana A", ANA, NEW, NEW[:15]):
        assert world.queries().find_user(name) == ANA
    assert world.problems() == []
    assert sum(line.entry.points for line in statement_of(world.store, "test", ANA).lines) == 13
    paid = explain_record(world.store, [world.program], make_id("006", 2))
    assert [(one.verdict, one.user, one.points) for one in paid] == [("paid", ANA, 5)]
    assert apply_program(world.store, Wish(world.program, rescore=True), now=world.now).is_nothing


@pytest.mark.parametrize(
    ("rule", "changes", "points"),
    [
        ({"cap": {"points": 7, "per": "week"}, "challenge": None}, [(1, 1, "06"), (2, 2, "07")], 7),
        ({"once_per": "day", "challenge": None}, [(1, 1, "06"), (2, 2, "06"), (3, 2, "07")], 10),
        ({"once_per": "record and user", "challenge": None}, [(1, 1, "06"), (1, 2, "07")], 5),
        ({"once_per": "account", "challenge": None}, [(1, 1, "06"), (2, 2, "07")], 5),
        ({"cooldown": {"hours": 48}, "challenge": None}, [(1, 1, "06"), (2, 2, "07"), (3, 1, "09")], 10),
        ({"per_account": {"awards": 1, "per": "week"}, "challenge": None}, [(1, 1, "06"), (2, 2, "07")], 5),
    ],
    ids=["cap", "day", "record and user", "account", "cooldown", "per account"],
)
@pytest.mark.parametrize("joined", [0, 1, 9], ids=["joined before", "joined between", "joined after"])
def test_limits_and_facts_are_the_persons(
    rule: dict[str, Any], changes: Sequence[tuple[int, int, str]], points: int, joined: int
) -> None:
    world = World(rule)
    account = make_id("001", 1)
    for number, one in enumerate(changes):
        if number == joined:
            world.decide(NEW, ANA)
        world.won(*one, AccountId=account)
    if joined > len(changes):
        before = world.points()
        world.decide(NEW, ANA)
        world.decide(NEW, None)
        assert world.points() == before
        world.decide(NEW, ANA)
    assert world.points() == {ANA: points}
    assert world.problems() == []


def test_points_and_badges_by_hand_go_along_and_come_back() -> None:
    world = World()
    Manual(world.engine()).adjust("test", NEW, 7, reason="well done", author="Mia")
    Manual(world.engine()).adjust("test", ANA, 2, reason="thanks", author="Mia")
    for user in (NEW, ANA):
        Manual(world.engine()).award_badge("test", "thanks", user, reason=user)
    Manual(world.engine()).award_badge("test", "b", NEW, reason="hers")
    before = world.store.badges()
    done = world.decide(NEW, ANA)
    assert (done.taken_back, done.added) == (1, 1)
    assert world.points() == {ANA: 9}
    held = {(one.user, one.badge, one.reason) for one in world.store.badges()}
    assert held == {(ANA, "thanks", NEW), (ANA, "b", "hers")}
    assert not Manual(world.engine()).award_badge("test", "b", NEW)
    # A third user who is joined with the second leads to the same person.
    world.tell(make_person(4, name="Cat"))
    world.decide(NEW, None)
    assert world.points() == {ANA: 2, NEW: 7}
    assert sorted(world.store.badges(), key=str) == sorted(before, key=str)
    assert world.problems() == []


def test_users_are_joined_through_others() -> None:
    world = World()
    for number, owner in enumerate((1, 2, 3), start=1):
        world.won(number, owner, f"0{number + 5}")
    world.decide(BOB, NEW)
    assert world.points() == {NEW: 13, ANA: 5}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 18}
    assert world.queries().find_user(BOB) == ANA
    world.decide(NEW, None)
    assert world.points() == {NEW: 13, ANA: 5}
    assert world.problems() == []


def test_what_makes_no_sense_is_refused_with_one_error() -> None:
    world = World()
    world.tell(make_person(4, name="Cat"))
    world.decide(NEW, ANA)
    cat = erase_person(world.store, CAT, reason="left").user

    def refused(user: str, person: str | None, author: str = "Sam", reason: str = "why") -> str:
        before = world.store.joins()
        with pytest.raises((InputError, UnknownName)) as error:
            decide_join(world.store, JoinWish(user, person, author, reason), now=world.now)
        assert world.store.joins() == before
        return str(error.value)

    assert "one user" in refused(BOB, BOB)
    assert "circle" in refused(ANA, NEW)
    assert "counts as" in refused(NEW, BOB)
    assert "queue" in refused(BOB, make_id("00G", 1))
    assert "queue" in refused(make_id("006", 1), BOB)
    assert "erased" in refused(BOB, cat)
    assert "erased" in refused(CAT, BOB)
    assert "nobody here" in refused(BOB, make_id("005", 77))
    assert "not joined" in refused(BOB, None)
    assert "missing" in refused(BOB, ANA, author=" ")
    assert "missing" in refused(BOB, ANA, reason="")


def test_from_a_day_on_only_what_happened_since_goes_along() -> None:
    world = World({"challenge": None})
    world.won(1, 2, "06")
    world.won(2, 2, "08")
    Manual(world.engine()).adjust("test", NEW, 7, reason="now")
    world.decide(NEW, ANA, date(2026, 1, 8))
    assert world.points() == {NEW: 5, ANA: 12}
    # What happened before and is told late is the user's own; the other way round for what happened since.
    world.won(3, 2, "07")
    world.won(4, 2, "09")
    assert world.points() == {NEW: 10, ANA: 17}
    assert world.queries().find_user("Ana A") == ANA
    assert {row.name for row in world.queries().board("all").rows} == {"Ana A"}
    assert world.problems() == []
    with pytest.raises(InputError, match="from another day"):
        world.decide(NEW, ANA)


def test_another_process_notices_a_join() -> None:
    world = World({"challenge": None})
    other = world.engine()
    other.apply([make_change(record=1, owner=2, at="2026-01-06T10:00:00Z")])
    world.decide(NEW, ANA)
    other.apply([make_change(record=2, owner=2, at="2026-01-07T10:00:00Z")])
    assert world.points() == {ANA: 10}


def test_parts_of_an_award_and_former_owners_are_one_person() -> None:
    shared = {"share": [{"to": "Record Owner", "percent": 60}, {"to": "Last Modified By", "percent": 40}], "points": 10}
    world = World({**shared, "challenge": None})
    change = make_change(record=1, owner=1, by=2, at="2026-01-06T10:00:00Z")
    world.engine().apply([change])
    assert world.points() == {ANA: 6, NEW: 4}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 10}
    assert world.problems() == []


def test_whoever_hands_over_to_another_user_of_their_own_has_not_left() -> None:
    rule = {"former_owner": {"percent": 40, "within_days": 5}, "points": 10, "challenge": None, "trigger": "update"}
    world = World({**rule, "when": {"StageName": {"changedTo": "Won"}}})
    opened, by_new = {"OwnerId": NEW, "StageName": "Open"}, {"OwnerId": NEW, "StageName": "Won"}
    moved = make_change("update", at="2026-01-06T10:00:00Z", old={"OwnerId": ANA, "StageName": "Open"}, new=opened)
    won = make_change("update", at="2026-01-07T10:00:00Z", old={"StageName": "Open"}, new=by_new)
    world.engine().apply([moved, won])
    assert world.points() == {NEW: 6, ANA: 4}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 10}
    assert len(list(world.store.awards("test", 0, 2**62))) == 1
    assert world.problems() == []
    world.decide(NEW, None)
    assert world.points() == {NEW: 6, ANA: 4}


def test_a_personal_target_and_a_team_of_either_user_are_the_persons() -> None:
    world = World(
        people=[{"user": NEW, "targets": {"c": 3}}],
        teams=[{"id": "t", "name": "T", "members": [NEW]}, {"id": "role", "name": "R", "role": ["Lead"]}],
        participants={"role": ["CSM"]},
    )
    world.tell(OLD_ANA)
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    assert world.points() == {NEW: 5}
    world.decide(NEW, ANA)
    # Who is active stands for the person, so what the other did before counts too.
    assert world.points() == {ANA: 10}
    (row,) = world.queries().progress(RowFilter())
    assert (row.target, row.completed) == (3_000_000, None)
    world.won(3, 1, "08")
    assert world.points() == {ANA: 18}
    assert world.problems() == []
    teams = {one.team.id: [m.user for m in one.memberships] for one in read_teams(world.store, world.program)}
    assert teams == {"t": [ANA], "role": [ANA]}


def test_a_team_goal_counts_and_credits_the_person() -> None:
    world = World()
    data = world.program.model_dump(by_alias=True, exclude_unset=True)
    data["teams"] = [{"id": "t", "name": "T", "members": [NEW]}]
    data["challenges"][0]["team_goal"] = {"target": 2, "credit": "each", "bonus": 4}
    world.program = Program.model_validate(data)
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    assert world.points() == {ANA: 5, NEW: 5}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 17}
    assert world.problems() == []
    world.decide(NEW, None)
    assert world.points() == {ANA: 5, NEW: 5}
    assert world.problems() == []


def test_what_is_closed_stays_and_the_join_is_an_exception() -> None:
    world = World()
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    world.now = datetime(2026, 2, 1, tzinfo=UTC)
    closed = Manual(world.engine()).close_due()
    (board,) = (one for one in closed if one.kind == "board")
    world.decide(NEW, ANA)
    assert {row.user: row.points for row in world.queries().board("all").rows} == {ANA: 5, NEW: 5}
    assert world.points() == {ANA: 13}
    found = exceptions_of(board, world.program, world.store)
    assert {one.user: one.now and one.now.points for one in found.shifts} == {ANA: 13, NEW: None}
    assert world.problems() == []


def test_whoever_opted_out_is_hidden_under_either_user() -> None:
    world = World({"challenge": None})
    world.won(1, 2, "06")
    world.won(2, 1, "09")
    keep_listing(world.store, NEW, 5)
    assert set(world.points()) == {ANA}
    world.decide(NEW, ANA, date(2026, 1, 8))
    assert world.points() == {}
    keep_listing(world.store, ANA, None)
    assert world.store.opted_out() == {}
    assert set(world.points()) == {ANA, NEW}


@pytest.mark.parametrize("named", [ANA, NEW])
def test_erasing_either_user_erases_the_person(named: str) -> None:
    world = World()
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    world.decide(NEW, ANA)
    told = "".join(export_person(world.queries(), named, now=world.now))
    assert '"joined_users"' in told
    erased = erase_person(world.store, named, reason="left").user
    assert world.points() == {erased: 13}
    rows = str(world.store.joins().history) + str(world.store.every_user()) + str(list(world.store.changes()))
    assert not [trace for trace in (ANA[:15], NEW[:15], "Ana A", "ana@x") if trace in rows]
    # What either does later counts for the same nobody.
    world.won(3, 2, "08")
    assert world.points() == {erased: 18}
    assert world.problems() == []


def test_requests_of_a_user_are_the_persons() -> None:
    world = World(adjustments={"second_approver": True})
    asked = Requests(world.engine()).ask("test", NEW, 9, reason="helped", author="Mia")
    paid = Requests(world.engine()).ask("test", NEW, 3, reason="helped", author="Mia")
    Requests(world.engine()).approve(paid.number, author="Lee")
    assert world.points() == {NEW: 3}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 3}
    with pytest.raises(InputError, match="of their own"):
        Requests(world.engine()).approve(asked.number, author="ana@x.example")
    Requests(world.engine()).approve(asked.number, author="Lee")
    assert world.points() == {ANA: 12}
    assert world.problems() == []
    assert len(statement_of(world.store, "test", ANA).lines) == 2


def test_a_look_at_a_join_changes_nothing() -> None:
    world = World()
    world.won(1, 2, "06")
    entries = list(world.store.entries())
    found = preview_join(world.store, JoinWish(NEW, ANA, "Sam", "why"), now=world.now)
    assert [(one.user, one.before, one.after) for one in found.outcomes[0].people] == [(ANA, 0, 5), (NEW, 5, 0)]
    assert (list(world.store.entries()), world.store.joins().history) == (entries, ())


def test_points_of_whoever_left_stay_where_they_are() -> None:
    """A join moves what two users have; what others earned who left since is none of its business."""
    world = World({"challenge": None})
    world.won(1, 3, "06")
    world.won(2, 2, "07")
    world.tell(make_person(3, name="Bob", active=False), OLD_ANA, msgspec.structs.replace(NEW_ANA, active=False))
    world.decide(NEW, ANA)
    assert world.points() == {BOB: 5, ANA: 5}
    world.decide(NEW, None)
    assert world.points() == {BOB: 5, NEW: 5}


def test_targets_from_the_past_are_the_persons() -> None:
    world = World()
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    world.decide(NEW, ANA)
    data = world.program.model_dump(by_alias=True, exclude_unset=True)
    later = Program.model_validate(data | {"program": "later", "starts": date(2026, 1, 19)})
    pages = pages_of_store(world.store)
    proposal = targets_from_past(later, pages, weeks=2, joins=world.store.joins())
    assert {user: {name: one.rests_on for name, one in own.items()} for user, own in proposal.people.items()} == {
        ANA: {"c": 2_000_000}
    }


def test_an_appeal_about_an_entry_of_either_user_is_the_persons() -> None:
    world = World({"challenge": None})
    world.won(1, 2, "06")
    world.decide(NEW, ANA)
    appeal = Requests(world.engine()).appeal("test", NEW, entry=1, reason="it is mine")
    assert appeal.user == ANA
    with pytest.raises(InputError, match="not clear"):
        Requests(world.engine()).uphold(appeal.number, reason="it stands for her", author="Lee")
    Requests(world.engine()).uphold(appeal.number, points=1, reason="all the same", author="Lee")
    assert world.points() == {ANA: 6}
    assert world.problems() == []


def test_a_directory_lists_one_person_and_points_out_who_may_be_one() -> None:
    world = World(teams=[{"id": "t", "name": "T", "members": [NEW]}])
    world.tell(make_person(4, name="Cat"), make_person(5, name="Old", role="CSM", active=False))
    keep_listing(world.store, BOB, 5)
    old = erase_person(world.store, CAT, reason="left").user

    def listed(**asked: Any) -> list[str]:
        found = read_people(world.store, [world.program], now=to_micros(world.now), **asked)
        assert old not in {one.person.id for one in found}
        return [one.person.id for one in found]

    ana, new = (one for one in read_people(world.store, [world.program], now=0, search="ana@"))
    assert (ana.perhaps, new.perhaps) in [((NEW,), (ANA,)), ((ANA,), (NEW,))]
    world.decide(NEW, ANA)
    (ana,) = read_people(world.store, [world.program], now=to_micros(world.now), search=NEW)
    assert (ana.person.id, ana.perhaps, ana.teams, [one.user for one in ana.joined]) == (ANA, (), ("t",), [NEW])
    assert listed(search="ana") == [ANA]
    assert listed(role="CSM") == [make_id("005", 5)]
    assert listed(is_inactive=True) == [make_id("005", 5)]
    (bob,) = read_people(world.store, [], now=0, search="bob")
    assert bob.is_unlisted


def test_what_comes_after_a_join_meets_the_limits_of_the_person() -> None:
    world = World({"cap": {"points": 7, "per": "week"}, "challenge": None})
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    world.decide(NEW, ANA)
    world.won(3, 2, "06")
    assert world.points() == {ANA: 7}
    world.decide(NEW, None)
    world.won(4, 2, "08")
    assert world.points() == {ANA: 5, NEW: 7}
    assert world.problems() == []


def test_a_target_that_goes_by_the_other_user_is_the_persons_at_once() -> None:
    world = World(people=[{"user": NEW, "targets": {"c": 1}}])
    world.won(1, 1, "06")
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 8}
    assert [(one.user, one.badge) for one in world.store.badges()] == [(ANA, "b")]
    assert world.problems() == []
    world.decide(NEW, None)
    assert (world.points(), world.store.badges()) == ({ANA: 5}, [])
    assert world.problems() == []


def test_what_was_earned_in_a_role_that_neither_has_now_goes_along() -> None:
    world = World({"challenge": None}, participants={"role": ["CSM"]})
    world.won(1, 2, "06")
    world.tell(msgspec.structs.replace(NEW_ANA, role="Lead"))
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 5}
    world.decide(NEW, None)
    assert world.points() == {NEW: 5}


def test_a_fact_stays_with_whoever_was_first_to_it_when_they_have_left_since() -> None:
    world = World({"challenge": None})
    world.won(1, 2, "06")
    world.won(1, 1, "08", StageName="Won")
    world.tell(msgspec.structs.replace(NEW_ANA, active=False))
    before = world.points()
    assert before == {NEW: 5}
    world.decide(NEW, ANA)
    assert world.points() == {ANA: 5}
    world.decide(NEW, None)
    assert world.points() == before


def test_whoever_is_joined_to_somebody_excluded_by_name_has_earned_nothing() -> None:
    world = World(participants={"exclude": [ANA]})
    world.won(1, 1, "06")
    world.won(2, 2, "07")
    assert world.points() == {NEW: 5}
    world.decide(NEW, ANA)
    assert (world.points(), world.problems()) == ({}, [])
    world.decide(NEW, None)
    assert (world.points(), world.problems()) == ({NEW: 5}, [])
