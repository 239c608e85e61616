"""Bytes to lines: large blocks, flat memory, and a running digest that proves where we are."""

import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from novigem.feed.jsonl.lines import MAX_LINE_BYTES

BLOCK_BYTES = 1_000_000


class FilePosition(NamedTuple):
    """A place in a file as written in a position: `line` line ends and `offset` bytes lie before it."""

    line: int
    offset: int
    digest: str


class FileCursor:
    """How far a file has been taken in. The digest covers every byte before `offset`."""

    def __init__(self) -> None:
        self.line = 0
        self.offset = 0
        self._hash = blake2b(digest_size=16)

    @property
    def digest(self) -> str:
        """The digest of every byte before this place."""
        return self._hash.hexdigest()

    def fork(self) -> "FileCursor":
        """Give a cursor at the same place that moves on its own."""
        other = FileCursor()
        other.line, other.offset, other._hash = self.line, self.offset, self._hash.copy()
        return other

    def move(self, data: bytes | memoryview, line_ends: int) -> None:
        """Go past `data`, which holds `line_ends` line ends."""
        self._hash.update(data)
        self.offset += len(data)
        self.line += line_ends

    def position(self) -> str:
        """Give the place as text; `parse_position` reads it."""
        return json.dumps({"line": self.line, "offset": self.offset, "digest": self.digest})


def parse_position(text: str | None) -> FilePosition | None:
    """Give the place a position names; None if it is not one of ours (then reading starts at the beginning)."""
    try:
        tree = json.loads(text or "null")
        position = FilePosition(int(tree["line"]), int(tree["offset"]), str(tree["digest"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return position if position.line >= 0 and position.offset >= 0 else None


def cursor_at(read: Callable[[int], bytes], position: FilePosition) -> FileCursor | None:
    """Read up to a mark and give the cursor there; None if the bytes before it are not the ones that were read."""
    cursor = FileCursor()
    while cursor.offset < position.offset:
        block = read(min(BLOCK_BYTES, position.offset - cursor.offset))
        if not block:
            return None
        cursor.move(block, 0)
    cursor.line = position.line
    return cursor if cursor.digest == position.digest else None


class LineReader:
    """Yields the lines of a stream in batches; the caller says which of them are done.

    A line longer than MAX_LINE_BYTES is read past; only its beginning (still longer than the limit) is yielded. The
    last line may lack its line end: `unterminated` is then true while its batch is handled. `text` holds the bytes of
    the batch, and perhaps the beginning of the next line.
    """

    def __init__(self, read: Callable[[int], bytes], cursor: FileCursor) -> None:
        self.cursor = cursor
        self.unterminated = False
        self._read = read
        self.text = b""
        self._taken = 0
        self._past_long_line: FileCursor | None = None

    def batches(self) -> Iterator[list[bytes]]:
        """Yield the lines without their line ends. Raises OSError where the stream does."""
        tail = b""
        while block := self._read(BLOCK_BYTES):
            data = tail + block
            while True:
                end = data.rfind(b"\n") + 1
                tail = data[end:]
                if end:
                    yield self._lines(data)
                if len(tail) <= MAX_LINE_BYTES:
                    break
                data = self._skip(tail)
                self.text = tail
                yield [tail]
                self._past_long_line = None
        if tail:
            self.unterminated = True
            self.text, self._taken = tail, 0
            yield [tail]

    def done(self, lines: Sequence[bytes]) -> None:
        """Move the cursor past the next lines of the current batch."""
        if self._past_long_line is not None:
            self.cursor = self._past_long_line
            return
        line_ends = 0 if self.unterminated else len(lines)
        size = sum(map(len, lines)) + line_ends
        self.cursor.move(memoryview(self.text)[self._taken : self._taken + size], line_ends)
        self._taken += size

    def _lines(self, data: bytes) -> list[bytes]:
        self.text, self._taken = data, 0
        lines = data.split(b"\n")
        lines.pop()
        return lines

    def _skip(self, head: bytes) -> bytes:
        """Read to the end of a line that is too long, keeping nothing of it; give what was read beyond it."""
        ahead = self.cursor.fork()
        ahead.move(head, 0)
        while block := self._read(BLOCK_BYTES):
            end = block.find(b"\n") + 1
            if end:
                ahead.move(block[:end], 1)
                self._past_long_line = ahead
                return block[end:]
            ahead.move(block, 0)
        self.unterminated = True
        return b""
