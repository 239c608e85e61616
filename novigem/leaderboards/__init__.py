"""Leaderboards: sums by scope and period (rollups), ranking, and the names that boards show.

    rollups.py      which sums are kept of a program, and adding entries to them
    ranking.py      ranks by points, with tie-breaks; percent.py: by the share of one's own target
    pseudonyms.py   a name for everybody that only the database can make

Comes in: ledger entries and totals. Goes out: totals and standings. Pure: no clock and no database. May import model
and errors. Must not import feed, rules, ledger or challenges.
"""
