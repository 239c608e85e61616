"""The pages and the API for somebody's own application: the public names of what `novigem.views.web` holds.

    create_app   the pages and the API of a site, as an ASGI application that mounts anywhere
    Site         the database, who may come in, the clock
    SignIn       what finds out who looks: an object of yours with one method
    Reader       who looks: a user, and their roles
    Role         what somebody is
    Scope        what a token of the API opens

Needs the extra `web`.
"""

from novigem.access.roles import Reader, Role, Scope
from novigem.views.web.app import create_app
from novigem.views.web.site import SignIn, Site

__all__ = ["Reader", "Role", "Scope", "SignIn", "Site", "create_app"]
