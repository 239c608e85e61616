"""`check --org` and `doctor --org` as somebody calls them: screens, answers, exit codes, and what stops them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.against_org.scenes import FOLDER, REFRESH, SCENES, Place, place, played
from tests.golden.cli.world import novigem
from tests.golden.gallery import ROOT


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return dict(played(tmp_path_factory.mktemp("against-org")))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as here:
        yield here


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_says_exactly_what_is_expected(name: str, screens: dict[str, str]) -> None:
    assert screens[name] == (FOLDER / f"{name}.txt").read_text(encoding="utf-8"), f"refresh with: {REFRESH}"


def test_no_golden_screen_is_left_behind() -> None:
    assert {one.stem for one in FOLDER.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("name", ["check-wrong", "doctor-wrong"])
def test_the_page_shows_the_screens_as_they_are(name: str) -> None:
    page = (ROOT / "docs/how-to/check-against-the-org.md").read_text(encoding="utf-8")
    screen = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").partition("--- ")[0].rstrip()
    assert f"```console\n{screen}\n```" in page


def test_without_a_connection_both_commands_say_how_to_set_one(season: Path) -> None:
    for arguments in (("check", "spring.yaml", "--org"), ("doctor", "--org")):
        answer = novigem(season, *arguments)
        assert answer.code == 2
        assert answer.out == ""
        assert "nothing says how to sign in to Salesforce" in answer.err
        assert "NOVIGEM_SF_ACCESS_TOKEN" in answer.err


def test_without_org_nobody_is_asked(here: Place) -> None:
    assert here.novigem("check", "wrong.yaml").code == 0
    here.sync()
    used = here.org.usage.used
    assert here.novigem("doctor").code == 0
    assert here.novigem("check", "wrong.yaml", "season.yaml").code == 0
    assert here.org.usage.used == used


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_the_org(here: Place) -> None:
    answer = here.novigem("check", "nowhere.yaml", "wrong.yaml", "--org")

    assert answer.code == 2
    assert "there is no file nowhere.yaml" in answer.err
    assert "NV502" in answer.out


def test_a_file_with_a_mistake_of_its_own_is_held_against_the_org_all_the_same(here: Place) -> None:
    text = (here.folder / "wrong.yaml").read_text(encoding="utf-8").replace("points: 10", "points: many")
    (here.folder / "wrong.yaml").write_text(text, encoding="utf-8")
    told = json.loads(here.novigem("check", "wrong.yaml", "--org", "--json").out)

    assert {"NV203", "NV502", "NV511"} <= {one["code"] for one in told["diagnostics"]}


def test_advice_alone_does_not_fail_a_check(here: Place) -> None:
    text = (here.folder / "season.yaml").read_text(encoding="utf-8").replace("notEquals: High", "notEquals: Highest")
    (here.folder / "season.yaml").write_text(text, encoding="utf-8")
    answer = here.novigem("check", "season.yaml", "--org")

    assert answer.code == 0
    assert "NV509" in answer.out


def test_a_token_that_has_ended_is_told_and_not_shown(here: Place) -> None:
    here.org.sessions.expire_all()
    answer = here.novigem("check", "season.yaml", "--org")

    assert answer.code == 1
    assert "NOVIGEM_SF_ACCESS_TOKEN" in answer.err
    assert here.settings["NOVIGEM_SF_ACCESS_TOKEN"] not in answer.out + answer.err


def test_no_text_of_the_org_steers_the_terminal(here: Place) -> None:
    hostile = "A\u001b[31mcme [bold]x[/bold]"
    organisation = here.org.table("Organization").rows[here.org.id]
    organisation["Name"] = hostile
    answer = here.novigem("check", "season.yaml", "--org")

    assert answer.code == 0
    assert "\u001b" not in answer.out
    assert "[bold]x[/bold]" in answer.out


def test_a_sample_needs_an_org_and_a_number(here: Place) -> None:
    here.sync()
    alone = here.novigem("doctor", "--sample", "5")
    assert (alone.code, "--sample is for --org" in alone.err) == (2, True)
    assert here.novigem("doctor", "--org", "--sample", "0").code == 2


def test_a_database_that_was_never_synced_has_nothing_to_compare(here: Place, season: Path) -> None:
    answer = novigem(season, "doctor", "--org", **here.settings)

    assert answer.code == 2
    assert "holds no copies of an org's records" in answer.err


def test_a_comparison_that_is_too_dear_is_refused_before_it_begins(here: Place) -> None:
    here.sync()
    here.org.usage.used = 7496  # a connection, a describe and a count leave one
    answer = here.novigem("doctor", "--org", NOVIGEM_SF_BUDGET_SHARE="0.5")

    assert answer.code == 1
    assert "API calls" in answer.err
    assert "--sample 200" in answer.err


def test_a_figure_that_differs_is_told_beside_an_org_that_agrees(here: Place) -> None:
    here.sync()
    here.sync()
    here.tamper(here.deals[1])
    answer = here.novigem("doctor", "--org", "--json")
    told = json.loads(answer.out)

    assert answer.code == 1
    assert all(one["ok"] for one in told["checks"])
    assert told["org"]["objects"][0]["missed"] == 1
