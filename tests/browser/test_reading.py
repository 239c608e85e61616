"""Reading the pages: by keyboard, in another language, without scripts."""

from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_the_first_stop_of_the_keyboard_leads_to_the_content(open_page: Open) -> None:
    page = open_page("/boards/cs-team")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_language_is_what_the_browser_asks_for(open_page: Open) -> None:
    found = {
        locale: open_page("/boards/cs-team", locale=locale).locator("html").get_attribute("lang")
        for locale in ("de-AT", "es-MX", "en-GB", "fi-FI")
    }
    assert found == {"de-AT": "de", "es-MX": "es", "en-GB": "en", "fi-FI": "en"}


def test_a_choice_changes_the_page_and_its_address(open_page: Open) -> None:
    page = open_page("/boards/cs-team")
    page.locator("select[name=period]").select_option("program")
    page.wait_for_url("**/boards/cs-team?*period=program*")
    expect(page.locator("select[name=period]")).to_have_value("program")


def test_a_choice_can_be_made_by_keyboard(open_page: Open) -> None:
    page = open_page("/boards/cs-team")
    page.locator("select[name=period]").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**period=month*")


def test_a_choice_can_be_made_without_scripts(open_page: Open) -> None:
    page = open_page("/boards/cs-team", java_script_enabled=False)
    page.locator("select[name=period]").select_option("program")
    page.locator(".filters button").first.click()
    page.wait_for_url("**period=program*")
    expect(page.locator("select[name=period]")).to_have_value("program")
