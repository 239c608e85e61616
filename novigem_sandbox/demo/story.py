"""The story that `novigem demo` tells: the invented team plays the account-expansion playbook for six weeks."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from novigem.errors import InputError, WorldError
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import EntryFilter, Store
from novigem.model.program import Program
from novigem.program import load_program
from novigem.program.playbooks import read_playbook
from novigem.queries.explain import RuleAnswer, explain_record
from novigem_sandbox.demo.starter import DATABASE_FILE, SETTINGS, SETTINGS_FILE
from novigem_sandbox.demo.syncs import EVERY, Follower, SyncsDone, sync_six_weeks
from novigem_sandbox.team.six_weeks import SEED, generate

PLAYBOOK: Final = "account-expansion"
PROGRAM_FILE: Final = f"{PLAYBOOK}.yaml"
DEFAULT_FOLDER: Final = Path("demo")
# So many changes of the record are told: enough to see one that paid beside one that nearly did.
_CHANGES_TOLD: Final = 2


class Story(NamedTuple):
    """What the story left behind. `record` is worth an `explain`: a rule paid on it, and another one nearly did.

    `answers` explain its first changes.
    """

    folder: Path
    program_file: Path
    settings_file: Path
    database: str
    program: Program
    store: Store
    syncs: SyncsDone
    board: str
    record: str
    answers: list[RuleAnswer]


def play(
    folder: Path = DEFAULT_FOLDER, *, seed: int = SEED, every: timedelta = EVERY, follower: Follower | None = None
) -> Story:
    """Write the program, the settings and a database into a folder, and sync the six weeks of a sample org into it.

    Playing it again in the same folder changes nothing: no fact pays twice. One that was stopped goes on. Raises
    InputError where the folder holds other files of these names, WorldError where writing fails or another process
    plays in it, StoreError where the database does.
    """
    folder = folder.absolute()
    _write_files(folder, {PROGRAM_FILE: read_playbook(PLAYBOOK).encode(), SETTINGS_FILE: SETTINGS.encode()})
    program = load_program(folder / PROGRAM_FILE)
    database = f"sqlite:///{folder / DATABASE_FILE}"
    store = open_store(database)
    try:
        syncs = sync_six_weeks(store, program, generate(seed), every=every, follower=follower)
        record, answers = _worth_explaining(store, program)
    except BaseException:
        store.close()
        raise
    return Story(
        folder=folder,
        program_file=folder / PROGRAM_FILE,
        settings_file=folder / SETTINGS_FILE,
        database=database,
        program=program,
        store=store,
        syncs=syncs,
        board=program.leaderboards[0].id,
        record=record,
        answers=answers,
    )


def _write_files(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files; those that stand already must be the same, so that nobody's work is lost."""
    hint = "give the demo an empty folder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        standing = {name for name in contents if (folder / name).exists()}
        for name in sorted(standing):
            if (folder / name).read_bytes() != contents[name]:
                raise InputError(f"{folder / name} is not the file of this demo", hint=hint)
        if PROGRAM_FILE not in standing and (folder / DATABASE_FILE).exists():
            raise InputError(f"{folder / DATABASE_FILE} is not the database of this demo", hint=hint)
        for name in sorted(contents.keys() - standing):
            (folder / name).write_bytes(contents[name])
    except FileExistsError as error:
        raise InputError(f"{folder} is a file", hint=hint) from error
    except OSError as error:
        raise WorldError(
            f"cannot write into {folder}: {error.strerror}", hint="give the demo another folder"
        ) from error


def _worth_explaining(store: Store, program: Program) -> tuple[str, list[RuleAnswer]]:
    """Give the record that teaches most in its first changes, and the answers for those."""
    # Two rules watch opportunities, so one may have paid and the other not.
    entries = store.entries(EntryFilter(program=program.program))
    records = sorted({entry.record for entry in entries if entry.record and entry.object == "Opportunity"})
    explained = [(record, explain_record(store, [program], record)) for record in records]
    record, answers = max(explained, key=lambda one: _interest(one[1]))
    return record, _first_changes(answers)


def _first_changes(answers: Sequence[RuleAnswer]) -> list[RuleAnswer]:
    moments = sorted({answer.at for answer in answers})[:_CHANGES_TOLD]
    return [answer for answer in answers if answer.at in moments]


def _interest(answers: Sequence[RuleAnswer]) -> tuple[bool, bool, bool, int]:
    """Rate what there is to learn from a record."""
    told = _first_changes(answers)
    verdicts = {answer.verdict for answer in told}
    return _has_near_miss(told), "paid" in verdicts, len(told) == len(answers), len(verdicts)


def _has_near_miss(answers: Iterable[RuleAnswer]) -> bool:
    """Tell whether a rule failed by one condition alone, while all its others held."""
    failures = (
        [condition.result for condition in answer.conditions]
        for answer in answers
        if answer.verdict == "no" and len({condition.group for condition in answer.conditions}) == 1
    )
    return any(len(results) > 1 and results.count(True) == len(results) - 1 for results in failures)
