"""What somebody does on the pages, from the door to the reason why a task did not pay.

Steps on pages that are still to come are skipped, each with its page, and run by themselves once it is there.
"""

import re

import pytest
from playwright.sync_api import expect

from novigem.engine.engine import Engine
from novigem.ledger.sql.store import SqlStore
from novigem.program import load_program_text
from novigem.program.playbooks import read_playbook
from novigem.testing import make_change
from novigem.views.web.site import Site
from tests.bed.pages import MIDSEASON, LooksAs, reader
from tests.bed.seasons import PRIYA
from tests.browser.conftest import Open
from tests.browser.discovery import Place, places


def _place(name: str) -> Place:
    return next(place for place in places() if place.name == name)


def test_whoever_is_not_signed_in_comes_to_the_door(open_page: Open, looks_as: LooksAs) -> None:
    """The sample org's own sign-in is walked in tests/integration; here a double stands for it."""
    looks_as.current = None
    page = open_page("/boards/cs-team")
    assert page.url.split("?")[0].endswith("/sign-in")
    looks_as.current = reader(PRIYA)
    page.goto(page.url.split("/sign-in")[0] + "/boards/cs-team")
    expect(page.get_by_role("row", name="Priya Ramanathan")).to_be_visible()


def test_one_s_own_row_is_told_apart_in_every_period(open_page: Open, looks_as: LooksAs) -> None:
    looks_as.current = reader(PRIYA)
    page = open_page("/boards/cs-team")
    own = page.locator("table.board tr.mine")
    expect(own).to_contain_text("Priya Ramanathan")
    week = own.locator(".figure").inner_text()
    page.locator("select[name=period]").select_option("program")
    page.wait_for_url("**period=program*")
    expect(own).to_contain_text("Priya Ramanathan")
    expect(own.locator(".figure")).not_to_have_text(week)


def test_a_statement_is_opened_from_the_own_row(open_page: Open, looks_as: LooksAs) -> None:
    open_page(_place("statement"))
    looks_as.current = reader(PRIYA)
    page = open_page("/boards/cs-team")
    doors = page.locator(f"tr.mine a[href*='/people/{PRIYA}']")
    if doors.count() == 0:
        pytest.skip("the rows of a board are no doors yet")
    doors.last.click()
    page.wait_for_url(re.compile(f"/people/{PRIYA}"))
    if "/statement" not in page.url:
        page.locator(f"a[href*='/people/{PRIYA}/statement']").first.click()
        page.wait_for_url("**/statement*")
    # Each point is a door to the entry that gave it.
    page.locator("a[href*='/entries/']").first.click()
    page.wait_for_url("**/entries/*")
    expect(page.locator("main")).to_contain_text("+")


def test_the_reason_why_a_task_did_not_pay_is_found(open_page: Open) -> None:
    page = open_page(_place("record"))
    missed = page.locator(".verdict-no").first
    expect(missed).to_be_visible()
    expect(page.locator("main")).to_contain_text("Type")


def test_a_point_arrives_on_the_open_page(open_page: Open, site: Site, looks_as: LooksAs) -> None:
    looks_as.current = reader(PRIYA)
    page = open_page("/boards/cs-team?period=program")
    if page.locator("script[src*='live.js']").count() == 0:
        pytest.skip("boards are not live yet")
    figure = page.locator("table.board tr.mine .figure")
    before = int(figure.inner_text())
    with site.writing() as store:
        _win(store)
    expect(figure).to_have_text(str(before + 10), timeout=15_000)


def _win(store: SqlStore) -> None:
    """Let Priya log an expansion signal now."""
    engine = Engine(store, [load_program_text(read_playbook("account-expansion"))], clock=lambda: MIDSEASON)
    engine.apply([make_change(record=900_001, owner=PRIYA, at=MIDSEASON, Type="Existing Customer - Upgrade")])
