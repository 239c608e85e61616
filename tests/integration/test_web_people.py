"""A person, their statement, their entries, their records and badges: what is told, and to whom."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from novigem.access.roles import Role
from novigem.engine.manual import Manual
from novigem.testing import make_change, make_id
from tests.bed.pages import reader
from tests.bed.small_site import ANN, BEN, CLEO, FOLLOW_UP, LEAD, SmallSite, done, program, reopened, task

_LEADER = reader(LEAD, Role.LEADER)
_MANAGER = reader(LEAD, Role.MANAGER, reports=[ANN])
_TASK = make_id("00T", 1)
GOAL = {
    "goal": {"count": "rules", "target": 1},
    "type": "timebound",
    "name": "First of all",
    "completion": {"bonus": 20, "badge": "badge-1"},
}
BADGE = {"name": "Early bird", "description": "For the first one."}


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    """Give a season in which Ann and Ben completed a follow-up each: entries 1 and 2, and 3 and 4 for the challenge."""
    made = program(FOLLOW_UP | {"challenge": "challenge-1"}, challenges=[GOAL], badges=[BADGE])
    return SmallSite(tmp_path, made, [task(1), done(1), task(2, 2), done(2, 2, at="2026-01-13T10:30:00Z")])


def everything(user: str, entry: int, record: int) -> tuple[str, ...]:
    """Give the addresses of all that is one person's own."""
    return (f"/people/{user}/statement", f"/entries/{entry}", f"/records/{make_id('00T', record)}")


def test_a_person_is_known_to_everybody_by_place_badges_and_completions(site: SmallSite) -> None:
    status, html = site.get(f"/people/{ANN}", BEN)
    assert status == 200
    for told in ("Ann Lee", "1st", "Early bird", "First of all"):
        assert told in html
    assert "statement" not in html
    assert "Points by week" not in html
    for who in (_LEADER, _MANAGER, ANN):
        assert f'href="/people/{ANN}/statement"' in site.get(f"/people/{ANN}", who)[1]


@pytest.mark.parametrize("address", everything(ANN, 1, 1))
def test_what_is_somebodys_own_is_theirs_their_managers_and_leaders(site: SmallSite, address: str) -> None:
    assert [site.get(address, who)[0] for who in (ANN, _MANAGER, _LEADER)] == [200, 200, 200]
    assert site.get(address, BEN)[0] == 404
    assert site.get(address, reader(LEAD, Role.MANAGER, reports=[BEN]))[0] == 404
    assert site.get(address, reader(None, Role.OPERATOR))[0] == 404


@pytest.mark.parametrize(
    ("real", "made_up"),
    [
        ("/entries/1", "/entries/999"),
        ("/entries/1", "/entries/99999999999999999999999"),
        (f"/records/{_TASK}", f"/records/{make_id('00T', 77)}"),
        (f"/records/{_TASK}", "/records/nonsense"),
        (f"/people/{ANN}/statement", f"/people/{make_id('005', 99)}/statement"),
        (f"/people/{ANN}/statement", "/people/nobody/statement"),
    ],
)
def test_what_may_not_be_seen_answers_like_what_does_not_exist(site: SmallSite, real: str, made_up: str) -> None:
    assert site.get(real, BEN) == site.get(made_up, BEN)
    assert site.get(real, BEN)[0] == 404


@pytest.mark.parametrize("who", [BEN, _LEADER, _MANAGER])
def test_whoever_opted_out_is_nobody_to_others(site: SmallSite, who: str) -> None:
    site.opt_out(ANN)
    addresses = (f"/people/{ANN}", *everything(ANN, 1, 1))
    assert [site.get(one, who)[0] for one in addresses] == [404] * 4
    assert [site.get(one, ANN)[0] for one in addresses] == [200] * 4
    _status, html = site.get("/badges/badge-1", who)
    assert "Ann Lee" not in html
    assert ANN not in html
    assert "2 people got it" in html


def test_a_statement_adds_up_and_opens_every_line(site: SmallSite) -> None:
    _status, html = site.get(f"/people/{ANN}/statement", ANN)
    assert 'href="/entries/1"' in html
    assert 'href="/entries/3"' in html
    assert "Completed First of all" in html
    assert 'fact-number">25<' in html
    assert BEN not in html


def test_a_statement_is_cut_by_days(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    # Written on 14 January, whenever it happened.
    _status, html = site.get(f"/people/{ANN}/statement?since=2026-01-14&until=2026-01-14", ANN)
    assert 'href="/entries/1"' in html
    _status, html = site.get(f"/people/{ANN}/statement?since=2026-01-15", ANN)
    assert 'href="/entries/1"' not in html
    assert 'fact-number">5<' in html
    for wrong in ("since=yesterday", "until=99999-01-01", "since=0001-01-01", "until=2026-02-30"):
        assert site.get(f"/people/{ANN}/statement?{wrong}", ANN)[0] == 400


def test_a_correction_is_told_as_a_colleague_would(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    site.change(lambda engine: engine.apply([reopened(1)]))
    _status, html = site.get(f"/people/{ANN}/statement", ANN)
    told = "The task was opened again. It counts again when it is completed."
    assert told in html
    status, entry = site.get("/entries/2", ANN)
    assert status == 200
    assert told in entry
    assert "Taken back: Follow-up completed" in entry
    assert 'href="/entries/1"' in entry
    assert 'href="/entries/2"' in site.get("/entries/1", ANN)[1]
    # After the season nothing counts again.
    later = site.get("/entries/2", ANN, datetime(2026, 3, 1, tzinfo=UTC))[1]
    assert "opened again" in later
    assert "counts again" not in later


def test_points_by_hand_name_no_other_person(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    site.change(lambda engine: Manual(engine).adjust("test", ANN, 7, reason="helped out", author=BEN))
    for address in (f"/people/{ANN}/statement", "/entries/2"):
        status, html = site.get(address, ANN)
        assert status == 200
        assert "By hand: helped out" in html
        assert BEN not in html


def test_an_entry_shows_its_conditions_before_and_after(site: SmallSite) -> None:
    _status, html = site.get("/entries/1", ANN)
    assert "status is “Completed”" in html
    assert '<bdi class="value">Open</bdi>' in html
    assert '<bdi class="value value-new">Completed</bdi>' in html
    assert 'href="/programs/test"' in html
    assert f'href="/records/{_TASK}"' in html
    assert "First of all" in html


def test_a_record_tells_every_verdict_and_what_it_found(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1, Type="Call"), done(1, Type="Call")])
    _status, html = site.get(f"/records/{_TASK}", ANN)
    assert "not met" in html
    assert "type is “Upsell” or “Follow-up”" in html
    assert '<bdi class="value value-new">Call</bdi>' in html


def test_of_several_ways_those_that_made_no_difference_are_quiet(tmp_path: Path) -> None:
    """What paid is not full of red: one way held, and the others did not matter."""
    done_one = {"Status": {"isChanged": True, "equals": "Completed"}}
    ways = [[done_one, {"Type": {"equals": "Renewal"}}], [done_one, {"Type": {"equals": "Upsell"}}]]
    made = program(FOLLOW_UP | {"when": {"any": ways}})
    site = SmallSite(tmp_path, made, [task(1), done(1), task(2), done(2, Type="Other")])
    for address in ("/entries/1", f"/records/{_TASK}"):
        html = site.get(address, ANN)[1]
        assert 'class="verdict verdict-no verdict-aside"' in html
        assert 'class="verdict verdict-no"' not in html
        assert [html.count(f'<span class="verdict-lead">{word}</span>') for word in ("either", "or")] == [1, 1]
    # Where no way held, each of them is a reason.
    html = site.get(f"/records/{make_id('00T', 2)}", ANN)[1]
    assert html.count('class="verdict verdict-no"') == 2
    assert "verdict-aside" not in html


def test_what_was_born_done_is_told_where_a_rule_looks_at_edits_only(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1, Status="Completed")])
    _status, html = site.get(f"/records/{_TASK}", ANN)
    assert "looks at edits only; it was created with the status Completed" in html


def test_of_a_record_that_changed_hands_each_sees_their_own_part(tmp_path: Path) -> None:
    given = make_change(
        "update",
        object="Task",
        record=1,
        owner=2,
        by=1,
        old={"OwnerId": ANN},
        at="2026-01-13T09:00:00Z",
        Status="Open",
        Type="Upsell",
        Subject="Call 1",
    )
    site = SmallSite(tmp_path, program(), [task(1), given, done(1, 2)])
    ann, ben = site.get(f"/records/{_TASK}", ANN)[1], site.get(f"/records/{_TASK}", BEN)[1]
    assert "Created" in ann
    assert "+5" not in ann
    assert "Ben Okonjo" not in ann
    assert "+5" in ben
    assert "Created" not in ben
    assert site.get(f"/records/{_TASK}", CLEO)[0] == 404


def test_a_badge_tells_how_it_is_earned_and_who_holds_it(site: SmallSite) -> None:
    status, html = site.get("/badges/badge-1", CLEO)
    assert status == 200
    assert "For completing First of all." in html
    assert "Ann Lee" in html
    assert "Ben Okonjo" in html
    assert site.get("/badges/none", CLEO)[0] == 404


def test_where_boards_hold_names_back_no_page_tells_who_somebody_is(tmp_path: Path) -> None:
    made = program(
        FOLLOW_UP | {"challenge": "challenge-1"},
        challenges=[GOAL],
        badges=[BADGE],
        leaderboards=[{"name": "Masked", "names": "pseudonym"}],
    )
    site = SmallSite(tmp_path, made, [task(1), done(1)])
    _status, html = site.get("/badges/badge-1", BEN)
    assert "Ann Lee" not in html
    assert ANN not in html
    _status, html = site.get(f"/people/{ANN}", BEN)
    assert "Masked" not in html
    assert "First of all" not in html
    assert "Masked" in site.get(f"/people/{ANN}", ANN)[1]


def test_a_shadow_season_is_on_no_page_but_its_leaders(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(status="shadow", badges=[BADGE]), [task(1), done(1)])
    addresses = (*everything(ANN, 1, 1), "/badges/badge-1")
    assert [site.get(one, ANN)[0] for one in addresses] == [404] * 4
    assert [site.get(one, _LEADER)[0] for one in addresses] == [200] * 4


def test_an_award_for_several_challenges_names_them_all(tmp_path: Path) -> None:
    other = GOAL | {"name": "Second of all", "completion": {"bonus": 1}}
    made = program(FOLLOW_UP | {"challenge": ["challenge-1", "challenge-2"]}, challenges=[GOAL, other], badges=[BADGE])
    site = SmallSite(tmp_path, made, [task(1), done(1)])
    for address in ("/entries/1", f"/people/{ANN}/statement", f"/records/{_TASK}"):
        html = site.get(address, ANN)[1]
        assert "First of all" in html, address
        assert "Second of all" in html, address


def test_whoever_is_not_signed_in_sees_nothing(site: SmallSite) -> None:
    for address in ("/", f"/people/{ANN}", "/badges/badge-1", *everything(ANN, 1, 1)):
        assert site.get(address, None) == (303, "")
