"""Measuring side by side: interleaved runs, medians and ratios, so that the noise of a machine cancels."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Work = Callable[[], int]


def interleaved(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Run each work once a round; give the rates (units a second), one per round. A work gives its number of units."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _round in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            units = work()
            rates[name].append(units / (time.perf_counter() - start))
    return rates


def ratio(rates: Mapping[str, list[float]], over: str, under: str) -> float:
    """Give the median, over the rounds, of one rate divided by another of the same round."""
    return median(one / other for one, other in zip(rates[over], rates[under], strict=True))


def table(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print a small table."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header, tuple("-" * width for width in widths), *rows]:
        first, *rest = (
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *rest]))


def rate(value: float) -> str:
    """Write a rate: `1.23 M/s`, `45.6 k/s`."""
    if value >= 1e6:
        return f"{value / 1e6:.2f} M/s"
    return f"{value / 1e3:.1f} k/s" if value >= 1e4 else f"{value:,.0f} /s"


def verdict(what: str, measured: float, target: float, *, at_least: bool = True) -> None:
    """Print one figure beside its target."""
    met = measured >= target if at_least else measured <= target
    bound = "at least" if at_least else "at most"
    print(f"  {'ok   ' if met else 'SHORT'} {what}: {measured:.2f} (target: {bound} {target:g})")
