"""A row of progress against the one that the ledger leads to, of a person or of a team."""

from collections.abc import Iterator

from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Progress, ProgressKey


def progress_differs(
    key: ProgressKey, kept: Progress | None, proved: Progress | None, *, whole: bool
) -> Iterator[Discrepancy]:
    """Yield that a row is not what it should be; None stands for no row.

    What was counted must always agree. The target, and the moment it was reached, may be those of an earlier version of
    the program or of what was known of the person then: only `whole` holds them to what they would be now.
    """
    if _figures(kept, whole=whole) != _figures(proved, whole=whole) or not _agree_when(kept, proved):
        yield Discrepancy("/".join(key[1:]), *_texts(kept, proved), key.program)


def _agree_when(kept: Progress | None, proved: Progress | None) -> bool:
    """Tell whether a row knows when its value was reached; one that moved in no newer database does not."""
    return kept is None or proved is None or kept.reached in (None, proved.reached)


def _figures(row: Progress | None, *, whole: bool) -> tuple[int | None, ...] | None:
    if row is None:
        return None
    return (row.value, row.entries, row.last, row.first, *((row.target, row.completed) if whole else ()))


def _texts(kept: Progress | None, proved: Progress | None) -> tuple[str, str]:
    if kept is None or proved is None or kept.value != proved.value:
        return ("none" if kept is None else str(kept.value), "none" if proved is None else str(proved.value))
    names = ("entries", "first", "last", "target", "completed", "reached")
    name = next(name for name in names if getattr(kept, name) != getattr(proved, name))
    return (f"{name} {getattr(kept, name)}", str(getattr(proved, name)))
