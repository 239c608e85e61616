"""The answer of `novigem review --json`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from novigem.queries.review_types import FigureReview, Reading, Review, Stretch
from novigem.views.words import iso_text


def review_answer(review: Review, *, is_seen: Callable[[str], bool] = lambda _user: True) -> dict[str, Any]:
    """Give a review as JSON has it. Of people in evidence only those that `is_seen` allows are named."""
    book = review.book
    return {
        "program": review.program.program,
        "name": review.program.name,
        "read_until": iso_text(review.read_until),
        "periods": {name: _stretch(one) for name, one in review.stretches.items()},
        "figures": [_figure(one) for one in review.figures],
        "own_figures": not review.is_standard,
        "lateness": [one._asdict() for one in review.lateness],
        "effort": review.effort._asdict() | {"top_share": review.effort.top_share},
        "book": None if book is None else book._asdict() | {"share": book.touched / book.owned},
        "advice": [
            {"kind": one.kind}
            | {
                key: [user for user in value if is_seen(user)] if key == "users" else value
                for key, value in one.evidence.items()
            }
            for one in review.advice
        ],
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "first": stretch.first.isoformat(),
        "last": stretch.last.isoformat() if stretch.days else None,
        "days": stretch.days,
    }


def _figure(one: FigureReview) -> dict[str, Any]:
    figure = one.figure
    return {
        "id": figure.id,
        "name": figure.name,
        "kind": figure.kind,
        "known_since": None if one.known_since is None else one.known_since.isoformat(),
        "change": one.change,
    } | {name: _reading(reading) for name, reading in one.readings.items()}


def _reading(reading: Reading) -> dict[str, Any]:
    if not reading.is_read:
        return {"status": reading.status}
    told: dict[str, Any] = {
        "status": reading.status,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "share": reading.share,
        "bounds": reading.bounds,
        "unknown": reading.unknown,
        "beside": reading.beside,
    }
    if reading.sums:
        told["amounts"] = [
            {
                "currency": one.currency,
                "numerator": _number(one.numerator),
                "denominator": _number(one.denominator),
                "unknown": _number(one.unknown),
            }
            for one in reading.sums
        ]
    told["records"] = {
        verdict: [case.record for case in reading.cases if case.verdict == verdict]
        for verdict in ("yes", "no", "unknown")
    }
    return told


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
