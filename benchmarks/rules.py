"""Rule evaluation: ours beside other engines, at 10, 100 and 1,000 rules over the same changes.

python -m benchmarks rules [--quick]
"""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import data, peers
from benchmarks.measure import Work, interleaved, rate, ratio, table, verdict
from novigem.model.change import Change
from novigem.model.program import Rule
from novigem.rules.compile import compile_rules
from novigem.rules.interpret import evaluate

_UTC = ZoneInfo("UTC")
_OURS, _LOOP, _INTERPRETER = "novigem", "empty loop", "novigem's plain interpreter"
_BY_SOURCE = "zen-engine, a list per object and trigger"
_TARGETS = {10: 5.0, 100: 12.0, 1000: 50.0}
_SLICE_SECONDS = 0.4
_HITS_TO_CHECK = 40


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    changes = list(data.changes(30_000 if quick else 100_000))
    all_facts = [peers.facts(change) for change in changes]
    rounds = 3 if quick else 7
    rules = {count: data.rules(count) for count in _TARGETS}
    for count, target in _TARGETS.items():
        _compare(rules[count], target, changes, all_facts, rounds)
    _compare_own(rules, changes, rounds)


def _compare_own(rules: Mapping[int, list[Rule]], changes: list[Change], rounds: int) -> None:
    """Compare our own speed at each number of rules; interleaved, for a busy machine changes from minute to minute."""
    matchers = {count: compile_rules([(rule, _UTC) for rule in rules[count]]) for count in rules}
    works: dict[str, Work] = {
        f"{count:,}": lambda match=match: _each(match, changes)  # type: ignore[misc]
        for count, match in matchers.items()
    }
    rates = interleaved(works, rounds)
    rows = [(name, rate(median(values)), f"{ratio(rates, name, '10'):.2f}") for name, values in rates.items()]
    table("novigem alone", ("rules", "changes", "to 10 rules"), rows)
    verdict("our speed at 1,000 rules to that at 10", ratio(rates, "1,000", "10"), 0.4)


def _compare(rules: list[Rule], target: float, changes: list[Change], all_facts: list[Any], rounds: int) -> None:
    count = len(rules)
    match = compile_rules([(rule, _UTC) for rule in rules])
    expected = [found.holds if (found := match(change)) is not None else () for change in changes]
    hits = [place for place, found in enumerate(expected) if found]
    share = len(hits) / len(changes)

    works: dict[str, Work] = {_LOOP: lambda: _loop(changes), _OURS: lambda: _each(match, changes)}
    others: dict[str, tuple[Callable[[Any], Sequence[int]], list[Any]]] = {
        _INTERPRETER: (_interpreter(rules), changes),
        **{name: (make(rules), all_facts) for name, make in peers.PEERS.items()},
        _BY_SOURCE: (peers.zen_by_source(rules), all_facts),
    }
    for name, (judge, inputs) in others.items():
        size = _affordable(judge, inputs)
        _must_agree(name, judge, [*range(min(size, 1000)), *hits[:_HITS_TO_CHECK]], inputs, expected)
        works[name] = lambda judge=judge, part=inputs[:size]: _each(judge, part)  # type: ignore[misc]

    rates = interleaved(works, rounds)
    rows = [
        (name, rate(median(values)), f"{ratio(rates, _OURS, name):,.1f}")
        for name, values in sorted(rates.items(), key=lambda item: -median(item[1]))
    ]
    table(
        f"{count:,} rules, {len(changes):,} changes of 20 fields, {share:.1%} match",
        ("engine", "changes", "novigem is faster by"),
        rows,
    )
    fastest = min(ratio(rates, _OURS, name) for name in peers.PEERS)
    verdict(f"ahead of the fastest engine at {count:,} rules", fastest, target)


def _loop(changes: list[Change]) -> int:
    for _change in changes:
        pass
    return len(changes)


def _each(judge: Callable[[Any], Any], inputs: list[Any]) -> int:
    for one in inputs:
        judge(one)
    return len(inputs)


def _interpreter(rules: list[Rule]) -> Callable[[Change], list[int]]:
    return lambda change: [
        index
        for index, rule in enumerate(rules)
        if rule.object == change.object and rule.trigger == change.kind and evaluate(rule, change, _UTC).result
    ]


def _affordable(judge: Callable[[Any], Any], inputs: list[Any]) -> int:
    """Give how many inputs take about a slice of time: rates are compared, so slow engines may see fewer."""
    start = time.perf_counter()
    _each(judge, inputs[:20])
    each = (time.perf_counter() - start) / 20
    return max(50, min(len(inputs), int(_SLICE_SECONDS / each)))


def _must_agree(
    name: str,
    judge: Callable[[Any], Sequence[int]],
    places: Sequence[int],
    inputs: list[Any],
    expected: Sequence[Sequence[int]],
) -> None:
    """Hold an engine to the same matches, on changes as they come and on some that match."""
    for place in places:
        found = tuple(judge(inputs[place]))
        if found != tuple(expected[place]):
            raise AssertionError(f"{name} gives {found} instead of {expected[place]} on {inputs[place]}")


if __name__ == "__main__":
    main()
