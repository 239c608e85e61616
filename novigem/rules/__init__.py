"""Rules: which of them a change satisfies, who earns by it, and why.

    operators.py    what each operator means
    interpret.py    the reference: one rule on one change, condition by condition
    compile.py      the same as indexed Python; candidates.py: for changes that do not tell every field
    describe.py     a condition in words
    recipients.py, eligibility.py   whose points an award is, and who may earn
    limits.py       caps and cooldowns
    state.py, timeline.py   what must stay true for an award to stand, and one record through time

Comes in: `Change`, `Program`, people. Goes out: the rules that hold, recipients, verdicts. Pure: no clock, no database,
no network, no file format. May import model and errors. Must not import feed, ledger, challenges or leaderboards.
"""
