"""The screens of privacy: who is not listed, what an erasure rewrites, what was erased."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.text import Text

from novigem.model.people import Person
from novigem.model.redaction import Erasure
from novigem.views.terminal.layout import columns, next_step, quiet, screen, text
from novigem.views.words import clean, counted, iso_text, moment_text, number_text

_TABLES = {
    "novigem_badge_award": "badges",
    "novigem_change": "changes in the log",
    "novigem_claim": "claims of rules that remember",
    "novigem_closing": "final standings",
    "novigem_flag": "judged flags",
    "novigem_item": "things counted once",
    "novigem_join": "decisions about their users",
    "novigem_pause": "decisions to pause a program",
    "novigem_ledger": "ledger entries",
    "novigem_person": "people, with those they lead",
    "novigem_preference": "settings of the pages",
    "novigem_position": "positions of sources",
    "novigem_privacy": "wishes not to be listed",
    "novigem_program": "program texts",
    "novigem_progress": "progress in challenges",
    "novigem_rejected": "lines put aside",
    "novigem_report": "reports of syncs",
    "novigem_request": "requests and appeals",
    "novigem_session": "sessions of the pages",
    "novigem_sign_in_link": "links to sign in",
    "novigem_snapshot": "copies of records",
    "novigem_assignment": "teams they were in",
    "novigem_timeline": "notes on program versions",
    "novigem_total": "sums of boards",
}


def wishes_screen(
    opted_out: Mapping[str, int], erasures: Sequence[Erasure], people: Mapping[str, Person], zone: tzinfo
) -> RenderableType:
    """Draw who opted out, and that somebody was erased."""
    parts: list[RenderableType] = []
    if opted_out:
        table = columns(("Not listed", "fill"), ("Since", "left"))
        for user, moment in opted_out.items():
            table.add_row(text(people[user].label), Text(moment_text(moment, zone)))
        parts.append(table)
    else:
        parts.append(text("Everybody who has points is listed."))
    if erasures:
        table = columns(("Erasure", "right"), ("When", "left"), ("Rows", "right"), ("Why", "wrap"))
        for one in erasures:
            why = clean(one.reason) + (f" ({clean(one.author)})" if one.author else "")
            table.add_row(str(one.number), moment_text(one.moment, zone), number_text(_rows(one)), Text(why))
        parts.append(table)
    return screen(parts)


def _rows(erasure: Erasure) -> int:
    return sum(msgspec.json.decode(erasure.counts, type=dict[str, int]).values())


def wish_view(label: str, moment: int | None, zone: tzinfo) -> RenderableType:
    """Say whether somebody is listed."""
    if moment is None:
        return text(f"{label} is listed on every board that ranks them.")
    return text(f"{label} is listed on no board since {moment_text(moment, zone)}, and goes on earning.")


def preview_screen(label: str, counts: Mapping[str, int], command: str) -> RenderableType:
    """Draw what an erasure would rewrite, and how to go on."""
    table = columns(("Rows", "right"), ("What names them", "left"))
    for name, count in counts.items():
        table.add_row(number_text(count), text(_TABLES.get(name, name)))
    rows = counted(sum(counts.values()), "row")
    return screen(
        [
            text(f"{label} would be erased from {rows}. This cannot be undone."),
            table,
            text("Points, ranks and badges stay as they are, under a random id that leads to nobody."),
            quiet("Nothing has been done yet."),
            next_step(f"novigem privacy export {command} -o FILE.json", f"novigem privacy erase {command} … --yes"),
        ]
    )


def erased_screen(erasure: Erasure) -> RenderableType:
    """Say what an erasure did, and what is left for people to do."""
    return screen(
        [
            text(f"Erased from {counted(_rows(erasure), 'row')} (erasure {erasure.number})."),
            quiet(
                "Not reached from here: backups, exports, program files and files of changes. Look through them too."
            ),
            next_step("novigem doctor"),
        ]
    )


def is_written_anew(erasure: Erasure) -> bool:
    """Tell whether an erasure changed a digest that somebody may have noted."""
    return erasure.before is not None or erasure.closings != "[]"


def rewritten_view(erasure: Erasure, zone: tzinfo) -> Text:
    """Say what an erasure wrote anew: a seal or hash noted before it is found no more, and this is why."""
    lines = [f"Written anew by erasure {erasure.number}, {moment_text(erasure.moment, zone)}:"]
    if erasure.before and erasure.after:
        lines += [f"{erasure.before.hex()} became", erasure.after.hex()]
    for one in _resealed(erasure):
        what = " ".join(clean(one[name]) for name in ("program", "kind", "id", "period") if one[name])
        lines += [f"final standings of {what}:", f"{one['before']} became", one["after"]]
    return quiet("\n".join(lines))


def _resealed(erasure: Erasure) -> list[dict[str, str]]:
    return msgspec.json.decode(erasure.closings, type=list[dict[str, str]])


def rewritten_answer(erasure: Erasure) -> dict[str, Any]:
    """Give for a script what an erasure wrote anew: the journal, and final standings."""
    before, after = (digest.hex() if digest else None for digest in (erasure.before, erasure.after))
    answer = {"erasure": erasure.number, "at": iso_text(erasure.moment), "before": before, "after": after}
    return answer | {"closings": _resealed(erasure)}


def wish_answer(user: str, moment: int | None) -> dict[str, Any]:
    """Give whether somebody is listed."""
    return {"user": user, "listed": moment is None, "opted_out_at": iso_text(moment)}


def erasure_answer(erasure: Erasure) -> dict[str, Any]:
    """Give one erasure."""
    return {
        "erasure": erasure.number,
        "erased_at": iso_text(erasure.moment),
        "reason": erasure.reason,
        "author": erasure.author,
        "rows": msgspec.json.decode(erasure.counts),
    }
