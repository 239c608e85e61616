"""The sync: an org's changes into a store, object by object, once or every few minutes.

Comes in: an engine with its programs and store, and a connected org. Goes out: a `SyncReport`; everything else is in
the store. Must not import views or commands.

    plan.py       what is to be read, and whether the org lets us
    syncing.py    one sync: leases, people, objects, reports
    report.py     what a sync did, per object and in sum
    verify.py     our copies of records against the org
    status.py     how the sync stands, from the store alone
    service/      what keeps a sync running, and what it tells people and machines meanwhile
"""

from novigem.sync.plan import SyncPlan, plan_sync
from novigem.sync.report import ObjectReport, SyncReport
from novigem.sync.syncing import Sync

__all__ = ["ObjectReport", "Sync", "SyncPlan", "SyncReport", "plan_sync"]
