"""An award for several challenges: every screen and answer that tells of it names all of them."""

from rich.console import Console, RenderableType

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.explain import explain_record
from novigem.queries.near_misses import near_misses
from novigem.testing import make_change, make_id, make_program
from novigem.views.json.answers import explain_answer
from novigem.views.json.near_misses import near_misses_answer
from novigem.views.terminal.explain import explain_screen
from novigem.views.terminal.ledger import ledger_screen
from novigem.views.terminal.near_misses import near_misses_screen
from novigem.views.words import Screen

RULE = {
    "object": "Task",
    "trigger": "update",
    "challenge": ["challenge-1", "challenge-2"],
    "when": [{"Status": {"isChanged": True, "equals": "Completed"}}, {"Type": {"equals": "Upsell"}}],
}
GOALS = (
    {"name": "Follow-ups", "goal": {"count": "rules", "target": 5}},
    {"name": "Every week", "goal": {"streak": "week", "target": 3}, "type": "timebound"},
)
BOTH = "counts for Follow-ups and Every week"
TASK = make_id("00T", 1)


def done(kind: str = "Upsell") -> Change:
    """Give a task that was completed."""
    return make_change("update", object="Task", Status="Completed", Type=kind, old={"Status": "Open"})


def scored(change: Change, *, challenges: int = 2) -> tuple[MemoryStore, Program]:
    """Take one change in."""
    rule = RULE | {"challenge": [f"challenge-{n}" for n in range(1, challenges + 1)]}
    program = make_program(rule, challenges=GOALS[:challenges], starts="2026-01-05", ends="2026-02-15")
    store = MemoryStore()
    Engine(store, [program]).apply([change])
    return store, program


def drawn(part: RenderableType) -> str:
    """Draw a part of a screen on one wide line."""
    console = Console(width=200, record=True)
    console.print(part)
    return console.export_text()


def test_explain_names_all_of_them() -> None:
    store, program = scored(done())
    answers = explain_record(store, [program], TASK)
    people = {make_id("005", 1): Person(make_id("005", 1))}
    assert BOTH in drawn(explain_screen(TASK, answers, {"test": program}, people, Screen(200)))
    assert explain_answer(answers[0])["challenges"] == ["challenge-1", "challenge-2"]


def test_the_ledger_names_all_of_them() -> None:
    store, program = scored(done())
    people = {make_id("005", 1): Person(make_id("005", 1))}
    assert BOTH in drawn(ledger_screen(list(store.entries()), {"test": program}, people, Screen(200)))


def test_near_misses_name_all_of_them() -> None:
    store, program = scored(done("Call"))
    found = near_misses(store, [program])
    assert BOTH in drawn(near_misses_screen(found, {"test": program}))
    assert near_misses_answer(found)[0]["challenges"] == ["challenge-1", "challenge-2"]


def test_one_challenge_is_not_named_again() -> None:
    store, program = scored(done(), challenges=1)
    people = {make_id("005", 1): Person(make_id("005", 1))}
    answers = explain_record(store, [program], TASK)
    assert "counts for" not in drawn(ledger_screen(list(store.entries()), {"test": program}, people, Screen(200)))
    assert "counts for" not in drawn(explain_screen(TASK, answers, {"test": program}, people, Screen(200)))
