"""Changes from a file or a stream of JSON lines, and back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from novigem.feed.jsonl.files import OpenStream, open_file, open_stream
from novigem.feed.jsonl.line_reader import FileCursor, LineReader, cursor_at, parse_position
from novigem.feed.jsonl.lines import LAST_MOMENT, ParsedLine, needs_care, read_difficult, read_ordinary
from novigem.feed.jsonl.people import person_as_user
from novigem.feed.source import PAGE_SIZE, Page, Rejected
from novigem.model.change import Change, change_body
from novigem.model.people import Person

_PAGE_BYTES = 8_000_000
# A day without a time may stand for its noon or its end, in a zone ahead of ours.
_AHEAD = timedelta(days=1)
_PEOPLE_PER_LINE = 1000  # keeps a header line far below the longest line that is read


class JsonLinesSource:
    """Changes from a file of JSON lines (plain or gzip) or from a binary stream such as `sys.stdin.buffer`.

    A line that cannot be read becomes a `Rejected` in its page and never ends the run. Memory stays flat whatever the
    size of the file. The position of a file names the bytes taken in; where those bytes have changed since, reading
    starts again from the beginning. A stream cannot be resumed: its positions are None.

    `name` is the identity of the source: `file:<absolute path>` or `stdin` unless given. `page_size` is the most
    lines a page takes. With a `clock`, changes dated more than a day ahead of it are put aside: they cannot have
    happened. Without one, every moment is taken as it stands.
    """

    def __init__(
        self,
        source: Path | str | BinaryIO,
        *,
        name: str | None = None,
        page_size: int = PAGE_SIZE,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if page_size < 1:
            raise ValueError("page_size must be at least 1")
        self._source = Path(source).absolute() if isinstance(source, str | Path) else source
        self.name = name or (f"file:{self._source}" if isinstance(self._source, Path) else "stdin")
        self._page_size = page_size
        self._clock = clock

    def pages(self, after: str | None = None) -> Iterator[Page]:
        """Yield the pages after a position (None: from the beginning).

        Raises InputError when the file is missing, not readable or no text; FeedError when reading fails later.
        """
        mark = parse_position(after)
        if mark is not None:
            with self._open() as opened:
                cursor = cursor_at(opened.read, mark) if opened.resumable else None
                if cursor is not None:
                    yield from self._pages(opened, cursor)
                    return
        with self._open() as opened:
            yield from self._pages(opened, FileCursor())

    def _open(self) -> AbstractContextManager[OpenStream]:
        if isinstance(self._source, Path):
            return open_file(self._source)
        return nullcontext(open_stream(self._source, self.name))

    def _pages(self, opened: OpenStream, cursor: FileCursor) -> Iterator[Page]:
        reader = LineReader(opened.read, cursor)
        draft = _Draft()
        start = cursor.offset
        for batch in reader.batches():
            rest = batch
            draft.latest = latest = LAST_MOMENT if self._clock is None else self._clock() + _AHEAD
            careful = needs_care(reader.text)
            while rest:
                room = self._page_size - draft.lines
                lines, rest = rest[:room], rest[room:]
                refused = draft.take(lines, reader.cursor.line + 1, careful=careful, cut=reader.unterminated)
                # A last line that cannot be read may be half written: leave it before the position, to be read again.
                if not (reader.unterminated and refused):
                    reader.done(lines)
                if draft.lines >= self._page_size or reader.cursor.offset - start >= _PAGE_BYTES:
                    yield self._page(draft, opened, reader.cursor)
                    draft, start = _Draft(latest), reader.cursor.offset
        if draft.lines:
            yield self._page(draft, opened, reader.cursor)

    def _page(self, draft: "_Draft", opened: OpenStream, cursor: FileCursor) -> Page:
        return Page(
            draft.changes,
            draft.people,
            draft.rejected,
            position=cursor.position() if opened.resumable else None,
            done=opened.consumed() if opened.consumed else cursor.offset,
            total=opened.size,
            verified=True,
        )


class _Draft:
    """A page that is being filled; `lines` counts every line, blank ones too. Nothing is dated after `latest`."""

    def __init__(self, latest: datetime = LAST_MOMENT) -> None:
        self.latest = latest
        self.changes: list[Change] = []
        self.people: list[Person] = []
        self.rejected: list[Rejected] = []
        self.lines = 0

    def take(self, lines: list[bytes], first: int, *, careful: bool, cut: bool) -> bool:
        """Read lines, the first of which has the number `first`; say whether any of them was rejected."""
        before = len(self.rejected)
        self.lines += len(lines)
        append, latest = self.changes.append, self.latest
        for number, line in enumerate(lines, first):
            change = None if careful else read_ordinary(line, latest)
            if change is None:
                self._add(read_difficult(line, number, cut=cut, latest=latest))
            else:
                append(change)
        return len(self.rejected) > before

    def _add(self, reading: ParsedLine) -> None:
        if reading.change is not None:
            self.changes.append(reading.change)
        self.people.extend(reading.people)
        self.rejected.extend(reading.rejected)


def write_changes(changes: Iterable[Change], people: Sequence[Person], stream: BinaryIO) -> int:
    """Write people (as header lines) and changes as JSON lines that `JsonLinesSource` reads back; give their number.

    The number counts changes only. Raises OSError where the stream does.
    """
    for start in range(0, len(people), _PEOPLE_PER_LINE):
        users = [person_as_user(person) for person in people[start : start + _PEOPLE_PER_LINE]]
        stream.write(msgspec.json.encode({"users": users}) + b"\n")
    count = 0
    for change in changes:
        stream.write(change_body(change) + b"\n")
        count += 1
    return count
