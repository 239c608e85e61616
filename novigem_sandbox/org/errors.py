"""How the sample org refuses: an exception with Salesforce's own error code and text."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - it reads better where it is raised
    """The sample org refuses a request. `code` is Salesforce's errorCode, `status` the HTTP status it answers with."""

    def __init__(self, code: str, message: str, *, status: int = 400, fields: tuple[str, ...] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """Give the JSON body, with its keys in the order in which Salesforce writes them."""
        if self.status == 404:  # noqa: PLR2004 - as recorded from a real org, a 404 names the code first
            return [{"errorCode": self.code, "message": self.message}]
        answer: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        return [answer if self.fields is None else answer | {"fields": list(self.fields)}]


def no_such_column(field: str, name: str) -> Refusal:
    """Refuse a field that a record of the object cannot have, or that may not be read."""
    return Refusal("INVALID_FIELD", f"No such column '{field}' on sobject of type {name}", fields=())


def not_found() -> Refusal:
    """Refuse an address or a record that does not exist."""
    return Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
