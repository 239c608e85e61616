"""Links by mail, each for one use. What is answered, and when, does not tell whether anybody has the address."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from secrets import token_urlsafe
from threading import Thread

from novigem.errors import NovigemError, WorldError
from novigem.ledger.sql.sign_ins import Link
from novigem.ledger.sql.store import SqlStore
from novigem.views.web.signing.identity import NotLetIn, identity_of_email
from novigem.views.web.signing.sessions import digest_of
from novigem.views.web.signing.settings import WebSettings

#: How long a link holds.
MINUTES = 15
_MICROS = 60_000_000
_TOKEN_BYTES = 32
_WAIT_SECONDS = 15
_log = logging.getLogger("novigem.web")


def send_link(settings: WebSettings, store: SqlStore, email: str, *, now: int, address: Callable[[str], str]) -> bool:
    """Make a link for whoever has an address and mail it; tells whether anybody has. `address` makes it of a token.

    Raises WorldError where the mail server does not take it.
    """
    try:
        identity = identity_of_email(store, settings.roles, email, "mail")
    except NotLetIn:
        return False
    token = token_urlsafe(_TOKEN_BYTES)
    store.sign_ins().make_link(Link(digest_of(token), identity.user, identity.subject, now, now + MINUTES * _MICROS))
    _send(settings, _message(settings, identity.subject, address(token)))
    return True


def in_background(work: Callable[[], object]) -> Thread:
    """Do something beside the answer, which then takes as long for an address that nobody has."""

    def run() -> None:
        try:
            work()
        except NovigemError as error:
            _log.warning("no link was mailed: %s", error.message)

    thread = Thread(target=run, name="sign-in-mail", daemon=True)
    thread.start()
    return thread


def _message(settings: WebSettings, email: str, link: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = email
    message["Subject"] = f"Sign in to {settings.brand}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"Open this link to sign in to {settings.brand}:\n\n{link}\n\n"
        f"It works once, for {MINUTES} minutes. If you did not ask for it, leave it: nothing happens.\n"
    )
    return message


def _send(settings: WebSettings, message: EmailMessage) -> None:
    host, port = settings.smtp_host or "", settings.smtp_port
    secure = ssl.create_default_context()
    try:
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_WAIT_SECONDS, context=secure)
        else:
            server = smtplib.SMTP(host, port, timeout=_WAIT_SECONDS)
        with server:
            if settings.smtp_security == "starttls":
                server.starttls(context=secure)
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise WorldError(f"the mail server {host}:{port} did not take a mail: {type(error).__name__}") from error
