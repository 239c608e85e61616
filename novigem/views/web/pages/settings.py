"""Settings: how the pages look for me, what others see of me, and where I am signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from starlette.responses import RedirectResponse, Response

from novigem.access.table import What
from novigem.engine.bookkeeping import keep_listing
from novigem.errors import InputError
from novigem.ledger.sql.sign_ins import Session, SignIns
from novigem.model.change import to_micros
from novigem.queries.visibility import opted_out_since
from novigem.views.translating import N_
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.signing.agents import short_agent
from novigem.views.web.signing.signing import Signing
from novigem.views.web.visit import NotHere, Visit

#: What can be chosen, by name: values with their words. The empty value takes back what was set.
CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "theme": (("", N_("As the device")), ("light", N_("Light")), ("dark", N_("Dark"))),
    "motion": (("", N_("As the device")), ("off", N_("Off"))),
    "period": (
        ("", N_("As the board says")),
        ("week", N_("This week")),
        ("month", N_("This month")),
        ("program", N_("The whole season")),
        ("all", N_("All time")),
    ),
    "language": (("", N_("As the browser")), ("en", "English"), ("de", "Deutsch"), ("es", "Español")),
}  # fmt: skip - one choice a line
#: What was done, as the page says it after it came back; by a word in the address.
_DONE = {
    "saved": N_("Saved."),
    "hidden": N_("From now on no board lists you."),
    "listed": N_("The boards list you again."),
    "ended": N_("Signed out there."),
}


@dataclass(frozen=True)
class SettingsView:
    """What the page shows beside the choices."""

    zones: tuple[str, ...]
    opted_out: int | None
    sessions: tuple[Session, ...]
    here: bytes | None
    can_sign_out: bool
    done: str | None


def settings(visit: Visit) -> Response:
    """Show what can be set."""
    signing = visit.site.sign_in
    session = signing.sessions.session(visit.request, visit.store) if isinstance(signing, Signing) else None
    sessions = visit.store.sign_ins().sessions(_users(visit), to_micros(visit.now)) if visit.user else []
    view = SettingsView(
        zones=tuple(sorted(one for one in available_timezones() if "/" in one and not one.startswith("Etc/"))),
        opted_out=opted_out_since(visit.store, visit.user) if visit.user else None,
        sessions=tuple(sessions),
        here=session and session.digest,
        can_sign_out=session is not None,
        done=_DONE.get(visit.query("done") or ""),
    )
    return render(visit, "settings.html", view=view, choices=CHOICES, short_agent=short_agent)


def save_settings(visit: Visit) -> Response:
    """Keep what was chosen."""
    user = _own(visit)
    allowed = {name: {value for value, _words in values} for name, values in CHOICES.items()}
    allowed["zone"] = available_timezones() | {""}
    chosen = {name: visit.form[name] for name in allowed if name in visit.form}
    for name, value in chosen.items():
        if value not in allowed[name]:
            raise InputError(f"{value[:60]!r} cannot be chosen as {name}", hint="choose one of those on the page")
    SignIns(visit.site.engine).prefer(user, chosen)
    return _back(visit, "saved")


def save_listing(visit: Visit) -> Response:
    """Note whether boards list whoever asks; it is the engine's own way, as `novigem privacy opt-out`."""
    user, wish = _own(visit), visit.form.get("listed")
    if wish not in ("yes", "no"):
        raise InputError("it is not said whether you want to be listed", hint="use the button on the page")
    since = opted_out_since(visit.store, user)
    if (wish == "yes") is (since is not None):
        with visit.site.writing() as store:
            keep_listing(store, user, None if wish == "yes" else to_micros(visit.now))
    return _back(visit, "listed" if wish == "yes" else "hidden")


def end_sessions(visit: Visit) -> Response:
    """End one session of one's own, or all of them."""
    users, rows, now = _users(visit), SignIns(visit.site.engine), to_micros(visit.now)
    _own(visit)
    if visit.form.get("all"):
        rows.end_all(users, now)
    else:
        try:
            digest = bytes.fromhex(visit.form.get("session", ""))
        except ValueError as error:
            raise NotHere("there is nothing here", hint="see the start page") from error
        if not rows.end(digest, users, now):
            raise NotHere("there is nothing here", hint="see the start page")
    return _back(visit, "ended")


def _own(visit: Visit) -> str:
    if visit.user is None:
        raise InputError("settings are kept for people of the org", hint="choose as whom you look first")
    visit.need(What.SETTINGS, visit.user)
    return visit.user


def _users(visit: Visit) -> tuple[str, ...]:
    """Give every user of whoever looks."""
    return () if visit.user is None else visit.store.joins().group(visit.user)


def _back(visit: Visit, done: str) -> Response:
    return RedirectResponse(f"{visit.request.url_for('settings').path}?done={done}", status_code=303)


ROUTES = [
    page("/settings", settings, What.SETTINGS),
    page("/settings", save_settings, What.SETTINGS, methods=("POST",)),
    page("/settings/listing", save_listing, What.SETTINGS, methods=("POST",)),
    page("/settings/sessions", end_sessions, What.SETTINGS, methods=("POST",)),
]
