"""The engine: the one room that writes.

    engine.py        the main path: `Engine.apply`, from a page of changes to the committed transaction
    compiled.py      programs made ready for work; rulebook.py: all that is known of their rules before a change comes
    versions.py      which version of a program is in force when
    drafting.py      what the rules make of a page, and whose drafts may be paid; awards.py: one draft of one rule
    posting/         what new entries do to claims, progress, badges, teams and totals
    closing/         final standings
    report.py        what a run did
    manual.py        points, badges and closings by hand; requests.py: what one person asks for and another decides
    activation.py    a version put in force beside those before it
    joining.py       two users made one person, or parted, with all that follows
    erasure.py       a person taken out of every row; personal_rows.py: the rows that name somebody
    bookkeeping.py   small writes beside the ledger; displays.py: links to walls, tokens of embeds
    replay.py        the change log played anew through a store of its own
    team_history.py  what stands for the progress of teams

Comes in: pages of changes, programs, what people decide. Goes out: a store that has it all, committed together or not
at all, and a report. May import program, rules, challenges, leaderboards, feed, ledger and model. Must not import
queries, planning, audit, sync, views or commands; these ask it to write.
"""
