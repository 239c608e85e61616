"""Doctor: proves what is kept beside the ledger against the ledger, and the ledger against the change log.

Each check is a row of `CHECKS` and yields findings; no finding means that the figures agree to the last point. Entries
are looked at one user at a time, so that a large ledger needs no more memory than its most active user.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

import msgspec

from novigem.audit.doctor.claims import unproved_claims
from novigem.audit.doctor.closings import unproved_closing
from novigem.audit.doctor.completions import unproved_completions
from novigem.audit.doctor.copies import unproved_copies
from novigem.audit.doctor.participation import Participation
from novigem.audit.doctor.progress import progress_differs
from novigem.audit.doctor.requests import unproved_requests
from novigem.audit.doctor.rows import unproved_rows
from novigem.audit.doctor.sources import holds_by_itself, partly_fed
from novigem.audit.doctor.teams import unproved_teams
from novigem.challenges.team_goals import team_bonus_prefix
from novigem.challenges.tracks import Tracks
from novigem.engine.awards import limit_group
from novigem.engine.posting.progress import item_scope
from novigem.engine.posting.rebuild import Derived, derive
from novigem.engine.posting.totals import place_changes
from novigem.engine.replay import replayed
from novigem.engine.versions import paid_by_others, read_back
from novigem.errors import ProgramError
from novigem.leaderboards.rollups import Rollups, standing_entries
from novigem.ledger.chain import verify
from novigem.ledger.sql.columns import UNREADABLE
from novigem.ledger.store import EntryFilter, RowFilter, Store, StoredProgram
from novigem.model.binding import Binding
from novigem.model.claim import fact_of
from novigem.model.clocks import Zones
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry, EntryKind, ProgressKey, Total
from novigem.model.program import ALWAYS_START, Program
from novigem.model.subject import team_row
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

#: The tables that say which sums there are.
_PROGRAMS = frozenset(("novigem_program", "novigem_timeline"))


class Patient(NamedTuple):
    """What the checks look at: a store and the newest version of each of its programs.

    `edited` names the programs that another version took the place of from the start, without scoring anew. What an
    older version paid stands, though the newest would not pay it; so for these only the newest version's own awards are
    held against the changes. `unaltered` names those that have had one version only: what is kept beside their entries
    follows from it to the letter.
    """

    store: Store
    programs: dict[str, Program]
    registry: Registry
    edited: frozenset[str]
    unaltered: frozenset[str]


def examine(
    store: Store, programs: dict[str, Program], *, registry: Registry = DEFAULT_REGISTRY
) -> Iterator[tuple[str, list[Discrepancy]]]:
    """Run every check in turn, yielding its name and what it found."""
    patient = _patient(store, programs, registry)
    for name, check in CHECKS:
        yield name, _found_by(name, check, patient)


def wrong_sums(store: Store, programs: dict[str, Program], *, registry: Registry) -> list[Discrepancy]:
    """Give the sums of boards, and what they are counted with, that are other than the ledger says."""
    return _found_by("totals", _check_totals, _patient(store, programs, registry))


def altered_ground(store: Store, programs: dict[str, Program], *, registry: Registry) -> list[Discrepancy]:
    """Give what was changed from outside of all that sums are worked out from: the ledger, and the programs."""
    patient = _patient(store, programs, registry)
    checks: Sequence[tuple[str, Check]] = (
        ("ledger", _check_ledger),
        ("journal", _check_entries),
        ("journal", lambda one: unproved_rows(one.store, _PROGRAMS)),
    )
    return [problem for name, check in checks for problem in _found_by(name, check, patient)]


def _patient(store: Store, programs: dict[str, Program], registry: Registry) -> Patient:
    uses = store.timeline()
    versions = Counter(use.program for use in uses)
    unaltered = frozenset(name for name, count in versions.items() if count == 1)
    return Patient(store, programs, registry, paid_by_others(uses), unaltered)


def _found_by(name: str, check: "Check", patient: Patient) -> list[Discrepancy]:
    return [one._replace(check=name) for one in _as_far_as_it_goes(check, patient)]


def _as_far_as_it_goes(check: "Check", patient: Patient) -> Iterator[Discrepancy]:
    """Yield what a check finds; a row that somebody made unreadable ends it, and is a finding too."""
    try:
        yield from check(patient)
    except (msgspec.MsgspecError, LookupError, ValueError) as error:
        yield Discrepancy("a row that it needs", f"{type(error).__name__}: {error}", UNREADABLE)


def _check_totals(patient: Patient) -> Iterator[Discrepancy]:
    for program in patient.programs.values():
        kept = {(one.book, one.user): one for one in patient.store.rollup_totals(f"{program.program}:")}
        for derived in _derived(patient, program):
            for total in derived.totals:
                if (found := kept.pop((total.book, total.user), None)) != total:
                    shown = "none" if found is None else _total_text(found)
                    yield Discrepancy(f"{total.book} {total.user}", shown, _total_text(total), program.program)
        for total in kept.values():
            yield Discrepancy(f"{total.book} {total.user}", str(total.points), "no entries", program.program)
        yield from _check_places(patient.store, program)
        yield from _check_items(patient, program)


def _total_text(total: Total) -> str:
    return f"{total.points} points, {total.entries} entries"


def _check_items(patient: Patient, program: Program) -> Iterator[Discrepancy]:
    """Things that count once (accounts of a board, what a goal counts) were counted as often as entries name them."""
    of_teams = item_scope(ProgressKey(program.program, team_row(""), "", "")).removesuffix(":")
    every = patient.store.item_counts(f"{program.program}:")
    kept = {key: count for key, count in every if count and not key.scope.startswith(of_teams)}
    for derived in _derived(patient, program):
        for key, count in derived.items.items():
            if (found := kept.pop(key, 0)) != count:
                yield Discrepancy(" ".join(key), f"counted {found} times", str(count), program.program)
    for key, count in kept.items():
        yield Discrepancy(" ".join(key), f"counted {count} times", "no entries", program.program)


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
                whole = program.program in patient.unaltered and not derived.depends_on_address
                yield from progress_differs(row.key, found, row, whole=whole)
        tracks = Tracks(program)
        for key, row in kept.items():
            # What an older version counted for a badge that is gone stays as it was.
            if key.subject.kind == "badge" and not tracks.holds(key):
                continue
            yield Discrepancy("/".join(key[1:]), str(row.value), "no entries", program.program)


def _check_completions(patient: Patient) -> Iterator[Discrepancy]:
    """Each completion has its bonus and its badge, and nobody has either without completing."""
    for name, program in patient.programs.items():
        stored, bindings = patient.store.programs(), patient.store.bindings()
        versions = [_readable(one, patient.registry, bindings) for one in stored if one.program == name]
        yield from unproved_completions(
            patient.store, program, [one for one in versions if one], bonuses_too=name not in patient.edited
        )


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
    to hold the facts that they were the first to; what they have themselves cannot be proved so. A program that was
    not given all sources is held to less: see `novigem.audit.doctor.sources`.
    """
    altered = list(patient.store.altered_columns())
    yield from altered
    if any(one.proved == UNREADABLE for one in altered):
        return
    store, programs = patient.store, list(patient.programs.values())
    uses = [use for use in store.timeline() if use.program in patient.programs]
    people, assignments = list(store.everybody()), list(store.every_assignment())
    took_part = {one.program: Participation(one.participants, people, assignments) for one in programs}
    earned = ((took_part[name], user) for name in took_part for user in store.users(name))
    played = {user: person for one, user in earned if (person := one.when_they_took_part(user)) is not None}
    texts, registry, partly = store.programs(), patient.registry, partly_fed(store)
    with replayed(store, programs, uses, texts, registry=registry, people=played.values()) as proved:
        for program in programs:
            users = {*store.users(program.program), *proved.users(program.program)}
            lasted = took_part[program.program].lasted
            unsure = {user for user in users if user in played or not lasted(user, ALWAYS_START)}
            if program.program in partly:
                yield from _unpaid(program, patient, proved, unsure)
                continue
            yield from _differences(program, patient, proved, unsure)
            if program.program in patient.unaltered:
                yield from unproved_claims(program.program, store, proved, unsure)


def _unpaid(program: Program, patient: Patient, proved: Store, unsure: set[str]) -> Iterator[Discrepancy]:
    """Find entries that no change pays, of a program that was not given all of them: more cannot be told."""
    name = program.program
    keys = {one.key for user in proved.users(name) for one in _standing(proved, name, user)}
    for user in sorted(set(patient.store.users(name)) - unsure):
        for entry in _standing(patient.store, name, user):
            if entry.version == program.version and holds_by_itself(entry, program, keys):
                yield Discrepancy(entry.key, f"entry {entry.number}", "the changes do not pay it", name)


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
    """No entry, nor what is noted beside it, was changed, put in or taken out since its transaction wrote it."""
    yield from _check_entries(patient)
    yield from unproved_rows(patient.store)


def _check_entries(patient: Patient) -> Iterator[Discrepancy]:
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
    bindings = patient.store.bindings()
    loaded: dict[tuple[str, str], Program | None] = {}
    for closing in patient.store.closings():
        version = (closing.program, closing.version)
        if version not in loaded:
            loaded[version] = _readable(accepted.get(version), patient.registry, bindings)
        yield from unproved_closing(closing, loaded[version], patient.store)


def _readable(stored: StoredProgram | None, registry: Registry, bindings: Sequence[Binding]) -> Program | None:
    try:
        return None if stored is None else read_back(stored, registry, bindings)
    except ProgramError:
        return None


def _check_teams(patient: Patient) -> Iterator[Discrepancy]:
    """Teams have the progress that their members' entries lead to, and credit whom they should."""
    for program in patient.programs.values():
        name = program.program
        yield from unproved_teams(
            patient.store, program, credits_too=name not in patient.edited, whole=name in patient.unaltered
        )


def _derived(patient: Patient, program: Program) -> Iterator[Derived]:
    rollups, tracks = Rollups(program), Tracks(program, Zones(patient.store))
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
