"""Queries: every read, as people and scripts ask for it. Nothing here writes.

    queries.py     the front: `Queries` hands each question to the module that answers it
    boards.py      the way of one board, block by block
    points_boards.py, percent_boards.py, team_boards.py, final_boards.py   its rows, by what is ranked
    board_types.py, positions.py   the values on that way; reading as of one ledger position
    me.py          one person in a season: places, weeks, badges, what did not pay
    programs.py, people.py, visibility.py   which program or person is meant, and who may be seen under which name
    directory.py   who is who, and which users may be one person
    progress.py, teams.py, seasons.py, statement.py, appeals.py, export.py   other answers
    explain.py, near_misses.py   why a rule paid, or did not
    chances.py     what would still pay somebody, put together from:
    chance_records.py, chance_pay.py, chance_goals.py, chance_types.py   open work, its worth, goals, the values

Comes in: a store, and the reader's clock. Goes out: values for the views, without the names of people who opted out.
May import engine (but for what writes; a contract says what that is), program, and all below. Must not import audit,
planning or sync.
"""
