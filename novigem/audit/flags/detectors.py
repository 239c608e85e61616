"""The table of detectors, and `detect`: activity through all of them, in one pass."""

from collections.abc import Iterable, Sequence
from typing import Final

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.bursts import BulkWatch, InstantWatch
from novigem.audit.flags.detector import Background, Detector, Finding
from novigem.audit.flags.loops import ToggleWatch
from novigem.audit.flags.shares import empty_subject, integration_user
from novigem.audit.flags.spikes import SpikeWatch
from novigem.audit.flags.splits import SplitWatch

DETECTORS: Final[tuple[Detector, ...]] = (
    Detector(
        "bulk-completion",
        "Much done in one minute",
        "rule matches of one person close together, by edits of a person",
        ("bulk_awards", "bulk_seconds"),
        "a list view completes a day's work in one edit, and some people tick everything off in the evening",
        BulkWatch,
    ),
    Detector(
        "instant-completion",
        "Created and completed at once",
        "records that a person creates, and that an edit seconds later gets to meet a rule, on one day",
        ("instant_awards", "instant_seconds", "instant_share"),
        "calls and mails are often written down afterwards, when they are done already",
        InstantWatch,
    ),
    Detector(
        "empty-subject",
        "Tasks that say nothing",
        "tasks that met a rule without subject and description, beside those of all others",
        ("empty_awards", "empty_share"),
        "a quick form or an app that this person uses may not ask for a subject",
        empty_subject,
    ),
    Detector(
        "toggle-loop",
        "Completed again and again",
        "records that met a rule, and were done and opened again several times",
        ("toggle_times",),
        "a follow-up that comes back every week may be kept as one task; a flow may reopen it",
        ToggleWatch,
    ),
    Detector(
        "splitting",
        "One deal written as many",
        "records that meet a rule when they are created, on one account within an hour, and their amounts",
        ("split_records", "split_minutes", "split_share"),
        "a review with a large customer may bring many small deals, or somebody enters those of a week at once",
        SplitWatch,
    ),
    Detector(
        "end-spike",
        "A rush on the last day",
        "rule matches on the last working day of a season or challenge, beside the person's own days before",
        ("spike_awards", "spike_days"),
        "many write up the season's work when they are reminded of its end: the work may be old and real",
        SpikeWatch,
    ),
    Detector(
        "integration-user",
        "Software at work for a person",
        "rule matches by a login that is excluded from the program or called integration",
        ("software_awards", "software_share"),
        "a mail or calendar tool may complete tasks on behalf of whoever uses it most",
        integration_user,
    ),
)
BY_ID: Final = {one.id: one for one in DETECTORS}


def detect(
    background: Background, activities: Iterable[Activity], *, detectors: Sequence[Detector] = DETECTORS
) -> list[Finding]:
    """Give what should be looked at, the most serious first. Activity must come in order of time."""
    watches = [one.start(background) for one in detectors]
    for activity in activities:
        for watch in watches:
            watch.see(activity)
    found = [one for watch in watches for one in watch.findings()]
    return sorted(found, key=lambda one: (-one.severity, -one.points, one.moments, one.id))
