"""Folders for the tests of the command: one that is only written, one that a run has been through."""

import shutil
from pathlib import Path

import pytest

from tests.golden.cli.scenes import prepare
from tests.golden.cli.world import write_world


@pytest.fixture(scope="session")
def fed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a season that was fed once; not to be written to."""
    folder = tmp_path_factory.mktemp("season")
    prepare(folder)
    return folder


@pytest.fixture
def season(fed_once: Path, tmp_path: Path) -> Path:
    """Give a season of one's own that was fed once."""
    return shutil.copytree(fed_once, tmp_path / "season")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Give a folder with the program and the changes, and no database."""
    write_world(tmp_path)
    return tmp_path
