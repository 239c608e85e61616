"""A store over one moment of a database that reads nothing twice, also not what another one read of the same moment.

Two connections that see one `Moment` (revision, newest line of the journal) see the same ledger, people, programs and
decisions: every transaction that changes these raises the one or writes the other. So answers about them are kept by
it, and a store reads it first, on its own connection. What is written beside the ledger (positions, sessions,
preferences, links, reports, copies of records) is never kept.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from novigem.ledger.sql.store import SqlStore
from novigem.ledger.types import EVERYBODY, Moment, ProgramUse, StoredProgram, Who
from novigem.model.binding import Binding
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import Total
from novigem.model.joins import Joins
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.program import TieBreak

_Answer = TypeVar("_Answer")
_Answers = dict[Hashable, Any]
# Longer lists of totals than a page shows are not kept.
_LONGEST = 100


class Moments:
    """What was read of the last moments of a database, for many threads: of each moment, so many answers at most."""

    def __init__(self, most: int = 2, most_answers: int = 8_000) -> None:
        self._most = most
        self._most_answers = most_answers
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, _Answers] = OrderedDict()

    def of(self, moment: Hashable) -> _Answers:
        """Give what was read of a moment."""
        with self._lock:
            found = self._kept.setdefault(moment, {})
            self._kept.move_to_end(moment)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return found

    def keep(self, answers: _Answers, question: Hashable, answer: object) -> None:
        """Keep one answer more; those of a moment are dropped together where they have become too many."""
        with self._lock:
            if len(answers) >= self._most_answers:
                answers.clear()
            answers[question] = answer

    def __len__(self) -> int:
        """Give how many answers are kept."""
        with self._lock:
            return sum(map(len, self._kept.values()))


class KeptStore(SqlStore):
    """The ledger as a connection sees it that sees one moment. It is only read."""

    def __init__(self, connection: Connection, moments: Moments) -> None:
        super().__init__(connection, is_current=True)
        self._moments = moments
        self._moment: Moment | None = None
        self._answers: _Answers = {}
        self._positions: dict[str, str] | None = None

    def moment(self) -> Moment:
        """Give what tells one state of the ledger from every other."""
        if self._moment is None:
            self._moment = super().moment()
            self._answers = self._moments.of(self._moment)
        return self._moment

    def _once(self, question: Hashable, read: Callable[[], _Answer]) -> _Answer:
        self.moment()
        found = self._answers.get(question, self)
        if found is not self:
            return cast("_Answer", found)
        made = read()
        self._moments.keep(self._answers, question, made)
        return made

    def revision(self) -> int:
        """Give how many transactions have written."""
        return self.moment().revision

    def entry_count(self) -> int:
        """Give the number of the newest entry."""
        return self._once("entry_count", super().entry_count)

    def positions(self, prefix: str) -> dict[str, str]:
        """Give the committed positions of all feeds whose name begins with a text, ordered by name."""
        if self._positions is None:
            self._positions = super().positions("")
        return {feed: position for feed, position in self._positions.items() if feed.startswith(prefix)}

    # Lists and dicts are handed out as copies: what a reader does with one is nobody else's.

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give the people known under some ids."""
        self.moment()
        found = {one: self._answers.get(("person", one), self) for one in ids}
        missing = [one for one, known in found.items() if known is self]
        if missing:
            read = super().people(missing)
            for one in missing:
                found[one] = read.get(one)
                self._moments.keep(self._answers, ("person", one), found[one])
        return {one: known for one, known in found.items() if isinstance(known, Person)}

    def joins(self) -> Joins:
        """Give which users are one person, and every decision about it."""
        return self._once("joins", super().joins)

    def pauses(self) -> list[PauseStep]:
        """Give every decision to pause a program or to let it pay again."""
        return list(self._once("pauses", super().pauses))

    def timezones(self) -> list[str]:
        """Give the names of all time zones that were told of somebody, in order."""
        return list(self._once("timezones", super().timezones))

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since when."""
        return dict(self._once("opted_out", super().opted_out))

    def programs(self) -> list[StoredProgram]:
        """Give the accepted program versions, oldest first."""
        return list(self._once("programs", super().programs))

    def bindings(self) -> list[Binding]:
        """Give what the names in programs mean."""
        return list(self._once("bindings", super().bindings))

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use."""
        return list(self._once("timeline", super().timeline))

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""
        read = super().closing
        return self._once(("closing", key), lambda: read(key))

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""
        read = super().closed
        return self._once(("closed", program), lambda: read(program))

    # Boards: what everybody sees, and what is around one.

    def total(self, book: str, user: str) -> Total | None:
        """Give one user's total."""
        read = super().total
        return self._once(("total", book, user), lambda: read(book, user))

    def lowest(self, book: str) -> int:
        """Give the fewest points that anybody has in a book; 0 where nobody has any."""
        read = super().lowest
        return self._once(("lowest", book), lambda: read(book))

    def inactive(self, book: str) -> set[str]:
        """Give the users with a total in a book who were last told inactive."""
        read = super().inactive
        return set(self._once(("inactive", book), lambda: read(book)))

    def top(
        self, book: str, ties: Sequence[TieBreak], limit: int | None, who: Who = EVERYBODY, *, skip: int = 0
    ) -> list[Total]:
        """Give the highest totals of a book, in ranking order."""
        read = super().top
        if limit is None or limit > _LONGEST:
            return read(book, ties, limit, who, skip=skip)
        question = ("top", book, tuple(ties), limit, who, skip)
        return list(self._once(question, lambda: read(book, ties, limit, who, skip=skip)))

    def count_above(self, total: Total, ties: Sequence[TieBreak], who: Who = EVERYBODY, *, distinct: bool) -> int:
        """Count the totals that rank above one."""
        read = super().count_above
        question = ("count_above", total, tuple(ties), who, distinct)
        return self._once(question, lambda: read(total, ties, who, distinct=distinct))

    def neighbours(self, total: Total, ties: Sequence[TieBreak], each_side: int, who: Who = EVERYBODY) -> list[Total]:
        """Give the totals around one, and itself."""
        read = super().neighbours
        question = ("neighbours", total, tuple(ties), each_side, who)
        return list(self._once(question, lambda: read(total, ties, each_side, who)))
