"""Novigem: Salesforce behaviour turned into points, challenges, badges and leaderboards, in your own database.

The way through the code, in six files:

    novigem/cli/run.py            the command that feeds a file of changes to programs
    novigem/sync/syncing.py       one sync: the changes of an org instead, object by object
    novigem/engine/engine.py             the main path: `Engine.apply`, one block per stage
    novigem/rules/compile.py      rules as indexed Python
    novigem/ledger/sql/store.py   where everything lives
    novigem/leaderboards/         books, ranking, standings

Data flows one way: feed -> rules -> ledger -> challenges -> leaderboards -> views. The stages share the words in
`novigem.model` and meet only in the engine. Names below are the public API; everything else may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from novigem.audit.doctor.doctor import examine
    from novigem.engine.engine import Engine
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
    from novigem.model.people import Person
    from novigem.model.program import Program
    from novigem.model.request import Request
    from novigem.planning.apply import Applying, Wish, apply_program, preview
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
    "dump_program": "program.dump",
    "examine": "audit.doctor.doctor",
    "explain_near_misses": "queries.near_misses",
    "explain_record": "queries.explain",
    "load_org_settings": "feed.salesforce.settings",
    "load_program": "program.load",
    "open_store": "ledger.sql.store",
    "preview": "planning.apply",
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
    "dump_program",
    "examine",
    "explain_near_misses",
    "explain_record",
    "load_org_settings",
    "load_program",
    "open_store",
    "preview",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that `novigem --help` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
