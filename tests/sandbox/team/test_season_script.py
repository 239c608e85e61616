"""`scripts/season.py` plays its season to the end, and every figure of it is proved."""

from pathlib import Path

import pytest

from novigem_sandbox.team import CHEATERS, large_plan
from tests.docs.pages import load_script


def test_a_small_season_is_played_edited_appealed_closed_and_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = large_plan(1_500, members=3, weeks=6)._replace(cheaters=CHEATERS[:1])
    assert load_script("scripts/season.py").play(tmp_path, plan) == 0
    told = capsys.readouterr().out
    for expected in ("(in force)", "upheld", "rejected", "standings are final", "hashes are the same", "0 differ from"):
        assert expected in told
