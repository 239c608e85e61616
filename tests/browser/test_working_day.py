"""What somebody does on the pages, from the door to the reason why a task did not pay."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from novigem.engine.engine import Engine
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.program import load_program_text
from novigem.program.playbooks import read_playbook
from novigem.testing import make_change
from novigem.views.web.app import create_app
from novigem.views.web.signing.settings import WebSettings
from novigem.views.web.signing.signing import Signing
from novigem.views.web.site import Site
from novigem_sandbox.org import SampleOrg
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.server import serve
from tests.bed.browser import served
from tests.bed.pages import MIDSEASON, LooksAs, demo_database, reader
from tests.bed.seasons import PRIYA
from tests.browser.conftest import Open
from tests.browser.discovery import Place, places

#: In the middle of the team.
JONAS = "005Hs0000000104IAA"


def _place(name: str) -> Place:
    return next(place for place in places() if place.name == name)


def test_whoever_is_not_signed_in_comes_to_the_door(open_page: Open, looks_as: LooksAs) -> None:
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
    expect(missed).to_contain_text("type", ignore_case=True)


def test_a_point_arrives_on_the_open_page(open_page: Open, site: Site, looks_as: LooksAs) -> None:
    looks_as.current = reader(PRIYA)
    page = open_page("/boards/cs-team?period=program")
    figure = page.locator("table.board tr.mine .figure")
    before = int(figure.inner_text())
    with site.writing() as store:
        _win(store)
    expect(figure).to_have_text(str(before + 10), timeout=15_000)


def _win(store: SqlStore, owner: str = PRIYA, record: int = 900_001) -> None:
    """Let somebody log an expansion signal now."""
    engine = Engine(store, [load_program_text(read_playbook("account-expansion"))], clock=lambda: MIDSEASON)
    engine.apply([make_change(record=record, owner=owner, at=MIDSEASON, Type="Existing Customer - Upgrade")])


def test_the_newest_page_of_many_is_told_live(open_page: Open, site: Site, looks_as: LooksAs) -> None:
    """Whoever leaves more pages open than one session may have still sees points arrive on the one they look at."""
    looks_as.current = reader(PRIYA)
    for _ in range(site.most_streams_of_one):
        open_page("/boards/cs-team?period=program")
    page = open_page("/boards/cs-team?period=program")
    figure = page.locator("table.board tr.mine .figure")
    before = int(figure.inner_text())
    with site.writing() as store:
        _win(store, record=900_002)
    expect(figure).to_have_text(str(before + 10), timeout=15_000)


class Company(NamedTuple):
    """The pages of a team whose people sign in at their org: where they are, and what stands behind them."""

    origin: str
    site: Site


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Give the demo's season in its fourth week, and the sample org as the provider that Jonas signs in at."""
    engine = open_engine(f"sqlite:///{demo_database(tmp_path)}")
    org = SampleOrg(Clock.at(MIDSEASON))
    org.load("User", [{"Id": JONAS, "Name": "Jonas Lindqvist", "Username": "jonas@example.com", "IsActive": True}])
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        running = stack.enter_context(serve(org))
        settings = WebSettings(
            provider="salesforce",
            issuer=running.url,
            client_id=org.sessions.client_id,
            client_secret=SecretStr(org.sessions.client_secret),
            organization=org.id,
            hosts=frozenset(),
        )
        site = Site(engine, Signing(engine, settings, lambda: MIDSEASON), settings=settings, clock=lambda: MIDSEASON)
        yield Company(stack.enter_context(served(create_app(site))), site)
        assert running.failures == []


def test_a_working_day_from_signing_in_to_signing_out(browser: Browser, company: Company) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        _sign_in(page, company)
        _sees_what_pays(page)
        _sees_a_point_arrive(page, company)
        _opens_what_the_points_are_made_of(page)
        _finds_why_something_did_not_pay(page, company)
        _stops_what_moves(page, company)
        _signs_out(page, company)
    finally:
        context.close()


def _sign_in(page: Page, company: Company) -> None:
    page.goto(company.origin + "/")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_role("link", name="Sign in with Salesforce").click()
    expect(page.get_by_role("heading", name="Sample org")).to_be_visible()
    page.get_by_role("button", name="Jonas Lindqvist").click()
    expect(page).to_have_url(company.origin + "/")


def _sees_what_pays(page: Page) -> None:
    expect(page.get_by_role("heading", name="Still pays")).to_be_visible()
    expect(page.locator(".steps .step").first).to_contain_text("+")


def _sees_a_point_arrive(page: Page, company: Company) -> None:
    page.locator("main a[href*='/boards/cs-team']").first.click()
    page.wait_for_url("**/boards/cs-team*")
    page.locator("select[name=period]").select_option("program")
    page.wait_for_url("**period=program*")
    figure = page.locator("table.board tr.mine .figure")
    before = int(figure.inner_text())
    with company.site.writing() as store:
        _win(store, JONAS)
    expect(figure).to_have_text(str(before + 10), timeout=15_000)


def _opens_what_the_points_are_made_of(page: Page) -> None:
    page.get_by_role("link", name="Me", exact=True).click()
    page.locator(f"a[href*='/people/{JONAS}/statement']").first.click()
    page.wait_for_url("**/statement*")
    # The first line of all is an award of a rule; later ones may be a bonus.
    page.locator("main a[href*='/entries/']").last.click()
    page.wait_for_url("**/entries/*")
    expect(page.locator("h1")).not_to_be_empty()
    expect(page.locator(".verdict-yes").first).to_be_visible()


def _finds_why_something_did_not_pay(page: Page, company: Company) -> None:
    page.goto(company.origin + "/")
    missed = page.locator("#did-not-pay")
    missed.locator("summary").click()
    missed.locator("a[href*='/records/']").first.click()
    page.wait_for_url("**/records/*")
    expect(page.locator(".verdict-no").first).to_be_visible()


def _stops_what_moves(page: Page, company: Company) -> None:
    page.goto(company.origin + "/settings")
    page.get_by_label("Motion").select_option("off")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(company.origin + "/boards/cs-team")
    expect(page.locator("html")).to_have_attribute("data-motion", "off")


def _signs_out(page: Page, company: Company) -> None:
    kept = page.context.cookies()
    page.goto(company.origin + "/settings")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/sign-in"))
    # Whoever kept the cookie has nothing: the session itself is over.
    page.context.add_cookies(kept)
    for address in ("/", "/boards/cs-team", f"/people/{JONAS}/statement"):
        page.goto(company.origin + address)
        expect(page).to_have_url(re.compile("/sign-in"))
        expect(page.locator("main")).not_to_contain_text("Lindqvist")
