"""The log: a line for each thing, whatever stands in it, and never a secret."""

import json
import logging
from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from novigem.sync.service.logs import Form, log_event, logging_to

TOKEN = "00Dxx0000001gPL!AQ.the.secret.token"
HOSTILE = "two\nlines \x1b[31mred\u202e"


def written(form: Form, message: str = "sync", secrets: tuple[str, ...] = (), **fields: Any) -> str:
    out = StringIO()
    with logging_to(out, form, secrets) as log:
        log_event(log, logging.WARNING, message, **fields)
    return out.getvalue()


def fail(words: str) -> None:
    raise ValueError(words)


def test_a_line_of_json_has_the_moment_the_level_and_the_fields() -> None:
    line = json.loads(written("json", run=3, objects={"Task": {"rows": 0}}))
    assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
    assert line == {"level": "warning", "message": "sync", "run": 3, "objects": {"Task": {"rows": 0}}}


def test_a_line_of_text_leaves_out_what_is_nothing_and_quotes_what_has_blanks() -> None:
    line = written("text", run=3, error="not there", objects={"Task": {"rows": 0, "calls": 2}}, hint=None)
    assert line.split(" ", 1)[1] == 'warning sync run=3 error="not there" objects.Task.calls=2\n'


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_text_breaks_a_line_or_steers_a_terminal(form: Form) -> None:
    line = written(form, error=HOSTILE)
    assert line.count("\n") == 1
    assert line[:-1].isprintable()


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_hidden_wherever_they_stand_even_in_a_stack_trace(form: Form) -> None:
    out = StringIO()
    with logging_to(out, form, ["hunter22"]) as log:
        log_event(log, logging.INFO, "sync", error=f"answered {TOKEN}", password="hunter22")
        try:
            fail(f"Bearer {TOKEN} of hunter22")
        except ValueError:
            log.exception("a mistake")
    text = out.getvalue()
    assert "ValueError" in text
    assert "secret.token" not in text
    assert "hunter22" not in text


def test_a_stack_trace_stays_inside_its_line_of_json() -> None:
    out = StringIO()
    with logging_to(out, "json") as log:
        try:
            fail("ours")
        except ValueError:
            log.exception("a mistake", extra={"fields": {"exit_code": 1}})
    line = json.loads(out.getvalue())
    assert (line["message"], line["exit_code"]) == ("a mistake", 1)
    assert line["trace"].endswith("ValueError: ours")


def test_what_libraries_warn_of_is_in_the_same_form_and_the_scheduler_is_quiet() -> None:
    out = StringIO()
    with logging_to(out, "json"):
        logging.getLogger("urllib3.connectionpool").warning("%s is full", "the pool")
        logging.getLogger("apscheduler.executors.default").warning("a run was missed")
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == ["the pool is full"]


def test_the_log_leaves_nothing_behind() -> None:
    before = list(logging.getLogger().handlers), logging.getLogger("novigem.sync").level
    written("text")
    assert (list(logging.getLogger().handlers), logging.getLogger("novigem.sync").level) == before
