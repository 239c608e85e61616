"""`novigem sync` and `novigem status` against a sample org: screens, answers, exit codes, another process at work."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from unittest import mock

import pytest

from novigem.errors import StoreError
from novigem.ledger.sql.store import SqlStore
from novigem_sandbox.org import faults
from tests.golden.cli.world import novigem
from tests.golden.sync.scenes import FOLDER, REFRESH, SCENES, SeasonOrg, drawn, season_org

ESCAPE = "\x1b"
HOSTILE = "no \x1b[31mway\x1b]0;title\x07 [red]in[/red]"
OBJECT_KEYS = {
    "object", "started", "finished", "rows", "pages", "people", "changes", "entries", "points", "bonuses", "badges",
    "corrections", "unknown", "blocked", "rejected", "repaired", "purged", "restarts", "calls", "covered",
    "lag_seconds", "is_filled", "alarms", "held_by", "error", "last_success",
}  # fmt: skip
ONE_OBJECT = """\
program: deals
name: Deals
starts: 2024-03-04
weeks: 4
rules: [{id: made, object: Opportunity, trigger: create, points: 5}]
leaderboards: [{id: team, name: Team}]
"""


@pytest.fixture(scope="session")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what every scene prints; they follow each other, so they are played once."""
    return dict(drawn(tmp_path_factory.mktemp("scenes")))


@pytest.fixture
def season(tmp_path: Path) -> Iterator[SeasonOrg]:
    """Give the org of the season, before any sync."""
    with season_org(tmp_path) as season:
        season.org.clock.advance(60)
        yield season


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_says_exactly_what_is_expected(name: str, screens: dict[str, str]) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert screens[name] == expected, f"refresh with: {REFRESH}"


def test_no_golden_screen_is_left_behind() -> None:
    assert {one.stem for one in FOLDER.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_no_screen_is_wider_than_the_terminal_or_ends_in_blanks(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("--- error stream")[0]
    for line in text.splitlines()[1:]:
        assert line == line.rstrip()
        assert len(line) <= SCENES[name].width


@pytest.mark.parametrize("width", [20, 60, 200])
def test_every_screen_can_be_drawn_at_every_width(width: int, season: SeasonOrg) -> None:
    for arguments in (("sync", "spring.yaml"), ("status",)):
        assert season.novigem(*arguments, width=width).code == 0


def test_the_answer_for_scripts_has_every_figure(season: SeasonOrg) -> None:
    assert season.sync().code == 0
    season.org.clock.advance(600)
    season.deals(2, Type="Upsell")
    answer = json.loads(season.sync("--json").out)
    assert {name for name in answer if name != "objects"} == {
        "org", "people", "calls", "usage", "alarms", "errors", "changes", "new_changes", "entries", "points", "bonuses",
        "badges", "corrections", "rejected", "put_aside", "unknown", "blocked",
        "closed", "names",
    }  # fmt: skip
    assert (answer["org"], answer["changes"], answer["entries"], answer["points"]) == (season.org.id, 2, 2, 20)
    assert answer["usage"]["allowed"] == 15_000
    objects = {one["object"]: one for one in answer["objects"]}
    assert list(objects) == ["User", "Opportunity", "Task"]
    assert all(set(one) == OBJECT_KEYS for one in objects.values())
    assert (objects["Opportunity"]["changes"], objects["Task"]["changes"]) == (2, 0)
    assert objects["Opportunity"]["covered"] == "2024-03-05T09:11:00Z"


def test_the_status_for_scripts_says_how_each_object_stands(season: SeasonOrg) -> None:
    season.sync()
    season.lend("Task")
    answer = json.loads(season.novigem("status", "--json").out)
    assert (answer["orgs"], answer["put_aside"]) == ([season.org.id], 0)
    objects = {one["object"]: one for one in answer["objects"]}
    assert set(objects["Task"]) == {
        "org", "object", "covered", "lag_seconds", "is_filled", "records", "put_aside", "held_by", "held_until", "last",
    }  # fmt: skip
    assert (objects["Opportunity"]["records"], objects["Opportunity"]["is_filled"]) == (3, True)
    assert (objects["Opportunity"]["held_by"], objects["Task"]["held_by"]) == (None, "crm-2/4711/0a1b2c3d")
    assert set(objects["Opportunity"]["last"]) == OBJECT_KEYS


def test_a_first_read_that_is_cut_short_shows_and_the_next_sync_goes_on(season: SeasonOrg) -> None:
    season.deals(30, Type="New")
    season.org.clock.advance(60)
    season.org.faults.add(faults.small_pages(10), "FROM Opportunity", times=None)
    season.org.faults.add(faults.reset(), "/query/0r8", at=2, times=None)
    broken = season.sync()
    assert (broken.code, "Not read to the end" in broken.out) == (1, True)
    status = season.novigem("status")
    assert "First read not through yet" in status.out
    assert "records known so far" in status.out
    season.org.faults.clear()
    assert "33 records known now" in season.sync().out


def test_running_it_again_pays_nothing_twice(season: SeasonOrg) -> None:
    season.sync()
    season.org.clock.advance(60)
    season.deals(3, Type="Upsell")
    for _again in range(3):
        season.org.clock.advance(30)
        assert season.sync().code == 0
    assert len(season.novigem("ledger", "--json", "--rule", "signal-logged").out.splitlines()) == 3
    assert season.novigem("doctor").code == 0


@pytest.mark.parametrize(
    ("environment", "code", "told"),
    [
        ({"NOVIGEM_SF_ACCESS_TOKEN": "00D000000000000!wrong"}, 1, "Session expired"),
        ({"NOVIGEM_SF_ACCESS_TOKEN": ""}, 2, "nothing says how to sign in"),
        ({"NOVIGEM_SF_INSTANCE_URL": "http://org.example.com"}, 2, "is not safe for a token"),
        ({"NOVIGEM_SF_BUDGET_SHARE": "3"}, 2, "NOVIGEM_SF_BUDGET_SHARE"),
        ({"NOVIGEM_HISTORY": "perhaps"}, 2, "NOVIGEM_HISTORY is 'perhaps'"),
        ({"NOVIGEM_EVERY": "often"}, 2, "NOVIGEM_EVERY is 'often'"),
        ({"NOVIGEM_EVERY": "1s"}, 2, "give 10s at least"),
    ],
)
def test_what_is_wrong_with_the_settings_ends_it_before_a_database_is_made(
    environment: dict[str, str], code: int, told: str, season: SeasonOrg
) -> None:
    answer = season.sync(**environment)
    assert (answer.code, told in answer.err, answer.out) == (code, True, "")
    assert not (season.folder / "novigem.db").exists()
    assert "wrong" not in answer.err


def test_a_wrong_secret_is_your_input_and_is_not_shown(season: SeasonOrg) -> None:
    secret = "not.the.secret.at.all"
    settings = {"NOVIGEM_SF_CLIENT_ID": season.org.sessions.client_id, "NOVIGEM_SF_CLIENT_SECRET": secret}
    settings |= {"NOVIGEM_SF_LOGIN_URL": season.running.url, "NOVIGEM_SF_ACCESS_TOKEN": ""}
    answer = season.sync(**settings, NOVIGEM_SF_INSTANCE_URL="")
    assert (answer.code, secret in answer.out + answer.err) == (2, False)


def test_another_org_is_refused(season: SeasonOrg, tmp_path: Path) -> None:
    season.sync()
    (tmp_path / "copy").mkdir()
    with season_org(tmp_path / "copy") as copy:
        copy.org.id = "00DNv0000009999EAA"
        copy.org.table("Organization").rows.clear()
        copy.org.load("Organization", [{"Id": copy.org.id, "Name": "Copy"}])
        settings = {"NOVIGEM_SF_INSTANCE_URL": copy.running.url, "NOVIGEM_SF_ACCESS_TOKEN": copy.token}
        answer = season.sync(**settings)
    assert (answer.code, "holds the changes of the org" in answer.err) == (2, True)


def test_words_of_the_org_do_not_steer_the_terminal(season: SeasonOrg) -> None:
    season.sync()
    season.org.faults.add(faults.refused(403, "INSUFFICIENT_ACCESS", HOSTILE), "FROM Task", times=None)
    broken, status = season.sync(), season.novigem("status")
    for answer in (broken, status):
        assert ESCAPE not in answer.out + answer.err
        assert "[red]in[/red]" in answer.out + answer.err
    assert (broken.code, status.code) == (2, 0)


def test_what_was_read_before_an_error_is_shown_and_stays(season: SeasonOrg) -> None:
    season.sync()
    season.org.clock.advance(60)
    season.deals(2, Type="Upsell")
    season.org.faults.add(faults.maintenance(), "FROM Task", times=None)
    answer = season.sync()
    assert (answer.code, "2 changes from Salesforce" in answer.out) == (1, True)
    assert "2 changes read before this are committed" in answer.err
    told = json.loads(season.sync("--json").out)
    assert [one["error"] for one in told["errors"]] == ["OrgUnavailable"]


def test_a_database_that_fails_in_the_middle_is_told_with_what_stays(season: SeasonOrg) -> None:
    season.sync()
    season.org.clock.advance(60)
    season.deals(2, Type="Upsell")
    taken: list[str] = []

    def acquire(store: SqlStore, name: str, owner: str, seconds: float) -> object:
        taken.append(name)
        if name.endswith("/Task"):
            raise StoreError("the disk is full")
        return real(store, name, owner, seconds)

    real = SqlStore.acquire_lease
    with mock.patch.object(SqlStore, "acquire_lease", acquire):
        answer = season.sync()
    assert (answer.code, answer.err) == (
        1,
        "error: the disk is full\n  2 changes read before this are committed; the same command goes on from there\n",
    )


def test_the_budget_stops_a_sync_before_others_starve(season: SeasonOrg) -> None:
    season.org.usage.used = 8000
    answer = season.sync("--budget", "0.5")
    assert (answer.code, "a sync stops at 50%" in answer.err) == (1, True)
    assert season.sync().code == 0
    assert season.sync("--budget", "2").code == 2


def test_history_tells_of_every_step_between_two_syncs(season: SeasonOrg) -> None:
    season.org.add_field("Opportunity", "Stage2__c", track=True)
    season.org.tracked.setdefault("Opportunity", set()).add("StageName")
    season.sync()
    for stage in ("Proposal", "At risk", "Negotiation"):
        season.org.clock.advance(60)
        season.org.update(season.deal, {"StageName": stage}, user=season.ann)
    season.org.clock.advance(60)
    steps = json.loads(season.sync("--history", "--json").out)
    assert (steps["changes"], steps["entries"]) == (3, 1)


def test_a_bar_for_each_object_stands_on_a_terminal_only(season: SeasonOrg) -> None:
    on_terminal = season.sync(FORCE_COLOR="1", NO_COLOR="", TERM="xterm-256color")
    assert "Opportunity" in on_terminal.err
    assert ESCAPE in on_terminal.err
    assert season.sync().err == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--every", "5m", "--json"), "add --once, or use --log json"),
        (("--log", "json"), "need --every"),
        (("--metrics-port", "9000"), "need --every"),
        (("--every", "5m", "--metrics-port", "70000"), "65535"),
        (("--every", "5m", "--once", "--log", "json"), "need --every"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: tuple[str, ...], told: str, season: SeasonOrg) -> None:
    answer = season.sync(*arguments)
    assert (answer.code, told in answer.err) == (2, True)


def test_once_overrides_the_settings(season: SeasonOrg) -> None:
    (season.folder / "novigem.toml").write_text('every = "5m"\nhistory = true\n', encoding="utf-8")
    assert season.sync("--once").code == 0


def test_without_a_database_the_status_says_what_to_type(tmp_path: Path) -> None:
    answer = novigem(tmp_path, "status")
    assert (answer.code, "novigem run" in answer.err) == (2, True)


@contextmanager
def held_at_opportunities(season: SeasonOrg) -> Iterator["subprocess.Popen[str]"]:
    """Start a sync in a process of its own, and give it when it waits for opportunities; afterwards it is killed."""
    reached = Event()
    season.org.faults.add(faults.calling(reached.set), "FROM Opportunity")
    season.org.faults.add(faults.hanging(600), "FROM Opportunity")
    command = [sys.executable, "-m", "novigem.cli.main", "sync", "spring.yaml"]
    busy = subprocess.Popen(
        command, cwd=season.folder, env=process_environment(season), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert reached.wait(60), "it never asked for opportunities"
        yield busy
    finally:
        busy.kill()
        busy.communicate(timeout=30)


def test_of_two_syncs_at_once_one_works_the_other_says_so_and_a_killed_one_is_replaced(season: SeasonOrg) -> None:
    (season.folder / "deals.yaml").write_text(ONE_OBJECT, encoding="utf-8")
    season.sync()
    with held_at_opportunities(season) as busy:
        with season.store() as store:
            (held,) = [lease for lease in store.leases() if lease.name.endswith("/Opportunity")]
        assert f"/{busy.pid}/" in held.owner
        some = season.sync()
        assert (some.code, f"process {busy.pid} on" in some.out, "Left out" in some.out) == (0, True, True)
        every = season.novigem("sync", "deals.yaml")
        assert (every.code, every.out) == (1, "")
        assert f"another sync is at work: process {busy.pid} on" in every.err
        assert "it keeps Opportunity" in every.err
    # Nobody waits for the lease of a process that is dead.
    after = season.sync()
    assert (after.code, "Left out" in after.out) == (0, False)


def test_a_supervisor_that_stops_a_single_sync_finds_no_lease_left(season: SeasonOrg) -> None:
    season.sync()
    with held_at_opportunities(season) as busy:
        busy.send_signal(signal.SIGTERM)
        _out, err = busy.communicate(timeout=60)
    assert busy.returncode == 130
    assert "what is committed stays" in err
    with season.store() as store:
        assert store.leases() == []


def process_environment(season: SeasonOrg) -> dict[str, str]:
    """Give the environment of a process that syncs with the org of a season."""
    return {"PATH": str(Path(sys.executable).parent), "HOME": str(season.folder), **season.environment}
