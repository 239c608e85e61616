"""What is wrong, as problem details (RFC 9457): a message, the next step, a code. Never a stack trace."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from novigem.errors import InputError, NovigemError, UnknownName, WorldError
from novigem.views.tables import json_text

MEDIA_TYPE = "application/problem+json"


class Refused(InputError):  # noqa: N818 - as LeaseLost
    """A request that is not answered, whatever it asks for: `status` says how that is told."""

    def __init__(self, status: HTTPStatus, message: str, *, hint: str, code: str, wait_seconds: int = 0) -> None:
        super().__init__(message, hint=hint, code=code)
        self.status = status
        self.wait_seconds = wait_seconds


def add_handlers(api: FastAPI) -> None:
    """Let every error of an application be told in the one form."""
    api.add_exception_handler(NovigemError, _told)
    api.add_exception_handler(RequestValidationError, _told_invalid)
    api.add_exception_handler(HTTPException, _told_plainly)


async def _told(_request: Request, error: Exception) -> Response:
    if isinstance(error, Refused):
        headers = {"WWW-Authenticate": "Bearer"} if error.status is HTTPStatus.UNAUTHORIZED else {}
        if error.wait_seconds:
            headers["Retry-After"] = str(error.wait_seconds)
        return problem(error.status, error.message, error.hint, error.code or "refused", headers=headers)
    if isinstance(error, UnknownName):
        return problem(HTTPStatus.NOT_FOUND, error.message, error.hint, error.code or "not-here")
    if isinstance(error, InputError):
        return problem(HTTPStatus.BAD_REQUEST, error.message, error.hint, error.code or "wrong-input")
    if isinstance(error, WorldError):
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.message, error.hint, error.code or "unavailable")
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, str(error), None, "mistake")


def our_mistake() -> Refused:
    """Give what is told of a mistake of ours: the log has the details, the answer none."""
    return Refused(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "something inside novigem went wrong",
        hint="this is our mistake, not yours: please report it",
        code="mistake",
    )


async def _told_invalid(_request: Request, error: Exception) -> Response:
    """Tell what is wrong with the parts of a request: one message for each field."""
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    fields = {".".join(str(one) for one in each["loc"][1:]): str(each["msg"]) for each in found}
    named = ", ".join(fields)
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"the request is not as it should be: {named}",
        "see what each field may be in openapi.json",
        "invalid",
        fields=[{"field": name, "message": message} for name, message in fields.items()],
    )


async def _told_plainly(_request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    headers = getattr(error, "headers", None)
    if status is HTTPStatus.NOT_FOUND:
        return problem(status, "there is nothing here", "see openapi.json", "not-here", headers=headers)
    return problem(status, status.description or status.phrase, "see openapi.json", "refused", headers=headers)


def problem(
    status: HTTPStatus, message: str, hint: str | None, code: str, *, headers: Any = None, **more: Any
) -> Response:
    """Give an answer that says what is wrong."""
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "message": message}
    told = json_text(body | {"hint": hint, "code": code} | more)
    return Response(told.encode("utf-8", "replace"), status_code=status, media_type=MEDIA_TYPE, headers=headers)
