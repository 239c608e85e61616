"""Requests: what one person asks for and another decides, and the entry that comes of it.

Each decision is one transaction that holds the lock of the ledger and looks at the request first, and the dedupe key of
the entry is made of the request's number: so however many decide at once, it pays once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from novigem.engine.posting.adjustments import adjustment_entry, check_adjustment, check_balance, post_adjustment
from novigem.errors import InputError, UnknownName
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import EntryFilter, RequestFilter, Store, Transaction
from novigem.model.change import id18, to_micros, whole_characters
from novigem.model.entry import Entry
from novigem.model.people import Person, is_person, is_same
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.model.request import Request, RequestKind, RequestStatus


class Requests:
    """What people ask for, and what others decide; `Engine.requests` makes one.

    Every method is one transaction and gives the request as it then stands. All raise InputError, with nothing changed,
    where a reason or a name is missing, the request is not open, or whoever decides may not; UnknownName for a program,
    request, entry, record or rule that does not exist. People are told apart by name, e-mail and id.
    """

    def __init__(
        self,
        store: Store,
        programs: Mapping[str, Program],
        rollups: Mapping[str, Rollups],
        clock: Callable[[], datetime],
        prepare: Callable[[Transaction], None],
    ) -> None:
        self._store = store
        self._programs = programs
        self._rollups = rollups
        self._clock = clock
        self._prepare = prepare

    def ask(self, program: str, user: str, points: int, *, reason: str, author: str) -> Request:
        """Ask for points that a second person has to approve. The balance must allow them, now and then."""
        check_adjustment(points, reason)
        asked = Request(
            kind=RequestKind.ADJUSTMENT,
            program=program,
            user=_user_id(user),
            points=points,
            text=_reason(reason),
            author=_name(author, "whoever asks for points that a second person approves"),
            opened=self._now(),
        )
        with self._begin() as transaction:
            redacted = _redacted(asked, transaction.redactor())
            check_balance(transaction, self._program(program), redacted.user, points)
            return transaction.add_request(redacted)

    def approve(self, number: int, *, author: str, reason: str | None = None) -> Request:
        """Approve points that somebody else asked for: they are paid in the same transaction.

        Neither who asked nor who gets the points may approve.
        """
        name = _name(author, "whoever approves")
        people = self._store.everybody()
        with self._begin() as transaction:
            request = _open(transaction, number, RequestKind.ADJUSTMENT)
            if is_same(name, request.author or "", people):
                raise InputError(
                    f"{request.author} asked for these points, so somebody else has to approve them",
                    hint="have a second person run this with their own --author",
                )
            if is_person(name, _person(people, request.user)):
                raise InputError("nobody approves points of their own", hint="have a third person run this")
            appeal = None if request.appeal is None else transaction.request(request.appeal)
            both = f"{request.author}, approved by {name}"
            paid = self._pay(transaction, appeal or request, request.points or 0, request.text, both)
            if appeal is not None:
                transaction.save_request(msgspec.structs.replace(appeal, paid=paid.number))
            return self._decide(transaction, request, RequestStatus.APPROVED, name, reason, paid=paid.number)

    def decline(self, number: int, *, reason: str, author: str | None = None) -> Request:
        """Turn down points that were asked for; by who asked, it is withdrawn. An appeal behind them is open again."""
        told = _reason(reason)
        people = self._store.everybody()
        with self._begin() as transaction:
            request = _open(transaction, number, RequestKind.ADJUSTMENT)
            appeal = None if request.appeal is None else transaction.request(request.appeal)
            if appeal is not None:
                none: dict[str, Any] = dict.fromkeys(("points", "decided", "decided_by", "decision"))
                transaction.save_request(msgspec.structs.replace(appeal, status=RequestStatus.OPEN, **none))
            own = bool(author and request.author) and is_same(author or "", request.author or "", people)
            status = RequestStatus.WITHDRAWN if own else RequestStatus.DECLINED
            return self._decide(transaction, request, status, author, told)

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
        chosen = self._program(program)
        if (entry is None) == (record is None):
            raise InputError("an appeal is about an entry or about a record", hint="add --entry N or --record ID")
        if entry is not None and rule is not None:
            raise InputError("an entry has its rule already", hint="leave out --rule")
        appeal = Request(
            kind=RequestKind.APPEAL,
            program=program,
            user=_user_id(user),
            entry=entry,
            record=None if record is None else _record_id(record),
            rule=rule,
            text=_reason(reason),
            author=None if author is None else _name(author, "whoever appeals"),
            opened=self._now(),
        )
        appeal = _redacted(appeal, self._store.redactor())
        self._check_subject(chosen, appeal)
        with self._begin() as transaction:
            appeal = _redacted(appeal, transaction.redactor())
            which = RequestFilter(RequestKind.APPEAL, RequestStatus.OPEN, program, appeal.user)
            for other in transaction.requests(which):
                if (other.entry, other.record, other.rule) == (appeal.entry, appeal.record, appeal.rule):
                    raise InputError(
                        f"appeal {other.number} about the same is open already",
                        hint=f"see: novigem appeal show {other.number}",
                    )
            return transaction.add_request(appeal)

    def uphold(self, number: int, *, points: int | None = None, reason: str, author: str) -> Request:
        """Find an appeal right: its points are paid, or asked for where the program wants a second person.

        Without `points`, those of the entry that was taken back, or of the rule that was named. Who appeals may not
        decide.
        """
        told, name = _reason(reason), _name(author, "whoever decides an appeal")
        people = self._store.everybody()
        with self._begin() as transaction:
            appeal = _open(transaction, number, RequestKind.APPEAL)
            _check_judge(name, appeal, people)
            program = self._program(appeal.program)
            amount = _due(transaction, program, appeal) if points is None else points
            check_adjustment(amount, told)
            paid: Entry | None = None
            if program.adjustments.needs_second(amount):
                check_balance(transaction, program, appeal.user, amount)
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
                transaction.add_request(_redacted(asked, transaction.redactor()))
            else:
                paid = self._pay(transaction, appeal, amount, told, name)
            number_paid = None if paid is None else paid.number
            upheld = msgspec.structs.replace(appeal, points=amount)
            return self._decide(transaction, upheld, RequestStatus.APPROVED, name, told, paid=number_paid)

    def reject(self, number: int, *, reason: str, author: str) -> Request:
        """Find that an appeal changes nothing. Who appeals may not decide."""
        told, name = _reason(reason), _name(author, "whoever decides an appeal")
        people = self._store.everybody()
        with self._begin() as transaction:
            appeal = _open(transaction, number, RequestKind.APPEAL)
            _check_judge(name, appeal, people)
            return self._decide(transaction, appeal, RequestStatus.DECLINED, name, told)

    def withdraw(self, number: int, *, reason: str | None = None, author: str | None = None) -> Request:
        """Take an appeal back before it is decided."""
        with self._begin() as transaction:
            appeal = _open(transaction, number, RequestKind.APPEAL)
            return self._decide(transaction, appeal, RequestStatus.WITHDRAWN, author, reason)

    @contextmanager
    def _begin(self) -> Iterator[Transaction]:
        with self._store.begin() as transaction:
            self._prepare(transaction)
            yield transaction

    def _now(self) -> int:
        return to_micros(self._clock())

    def _program(self, program: str) -> Program:
        if program not in self._programs:
            raise UnknownName(f"there is no program {program!r}", hint=f"known: {', '.join(self._programs)}")
        return self._programs[program]

    def _pay(self, transaction: Transaction, request: Request, points: int, reason: str, author: str) -> Entry:
        program = self._program(request.program)
        is_appeal = request.kind is RequestKind.APPEAL
        told = f"appeal {request.number} about {subject(request)}: {reason}" if is_appeal else reason
        key = request_key(request)
        redactor = transaction.redactor()
        told, author = redactor.text(told), redactor.text(author)
        entry = adjustment_entry(program, key, request.user, points, reason=told, author=author, now=self._now())
        return post_adjustment(transaction, program, self._rollups, entry)

    def _decide(
        self,
        transaction: Transaction,
        request: Request,
        status: RequestStatus,
        author: str | None,
        reason: str | None,
        *,
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
        redacted = _redacted(decided, transaction.redactor())
        transaction.save_request(redacted)
        return redacted

    def _check_subject(self, program: Program, appeal: Request) -> None:
        if appeal.entry is not None and self._entry(appeal) is None:
            raise UnknownName(
                f"entry {appeal.entry} is not one of this person's in {program.program}",
                hint="see theirs with: novigem ledger --user WHO; about somebody else's, appeal with --record ID",
            )
        if appeal.record is not None and not self._store.changes_of([appeal.record]):
            raise UnknownName(f"no change of the record {appeal.record} has been read", hint="check the id")
        if appeal.rule is not None and appeal.rule not in {rule.id for rule in program.rules}:
            known = ", ".join(rule.id for rule in program.rules)
            raise UnknownName(f"{program.program} has no rule {appeal.rule!r}", hint=f"it has: {known}")

    def _entry(self, appeal: Request) -> Entry | None:
        which = EntryFilter(program=appeal.program, user=appeal.user, up_to=appeal.entry)
        return next((one for one in self._store.entries(which) if one.number == appeal.entry), None)


def _due(transaction: Transaction, program: Program, appeal: Request) -> int:
    """Give the points that an appeal is about, where that is clear."""
    rule = next((one for one in program.rules if one.id == appeal.rule), None)
    if rule is not None:
        return rule.points
    entries = list(transaction.entries(EntryFilter(appeal.program, appeal.user)))
    entry = next((one for one in entries if one.number == appeal.entry), None)
    if entry is not None and any(one.reverses == entry.number for one in entries):
        return entry.points
    raise InputError("it is not clear how many points this appeal is about", hint="add --points N")


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
        listed = "novigem appeal list" if kind is RequestKind.APPEAL else "novigem adjust --list"
        raise UnknownName(f"there is no {word} {number}", hint=f"see: {listed}")
    if not request.is_open:
        by = f" by {request.decided_by}" if request.decided_by else ""
        raise InputError(f"{word} {number} was {status_word(request)} already{by}", hint="nothing was changed")
    return request


def status_word(request: Request) -> str:
    """Say where a request stands: an appeal is upheld or rejected, points are approved or declined."""
    words = {RequestStatus.APPROVED: "upheld", RequestStatus.DECLINED: "rejected"}
    return words.get(request.status, request.status) if request.kind is RequestKind.APPEAL else str(request.status)


def _check_judge(name: str, appeal: Request, people: Sequence[Person]) -> None:
    if is_person(name, _person(people, appeal.user)):
        raise InputError("nobody decides an appeal of their own", hint="have somebody else run this")


def _person(people: Sequence[Person], user: str) -> Person:
    return next((one for one in people if one.id == user), Person(id=user))


def _user_id(user: str) -> str:
    try:
        return id18(user)
    except ValueError as error:
        raise InputError(str(error), hint="give the id of a Salesforce user; it begins with 005") from error


def _record_id(record: str) -> str:
    try:
        return id18(record)
    except ValueError as error:
        raise InputError(
            f"{record!r} is not the id of a record", hint="give 15 or 18 letters and digits, as `novigem ledger` shows"
        ) from error


def _reason(reason: str) -> str:
    told = _text(reason)
    if not told:
        raise InputError("a reason is missing", hint='add --reason "why"')
    return told


def _name(author: str, who: str) -> str:
    name = _text(author)
    if not name:
        raise InputError(f"the name of {who} is missing", hint="add --author NAME, or set NOVIGEM_AUTHOR")
    return name


def _text(value: str) -> str:
    # Databases refuse half characters, PostgreSQL also NUL.
    return str(whole_characters(value.replace("\x00", ""))).strip()
