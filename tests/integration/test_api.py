"""The JSON API: the bodies of the commands, to whom they may be told, and what is refused."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs
from sqlalchemy import select
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from novigem.access.roles import Reader, Role, Scope
from novigem.access.table import What, may
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.feed.source import Page
from novigem.ledger.sql.api_tokens import add_token
from novigem.ledger.sql.store import SqlStore, open_engine, open_store
from novigem.ledger.sql.tables import api_token
from novigem.model.api_token import ApiToken, secret_digest
from novigem.planning.joins import JoinWish, decide_join
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.web.site import Site
from novigem.views.web.visit import Visit
from tests.bed.pages import LooksAs, client, demo_database, demo_site, reader
from tests.conftest import Postgres
from tests.golden.cli.world import novigem

AMARA, MATEO, INGRID = "005Hs0000000101IAA", "005Hs0000000102IAA", "005Hs0000000011IAA"
LEADER = reader(None, Role.LEADER, Role.ADMIN, Role.OPERATOR)
OF_MATEO = "006Hs0000000012IAA"
V1 = "/api/v1"
SMALL = datetime(2026, 1, 8, tzinfo=UTC)


def asked(folder: Path, address: str, who: Reader | None, **headers: str) -> tuple[int, Any]:
    """Give the status and the body of one answer."""
    database = folder / "novigem.db"
    if not database.exists():
        demo_database(folder)
    with client(demo_site(database, who, datetime.now(UTC))) as browser:
        answer = browser.get(f"{V1}{address}", headers=headers)
        return answer.status_code, answer.json()


def printed(folder: Path, *command: str) -> Any:
    answer = novigem(folder, *command, "--json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def steady(value: Any) -> Any:
    """Give an answer without what goes by the clock."""
    if isinstance(value, dict):
        return {key: steady(one) for key, one in value.items() if key != "lag_seconds"}
    return [steady(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("/boards/cs-team", ("board", "cs-team")),
        ("/boards/cs-week?as_of=100", ("board", "cs-week", "--as-of", "100")),
        ("/boards/cs-week?period=week:2026-01-14", ("board", "cs-week", "--period", "week:2026-01-14")),
        ("/boards/cs-team?as_of=2026-01-31", ("board", "cs-team", "--as-of", "2026-01-31")),
        (f"/progress?user={AMARA}", ("progress", "--user", AMARA)),
        ("/progress?challenge=early-risk", ("progress", "--challenge", "early-risk")),
        ("/badges", ("badges",)),
        (f"/badges?user={MATEO}", ("badges", "--user", MATEO)),
        (f"/people/{AMARA}/statement?since=2026-01-12", ("statement", AMARA, "--since", "2026-01-12")),
        ("/records/006Hs0000000006IAA", ("explain", "006Hs0000000006IAA")),
        ("/seasons", ("seasons",)),
        ("/seasons/account-expansion", ("seasons", "account-expansion")),
        ("/status", ("status",)),
        (f"/people/{AMARA}/me", ("me", AMARA)),
        ("/programs/account-expansion/review", ("review", "account-expansion")),
    ],
)  # fmt: skip
def test_a_body_is_what_the_command_prints(tmp_path: Path, address: str, command: tuple[str, ...]) -> None:
    status, body = asked(tmp_path, address, LEADER)
    assert status == 200
    assert steady(body) == steady(printed(tmp_path, *command))


def test_pages_of_entries_give_the_whole_ledger_once(tmp_path: Path) -> None:
    found: list[Any] = []
    following: int | None = 0
    while following is not None:
        _status, body = asked(tmp_path, f"/entries?limit=120&after={following}", LEADER)
        found += body["entries"]
        following = body["next"]
    lines = novigem(tmp_path, "ledger", "--json").out.splitlines()
    assert found == [json.loads(line) for line in lines]
    assert asked(tmp_path, "/entries/7", LEADER)[1] == found[6]


def test_every_answer_fits_its_model_and_nothing_of_it_is_undescribed(tmp_path: Path) -> None:
    given = {
        "board": "cs-team",
        "badge": "expansion-scout",
        "challenge": "early-risk",
        "program": "account-expansion",
        "record": "006Hs0000000006IAA",
        "number": "9",
        "user": AMARA,
    }
    with client(demo_site(demo_database(tmp_path), LEADER)) as browser:
        told = browser.get(f"{V1}/openapi.json").json()
        for path, operations in told["paths"].items():
            answer = browser.get("/api" + path.format(**given))
            assert answer.status_code == 200, path
            schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            validator = Draft202012Validator(schema | {"components": told["components"]})
            assert [one.message for one in validator.iter_errors(answer.json())] == [], path
            assert operations["get"]["description"], path
    for name, model in told["components"]["schemas"].items():
        assert model["description"], name
        assert model["additionalProperties"] is False, name


# Who may be told what.


@pytest.mark.parametrize(
    "address", ["/boards", "/entries", "/people/me", "/status", "/boards/none", f"/people/{AMARA}"]
)
def test_whoever_is_not_signed_in_is_told_nothing(tmp_path: Path, address: str) -> None:
    status, body = asked(tmp_path, address, None)
    assert (status, body["code"]) == (401, "token-missing")
    assert set(body) == {"type", "title", "status", "message", "hint", "code"}


def test_who_is_not_named_is_oneself_where_one_may_not_see_everybody(tmp_path: Path) -> None:
    _status, body = asked(tmp_path, "/entries?limit=1000", reader(AMARA))
    assert {one["user"] for one in body["entries"]} == {AMARA}
    assert {one["user"] for one in asked(tmp_path, "/progress", reader(AMARA))[1]} == {AMARA}
    assert len({one["user"] for one in asked(tmp_path, "/progress", LEADER)[1]}) > 5


@pytest.mark.parametrize(
    ("there", "not_there"),
    [
        (f"/people/{MATEO}/statement", "/people/005Hs0000000999IAA/statement"),
        (f"/entries?user={MATEO}", "/entries?user=005Hs0000000999IAA"),
        (f"/progress?user={MATEO}", "/progress?user=nobody"),
        ("/entries/5", "/entries/999999"),
        (f"/records/{OF_MATEO}", "/records/006Hs0000099999IAA"),
        ("/status", "/status"),
    ],
)
def test_what_is_anothers_is_told_as_what_does_not_exist(tmp_path: Path, there: str, not_there: str) -> None:
    answers = [asked(tmp_path, address, reader(AMARA)) for address in (there, not_there)]
    assert answers[0][0] == 404
    assert answers[0] == answers[1]


def test_a_manager_sees_reports_and_nobody_else(tmp_path: Path) -> None:
    ingrid = reader(INGRID, Role.MANAGER, reports=[AMARA])
    assert asked(tmp_path, f"/people/{AMARA}/statement", ingrid)[0] == 200
    assert asked(tmp_path, f"/people/{MATEO}/statement", ingrid)[0] == 404


def test_of_a_record_one_is_told_what_concerns_oneself(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{demo_database(tmp_path)}")
    with closing(store):
        records = {one.record for one in store.entries() if one.record and one.user == AMARA}
    for record in sorted(records)[:10]:
        verdicts = asked(tmp_path, f"/records/{record}", reader(AMARA))[1]
        assert {one["user"] for one in verdicts} == {AMARA}


def test_whoever_opted_out_is_named_to_nobody_but_themselves(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{demo_database(tmp_path)}")
    with closing(store), store.begin() as transaction:
        transaction.opt_out(AMARA, 1)
    addresses = ["/boards/cs-team", "/entries?limit=1000", "/progress", "/badges", "/badges/early-warning", "/people",
                 "/seasons", "/seasons/account-expansion"]  # fmt: skip
    addresses += [f"/records/{one}" for one in _records_of(tmp_path, AMARA)]
    for address in addresses:
        status, body = asked(tmp_path, address, LEADER)
        assert status == 200
        assert AMARA not in json.dumps(body), address
        assert "Amara" not in json.dumps(body), address
    for address in (
        f"/people/{AMARA}",
        f"/people/{AMARA}/statement",
        f"/entries?user={AMARA}",
        f"/badges?user={AMARA}",
    ):
        assert asked(tmp_path, address, LEADER)[0] == 404
    assert asked(tmp_path, "/people/me/statement", reader(AMARA))[1]["user"] == AMARA


def _records_of(folder: Path, user: str) -> list[str]:
    store = open_store(f"sqlite:///{folder / 'novigem.db'}")
    with closing(store):
        return sorted({one.record for one in store.entries() if one.record and one.user == user})[:5]


# Tokens.


def new_token(folder: Path, *scopes: str, user: str = AMARA, days: int = 90) -> str:
    """Make a token as the command does."""
    if not (folder / "novigem.db").exists():
        demo_database(folder)
    options = [option for one in scopes for option in ("--scope", one)]
    answer = novigem(folder, "token", "new", "a test", "--user", user, "--days", str(days), *options, "--json")
    return str(json.loads(answer.out)["token"])


class KnowsRoles:
    """Nobody is signed in; whose token asks is a leader."""

    def __init__(self, *roles: Role) -> None:
        self._roles = frozenset((Role.CSM, *roles))

    def reader(self, _request: HTTPConnection, _store: SqlStore) -> Reader | None:
        return None

    def reader_of(self, user: str, _store: SqlStore) -> Reader | None:
        return Reader(user=user, roles=self._roles)


def with_token(folder: Path, address: str, token: str, *roles: Role, later: int = 0) -> tuple[int, Any]:
    """Give the answer to whoever sends a token, so many days later."""
    moment = datetime.now(UTC) + timedelta(days=later)
    site = Site(open_engine(f"sqlite:///{folder / 'novigem.db'}"), KnowsRoles(*roles), clock=lambda: moment)
    with client(site) as browser:
        answer = browser.get(f"{V1}{address}", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()


def test_a_token_opens_what_its_scopes_say_and_its_user_may_see(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards", "read:own")
    assert with_token(tmp_path, "/boards/cs-team", token)[0] == 200
    assert with_token(tmp_path, "/people/me/statement", token)[1]["user"] == AMARA
    assert with_token(tmp_path, f"/people/{MATEO}/statement", token, Role.LEADER)[0] == 404
    every = new_token(tmp_path, "read:all")
    assert with_token(tmp_path, f"/people/{MATEO}/statement", every)[0] == 404
    assert with_token(tmp_path, f"/people/{MATEO}/statement", every, Role.LEADER)[0] == 200


def test_a_scope_that_is_missing_is_named(tmp_path: Path) -> None:
    status, body = with_token(tmp_path, "/entries", new_token(tmp_path, "read:boards"))
    assert (status, body["code"]) == (403, "scope-missing")
    assert body["hint"] == "make a token with the scope read:own or read:all"
    status, body = with_token(tmp_path, "/boards", new_token(tmp_path, "read:own"))
    assert (status, body["code"]) == (403, "scope-missing")
    # What the user may not see at all is not there, whatever the scopes are.
    assert with_token(tmp_path, "/status", new_token(tmp_path, "read:boards"))[0] == 404


def test_scopes_never_widen_what_roles_allow() -> None:
    for what, role, scope in product(What, Role, Scope):
        bare = Reader(AMARA, roles=frozenset((role,)), reports=frozenset((MATEO,)))
        narrowed = replace(bare, scopes=frozenset((scope,)))
        for user in (None, AMARA, MATEO, INGRID):
            assert may(narrowed, what, user) <= may(bare, what, user)
        assert not may(replace(bare, scopes=frozenset()), what)


def test_a_revoked_token_is_refused_at_once(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards")
    (one,) = printed(tmp_path, "token", "list")
    assert novigem(tmp_path, "token", "revoke", one["id"]).code == 0
    status, body = with_token(tmp_path, "/boards", token)
    assert (status, body["code"]) == (401, "token-revoked")
    assert printed(tmp_path, "token", "list")[0]["state"] == "revoked"


def test_an_expired_token_is_refused(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards", days=2)
    assert with_token(tmp_path, "/boards", token, later=1)[0] == 200
    status, body = with_token(tmp_path, "/boards", token, later=3)
    assert (status, body["code"]) == (401, "token-expired")


def test_what_is_kept_or_logged_of_a_token_opens_nothing(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards")
    (one,) = printed(tmp_path, "token", "list")
    engine = open_engine(f"sqlite:///{tmp_path / 'novigem.db'}")
    with engine.connect() as connection:
        digest = connection.execute(select(api_token.c.digest)).scalar_one()
    engine.dispose()
    for replayed in (
        digest.hex(),
        f"novigem_{digest.hex()}",
        one["id"],
        f"novigem_{one['id']}",
        token[:-1],
        token + "A",
    ):
        assert with_token(tmp_path, "/boards", replayed)[0] == 401, replayed
    assert token.encode() not in (tmp_path / "novigem.db").read_bytes()


def test_a_token_in_an_address_is_no_token(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards")
    for name in ("access_token", "token", "authorization"):
        assert asked(tmp_path, f"/boards?{name}={token}", None)[0] == 401


@pytest.mark.parametrize("leaves", ["inactive", "erased"])
def test_a_token_of_somebody_who_left_or_was_erased_is_refused(tmp_path: Path, leaves: str) -> None:
    token = new_token(tmp_path, "read:boards")
    store = open_store(f"sqlite:///{tmp_path / 'novigem.db'}")
    with closing(store):
        if leaves == "erased":
            erase_person(store, AMARA, reason="asked", author="us")
            assert printed(tmp_path, "token", "list") == []
        else:
            with store.begin() as transaction:
                transaction.save_people([structs.replace(store.people([AMARA])[AMARA], active=False)])
    assert with_token(tmp_path, "/boards", token)[0] == 401


def test_when_a_token_was_used_is_told(tmp_path: Path) -> None:
    token = new_token(tmp_path, "read:boards")
    assert printed(tmp_path, "token", "list")[0]["used_at"] is None
    with_token(tmp_path, "/boards", token)
    assert printed(tmp_path, "token", "list")[0]["used_at"] is not None


def test_whoever_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    site = demo_site(demo_database(tmp_path), reader(AMARA))
    site.api_rate = "3/minute"
    with client(site) as browser:
        answers = [browser.get(f"{V1}/boards") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too-many-requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


# Other hosts.


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
def test_a_session_is_no_key_for_pages_of_other_hosts(tmp_path: Path, site_of: str) -> None:
    assert asked(tmp_path, "/boards", LEADER, **{"Sec-Fetch-Site": site_of})[0] == 401
    assert asked(tmp_path, "/boards", LEADER, **{"Sec-Fetch-Site": "same-origin"})[0] == 200


@pytest.mark.parametrize(("origin", "is_known"), [("https://crm.example", True), ("https://evil.example", False)])
def test_only_named_hosts_may_read_with_a_token_and_none_with_a_cookie(
    tmp_path: Path, *, origin: str, is_known: bool
) -> None:
    site = demo_site(demo_database(tmp_path), LEADER)
    site.api_origins = ("https://crm.example",)
    with client(site) as browser:
        asks = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        }
        allowed = browser.options(f"{V1}/boards", headers=asks)
        answer = browser.get(f"{V1}/boards", headers={"Origin": origin})
    for one in (allowed, answer):
        assert (one.headers.get("access-control-allow-origin") == origin) is is_known
        assert "access-control-allow-credentials" not in one.headers


def test_no_other_host_may_read_where_none_is_named(tmp_path: Path) -> None:
    with client(demo_site(demo_database(tmp_path), LEADER)) as browser:
        answer = browser.get(f"{V1}/boards", headers={"Origin": "https://crm.example"})
    assert "access-control-allow-origin" not in answer.headers


# What is wrong.


@pytest.mark.parametrize(
    "hostile", ["<script>", "a" * 3000, "%00", "%0a", "..%2f..%2fetc", "\u202emoc", "=1+1", "😀", "%ff"]
)
@pytest.mark.parametrize(
    "address", ["/boards/{}", "/people/{}", "/records/{}", "/badges/{}", "/programs/{}", "/entries?user={}",
                "/boards/cs-team?period={}", "/boards/cs-team?as_of={}", "/entries?since={}", "/people?search={}"]
)  # fmt: skip
def test_hostile_ids_and_names_are_answered_calmly(
    tmp_path: Path, shared: TestClient, address: str, hostile: str
) -> None:
    answer = shared.get(V1 + address.format(hostile))
    assert answer.status_code in {200, 400, 404, 422}
    assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Traceback" not in answer.text


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give a client for many questions, to whoever may see everything."""
    site = demo_site(demo_database(tmp_path_factory.mktemp("hostile")), LEADER)
    site.api_rate = "1000000/minute"
    with client(site) as browser:
        yield browser


def test_each_field_that_is_wrong_has_one_message(shared: TestClient) -> None:
    answer = shared.get(f"{V1}/entries?limit=0&after=x")
    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "invalid")
    assert [one["field"] for one in body["fields"]] == ["after", "limit"]


def test_a_mistake_of_ours_tells_nothing_of_the_inside(
    shared: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_visit: Visit) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Visit, "programs", property(fails))
    answer = shared.get(f"{V1}/boards")
    assert (answer.status_code, answer.json()["code"]) == (500, "mistake")
    assert "secret inside" not in answer.text
    assert "secret inside" in caplog.text


def test_only_reading_is_answered(shared: TestClient) -> None:
    assert shared.post(f"{V1}/boards").status_code == 405
    assert shared.get(f"{V1}/nothing").json()["code"] == "not-here"


@pytest.mark.parametrize("query", ["/progress?challenge=early-rsk", "/entries?rule=none", "/badges?program=none"])
def test_a_name_that_no_program_has_is_no_empty_answer(shared: TestClient, query: str) -> None:
    answer = shared.get(V1 + query)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-here")
    assert "there is no" in answer.json()["message"]
    assert answer.json()["hint"]


def small(url: str, who: Reader | None = None, **keys: Any) -> Site:
    """Give a site of a small season of three people."""
    engine = open_engine(url)
    parts = {"challenges": [{}], "leaderboards": [{}], "badges": [{}]} | keys
    program = make_program({"challenge": "challenge-1"}, **parts)
    changes = [make_change(record=n, owner=1 + n % 3, at=f"2026-01-07T10:{n:02}:00Z") for n in range(1, 30)]
    people = [make_person(n, name=f"Person {n}", role="CSM") for n in (1, 2, 3)]
    Engine(SqlStore(engine), [program], clock=lambda: SMALL).apply(Page(changes, people))
    sign_in = KnowsRoles(Role.LEADER) if who is None else LooksAs(who)
    return Site(engine, sign_in, clock=lambda: SMALL)


def test_a_board_of_teams_and_one_with_pseudonyms_answer_somebody_who_takes_part(tmp_path: Path) -> None:
    boards = [{"scope": "teams", "ties": []}, {"names": "pseudonym"}]
    teams = [{"id": "all", "name": "All", "role": ["CSM"]}]
    me = make_id("005", 1)
    with client(small(f"sqlite:///{tmp_path / 'small.db'}", reader(me), leaderboards=boards, teams=teams)) as browser:
        by_team = browser.get(f"{V1}/boards/board-1?around=true").json()
        by_pseudonym = browser.get(f"{V1}/boards/board-2").json()
    assert [row["team"] for row in by_team["rows"]] == ["all"]
    assert len(by_pseudonym["rows"]) == 3
    assert [row["user"] for row in by_pseudonym["rows"] if row["user"].startswith("005")] == [me]
    assert "Person" not in json.dumps(by_pseudonym)


def test_a_program_that_is_tried_out_is_shown_to_its_leader_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'small.db'}"
    small(url, reader(None), status="shadow", starts="2026-01-05", ends="2026-02-01").engine.dispose()
    me = make_id("005", 1)
    addresses = ["/boards", "/entries", "/progress", "/programs", "/challenges", "/seasons", "/badges"]
    for who, is_shown in ((reader(me), False), (reader(me, Role.LEADER), True)):
        with client(Site(open_engine(url), LooksAs(who), clock=lambda: SMALL)) as browser:
            for address in addresses:
                body = browser.get(V1 + address).json()
                found = body["entries"] if address == "/entries" else body
                assert bool(found) is (is_shown and address != "/badges"), address
            assert browser.get(f"{V1}/boards/board-1").status_code == (200 if is_shown else 404)
            assert browser.get(f"{V1}/entries/1").status_code == (200 if is_shown else 404)
            assert browser.get(f"{V1}/records/{make_id('006', 4)}").status_code == (200 if is_shown else 404)


def test_whoever_has_two_users_asks_for_one_person(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'small.db'}"
    site = small(url, reader(make_id("005", 1)))
    store = SqlStore(site.engine)
    wish = JoinWish(make_id("005", 2), make_id("005", 1), "us", "a new licence")
    decide_join(store, wish, now=SMALL)
    with client(site) as browser:
        own, other = (browser.get(f"{V1}/people/{make_id('005', n)}/statement").json() for n in (1, 2))
    assert own == other
    assert own["user"] == make_id("005", 1)


# The other database.

_SMALL = (
    "/boards",
    "/boards/board-1",
    "/boards/a%00b",
    "/entries?limit=5&after=3",
    "/entries?user=me&limit=2",
    "/entries/4",
    "/progress",
    "/badges",
    "/people",
    "/people/me/statement",
    f"/records/{make_id('006', 4)}",
    "/seasons",
    "/programs/test",
    "/challenges/challenge-1",
)


def test_postgresql_answers_as_sqlite_does(tmp_path: Path, postgres: Postgres) -> None:
    answers = []
    for url in (f"sqlite:///{tmp_path / 'small.db'}", postgres.new_database()):
        site = small(url)
        add_token(site.engine, ApiToken(secret_digest("novigem_secret"), "a test", make_id("005", 1), "read:all", 5))
        with client(site) as browser:
            browser.headers["Authorization"] = "Bearer novigem_secret"
            found = [browser.get(f"{V1}{address}") for address in _SMALL]
            assert {one.status_code for one in found} == {200, 422}
            answers.append([one.json() for one in found])
    assert answers[0] == answers[1]
