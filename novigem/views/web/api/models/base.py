"""What all models of the API share, and what is told when something is wrong."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="ISO 8601, in UTC")]


class Answer(BaseModel):
    """Base of every answer: what is not described here is in none."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Answer):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(Answer):
    """What is wrong: problem details (RFC 9457), as `application/problem+json`."""

    type: str
    title: str
    status: int
    message: str = Field(description="what happened")
    hint: str | None = Field(description="the next step")
    code: str = Field(description="a name of the case that stays the same")
    fields: list[FieldProblem] | None = Field(default=None, description="what is wrong with which field; for 422 alone")
