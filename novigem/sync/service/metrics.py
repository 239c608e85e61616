"""The figures of a sync that runs for good, for Prometheus: sums since the process began, and how things stand."""

from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from novigem.feed.salesforce.org import Usage
from novigem.sync.report import ObjectReport

# What each figure of a report means. Points are no counter: a correction takes some back.
_SUMS = {
    "rows": "Rows read, most of them seen before.",
    "changes": "Changes found.",
    "entries": "Awards written to the ledger.",
    "unknown": "Rules that could not be decided.",
    "rejected": "Rows put aside because they could not be read.",
    "repaired": "Records that a sweep had to put right; a sound feed has none.",
    "purged": "Records that the org has removed for good.",
    "restarts": "Queries that had to begin again by key.",
}


class Figures(Collector):
    """Keeps the figures of all runs; threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sums: Counter[tuple[str, str]] = Counter()
        self._points: Counter[str] = Counter()
        self._lags: dict[str, float] = {}
        self._held: dict[str, bool] = {}
        self._outcomes: Counter[str] = Counter()
        self._seconds = 0.0
        self._calls = 0
        self._usage: Usage | None = None
        self._last_success: float | None = None

    def ran(self, outcome: str, seconds: float, objects: Iterable[ObjectReport], *, success: float | None) -> None:
        """Take in a run: how it ended, how long it took, what it did; `success` is when, in seconds since 1970."""
        with self._lock:
            self._outcomes[outcome] += 1
            self._seconds += seconds
            self._last_success = success or self._last_success
            for one in objects:
                for name in _SUMS:
                    self._sums[name, one.object] += getattr(one, name)
                self._points[one.object] += one.points
                self._held[one.object] = one.held_by is not None
                if one.lag_seconds is not None:
                    self._lags[one.object] = one.lag_seconds

    def called(self, calls: int, usage: Usage | None) -> None:
        """Take in the API calls made so far, and what the org says of its limit."""
        with self._lock:
            self._calls, self._usage = calls, usage or self._usage

    def text(self) -> bytes:
        """Give all figures in the text format of Prometheus."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        with self._lock:
            log_event = [*self._per_object(), *self._of_runs(), *self._of_the_org()]
        yield from log_event

    def _per_object(self) -> Iterator[Metric]:
        objects = sorted(self._held)
        for name, about in _SUMS.items():
            family = CounterMetricFamily(f"novigem_sync_{name}", about, labels=["object"])
            for one in objects:
                family.add_metric([one], self._sums[name, one])
            yield family
        states = (
            ("points", "Points of all awards, less what was taken back.", self._points),
            ("lag_seconds", "How old the watermark was when the object was last read.", self._lags),
            ("held_elsewhere", "1 where the last run left the object to another process.", self._held),
        )
        for name, about, values in states:
            gauge = GaugeMetricFamily(f"novigem_sync_{name}", about, labels=["object"])
            for one, value in sorted(values.items()):
                gauge.add_metric([one], float(value))
            yield gauge

    def _of_runs(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("novigem_sync_runs", "Runs, by how they ended.", labels=["outcome"])
        for outcome, count in sorted(self._outcomes.items()):
            runs.add_metric([outcome], count)
        yield runs
        count = self._outcomes.total()
        yield SummaryMetricFamily(
            "novigem_sync_run_duration_seconds", "How long runs took.", count_value=count, sum_value=self._seconds
        )
        if self._last_success is not None:
            about = "When the last run ended well, in seconds since 1970."
            yield GaugeMetricFamily("novigem_sync_last_success_timestamp_seconds", about, value=self._last_success)

    def _of_the_org(self) -> Iterator[Metric]:
        yield CounterMetricFamily("novigem_sync_api_calls", "API calls that this process made.", value=self._calls)
        if self._usage is not None:
            about = "API calls of the last 24 hours, whoever made them."
            yield GaugeMetricFamily("novigem_org_api_calls_used", about, value=self._usage.used)
            about = "API calls that the org allows in 24 hours."
            yield GaugeMetricFamily("novigem_org_api_calls_allowed", about, value=self._usage.allowed)
