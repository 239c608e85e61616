"""The table of who may see what, walked in full."""

from itertools import product

from novigem.access.roles import Reader, Role
from novigem.access.table import TABLE, Reach, What, may

_ANN, _BOB, _CAT = "005A", "005B", "005C"


def test_every_thing_has_a_reach_for_every_role() -> None:
    assert TABLE.keys() == set(What)
    assert all(row.keys() == set(Role) for row in TABLE.values())


def test_each_cell_means_what_it_says() -> None:
    for what, role in product(What, Role):
        reader = Reader(_ANN, roles=frozenset((role,)), reports=frozenset((_BOB,)))
        far = TABLE[what][role]
        seen = [may(reader, what, user) for user in (None, _ANN, _BOB, _CAT)]
        assert (
            seen
            == {
                Reach.NOBODY: [False, False, False, False],
                Reach.OWN: [True, True, False, False],
                Reach.REPORTS: [True, True, True, False],
                Reach.EVERYBODY: [True, True, True, True],
            }[far]
        )


def test_the_widest_role_counts() -> None:
    reader = Reader(_ANN, roles=frozenset((Role.CSM, Role.LEADER)))
    assert may(reader, What.ENTRIES, _CAT)


def test_whoever_has_no_role_sees_nothing() -> None:
    reader = Reader(_ANN, roles=frozenset())
    assert not any(may(reader, what, user) for what in What for user in (None, _ANN))
