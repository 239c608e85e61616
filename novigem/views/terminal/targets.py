"""What `novigem targets` says: the `people` of a program to paste, and as comments what they rest on."""

from collections.abc import Iterator
from typing import Any

from novigem.model.entry import GOAL_UNIT
from novigem.planning.targets import TargetsProposal, proposed_people, target_number
from novigem.program.dump import dump_part
from novigem.views.words import clean, counted, day_text, number_text


def targets_text(proposal: TargetsProposal) -> str:
    """Give the text to paste into the program file."""
    parts = [list(one) for one in (_about(proposal), _reasons(proposal), _without(proposal))]
    lines = [f"# {line}".rstrip() for part in parts if part for line in (*part, "")]
    people = proposed_people(proposal)
    section = dump_part("people", people) if people else "# Nobody has anything to go by, so nothing is proposed.\n"
    return "\n".join(lines) + "\n" + section


def _about(proposal: TargetsProposal) -> Iterator[str]:
    yield f"Targets proposed for {clean(proposal.program.name)}"
    if proposal.since is None or proposal.until is None:
        yield "by the accounts that each person looks after, against the mean of all."
    else:
        since, until = day_text(proposal.since), day_text(proposal.until)
        yield f"by what each person did from {since} to {until}, under the rules of this program,"
        yield "for as many working days as the challenge has."
    if proposal.factor != 1:
        yield f"Times {float(proposal.factor):g}."
    fair = [one.id for one in proposal.program.challenges if one.fair]
    if fair:
        yield f"For full time, and scaled when they count, since the challenge is fair: {', '.join(fair)}."


def _reasons(proposal: TargetsProposal) -> Iterator[str]:
    for user, targets in proposal.people.items():
        parts = [
            f"{name} {number_text(target_number(one.target))} (from {_rests_on(proposal, one.rests_on)})"
            for name, one in targets.items()
        ]
        yield f"{_called(proposal, user)}: {', '.join(parts)}"


def _rests_on(proposal: TargetsProposal, figure: int) -> str:
    return counted(figure, "account") if proposal.since is None else number_text(figure / GOAL_UNIT)


def _without(proposal: TargetsProposal) -> Iterator[str]:
    if proposal.without:
        yield "Nothing to go by, so the target of the program holds for:"
        for user in proposal.without:
            yield f"  {_called(proposal, user)}"
    for name, reason in proposal.left_out.items():
        yield f"Nothing is proposed for {name}: {reason}."


def _called(proposal: TargetsProposal, user: str) -> str:
    person = proposal.known.get(user)
    if person is None:
        return user
    return clean(person.label if person.email is None else f"{person.label} ({person.email})")


def targets_answer(proposal: TargetsProposal) -> dict[str, Any]:
    """Give the proposal for a script."""

    def about(user: str) -> dict[str, Any]:
        person = proposal.known.get(user)
        return {"user": user, "name": person and person.name, "email": person and person.email}

    by_accounts = proposal.since is None
    return {
        "program": proposal.program.program,
        "by": "accounts" if by_accounts else "past",
        "since": None if proposal.since is None else proposal.since.isoformat(),
        "until": None if proposal.until is None else proposal.until.isoformat(),
        "factor": float(proposal.factor),
        "people": [
            about(user)
            | {
                "targets": {
                    name: {
                        "target": target_number(one.target),
                        "rests_on": one.rests_on if by_accounts else target_number(one.rests_on),
                    }
                    for name, one in targets.items()
                }
            }
            for user, targets in proposal.people.items()
        ],
        "without": [about(user) for user in proposal.without],
        "left_out": [{"challenge": name, "reason": reason} for name, reason in proposal.left_out.items()],
    }
