"""Health and figures over HTTP: on loopback, in the formats that machines read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from novigem.errors import WorldError
from novigem.feed.salesforce.org import Usage
from novigem.sync.report import ObjectReport
from novigem.sync.service.health import Health, serving
from novigem.sync.service.metrics import Figures
from novigem.views.terminal.errors import next_step


class Served:
    """Health and figures behind a port, with a clock set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.health = Health(60, lambda: self.now)
        self.figures = Figures()
        self.port = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        with serving(0, self.health, self.figures) as port:
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
def served() -> Served:
    return Served()


def ran(figures: Figures) -> None:
    told = ObjectReport(
        "Opportunity", started=0, rows=9, changes=3, points=-4, rejected=2, lag_seconds=12.5, restarts=1
    )
    figures.ran("done", 1.5, [told], success=1000.0)
    figures.ran("failed", 0.5, [], success=None)
    figures.called(14, Usage(18, 5000))


def test_the_figures_are_read_by_prometheus(served: Served) -> None:
    ran(served.figures)
    ran(served.figures)
    with served.running() as url:
        answer = requests.get(f"{url}/metrics", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain")
    values = {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }
    assert values["novigem_sync_rows_total", "Opportunity"] == 18
    assert values["novigem_sync_changes_total", "Opportunity"] == 6
    assert values["novigem_sync_rejected_total", "Opportunity"] == 4
    assert values["novigem_sync_restarts_total", "Opportunity"] == 2
    assert values["novigem_sync_points", "Opportunity"] == -8
    assert values["novigem_sync_lag_seconds", "Opportunity"] == 12.5
    assert values["novigem_sync_held_elsewhere", "Opportunity"] == 0
    assert values["novigem_sync_runs_total", "failed"] == 2
    assert values["novigem_sync_run_duration_seconds_sum",] == 4
    assert values["novigem_sync_run_duration_seconds_count",] == 4
    assert values["novigem_sync_last_success_timestamp_seconds",] == 1000
    assert values["novigem_sync_api_calls_total",] == 14
    assert values["novigem_org_api_calls_used",] == 18
    assert values["novigem_org_api_calls_allowed",] == 5000


def test_every_figure_is_described(served: Served) -> None:
    ran(served.figures)
    page = (Path(__file__).parents[4] / "docs/how-to/run-the-sync.md").read_text(encoding="utf-8")
    names = {one.name for one in text_string_to_metric_families(served.figures.text().decode())}
    assert len(names) == 17
    assert [name for name in sorted(names) if name.removeprefix("novigem_sync") not in page] == []


def test_before_the_first_run_there_are_no_figures_that_could_mislead(served: Served) -> None:
    text = served.figures.text().decode()
    assert "last_success_timestamp" not in text
    assert "novigem_org_api_calls" not in text
    assert "novigem_sync_api_calls_total 0.0" in text


def test_an_object_that_another_process_keeps_counts_nothing_and_loses_nothing(served: Served) -> None:
    ran(served.figures)
    held = ObjectReport("Opportunity", started=0, held_by="host/1/a")
    served.figures.ran("held", 0.1, [held], success=None)
    text = served.figures.text().decode()
    assert 'novigem_sync_changes_total{object="Opportunity"} 3.0' in text
    assert 'novigem_sync_held_elsewhere{object="Opportunity"} 1.0' in text


def test_health_says_why_it_is_not_well(served: Served) -> None:
    with served.running() as url:
        well = requests.get(f"{url}/healthz", timeout=10)
        served.health.ill("the org is down")
        served.now = 181.0
        ill = requests.get(f"{url}/healthz?x=1", timeout=10)
        served.health.well()
        again = requests.get(f"{url}/healthz", timeout=10)
    assert (well.status_code, json.loads(well.text)) == (200, {"ok": True, "reason": None, "quiet_seconds": 0.0})
    assert (ill.status_code, ill.json()) == (503, {"ok": False, "reason": "the org is down", "quiet_seconds": 181.0})
    assert again.status_code == 200


def test_nothing_else_is_answered_and_nothing_can_be_sent(served: Served) -> None:
    with served.running() as url:
        assert requests.get(f"{url}/../etc/passwd", timeout=10).status_code == 404
        assert requests.get(url, timeout=10).status_code == 404
        assert requests.post(f"{url}/healthz", data="x", timeout=10).status_code == 501
        head = requests.head(f"{url}/healthz", timeout=10)
    assert (head.status_code, head.text) == (200, "")


def test_it_listens_on_loopback_alone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    bound: list[tuple[str, int]] = []

    class Watched(ThreadingHTTPServer):
        def server_bind(self) -> None:
            super().server_bind()
            bound.append(self.socket.getsockname())

    monkeypatch.setattr("novigem.sync.service.health.ThreadingHTTPServer", Watched)
    with served.running() as url:
        assert bound == [("127.0.0.1", int(url.rpartition(":")[2]))]


def test_a_port_in_use_is_told(served: Served) -> None:
    with served.running() as url:
        second = serving(int(url.rpartition(":")[2]), served.health, served.figures)
        with pytest.raises(WorldError, match="cannot be used") as caught, second:
            pass
    assert next_step(caught.value) == "give another --metrics-port"
