"""Answers for programs: the shapes that `--json` prints.

    answers.py    boards, progress, badges, entries, explanations, runs
    closings.py   final standings, seasons, what came too late

Comes in: values that were read. Goes out: plain dictionaries and lists. May import what views may, but no screens.
"""
