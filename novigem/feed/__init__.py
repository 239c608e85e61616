"""The feed: where changes come from.

    source.py     the protocol `ChangeSource`, and its pages
    redaction.py  a page without the people who were erased
    jsonl/        changes from files of JSON lines
    csv/          CSV exports turned into changes
    salesforce/   changes straight from an org
    cdc/          what an org tells at once, to wake a sync early

Comes in: files, an org, or any object with that small protocol. Goes out: `Page`s of changes, each with the position
that is committed together with its work. May import model, settings and errors. Must not import rules, ledger,
challenges or leaderboards.
"""

from novigem.feed.csv.conversion import Conversion
from novigem.feed.csv.convert import convert_csv
from novigem.feed.csv.guess import Guess, guess_mapping
from novigem.feed.csv.mapping import Mapping, load_mapping
from novigem.feed.jsonl.source import JsonLinesSource, write_changes
from novigem.feed.source import ChangeSource, MemorySource, Page, Rejected

__all__ = [
    "ChangeSource",
    "Conversion",
    "Guess",
    "JsonLinesSource",
    "Mapping",
    "MemorySource",
    "Page",
    "Rejected",
    "convert_csv",
    "guess_mapping",
    "load_mapping",
    "write_changes",
]
