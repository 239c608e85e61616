"""The cross-checks: what no single part of a program can know. One function a row.

Comes in: a `Draft`. Goes out: findings noted in its document. Adding a check is a function and a line below; must not
change the draft.
"""

from collections.abc import Callable
from typing import Final

from novigem.program.checks import (
    adjusting,
    advice,
    awards,
    badges,
    closing,
    dates,
    firing,
    goals,
    names,
    people,
    references,
    teams,
)
from novigem.program.draft import Draft

CHECKS: Final[tuple[Callable[[Draft], None], ...]] = (
    references.ids_are_unique,
    references.rules_link_to_challenges,
    references.completions_give_known_badges,
    references.boards_have_one_scope,
    references.objects_are_known,
    references.recipients_are_known,
    dates.timezone_exists,
    dates.program_ends_once_and_after_it_starts,
    dates.cadence_belongs_to_recurring,
    dates.challenges_end_after_they_start,
    dates.timebound_challenges_have_dates,
    dates.challenges_lie_inside_the_program,
    adjusting.limits_have_a_second_approver,
    closing.grace_lasts_until_awards_vest,
    goals.goals_have_one_measure,
    goals.sums_know_their_object,
    goals.challenges_are_fed,
    goals.counted_objects_are_watched,
    goals.targets_can_be_reached,
    awards.shares_add_up,
    awards.holds_can_be_kept,
    goals.streaks_can_be_reached,
    badges.badges_have_one_measure,
    badges.badges_have_a_target_or_tiers,
    badges.tiers_rise,
    badges.streak_keys_stand_with_streaks,
    badges.percent_boards_name_a_challenge,
    people.holidays_are_known,
    people.everybody_stands_once,
    people.leave_ends_after_it_starts,
    people.targets_are_of_challenges,
    people.fair_challenges_have_an_end,
    firing.changes_happen_on_update,
    firing.day_ranges_hold_a_day,
    firing.conditions_agree,
    advice.challenges_have_few_rules,
    advice.challenges_last_one_to_six_weeks,
    advice.points_lie_close_together,
    advice.update_rules_wait_for_a_change,
    advice.goals_count_behaviour,
    advice.badges_are_used,
    advice.facts_are_paid_once,
    names.names_are_held_back_everywhere,
    advice.somebody_sees_the_points,
    awards.caps_leave_an_award,
    teams.teams_have_one_source,
    teams.members_leave_after_they_join,
    teams.members_stand_once,
    teams.team_parts_have_teams,
    teams.team_parts_can_be_counted,
    teams.team_badges_are_known,
    teams.team_credits_give_something,
)
