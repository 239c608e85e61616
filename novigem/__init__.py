"""Novigem: Salesforce behaviour turned into points, challenges, badges and leaderboards, in your own database.

The rooms from the top down; each imports only what stands below it, which `lint-imports` holds:

    cli/              one module for each command
    views/            answers as screens, pages, tables and JSON
    novigem_sandbox/  beside this package: an invented team at work in a sample org
    testing/          doubles and contract suites for your tests
    audit/            the doctor proves figures, flags ask about behaviour
    queries/          all that is read; it never writes
    planning/         what a program would do, before it is in force
    sync/             one sync of an org, and the service that repeats it
    engine/           the one room that writes: `Engine.apply` is the main path
    program/          YAML to a checked Program; the playbooks that ship
    rules/            which rules hold, and who may earn; pure
    challenges/       goals, streaks, completion; pure
    leaderboards/     sums, ranking, shown names; pure
    feed/             changes from files, an org, its event bus
    ledger/           where all is kept: SQL, memory, the journal
    access/           who may see what; pure
    model/            the frozen words that all rooms share; pure
    settings          flags, environment, file
    errors            one tree of them

`docs/explanation/read-this-code.md` is a tour. Names below are the public API, and those of
`novigem.web`; everything else may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novigem.audit.doctor.doctor import examine
    from novigem.engine.engine import Engine
    from novigem.engine.pausing import pause_program, resume_program
    from novigem.engine.report import RunReport
    from novigem.engine.requests import Requests
    from novigem.errors import (
        FeedError,
        InputError,
        LeaseLost,
        LimitReached,
        MappingError,
        NovigemError,
        OrgError,
        OrgUnavailable,
        ProgramError,
        SchemaError,
        SessionError,
        SettingsError,
        StoreError,
        UnknownName,
        WorldError,
    )
    from novigem.feed.jsonl.source import JsonLinesSource
    from novigem.feed.salesforce.client import SalesforceOrg, connect
    from novigem.feed.salesforce.intake import PollOptions
    from novigem.feed.salesforce.settings import load_org_settings
    from novigem.feed.source import ChangeSource, MemorySource, Page, Rejected
    from novigem.ledger.sql.store import SqlStore, open_store
    from novigem.model.change import Change
    from novigem.model.pause import Pause
    from novigem.model.people import Person
    from novigem.model.program import Program
    from novigem.model.request import Request
    from novigem.planning.apply import Applying, Wish, apply_program, preview
    from novigem.planning.joins import Joining, JoinWish, decide_join, preview_join
    from novigem.program.dump import dump_program
    from novigem.program.load import check_program, load_program
    from novigem.queries.board_types import Board
    from novigem.queries.explain import explain_record
    from novigem.queries.near_misses import NearMiss, RuleMisses, explain_near_misses
    from novigem.queries.queries import Queries
    from novigem.rules.operators import Registry
    from novigem.sync.report import SyncReport
    from novigem.sync.syncing import Sync

_HOME = {
    "Applying": "planning.apply",
    "Board": "queries.board_types",
    "Change": "model.change",
    "ChangeSource": "feed.source",
    "Engine": "engine.engine",
    "FeedError": "errors",
    "InputError": "errors",
    "JoinWish": "planning.joins",
    "Joining": "planning.joins",
    "JsonLinesSource": "feed.jsonl.source",
    "LeaseLost": "errors",
    "LimitReached": "errors",
    "Manual": "engine.manual",
    "MappingError": "errors",
    "MemorySource": "feed.source",
    "NearMiss": "queries.near_misses",
    "NovigemError": "errors",
    "OrgError": "errors",
    "OrgUnavailable": "errors",
    "Page": "feed.source",
    "Pause": "model.pause",
    "Person": "model.people",
    "PollOptions": "feed.salesforce.intake",
    "Program": "model.program",
    "ProgramError": "errors",
    "Queries": "queries.queries",
    "Registry": "rules.operators",
    "Rejected": "feed.source",
    "Request": "model.request",
    "Requests": "engine.requests",
    "RuleMisses": "queries.near_misses",
    "RunReport": "engine.report",
    "SalesforceOrg": "feed.salesforce.client",
    "SchemaError": "errors",
    "SessionError": "errors",
    "SettingsError": "errors",
    "SqlStore": "ledger.sql.store",
    "StoreError": "errors",
    "Sync": "sync.syncing",
    "SyncReport": "sync.report",
    "UnknownName": "errors",
    "Wish": "planning.apply",
    "WorldError": "errors",
    "apply_program": "planning.apply",
    "check_program": "program.load",
    "connect": "feed.salesforce.client",
    "decide_join": "planning.joins",
    "dump_program": "program.dump",
    "examine": "audit.doctor.doctor",
    "explain_near_misses": "queries.near_misses",
    "explain_record": "queries.explain",
    "load_org_settings": "feed.salesforce.settings",
    "load_program": "program.load",
    "open_store": "ledger.sql.store",
    "pause_program": "engine.pausing",
    "preview": "planning.apply",
    "preview_join": "planning.joins",
    "resume_program": "engine.pausing",
}

__version__ = "0.1.0"
__all__ = [
    "Applying",
    "Board",
    "Change",
    "ChangeSource",
    "Engine",
    "FeedError",
    "InputError",
    "JoinWish",
    "Joining",
    "JsonLinesSource",
    "LeaseLost",
    "LimitReached",
    "Manual",
    "MappingError",
    "MemorySource",
    "NearMiss",
    "NovigemError",
    "OrgError",
    "OrgUnavailable",
    "Page",
    "Pause",
    "Person",
    "PollOptions",
    "Program",
    "ProgramError",
    "Queries",
    "Registry",
    "Rejected",
    "Request",
    "Requests",
    "RuleMisses",
    "RunReport",
    "SalesforceOrg",
    "SchemaError",
    "SessionError",
    "SettingsError",
    "SqlStore",
    "StoreError",
    "Sync",
    "SyncReport",
    "UnknownName",
    "Wish",
    "WorldError",
    "apply_program",
    "check_program",
    "connect",
    "decide_join",
    "dump_program",
    "examine",
    "explain_near_misses",
    "explain_record",
    "load_org_settings",
    "load_program",
    "open_store",
    "pause_program",
    "preview",
    "preview_join",
    "resume_program",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that `novigem --help` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
