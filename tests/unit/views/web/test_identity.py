"""Who somebody is, what they may be called, and whom they lead."""

from pathlib import Path

import pytest

from novigem.access.roles import Named, Reader, Role
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.model.joins import Join
from novigem.model.people import Person
from novigem.testing import make_id, make_person
from novigem.views.web.signing.identity import (
    Identity,
    NotLetIn,
    identity_of_email,
    identity_of_name,
    identity_of_user,
    reader_of,
)

NAMES = {Role.LEADER: Named(frozenset(("lea@example.com",)), frozenset(("VP",)))}


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return open_store(f"sqlite:///{tmp_path / 'people.db'}")


def fill(store: SqlStore, *people: Person, joins: tuple[tuple[int, int], ...] = ()) -> None:
    with store.begin() as transaction:
        transaction.save_people(people)
        for user, person in joins:
            transaction.save_join(Join(0, user_id(user), user_id(person), 5, 5, None, "one"))
    store.close()


def user_id(number: int) -> str:
    return make_id("005", number)


def look(store: SqlStore, number: int) -> Reader:
    found = reader_of(store, NAMES, Identity(user_id(number), "", "oidc"))
    store.close()
    assert found is not None
    return found


def test_reports_are_those_below_to_the_end(store: SqlStore) -> None:
    fill(store, *(make_person(n, manager=n - 1 or None) for n in range(1, 6)), make_person(9, manager=8))
    assert look(store, 2).reports == {user_id(n) for n in (3, 4, 5)}
    assert look(store, 5).roles == {Role.CSM}
    assert look(store, 2).roles == {Role.CSM, Role.MANAGER}


def test_a_circle_of_managers_ends_and_nobody_reports_to_themselves(store: SqlStore) -> None:
    fill(
        store,
        make_person(1, manager=3),
        make_person(2, manager=1),
        make_person(3, manager=2),
        make_person(4, manager=4),
    )
    assert look(store, 1).reports == {user_id(2), user_id(3)}
    assert look(store, 4).reports == set()


def test_reports_are_persons_and_go_by_the_user_that_is_active(store: SqlStore) -> None:
    """User 2 left and came back as 3, who has another manager now; the manager came back too."""
    fill(
        store,
        make_person(1, active=False),
        make_person(6),
        make_person(2, manager=5, active=False),
        make_person(3, manager=1),
        make_person(5),
        joins=((3, 2), (6, 1)),
    )
    assert look(store, 6) == look(store, 1)
    assert look(store, 6).user == user_id(1)
    assert look(store, 6).reports == {user_id(2)}
    assert look(store, 5).reports == set()


def test_whoever_the_settings_name_leads(store: SqlStore) -> None:
    fill(store, make_person(1, email="Lea@Example.com"), make_person(2, role="VP"), make_person(3, role="CSM"))
    assert [Role.LEADER in look(store, number).roles for number in (1, 2, 3)] == [True, True, False]


def test_no_user_of_the_org_gets_in_unless_named(store: SqlStore) -> None:
    fill(store, make_person(1))
    leader = reader_of(store, NAMES, identity_of_email(store, NAMES, "LEA@example.com", "mail"))
    assert leader == Reader(None, "lea@example.com", frozenset((Role.LEADER,)))
    with pytest.raises(NotLetIn, match="nobody here"):
        identity_of_email(store, NAMES, "who@example.com", "mail")
    assert reader_of(store, {}, Identity(None, "lea@example.com", "mail")) is None
    store.close()


@pytest.mark.parametrize("user", ["", "nonsense", make_id("00G", 1), make_id("005", 9), make_id("005", 2)])
def test_queues_strangers_and_inactive_users_do_not_get_in(store: SqlStore, user: str) -> None:
    fill(store, make_person(1), make_person(2, active=False))
    with pytest.raises(NotLetIn):
        identity_of_user(store, user, "salesforce")
    store.close()


def test_an_address_of_two_people_names_nobody_until_they_are_one(store: SqlStore) -> None:
    fill(store, make_person(1, email="a@example.com"), make_person(2, email="A@example.com"))
    with pytest.raises(NotLetIn, match="two people"):
        identity_of_email(store, NAMES, "a@example.com", "mail")
    fill(store, joins=((2, 1),))
    assert identity_of_email(store, NAMES, "a@example.com", "mail").user == user_id(1)
    store.close()


def test_the_address_of_a_user_who_left_names_nobody(store: SqlStore) -> None:
    """The company may have given it to somebody else by now."""
    fill(
        store,
        make_person(1, email="old@example.com", active=False),
        make_person(2, email="new@example.com"),
        joins=((2, 1),),
    )
    with pytest.raises(NotLetIn):
        identity_of_name(store, NAMES, "old@example.com", "proxy")
    assert identity_of_name(store, NAMES, "new@example.com", "proxy").user == user_id(1)
    assert identity_of_name(store, NAMES, user_id(2)[:15], "proxy").user == user_id(1)
    store.close()
