"""Closing: standings become final a grace period after their end, and stay so.

    windows     what a program can close: each challenge and each board, over each of its periods
    waiting     whose changes have to be read before
    standings   the final standings of a window, from the ledger as of a position; pure
    scope       which people a board ranks
    teams       the rows of a board of teams, and the stays in teams that are sealed with them
    closing     what is due is closed, in one transaction
    late        what arrived after a closing, and what it would change
    proof       a kept closing held against its hash and against the ledger

Comes in: programs, ledger entries, people, feed positions. Goes out: closings. The ledger knows nothing of them, and
goes on taking in what happened.
"""
