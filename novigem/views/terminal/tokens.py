"""The screen and the answer of the API's tokens. What opens anything is in neither."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rich.console import RenderableType

from novigem.model.api_token import ApiToken
from novigem.model.change import from_micros
from novigem.model.people import Person
from novigem.views.terminal.layout import columns, next_step, screen, text, title
from novigem.views.words import Screen, counted, day_text, iso_text


def token_answer(one: ApiToken, now: int) -> dict[str, Any]:
    """Give a token for a script."""
    return {
        "id": one.id,
        "name": one.name,
        "user": one.user,
        "scopes": one.scopes.split(),
        "made_at": iso_text(one.made),
        "ends_at": iso_text(one.ends),
        "revoked_at": iso_text(one.revoked),
        "used_at": iso_text(one.used),
        "state": one.state(now),
    }


def tokens_screen(
    tokens: Sequence[ApiToken], people: Mapping[str, Person], now: int, zone: tzinfo, target: Screen
) -> RenderableType:
    """Draw the tokens, the oldest first."""
    if not tokens:
        step = "novigem token new NAME --user WHO --scope read:boards"
        return screen([text("There is no token of the API."), next_step(step, label="Make one:")])
    table = columns(
        ("Id", "left"), ("For", "fill"), ("Whose", "fill"), ("Opens", "wrap"), ("Until", "left"), ("Used", "left")
    )
    for one in tokens:
        state = one.state(now)
        told = _day(one.ends, zone) if state == "valid" else state
        used = _day(one.used, zone)
        table.add_row(*(text(cell) for cell in (one.id, one.name, people[one.user].label, one.scopes, told, used)))
    head = title(
        "Tokens of the API", [counted(len(tokens), "token"), f"times in {zone}"], separator=target.glyphs.point
    )
    return screen([head, table, next_step("novigem token revoke ID", label="To take one back:")])


def _day(at: int | None, zone: tzinfo) -> str:
    return "never" if at is None else day_text(from_micros(at).astimezone(zone).date())
