"""The sync: an org's changes into a store, object by object, once or every few minutes.

    plan.py      what is to be read, and whether the org lets us
    syncing.py   one sync: leases, people, objects
    report.py    what a sync did
    status.py    how the sync stands, from the store alone
    verify.py    all copies of an org's records held against the org
    service/     a sync that keeps running

Comes in: an engine with its programs and store, and a connected org. Goes out: a `SyncReport`; everything else is in
the store. May import engine, program, and all below. Must not import audit, queries, planning, views or commands.
"""

from novigem.sync.plan import SyncPlan, plan_sync
from novigem.sync.report import ObjectReport, SyncReport
from novigem.sync.syncing import Sync

__all__ = ["ObjectReport", "Sync", "SyncPlan", "SyncReport", "plan_sync"]
