"""Closing: standings become final a grace period after their end, and stay so.

    windows     what a program can close: each challenge and each board, over each of its periods
    waiting     whose changes have to be read before
    states      how each window stands: running, provisional or final
    scope       which people a board ranks
    standings   the final standings of a window, from the ledger as of a position; pure
    teams       the rows of a board of teams, and the memberships that are sealed with them
    vesting     awards that are held for some days
    due         what is due, worked out; `novigem.engine.manual` keeps it
    late        what arrived after a closing, and what it would change

Comes in: programs, ledger entries, people, feed positions. Goes out: closings. The ledger knows nothing of them, and
goes on taking in what happened.
"""
