"""Signing in: the one page that somebody who is not signed in sees."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route


async def sign_in(_request: Request) -> Response:
    """Say how to sign in."""
    return HTMLResponse("<!doctype html><title>Sign in</title><p>Sign in</p>")


ROUTES = [Route("/sign-in", sign_in, name="sign_in")]
