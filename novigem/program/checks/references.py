"""Names that must exist, and must exist once."""

import re
from typing import Any

from novigem.model.guesses import advise, guess
from novigem.model.program import KNOWN_OBJECTS, Scope
from novigem.program.document import Path
from novigem.program.draft import Draft, Part
from novigem.program.words import counted, quoted

MODES = ("Record Owner", "Last Modified By", "Created By")
_LOOKUP = re.compile(r"(?:[A-Za-z][A-Za-z0-9_]*\.){0,5}[A-Za-z][A-Za-z0-9_]*(?:Id|__c)\Z")
_CUSTOM = re.compile(r"[A-Za-z][A-Za-z0-9_]*__c\Z")


def ids_are_unique(draft: Draft) -> None:
    """Refuse an id that its list has already."""
    for noun, parts in draft.named:
        first: dict[str, Part[Any]] = {}
        for part in parts:
            if not part.knows("id"):
                continue
            name = part.value.id
            earlier = first.setdefault(name, part)
            if earlier is not part:
                line = draft.document.spot(earlier.at("id")).line
                message = f'the id "{name}" is taken by the {noun} in line {line}'
                draft.note(part.at("id"), "NV303", message, "give each its own id")


def earlier_ids_are_free(draft: Draft) -> None:
    """Refuse an earlier id that another part of the list bears, or claims as well."""
    for noun, parts in draft.named:
        _earlier_ids_are_free(draft, noun, [(part.value, part.path) for part in parts if part.knows("id", "was")])
    for badge in draft.badges:
        if badge.knows("tiers"):
            tiers = [(one, badge.at("tiers", number)) for number, one in enumerate(badge.value.tiers)]
            _earlier_ids_are_free(draft, "tier", tiers)


def _earlier_ids_are_free(draft: Draft, noun: str, parts: list[tuple[Any, Path]]) -> None:
    borne = {part.id: part for part, _path in parts}
    claimed: dict[str, Any] = {}
    for part, path in parts:
        # What changes no score needs no earlier id.
        if getattr(part, "was", None) is None:
            continue
        if part.was in borne:
            other = "its own id" if borne[part.was] is part else f"the id of a {noun} of this program"
            message, hint = f'"{part.was}" is {other}', "name the id it had before, which nothing bears any more"
        elif claimed.setdefault(part.was, part) is not part:
            message, hint = f'"{part.was}" is what {claimed[part.was].id} was too', f"one {noun} goes on as it"
        else:
            continue
        draft.note((*path, "was"), "NV316", message, hint)


def rules_link_to_challenges(draft: Draft) -> None:
    """Refuse a rule whose challenge the file does not declare."""
    for part in draft.rules:
        for number, name in enumerate(part.value.challenges if part.knows("challenge") else ()):
            is_list = isinstance(part.value.challenge, tuple)
            _challenge_exists(draft, name, part.at("challenge", number) if is_list else part.at("challenge"))


def _challenge_exists(draft: Draft, name: str, path: Path) -> None:
    if name not in draft.challenge_ids and "challenges" not in draft.unreadable:
        hint = advise(name, draft.challenge_ids, intro="challenges") or "declare it under `challenges`"
        draft.note(path, "NV301", f'there is no challenge "{name}" in this program', hint)


def completions_give_known_badges(draft: Draft) -> None:
    """Refuse a completion whose badge the file does not declare."""
    for part in draft.challenges:
        badge = part.value.completion.badge
        if badge is None or badge in draft.badge_ids or "badges" in draft.unreadable or not part.knows("completion"):
            continue
        hint = advise(badge, draft.badge_ids, intro="badges") or "declare it under `badges`"
        draft.note(part.at("completion", "badge"), "NV302", f'there is no badge "{badge}" in this program', hint)


def boards_have_one_scope(draft: Draft) -> None:
    """Refuse a scope without exactly one key, or with a challenge the file does not declare."""
    for part in draft.boards:
        scope = part.value.scope
        if not isinstance(scope, Scope) or not part.knows("scope"):
            continue
        given = [name for name in Scope.model_fields if getattr(scope, name) is not None]
        if len(given) != 1:
            message = f"a scope has exactly one key; found {counted(len(given), 'key')}"
            draft.note(part.at("scope"), "NV213", message, "keep one of: challenge, role, manager")
        if scope.challenge is not None:
            _challenge_exists(draft, scope.challenge, part.at("scope", "challenge"))


def objects_are_known(draft: Draft) -> None:
    """Refuse objects that are neither standard nor custom (`__c`)."""
    for rule in draft.rules:
        if rule.knows("object"):
            _object_exists(draft, rule.value.object, rule.at("object"), KNOWN_OBJECTS)
    for part in (*draft.figures, *(one for one in draft.figure_conditions if "touch" in one.path)):
        if part.knows("object"):
            at = part.path[:-1] if "touch" in part.path else part.path
            _object_exists(draft, part.value.object, (*at, "object"), KNOWN_OBJECTS)
    for part in draft.challenges:
        goal = part.value.goal
        if not part.knows("goal"):
            continue
        if goal.object is not None:
            _object_exists(draft, goal.object, part.at("goal", "object"), KNOWN_OBJECTS)
        if goal.count not in (None, "rules"):
            _object_exists(draft, str(goal.count), part.at("goal", "count"), ("rules", *KNOWN_OBJECTS))


def _object_exists(draft: Draft, name: str, path: Path, allowed: tuple[str, ...]) -> None:
    if name not in allowed and not _CUSTOM.match(name):
        hint = f"{advise(name, allowed, intro='known')}; custom objects end in __c"
        draft.note(path, "NV305", f"the object {quoted(name)} is not known", hint)


def recipients_are_known(draft: Draft) -> None:
    """Refuse an Award Points To that is no mode, no lookup to User, and not registered."""
    for part in draft.rules:
        if part.knows("award_points_to"):
            _recipient_is_known(draft, part.value.award_points_to, part.at("award_points_to"))
        for number, one in enumerate(part.value.share if part.knows("share") else ()):
            _recipient_is_known(draft, one.to, part.at("share", number, "to"))


def _recipient_is_known(draft: Draft, name: str, path: Path) -> None:
    if name in MODES or _LOOKUP.match(name) or draft.registry.recipient(name):
        return
    modes = (*MODES, *(one for one, _choose in draft.registry.recipients))
    meant = guess(name, modes) or guess(f"record {name}", modes)
    hint = f"did you mean `{meant}`?\n" if meant else ""
    hint += f"allowed: {', '.join(modes)}, or the API name of a lookup to User such as Account.OwnerId or CSM__c"
    draft.note(path, "NV306", f"points cannot be awarded to {quoted(name)}", hint)
