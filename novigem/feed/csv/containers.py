"""Opening an export: plain, or packed as gzip or in a zip. What is no CSV at all is refused by its name.

Nothing is unpacked to disk, and no name inside an archive is used as a path.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from novigem.errors import FeedError, MappingError

BUFFER_BYTES = 1 << 16
# A CSV shrinks to a tenth or a fiftieth. What grows a thousand times was made to fill a disk or a memory.
_MOST_TIMES = 200
_FREE_BYTES = 64_000_000
_MOST_BYTES = 16_000_000_000
_ENCRYPTED = 1
_MOST_NAMES = 10
_TAR_MARK = slice(257, 262)
_AS_CSV = "save or export it as CSV (UTF-8), and give that file."
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "an SQLite database"),
)
_MARKUP = (
    (b"<?mso-application", "an Excel workbook in XML"),
    (b"<html", "a table in HTML, which Salesforce names .xls"),
    (b"<table", "a table in HTML, which Salesforce names .xls"),
    (b"<!doctype html", "a page of HTML, not an export"),
    (b"<?xml", "XML"),
)
_WORKBOOKS = (
    ("xl/", "an Excel workbook (.xlsx)"),
    ("word/", "a Word document"),
    ("content.xml", "an OpenDocument file"),
)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Open the bytes of an export, unpacked. Raises MappingError for what is no CSV and what cannot be read."""
    try:
        with _buffered(io.FileIO(path)) as file:
            head = file.peek(BUFFER_BYTES)
            if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                with _of_zip(file, path) as unpacked:
                    yield _no_other_kind(unpacked, path)
            elif head.startswith(b"\x1f\x8b"):
                yield _no_other_kind(_limited(gzip.GzipFile(fileobj=file), path, path.stat().st_size), path)
            else:
                yield _no_other_kind(file, path)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise MappingError(f"{path} cannot be read: {error.strerror}", hint="check the path.") from error
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise MappingError(
            f"{path} is a damaged or unfinished archive ({error})", hint="copy or make the file again."
        ) from error
    except OSError as error:
        raise FeedError(f"{path} could not be read: {error.strerror or error}") from error


class _Limited(io.RawIOBase):
    """The bytes of an archive's member, read no further than an honest one goes."""

    def __init__(self, inner: BinaryIO, path: Path, packed: int) -> None:
        super().__init__()
        self._inner = inner
        self._path = path
        self._most = min(max(packed * _MOST_TIMES, _FREE_BYTES), _MOST_BYTES)
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        if self._read > self._most:
            raise MappingError(
                f"{self._path} unpacks to more than {self._most:,} bytes, far more than a CSV of its size",
                hint="unpack it yourself, look at it, and give the CSV.",
            )
        return len(data)


def _buffered(raw: io.RawIOBase) -> io.BufferedReader:
    return io.BufferedReader(raw, BUFFER_BYTES)


def _limited(inner: object, path: Path, packed: int) -> io.BufferedReader:
    return _buffered(_Limited(cast("BinaryIO", inner), path, packed))


@contextmanager
def _of_zip(file: io.BufferedReader, path: Path) -> Iterator[io.BufferedReader]:
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        names = [one.filename for one in members]
        for mark, kind in _WORKBOOKS:
            if any(name.startswith(mark) for name in names):
                raise MappingError(f"{path} is {kind}, not a CSV", hint=_AS_CSV)
        exports = [one for one in members if _is_export(one.filename)]
        if len(exports) != 1:
            raise MappingError(*_not_one(path, names, [one.filename for one in exports]))
        (member,) = exports
        if member.flag_bits & _ENCRYPTED:
            raise MappingError(f"{path} is encrypted", hint="unpack it with its password, and give the CSV.")
        try:
            with archive.open(member) as inner:
                yield _limited(inner, path, member.compress_size)
        except NotImplementedError as error:
            raise MappingError(
                f"{path} is packed in a way that is not known here", hint="unpack it, and give the CSV."
            ) from error


def _is_export(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return (
        not name.startswith("__MACOSX/")
        and not base.startswith(".")
        and base.lower().endswith((".csv", ".tsv", ".txt"))
    )


def _not_one(path: Path, names: list[str], exports: list[str]) -> tuple[str]:
    found = exports or names
    shown = ", ".join(_visible(name) for name in sorted(found)[:_MOST_NAMES]) + (
        ", …" if len(found) > _MOST_NAMES else ""
    )
    if not exports:
        return (f"{path} is a zip without a CSV in it; it holds: {shown or 'nothing'}\n  give the CSV itself.",)
    return (f"{path} holds {len(exports)} CSV files: {shown}\n  unpack it, and give one of them.",)


def _visible(name: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name[:100])


def _no_other_kind(file: io.BufferedReader, path: Path) -> io.BufferedReader:
    """Refuse what is no text, by its first bytes."""
    head = file.peek(BUFFER_BYTES)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise MappingError(f"{path} is {kind}, not a CSV", hint=_AS_CSV)
    if head[_TAR_MARK] == b"ustar":
        raise MappingError(f"{path} is a tar archive", hint="unpack it, and give the CSV.")
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise MappingError(f"{path} is an archive inside an archive", hint="unpack it, and give the CSV.")
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith(b"<"):
        for mark, kind in _MARKUP:
            if mark in text[:2000]:
                raise MappingError(f"{path} is {kind}, not a CSV", hint=_AS_CSV)
    return file
