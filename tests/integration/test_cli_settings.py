"""Settings: flags, then the environment, then novigem.toml, and every mistake with its place."""

from pathlib import Path

import pytest

from novigem.errors import SettingsError
from novigem.feed.source import PAGE_SIZE
from novigem.settings import Settings, load_settings
from tests.golden.cli.world import novigem


def load(folder: Path, toml: str = "", environment: dict[str, str] | None = None, **flags: object) -> Settings:
    if toml:
        (folder / "novigem.toml").write_text(toml, encoding="utf-8")
    return load_settings(flags, environment=environment or {}, folder=folder)


def test_without_anything_there_are_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings("sqlite:///novigem.db", None, PAGE_SIZE, None)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    toml = 'db = "sqlite:///file.db"\nbatch = 10\nprogram = "spring"\nauthor = "Dana"\n'
    environment = {"NOVIGEM_DB": "sqlite:///environment.db", "NOVIGEM_BATCH": "20", "NOVIGEM_SF_CLIENT_ID": "x"}
    settings = load(tmp_path, toml, environment, db="sqlite:///flag.db", batch=None)
    assert settings == Settings("sqlite:///flag.db", "spring", 20, "Dana")


def test_an_empty_variable_counts_as_none(tmp_path: Path) -> None:
    assert load(tmp_path, environment={"NOVIGEM_DB": ""}).db == "sqlite:///novigem.db"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('dbb = "x"', "novigem.toml: there is no setting 'dbb'"),
        ('colour = "x"', "novigem.toml: there is no setting 'colour'"),
        ("db = 5", "novigem.toml: db is 5"),
        ('db = ""', "novigem.toml: db is ''"),
        ("batch = true", "novigem.toml: batch is True"),
        ("batch = 0", "novigem.toml: batch is 0"),
        ("db = ", "novigem.toml is not TOML"),
    ],
)
def test_a_wrong_line_of_the_file_is_told_with_its_name(toml: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, toml)
    assert told in caught.value.message
    assert caught.value.hint


def test_a_misspelt_setting_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean program"):
        load(tmp_path, 'programm = "spring"')


@pytest.mark.parametrize("text", ["many", "0", "-1", "1.5"])
def test_a_wrong_variable_is_told_with_its_name(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NOVIGEM_BATCH"):
        load(tmp_path, environment={"NOVIGEM_BATCH": text})


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "novigem.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is not TOML"):
        load(tmp_path)


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "novigem.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_every_command_reads_the_settings(season: Path) -> None:
    (season / "novigem.db").rename(season / "kept.db")
    assert novigem(season, "board").code == 2
    assert novigem(season, "board", NOVIGEM_DB="sqlite:///kept.db").code == 0
    (season / "novigem.toml").write_text('db = "sqlite:///kept.db"\n', encoding="utf-8")
    assert novigem(season, "board").code == 0
    assert novigem(season, "board", "--db", "sqlite:///none.db").code == 2
    (season / "novigem.toml").write_text('databse = "x"\n', encoding="utf-8")
    wrong = novigem(season, "board")
    assert (wrong.code, "novigem.toml" in wrong.err) == (2, True)


def test_a_program_may_be_settled_once_for_all_readers(season: Path) -> None:
    assert novigem(season, "ledger", NOVIGEM_PROGRAM="spring").code == 0
    assert novigem(season, "ledger", NOVIGEM_PROGRAM="autumn").code == 2
