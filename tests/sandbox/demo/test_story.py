"""The story of the demo, and the files of a first working folder."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from novigem.engine.engine import Engine
from novigem.errors import InputError, WorldError
from novigem.feed import JsonLinesSource
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import EntryFilter
from novigem.model.change import from_micros
from novigem.model.snapshot import Stream
from novigem.program import check_program
from novigem.queries.explain import explain_record
from novigem.queries.queries import Queries
from novigem_sandbox.demo.starter import CHANGES_FILE, DATABASE_FILE, PROGRAM_FILE, SETTINGS_FILE, starter_files
from novigem_sandbox.demo.story import Story, play
from novigem_sandbox.team.cast import TWELVE
from novigem_sandbox.team.six_weeks import generate
from tests.docs.pages import ROOT, load_script

AFTER = datetime(2026, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Play the story once."""
    story = play(tmp_path_factory.mktemp("demo"))
    yield story
    story.store.close()


def test_the_board_is_worth_looking_at(story: Story) -> None:
    rows = Queries(story.store, now=AFTER).board(story.board).rows
    assert len(rows) == 12
    assert rows[0].points >= 4 * rows[-1].points
    assert any(row.tie == "distinct_accounts" for row in rows)


def test_the_picture_of_the_readme_shows_this_board(story: Story) -> None:
    picture = (ROOT / "docs/images/board.svg").read_text(encoding="utf-8")
    assert _words(load_script("docs/images/render.py").draw(story)) == _words(picture), "python docs/images/render.py"


def _words(svg: str) -> list[str]:
    """Give the texts of a picture, in order; colours and measures may differ from one rich to the next."""
    return [text.strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_several_badges_are_earned_and_nobody_gets_them_for_nothing(story: Story) -> None:
    awards = story.store.badges()
    assert {award.badge for award in awards} == {badge.id for badge in story.program.badges}
    for badge in story.program.badges:
        assert 2 <= sum(award.badge == badge.id for award in awards) <= 8


def test_every_reason_not_to_pay_can_be_seen(story: Story) -> None:
    run = story.syncs.report.run
    assert {str(reason) for _program, _rule, reason in run.blocked} >= {
        "duplicate",
        "queue owner",
        "not a participant",
        "excluded user",
    }
    # A task that is made and completed between two syncs was undecided once; it pays at its completion now.
    assert run.unknown.total() == 0


def test_nobody_outside_the_team_is_paid(story: Story) -> None:
    assert {entry.user for entry in story.store.entries(EntryFilter())} == {member.id for member in TWELVE.members}


def test_nothing_that_the_team_did_is_lost_or_doubled(story: Story) -> None:
    """Every record that was made has one change of its making, those of the nightly job too."""
    made = [
        one for one in generate().changes if (one.kind, one.object) in {("create", "Task"), ("create", "Opportunity")}
    ]
    assert sum(one.by == TWELVE.integration.id and one.object == "Task" for one in made) > 100
    for one in made:
        kinds = [change.kind for _logged, change in story.store.changes_of([one.id])]
        assert kinds.count("create") == 1, one
    assert story.syncs.report.sum("repaired") == 0
    assert list(story.syncs.report.alarms) == []


def test_the_ledger_is_dated_by_the_orgs_clock(story: Story) -> None:
    recorded = [from_micros(entry.recorded) for entry in story.store.entries(EntryFilter())]
    assert datetime(2026, 1, 5, tzinfo=UTC) < min(recorded) <= max(recorded) < datetime(2026, 2, 17, tzinfo=UTC)


def test_the_record_to_explain_has_paid_and_nearly_paid(story: Story) -> None:
    answers = explain_record(story.store, [story.program], story.record)
    assert answers == story.answers
    assert {answer.verdict for answer in answers} >= {"paid", "no"}
    near = [answer for answer in answers if [one.result for one in answer.conditions].count(False) == 1]
    assert any(answer.verdict == "no" and len(answer.conditions) > 1 for answer in near)
    assert len({answer.at for answer in answers}) <= 4


def test_playing_again_in_the_same_folder_changes_nothing(story: Story) -> None:
    before = list(story.store.entries(EntryFilter()))
    again = play(story.folder)
    assert (again.syncs.number, again.syncs.report.sum("changes"), again.syncs.report.run.points) == (1, 0, 0)
    assert list(again.store.entries(EntryFilter())) == before
    assert again.record == story.record
    again.store.close()


class _Stopped(BaseException):
    """The person at the terminal has had enough."""


def test_one_that_was_stopped_goes_on_and_the_same_seed_gives_the_same_ledger(tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 5:
            raise _Stopped

    seldom = timedelta(days=3)
    whole = play(tmp_path / "whole", every=seldom)
    with pytest.raises(_Stopped):
        play(tmp_path / "parts", every=seldom, follower=stop)
    rest = play(tmp_path / "parts", every=seldom)
    assert whole.syncs.number == 5 + rest.syncs.number
    assert list(rest.store.entries(EntryFilter())) == list(whole.store.entries(EntryFilter()))
    assert rest.store.badges() == whole.store.badges()
    whole.store.close()
    rest.store.close()


def test_two_in_one_folder_do_not_get_into_each_others_way(story: Story) -> None:
    held = [
        story.store.acquire_lease(one.feed, "elsewhere/1/other", 600.0)
        for one in [Stream(story.syncs.report.org, name) for name in ("Opportunity", "Task")]
    ]
    with pytest.raises(WorldError, match="another process"):
        play(story.folder)
    for lease in held:
        assert lease is not None
        story.store.release_lease(lease)


def test_the_folder_holds_what_the_next_commands_need(story: Story) -> None:
    assert sorted(path.name for path in story.folder.iterdir() if path.suffix not in {".db-wal", ".db-shm"}) == sorted(
        ["account-expansion.yaml", DATABASE_FILE, SETTINGS_FILE]
    )
    assert story.database == f"sqlite:///{story.folder / DATABASE_FILE}"


@pytest.mark.parametrize("name", ["account-expansion.yaml", SETTINGS_FILE, DATABASE_FILE])
def test_a_file_that_is_not_the_demos_is_never_written_over(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not the"):
        play(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        play(tmp_path / "demo")


def test_the_starter_is_short_clean_and_pays_at_once(tmp_path: Path) -> None:
    files = starter_files()
    assert sorted(files) == [CHANGES_FILE, SETTINGS_FILE, PROGRAM_FILE]
    assert all(len(text.splitlines()) <= 60 for text in files.values())
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    program, findings = check_program(tmp_path / PROGRAM_FILE)
    assert findings == []
    assert program is not None
    store = MemoryStore()
    report = Engine(store, [program]).run(JsonLinesSource(tmp_path / CHANGES_FILE))
    assert (report.entries, report.bonuses, report.badges, report.rejected) == (16, 2, 2, 0)
    rows = Queries(store, now=AFTER).board("cs-team").rows
    assert [(row.name, row.points, row.tie) for row in rows] == [
        ("Ada Norwood", 70, None),
        ("Ben Okonjo", 70, "distinct_accounts"),
        ("Cleo Marchetti", 25, None),
    ]


def test_the_starter_settings_name_the_database() -> None:
    assert tomllib.loads(starter_files()[SETTINGS_FILE]) == {"db": f"sqlite:///{DATABASE_FILE}"}
