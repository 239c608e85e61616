"""Renewals: the moments at which somebody earns a badge that expires, the first time and each time anew.

Counting begins anew each time the badge is earned, and a count or sum of points also each time it expires; whoever
reaches the full figure again renews the badge from that moment, whether it was still valid or not.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from novigem.challenges.goals import Measure, Move
from novigem.challenges.tracks import Tracks
from novigem.model.entry import BadgeAward, Entry, ProgressKey
from novigem.model.people import Person
from novigem.model.program import Badge


def earned_at(measure: Measure, counted: Iterable[Entry], lasts: int) -> list[int]:
    """Give the moments at which a step of a badge is earned, in order.

    `counted` are the standing entries that count for it, as it counts them; `lasts` is how long the badge is valid, in
    microseconds. What happens at one moment counts together, so that the order inside it decides nothing.
    """
    found: list[int] = []
    value, begun = 0, 0
    seen: Counter[str] = Counter()
    spent: str | None = None
    for moment, together in groupby(sorted(counted, key=lambda one: one.order), key=lambda one: one.occurred):
        expired = found[-1] + lasts if found else begun
        # A run says by itself whether it goes on, so that an hour of delay does not cost somebody all of it.
        if measure.streak is None and begun < expired <= moment:
            value, begun = 0, expired
        item = None
        for entry in together:
            item = entry.item
            if item is not None and item == spent:
                continue
            move = measure.move(item, seen.__getitem__)
            if item is not None:
                seen[item] += 1
            if move is not Move.NONE:
                value = entry.goal_value + (value if move is Move.ADD else 0)
        if value >= measure.target > 0:
            found.append(moment)
            value, begun, spent = 0, moment, item
            # A period that has helped to earn the badge once does so for no second time.
            seen.clear()
    return found


def renewals(
    tracks: Tracks, badge: Badge, first: BadgeAward, entries: Iterable[Entry], person: Person | None
) -> list[BadgeAward]:
    """Give an award of a badge that awards earned, and one more for each time it was earned anew.

    `first` is the award that stands, and `entries` are all that stand of whoever holds it. A badge that never expires,
    or that was not earned by awards, is not earned anew.
    """
    key = ProgressKey(first.program, first.challenge, first.period, first.user)
    if badge.lasts is None or not tracks.is_step(key):
        return [first]
    measure = tracks.measure(key, tracks.terms(first.user, person))
    moments = earned_at(measure, tracks.counted_in(key, entries), badge.lasts)
    later = [one for one in moments[1:] if one > first.awarded]
    return [first, *(first.again(number, moment) for number, moment in enumerate(later, start=2))]
