"""Leaderboards: books (sums kept per scope and period), ranking and standings.

Comes in: ledger entries and totals. Goes out: totals and standings. Pure: no clock and no database. Must not import
feed, rules, ledger or challenges.
"""
