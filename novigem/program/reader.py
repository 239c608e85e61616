"""YAML to plain data with places: safe against hostile files, and told apart from what other YAML tools would guess.

Works on parser events with a stack of its own. No node is built from a tag, nothing recurses, and nothing is expanded.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from novigem.model.signs import Sign
from novigem.program import scalars, syntax
from novigem.program.document import Document, Path, Spot

MOST_BYTES: Final = 1_000_000
DEEPEST: Final = 40
_SEPARATOR: Final = re.compile("[\x85\u2028\u2029]")

# libyaml where PyYAML was built with it; the pure parser gives the same events.
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FIRST: Final = Spot(1, 1)
_NO_KEY: Final = object()
_DROPPED_KEY: Final = object()


def read(raw: bytes | str, name: str, *, kept: bool = False) -> Document:
    """Read a program text. Never raises: what is wrong stands in the document's findings.

    `readable` of the result is false where no data could be made of the text. `kept` is a text that was accepted once.
    """
    text = _decode(raw, name)
    if isinstance(text, Document):
        return text
    document = Document(name, text, kept=kept)
    separator = _SEPARATOR.search(text)
    if separator is not None and not kept:
        # YAML ends the line here, and editors do not: whatever follows is read otherwise than it looks.
        message = f"{Sign(0, separator[0]).told}, which editors do not show, ends the line"
        return _refuse(
            document,
            "NV116",
            message,
            "remove it, and begin a new line if one is meant",
            _end(text[: separator.start()]),
        )
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=_FAST):
            builder.take(event)
            if not document.readable or document.full:
                break
    except yaml.YAMLError as error:
        document.readable = False
        code, spot, message, hint = syntax.explain(text, document.lines, error)
        document.add(code, spot, message, hint)
    document.data = builder.root
    if document.readable and document.data is None and not document.failed:
        _refuse(document, "NV102", "the file holds no program", "begin with `program: <id>` and `name: <title>`")
    return document


def _refuse(document: Document, code: str, message: str, hint: str, spot: Spot = FIRST) -> Document:
    document.add(code, spot, message, hint)
    document.readable = False
    return document


def _decode(raw: bytes | str, name: str) -> str | Document:
    """Give the text, or the document that says why there is none."""
    blank = Document(name, "")
    size = len(raw)
    if size > MOST_BYTES:
        hint = f"a program may have {MOST_BYTES:,} bytes; is this the right file?"
        return _refuse(blank, "NV101", f"the file is too large: {size:,} bytes", hint)
    again = "save it as UTF-8 text"
    if isinstance(raw, str):
        text = raw
    else:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return _refuse(blank, "NV101", "the file is UTF-16 text, not UTF-8", again)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"the file is not UTF-8 text: byte {error.start} is 0x{raw[error.start]:02x}"
            return _refuse(blank, "NV101", message, again, _end(raw[: error.start].decode("utf-8")))
    text = text.removeprefix("\ufeff")
    bad = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if bad is not None:
        message = f"the file is not text: it holds the control character U+{ord(bad.group()):04X}"
        return _refuse(blank, "NV101", message, again, _end(text[: bad.start()]))
    return text


def _end(text: str) -> Spot:
    """Give the place behind a text."""
    lines = Document("", text).lines
    return Spot(len(lines), len(lines[-1]) + 1)


@dataclass(slots=True)
class _Frame:
    """A list or mapping being filled. `path` is None where its content is thrown away."""

    content: list[Any] | dict[str, Any]
    path: Path | None
    is_key: bool = False
    key: Any = field(default=_NO_KEY)


class _Builder:
    """Turns events into data, one at a time."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Any = None
        self.stack: list[_Frame] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_decorations(event)
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._check_decorations(event)
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._begin(event)

    def _begin(self, event: yaml.Event) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "keep one program a file; remove the line `---` and what belongs to the other"
            _refuse(self.document, "NV109", "a second document begins here", hint, _spot(event))

    def _check_decorations(self, event: Any) -> None:
        if event.anchor is not None:
            hint = "write the values out where they are needed"
            self.document.add("NV106", _spot(event), f"the anchor `&{event.anchor}` is not accepted", hint)
        if event.tag is not None:
            hint = "remove it; a program holds plain values only"
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.document.add("NV107", _spot(event), f"the tag `{tag[:40]}` is not accepted", hint)

    def _alias(self, event: yaml.AliasEvent) -> None:
        hint = "write the values out here; or quote it if it is text that begins with `*`"
        self.document.add("NV106", _spot(event), f"the alias `*{event.anchor}` is not accepted", hint)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.content, dict) and frame.key is _NO_KEY:
            frame.key = _DROPPED_KEY
        else:
            self._put(None, _spot(event), spoilt=True)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self.stack) >= DEEPEST:
            hint = f"a program nests at most {DEEPEST} deep; is a bracket left open?"
            _refuse(self.document, "NV108", "the nesting is too deep", hint, _spot(event))
            return
        content: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.content, dict) and frame.key is _NO_KEY:
            hint = "a key is one word; quote it if the text begins with `{` or `[`"
            if frame.path is not None:
                self.document.add("NV112", _spot(event), "a list or mapping cannot be a key", hint)
            self.stack.append(_Frame(content, None, is_key=True))
            return
        path = self._put(content, _spot(event), spoilt=event.tag is not None)
        self.stack.append(_Frame(content, path))

    def _close(self) -> None:
        if self.stack.pop().is_key:
            self.stack[-1].key = _DROPPED_KEY

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self.stack[-1] if self.stack else None
        spot = _spot(event)
        quoted = bool(event.style) or event.tag is not None
        meaning = scalars.Scalar(event.value) if quoted else scalars.resolve(event.value)
        if frame is not None and isinstance(frame.content, dict) and frame.key is _NO_KEY:
            self._key(frame, event.value, meaning, spot)
            return
        if meaning.code is not None:
            self.document.add(meaning.code, spot, meaning.problem, meaning.hint)
        self._put(meaning.value, spot, spoilt=meaning.code is not None or event.tag is not None)

    def _key(self, frame: _Frame, word: str, meaning: scalars.Scalar, spot: Spot) -> None:
        content = frame.content
        path = None if frame.path is None else (*frame.path, word)
        frame.key = word
        if word == "<<":
            hint = "write the values out where they are needed"
            self.document.add("NV106", spot, "the merge key `<<` is not accepted", hint)
            self.document.partial.add(frame.path or ())
            frame.key = _DROPPED_KEY
        elif word in content:
            first = self.document.keys.get(path or (), spot)
            message = f"the key `{word}` is repeated; it stands in line {first.line} already"
            self.document.add("NV105", spot, message, "keep one of the two")
            frame.key = _DROPPED_KEY
        elif meaning.code is not None:
            self.document.add(meaning.code, spot, meaning.problem.replace("`", "the key `", 1), meaning.hint)
            self._spoil(path)
        elif not isinstance(meaning.value, str):
            problem = f"the key `{word}` is not text" if word else "there is no key before the colon"
            self.document.add("NV112", spot, problem, f'quote it: "{word}"' if word else "write `key: value`")
            self._spoil(path)
        if frame.key is not _DROPPED_KEY and path is not None:
            self.document.keys[path] = spot

    def _spoil(self, path: Path | None) -> None:
        if path is not None:
            self.document.spoilt.add(path)

    def _put(self, value: Any, spot: Spot, *, spoilt: bool = False) -> Path | None:
        """Put a value where it belongs and give its path; None where it is thrown away."""
        if not self.stack:
            self.root = value
            path: Path | None = ()
        else:
            path = self._put_into(self.stack[-1], value)
        if path is not None:
            self.document.values[path] = spot
            if spoilt:
                self._spoil(path)
        return path

    @staticmethod
    def _put_into(frame: _Frame, value: Any) -> Path | None:
        if isinstance(frame.content, list):
            frame.content.append(value)
            return None if frame.path is None else (*frame.path, len(frame.content) - 1)
        key, frame.key = frame.key, _NO_KEY
        if key is _DROPPED_KEY:
            return None
        frame.content[key] = value
        return None if frame.path is None else (*frame.path, key)


def _spot(event: Any) -> Spot:
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Spot(start.line + 1, start.column + 1, max(1, length))
