"""Who holds or held which badge: each time it was earned or given, from when, until when, and what for.

What is kept is when somebody earned a badge first, and each time one was given by hand. When one that expires was
earned anew follows from the entries that stand, so it is worked out here, whatever came late or was taken back.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from novigem.challenges.renewals import renewals
from novigem.challenges.tracks import Tracks
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.clocks import Zones
from novigem.model.entry import BadgeAward, Entry
from novigem.model.program import Badge, Program


@dataclass(frozen=True)
class Holding:
    """One time that somebody got a badge. Moments are in microseconds since 1970 UTC.

    `expires` is when it is valid no longer by itself; None: never. `until` is where this holding ends: there, or where
    the next one begins that renews it.
    """

    award: BadgeAward
    expires: int | None = None
    until: int | None = None

    @property
    def is_renewed(self) -> bool:
        """True where it was earned or given anew while it was valid."""
        return self.until != self.expires


def read_holdings(store: Store, programs: Mapping[str, Program], which: RowFilter) -> list[Holding]:
    """Give every holding of some badges, in the order in which they were got."""
    awards = store.badges(which)
    badges = {(name, one.id): one for name, program in programs.items() for one in program.badges}
    if not any(badge.lasts for badge in badges.values()):
        return [Holding(one) for one in awards]
    renewed = _Renewals(store, programs, badges)
    every = [again for one in awards for again in renewed.of(one)]
    every.sort(key=lambda one: (one.awarded, one.badge, one.user, one.challenge, one.period))
    return list(_ended(every, badges))


class _Renewals:
    """What follows from the entries of whoever earned a badge that expires; each person's are read once."""

    def __init__(self, store: Store, programs: Mapping[str, Program], badges: Mapping[tuple[str, str], Badge]) -> None:
        self._store = store
        self._badges = badges
        zones = Zones(store)
        self._tracks = {name: Tracks(program, zones) for name, program in programs.items()}
        self._entries: dict[tuple[str, str], list[Entry]] = {}

    def of(self, award: BadgeAward) -> list[BadgeAward]:
        badge = self._badges.get((award.program, award.badge))
        if badge is None or badge.lasts is None or award.subject.kind != "badge":
            return [award]
        place = (award.program, award.user)
        if place not in self._entries:
            self._entries[place] = standing_entries(self._store.entries(EntryFilter(*place)))
        person = self._store.people([award.user]).get(award.user)
        return renewals(self._tracks[award.program], badge, award, self._entries[place], person)


def _ended(awards: Sequence[BadgeAward], badges: Mapping[tuple[str, str], Badge]) -> Iterator[Holding]:
    lines: dict[tuple[str, ...], list[BadgeAward]] = defaultdict(list)
    for one in awards:
        lines[_line(one)].append(one)
    following = {one: after for line in lines.values() for one, after in pairwise(line)}
    for one in awards:
        badge = badges.get((one.program, one.badge))
        if badge is None or badge.lasts is None:
            yield Holding(one)
            continue
        expires, after = one.awarded + badge.lasts, following.get(one)
        yield Holding(one, expires, expires if after is None else min(expires, after.awarded))


def _line(award: BadgeAward) -> tuple[str, ...]:
    """Name what renews each other: the awards of a tier, or what is given by hand.

    Each period of a recurring challenge gives an award of its own.
    """
    return (award.program, award.badge, award.user, award.challenge, award.step)
