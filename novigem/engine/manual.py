"""Manual work with an engine: points, badges, closings. The main path is in `novigem/engine/engine.py`."""

from collections.abc import Callable, Collection

from novigem.engine.closing.due import ClosingNote, closings_of, due_closings
from novigem.engine.closing.vesting import refuse_held
from novigem.engine.closing.windows import Window
from novigem.engine.compiled import Compiled
from novigem.engine.engine import Engine
from novigem.engine.posting.adjustments import adjustment_entry, check_adjustment, check_moment, post_adjustment
from novigem.errors import InputError
from novigem.ledger.store import RowFilter
from novigem.model.change import to_micros, whole_characters
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import BadgeAward, Entry
from novigem.model.people import user_id


class Manual:
    """What people do by hand with the programs of an engine; each method is one transaction, or changes nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def adjust(
        self,
        program_id: str,
        user: str,
        points: int,
        *,
        reason: str,
        author: str | None = None,
        at: int | None = None,
    ) -> Entry:
        """Correct a balance by hand, with a reason, as an entry of its own.

        It counts for the moment `at` (microseconds since 1970 UTC). Left out, for the moment it is made, or for the
        season's nearest one where that lies outside the season: who corrects a season that is over means its standings.

        Raises InputError for zero points, an empty reason, points that a second person has to approve, a balance that
        would fall below zero where the program does not allow it, or a moment to come or outside the season.
        """
        limits = self._engine.compiled.program(program_id).adjustments
        check_adjustment(points, reason)
        if limits.needs_second(points):
            raise InputError(
                f"{points} points need the approval of a second person", hint="ask for them with Requests.ask"
            )
        user, now = user_id(user), self._now()
        with self._engine.writing() as (transaction, compiled):
            redactor, program = compiled.redactor, compiled.program(program_id)
            user = compiled.joins.person(redactor.user(user))
            check_moment(program, at, now)
            entry = adjustment_entry(
                program,
                f"{program_id}/adjustment/{now}/{user}",
                user,
                points,
                reason=redactor.text(reason).strip(),
                author=author and redactor.text(author),
                now=now,
                at=at,
            )
            return post_adjustment(transaction, compiled, entry)

    def award_badge(
        self, program_id: str, badge_id: str, user: str, *, reason: str | None = None, author: str | None = None
    ) -> bool:
        """Give a badge by hand; False when the user has it by hand already and it does not expire.

        One that expires may be given again at any later moment: it is valid from then on, and what was before stays.

        Raises InputError when the badge does not exist or is inactive.
        """
        badges = {badge.id: badge for badge in self._engine.compiled.program(program_id).badges}
        badge = badges.get(badge_id)
        if badge is None:
            raise InputError(f"{program_id} has no badge {badge_id!r}", hint=f"it has: {', '.join(badges) or 'none'}")
        if badge.status != "active":
            raise InputError(f"the badge {badge_id!r} is inactive", hint="set `status: active` in the program")
        user = user_id(user)
        with self._engine.writing() as (transaction, compiled):
            redactor = compiled.redactor
            award = BadgeAward(
                program=program_id,
                badge=badge_id,
                user=compiled.joins.person(redactor.user(user)),
                awarded=self._now(),
                reason=reason and redactor.text(reason),
                author=author and redactor.text(author),
            )
            by_hand = RowFilter(program_id, award.user, challenge="")
            before = [one for one in transaction.badges(by_hand) if one.badge == badge_id]
            latest = max((one.awarded for one in before), default=None)
            is_new = latest is None or (badge.lasts is not None and award.awarded > latest)
            if is_new:
                transaction.award_badges([award.again(len(before) + 1, award.awarded)])
        return is_new

    def close_due(self, *, fresh: int | None = None, only: Collection[ClosingKey] | None = None) -> list[Closing]:
        """Close every challenge and board whose grace period is over; gives what is new. See `novigem.engine.closing`.

        `fresh` is the earliest moment, in microseconds since 1970 UTC, of changes that have just been read from a file:
        what ends later stays open for now. `only` names what may be closed.
        """
        store, now = self._engine.store, self._now()
        return self._close(
            lambda compiled: due_closings(store, compiled.programs.values(), now, fresh=fresh, only=only)
        )

    def close_early(self, window: Window, *, reason: str, author: str | None = None) -> Closing:
        """Close one window as it stands now, before its grace period is over; one that is closed stays as it is.

        Raises InputError without a reason, while an award of it is held, or where the board's manager is not one known
        person.
        """
        if not reason.strip():
            raise InputError("closing before the time needs a reason", hint="give a reason", code="reason-missing")
        store, now = self._engine.store, self._now()

        def closing_of(compiled: Compiled) -> list[Closing]:
            program, redactor = compiled.program(window.program), compiled.redactor
            refuse_held(program, window, store, now)
            told = str(whole_characters(redactor.text(reason).strip()))
            return closings_of(program, [window], store, ClosingNote(now, told, author and redactor.text(author)))

        self._close(closing_of)
        closing = store.closing(window.key)
        if closing is None:
            raise InputError(
                f"nobody, or more than one person, is the manager of the board {window.id!r}",
                hint="name the manager by id or e-mail in the program",
            )
        return closing

    def _close(self, work_out: Callable[[Compiled], list[Closing]]) -> list[Closing]:
        """Keep the closings that are worked out, all of them or none; gives those that nobody had closed meanwhile."""
        store = self._engine.store
        while True:
            compiled = self._take_into_use()
            made = work_out(compiled)
            if not made:
                return []
            with store.begin(lock=False) as transaction:
                # Somebody may have been erased since, and final standings are kept for good.
                if self._engine.compiled_in(transaction) is not compiled:
                    continue
                transaction.save_closings(made)
            return [one for one in made if store.closing(one.key) == one]

    def _take_into_use(self) -> Compiled:
        with self._engine.store.begin(lock=False) as transaction:
            compiled = self._engine.compiled_in(transaction)
            if not self._engine.is_in_use(transaction):
                transaction.lock()
                self._engine.take_into_use(transaction, compiled)
        return compiled

    def _now(self) -> int:
        return to_micros(self._engine.clock())
