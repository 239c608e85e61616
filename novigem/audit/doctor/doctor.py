"""Doctor: proves what is kept beside the ledger against the ledger, and the ledger against the change log.

Each check is a row of `CHECKS` and yields findings; no finding means that the figures agree to the last point. Entries
are looked at one user at a time, so that a large ledger needs no more memory than its most active user.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from novigem.audit.doctor.closings import unproved_closing
from novigem.audit.doctor.copies import unproved_copies
from novigem.audit.doctor.participation import Participation
from novigem.audit.doctor.requests import unproved_requests
from novigem.audit.doctor.teams import unproved_teams
from novigem.challenges.team_goals import team_bonus_prefix
from novigem.challenges.tracks import Tracks
from novigem.engine.awards import limit_group
from novigem.engine.posting.rebuild import Derived, derive
from novigem.engine.posting.totals import place_changes
from novigem.engine.replay import replayed
from novigem.engine.versions import paid_by_others, read_back
from novigem.errors import ProgramError
from novigem.leaderboards.rollups import Rollups, standing_entries
from novigem.ledger.chain import verify
from novigem.ledger.store import EntryFilter, RowFilter, Store, StoredProgram
from novigem.model.claim import fact_of
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry, EntryKind, ProgressKey
from novigem.model.program import ALWAYS_START, Program
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


class Patient(NamedTuple):
    """What the checks look at: a store and the newest version of each of its programs.

    `edited` names the programs that another version took the place of from the start, without scoring anew. What an
    older version paid stands, though the newest would not pay it; so for these only the newest version's own awards are
    held against the changes.
    """

    store: Store
    programs: dict[str, Program]
    registry: Registry
    edited: frozenset[str]


def examine(
    store: Store, programs: dict[str, Program], *, registry: Registry = DEFAULT_REGISTRY
) -> Iterator[tuple[str, list[Discrepancy]]]:
    """Run every check in turn, yielding its name and what it found."""
    edited = paid_by_others(store.timeline())
    patient = Patient(store, programs, registry, edited)
    for name, check in CHECKS:
        yield name, [one._replace(check=name) for one in check(patient)]


def _check_totals(patient: Patient) -> Iterator[Discrepancy]:
    for program in patient.programs.values():
        kept = {(one.book, one.user): one for one in patient.store.rollup_totals(f"{program.program}:")}
        for derived in _derived(patient, program):
            for total in derived.totals:
                if kept.pop((total.book, total.user), None) != total:
                    yield Discrepancy(f"{total.book} {total.user}", "differs", str(total.points), program.program)
        for total in kept.values():
            yield Discrepancy(f"{total.book} {total.user}", str(total.points), "no entries", program.program)
        yield from _check_places(patient.store, program)


def _check_places(store: Store, program: Program) -> Iterator[Discrepancy]:
    prefix = f"{program.program}:"
    totals = ((None, total) for total in store.rollup_totals(prefix))
    proved = place_changes(totals, {program.program: Rollups(program)})
    kept = store.tier_counts(prefix)
    for place in sorted(kept.keys() | proved.keys()):
        if kept.get(place, 0) != proved.get(place, 0):
            what = f"{place.book} place of {-place.points} points"
            yield Discrepancy(what, str(kept.get(place, 0)), str(proved.get(place, 0)), program.program)


def _check_progress(patient: Patient) -> Iterator[Discrepancy]:
    for program in patient.programs.values():
        rows = patient.store.progress_rows(RowFilter(program=program.program))
        kept = {one.key: one for one in rows if one.subject.kind != "team"}
        for derived in _derived(patient, program):
            for row in derived.progress:
                found = kept.pop(row.key, None)
                # A target may have been edited since; what was counted must agree all the same.
                if found is None or (found.value, found.entries, found.last) != (row.value, row.entries, row.last):
                    shown = "none" if found is None else str(found.value)
                    yield Discrepancy("/".join(row.key[1:]), shown, str(row.value), program.program)
        tracks = Tracks(program)
        for key, row in kept.items():
            # What an older version counted for a badge that is gone stays as it was.
            if key.subject.kind == "badge" and not tracks.holds(key):
                continue
            yield Discrepancy("/".join(key[1:]), str(row.value), "no entries", program.program)


def _check_completions(patient: Patient) -> Iterator[Discrepancy]:
    """Each completion has its bonus and its badge, and nobody has either without completing."""
    for program in patient.programs.values():
        which = RowFilter(program=program.program)
        rows = (row for row in patient.store.progress_rows(which) if row.subject.kind != "team")
        completed = {row.key: row for row in rows if row.completed is not None}
        bonuses = Counter(_bonus_keys(patient.store, program.program))
        held_badges = (one for one in patient.store.badges(which) if one.subject.kind != "team")
        badges = {(one.challenge, one.period, one.user) for one in held_badges if one.challenge}
        challenges = {one.id: one for one in program.challenges}
        tracks = Tracks(program)
        for key, count in bonuses.items():
            if count != 1 or (program.program, *key) not in completed:
                yield Discrepancy("/".join(key), f"{count} bonus", "no completion", program.program)
        for held in badges:
            row = ProgressKey(program.program, *held)
            is_gone = row.subject.kind == "badge" and not tracks.holds(row)
            if row not in completed and not is_gone:
                yield Discrepancy("/".join(held), "badge", "no completion", program.program)
        for row_key in () if program.program in patient.edited else completed:
            challenge = challenges.get(row_key.challenge)
            if challenge is not None and challenge.completion.bonus and row_key[1:] not in bonuses:
                yield Discrepancy("/".join(row_key[1:]), "no bonus", "completed", program.program)
        for row_key in completed:
            earns = row_key.subject.kind == "badge" and tracks.holds(row_key)
            if earns and row_key[1:] not in badges:
                yield Discrepancy("/".join(row_key[1:]), "no badge", "completed", program.program)


def _bonus_keys(store: Store, program: str) -> Iterator[tuple[str, str, str]]:
    """Yield challenge, period and user of every standing bonus that a person's own completion gave."""
    for user in store.users(program):
        for entry in _standing(store, program, user):
            if entry.kind is EntryKind.BONUS and not entry.key.startswith(team_bonus_prefix(program)):
                yield entry.challenge or "", entry.period or "", user


def _check_ledger(patient: Patient) -> Iterator[Discrepancy]:
    """Numbers have no gap, reversals take back exactly what they name, and each entry's program text is kept."""
    versions = {(one.program, one.version) for one in patient.store.programs()}
    reversed_points: dict[int, int] = {}
    for expected, entry in enumerate(patient.store.entries(), start=1):
        if entry.number != expected:
            yield Discrepancy("entry number", str(entry.number), str(expected), entry.program)
            return
        if (entry.program, entry.version) not in versions:
            yield Discrepancy(f"entry {entry.number}", f"version {entry.version}", "text not kept", entry.program)
        if entry.reverses is not None:
            reversed_points[entry.reverses] = entry.points
    for entry in patient.store.entries() if reversed_points else ():
        taken = reversed_points.get(entry.number)
        if taken is not None and taken + entry.points != 0:
            yield Discrepancy(f"reversal of entry {entry.number}", str(taken), str(-entry.points), entry.program)


def _check_replay(patient: Patient) -> Iterator[Discrepancy]:
    """Feed the change log to the programs anew: it must lead to the same standing entries.

    Who may earn is decided when a change is taken in. Whoever could once and cannot now is played as they were then,
    to hold the facts that they were the first to; what they have themselves cannot be proved so.
    """
    store, programs = patient.store, list(patient.programs.values())
    uses = [use for use in store.timeline() if use.program in patient.programs]
    people, assignments = list(store.everybody()), list(store.every_assignment())
    took_part = {one.program: Participation(one.participants, people, assignments) for one in programs}
    earned = ((took_part[name], user) for name in took_part for user in store.users(name))
    played = {user: person for one, user in earned if (person := one.when_they_took_part(user)) is not None}
    texts, registry = store.programs(), patient.registry
    with replayed(store, programs, uses, texts, registry=registry, people=played.values()) as proved:
        for program in programs:
            users = {*store.users(program.program), *proved.users(program.program)}
            lasted = took_part[program.program].lasted
            unsure = {user for user in users if user in played or not lasted(user, ALWAYS_START)}
            yield from _differences(program, patient, proved, unsure)


def _differences(program: Program, patient: Patient, proved: Store, unsure: set[str]) -> Iterator[Discrepancy]:
    """Compare what stands, less that of people of whom it is not sure whether they could earn."""
    name, stores = program.program, (patient.store, proved)
    users = {user for store in stores for user in store.users(name)}
    free = _settled_otherwise(program, stores, users) if name in patient.edited else frozenset()
    theirs = {one.key for store in stores for user in unsure for one in _standing(store, name, user)}
    for user in sorted(users - unsure):
        for problem in _differences_of(user, program, patient, proved):
            # A fact goes to another where it is not sure who was the first to it; so may what a team completes.
            is_of_team = problem.what.startswith(team_bonus_prefix(name))
            if problem.what not in theirs | free and not (unsure and is_of_team):
                yield problem


def _settled_otherwise(program: Program, stores: tuple[Store, Store], users: set[str]) -> frozenset[str]:
    """Give the keys of entries that rest on what versions before claimed, which a replay of the newest cannot know.

    What those were paid stays: it takes room under limits that count on, and a change that only the newest version
    pays was none of theirs.
    """
    limited = {rule.id for rule in program.rules if limit_group(program, rule) is not None}
    standing, due = ([one for user in users for one in _standing(store, program.program, user)] for store in stores)
    paid_by = {fact_of(one.key): one.change for one in due}
    return frozenset(
        one.key for one in standing if one.rule in limited or paid_by.get(fact_of(one.key), one.change) != one.change
    )


def _differences_of(user: str, program: Program, patient: Patient, proved: Store) -> Iterator[Discrepancy]:
    old, new = (
        {_fact(one): one for one in _standing(store, program.program, user)} for store in (patient.store, proved)
    )
    if program.program in patient.edited:
        own = {fact for fact, one in old.items() if one.version == program.version and one.kind is EntryKind.RULE}
        old = {fact: one for fact, one in old.items() if fact in own}
        new = {fact: one for fact, one in new.items() if fact in own}
    for fact in sorted(old.keys() - new.keys()):
        standing = f"entry {old[fact].number}"
        yield Discrepancy(old[fact].key, standing, "the changes do not pay it", program.program)
    for fact in sorted(new.keys() - old.keys()):
        yield Discrepancy(new[fact].key, "no entry", f"{new[fact].points} points due", program.program)


def _fact(entry: Entry) -> tuple[str, str, int, int, bytes]:
    return (entry.key, entry.user, entry.points, entry.occurred, entry.change or b"")


def _standing(store: Store, program: str, user: str) -> list[Entry]:
    """Give one user's standing entries that changes lead to; what people did by hand has no change."""
    entries = standing_entries(store.entries(EntryFilter(program=program, user=user)))
    return [entry for entry in entries if entry.kind is not EntryKind.ADJUSTMENT]


def _check_copies(patient: Patient) -> Iterator[Discrepancy]:
    """Our copies of Salesforce records are what their logged changes lead to."""
    yield from unproved_copies(patient.store)


def _check_journal(patient: Patient) -> Iterator[Discrepancy]:
    """No entry was changed, put in or taken out since its transaction wrote it."""
    store = patient.store
    # Others may write meanwhile. What is looked at ends where the ledger does now, in both alike.
    last = store.entry_count()
    newest = store.newest_batch()
    last, batch = (last, 0) if newest is None else (max(last, newest.last), newest.batch)
    journal = takewhile(lambda row: row.batch <= batch, store.journal())
    yield from verify(journal, takewhile(lambda body: body[0] <= last, store.entry_bodies()))


def _check_requests(patient: Patient) -> Iterator[Discrepancy]:
    """Points that two people approved were paid, as they were asked for, and no others."""
    yield from unproved_requests(patient.store)


def _check_closings(patient: Patient) -> Iterator[Discrepancy]:
    """Hold final standings against their hash, and against the ledger at their position."""
    accepted = {(one.program, one.version): one for one in patient.store.programs()}
    loaded: dict[tuple[str, str], Program | None] = {}
    for closing in patient.store.closings():
        version = (closing.program, closing.version)
        if version not in loaded:
            loaded[version] = _readable(accepted.get(version), patient.registry)
        yield from unproved_closing(closing, loaded[version], patient.store)


def _readable(stored: StoredProgram | None, registry: Registry) -> Program | None:
    try:
        return None if stored is None else read_back(stored, registry)
    except ProgramError:
        return None


def _check_teams(patient: Patient) -> Iterator[Discrepancy]:
    """Teams have the progress that their members' entries lead to, and credit whom they should."""
    for program in patient.programs.values():
        yield from unproved_teams(patient.store, program, credits_too=program.program not in patient.edited)


def _derived(patient: Patient, program: Program) -> Iterator[Derived]:
    rollups, tracks = Rollups(program), Tracks(program)
    users = patient.store.users(program.program)
    people = patient.store.people(users) if tracks.depends_on_people else {}
    for user in users:
        entries = patient.store.entries(EntryFilter(program=program.program, user=user))
        yield derive(program, rollups, user, entries, person=people.get(user), tracks=tracks)


Check = Callable[[Patient], Iterator[Discrepancy]]

CHECKS: Sequence[tuple[str, Check]] = (
    ("ledger", _check_ledger),
    ("totals", _check_totals),
    ("progress", _check_progress),
    ("completions", _check_completions),
    ("teams", _check_teams),
    ("replay", _check_replay),
    ("copies", _check_copies),
    ("journal", _check_journal),
    ("requests", _check_requests),
    ("closings", _check_closings),
)
