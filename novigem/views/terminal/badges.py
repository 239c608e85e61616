"""The screen of badges: who holds which."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Badge, EarnedBy, Program
from novigem.queries.holdings import Holding
from novigem.views.json.answers import badge_answer
from novigem.views.tables import Table
from novigem.views.terminal.layout import COLOURS, QUIET, indented, next_step, plain_columns, quiet, screen, text
from novigem.views.terminal.pauses import shadow_line
from novigem.views.words import Screen, clean, counted, day_text, moment_text


def badges_screen(
    holdings: Sequence[Holding],
    programs: Mapping[str, Program],
    people: Mapping[str, Person],
    target: Screen,
    *,
    with_unheld: bool = True,
    now: int | None = None,
) -> RenderableType:
    """Draw a block per badge with those who hold it; `with_unheld` also lists the badges that nobody holds yet.

    `now`, the reader's clock, tells which have expired.
    """
    parts: list[RenderableType | None] = []
    for program in programs.values():
        for badge in program.badges:
            held = [one for one in holdings if (one.award.program, one.award.badge) == (program.program, badge.id)]
            if held or (with_unheld and badge.status == "active"):
                parts.append(_block(badge, held, target, _holders(badge, held, program, people, now)))
    awards = [one.award for one in holdings]
    gone = [one for one in awards if one.badge not in {badge.id for badge in _badges(programs, one.program)}]
    if gone:
        parts.append(quiet(f"{counted(len(gone), 'award')} of badges that are no longer part of the program"))
    if not parts:
        return screen([text("No badges here yet."), next_step("novigem progress", label="See who is close:")])
    return screen([shadow_line(one for one in programs.values() if one.badges), *parts])


def _badges(programs: Mapping[str, Program], program: str) -> Sequence[Badge]:
    return programs[program].badges if program in programs else ()


def _block(badge: Badge, held: Sequence[Holding], target: Screen, holders_table: RenderableType) -> Group:
    colour = COLOURS[badge.color]
    head = Text(f"{target.glyphs.badge} ", style=colour)
    head.append(clean(badge.name), style="bold")
    holders = f"held by {counted(len({one.award.user for one in held}), 'person', 'people')}" if held else "nobody yet"
    head.append(f"  {badge.color} {target.glyphs.point} {holders}", style=QUIET)
    parts: list[RenderableType] = [head]
    if badge.description:
        parts.append(indented(quiet(badge.description)))
    if held:
        parts.append(indented(holders_table))
    return Group(*parts)


def _holders(
    badge: Badge, held: Sequence[Holding], program: Program, people: Mapping[str, Person], now: int | None
) -> RenderableType:
    names = {challenge.id: challenge.name for challenge in program.challenges}
    teams = {team.id: team.name for team in program.teams}
    table = plain_columns("fill", "left", "fill")
    for holding in held:
        one = holding.award
        about, team = one.subject, one.subject.team
        if about.kind == "badge":
            why = _tier_words(badge, one.step)
        elif about.kind != "nothing":
            why = names.get(about.id, about.id) + (f", {one.period.replace(':', ' of ')}" if one.period else "")
            why += "" if team is None else f", with {teams.get(team, team)}"
        else:
            why = "given by hand" + (f": {one.reason}" if one.reason else "")
        day = day_text(local_day(one.awarded, program.zone))
        why = ", ".join(part for part in (why, _end_words(holding, program, now)) if part)
        table.add_row(text(people[one.user].label), Text(day), text(why, QUIET))
    return table


def _end_words(holding: Holding, program: Program, now: int | None) -> str:
    """Say when a holding ends, or ended: it expires, or is renewed before."""
    if holding.until is None or now is None:
        return ""
    how = "renewed" if holding.is_renewed else "expired" if now >= holding.until else "expires"
    return f"{how} on {day_text(local_day(holding.until, program.zone))}"


def _tier_words(badge: Badge, tier: str) -> str:
    """Say what was earned: the tier, or what the badge counts where it has none."""
    if not tier:
        return "" if badge.earned_by is None else earned_words(badge.earned_by)
    return next((one.label for one in badge.tiers if one.id == tier), tier)


def earned_words(earned_by: EarnedBy) -> str:
    """Say what earns a badge without tiers."""
    target = earned_by.target or 1
    if earned_by.streak is not None:
        return f"{counted(target, earned_by.streak)} in a row"
    return counted(target, "point" if earned_by.points else "award")


def badges_table(
    holdings: Sequence[Holding],
    programs: Mapping[str, Program],
    people: Mapping[str, Person],
    now: int | None = None,
) -> Table:
    """Give badge awards as a plain table; moments in the program's zone."""
    rows = []
    for holding in holdings:
        one = holding.award
        program = programs.get(one.program)
        badge = next((badge for badge in _badges(programs, one.program) if badge.id == one.badge), None)
        when = moment_text(one.awarded, program.zone) if program else ""
        name, colour = (badge.name, badge.color) if badge else (one.badge, "")
        who = people[one.user].label
        answer = badge_answer(holding, now)
        challenge, period, tier = (answer.get(key) or "" for key in ("challenge", "period", "tier"))
        ends = moment_text(holding.expires, program.zone) if program else ""
        until = moment_text(holding.until, program.zone) if program else ""
        what = (one.program, one.badge, name, colour, who, when, challenge, period, one.reason)
        rows.append((*what, one.user, tier, ends, until))
    heads = ("program", "badge", "badge_name", "color", "name", "awarded", "challenge", "period", "reason", "user")
    return Table((*heads, "tier", "expires", "until"), rows)
