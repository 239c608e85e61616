"""The story that `novigem demo` tells: the invented team plays the account-expansion playbook for six weeks."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from novigem.demo.generator import SEED, generate
from novigem.demo.starter import CHANGES_FILE, DATABASE_FILE, SETTINGS, SETTINGS_FILE
from novigem.engine import Engine, RunReport
from novigem.errors import InputError, WorldError
from novigem.explain import RuleAnswer, explain_record
from novigem.feed.jsonl import JsonLinesSource, write_changes
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import EntryFilter, Store
from novigem.model.program import Program
from novigem.playbooks import read_playbook
from novigem.program import load_program

PLAYBOOK: Final = "account-expansion"
PROGRAM_FILE: Final = f"{PLAYBOOK}.yaml"
DEFAULT_FOLDER: Final = Path("demo")
_MOST_CHANGES_EXPLAINED: Final = 4
_MOST_RECORDS_TRIED: Final = 60


class Story(NamedTuple):
    """What the story left behind. `record` is worth an `explain`: a rule paid on it, and another one nearly did."""

    folder: Path
    program_file: Path
    changes_file: Path
    settings_file: Path
    database: str
    program: Program
    store: Store
    report: RunReport
    board: str
    record: str


def play(folder: Path = DEFAULT_FOLDER, *, seed: int = SEED) -> Story:
    """Write the program, the changes, the settings and a database into a folder, and run the six weeks.

    Playing it again in the same folder changes nothing: no fact pays twice. Raises InputError where the folder holds
    other files of these names, WorldError where writing fails, StoreError where the database does.
    """
    folder = folder.absolute()
    _write_files(folder, _contents(seed))
    program = load_program(folder / PROGRAM_FILE)
    database = f"sqlite:///{folder / DATABASE_FILE}"
    store = open_store(database)
    report = Engine(store, [program]).run(JsonLinesSource(folder / CHANGES_FILE), again=True)
    return Story(
        folder=folder,
        program_file=folder / PROGRAM_FILE,
        changes_file=folder / CHANGES_FILE,
        settings_file=folder / SETTINGS_FILE,
        database=database,
        program=program,
        store=store,
        report=report,
        board=program.leaderboards[0].id,
        record=_worth_explaining(store, program),
    )


def _contents(seed: int) -> dict[str, bytes]:
    stream = BytesIO()
    invented = generate(seed)
    write_changes(invented.changes, invented.people, stream)
    return {
        PROGRAM_FILE: read_playbook(PLAYBOOK).encode(),
        CHANGES_FILE: stream.getvalue(),
        SETTINGS_FILE: SETTINGS.encode(),
    }


def _write_files(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files; those that stand already must be the same, so that nobody's work is lost."""
    hint = "give the demo an empty folder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        standing = {name for name in contents if (folder / name).exists()}
        for name in sorted(standing):
            if (folder / name).read_bytes() != contents[name]:
                raise InputError(f"{folder / name} is not the file of this demo", hint=hint)
        if CHANGES_FILE not in standing and (folder / DATABASE_FILE).exists():
            raise InputError(f"{folder / DATABASE_FILE} is not the database of this demo", hint=hint)
        for name in sorted(contents.keys() - standing):
            (folder / name).write_bytes(contents[name])
    except FileExistsError as error:
        raise InputError(f"{folder} is a file", hint=hint) from error
    except OSError as error:
        raise WorldError(
            f"cannot write into {folder}: {error.strerror}", hint="give the demo another folder"
        ) from error


def _worth_explaining(store: Store, program: Program) -> str:
    """Give the record with the most kinds of verdicts on few changes, one of them paid and one a near miss."""
    entries = store.entries(EntryFilter(program=program.program))
    # Two rules watch opportunities, so one may have paid and the other not; the first ones offer choice enough.
    records = sorted({entry.record for entry in entries if entry.record and entry.object == "Opportunity"})
    return max(records[:_MOST_RECORDS_TRIED], key=lambda record: _interest(explain_record(store, [program], record)))


def _interest(answers: list[RuleAnswer]) -> tuple[bool, bool, int, int]:
    """Rate what there is to learn from a record; every record here has paid."""
    changes = len({answer.at for answer in answers})
    return (
        _has_near_miss(answers),
        changes <= _MOST_CHANGES_EXPLAINED,
        len({answer.verdict for answer in answers}),
        -changes,
    )


def _has_near_miss(answers: Iterable[RuleAnswer]) -> bool:
    """Tell whether a rule failed by one condition alone, while all its others held."""
    failures = (
        [condition.result for condition in answer.conditions]
        for answer in answers
        if answer.verdict == "no" and len({condition.group for condition in answer.conditions}) == 1
    )
    return any(len(results) > 1 and results.count(True) == len(results) - 1 for results in failures)
