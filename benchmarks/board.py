"""Reading a board of 100,000 people: the top 10 and one's own rank, from the totals as they are kept.

python -m benchmarks board [--quick]
"""

import random
import time
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import data
from benchmarks.databases import postgres
from benchmarks.measure import table, verdict
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.model.entry import Total
from novigem.model.program import TieBreak
from novigem.model.ranking import tier_key

_BOOK = "season:*:all"
_CHAINS: tuple[tuple[TieBreak, ...], ...] = ((), ("first_to_reach",), ("first_to_reach", "distinct_accounts"))
_TARGET_MS = 5.0


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    people = 20_000 if quick else 100_000
    with TemporaryDirectory() as folder:
        _board("SQLite", open_store(f"sqlite:///{Path(folder, 'board.db')}"), people)
    with postgres() as url:
        if url is None:
            print("\n  PostgreSQL: not measured, for no server could be started (install the `test` extra)")
        else:
            _board("PostgreSQL", open_store(url), people)


def _board(name: str, store: SqlStore, people: int) -> None:
    _fill(store, people)
    everybody = store.top(_BOOK, (), None)
    rows, slowest = [], 0.0
    for ties in _CHAINS:
        for style in ("dense", "competition"):
            for where, total in (("middle", everybody[people // 2]), ("end", everybody[-1])):
                took = _read(store, total, ties, distinct=style == "dense")
                rows.append((", ".join(ties) or "no tie-break", style, where, f"{took[0]:.2f} ms", f"{took[1]:.2f} ms"))
                slowest = max(slowest, took[0])
    table(
        f"{name}: top 10 and own rank among {people:,} people", ("ties", "ranking", "own place", "median", "best"), rows
    )
    verdict("slowest, in milliseconds", slowest, _TARGET_MS, at_least=False)


def _read(store: SqlStore, total: Total, ties: tuple[TieBreak, ...], *, distinct: bool) -> tuple[float, float]:
    """Give the median and the best time in milliseconds; on a busy machine they lie far apart."""
    times = []
    for _round in range(9):
        start = time.perf_counter()
        store.top(_BOOK, ties, 10)
        store.count_above(total, ties, distinct=distinct)
        times.append(time.perf_counter() - start)
    return median(times) * 1000, min(times) * 1000


def _fill(store: SqlStore, people: int) -> None:
    chance = random.Random(3)
    with store.begin() as transaction:
        transaction.save_totals(
            Total(
                book=_BOOK,
                user=data.record_id("005", number),
                # Many share their points, as people do who earn by fives.
                points=5 * int(chance.gammavariate(2, 400)),
                entries=chance.randrange(1, 400),
                reached=1_760_000_000_000_000 + chance.randrange(3_600) * 1_000_000_000,
                accounts=chance.randrange(1, 60),
            )
            for number in range(people)
        )
    with store.begin() as transaction:
        totals = store.top(_BOOK, (), None)
        transaction.save_tiers(Counter(tier_key(total, ties) for total in totals for ties in _CHAINS))


if __name__ == "__main__":
    main()
