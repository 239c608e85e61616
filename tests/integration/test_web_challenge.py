"""The challenge as a page: what it asks for, how far oneself is, and who sees whom."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from novigem import Engine
from novigem.access.roles import Reader, Role
from novigem.engine.bookkeeping import keep_listing
from novigem.engine.manual import Manual
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.testing import make_change, make_id, make_person, make_program
from tests.bed.pages import AFTERWARDS, client, demo_database, demo_site, reader
from tests.bed.web_text import words_of

_ANA, _BEN, _CARA = (make_id("005", one) for one in (1, 2, 3))
#: Wednesday in the first of two weeks.
_NOW = datetime(2026, 1, 7, 18, tzinfo=UTC)
Reads = Callable[..., tuple[int, str]]


@pytest.fixture
def reads(tmp_path: Path) -> Iterator[Reads]:
    """Give a way to read a page: who looks, how many awards each has, and a program."""
    with ExitStack() as stack:

        def read(who: Reader, awards: dict[int, int], address: str = "/challenges/challenge-1", **keys: Any) -> Any:
            goal = keys.pop("goal", {"count": "rules", "target": 4})
            now = keys.pop("now", _NOW)
            challenge = {"type": "timebound", "goal": goal, **keys.pop("challenge", {})}
            rules = keys.pop("rules", [{"challenge": "challenge-1"}])
            program = make_program(*rules, challenges=[challenge], starts="2026-01-05", weeks=2, **keys)
            store = open_store(f"sqlite:///{tmp_path / 'challenge.db'}")
            people = tuple(make_person(one, name=f"Person {one}") for one in awards)
            changes = tuple(
                make_change(record=100 * user + number, owner=user, at=f"2026-01-06T10:0{number}:00Z")
                for user, many in awards.items()
                for number in range(many)
            )
            engine = Engine(store, [program])
            engine.apply(Page(changes, people=people))
            if now > _NOW:
                Manual(engine).close_due()
            store.close()
            answer = stack.enter_context(client(demo_site(tmp_path / "challenge.db", who, now))).get(address)
            return answer.status_code, words_of(answer.text)

        yield read


def test_oneself_is_told_how_far_and_what_each_working_day_has_to_bring(reads: Reads) -> None:
    _status, words = reads(reader(_ANA), {1: 2, 2: 4})
    assert "open to the end of Jan 18, 2026 in UTC · 12 days left" in words
    # Two of four after Monday, Tuesday and Wednesday: 2/3 a day; two more take three days.
    assert "2 / 4" in words
    assert "At your pace it is done around Jan 12, 2026." in words
    assert "2 to go on 8 working days of yours: one every 4 days." in words
    assert "So far one every 1.5 days, on 3 working days." in words
    assert "1 of 2 who have begun have completed it." in words


def test_a_colleague_is_counted_and_not_named(reads: Reads) -> None:
    _status, words = reads(reader(_ANA), {1: 2, 2: 4})
    assert "Person 2" not in words


def test_a_manager_sees_their_reports_and_a_leader_everybody(reads: Reads) -> None:
    awards = {1: 2, 2: 4, 3: 1}
    _status, words = reads(reader(_ANA, Role.MANAGER, reports=[_BEN]), awards)
    assert "Person 2" in words
    assert "Person 3" not in words
    _status, words = reads(reader(None, Role.LEADER), awards)
    assert words.index("Person 2") < words.index("Person 1") < words.index("Person 3")


def test_whoever_opted_out_is_named_to_no_leader(reads: Reads, tmp_path: Path) -> None:
    reads(reader(None, Role.LEADER), {1: 2, 2: 4, 3: 1})
    store = open_store(f"sqlite:///{tmp_path / 'challenge.db'}")
    keep_listing(store, _BEN, 1)
    store.close()
    _status, words = reads(reader(None, Role.LEADER), {1: 2, 2: 4, 3: 1})
    assert "Person 2" not in words
    assert "1 of 3 who have begun have completed it." in words


def test_a_rate_says_its_numbers_and_how_many_it_takes(reads: Reads) -> None:
    rules = [{"challenge": "challenge-1"}, {"challenge": "challenge-1", "object": "Lead"}]
    goal = {"rate": ["rule-1"], "target": 90, "at_least": 5}
    _status, words = reads(reader(_ANA), {1: 3}, goal=goal, rules=rules)
    assert "3 awards so far at least 90 %, of 5 awards or more" in words
    assert "2 more awards are needed before it can be said." in words
    _status, words = reads(reader(_ANA), {1: 6}, goal=goal, rules=rules)
    assert "6 of 6, 100 %" in words


def test_nobody_yet_is_a_step(reads: Reads) -> None:
    _status, words = reads(reader(_ANA), {1: 0})
    assert "0 / 4" in words
    assert "Nobody has begun yet." in words


def test_a_recurring_challenge_has_its_periods_in_the_address(reads: Reads) -> None:
    weekly = {"type": "recurring", "cadence": "weekly"}
    _status, words = reads(reader(_ANA), {1: 4}, challenge=weekly)
    assert "Completed on Jan 6, 2026." in words
    status, _words = reads(reader(_ANA), {}, "/challenges/challenge-1?period=week:2020-01-06", challenge=weekly)
    assert status == 404


def test_a_closed_challenge_is_final_with_its_hash(reads: Reads) -> None:
    _status, words = reads(reader(_ANA), {1: 2, 2: 4}, now=AFTERWARDS)
    assert "final · Jan 5 \u2013 18, 2026 · closed" in words
    assert "hash" in words
    assert "Not completed." in words


def test_the_rules_and_the_badge_are_doors(tmp_path: Path) -> None:
    with client(demo_site(demo_database(tmp_path), reader("005Hs0000000103IAA"), AFTERWARDS)) as browser:
        html = browser.get("/challenges/expansion-signals").text
        assert browser.get("/challenges/none").status_code == 404
    assert 'href="/badges/expansion-scout"' in html
    assert 'href="/programs/account-expansion#rule-expansion-signal-logged"' in html
    assert 'href="/people/005Hs0000000103IAA/statement"' in html
