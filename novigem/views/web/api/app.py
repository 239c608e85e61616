"""The API as a FastAPI application, to be mounted at /api: it needs no start of its own."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from novigem import __version__
from novigem.views.web.api.door import Rate
from novigem.views.web.api.models.base import Problem
from novigem.views.web.api.problems import MEDIA_TYPE, add_handlers
from novigem.views.web.api.routes import boards, ledger, operator, people, programs, progress
from novigem.views.web.site import Site

_ABOUT = """
The nouns of the pages as JSON, with the bodies that the commands print for `--json`. Send a token of
`novigem token new` as `Authorization: Bearer TOKEN`, never in an address; whoever is signed in to the pages may ask
from them as well. What somebody may not see is answered as what does not exist. Keys may be added to answers; those
that are there keep their meaning.
"""
_ERRORS = {400: "wrong input", 401: "nobody is signed in", 403: "the token does not open this", 404: "not here",
           422: "a field is not as it should be", 429: "too many requests", 503: "the database fails"}  # fmt: skip
_ROUTERS = (boards, ledger, people, progress, programs, operator)


class _Api(FastAPI):
    """An application whose errors are described as what they are."""

    def openapi(self) -> dict[str, Any]:
        """Give the description of the API."""
        told = super().openapi()
        for operation in (one for path in told["paths"].values() for one in path.values()):
            for status, answer in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in answer["content"]:
                    answer["content"] = {MEDIA_TYPE: answer["content"].pop("application/json")}
        return told


def create_api(site: Site) -> FastAPI:
    """Give the API of a site."""
    api = _described()
    api.state.site = site
    api.state.rate = Rate(site.api_rate)
    if site.api_origins:
        # Without credentials: other hosts may send a token, and never the cookie of a session.
        api.add_middleware(
            CORSMiddleware, allow_origins=list(site.api_origins), allow_methods=["GET"], allow_headers=["Authorization"]
        )
    return api


def describe() -> dict[str, Any]:
    """Give the OpenAPI of the API, whatever site it belongs to."""
    return _described().openapi()


def _described() -> FastAPI:
    api = _Api(
        title="Novigem",
        description=_ABOUT,
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,
    )
    add_handlers(api)
    told: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": words} for status, words in _ERRORS.items()
    }
    version = APIRouter(prefix="/v1", responses=told)
    for one in _ROUTERS:
        version.include_router(one.router)
    api.include_router(version)
    return api
