"""Sessions, links by mail, proxies and writes: what gets in, and what is refused."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from novigem.ledger.sql.sign_ins import SignIns
from novigem.ledger.sql.store import SqlStore
from novigem.model.joins import Join
from novigem.testing import make_id, make_person
from novigem.views.web.signing import mail
from novigem.views.web.signing.sessions import digest_of
from tests.bed.signing import SETTINGS, Bed, bed

ANN, BEN, EVE = make_id("005", 1), make_id("005", 2), make_id("005", 3)
PEOPLE = [
    make_person(1, name="Ann Lee", email="ann@example.com", manager=2),
    make_person(2, name="Ben Ruiz", email="ben@example.com"),
    make_person(3, name="Eve Gone", email="eve@example.com", active=False),
]
FIREFOX = {"origin": "http://testserver"}


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Bed]:
    with bed(tmp_path, PEOPLE) as one:
        yield one


def test_who_is_signed_in_sees_their_settings(pages: Bed) -> None:
    assert pages.browser.get("/settings").headers["location"] == "/sign-in?next=%2Fsettings"
    pages.sign_in(ANN)
    answer = pages.browser.get("/settings")
    assert answer.status_code == 200
    assert "Where I am signed in" in answer.text


def test_only_a_digest_of_the_token_is_kept(pages: Bed) -> None:
    token = pages.sign_in(ANN)
    assert len(token) >= 43  # 256 bits
    with pages.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM novigem_session").all()
    assert token not in str(kept)
    assert kept[0][0] == digest_of(token)


def test_a_revoked_session_is_refused(pages: Bed) -> None:
    pages.sign_in(ANN)
    other = pages.another()
    pages.sign_in(ANN, browser=other)
    forms = re.findall(r'name="session" value="(\w+)"', pages.browser.get("/settings").text)
    assert len(forms) == 2
    theirs = digest_of(other.cookies[pages.cookie]).hex()
    assert pages.browser.post("/settings/sessions", data={"session": theirs}, headers=FIREFOX).status_code == 303
    assert other.get("/settings").status_code == 303
    assert pages.browser.get("/settings").status_code == 200


def test_nobody_ends_the_session_of_another(pages: Bed) -> None:
    pages.sign_in(ANN)
    ben = pages.another()
    pages.sign_in(BEN, browser=ben)
    theirs = digest_of(ben.cookies[pages.cookie]).hex()
    for guess in (theirs, "00" * 32, "no digest"):
        answer = pages.browser.post("/settings/sessions", data={"session": guess}, headers=FIREFOX)
        assert answer.status_code == 404
    assert ben.get("/settings").status_code == 200


def test_all_sessions_end_at_once(pages: Bed) -> None:
    browsers = [pages.browser, pages.another(), pages.another()]
    for one in browsers:
        pages.sign_in(ANN, browser=one)
    assert pages.browser.post("/settings/sessions", data={"all": "yes"}, headers=FIREFOX).status_code == 303
    assert [one.get("/settings").status_code for one in browsers] == [303, 303, 303]


def test_a_session_ends_idle_and_at_its_end_at_the_latest(pages: Bed) -> None:
    pages.sign_in(ANN)
    for _day in range(13):
        pages.clock.pass_(hours=11)
        assert pages.browser.get("/settings").status_code == 200
    for _half in range(3):
        pages.clock.pass_(hours=11)
        answer = pages.browser.get("/settings")
    assert answer.status_code == 303
    pages.sign_in(ANN)
    pages.clock.pass_(hours=12)
    assert pages.browser.get("/settings").status_code == 303


def test_signing_in_makes_a_new_session_and_ends_the_one_before(pages: Bed) -> None:
    """Whoever plants a token in a browser does not share the session that begins there."""
    planted = pages.another()
    token = pages.sign_in(BEN, browser=planted)
    victim = pages.another()
    pages.plant(victim, token)
    link = asked_link(pages, "ann@example.com")
    assert victim.post(link, headers=FIREFOX).status_code == 303
    assert victim.cookies[pages.cookie] != token
    assert "Ann Lee" in victim.get("/sign-in").text
    assert planted.get("/settings").status_code == 303


def test_who_became_inactive_or_unknown_is_out_at_once(pages: Bed) -> None:
    pages.sign_in(ANN)
    pages.sign_in(EVE, browser=(eve := pages.another()))
    pages.sign_in(make_id("005", 9), browser=(stranger := pages.another()))
    assert [one.get("/settings").status_code for one in (pages.browser, eve, stranger)] == [200, 303, 303]
    with SqlStore(pages.engine).begin() as transaction:
        transaction.save_people([make_person(1, name="Ann Lee", active=False)])
    assert pages.browser.get("/settings").status_code == 303


def test_a_joined_user_is_the_person(pages: Bed) -> None:
    with SqlStore(pages.engine).begin() as transaction:
        transaction.save_join(Join(0, ANN, BEN, 5, 5, None, "one person"))
    pages.sign_in(ANN)
    assert "Ben Ruiz" in pages.browser.get("/sign-in").text


def test_an_operator_need_not_be_a_user(pages: Bed) -> None:
    pages.sign_in(None, "ops@example.com")
    answer = pages.browser.get("/settings")
    assert answer.status_code == 200
    assert "Operator" in answer.text
    assert pages.browser.get("/boards/any").status_code == 404
    pages.sign_in(None, "stranger@example.com")
    assert pages.browser.get("/settings").status_code == 303


# Links by mail.


def asked_link(pages: Bed, email: str) -> str:
    """Ask for a link, and give the path that the mail names."""
    sent: list[EmailMessage] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "_send", lambda _settings, message: sent.append(message))
        answer = pages.another().post("/sign-in/mail", data={"email": email}, headers=FIREFOX)
        assert answer.status_code == 200
        assert pages.signing.mailing is not None
        pages.signing.mailing.join()
    assert [one["To"] for one in sent] in ([email], [])
    found = re.search(r"http://testserver(/\S+)", sent[0].get_content()) if sent else None
    return found[1] if found else ""


def test_a_link_signs_in_once(pages: Bed) -> None:
    link = asked_link(pages, "ann@example.com")
    # A scanner of mail looks at it, as often as it likes.
    for _look in range(2):
        looked = pages.another().get(link)
        assert looked.status_code == 200
        assert looked.headers["referrer-policy"] == "no-referrer"
    assert pages.browser.post(link, headers=FIREFOX).status_code == 303
    assert pages.browser.get("/settings").status_code == 200
    for again in (pages.another().post(link, headers=FIREFOX), pages.another().get(link)):
        assert again.status_code == 403
        assert "has been used" in again.text


def test_a_link_ends_after_a_quarter_of_an_hour(pages: Bed) -> None:
    link = asked_link(pages, "ann@example.com")
    pages.clock.pass_(minutes=15)
    assert pages.browser.post(link, headers=FIREFOX).status_code == 403


def test_the_answer_does_not_tell_whether_anybody_has_the_address(pages: Bed) -> None:
    answers = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "_send", lambda *_mail: None)
        for email in ("ann@example.com", "eve@example.com", "nobody@example.com"):
            answer = pages.another().post("/sign-in/mail", data={"email": email}, headers=FIREFOX)
            answers.append((answer.status_code, answer.text.replace(email, "")))
    assert answers[0] == answers[1] == answers[2]


def test_nobody_gets_in_by_the_address_of_somebody_who_left_or_of_two(pages: Bed) -> None:
    assert asked_link(pages, "eve@example.com") == ""
    with SqlStore(pages.engine).begin() as transaction:
        transaction.save_people([make_person(7, name="Other", email="Ann@Example.com")])
    assert asked_link(pages, "ann@example.com") == ""


def test_so_many_mails_go_to_one_address_and_no_more(pages: Bed) -> None:
    sent: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "_send", lambda *message: sent.append(message))
        for number in range(7):
            answer = pages.another(f"10.0.0.{number}").post(
                "/sign-in/mail", data={"email": "ann@example.com"}, headers=FIREFOX
            )
            assert answer.status_code == 200
            assert pages.signing.mailing is not None
            pages.signing.mailing.join()
    assert len(sent) == 5


def test_so_many_tries_come_from_one_peer_and_no_more(pages: Bed) -> None:
    statuses = [
        pages.browser.post("/sign-in/mail", data={"email": f"n{n}@example.com"}, headers=FIREFOX).status_code
        for n in range(22)
    ]
    assert statuses == [200] * 20 + [429] * 2


# The header of a proxy.

PROXIED = replace(SETTINGS, proxy_header="X-Forwarded-Email", proxy_peers=frozenset(("10.0.0.1",)))


def test_a_proxy_signs_in_and_nobody_else_does(tmp_path: Path) -> None:
    with bed(tmp_path, PEOPLE, PROXIED) as pages:
        header = {"X-Forwarded-Email": "Ann@example.com"}
        proxy = pages.another("10.0.0.1")
        for _time in range(2):
            assert "Ann Lee" in proxy.get("/sign-in", headers=header).text
        assert proxy.get("/settings", headers=header).status_code == 200
        assert proxy.get("/settings").status_code == 303
        assert proxy.get("/settings", headers={"X-Forwarded-Email": "who@example.com"}).status_code == 303
        forged = pages.another("10.0.0.2").get("/settings", headers=header)
        assert (forged.status_code, forged.text) == (403, "Only the proxy may say who is signed in.")
        # Even where somebody is signed in besides.
        signed_in = pages.another("10.0.0.2")
        pages.sign_in(ANN, browser=signed_in)
        assert signed_in.get("/settings", headers=header).status_code == 403
        twice = [("X-Forwarded-Email", "ann@example.com"), ("X-Forwarded-Email", "ben@example.com")]
        assert proxy.get("/settings", headers=twice).status_code == 403


def test_what_a_proxy_says_follows_the_address_of_the_person(tmp_path: Path) -> None:
    with bed(tmp_path, PEOPLE, PROXIED) as pages:
        proxy, header = pages.another("10.0.0.1"), {"X-Forwarded-Email": "ann@example.com"}
        assert "Ann Lee" in proxy.get("/sign-in", headers=header).text
        with SqlStore(pages.engine).begin() as transaction:
            transaction.save_people([make_person(1, name="Ann Lee", email="lee@example.com")])
            transaction.save_people([make_person(8, name="Ann Ono", email="ann@example.com")])
        assert "Ann Ono" in proxy.get("/sign-in", headers=header).text


# What changes something.


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver:81"},
        {"origin": "http://testserver.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {},
    ],
)
def test_a_write_of_another_site_is_refused(pages: Bed, headers: dict[str, str]) -> None:
    pages.sign_in(ANN)
    answer = pages.browser.post("/settings", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == 403
    assert SignIns(pages.engine).preferences(ANN) == {}


@pytest.mark.parametrize("headers", [FIREFOX, {"sec-fetch-site": "same-origin"}])
def test_a_write_of_our_own_page_is_taken(pages: Bed, headers: dict[str, str]) -> None:
    pages.sign_in(ANN)
    assert pages.browser.post("/settings", data={"theme": "dark"}, headers=headers).status_code == 303
    assert 'data-theme="dark"' in pages.browser.get("/settings").text


def test_one_session_writes_so_often_and_no_more(pages: Bed) -> None:
    pages.sign_in(ANN)
    statuses = {n: pages.browser.post("/settings", data={}, headers=FIREFOX).status_code for n in range(62)}
    assert (statuses[0], statuses[59], statuses[61]) == (303, 303, 429)


def test_hosts_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    settings = replace(SETTINGS, hosts=frozenset(("novigem.example.com",)))
    hosts = ("novigem.example.com", "127.0.0.1:8400", "localhost", "evil.example", "127.0.0.1.evil.example")
    with bed(tmp_path, PEOPLE, settings) as pages:
        asked = [pages.browser.get("/sign-in", headers={"host": host}).status_code for host in hosts]
    assert asked == [200, 200, 200, 400, 400]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "evil",
    ],
)
def test_only_pages_of_ours_come_next(pages: Bed, wanted: str) -> None:
    html = pages.browser.get("/sign-in", params={"next": wanted}).text
    assert "evil" not in html
    assert "javascript" not in html


# Settings.


def test_what_is_chosen_holds_on_every_page(pages: Bed) -> None:
    pages.sign_in(ANN)
    chosen = {"theme": "dark", "motion": "off", "language": "de", "zone": "Asia/Tokyo", "period": "month"}
    assert pages.browser.post("/settings", data=chosen, headers=FIREFOX).status_code == 303
    html = pages.browser.get("/settings", headers={"accept-language": "es"}).text
    for told in ('lang="de"', 'data-theme="dark"', 'data-motion="off"', "<option selected>Asia/Tokyo"):
        assert told in html
    assert pages.browser.post("/settings", data={"theme": ""}, headers=FIREFOX).status_code == 303
    assert "data-theme" not in pages.browser.get("/settings").text


@pytest.mark.parametrize("chosen", [{"theme": "<script>"}, {"zone": "../../etc/passwd"}, {"language": "tlh"}])
def test_what_cannot_be_chosen_is_refused(pages: Bed, chosen: dict[str, str]) -> None:
    pages.sign_in(ANN)
    assert pages.browser.post("/settings", data=chosen, headers=FIREFOX).status_code == 400
    assert SignIns(pages.engine).preferences(ANN) == {}


def test_opting_out_is_the_engines_own_way(pages: Bed) -> None:
    pages.sign_in(ANN)
    store = SqlStore(pages.engine)
    assert pages.browser.post("/settings/listing", data={"listed": "no"}, headers=FIREFOX).status_code == 303
    assert set(store.opted_out()) == {ANN}
    assert "No board lists you" in pages.browser.get("/settings").text
    assert pages.browser.post("/settings/listing", data={"listed": "yes"}, headers=FIREFOX).status_code == 303
    assert store.opted_out() == {}


def test_signing_out_ends_the_session(pages: Bed) -> None:
    token = pages.sign_in(ANN)
    assert pages.browser.get("/sign-out").status_code == 405
    assert pages.browser.post("/sign-out", headers=FIREFOX).status_code == 303
    pages.plant(pages.browser, token)
    assert pages.browser.get("/settings").status_code == 303


def test_by_tls_the_cookie_says_so(tmp_path: Path) -> None:
    settings = replace(SETTINGS, origin="https://novigem.example.com")
    with bed(tmp_path, PEOPLE, settings) as pages:
        link = ""
        with pytest.MonkeyPatch.context() as patch:
            sent: list[EmailMessage] = []
            patch.setattr(mail, "_send", lambda _settings, message: sent.append(message))
            pages.browser.post("/sign-in/mail", data={"email": "ann@example.com"})
            assert pages.signing.mailing is not None
            pages.signing.mailing.join()
            found = re.search(r"https://novigem.example.com(/\S+)", sent[0].get_content())
            assert found is not None
            link = found[1]
        cookie = pages.browser.post(link).headers["set-cookie"].lower()
    assert cookie.startswith("__host-novigem_session=")
    for told in ("httponly", "secure", "samesite=lax", "path=/"):
        assert told in cookie
