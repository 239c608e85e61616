"""Challenges: when one is open, what moves its goal, and what completing it gives.

    lifecycle.py    when a rule of a challenge may pay
    goals.py        what awards add up to; streaks.py: periods that follow each other
    targets.py      what one person has to reach
    tracks.py       all that a person's awards count for: challenges, and the steps of badges
    team_goals.py   the same for teams
    completion.py   the bonus and the badge

Comes in: `Program`, ledger entries, people. Goes out: progress, draft bonus entries and badge awards. Pure: no clock
and no database. May import model and errors. Must not import feed, rules, ledger or leaderboards.
"""
