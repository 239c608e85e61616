"""Badges given by hand, where two users are one person: who holds which, and what comes back when they are parted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from novigem.model.entry import BadgeAward
from novigem.model.joins import Joins

_read_badges = msgspec.json.Decoder(list[BadgeAward]).decode


class GivenBadges(NamedTuple):
    """Badges by hand: those that `stand`, and those that were given to a user and stand elsewhere, or not at all."""

    stand: list[BadgeAward]
    kept: list[BadgeAward]


def given_badges(
    rows: Sequence[BadgeAward],
    kept: Sequence[BadgeAward],
    before: Joins,
    after: Joins,
    expiring: Collection[tuple[str, str]] = (),
) -> GivenBadges:
    """Give who holds which badge by hand after a decision; `kept` are those that stood elsewhere before it.

    Whoever got the same badge by two users holds it once, as it was given first; a badge that expires, by program and
    id in `expiring`, each time it was given.
    """
    plain = [_without_number(one) for one in rows]
    moved = {_held_by(one, before) for one in kept}
    given = [*kept, *(one for one in plain if one not in moved)]
    stand: dict[tuple[str, str, str], list[BadgeAward]] = defaultdict(list)
    for one in sorted(given, key=lambda award: (award.awarded, award.user)):
        held = _held_by(one, after)
        own = stand[held.program, held.badge, held.user]
        if not own or ((held.program, held.badge) in expiring and held.awarded > own[-1].awarded):
            own.append(held)
    there = {one for own in stand.values() for one in own}
    numbered = [one.again(n, one.awarded) for own in stand.values() for n, one in enumerate(own, start=1)]
    return GivenBadges(numbered, [one for one in given if one not in there])


def _without_number(award: BadgeAward) -> BadgeAward:
    return award.again(1, award.awarded)


def _held_by(award: BadgeAward, joins: Joins) -> BadgeAward:
    return replace(award, user=joins.of(award.user, award.awarded))


def kept_badges(joins: Joins) -> list[BadgeAward]:
    """Give the badges that stand elsewhere, or not at all, since the newest decision."""
    return _read_badges(joins.history[-1].body) if joins.history else []
