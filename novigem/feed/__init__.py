"""The feed: where changes come from.

Comes in: files or any object with the small `ChangeSource` protocol. Goes out: `Page`s of changes, each with the
position that is committed together with its work. Must not import rules, ledger, challenges or leaderboards.
"""

from novigem.feed.csv.conversion import Conversion
from novigem.feed.csv.convert import convert_csv
from novigem.feed.csv.mapping import Mapping, load_mapping
from novigem.feed.jsonl.source import JsonLinesSource, write_changes
from novigem.feed.source import ChangeSource, MemorySource, Page, Rejected

__all__ = [
    "ChangeSource",
    "Conversion",
    "JsonLinesSource",
    "Mapping",
    "MemorySource",
    "Page",
    "Rejected",
    "convert_csv",
    "load_mapping",
    "write_changes",
]
