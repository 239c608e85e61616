"""Opening a file of changes: what can be refused is refused before the first line."""

import gzip
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from novigem.errors import FeedError, InputError

_PEEK_BYTES = 4096
_GZIP_MAGIC = b"\x1f\x8b"


class OpenStream(NamedTuple):
    """A stream of bytes that is open, and what a progress bar and a position need to know of it.

    `read` gives the next bytes. `size` is in bytes as stored (compressed, for a .gz), None where it is not known;
    `consumed` counts in the same unit. `resumable` is true for a plain file, false for pipes and streams.
    """

    read: Callable[[int], bytes]
    size: int | None
    consumed: Callable[[], int] | None
    resumable: bool


@contextmanager
def open_file(path: Path) -> Iterator[OpenStream]:
    """Open a file of JSON lines, plain or gzip. Raises InputError when it is not there or is no text."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _cannot_open(path, error) from error
    with file:
        state = path.stat()
        plain = stat.S_ISREG(state.st_mode)
        read = _peeked(file, str(path), gzip_allowed=True)
        size = state.st_size if plain else None
        yield OpenStream(read, size, file.tell if plain else None, plain)


def open_stream(stream: BinaryIO, name: str) -> OpenStream:
    """Take a binary stream such as standard input. Raises InputError when it does not begin like text."""
    return OpenStream(_peeked(stream, name, gzip_allowed=False), None, None, resumable=False)


def _peeked(stream: BinaryIO, name: str, *, gzip_allowed: bool) -> Callable[[int], bytes]:
    """Look at the first bytes without losing them (a pipe cannot be rewound) and give the way to read on."""
    whole = _Whole(stream, name)
    if whole.head.startswith(_GZIP_MAGIC):
        if not gzip_allowed:
            raise InputError(f"{name} is compressed with gzip", hint="unpack it on the way: gunzip -c FILE | novigem …")
        unpacked = gzip.GzipFile(fileobj=cast("BinaryIO", whole), mode="rb")
        return _peeked(cast("BinaryIO", unpacked), name, gzip_allowed=False)
    if b"\x00" in whole.head:
        raise InputError(
            f"{name} is not a text file (it begins with binary data)",
            hint="give a file of JSON lines in UTF-8; if a program saved it as UTF-16 or Unicode, save it as UTF-8.",
        )
    return whole.read


class _Whole:
    """A stream whose first bytes have been looked at, and whose failures are ours."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self.head = self._next(_PEEK_BYTES)

    def read(self, size: int) -> bytes:
        """Give up to `size` bytes; none at the end."""
        if not self.head:
            return self._next(size)
        part, self.head = self.head[:size], self.head[size:]
        return part

    def _next(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FeedError(
                f"{self._name} is a damaged or unfinished gzip file ({error})", hint="copy or make the file again."
            ) from error
        except OSError as error:
            raise FeedError(
                f"{self._name} could not be read any further: {error.strerror or error}",
                hint="what was read before is kept; run the same command again.",
            ) from error


def _cannot_open(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"there is no file {path}", hint="check the path, or give - to read standard input.")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{path} is a folder", hint="give one file of JSON lines.")
    if isinstance(error, PermissionError):
        return InputError(f"{path} may not be read", hint="ask for the right to read it, or copy it to your folder.")
    return InputError(f"{path} cannot be opened: {error.strerror or error}", hint="check the path.")
