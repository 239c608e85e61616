"""Manual work with an engine: points, badges, closings. The main path is in `novigem/engine/engine.py`."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from novigem.engine.closing.due import ClosingNote, close_due, closings_of, keep
from novigem.engine.closing.vesting import refuse_held
from novigem.engine.closing.windows import Window
from novigem.engine.posting.adjustments import adjustment_entry, check_adjustment, post_adjustment
from novigem.engine.requests import Requests
from novigem.errors import InputError
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import RowFilter, Store, Transaction
from novigem.model.change import id18, to_micros, whole_characters
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import BadgeAward, Entry
from novigem.model.program import Program
from novigem.model.redaction import NO_REDACTION, Redactor
from novigem.rules.operators import Registry

_Result = TypeVar("_Result")


class Manual:
    """The part of an engine that people call; see `novigem.engine.engine.Engine`."""

    store: Store
    programs: Mapping[str, Program]
    registry: Registry
    _rollups: Mapping[str, Rollups]
    _clock: Callable[[], datetime]

    @abstractmethod
    def _redacted(self, act: Callable[["Manual", Redactor], _Result]) -> _Result:
        """Act as if everybody who is erased had been erased before."""

    @abstractmethod
    def _look_for_erased(self, transaction: Transaction) -> None:
        """Begin anew where somebody was erased meanwhile."""

    @abstractmethod
    def _program(self, program_id: str) -> Program:
        """Give a program by its id. Raises InputError where there is none."""

    @abstractmethod
    def _are_in_use(self, transaction: Transaction) -> bool:
        """Tell whether the store has exactly these versions in use."""

    @abstractmethod
    def _store_programs(self, transaction: Transaction, redactor: Redactor = NO_REDACTION) -> None:
        """Bring these versions into use."""

    @abstractmethod
    def _store_redacted(self, transaction: Transaction) -> None:
        """Bring these versions into use, without erased people."""

    def adjust(self, program_id: str, user: str, points: int, *, reason: str, author: str | None = None) -> Entry:
        """Correct a balance by hand, with a reason, as an entry of its own.

        It counts for the moment it is made, or for the season's nearest one where that lies outside the season: who
        corrects a season that is over means its standings.

        Raises InputError for zero points, an empty reason, points that a second person has to approve, or a balance
        that would fall below zero where the program does not allow it.
        """
        return self._redacted(
            lambda engine, redactor: engine._adjust(  # noqa: SLF001 - of itself, or of the engine that stands in for it
                program_id,
                redactor.user(_user_id(user)),
                points,
                redactor.text(reason),
                author and redactor.text(author),
            )
        )

    def _adjust(self, program_id: str, user: str, points: int, reason: str, author: str | None) -> Entry:
        program = self._program(program_id)
        check_adjustment(points, reason)
        if program.adjustments.needs_second(points):
            raise InputError(
                f"{points} points need the approval of a second person", hint="ask for them with Engine.requests.ask"
            )
        now = to_micros(self._clock())
        key = f"{program_id}/adjustment/{now}/{user}"
        entry = adjustment_entry(program, key, user, points, reason=reason.strip(), author=author, now=now)
        with self.store.begin() as transaction:
            self._look_for_erased(transaction)
            self._store_programs(transaction)
            return post_adjustment(transaction, program, self._rollups, entry)

    @property
    def requests(self) -> Requests:
        """What one person asks for and another decides: points above a program's limit, and appeals."""
        return Requests(self.store, self.programs, self._rollups, self._clock, self._store_redacted)

    def award_badge(
        self, program_id: str, badge_id: str, user: str, *, reason: str | None = None, author: str | None = None
    ) -> bool:
        """Give a badge by hand, once per user for good; False when the user holds it already.

        Raises InputError when the badge does not exist or is inactive.
        """
        return self._redacted(
            lambda engine, redactor: engine._award_badge(  # noqa: SLF001 - of itself, or of the engine that stands in for it
                program_id,
                badge_id,
                redactor.user(_user_id(user)),
                reason and redactor.text(reason),
                author and redactor.text(author),
            )
        )

    def _award_badge(self, program_id: str, badge_id: str, user: str, reason: str | None, author: str | None) -> bool:
        program = self._program(program_id)
        badges = {badge.id: badge for badge in program.badges}
        badge = badges.get(badge_id)
        if badge is None:
            raise InputError(f"{program_id} has no badge {badge_id!r}", hint=f"it has: {', '.join(badges) or 'none'}")
        if badge.status != "active":
            raise InputError(f"the badge {badge_id!r} is inactive", hint="set `status: active` in the program")
        award = BadgeAward(
            program=program_id,
            badge=badge_id,
            user=user,
            awarded=to_micros(self._clock()),
            reason=reason,
            author=author,
        )
        with self.store.begin() as transaction:
            self._look_for_erased(transaction)
            self._store_programs(transaction)
            by_hand = RowFilter(program_id, user, challenge="")
            held = any(one.badge == badge_id for one in transaction.badges(by_hand))
            if not held:
                transaction.award_badges([award])
        return not held

    def close_due(self, *, fresh: int | None = None, only: Collection[ClosingKey] | None = None) -> list[Closing]:
        """Close every challenge and board whose grace period is over; gives what is new. See `novigem.engine.closing`.

        `fresh` is the earliest moment, in microseconds since 1970 UTC, of changes that have just been read from a file:
        what ends later stays open for now. `only` names what may be closed.
        """
        return self._redacted(lambda engine, _redactor: engine._close_due(fresh, only))  # noqa: SLF001 - of itself, or of the engine that stands in for it

    def _close_due(self, fresh: int | None, only: Collection[ClosingKey] | None) -> list[Closing]:
        self._take_into_use()
        now = to_micros(self._clock())
        return close_due(
            self.store, self.programs.values(), self.registry, now, fresh=fresh, only=only, guard=self._look_for_erased
        )

    def close_early(self, window: Window, *, reason: str, author: str | None = None) -> Closing:
        """Close one window as it stands now, before its grace period is over; one that is closed stays as it is.

        Raises InputError without a reason, while an award of it is held, or where the board's manager is not one known
        person.
        """
        if not reason.strip():
            raise InputError("closing before the time needs a reason", hint='add --reason "why"')
        return self._redacted(
            lambda engine, redactor: engine._close_early(  # noqa: SLF001 - of itself, or of the engine that stands in for it
                window, redactor.text(reason), author and redactor.text(author)
            )
        )

    def _close_early(self, window: Window, reason: str, author: str | None) -> Closing:
        self._take_into_use()
        refuse_held(self._program(window.program), window, self.store, to_micros(self._clock()))
        note = ClosingNote(to_micros(self._clock()), str(whole_characters(reason.strip())), author)
        made = closings_of(self._program(window.program), [window], self.store, note)
        keep(self.store, made, self._look_for_erased)
        closing = self.store.closing(window.key)
        if closing is None:
            raise InputError(
                f"nobody, or more than one person, is the manager of the board {window.id!r}",
                hint="name the manager by id or e-mail in the program",
            )
        return closing

    def _take_into_use(self) -> None:
        with self.store.begin(lock=False) as transaction:
            self._look_for_erased(transaction)
            if not self._are_in_use(transaction):
                transaction.lock()
                self._store_programs(transaction)


def _user_id(user: str) -> str:
    try:
        return id18(user)
    except ValueError as error:
        raise InputError(str(error), hint="give the id of a Salesforce user; it begins with 005") from error
