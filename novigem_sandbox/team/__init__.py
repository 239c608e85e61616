"""A simulated season: invented customer success teams at work, honest people and cheaters, as a stream of changes.

Comes in: a plan and a seed. Goes out: people, changes in order of time, and the order in which a sync would bring
them. The same plan gives the same changes; memory holds the open records of the team and the work of about a day.

    profiles.py   habits: how much somebody does, when and how, and the six ways to cheat
    team.py       people, their zones and books
    office.py     the records as they stand, and the changes made to them
    habits.py     what somebody honest does at a moment
    cheats.py     what a cheater does besides
    incidents.py  what happens to the whole team: playbooks, hand-overs, holidays, merges
    season.py     the calendar: `Season.changes`
    delivery.py   late, out of order, twice
    dry.py        which changes pay, without a store: for thousands of seasons

What it cannot know about real teams stands in docs/explanation/gaming.md.
"""

from novigem_sandbox.team.delivery import Delivery, Lateness, deliver, pages
from novigem_sandbox.team.dry_run import DryRun
from novigem_sandbox.team.members import INTEGRATION, Member, Team
from novigem_sandbox.team.profiles import CHEATERS, HONEST, LOOKALIKES, Profile
from novigem_sandbox.team.season import Plan, Season, large_plan

__all__ = [
    "CHEATERS",
    "HONEST",
    "INTEGRATION",
    "LOOKALIKES",
    "Delivery",
    "DryRun",
    "Lateness",
    "Member",
    "Plan",
    "Profile",
    "Season",
    "Team",
    "deliver",
    "large_plan",
    "pages",
]
