"""What new entries, and people who join or leave, do to the progress of teams, and whom their completions credit.

A team is one more holder of progress rows: they advance, and are counted anew, as those of persons do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple

import msgspec

from novigem.challenges.goals import recount
from novigem.challenges.team_goals import TeamGoals
from novigem.engine.posting.corrections import next_generation, reversal
from novigem.engine.posting.progress import Counts, ProgressPosting, item_scope, progress_after
from novigem.engine.team_history import TeamHistory, entries_in
from novigem.ledger.store import EntryFilter, ItemKey, Latest, RowFilter, Transaction
from novigem.model.binding import ANY_PROGRAM, Binding
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey
from novigem.model.people import Person, known_as, parts_of
from novigem.model.program import ALWAYS_START, Program
from novigem.model.roster import Roster, changed_teams
from novigem.model.subject import team_badge_row, team_row
from novigem.rules.eligibility import Eligibility, with_managers

_UNDONE = "the team's completion moved or was undone, or credits others"


class TeamChanges(NamedTuple):
    """Teams of a program that some users belong to at other times than before."""

    teams: set[str]
    users: set[str]


def keep_people(
    transaction: Transaction, people: Sequence[Person], told: int, goals: Mapping[str, TeamGoals]
) -> dict[str, TeamChanges]:
    """Save people told of at a moment, and tell which teams with goals change by it, by program."""
    if people:
        former = list(_former_addresses(transaction, people, told))
        if former:
            transaction.bind(former)
    found = _who_changed(transaction, people) if people and any(goals.values()) else {}
    if not found:
        _save(transaction, people, told)
        return {}
    joins = transaction.joins()
    users = {one for user in found.keys() | _led_by(transaction, found) for one in (user, joins.person(user))}
    programs = {name: one.program for name, one in goals.items() if one}
    before = {name: roster_of(transaction, program, users) for name, program in programs.items()}
    _save(transaction, people, told)
    moved = {}
    for name, program in programs.items():
        teams = changed_teams(before[name], roster_of(transaction, program, users), users)
        if teams:
            moved[name] = TeamChanges(teams, set(users))
    return moved


def _save(transaction: Transaction, people: Sequence[Person], told: int) -> None:
    # Of whom nothing was known, and who has earned by the program's clock, a zone holds from now on.
    unknown = [msgspec.structs.replace(one, timezone=None) for one in _earned_unknown(transaction, people)]
    if unknown:
        transaction.save_people(unknown, told)
    transaction.save_people(people, told)


def _earned_unknown(transaction: Transaction, people: Sequence[Person]) -> Iterator[Person]:
    """Yield the people with a time zone who have earned something and are told of for the first time."""
    zoned = {one.id: one for one in people if one.timezone is not None}
    if not zoned or not transaction.entry_count():
        return
    known = transaction.people(zoned)
    for user, person in zoned.items():
        if user not in known and next(iter(transaction.entries(EntryFilter(user=user))), None) is not None:
            yield person


def _former_addresses(transaction: Transaction, people: Sequence[Person], told: int) -> Iterator[Binding]:
    """Yield the addresses that people had until now: nobody becomes somebody else by another address."""
    known = transaction.people({person.id for person in people})
    for person in people:
        # Of somebody with several users, what was told of this one.
        before = next((one for one in parts_of(known.get(person.id)) if one.id == person.id), None)
        if before is not None and before.email and known_as(before.email) != known_as(person.email or ""):
            yield Binding(ANY_PROGRAM, "person", known_as(before.email), person.id, told)


def _who_changed(transaction: Transaction, people: Sequence[Person]) -> dict[str, set[str | None]]:
    """Give who is told of with another e-mail, role or manager than before, with the e-mails before and after."""
    known, joins = transaction.people({person.id for person in people}), transaction.joins()
    found: dict[str, set[str | None]] = {}
    for person in people:
        before = known.get(person.id)
        if len(joins.group(person.id)) > 1:
            # What is known is of several users, so it is not what was told of this one before.
            before = None
        if before is None or _belonging(before) != _belonging(person):
            emails = {None if before is None else before.email, person.email}
            found.setdefault(person.id, set()).update(emails)
    return found


def _belonging(person: Person) -> tuple[str | None, ...]:
    return (person.email, person.role, person.manager, person.role_id)


def _led_by(transaction: Transaction, changed: Mapping[str, set[str | None]]) -> set[str]:
    """Give who reports, or did, to somebody whose e-mail changed: a team may name its manager by it."""
    joins = transaction.joins()
    # Who reports to one user of a person reports to the person, whichever of the users has got another address.
    managers = {one for user, emails in changed.items() if len(emails) > 1 for one in joins.group(user)}
    return {one.user for one in transaction.every_assignment() if one.manager in managers} if managers else set()


def roster_of(transaction: Transaction, program: Program, users: Iterable[str]) -> Roster:
    """Give the roster of a program, as far as some users are concerned."""
    joins = transaction.joins()
    wanted = {joins.person(user) for user in users} | set(users)
    assignments = transaction.assignments({one for user in wanted for one in (user, *joins.users(user))})
    managers = {joins.person(one.manager) for one in assignments if one.manager is not None}
    known = transaction.people(wanted | managers)
    # A user who always was another is no person of their own.
    people = [person for user, person in known.items() if joins.of(user, ALWAYS_START) == user]
    return Roster(program, people, assignments)


def post_team_goals(
    transaction: Transaction,
    goals: Mapping[str, TeamGoals],
    appended: Sequence[Entry],
    moved: Mapping[str, TeamChanges],
    posting: ProgressPosting,
) -> None:
    """Work out what entries that stand in the ledger already do to teams, and add it to what is to be written."""
    for name, one in goals.items():
        counted = [entry for entry in appended if entry.program == name and one.counts(entry)] if one else []
        if counted or name in moved:
            _Posting(transaction, one, posting).post(counted, moved.get(name, TeamChanges(set(), set())))


class _Posting:
    """The posting of one program: rows that go on, rows counted anew, and credits that follow."""

    def __init__(self, transaction: Transaction, goals: TeamGoals, posting: ProgressPosting) -> None:
        self._transaction = transaction
        self._goals = goals
        self._posting = posting
        self._eligibility = Eligibility(goals.program.participants)

    @cached_property
    def _roster(self) -> Roster:
        # Everybody: who is or was in a team stands nowhere else. Read only where a row is counted anew or completes.
        return Roster(self._goals.program, self._transaction.everybody(), self._transaction.every_assignment())

    @cached_property
    def _history(self) -> TeamHistory:
        read = partial(entries_in, self._transaction, self._goals.program.program)
        return TeamHistory(self._goals, self._roster, read)

    def standing(self, key: ProgressKey) -> list[Entry]:
        """Give the standing entries that count for a row."""
        return self._history.standing(key)

    def post(self, entries: Sequence[Entry], moved: TeamChanges) -> None:
        users = {entry.user for entry in entries}
        roster = self._roster if moved.teams else roster_of(self._transaction, self._goals.program, users)
        touched: dict[ProgressKey, list[Entry]] = defaultdict(list)
        for entry in entries:
            for key in self._goals.counted(entry, roster):
                if key.user not in moved.teams:
                    touched[key].append(entry)
        self._go_on(touched)
        for challenge in self._goals.challenges if moved.teams else ():
            self._count_anew(challenge, moved, users | moved.users, {entry.item for entry in entries})

    def _go_on(self, touched: Mapping[ProgressKey, Sequence[Entry]]) -> None:
        before = self._transaction.progress(touched)
        measures = {key: self._goals.measure(key) for key in touched}
        counts = Counts(self._transaction, measures, touched)
        for key, entries in touched.items():
            added = counts.added(key, measures[key], sorted(entries, key=lambda entry: entry.order))
            old = before.get(key)
            new = progress_after(self, measures[key], key, old, added)
            self._keep(key, new)
            if _credits_may_differ(old, new, entries):
                self._credit(key, new, {entry.user for entry in entries})
        self._posting.items |= counts.changed

    def _count_anew(self, challenge: str, moved: TeamChanges, users: set[str], added: set[str | None]) -> None:
        rows = self._transaction.progress_rows(RowFilter(self._goals.program.program, challenge=team_row(challenge)))
        items = added | {entry.item for user in users for entry in self._history.entries(user, challenge)}
        for team in self._goals.teams:
            if team not in moved.teams:
                continue
            found = self._history.rows(challenge, team)
            for key in found.keys() | {row.key for row in rows if row.user == team}:
                counted = found.get(key, [])
                new = recount(key, self._goals.measure(key), counted)
                self._keep(key, new)
                if self._goals.measure(key).counts_items:
                    # Only what somebody who came or left had counted may be counted no more.
                    gone = {ItemKey(item_scope(key), team, item): 0 for item in items if item is not None}
                    self._posting.items |= gone | team_items(key, counted)
                self._credit(key, new, users)

    def _keep(self, key: ProgressKey, row: Progress | None) -> None:
        if row is None:
            self._posting.removed.append(key)
        else:
            self._posting.rows.append(row)

    def _credit(self, key: ProgressKey, row: Progress | None, touched: set[str]) -> None:
        """Bring bonuses and badges in line with a completion; `touched` are users who may have been credited before."""
        standing = self._history.standing(key) if self._goals.asks_who_contributed(row) else ()
        credited = self._goals.credited(row, standing, self._roster)
        members = {membership.user for membership in self._roster.members(key.user)}
        asked = sorted(credited | touched | members)
        held = self._transaction.latest([self._goals.bonus_key(key, user) for user in asked])
        badges = self._badges(key)
        blocked = self._blocked(credited)
        for user in asked:
            last = held.get(self._goals.bonus_key(key, user))
            stands = last is not None and not last.is_reversed
            # Who takes part is asked once, when somebody is first credited; a credit is not lost by leaving later.
            takes_part = stands or user in badges or user not in blocked
            is_credited = row is not None and user in credited and takes_part
            bonus = self._goals.bonus(row, user) if is_credited and row is not None else None
            self._bonus(bonus, last if stands else None, last)
            badge = self._goals.badge(row, user) if is_credited and row is not None else None
            if badge is not None and badge != badges.get(user):
                self._posting.awarded.append(badge)
            elif badge is None and user in badges:
                self._posting.withdrawn.append(badges[user])

    def _badges(self, key: ProgressKey) -> dict[str, BadgeAward]:
        place = team_badge_row(key.subject.id, key.user)
        held = self._transaction.badges(RowFilter(key.program, challenge=place, period=key.period))
        return {one.user: one for one in held}

    def _blocked(self, users: set[str]) -> set[str]:
        people = with_managers(self._transaction.people, users)
        return {user for user in users if self._eligibility.block_among(user, people) is not None}

    def _bonus(self, wanted: Entry | None, stands: Latest | None, last: Latest | None) -> None:
        if stands is not None and wanted is not None and stands.entry.occurred == wanted.occurred:
            return
        if stands is not None:
            self._posting.entries.append(reversal(stands.entry, _UNDONE))
        if wanted is not None:
            self._posting.entries.append(next_generation(wanted, last))


def _credits_may_differ(old: Progress | None, new: Progress | None, entries: Sequence[Entry]) -> bool:
    completed = None if new is None else new.completed
    if (None if old is None else old.completed) != completed:
        return True
    return completed is not None and any(entry.occurred <= completed for entry in entries)


def team_items(key: ProgressKey, counted: Iterable[Entry]) -> Counter[ItemKey]:
    """Give how often each thing has been counted for a row of a team."""
    scope = item_scope(key)
    return Counter(ItemKey(scope, key.user, one.item) for one in counted if one.item is not None)


def rebuild_team_goals(transaction: Transaction, goals: TeamGoals) -> None:
    """Bring the progress of teams under a version of the program that has just come into use.

    What a completion credited stays until the next award of the team, as with persons.
    """
    for key, counted in _every_row(transaction, goals):
        new = recount(key, goals.measure(key), counted)
        kept = transaction.progress([key]).get(key)
        if new is not None:
            completed = None if kept is None else kept.completed
            transaction.save_progress([msgspec.structs.replace(new, completed=completed)])
        else:
            transaction.save_progress([], [key])


def rebuild_team_items(transaction: Transaction, goals: TeamGoals) -> None:
    """Write anew how often each thing has been counted for teams."""
    for key, counted in _every_row(transaction, goals):
        if goals.measure(key).counts_items:
            transaction.save_items(team_items(key, counted))


def _every_row(transaction: Transaction, goals: TeamGoals) -> Iterator[tuple[ProgressKey, list[Entry]]]:
    name = goals.program.program
    scored = set(transaction.users(name)) if goals else set()
    if not scored:
        return
    roster = Roster(goals.program, transaction.everybody(), transaction.every_assignment())

    def read(user: str, challenge: str, period: str | None = None, /) -> Iterable[Entry]:
        return entries_in(transaction, name, user, challenge, period) if user in scored else ()

    history = TeamHistory(goals, roster, read)
    for challenge in goals.challenges:
        kept = transaction.progress_rows(RowFilter(name, challenge=team_row(challenge)))
        for team in goals.teams:
            found = history.rows(challenge, team)
            for key in sorted(found.keys() | {row.key for row in kept if row.user == team}):
                yield key, found.get(key, [])
