"""Who belongs to which team when: from the very moment it was told, to before the next, and by the days of a list."""

from datetime import UTC, date, datetime

from novigem.model.change import to_micros
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.roster import Assignment, Membership, Roster, changed_teams, next_assignment
from novigem.testing import make_id, make_person, make_program

ANN, BEN, CID = (make_id("005", n) for n in (1, 2, 3))


def program() -> Program:
    return make_program(
        teams=[
            {"id": "csm", "name": "CSM", "role": ["CSM", "Lead"]},
            {"id": "of-ben", "name": "Of Ben", "manager": "BEN@acme.example"},
            {
                "id": "listed",
                "name": "Listed",
                "members": [
                    {"user": ANN[:15], "from": date(2026, 1, 5), "to": date(2026, 1, 9)},
                    {"user": "ann@acme.example", "from": date(2026, 1, 10), "to": date(2026, 1, 11)},
                    {"user": CID, "from": date(2026, 1, 20)},
                ],
            },
        ],
        starts="2026-01-05",
        ends="2026-02-01",
    )


def roster(*assignments: Assignment) -> Roster:
    people = [make_person(1, email="ann@acme.example"), make_person(2, email="ben@acme.example")]
    return Roster(program(), people, assignments)


def midnight(day: date) -> int:
    return to_micros(datetime(day.year, day.month, day.day, tzinfo=UTC))


def test_an_assignment_holds_from_its_moment_to_before_the_next() -> None:
    found = roster(
        Assignment(ANN, 20, "Other", BEN), Assignment(ANN, 10, "CSM", None), Assignment(ANN, 30, "Lead", None)
    )
    own = [one for one in found.memberships(ANN) if one.team != "listed"]
    assert own == [
        Membership("csm", ANN, 10, 20),
        Membership("csm", ANN, 30, ALWAYS_END),
        Membership("of-ben", ANN, 20, 30),
    ]
    at = [tuple(team for team in found.teams_at(ANN, moment) if team != "listed") for moment in (9, 10, 19, 20, 30)]
    assert at == [(), ("csm",), ("csm",), ("of-ben",), ("csm",)]
    assert (found.members_at("csm", 9), found.members_at("csm", 10)) == ([], [ANN])


def test_roles_of_one_team_in_a_row_are_one_membership() -> None:
    found = roster(Assignment(CID, 10, "CSM", None), Assignment(CID, 20, "Lead", None), Assignment(CID, 30, None, None))
    assert [one for one in found.memberships(CID) if one.team == "csm"] == [Membership("csm", CID, 10, 30)]


def test_a_list_holds_its_first_and_its_last_day_whole_and_joins_what_touches() -> None:
    found = roster()
    (ann,) = found.memberships(ANN)
    assert ann == Membership("listed", ANN, midnight(date(2026, 1, 5)), midnight(date(2026, 1, 12)))
    assert found.memberships(CID) == (Membership("listed", CID, midnight(date(2026, 1, 20)), ALWAYS_END),)
    assert found.memberships(BEN) == ()
    # An id on a list is somebody, whether or not we were told of them.
    assert found.users == (ANN, CID)


def test_what_is_told_first_has_been_so_always_and_nothing_is_told_twice() -> None:
    person = make_person(1, role="CSM", manager=2)
    first = next_assignment(person, None, 50)
    assert first == Assignment(ANN, ALWAYS_START, "CSM", BEN)
    assert next_assignment(person, first, 60) is None
    other = make_person(1, role="Lead", manager=2)
    assert next_assignment(other, first, 60) == Assignment(ANN, 60, "Lead", BEN)
    assert next_assignment(make_person(1, role="CSM"), first, 60) == Assignment(ANN, 60, "CSM", None)
    # What is told late does not go behind what was told before.
    assert next_assignment(person, Assignment(ANN, 70, "Lead", BEN), 60) == Assignment(ANN, 70, "CSM", BEN)


def test_a_team_has_changed_where_somebody_is_in_it_at_another_time() -> None:
    before, after = roster(Assignment(ANN, 10, "CSM", None)), roster(Assignment(ANN, 11, "CSM", None))
    assert changed_teams(before, after, [ANN, CID]) == {"csm"}
    assert changed_teams(before, before, [ANN, CID]) == set()
