"""How often a flag is a false alarm on simulated honest teams, and how many simulated cheaters are found.

    python -m benchmarks flags [--quick]

One person in one season is one trial. Rates come with their 95 % Wilson interval. The figures in
docs/explanation/gaming.md are from here; a test holds a smaller run within the bounds stated there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import table
from novigem import load_program
from novigem.audit.flags import DETECTORS
from novigem_sandbox.team import CHEATERS, LOOKALIKES, DryRun, Plan, Season

_PROGRAMS = Path(__file__).parents[1] / "config"
_PLAYBOOK = _PROGRAMS / "programs/account-expansion.yaml"
# The program of `scripts/season.py`, and about how much busier its people are.
_SEASON, _BUSY = _PROGRAMS / "examples/careful-season.yaml", 18.9
_TEAM = 12
_ONE_SIDED_95 = 1.96


class Rates(NamedTuple):
    """Trials, and how many of them each detector (or anything) flagged."""

    trials: int
    flagged: Counter[str]
    any_flag: int


def interval(hits: int, trials: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share."""
    z, share = _ONE_SIDED_95, hits / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def measure(dry: DryRun, plans: Iterable[Plan], who: Sequence[str] | None = None) -> Rates:
    """Play seasons and count the people flagged: all, or those with one of some profiles, by the profile's name."""
    trials, any_flag = 0, 0
    flagged: Counter[str] = Counter()
    for plan in plans:
        season = Season(plan)
        people = {one.id for one in season.team.members if who is None or one.profile.name in who}
        found = {
            (one.detector, one.user) for one in dry.look(season.team.people, season.changes()) if one.user in people
        }
        trials += len(people)
        flagged.update(detector for detector, _user in found)
        any_flag += len({user for _detector, user in found})
    return Rates(trials, flagged, any_flag)


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    dry = DryRun(load_program(_PLAYBOOK))
    teams = 40 if quick else 500
    for intensity in (1.0, 3.0):
        _false_alarms(dry, (Plan(_TEAM, seed=seed, intensity=intensity) for seed in range(teams)), intensity)
        teams //= 5
    seeds = range(40_000, 40_002 if quick else 40_025)
    plans = (Plan(_TEAM, seed=seed, intensity=_BUSY) for seed in seeds)
    _false_alarms(DryRun(load_program(_SEASON)), plans, _BUSY)
    teams = 10 if quick else 100
    rows = []
    for profile in CHEATERS:
        plans = (Plan(_TEAM - 1, seed=10_000 + seed, cheaters=(profile,)) for seed in range(teams))
        rates = measure(dry, plans, [profile.name])
        by = ", ".join(name for name, _count in rates.flagged.most_common(2))
        rows.append((*_row(profile.name, rates.any_flag, rates.trials), by))
    table("Cheaters, one in a team of twelve", ("cheater", "found", "recall", "95 % interval", "by"), rows)
    rows = []
    for profile in LOOKALIKES:
        plans = (Plan(_TEAM - 1, seed=20_000 + seed, cheaters=(profile,)) for seed in range(teams))
        rates = measure(dry, plans, [profile.name])
        by = ", ".join(name for name, _count in rates.flagged.most_common(2))
        rows.append((*_row(profile.name, rates.any_flag, rates.trials), by))
    table("Honest, and looking like it", ("habit", "flagged", "rate", "95 % interval", "by"), rows)


def _false_alarms(dry: DryRun, plans: Iterable[Plan], intensity: float) -> None:
    """Measure and print how many honest people each detector flags."""
    honest = measure(dry, plans)
    title = f"False alarms: {honest.trials:,} honest people, one season each, at {intensity:g} times the usual work"
    rows = [_row(one.id, honest.flagged[one.id], honest.trials) for one in DETECTORS]
    rows.append(_row("any", honest.any_flag, honest.trials))
    table(title, ("detector", "flagged", "rate", "95 % interval"), rows)


def _row(name: str, hits: int, trials: int) -> tuple[str, str, str, str]:
    low, high = interval(hits, trials)
    return name, f"{hits:,} of {trials:,}", f"{hits / trials:.2%}", f"{low:.2%} to {high:.2%}"


if __name__ == "__main__":
    main()
