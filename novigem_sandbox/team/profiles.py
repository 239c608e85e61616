"""Profiles: how much somebody does, at which hours and in which manner, and the six ways to cheat."""

from random import Random
from typing import Final, Literal, NamedTuple

Cheat = Literal["friday-minute", "instant-and-empty", "toggling", "splitting", "last-evening", "through-integration"]
_OFFICE_WEEK: Final = (1.05, 1.15, 1.05, 1.0, 0.75, 0.03, 0.02)


class Profile(NamedTuple):
    """The habits of one person.

    `pace` is the share of a usual day's work, `trend` what it is multiplied by at the end of the season (1 at its
    beginning, in between in proportion); with `weeks`, each week has a share of its own instead. `starts` and `hours`
    are the working day on the local clock; `rhythm` weighs the seven days from Monday. `signals`, `follow_ups` and
    `risks` weigh the behaviours that the playbook rewards.

    Honest habits that look like cheating: `tidies` is the share of days that end with work being ticked off one after
    the other, `mass_edits` the share of days with several (up to `largest_edit`) completed in one edit, `logs_after`
    how often a day something done is written down and completed at once, `unnamed` the share of work planned without a
    subject, `reopens` how often a day a finished record is opened again by mistake, `by_software` how often a day a
    mail tool completes something, `rush` what the last working day of the season is multiplied by. `finishes`
    weighs how much is completed one by one.

    Shares of edits: what was opened by mistake is `recloses`d, a next step is cleared (`clears_steps`), and a close
    date moves with the risk that is named (`moves_dates`). Beyond `most_open` tasks nobody plans more.
    """

    name: str
    pace: float = 1.0
    trend: float = 1.0
    weeks: tuple[float, ...] = ()
    starts: int = 8
    hours: int = 9
    rhythm: tuple[float, float, float, float, float, float, float] = _OFFICE_WEEK
    signals: float = 1.0
    follow_ups: float = 1.0
    risks: float = 1.0
    tidies: float = 0.12
    mass_edits: float = 0.03
    largest_edit: int = 8
    logs_after: float = 0.25
    unnamed: float = 0.02
    reopens: float = 0.06
    finishes: float = 1.0
    by_software: float = 0.12
    rush: float = 1.4
    recloses: float = 0.7
    clears_steps: float = 0.0
    moves_dates: float = 0.0
    most_open: int = 50
    cheat: Cheat | None = None

    def varied(self, random: Random) -> "Profile":
        """Give the habits of one person of this kind: a few have some of them much more than most."""

        def times(value: float, spread: float, most: float) -> float:
            return min(most, value * random.lognormvariate(0, spread))

        return self._replace(
            tidies=times(self.tidies, 0.5, 0.8),
            mass_edits=times(self.mass_edits, 0.8, 0.6),
            largest_edit=max(2, int(times(self.largest_edit, 0.5, 40))),
            logs_after=times(self.logs_after, 0.6, 8),
            unnamed=times(self.unnamed, 1.2, 0.6),
            reopens=times(self.reopens, 0.7, 1),
            by_software=times(self.by_software, 0.8, 2),
            rush=1 + random.expovariate(1 / (self.rush - 1)),
        )


HONEST: Final = (
    Profile("steady"),
    Profile("early bird", starts=6, hours=8, pace=1.1),
    Profile("evening worker", starts=11, hours=11, pace=0.9),
    Profile("sprinter", pace=1.5, trend=0.5),
    Profile("late bloomer", pace=0.6, trend=2.6),
    Profile("quiet", pace=0.45),
    Profile("signal finder", signals=1.8, follow_ups=0.7),
    Profile("risk teller", risks=1.9, signals=0.8),
    Profile("saves up", tidies=0.45, mass_edits=0.12, pace=0.9),
    Profile("writes down afterwards", logs_after=1.6, unnamed=0.05),
    Profile("works weekends", rhythm=(1.0, 1.0, 0.9, 0.9, 0.7, 0.4, 0.35)),
    Profile("four days", rhythm=(1.2, 1.2, 1.2, 1.2, 0.0, 0.0, 0.0)),
)

# Honest, and in their records not to be told from cheating: a flag is right to ask about them.
LOOKALIKES: Final = (
    Profile("clears the whole list in one edit", mass_edits=0.3, largest_edit=40, finishes=0.1, follow_ups=2.0),
    Profile("writes down a day of calls at once", logs_after=9.0, follow_ups=2.0, unnamed=0.05),
    Profile("never writes a subject", unnamed=1.0),
)

CHEATERS: Final = (
    Profile("completes all in one minute on Friday evening", cheat="friday-minute"),
    Profile("creates and completes within seconds, without a subject", cheat="instant-and-empty"),
    Profile("completes and reopens", cheat="toggling"),
    Profile("splits one deal into many", cheat="splitting"),
    Profile("does it all on the last evening", pace=0.7, cheat="last-evening"),
    Profile("works through the integration user", pace=0.7, cheat="through-integration"),
)
