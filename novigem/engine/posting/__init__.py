"""Posting: what new ledger entries do to everything that is kept beside the ledger.

Comes in: draft or appended entries, and a transaction to read from. Goes out: entries to append, progress, totals and
badge awards to write. Nothing is written here; the engine writes.
"""
