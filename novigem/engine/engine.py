"""The engine: the only place where the stages meet. `Engine.apply` is the main path.

page of changes -> rules that hold -> draft entries -> one fact pays once -> ledger
                -> progress, bonus, badges -> totals          (one transaction for all of it)
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Protocol, TypeVar

import msgspec

from novigem.challenges.team_goals import TeamGoals
from novigem.challenges.tracks import Tracks
from novigem.engine.awards import RulePlan, Seen, draft_entries
from novigem.engine.manual import Manual
from novigem.engine.posting.claim_records import Hold
from novigem.engine.posting.claims import post_claims
from novigem.engine.posting.corrections import settle
from novigem.engine.posting.progress import post_progress
from novigem.engine.posting.rebuild import rebuild_goals, rebuild_totals
from novigem.engine.posting.teams import keep_people, post_team_goals
from novigem.engine.posting.totals import post_totals
from novigem.engine.rulebook import Rulebook
from novigem.engine.versions import dated_versions
from novigem.errors import InputError, ProgramError
from novigem.feed.redaction import redacted_page
from novigem.feed.source import ChangeSource, Page
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import LoggedChange, RejectedRow, Store, StoredProgram, Transaction
from novigem.model.change import Change, change_body, change_identity, to_micros
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.model.redaction import NO_REDACTION, Redactor
from novigem.model.snapshot import LEASE_SECONDS
from novigem.program.dump import dump_program
from novigem.program.redaction import redacted_program, redacted_text
from novigem.rules.eligibility import Eligibility, with_managers
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


@dataclass
class _Drafted:
    """What the rules make of a page: the log, drafts that pay at once, and what rules that remember have to look at."""

    logged: list[LoggedChange] = field(default_factory=list)
    drafts: list[tuple[RulePlan, Entry]] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)


@dataclass
class RunReport:
    """What a run did. `unknown` counts undecided rules, `blocked` counts rules that held but did not pay."""

    changes: int = 0
    new_changes: int = 0
    entries: int = 0
    points: int = 0
    bonuses: int = 0
    badges: int = 0
    corrections: int = 0
    rejected: int = 0
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    blocked: Counter[tuple[str, str, Block]] = field(default_factory=Counter)

    def add(self, other: "RunReport") -> None:
        """Add the report of another batch."""
        for name in ("changes", "new_changes", "entries", "points", "bonuses", "badges", "corrections", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unknown += other.unknown
        self.blocked += other.blocked


_Result = TypeVar("_Result")


class _SomebodyErased(Exception):  # noqa: N818 - a signal to begin anew, which never leaves the engine
    """Somebody was erased since an engine last looked: what it prepared may name them."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor


class RunObserver(Protocol):
    """Whoever wants to follow a run, such as a progress bar."""

    def __call__(self, page: Page, report: RunReport, /) -> None:
        """Learn that a page is committed; `report` is the sum so far."""


def utc_now() -> datetime:
    """Give the wall clock: when something was recorded, and never when it happened."""
    return datetime.now(UTC)


class Engine(Manual):
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
        self.programs: Mapping[str, Program] = {program.program: program for program in programs}
        if len(self.programs) != len(programs):
            raise ProgramError("two programs have the same id", hint="give each program file its own `program:` id")
        self._clock = clock
        self._accept_changes = accept_changes
        self._known_rulebook: Rulebook | None = None
        self._rollups = {program.program: Rollups(program) for program in programs}
        self._tracks = {program.program: Tracks(program) for program in programs}
        self._team_goals = {program.program: TeamGoals(program) for program in programs}
        self._texts = [(program, dump_program(program)) for program in programs]
        self._redactor = NO_REDACTION
        self._behind_redactor: Engine | None = None

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
        versions = sorted(f"{program.program}:{program.version}" for program in self.programs.values())
        return blake2b("|".join(versions).encode(), digest_size=6).hexdigest()

    def apply(self, page: Page | Sequence[Change], *, feed: str = "direct") -> RunReport:
        """Take in one page: everything it leads to is committed together, or nothing is.

        Raises StoreError when the store fails; nothing of the page is kept then.
        """
        whole = page if isinstance(page, Page) else Page(tuple(page))
        return self._redacted(
            lambda engine, redactor: engine._take_in(redacted_page(whole, redactor), feed=redactor.text(feed))  # noqa: SLF001 - of itself, or of the engine that stands in for it
        )

    def _take_in(self, page: Page, *, feed: str) -> RunReport:
        report = RunReport(changes=len(page.changes), rejected=len(page.rejected))

        # Rules: which of them hold, and what each would pay. Pure, so it runs before anything is locked.
        drafted = self._draft(page.changes, report)

        with self.store.begin(lock=False) as transaction:
            self._look_for_erased(transaction)
            # Feed: people, rejects, changes and records as they came. Other feeds may do the same at the same time.
            if page.lease is not None:
                transaction.keep_lease(page.lease, LEASE_SECONDS)
            moved = keep_people(transaction, page.people, to_micros(self._clock()), self._team_goals)
            transaction.reject(self._rejected(page, feed))
            report.new_changes = transaction.log_changes(drafted.logged)
            if page.stream is not None:
                transaction.save_snapshots(page.stream, page.snapshots)
                transaction.mark_seen(page.stream, page.seen, page.sweep)
            if page.position is not None:
                transaction.save_position(feed, page.position)
            if not (drafted.drafts or drafted.holds or drafted.seen or moved) and self._are_in_use(transaction):
                return report

            # From here on this transaction alone writes, and all it reads is as the one before left it.
            transaction.lock()
            self._store_programs(transaction)

            # Ledger: who may earn, and one fact pays once.
            eligible = [draft for _plan, draft in self._eligible(transaction, drafted.drafts, report)]
            settled = settle(eligible, transaction.latest({draft.key for draft in eligible}))
            for draft in settled.duplicates:
                report.blocked[draft.program, draft.rule or "", Block.DUPLICATE] += 1

            # Claims: what was undone, put right or limited, for rules that remember.
            corrected = self._post_claims(transaction, drafted, report)
            awards = transaction.append(self._recorded([*settled.entries, *corrected]))

            # Challenges: progress, then what completion gives.
            progress = post_progress(transaction, self._tracks, awards)
            post_team_goals(transaction, self._team_goals, awards, moved, progress)
            bonuses = transaction.append(self._recorded(progress.entries))
            transaction.save_progress(progress.rows, progress.removed)
            transaction.withdraw_badges(progress.withdrawn)
            report.badges = transaction.award_badges(progress.awarded)

            # Leaderboards: the sums they are read from.
            totals = post_totals(transaction, self._rollups, [*awards, *bonuses])
            transaction.save_totals(totals.totals)
            transaction.save_tiers(totals.tiers)
            transaction.save_items(progress.items | totals.items)
        _count(report, [*awards, *bonuses])
        return report

    def _redacted(self, act: Callable[["Engine", Redactor], _Result]) -> _Result:
        """Act as if everybody who is erased had been erased before; anew when somebody is erased meanwhile."""
        while True:
            engine = self._behind_redactor or self
            try:
                return act(engine, engine._redactor)  # noqa: SLF001 - of itself, or of the engine that stands in for it
            except _SomebodyErased as signal:
                programs = [redacted_program(program, signal.redactor) for program in self.programs.values()]
                self._behind_redactor = Engine(
                    self.store,
                    programs,
                    registry=self.registry,
                    clock=self._clock,
                    accept_changes=self._accept_changes,
                )
                self._behind_redactor._redactor = signal.redactor  # noqa: SLF001 - of itself, or of the engine that stands in for it

    def _look_for_erased(self, transaction: Transaction) -> None:
        redactor = transaction.redactor()
        if redactor.suppressions != self._redactor.suppressions:
            raise _SomebodyErased(redactor)

    def _program(self, program_id: str) -> Program:
        try:
            return self.programs[program_id]
        except KeyError:
            raise InputError(f"there is no program {program_id!r}", hint=f"known: {', '.join(self.programs)}") from None

    @property
    def _rulebook(self) -> Rulebook:
        # Which versions are in force the store tells, and nothing is asked of it before there is work.
        if self._known_rulebook is None:
            versions = dated_versions(self.store, list(self.programs.values()), self.registry)
            self._known_rulebook = Rulebook(versions, self.registry)
        return self._known_rulebook

    def _draft(self, changes: Sequence[Change], report: RunReport) -> _Drafted:
        drafted = _Drafted()
        logged, drafts = drafted.logged, drafted.drafts
        book = self._rulebook
        match, plans, following, remembers = book.match, book.plans, book.following, book.remembers
        for change in changes:
            body = change_body(change)
            digest = change_identity(change, body)
            at = to_micros(change.at)
            logged.append(LoggedChange(at, digest, change.object, change.id, change.kind, body.decode()))
            seen = None
            if change.object in following:
                seen = Seen(at, digest, change)
                drafted.seen.append(seen)
            matched = match(change)
            if matched is None:
                continue
            for index in matched.holds:
                plan = plans[index]
                if remembers[index]:
                    drafted.holds.append(Hold(index, seen or Seen(at, digest, change)))
                    continue
                for draft in draft_entries(plan, change, digest, at):
                    if isinstance(draft, Block):
                        report.blocked[plan.program.program, plan.rule.id, draft] += 1
                    else:
                        drafts.append((plan, draft))
            for index in matched.unknown:
                if plans[index].is_in_force(at):
                    report.unknown[plans[index].program.program, plans[index].rule.id] += 1
        return drafted

    def _post_claims(self, transaction: Transaction, drafted: _Drafted, report: RunReport) -> list[Entry]:
        if not (drafted.holds or drafted.seen):
            return []
        posting = post_claims(
            transaction,
            self._rulebook,
            drafted.holds,
            drafted.seen,
            lambda drafts: self._eligible(transaction, drafts, report),
            logged={(one.at, one.digest) for one in drafted.logged},
            all_new=report.new_changes == len(drafted.logged),
        )
        transaction.save_claims(posting.claims)
        report.blocked += posting.blocked
        return posting.entries

    def _eligible(
        self, transaction: Transaction, drafts: Sequence[tuple[RulePlan, Entry]], report: RunReport
    ) -> Iterator[tuple[RulePlan, Entry]]:
        """Yield the drafts whose user may earn."""
        people = with_managers(transaction.people, {draft.user for _plan, draft in drafts})
        known: dict[tuple[Eligibility, str], Block | None] = {}
        for plan, draft in drafts:
            asked = (plan.participants, draft.user)
            if asked not in known:
                known[asked] = plan.participants.block_among(draft.user, people)
            block = known[asked]
            if block is None:
                yield plan, draft
            else:
                report.blocked[draft.program, draft.rule or "", block] += 1

    def _recorded(self, entries: Sequence[Entry]) -> list[Entry]:
        now = to_micros(self._clock())
        return [msgspec.structs.replace(entry, recorded=now) for entry in entries]

    def _rejected(self, page: Page, feed: str) -> list[RejectedRow]:
        now = to_micros(self._clock()) if page.rejected else 0
        return [RejectedRow(feed, one.place, one.reason, one.raw, now) for one in page.rejected]

    def _are_in_use(self, transaction: Transaction) -> bool:
        return all(transaction.program_in_use(one.program) == one.version for one in self.programs.values())

    def _store_redacted(self, transaction: Transaction) -> None:
        self._store_programs(transaction, transaction.redactor())

    def _store_programs(self, transaction: Transaction, redactor: Redactor = NO_REDACTION) -> None:
        now = to_micros(self._clock())
        for program, text in self._texts:
            if not self._accept_changes:
                _must_be_in_use(transaction.program_in_use(program.program), program)
            redacted = redacted_text(text, redactor, self.registry) if redactor else text
            is_new = transaction.save_program(StoredProgram(program.program, program.version, redacted, now))
            if is_new:
                # Another version may ask for boards that the one before did not keep sums for.
                rebuild_totals(transaction, program, self._rollups[program.program])
                rebuild_goals(transaction, program, self._rollups[program.program])


def _must_be_in_use(in_use: str | None, program: Program) -> None:
    if in_use not in (None, program.version):
        raise ProgramError(
            f"{program.program} is another version than the one in use",
            hint="see what would change, and apply it; or give the version in use",
            code="other-version",
            program=program.program,
        )


def _count(report: RunReport, entries: Sequence[Entry]) -> None:
    for entry in entries:
        report.points += entry.points
        if entry.kind is EntryKind.REVERSAL:
            report.corrections += 1
        elif entry.kind is EntryKind.BONUS:
            report.bonuses += 1
        else:
            report.entries += 1
