"""Sessions, links and preferences are kept alike by both databases."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, create_engine

from novigem.engine.erasure import erase_person
from novigem.ledger.sql.sign_ins import Link, Session, SignIns
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.testing import make_id, make_person

ANN, BEN = make_id("005", 1), make_id("005", 2)
DAY = 86_400_000_000
NOW = 1_767_225_600_000_000


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give an empty database of each kind."""
    made = (
        open_engine(f"sqlite:///{tmp_path / 'signed.db'}")
        if request.param == "sqlite"
        else create_engine(request.getfixturevalue("postgres").new_database())
    )
    SqlStore(made).entry_count()
    yield made
    made.dispose()


def session(number: int, user: str | None = ANN, **other: int | None) -> Session:
    made = Session(bytes([number]) * 32, user, user or "ops@example.com", "oidc", NOW, NOW, NOW + DAY, None, "Firefox")
    return made._replace(**other)


def test_a_session_comes_back_as_it_went_in(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    for one in (session(1), session(2, None), session(3, BEN, revoked=NOW)):
        sign_ins.open(one)
        assert sign_ins.session(one.digest) == one
    assert sign_ins.session(b"unknown") is None


def test_only_sessions_that_hold_are_listed_and_the_one_seen_last_comes_first(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    for one in (session(1), session(2, seen=NOW + 5), session(3, ends=NOW), session(4, revoked=NOW), session(5, BEN)):
        sign_ins.open(one)
    assert [one.digest[0] for one in sign_ins.sessions([ANN], NOW)] == [2, 1]
    sign_ins.note_seen(session(1).digest, NOW + 9)
    assert [one.digest[0] for one in sign_ins.sessions([ANN, BEN], NOW)] == [1, 2, 5]


def test_a_session_is_ended_by_whose_it_is_and_once(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    for number in (1, 2, 3):
        sign_ins.open(session(number))
    sign_ins.open(session(4, BEN))
    assert not sign_ins.end(session(1).digest, [BEN], NOW)
    assert sign_ins.end(session(1).digest, [ANN], NOW + 1)
    assert not sign_ins.end(session(1).digest, [ANN], NOW + 2)
    ended = sign_ins.session(session(1).digest)
    assert ended is not None
    assert ended.revoked == NOW + 1
    assert sign_ins.end_all([ANN], NOW) == 2
    assert [one.digest[0] for one in sign_ins.sessions([ANN, BEN], NOW)] == [4]


def test_what_ended_long_ago_is_forgotten(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    sign_ins.open(session(1))
    sign_ins.make_link(Link(b"1" * 32, ANN, "a@example.com", NOW, NOW + 1))
    sign_ins.open(session(2, made=NOW + 40 * DAY, ends=NOW + 41 * DAY))
    assert sign_ins.session(session(1).digest) is None
    assert sign_ins.link(b"1" * 32, NOW) is None


def test_a_link_works_once_before_its_end(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    link = Link(b"1" * 32, ANN, "ann@example.com", NOW, NOW + 5)
    sign_ins.make_link(link)
    assert [sign_ins.link(link.digest, NOW) for _look in range(2)] == [link, link]
    assert sign_ins.use_link(link.digest, NOW + 5) is None
    assert sign_ins.use_link(link.digest, NOW + 1) == link._replace(used=NOW + 1)
    assert sign_ins.use_link(link.digest, NOW + 2) is None
    assert sign_ins.link(link.digest, NOW + 2) is None


def test_of_many_at_once_one_uses_a_link(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    sign_ins.make_link(Link(b"1" * 32, ANN, "ann@example.com", NOW, NOW + 5))
    got: list[Link | None] = []
    threads = [Thread(target=lambda: got.append(sign_ins.use_link(b"1" * 32, NOW))) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in got) == 1


def test_a_state_is_used_once(engine: Engine) -> None:
    sign_ins = SignIns(engine)
    assert [sign_ins.use_once(b"s" * 32, NOW, NOW + 5) for _time in range(2)] == [True, False]
    assert sign_ins.link(b"s" * 32, NOW) is None


def test_preferences_are_kept_and_taken_back_and_raise_the_revision(engine: Engine) -> None:
    sign_ins, store = SignIns(engine), SqlStore(engine)
    with store.begin():
        pass
    before = store.revision()
    sign_ins.prefer(ANN, {"theme": "dark", "zone": "Europe/Berlin"})
    sign_ins.prefer(ANN, {"theme": "light", "zone": ""})
    sign_ins.prefer(BEN, {"theme": "dark"})
    assert (sign_ins.preferences(ANN), sign_ins.preferences(BEN)) == ({"theme": "light"}, {"theme": "dark"})
    assert store.revision() == before + 3


def test_noting_that_a_session_was_seen_waits_for_nobody(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'busy.db'}")
    store, sign_ins = SqlStore(engine), SignIns(engine)
    with store.begin():
        pass
    sign_ins.open(session(1))
    with store.begin():
        sign_ins.note_seen(session(1).digest, NOW + 9)
    kept = sign_ins.session(session(1).digest)
    assert kept is not None
    assert kept.seen == NOW
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 120_000
    engine.dispose()


def test_erasing_a_person_empties_them_of_that_person(engine: Engine) -> None:
    store, sign_ins = SqlStore(engine), SignIns(engine)
    with store.begin() as transaction:
        transaction.save_people([make_person(1, name="Ann Lee"), make_person(2)])
    for one in (session(1), session(2, BEN)):
        sign_ins.open(one)
    sign_ins.make_link(Link(b"1" * 32, ANN, "ann@example.com", NOW, NOW + 5))
    sign_ins.prefer(ANN, {"theme": "dark"})
    erase_person(store, ANN, reason="left")
    assert sign_ins.session(session(1).digest) is None
    assert sign_ins.session(session(2, BEN).digest) is not None
    assert sign_ins.link(b"1" * 32, NOW) is None
    assert sign_ins.preferences(ANN) == {}
