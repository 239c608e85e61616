"""Invented customer success teams at work: who they are, what they do, and the plans by which they do it.

Comes in: a plan and a seed. Goes out: people, records, and changes in order of time; the same plan and seed give the
same. Imports the library as any user of it may, and the sample org.

    cast.py         the people: the twelve, who have names and habits of their own, or a team of any size
    profiles.py     habits: how much somebody does, when and how, and the six ways to cheat
    records.py      what records hold, and the words people write into them
    shelves.py      where records stand: all that ever were, or those alone that are open
    office.py       the records as they stand, and the changes made to them
    agenda.py       what is still to be done, in order of time
    worker.py       what somebody honest does at a moment
    cheats.py       what a cheater does besides

The plans, which say who does how much of it and when:

    six_weeks.py    the demo: six weeks of the twelve, told whole
    season.py       a simulated season of any size, with incidents.py for what happens to a whole team
    live.py         the twelve in an org, until they are stopped; furnish.py fills that org
    in_org.py       people, records and changes, written into a sample org

What reads a season:

    delivery.py     late, out of order, twice
    dry_run.py      which changes pay, without a store: for thousands of seasons

What it cannot know about real teams stands in docs/explanation/gaming.md.
"""

from novigem_sandbox.team.cast import Member, Team
from novigem_sandbox.team.delivery import Delivery, Lateness, deliver, pages
from novigem_sandbox.team.dry_run import DryRun
from novigem_sandbox.team.profiles import CHEATERS, HONEST, LOOKALIKES, Profile
from novigem_sandbox.team.season import Plan, Season, large_plan

__all__ = [
    "CHEATERS",
    "HONEST",
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
