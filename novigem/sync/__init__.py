"""The sync: an org's changes into a store, object by object, once or every few minutes.

Comes in: an engine with its programs and store, and a connected org. Goes out: a `SyncReport`; everything else is in
the store. Must not import views or commands.

    plan.py       what is to be read, and whether the org lets us
    syncing.py    one sync: leases, people, objects, reports
    checks.py     a program against an org; fits.py: which operators and values fit a described field
    verify.py     our copies of records against the org
    status.py     how the sync stands, from the store alone
    schedule.py   jobs at their times, until a signal; rounds.py: what the end of one sync means for the next
    logs.py, metrics.py, health.py   what a sync that runs for good tells people and machines
"""

from novigem.sync.plan import SyncPlan, plan_sync
from novigem.sync.report import ObjectReport, SyncReport
from novigem.sync.syncing import Sync

__all__ = ["ObjectReport", "Sync", "SyncPlan", "SyncReport", "plan_sync"]
