"""Signing in and out: the one page that somebody who is not signed in sees."""

from functools import partial
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from novigem.access.table import What
from novigem.errors import InputError, NovigemError
from novigem.ledger.sql.sign_ins import SignIns
from novigem.model.change import to_micros
from novigem.views.translating import N_
from novigem.views.web.no_login import COOKIE, NoLogin
from novigem.views.web.render import render
from novigem.views.web.routing import open_page, own_page, page
from novigem.views.web.signing.identity import Identity, NotLetIn
from novigem.views.web.signing.limiting import peer_of
from novigem.views.web.signing.mail import MINUTES, in_background, send_link
from novigem.views.web.signing.provider import Pending
from novigem.views.web.signing.sessions import cookie_name, digest_of, set_cookie
from novigem.views.web.signing.signing import Signing
from novigem.views.web.site import Site
from novigem.views.web.visit import NotHere, Visit

#: How long somebody may take at the provider, in seconds.
_PENDING_SECONDS = 600
_MICROS = 1_000_000
_TOO_OFTEN = N_("Too many tries. Wait a minute and try again.")
_AGAIN = "start again from the sign-in page"


def sign_in(visit: Visit) -> Response:
    """Say which ways there are."""
    return _card(visit)


def start(visit: Visit) -> Response:
    """Send somebody to the provider."""
    signing = _signing(visit, "provider")
    if not signing.limits.may_try(peer_of(visit.request, signing.settings)):
        return _card(visit, told=_TOO_OFTEN, status=429)
    try:
        address, pending = signing.provider.start(
            _absolute(visit, "sign_in_callback"), own_page(visit.request, visit.query("next"))
        )
    except NovigemError as error:
        return _refused(visit, error)
    response = RedirectResponse(address, status_code=303)
    kept = _signer(visit).dumps(list(pending))
    set_cookie(response, signing.settings, "pending", str(kept), seconds=_PENDING_SECONDS)
    return response


def callback(visit: Visit) -> Response:
    """Let in whoever comes back from the provider, once."""
    signing = _signing(visit, "provider")
    try:
        pending = _pending(visit, signing)
        identity = signing.provider.finish(
            _absolute(visit, "sign_in_callback"),
            pending,
            dict(visit.request.query_params),
            visit.store,
            _now(visit) // _MICROS,
        )
    except NovigemError as error:
        response = _refused(visit, error)
        response.delete_cookie(cookie_name(signing.settings, "pending"), path="/")
        return response
    response = _let_in(visit, signing, identity, pending.next)
    response.delete_cookie(cookie_name(signing.settings, "pending"), path="/", secure=signing.settings.is_secure)
    return response


def _pending(visit: Visit, signing: Signing) -> Pending:
    """Give the sign-in that was begun in this browser, and use it up. Raises NotLetIn."""
    kept = visit.request.cookies.get(cookie_name(signing.settings, "pending"), "")
    try:
        pending = Pending(*_signer(visit).loads(kept, max_age=_PENDING_SECONDS))
    except (BadData, TypeError) as error:
        raise NotLetIn("this sign-in was not begun in this browser, or too long ago", hint=_AGAIN) from error
    if visit.query("state") != pending.state:
        raise NotLetIn("this answer belongs to another sign-in", hint=_AGAIN)
    now = _now(visit)
    if not _rows(visit).use_once(digest_of(pending.state), now, now + _PENDING_SECONDS * _MICROS):
        raise NotLetIn("this sign-in has been used already", hint=_AGAIN)
    return pending


def mail_link(visit: Visit) -> Response:
    """Mail a link. The answer is the same whether or not anybody has the address."""
    signing = _signing(visit, "mail")
    email = visit.form.get("email", "").strip()
    if not _is_address(email):
        return _card(visit, told=N_("That is not an e-mail address."), status=400)
    peer = peer_of(visit.request, signing.settings)
    if not signing.limits.may_try(peer):
        return _card(visit, told=_TOO_OFTEN, status=429)
    if signing.limits.may_mail(email):
        signing.mailing = in_background(partial(_mail, visit.site, signing, email, _now(visit), _link_form(visit)))
    return render(visit, "sign_in_mailed.html", email=email, minutes=MINUTES)


def _mail(site: Site, signing: Signing, email: str, now: int, form: str) -> None:
    with site.writing() as store:
        send_link(signing.settings, store, email, now=now, address=lambda token: form.replace("TOKEN", token))


def _link_form(visit: Visit) -> str:
    return _absolute(visit, "sign_in_link", token="TOKEN")  # noqa: S106 - its place


def sign_in_link(visit: Visit) -> Response:
    """Ask whoever opened a link whether they mean it: scanners of mail open links too, and press no button."""
    signing = _signing(visit, "mail")
    token = visit.request.path_params["token"]
    found = visit.store.sign_ins().link(digest_of(token), _now(visit))
    if found is None:
        return _refused(visit, _used_up())
    if visit.request.method != "POST":
        response = render(visit, "sign_in_link.html", email=found.subject)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    used = _rows(visit).use_link(found.digest, _now(visit))
    if used is None:
        return _refused(visit, _used_up())
    return _let_in(visit, signing, Identity(used.user, used.subject, "mail"), None)


def _used_up() -> NotLetIn:
    return NotLetIn("this link has been used, or is too old", hint="ask for a new one on the sign-in page")


def sign_out(visit: Visit) -> Response:
    """End the session of this browser."""
    response = RedirectResponse(visit.request.url_for("sign_in").path, status_code=303)
    signing = visit.site.sign_in
    if isinstance(signing, Signing):
        signing.sessions.close(visit.request, response)
    elif isinstance(signing, NoLogin):
        response.delete_cookie(COOKIE, path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def look_as(visit: Visit) -> Response:
    """Without login: choose as whom one looks."""
    if not isinstance(visit.site.sign_in, NoLogin):
        raise NotHere("there is nothing here", hint="see the start page")
    response = RedirectResponse(own_page(visit.request, visit.form.get("next")), status_code=303)
    chosen = visit.form.get("user", "")
    if chosen:
        response.set_cookie(COOKIE, visit.person(chosen).id, path="/", httponly=True, samesite="lax")
    else:
        response.delete_cookie(COOKIE, path="/")
    return response


def _card(visit: Visit, *, told: str | None = None, hint: str | None = None, status: int = 200) -> Response:
    signing = visit.site.sign_in
    people = visit.store.everybody() if isinstance(signing, NoLogin) else []
    people = [one for one in people if one.active and one.person == one.id]
    return render(
        visit,
        "sign_in.html",
        status=status,
        ways=signing.settings.ways if isinstance(signing, Signing) else (),
        provider=signing.settings.provider if isinstance(signing, Signing) else None,
        host=urlsplit(signing.settings.issuer or "").hostname if isinstance(signing, Signing) else None,
        is_open=isinstance(signing, NoLogin),
        people=sorted(people, key=lambda one: one.label.casefold()),
        next=own_page(visit.request, visit.query("next") or visit.form.get("next")),
        told=told,
        hint=hint,
    )


def _refused(visit: Visit, error: NovigemError) -> Response:
    """Say why somebody was not let in, on the page where they can try again."""
    status = 403 if isinstance(error, InputError) else 503
    return _card(visit, told=error.message[:1].upper() + error.message[1:], hint=error.hint, status=status)


def _let_in(visit: Visit, signing: Signing, identity: Identity, wanted: str | None) -> Response:
    response = RedirectResponse(own_page(visit.request, wanted), status_code=303)
    signing.sessions.open(visit.request, response, identity)
    return response


def _signing(visit: Visit, way: str) -> Signing:
    """Give how people sign in, where a way is set up. Raises NotHere."""
    signing = visit.site.sign_in
    if not isinstance(signing, Signing) or way not in signing.settings.ways:
        raise NotHere("there is nothing here", hint="see the start page")
    return signing


def _absolute(visit: Visit, name: str, **parts: str) -> str:
    """Give the whole address of a page of ours, as the provider or a mail needs it."""
    request: Request = visit.request
    path = request.url_for(name, **parts).path
    return f"{visit.site.settings.origin or request.url.scheme + '://' + request.url.netloc}{path}"


def _signer(visit: Visit) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(visit.site.secret("web-pending"), salt="pending")


def _rows(visit: Visit) -> SignIns:
    return SignIns(visit.site.engine)


def _now(visit: Visit) -> int:
    return to_micros(visit.now)


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and len(text) <= 254 and text.isprintable() and " " not in text  # noqa: PLR2004


ROUTES = [
    open_page("/sign-in", sign_in, name="sign_in"),
    open_page("/sign-in/start", start, name="sign_in_start"),
    open_page("/sign-in/callback", callback, name="sign_in_callback"),
    open_page("/sign-in/mail", mail_link, methods=("POST",), name="sign_in_mail"),
    open_page("/sign-in/link/{token}", sign_in_link, methods=("GET", "POST"), name="sign_in_link"),
    open_page("/sign-in/as", look_as, methods=("POST",), name="look_as"),
    page("/sign-out", sign_out, What.SETTINGS, methods=("POST",), name="sign_out"),
]
