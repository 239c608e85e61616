"""The JSON answers: what a script reads. Their keys are a contract; they may grow, and what is there keeps its meaning.

Comes in: boards, rows, entries. Goes out: plain values.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import floor
from typing import Any

from novigem.engine.report import RunReport
from novigem.feed.source import Rejected
from novigem.leaderboards.averages import average
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry
from novigem.model.pause import Pause
from novigem.queries.board_types import Board, BoardRow
from novigem.queries.explain import ConditionAnswer, RuleAnswer
from novigem.queries.holdings import Holding
from novigem.queries.progress import ProgressAnswer
from novigem.views.words import goal_number, iso_text


def board_answer(board: Board, *, with_around: bool = False) -> dict[str, Any]:
    """Give a board; `around` holds the rows beside the user that was asked for."""
    answer: dict[str, Any] = {
        "board": board.board,
        "program": board.program,
        "period": {"start": iso_text(board.start), "end": iso_text(board.end)},
        "as_of": board.as_of,
        "status": board.status,
        "final_at": iso_text(board.final_at),
        "waits_for": list(board.waits_for),
        "closed_at": iso_text(board.closed),
        "digest": board.digest,
        "rows": [_board_row(row, board.ranks) for row in board.rows],
    }
    if board.apart:
        answer["apart"] = [_board_row(row, board.ranks) | {"rank": None} for row in board.apart]
    if board.is_shadow:
        answer["shadow"] = True
    if board.paused is not None:
        answer["paused"] = pause_answer(board.paused)
    if board.by == "percent":
        answer |= {"by": board.by, "absent": list(board.absent)}
    if board.fewer_first:
        answer["better"] = "lower"
    if board.by == "average":
        answer["by"] = board.by
    if with_around:
        answer["around"] = [_board_row(row, board.ranks) for row in board.around]
        # Said only where not all of them are told of.
        if board.sharing > max(Counter(row.rank for row in board.around).values(), default=0):
            answer["sharing"] = board.sharing
    return answer


def pause_answer(pause: Pause) -> dict[str, Any]:
    """Give a pause; `until` is null while nobody has said when it ends."""
    until = None if pause.is_open else iso_text(pause.end)
    return {"since": iso_text(pause.start), "until": until, "reason": pause.reason, "author": pause.author}


def _board_row(row: BoardRow, ranks: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "rank": row.rank,
        "team" if ranks == "teams" else "user": row.user,
        "name": row.name,
        "points": row.points,
        "entries": row.entries,
        "tie": row.tie,
        "pending": row.pending,
        # Said only of those who have left.
        **({"left": True} if row.left else {}),
    }
    if row.members is not None:
        answer |= {"members": goal_number(row.members), "average": average_number(row)}
    if row.value is not None and row.target is not None:
        percent = percent_number(row)
        answer |= {
            "points": None,
            "percent": percent,
            "value": goal_number(row.value),
            "target": goal_number(row.target),
        }
    return answer


def percent_number(row: BoardRow) -> float | None:
    """Give the percentage of a row to two decimals, never rounded up; None on a board by points."""
    return None if row.value is None or not row.target else (10_000 * row.value // row.target) / 100


def average_number(row: BoardRow) -> float | None:
    """Give the points per member of a row to two decimals, never rounded up; None on another board."""
    return None if row.members is None else floor(average(row.points, row.members) * 100) / 100


def progress_answer(row: ProgressAnswer) -> dict[str, Any]:
    """Give one user's progress in one challenge and period."""
    progress = row.progress
    answer: dict[str, Any] = {
        "user": progress.user,
        "challenge": progress.challenge,
        "period": progress.period or None,
        "value": goal_number(progress.value),
        "target": goal_number(progress.target),
        "completed_at": iso_text(progress.completed),
        "bonus": row.bonus,
        "badge": row.badge,
        "status": row.status,
    }
    if row.standing is not None:
        answer["standing"] = row.standing
    return answer


def badge_answer(holding: Holding, now: int | None = None) -> dict[str, Any]:
    """Give one time that somebody got a badge; `now` tells whether that has expired."""
    award, about = holding.award, holding.award.subject
    is_earned = about.kind == "badge"
    answer: dict[str, Any] = {
        "user": award.user,
        "badge": award.badge,
        "challenge": None if is_earned else about.id or None,
        "period": None if is_earned else award.step or None,
        "awarded_at": iso_text(award.awarded),
    }
    if about.team is not None:
        answer["team"] = about.team
    if is_earned:
        answer["tier"] = award.step or None
    if holding.expires is not None:
        answer |= {"expires_at": iso_text(holding.expires), "expired": now is not None and now >= holding.expires}
        if about.kind == "nothing":
            answer["reason"] = award.reason
    if holding.is_renewed:
        answer["renewed_at"] = iso_text(holding.until)
    return answer


def entry_answer(entry: Entry) -> dict[str, Any]:
    """Give one line of the ledger."""
    return {
        "entry": entry.number,
        "user": entry.user,
        "points": entry.points,
        "kind": str(entry.kind),
        "rule": entry.rule,
        "challenge": entry.challenge,
        "challenges": list(entry.challenges),
        "period": entry.period,
        "object": entry.object,
        "record": entry.record,
        "occurred_at": iso_text(entry.occurred),
        "recorded_at": iso_text(entry.recorded),
        "program": entry.program,
        "version": entry.version,
        "key": entry.key,
        "reverses": entry.reverses,
        "reason": entry.reason,
        "author": entry.author,
    }


def explain_answer(answer: RuleAnswer) -> dict[str, Any]:
    """Give one rule's verdict on one change; of a creation, whether its values are those of a later look."""
    seen: dict[str, Any] = {"as_first_seen": True} if answer.as_first_seen else {}
    if answer.made_so is not None:
        seen["made_so"] = condition_answer(answer.made_so)
    if answer.counted_on is not None:
        seen["counted_on"] = {"day": answer.counted_on.day.isoformat(), "timezone": answer.counted_on.zone}
    return seen | {
        "object": answer.object,
        "at": iso_text(answer.at),
        "kind": answer.kind,
        "by": answer.by,
        "confidence": answer.confidence,
        "program": answer.program,
        "rule": answer.rule,
        "verdict": answer.verdict,
        "reason": answer.reason,
        "user": answer.user,
        "points": answer.points,
        "entry": answer.entry,
        "challenges": list(answer.challenges),
        "conditions": [condition_answer(one) for one in answer.conditions],
    }


def condition_answer(one: ConditionAnswer) -> dict[str, Any]:
    """Give one condition and what it found."""
    return {
        "group": one.group,
        "field": one.field,
        "operator": one.operator,
        "expected": plain_value(one.expected),
        "old": one.old,
        "new": one.new,
        "old_known": one.old_known,
        "new_known": one.new_known,
        "result": one.result,
    }


def plain_value(value: Any) -> Any:
    """Give the value of an operator as JSON can hold it: a range of days becomes an object."""
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_none=True)
    return list(value) if isinstance(value, tuple) else value


def run_answer(report: RunReport, put_aside: Iterable[Rejected]) -> dict[str, Any]:
    """Give the report of a run; `put_aside` shows the first lines that could not be read.

    `uncounted` is there where awards add nothing to a sum, or not surely what was meant.
    """
    causes = {str(cause): count for cause, count in sorted(report.causes.items())}
    answer: dict[str, Any] = {
        "changes": report.changes,
        "new_changes": report.new_changes,
        "entries": report.entries,
        "points": report.points,
        "bonuses": report.bonuses,
        "badges": report.badges,
        "corrections": report.corrections,
        **({"corrections_by_cause": causes} if causes else {}),
        "rejected": report.rejected,
        "put_aside": [{"place": one.place, "reason": one.reason} for one in put_aside],
        "unknown": [
            {"program": program, "rule": rule, "count": count}
            for (program, rule), count in sorted(report.unknown.items())
        ],
        "blocked": [
            {"program": program, "rule": rule, "reason": str(reason), "count": count}
            for (program, rule, reason), count in sorted(report.blocked.items())
        ],
    }
    if report.uncounted:
        answer["uncounted"] = [
            {"program": program, "rule": rule, "reason": reason, "count": count}
            for (program, rule, reason), count in sorted(report.uncounted.items())
        ]
    return answer


def doctor_answer(checks: Sequence[tuple[str, Sequence[Discrepancy]]]) -> dict[str, Any]:
    """Give each check and the figures that differ."""
    keys = ("check", "program", "what", "kept", "proved")
    return {
        "checks": [
            {"check": name, "ok": not found, "problems": [{key: getattr(one, key) for key in keys} for one in found]}
            for name, found in checks
        ]
    }
