"""Requests: what one person asks for and another decides, and the entry that comes of it.

Each decision is one transaction that holds the lock of the ledger and looks at the request first, and the dedupe key of
the entry is made of the request's number: so however many decide at once, it pays once.
"""

# Longer than 400 lines: what may be asked for, and what becomes of it, belongs together.

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from novigem.engine.compiled import Compiled
from novigem.engine.deeds import deed_of, entry_with
from novigem.engine.engine import Engine
from novigem.engine.posting.adjustments import (
    adjustment_entry,
    check_adjustment,
    check_balance,
    check_moment,
    post_adjustment,
)
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import EntryFilter, Reader, RequestFilter, Transaction
from novigem.model.change import to_micros, whole_characters
from novigem.model.entry import Entry
from novigem.model.ids import id18
from novigem.model.people import Person, is_person, is_same, user_id
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.model.request import Request, RequestKind, RequestStatus


class Requests:
    """What people ask of an engine's programs, and what others decide.

    Every method is one transaction and gives the request as it then stands. All raise InputError, with nothing changed,
    where a reason or a name is missing, the request is not open, or whoever decides may not; UnknownName for a program,
    request, entry, record or rule that does not exist. People are told apart by name, e-mail and id.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def ask(self, program: str, user: str, points: int, *, reason: str, author: str, at: int | None = None) -> Request:
        """Ask for points that a second person has to approve. The balance must allow them, now and then.

        They count for the moment `at` (microseconds since 1970 UTC), or for that of asking, whenever they are approved.
        """
        check_adjustment(points, reason)
        asked = Request(
            kind=RequestKind.ADJUSTMENT,
            program=program,
            user=user_id(user),
            points=points,
            text=_reason(reason),
            author=_name(author, "whoever asks for points that a second person approves"),
            opened=self._now(),
            occurred=at,
        )
        with self._engine.writing() as (transaction, compiled):
            redacted = _redacted(asked, compiled.redactor)
            check_moment(compiled.program(program), at, asked.opened)
            redacted = msgspec.structs.replace(redacted, user=compiled.joins.person(redacted.user))
            check_balance(transaction, compiled.program(program), redacted.user, points)
            return transaction.add_request(redacted)

    def approve(self, number: int, *, author: str, reason: str | None = None) -> Request:
        """Approve points that somebody else asked for: they are paid in the same transaction.

        Neither who asked nor who gets the points may approve.
        """
        name = _name(author, "whoever approves")
        people = self._store.everybody()
        with self._engine.writing() as (transaction, compiled):
            request = _open(transaction, number, RequestKind.ADJUSTMENT)
            former = _former(transaction)
            if is_same(name, request.author or "", people, former):
                raise InputError(
                    f"{request.author} asked for these points, so somebody else has to approve them",
                    hint="have a second person approve them",
                    code="approves-own-request",
                    number=number,
                    author=request.author,
                )
            if is_person(name, _person(people, request.user)) or is_same(name, request.user, people, former):
                raise InputError("nobody approves points of their own", hint="have a third person run this")
            appeal = None if request.appeal is None else transaction.request(request.appeal)
            both = f"{request.author}, approved by {name}"
            paid = self._pay(
                transaction, compiled, appeal or request, request.points or 0, reason=request.text, author=both
            )
            if appeal is not None:
                transaction.save_request(msgspec.structs.replace(appeal, paid=paid.number))
            return self._decide(
                transaction, compiled, request, RequestStatus.APPROVED, author=name, reason=reason, paid=paid.number
            )

    def decline(self, number: int, *, reason: str, author: str | None = None) -> Request:
        """Turn down points that were asked for; by who asked, it is withdrawn. An appeal behind them is open again."""
        told = _reason(reason)
        people = self._store.everybody()
        with self._engine.writing() as (transaction, compiled):
            request = _open(transaction, number, RequestKind.ADJUSTMENT)
            appeal = None if request.appeal is None else transaction.request(request.appeal)
            if appeal is not None:
                none: dict[str, Any] = dict.fromkeys(("points", "decided", "decided_by", "decision", "occurred"))
                transaction.save_request(msgspec.structs.replace(appeal, status=RequestStatus.OPEN, **none))
            own = bool(author and request.author) and is_same(
                author or "", request.author or "", people, _former(transaction)
            )
            status = RequestStatus.WITHDRAWN if own else RequestStatus.DECLINED
            return self._decide(transaction, compiled, request, status, author=author, reason=told)

    def appeal(
        self,
        program: str,
        user: str,
        *,
        entry: int | None = None,
        record: str | None = None,
        rule: str | None = None,
        reason: str,
        author: str | None = None,
    ) -> Request:
        """Ask for another look at one of a user's entries, or at what a record earned (by one rule, if named)."""
        chosen = self._engine.compiled.program(program)
        if (entry is None) == (record is None):
            raise InputError(
                "an appeal is about an entry or about a record", hint="give one of the two", code="appeal-about-nothing"
            )
        if entry is not None and rule is not None:
            raise InputError("an entry has its rule already", hint="name no rule", code="entry-has-its-rule")
        appeal = Request(
            kind=RequestKind.APPEAL,
            program=program,
            user=user_id(user),
            entry=entry,
            record=None if record is None else _record_id(record),
            rule=rule,
            text=_reason(reason),
            author=None if author is None else _name(author, "whoever appeals"),
            opened=self._now(),
        )
        appeal = _redacted(appeal, self._store.redactor())
        appeal = msgspec.structs.replace(appeal, user=self._store.joins().person(appeal.user))
        self._check_subject(chosen, appeal)
        with self._engine.writing() as (transaction, compiled):
            appeal = _redacted(appeal, compiled.redactor)
            which = RequestFilter(RequestKind.APPEAL, RequestStatus.OPEN, program, appeal.user)
            for other in transaction.requests(which):
                if (other.entry, other.record, other.rule) == (appeal.entry, appeal.record, appeal.rule):
                    raise InputError(
                        f"appeal {other.number} about the same is open already",
                        hint="look at that one",
                        code="appeal-open-already",
                        number=other.number,
                    )
            return transaction.add_request(appeal)

    def uphold(
        self, number: int, *, points: int | None = None, reason: str, author: str, at: int | None = None
    ) -> Request:
        """Find an appeal right: its points are paid, or asked for where the program wants a second person.

        Without `points`, those of the entry that was taken back, or of the rule that was named. They count for the
        moment `at` (microseconds since 1970 UTC); without it for that of the entry, or of the record's change, that the
        appeal is about. Who appeals may not decide.
        """
        told, name = _reason(reason), _name(author, "whoever decides an appeal")
        people = self._store.everybody()
        with self._engine.writing() as (transaction, compiled):
            appeal = _open(transaction, number, RequestKind.APPEAL)
            _check_judge(name, appeal, people, _former(transaction))
            program = compiled.program(appeal.program)
            amount = _due(transaction, program, appeal) if points is None else points
            check_adjustment(amount, told)
            if at is not None:
                check_moment(program, at, self._now())
            appeal = msgspec.structs.replace(appeal, occurred=at)
            paid: Entry | None = None
            if program.adjustments.needs_second(amount):
                check_balance(transaction, program, compiled.joins.person(appeal.user), amount)
                asked = Request(
                    kind=RequestKind.ADJUSTMENT,
                    program=appeal.program,
                    user=appeal.user,
                    points=amount,
                    appeal=appeal.number,
                    text=told,
                    author=name,
                    opened=self._now(),
                )
                transaction.add_request(_redacted(asked, compiled.redactor))
            else:
                paid = self._pay(transaction, compiled, appeal, amount, reason=told, author=name)
            number_paid = None if paid is None else paid.number
            upheld = msgspec.structs.replace(appeal, points=amount)
            return self._decide(
                transaction, compiled, upheld, RequestStatus.APPROVED, author=name, reason=told, paid=number_paid
            )

    def reject(self, number: int, *, reason: str, author: str) -> Request:
        """Find that an appeal changes nothing. Who appeals may not decide."""
        told, name = _reason(reason), _name(author, "whoever decides an appeal")
        people = self._store.everybody()
        with self._engine.writing() as (transaction, compiled):
            appeal = _open(transaction, number, RequestKind.APPEAL)
            _check_judge(name, appeal, people, _former(transaction))
            return self._decide(transaction, compiled, appeal, RequestStatus.DECLINED, author=name, reason=told)

    def withdraw(self, number: int, *, reason: str | None = None, author: str | None = None) -> Request:
        """Take an appeal back before it is decided."""
        with self._engine.writing() as (transaction, compiled):
            appeal = _open(transaction, number, RequestKind.APPEAL)
            return self._decide(transaction, compiled, appeal, RequestStatus.WITHDRAWN, author=author, reason=reason)

    def _now(self) -> int:
        return to_micros(self._engine.clock())

    def _pay(
        self, transaction: Transaction, compiled: Compiled, request: Request, points: int, *, reason: str, author: str
    ) -> Entry:
        is_appeal = request.kind is RequestKind.APPEAL
        told = f"appeal {request.number} about {subject(request)}: {reason}" if is_appeal else reason
        program = compiled.program(request.program)
        entry = adjustment_entry(
            program,
            request_key(request),
            compiled.joins.person(request.user),
            points,
            reason=compiled.redactor.text(told),
            author=compiled.redactor.text(author),
            now=self._now(),
            # What was asked for in time is not late because somebody approved it later.
            at=None if is_appeal else request.occurred or request.opened,
        )
        if is_appeal:
            deed = deed_of(transaction, program, request, points, self._engine.registry)
            entry = entry_with(entry, deed, program)
        return post_adjustment(transaction, compiled, entry)

    def _decide(
        self,
        transaction: Transaction,
        compiled: Compiled,
        request: Request,
        status: RequestStatus,
        *,
        author: str | None,
        reason: str | None,
        paid: int | None = None,
    ) -> Request:
        decided = msgspec.structs.replace(
            request,
            status=status,
            decided=self._now(),
            decided_by=_text(author or "") or None,
            decision=_text(reason or "") or None,
            paid=paid,
        )
        redacted = _redacted(decided, compiled.redactor)
        transaction.save_request(redacted)
        return redacted

    def _check_subject(self, program: Program, appeal: Request) -> None:
        if appeal.entry is not None and self._entry(appeal) is None:
            raise UnknownName(
                f"entry {appeal.entry} is not one of this person's in {program.program}",
                hint="give an entry of theirs; about somebody else's, appeal by the record",
                code="entry-of-somebody-else",
                entry=appeal.entry,
                program=program.program,
                user=appeal.user,
            )
        if appeal.record is not None and not self._store.changes_of([appeal.record]):
            raise UnknownName(f"no change of the record {appeal.record} has been read", hint="check the id")
        if appeal.rule is not None and appeal.rule not in {rule.id for rule in program.rules}:
            known = ", ".join(rule.id for rule in program.rules)
            raise UnknownName(f"{program.program} has no rule {appeal.rule!r}", hint=f"it has: {known}")

    def _entry(self, appeal: Request) -> Entry | None:
        entries = _entries_of(self._store, appeal)
        return next((one for one in entries if one.number == appeal.entry), None)


def _due(transaction: Transaction, program: Program, appeal: Request) -> int:
    """Give the points that an appeal is about, where that is clear."""
    rule = next((one for one in program.rules if one.id == appeal.rule), None)
    if rule is not None:
        return rule.points
    entries = list(_entries_of(transaction, appeal))
    entry = next((one for one in entries if one.number == appeal.entry), None)
    is_taken_back = entry is not None and any(one.reverses == entry.number for one in entries)
    if entry is not None and is_taken_back and not _went_along(transaction, entry):
        return entry.points
    raise InputError(
        "it is not clear how many points this appeal is about",
        hint="give the points",
        code="points-unclear",
        number=appeal.number,
    )


def _entries_of(reader: Reader, appeal: Request) -> Iterator[Entry]:
    """Yield the entries of whoever appeals, under whichever of their users."""
    for user in sorted({appeal.user, *reader.joins().group(appeal.user)}):
        yield from reader.entries(EntryFilter(appeal.program, user))


def _went_along(transaction: Transaction, entry: Entry) -> bool:
    """Tell whether an entry was taken back to stand for another user of the same person: then it is not lost."""
    held, joins = transaction.latest([entry.key]).get(entry.key), transaction.joins()
    if held is None or held.is_reversed or held.entry.user == entry.user:
        return False
    return joins.person(held.entry.user) == joins.person(entry.user)


def _redacted(request: Request, redactor: Redactor) -> Request:
    """Give a request that names nobody who was erased."""
    texts = {name: getattr(request, name) for name in ("text", "author", "decided_by", "decision")}
    told = {name: text and redactor.text(text) for name, text in texts.items()}
    return msgspec.structs.replace(
        request, user=redactor.user(request.user), record=request.record and redactor.ids(request.record), **told
    )


def request_key(request: Request) -> str:
    """Give the dedupe key of the entry that a request is paid with: whoever else pays it is refused."""
    name = "appeal" if request.kind is RequestKind.APPEAL else "request"
    return f"{request.program}/{name}/{request.number}/{request.user}"


def subject(appeal: Request) -> str:
    """Say in words what an appeal is about."""
    if appeal.entry is not None:
        return f"entry {appeal.entry}"
    return f"record {appeal.record}" if appeal.rule is None else f"record {appeal.record} under {appeal.rule}"


def _open(transaction: Transaction, number: int, kind: RequestKind) -> Request:
    """Give a request that nobody has decided yet."""
    request = transaction.request(number)
    word = "appeal" if kind is RequestKind.APPEAL else "request for points"
    if request is None or request.kind is not kind:
        raise UnknownName(
            f"there is no {word} {number}",
            hint="see which there are",
            code="no-such-appeal" if kind is RequestKind.APPEAL else "no-such-adjustment",
            number=number,
        )
    if not request.is_open:
        by = f" by {request.decided_by}" if request.decided_by else ""
        raise InputError(f"{word} {number} was {status_word(request)} already{by}", hint="nothing was changed")
    return request


def status_word(request: Request) -> str:
    """Say where a request stands: an appeal is upheld or rejected, points are approved or declined."""
    words = {RequestStatus.APPROVED: "upheld", RequestStatus.DECLINED: "rejected"}
    return words.get(request.status, request.status) if request.kind is RequestKind.APPEAL else str(request.status)


def _check_judge(name: str, appeal: Request, people: Sequence[Person], former: Sequence[tuple[str, str]]) -> None:
    if is_person(name, _person(people, appeal.user)) or is_same(name, appeal.user, people, former):
        raise InputError("nobody decides an appeal of their own", hint="have somebody else run this")


def _person(people: Sequence[Person], user: str) -> Person:
    return next((one for one in people if user in one.users), Person(id=user))


def _record_id(record: str) -> str:
    try:
        return id18(record)
    except ValueError as error:
        raise InputError(
            f"{record!r} is not the id of a record",
            hint="give 15 or 18 letters and digits",
            code="not-a-record-id",
            record=record,
        ) from error


def _reason(reason: str) -> str:
    told = _text(reason)
    if not told:
        raise InputError("a reason is missing", hint="give a reason", code="reason-missing")
    return told


def _former(transaction: Transaction) -> list[tuple[str, str]]:
    """Give the addresses that people had before, or have in a program, each with whose it is."""
    return [(one.name, one.means) for one in transaction.bindings() if one.kind == "person"]


def _name(author: str, who: str) -> str:
    name = _text(author)
    if not name:
        raise InputError(f"the name of {who} is missing", hint="give a name", code="author-missing")
    return name


def _text(value: str) -> str:
    # Databases refuse half characters, PostgreSQL also NUL.
    return str(whole_characters(value.replace("\x00", ""))).strip()
