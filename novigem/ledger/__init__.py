"""The ledger: an append-only store of entries, and of all that is derived from them.

Comes in: entries, progress, totals, badge awards, changes, people. Goes out: the same, by key or by filter. Nothing is
decided here. Must not import feed, rules, challenges or leaderboards.
"""
