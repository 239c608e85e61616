"""The `review:` section of a program: written and read back, told in words, redacted, and no part of any score."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.program import Program
from novigem.model.redaction import Redactor, suppressions_of
from novigem.model.review import STANDARD_FIGURES, Figure
from novigem.planning.apply import Wish, preview
from novigem.planning.in_use import as_scored, refuse_changed
from novigem.program import dump_program, load_program_text
from novigem.program.difference import differences
from novigem.program.playbooks import read_playbook
from novigem.program.redaction import redacted_program
from novigem.program.watched import watched_fields
from novigem.rules.operators import DEFAULT_REGISTRY
from novigem.testing import make_change, make_id, make_program

SIGNALS: dict[str, Any] = {"id": "signals", "name": "Signals", "kind": "count", "object": "Opportunity"}
FOLLOW_UPS: dict[str, Any] = {
    "id": "follow-ups",
    "name": "Follow-ups",
    "kind": "rate",
    "object": "Task",
    "due": "ActivityDate",
    "done": {"Status": {"equals": "Completed"}},
}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PLAYBOOKS = ("account-expansion", "renewal-readiness", "save-manager-time", "stage-hygiene")


def season(*figures: dict[str, Any], **keys: Any) -> Program:
    """Give a program with some figures."""
    review = {"review": {"figures": list(figures)}} if figures else {}
    return make_program(starts="2026-01-05", weeks=6, **review, **keys)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_every_playbook_has_figures_that_read_back_the_same(name: str) -> None:
    program = load_program_text(read_playbook(name))
    assert program.review.figures
    assert load_program_text(dump_program(program)) == program


def test_the_standard_figures_are_those_of_account_expansion() -> None:
    own = load_program_text(read_playbook("account-expansion")).review.figures
    assert [one.kind for one in own] == [one.kind for one in STANDARD_FIGURES]

    def asked(figure: Figure) -> tuple[object, ...]:
        return figure.groups, figure.done_groups, figure.looked_at_groups, figure.due, figure.days, figure.money

    assert [asked(one) for one in own] == [asked(one) for one in STANDARD_FIGURES]


def test_differences_name_the_figure() -> None:
    told = differences(season(SIGNALS), season(SIGNALS | {"name": "More"}, FOLLOW_UPS))
    assert told == ("figure signals: name Signals -> More", "figure follow-ups: added")
    assert differences(season(SIGNALS), season()) == ("figure signals: removed",)


def test_a_program_without_the_section_keeps_its_version() -> None:
    assert "review" not in dump_program(season())
    assert season().version == make_program(starts="2026-01-05", weeks=6).version


class TestNoScore:
    """A version that differs in its figures alone changes nothing that is paid."""

    @staticmethod
    def store(program: Program) -> MemoryStore:
        """Give a store in which a program has paid."""
        store = MemoryStore()
        Engine(store, [program]).apply([make_change(at="2026-01-07T10:00:00Z")])
        return store

    def test_a_run_goes_on_under_the_version_in_use(self) -> None:
        before, after = season(), season(SIGNALS)
        store = self.store(before)
        (found,) = as_scored(store, [after], DEFAULT_REGISTRY)
        assert found.version == before.version
        refuse_changed(store, [found], {"test": "test.yaml"}, DEFAULT_REGISTRY)

    def test_another_difference_beside_it_is_still_refused(self) -> None:
        store = self.store(season())
        changed = season(SIGNALS, description="Another")
        assert as_scored(store, [changed], DEFAULT_REGISTRY) == [changed]

    def test_applying_it_moves_no_entry(self) -> None:
        found = preview(self.store(season()), Wish(season(SIGNALS)), now=NOW)
        assert found.words == ("figure signals: added",)
        assert not found.outcome.moves
        assert not found.is_nothing


class TestWatched:
    """What a sync reads for figures."""

    def test_fields_of_figures_are_useful_and_never_needed(self) -> None:
        found = watched_fields([season(FOLLOW_UPS)], DEFAULT_REGISTRY)
        assert found["Task"].needed == frozenset()
        assert {"ActivityDate", "Status", "OwnerId"} <= found["Task"].useful

    def test_a_rule_that_any_edit_sets_off_is_paid_for_no_further_field(self) -> None:
        rule = {"trigger": "update", "when": {"Type": {"equals": "Upgrade"}}}
        program = make_program(
            rule,
            starts="2026-01-05",
            weeks=6,
            review={"figures": [SIGNALS | {"where": {"Amount": {"greaterThan": 1}}}]},
        )
        assert "Amount" not in watched_fields([program], DEFAULT_REGISTRY)["Opportunity"].useful


def test_an_erased_person_is_named_in_no_figure() -> None:
    ann, nobody = make_id("005", 1), "0056CQYuuYvDiWnQTK"
    found = suppressions_of(bytes(32), nobody, ann, ("Ann Lee",))
    redactor = Redactor(bytes(32), {one.mark: one for one in found})
    owned = {"OwnerId": {"equals": ann}}
    figure = {"name": "Signals of Ann Lee", "kind": "influence", "where": owned, "touch": [{"where": owned}]}
    program = season(SIGNALS | figure)
    redacted = redacted_program(program, redactor)
    assert ann not in dump_program(redacted)
    assert "Ann" not in dump_program(redacted)
    assert redacted.version == program.version
