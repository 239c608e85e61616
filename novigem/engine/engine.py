"""The engine: the one place where the stages meet and write. `Engine.apply` is the main path.

page of changes -> rules that hold -> draft entries -> one fact pays once -> ledger
                -> progress, bonus, badges -> totals          (one transaction for all of it)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import Protocol

import msgspec

from novigem.engine.compiled import Compiled
from novigem.engine.drafting import draft_page, eligible, without_repeats
from novigem.engine.posting.claims import post_claims
from novigem.engine.posting.corrections import settle
from novigem.engine.posting.progress import post_progress
from novigem.engine.posting.rebuild import rebuild_goals, rebuild_totals
from novigem.engine.posting.teams import keep_people, post_team_goals
from novigem.engine.posting.totals import post_totals
from novigem.engine.report import RunReport
from novigem.errors import ProgramError
from novigem.feed.redaction import redacted_page
from novigem.feed.source import ChangeSource, Page
from novigem.feed.verification import verified_page
from novigem.ledger.store import RejectedRow, Store, StoredProgram, Transaction
from novigem.model.binding import Binding
from novigem.model.change import Change, to_micros
from novigem.model.entry import Entry
from novigem.model.joins import Joins
from novigem.model.pause import PauseStep
from novigem.model.people import Block, Person
from novigem.model.program import Program
from novigem.model.redaction import NO_REDACTION, Redactor
from novigem.model.snapshot import LEASE_SECONDS
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


class RunObserver(Protocol):
    """Whoever wants to follow a run, such as a progress bar."""

    def __call__(self, page: Page, report: RunReport, /) -> None:
        """Learn that a page is committed; `report` is the sum so far."""


def utc_now() -> datetime:
    """Give the wall clock: when something was recorded, and never when it happened."""
    return datetime.now(UTC)


class Engine:
    """Feeds changes to programs and keeps the ledger and all that follows from it.

    `store` is where everything lives. `programs` have been checked by `load_program`. `registry` must be the one they
    were loaded with. `clock` gives the moment written as `recorded_at`; scoring never asks it. Another version than the
    one in use takes its place with the first page, unless `accept_changes` is False: then that raises ProgramError.
    """

    def __init__(
        self,
        store: Store,
        programs: Sequence[Program],
        *,
        registry: Registry = DEFAULT_REGISTRY,
        clock: Callable[[], datetime] = utc_now,
        accept_changes: bool = True,
    ) -> None:
        self.store = store
        self.registry = registry
        self.clock = clock
        self.programs: Mapping[str, Program] = {program.program: program for program in programs}
        if len(self.programs) != len(programs):
            raise ProgramError("two programs have the same id", hint="give each program file its own `program:` id")
        self._accept_changes = accept_changes
        #: The programs as they were last made ready; see `compiled_in`.
        self.compiled = Compiled(programs, store, registry, NO_REDACTION)
        # The programs whose names have been looked up among all people.
        self._looked_up: Compiled | None = None

    def run(self, source: ChangeSource, *, again: bool = False, observer: RunObserver | None = None) -> RunReport:
        """Read a source to its end, one transaction per page, from where an earlier run of these programs stopped.

        `again` reads from the beginning; what was seen before pays nothing twice. Raises FeedError or StoreError when
        the world fails: all pages before are committed, and the same call goes on from there.
        """
        feed = f"{source.name}#{self.fingerprint}"
        after = None if again else self.store.position(feed)
        report = RunReport()
        for page in source.pages(after):
            report.add(self.apply(page, feed=feed))
            if observer is not None:
                observer(page, report)
        return report

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits naming the exact programs; another program reads a source from the beginning."""
        return fingerprint_of((program.program, program.version) for program in self.programs.values())

    def apply(self, changes: Page | Sequence[Change], *, feed: str = "direct") -> RunReport:
        """Take in one page: everything it leads to is committed together, or nothing is.

        A change whose ids do not fit their check characters is set aside with the page's rejects.

        Raises StoreError when the store fails; nothing of the page is kept then.
        """
        told = verified_page(changes if isinstance(changes, Page) else Page(tuple(changes)))
        while True:
            compiled = self.compiled
            page, stream = redacted_page(told, compiled.redactor), compiled.redactor.text(feed)
            report = RunReport(changes=len(page.changes), rejected=len(page.rejected))

            # Rules: which of them hold, and what each would pay. Pure, so it runs before anything is locked; but where
            # people have clocks of their own, only after it is known which.
            drafted = None if compiled.rulebook.counts_locally else draft_page(compiled.rulebook, page.changes, report)

            with self.store.begin(lock=False) as transaction:
                # Somebody may have been erased or joined since, or a program paused; nothing of it can happen before
                # this transaction ends.
                # Or a name was found to mean somebody: then the page begins anew.
                if self.compiled_in(transaction) is not compiled:
                    continue

                # Feed: people, rejects, changes and records as they came. Other feeds may do the same at the same time.
                if page.lease is not None:
                    transaction.keep_lease(page.lease, LEASE_SECONDS)
                moved = keep_people(transaction, page.people, self._now(), compiled.team_goals)
                if page.people:
                    compiled.zones.open(transaction)
                if drafted is None or compiled.rulebook.counts_locally:
                    report = RunReport(changes=len(page.changes), rejected=len(page.rejected))
                    drafted = draft_page(compiled.rulebook, page.changes, report)
                transaction.reject(self._rejected(page, stream))
                drafted = without_repeats(drafted, compiled.rulebook, transaction)
                report.new_changes = transaction.log_changes(drafted.logged)
                if page.stream is not None:
                    transaction.save_snapshots(page.stream, page.snapshots)
                    transaction.mark_seen(page.stream, page.seen, page.sweep)
                if page.position is not None:
                    transaction.save_position(stream, page.position)
                if not (drafted.may_pay or moved) and self.is_in_use(transaction):
                    self._bind_told(transaction, compiled, page.people)
                    return report

                # From here on this transaction alone writes, and all it reads is as the one before left it.
                transaction.lock()
                self.take_into_use(transaction, compiled)

                # Ledger: who may earn, and one fact pays once.
                drafts = [draft for _plan, draft in eligible(transaction, drafted.drafts, report)]
                settled = settle(drafts, transaction.latest({draft.key for draft in drafts}))
                for draft in settled.duplicates:
                    report.blocked[draft.program, draft.rule or "", Block.DUPLICATE] += 1

                # Claims: what was undone, put right or limited, for rules that remember.
                claims = post_claims(
                    transaction,
                    compiled.rulebook,
                    drafted.holds,
                    drafted.seen,
                    partial(eligible, transaction, report=report),
                    merged=drafted.merged,
                    logged=drafted.logged,
                    all_new=report.new_changes == len(drafted.logged),
                    any_new=report.new_changes > 0,
                )
                transaction.save_claims(claims.claims)
                transaction.save_references(claims.references)
                report.blocked += claims.blocked
                awards = transaction.append(self._recorded([*settled.entries, *claims.entries]))

                # Challenges: progress, then what completion gives.
                progress = post_progress(transaction, compiled.tracks, awards)
                post_team_goals(transaction, compiled.team_goals, awards, moved, progress)
                bonuses = transaction.append(self._recorded(progress.entries))
                transaction.save_progress(progress.rows, progress.removed)
                transaction.withdraw_badges(progress.withdrawn)
                report.badges = transaction.award_badges(progress.awarded)

                # Leaderboards: the sums they are read from.
                totals = post_totals(transaction, compiled.rollups, [*awards, *bonuses])
                transaction.save_totals(totals.totals)
                transaction.save_tiers(totals.tiers)
                transaction.save_items(progress.items | totals.items)

                # Whoever the page told of is meant by their address in it; by their id from the next page on.
                self._bind_told(transaction, compiled, page.people)
            report.count([*awards, *bonuses])
            return report

    def compiled_in(self, transaction: Transaction) -> Compiled:
        """Give the programs as they are without everybody who is erased by now, and with names bound to what they mean.

        They are made anew where that changed, and names that have come to mean somebody are bound: with people as they
        are, and as a page tells of them. It holds until the transaction ends: nobody is erased or joined while
        somebody else writes. Raises ProgramError where a part of a program bears the id of another.
        """
        redactor = transaction.redactor()
        bindings = [one for one in transaction.bindings() if one.program in self.programs]
        joins, pauses, now = transaction.joins(), transaction.pauses(), self.compiled
        told, known = (redactor.suppressions, bindings), (now.redactor.suppressions, now.bindings)
        if (*told, joins, pauses) != (*known, now.joins, now.pauses):
            self.compiled = self._compile(transaction, redactor, bindings, joins, pauses)
        if self._looked_up is not self.compiled:
            self._bind(transaction)
        self.compiled.zones.open(transaction)
        return self.compiled

    def _compile(
        self,
        transaction: Transaction,
        redactor: Redactor,
        bindings: Sequence[Binding],
        joins: Joins,
        pauses: Sequence[PauseStep],
    ) -> Compiled:
        return Compiled(
            self.programs.values(),
            self.store,
            self.registry,
            redactor,
            bindings=bindings,
            joins=joins,
            pauses=pauses,
            reader=transaction,
        )

    def _bind_told(self, transaction: Transaction, compiled: Compiled, told: Sequence[Person]) -> None:
        """Bind the names that lead to somebody since a page told of them."""
        if compiled.may_bind(told):
            self._bind(transaction)

    def _bind(self, transaction: Transaction) -> None:
        """Bind the names of the programs that lead to somebody who is known."""
        compiled = self.compiled
        compiled.refuse_two()
        self._looked_up = compiled
        if not compiled.asks_for_bindings:
            return
        people = transaction.every_user()
        found = [one for name in self.programs for one in compiled.new_bindings(name, people, self._now())]
        if not found:
            return
        self._refuse_others(transaction)
        transaction.lock()
        transaction.bind(found)
        bindings = sorted([*compiled.bindings, *found])
        self.compiled = self._compile(transaction, compiled.redactor, bindings, compiled.joins, compiled.pauses)
        self._looked_up = self.compiled

    def _refuse_others(self, transaction: Transaction) -> None:
        """Raise ProgramError for another version than the one in use, where changes are not accepted."""
        for name, program in () if self._accept_changes else self.programs.items():
            _must_be_in_use(transaction.program_in_use(name), program)

    @contextmanager
    def writing(self) -> Iterator[tuple[Transaction, Compiled]]:
        """Open a transaction that alone writes the ledger, with these programs in use in it."""
        with self.store.begin() as transaction:
            compiled = self.compiled_in(transaction)
            self.take_into_use(transaction, compiled)
            yield transaction, compiled

    def is_in_use(self, transaction: Transaction) -> bool:
        """Tell whether the store has exactly these versions in use."""
        return all(transaction.program_in_use(one.program) == one.version for one in self.programs.values())

    def take_into_use(self, transaction: Transaction, compiled: Compiled) -> None:
        """Make these versions the ones in use. Raises ProgramError for another one where changes are not accepted."""
        self._refuse_others(transaction)
        for name, program in compiled.programs.items():
            if transaction.save_program(StoredProgram(name, program.version, compiled.texts[name], self._now())):
                # Another version may ask for boards that the one before did not keep sums for.
                rebuild_totals(transaction, program, compiled.rollups[name])
                rebuild_goals(transaction, program, compiled.rollups[name])

    def _now(self) -> int:
        return to_micros(self.clock())

    def _recorded(self, entries: Sequence[Entry]) -> list[Entry]:
        now = self._now()
        return [msgspec.structs.replace(entry, recorded=now) for entry in entries]

    def _rejected(self, page: Page, feed: str) -> list[RejectedRow]:
        now = self._now() if page.rejected else 0
        return [RejectedRow(feed, one.place, one.reason, one.raw, now) for one in page.rejected]


def fingerprint_of(programs: Iterable[tuple[str, str]]) -> str:
    """Give twelve hex digits that name some programs, each with its version, run together."""
    versions = sorted(f"{program}:{version}" for program, version in programs)
    return blake2b("|".join(versions).encode(), digest_size=6).hexdigest()


def _must_be_in_use(in_use: str | None, program: Program) -> None:
    if in_use not in (None, program.version):
        raise ProgramError(
            f"{program.program} is another version than the one in use",
            hint="see what would change, and apply it; or give the version in use",
            code="other-version",
            program=program.program,
        )
