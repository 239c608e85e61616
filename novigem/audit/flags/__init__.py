"""Flags: patterns in the change log and the ledger that a person should look at. Nothing here blocks or reverses.

Comes in: a store's change log and the standing awards of one program, side by side in order of time. What is looked at
is what was done: also what a limit left unpaid. Goes out:
findings with their evidence, points, severity and an innocent explanation. Detectors are rows of a tuple and pure;
memory holds what a detector needs per person, never the log. What a person decided, the engine is asked to keep.

    matches.py      what a change did for somebody by a rule, paid or not
    activity.py     a change, its rule matches and the awards that stand for it, in order of time
    detector.py     what a detector is given and what it gives
    settings.py     every threshold
    statistics.py   the two tests, and what they are corrected for
    bursts.py       bulk-completion, instant-completion
    loops.py        toggle-loop
    splits.py       splitting
    shares.py       empty-subject, integration-user
    spikes.py       end-spike
    detectors.py    the table of them all
    scan.py         `look`: a store through all detectors
    judging.py      `judge`: a flag dismissed or confirmed by a person
"""

from novigem.audit.flags.activity import Activity, activity
from novigem.audit.flags.detector import Background, Detector, Finding
from novigem.audit.flags.detectors import DETECTORS, detect
from novigem.audit.flags.judging import judge
from novigem.audit.flags.matches import RuleMatch, RuleMatches
from novigem.audit.flags.scan import Flag, Look, look
from novigem.audit.flags.settings import FlagSettings, read_thresholds

__all__ = [
    "DETECTORS",
    "Activity",
    "Background",
    "Detector",
    "Finding",
    "Flag",
    "FlagSettings",
    "Look",
    "RuleMatch",
    "RuleMatches",
    "activity",
    "detect",
    "judge",
    "look",
    "read_thresholds",
]
