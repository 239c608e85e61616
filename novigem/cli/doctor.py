"""`novigem doctor`: proves every figure that is kept against the ledger, and the ledger against the changes.

With `--org`, our copies of the records too, against the org itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.repair import repair_sums, repairs
from novigem.audit.doctor.seals import find_seal, seal_digits
from novigem.cli.connecting import TargetOrgOption, connected, org_settings
from novigem.cli.context import Context, reading
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import InputError, OrgError
from novigem.feed.salesforce.audit import Audit
from novigem.feed.salesforce.org import FieldGone
from novigem.model.discrepancy import Discrepancy
from novigem.sync.verify import AuditPlan, plan_audit, run_audit
from novigem.views.json.answers import doctor_answer
from novigem.views.tables import json_text
from novigem.views.terminal.doctor import (
    check_screen,
    repair_answer,
    repair_note,
    repair_note_answer,
    repair_view,
    seal_answer,
    seal_view,
    sealed_view,
)
from novigem.views.terminal.layout import GOOD, next_step, quiet
from novigem.views.terminal.orgs import audit_answer, audit_view
from novigem.views.terminal.privacy import is_written_anew, rewritten_answer, rewritten_view
from novigem.views.words import Screen, counted

_DIFFERS = 1


def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="First write sums of boards that differ anew from the ledger.")
    ] = False,
    org: Annotated[
        bool, typer.Option("--org", help="Also hold our copies of records against the org. Only reads.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=1, help="With --org: N records of each object, by lot.")
    ] = None,
    seal: Annotated[
        str | None,
        typer.Option("--seal", metavar="HEX", help="Also prove that the ledger goes on from a seal noted earlier."),
    ] = None,
    target_org: TargetOrgOption = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove every figure: boards, progress, badges against the ledger, and the ledger against the changes.

    Ends with exit code 1 when a figure differs.
    """
    wants_org = org or target_org is not None
    if sample is not None and not wants_org:
        raise InputError("--sample is for --org", hint="compare some records with: novigem doctor --org --sample 200")
    if seal is not None:
        seal_digits(seal)
    if wants_org:
        org_settings(target_org)  # what is missing is said before the figures are proved
    with reading(db) as context:
        target = screen_of(console())
        answer = _repaired(context, target, as_json=as_json) if repair else {}
        found = _proved(context, target, as_json=as_json)
        entries = context.store.entry_count()
        differing = sorted({name for name, problems in found if problems})
        if not as_json:
            _close(differing, entries, repair=repair)
        answer |= doctor_answer(found) | _seals(context, seal, as_json=as_json)
        audits: list[Audit] = []
        if wants_org:
            answer["org"] = _held_against_org(context, target_org, sample, audits, target, as_json=as_json)
    if as_json:
        write([json_text(answer)])
    if differing or answer.get("goes_on_from", answer) is None or any(one.findings for one in audits):
        raise typer.Exit(_DIFFERS)


def _repaired(context: Context, target: Screen, *, as_json: bool) -> dict[str, Any]:
    """Write sums that differ anew where the ledger proves them, and say which; gives the answer for a script."""
    repaired = repair_sums(context.store, context.programs, now=datetime.now(UTC))
    if not as_json:
        show(repair_view(repaired, target))
    return {"repaired": repair_answer(repaired)}


def _proved(context: Context, target: Screen, *, as_json: bool) -> list[tuple[str, list[Discrepancy]]]:
    found: list[tuple[str, list[Discrepancy]]] = []
    for name, problems in examine(context.store, context.programs):
        found.append((name, problems))
        if not as_json:
            show(check_screen(name, problems, target))
    return found


def _close(differing: Sequence[str], entries: int, *, repair: bool) -> None:
    show(Text(""))
    if not differing:
        show(Text(f"Every figure follows from {counted(entries, 'ledger entry', 'ledger entries')}.", style=GOOD))
    elif "journal" in differing:
        show(quiet("The database was changed from outside: keep a copy, and find out who may write to this database."))
    elif differing == ["totals"] and not repair:
        show(next_step("novigem doctor --repair"))
    else:
        show(quiet("Keep a copy of the database and report this; the ledger itself was not changed."))


def _seals(context: Context, noted: str | None, *, as_json: bool) -> dict[str, Any]:
    """Give the newest seal, and what is known of one that was noted: None where the ledger does not hold it."""
    newest = context.store.newest_batch()
    if newest is not None and not newest.last:
        newest = None  # nothing was paid yet
    anew = [one for one in context.store.erasures() if is_written_anew(one)]
    if newest is not None and not as_json:
        show(seal_view(newest, context.zone))
        for one in anew:
            show(rewritten_view(one, context.zone))
    mended = list(repairs(context.store))
    for repair in () if as_json else mended:
        show(repair_note(repair, context.zone))
    answer: dict[str, Any] = {"written_anew": [rewritten_answer(one) for one in anew]} if anew else {}
    answer |= {"repairs": [repair_note_answer(one) for one in mended]} if mended else {}
    if noted is None:
        return {"seal": seal_answer(newest)} | answer
    found = find_seal(context.store, noted)
    if not as_json:
        show(sealed_view(found, newest, context.zone))
    return {"seal": seal_answer(newest), "goes_on_from": seal_answer(found)} | answer


def _held_against_org(
    context: Context, target_org: str | None, sample: int | None, audits: list[Audit], target: Screen, *, as_json: bool
) -> dict[str, Any]:
    """Compare the copies with the org, object by object, into `audits`; gives the answer for a script."""
    share = org_settings(target_org).budget_share
    with connected(target_org) as connection:
        plan = plan_audit(connection, context.store, context.programs.values(), sample=sample, share=share)
        _announce(plan, connection.host)
        if not as_json:
            show(Text(""))
        try:
            for audit in run_audit(connection, context.store, plan):
                audits.append(audit)
                if not as_json:
                    show(audit_view(audit, target))
        except FieldGone as error:
            raise OrgError(error.message, hint="somebody took a field away just now; run this again") from error
        if not as_json:
            _close_org(audits)
        return {
            "id": connection.id,
            "host": connection.host,
            "calls": connection.calls,
            "notes": list(plan.notes),
            "objects": [audit_answer(one) for one in audits],
        }


def _announce(plan: AuditPlan, host: str) -> None:
    what = f"{counted(plan.records, 'record')} of {counted(len(plan.parts), 'object')}"
    show(quiet(f"Comparing {what} with {host}: about {counted(plan.calls, 'API call')}."), to_errors=True)
    for note in plan.notes:
        show(quiet(note), to_errors=True)


def _close_org(audits: Sequence[Audit]) -> None:
    show(Text(""))
    if not any(one.findings for one in audits):
        show(Text("Every record that was compared is as the org says, or will be after the next sync.", style=GOOD))
        return
    if any(one.missed or one.unknown for one in audits):
        show(quiet("Nothing should be missed or without a copy: please report it. What is, is put right by:"))
        show(quiet("  novigem sync PROGRAM --reread"))
    if any(one.hidden for one in audits):
        show(quiet("What is not visible was purged or hidden from the sync's user: look at sharing and View All Data."))


command = new_command(
    doctor,
    [
        "novigem doctor",
        "novigem doctor --repair",
        "novigem doctor --seal 9f2c61d07be84a35",
        "novigem doctor --org",
        "novigem doctor --org --sample 200",
    ],
)
