"""What the engine writes: ledger entries, progress, badge awards and totals."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from novigem.model.ids import reference
from novigem.model.subject import Subject, subject_of

# These values hold text and numbers only and can form no cycle, so the garbage collector need not watch them
# (gc=False): batches make many thousands.

# Goal values are whole millionths, so that sums are exact and do not depend on the order of addition.
GOAL_UNIT = 1_000_000
# Progress is kept in a 64-bit integer of millionths: a sum is shown as at most this much, up or down.
LARGEST_SUM = 9 * 10**12 * GOAL_UNIT


class EntryKind(StrEnum):
    """What a ledger entry is. Only `rule` entries (net of their reversals) move progress."""

    RULE = "rule"
    BONUS = "bonus"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


class Counted(NamedTuple):
    """What an entry counts for in one challenge: its period, what it adds in millionths, and the item it names."""

    challenge: str
    period: str | None
    goal_value: int
    goal_item: str | None


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One immutable line of the ledger.

    `number` is the ledger position (0 until appended). `key` is the dedupe key: the database refuses a second entry
    with the same key and generation. `generation` grows when an entry was reversed and earned again. `occurred` and
    `recorded` are microseconds since 1970 UTC: when it happened in Salesforce, and when we wrote it. `goal_value` is
    what the entry adds to its challenge, in millionths (`GOAL_UNIT`); `goal_item` is the thing a `distinct` goal
    counts, or the period a streak counts it in. `also` has the further challenges of a rule that is linked to several.
    `change` is the digest of the change that paid.

    A rule entry of 0 points is an award of which a limit left nothing, where something counts it all the same; `reason`
    says so.
    """

    number: int = 0
    key: str
    generation: int = 0
    kind: EntryKind
    user: str
    points: int
    program: str
    version: str
    rule: str | None = None
    challenge: str | None = None
    period: str | None = None
    object: str | None = None
    record: str | None = None
    account: str | None = None
    change: bytes | None = None
    seq: int = 0
    goal_value: int = 0
    goal_item: str | None = None
    occurred: int
    recorded: int = 0
    reverses: int | None = None
    reason: str | None = None
    author: str | None = None
    also: tuple[Counted, ...] = ()

    @property
    def challenges(self) -> tuple[str, ...]:
        """The challenges that the entry counts for, in the order of its rule; none for a rule without any."""
        if self.challenge is None:
            return ()
        return (self.challenge, *(one.challenge for one in self.also)) if self.also else (self.challenge,)

    @property
    def counted(self) -> tuple[Counted, ...]:
        """What the entry counts for in each of its challenges."""
        if self.challenge is None:
            return ()
        return (Counted(self.challenge, self.period, self.goal_value, self.goal_item), *self.also)

    @property
    def as_counted(self) -> tuple["Entry", ...]:
        """The entry as each of its challenges counts it: as if it counted for that one alone."""
        if not self.also:
            return (self,)
        return tuple(self.counting((one,)) for one in self.counted)

    def counting(self, counted: Sequence[Counted]) -> "Entry":
        """Give the entry with other things to count for."""
        first, *more = counted
        return msgspec.structs.replace(self, **first._asdict(), also=tuple(more))

    @property
    def item(self) -> str | None:
        """What `goal_item` names, as it is counted: entries of before may hold an id of 15 characters."""
        return None if self.goal_item is None else str(reference(self.goal_item))

    @property
    def items(self) -> dict[str, str | None]:
        """What it names in each of its challenges, as it is counted."""
        return {one.challenge or "": one.item for one in self.as_counted}

    @property
    def values(self) -> dict[str, int]:
        """What it adds to each of its challenges, in millionths."""
        return {one.challenge: one.goal_value for one in self.counted}

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Where the paying change stands in event time: moment, sequence, then content (never arrival)."""
        return (self.occurred, self.seq, self.change or b"")

    @property
    def counts_for_goal(self) -> bool:
        """False for an award without points that the goal of its challenge does not count."""
        return self.points != 0 or self.goal_value != 0


# A batch asks for each key twice: to look it up, and to write it.
@lru_cache(maxsize=20_000)
def key_digest(key: str) -> bytes:
    """Give the 16-byte form of a dedupe key, which the unique index holds."""
    return blake2b(key.encode(), digest_size=16).digest()


class ProgressKey(NamedTuple):
    """One user in one challenge in one period (`period` is "" outside recurring challenges).

    Badges that awards earn, and goals of teams, have rows too: `subject` tells them apart.
    """

    program: str
    challenge: str
    period: str
    user: str

    @property
    def subject(self) -> Subject:
        """What the row is about."""
        return subject_of(self.challenge)


class Progress(msgspec.Struct, frozen=True, gc=False):
    """How far one user is. `value` and `target` are in millionths; times in microseconds since 1970 UTC.

    `target` is the person's own, and 0 for somebody who is away the whole time: it is never reached. The value of a
    streak is the run that ends with the last period that counts. `first` and `last` are the earliest and latest counted
    moment; `completed` the moment that reached the target, `reached` the one from which on the value was at least what
    it is now; None in a row of an older database that has not moved since.
    """

    program: str
    challenge: str
    period: str
    user: str
    value: int
    target: int
    entries: int
    first: int
    last: int
    completed: int | None = None
    reached: int | None = None

    @property
    def key(self) -> ProgressKey:
        """The identity of the row."""
        return ProgressKey(self.program, self.challenge, self.period, self.user)

    @property
    def subject(self) -> Subject:
        """What the row is about."""
        return subject_of(self.challenge)


class BadgeAward(msgspec.Struct, frozen=True, kw_only=True):
    """One user holding one badge. `challenge` and `period` are "" for a badge given by hand.

    A badge that awards earned has `badge/ID` for the challenge, and its tier, if it has any, for the period. One that
    was earned or given anew has another award, with `/2`, `/3` and so on behind the period.
    """

    program: str
    badge: str
    user: str
    challenge: str = ""
    period: str = ""
    awarded: int
    reason: str | None = None
    author: str | None = None

    @property
    def subject(self) -> Subject:
        """What it was awarded for."""
        return subject_of(self.challenge)

    @property
    def step(self) -> str:
        """The tier, or the period of the challenge: the period without the number of the award."""
        return self.period.partition("/")[0]

    @property
    def number(self) -> int:
        """1 for the first time that somebody got it, 2 for the second."""
        return int(self.period.partition("/")[2] or 1)

    def again(self, number: int, awarded: int) -> "BadgeAward":
        """Give the same award as it was earned or given for the second time, the third, and so on."""
        period = self.step if number == 1 else f"{self.step}/{number}"
        return msgspec.structs.replace(self, period=period, awarded=awarded)


class Total(msgspec.Struct, frozen=True, gc=False):
    """A user's sum in one book (a scope over a period), kept so that boards never add up the ledger.

    `entries` counts standing entries; `reached` is the moment from which on the sum was at least what it is now, in
    microseconds since 1970 UTC (who reached the same points earlier stands higher); `accounts` the number of distinct
    accounts.
    """

    book: str
    user: str
    points: int
    entries: int
    reached: int
    accounts: int = 0


class TierKey(NamedTuple):
    """A place in the ranking of a book: everybody with these figures shares it.

    `chain` names the tie-break steps that tell places apart, joined by commas; "" is points alone. `points` and the
    steps are negated where more is better, so that the smaller tuple stands higher; unused steps are 0.
    """

    book: str
    chain: str
    points: int
    first: int = 0
    second: int = 0
    third: int = 0
