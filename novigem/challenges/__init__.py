"""Challenges: when one is open, what moves its goal, and what completing it gives.

Comes in: `Program`, ledger entries. Goes out: progress, draft bonus entries and badge awards. Pure: no clock and no
database. Must not import feed, rules, ledger or leaderboards.
"""
