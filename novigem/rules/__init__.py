"""Rules: which of them a change satisfies, and why.

Comes in: `Change`, `Program`. Goes out: the rules that hold, and verdicts condition by condition. Pure: no clock, no
database, no network, no file format. Must not import feed, ledger, challenges or leaderboards.
"""
