"""The redactor: what stands for people who were erased, wherever they are named again.

Erased people are known by suppressions alone: keyed digests of their ids, e-mail addresses and names. What comes in
later can be told to name one of them, and is read as if the erasure had come first. With it, nothing is kept that
says who they were; whoever holds the database and a list of everybody who may be meant could still try each of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from novigem.model.change import Change, change_body, change_digest
from novigem.model.ids import id18
from novigem.model.people import USER_PREFIX, Person, is_user
from novigem.model.text import one_form

#: The secret of a database under which suppressions are made.
SUPPRESSIONS = "marks"

_ID15, _ID18 = 15, 18
_MARK_BYTES = 16
_TOKEN_BYTES = 4
_SHORT = 80
_ID = re.compile(rf"(?=({USER_PREFIX}[A-Za-z0-9]{{12}}))")
# Scripts that are written without blanks: there every sign is a word of its own.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
# An accent that stands as a sign of its own belongs to the letter before it.
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_]|[\u0300-\u036f])+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_MAIL = re.compile(r"[^\s@<>()\[\]{},;:\"|/\\=&?]+@[^\s@<>()\[\]{},;:\"|/\\=&?]+")
_ASCII_MAIL = re.compile(r"[a-zA-Z0-9.!#$%'*+^_`{}~-]+@[a-zA-Z0-9.-]+")
_MAIL_END = ".!'*_-"
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


class Suppression(NamedTuple):
    """By what an erased person is known again: a keyed digest, of how many words (0: an id or an e-mail address).

    `user` is the random id that stands for the person.
    """

    mark: bytes
    words: int
    user: str


class Erasure(NamedTuple):
    """That somebody was erased: never who. `moment` is in microseconds since 1970 UTC.

    `counts` is a JSON text: how many rows of each table named the person. `before` and `after` are the last digest of
    the journal as it was and as it was written anew; None where the journal named nobody. `closings` is a JSON text:
    the final standings that named the person, each with its hash before and after.
    """

    number: int
    moment: int
    reason: str
    author: str | None
    counts: str
    before: bytes | None = None
    after: bytes | None = None
    closings: str = "[]"


def suppressions_of(key: bytes, user: str, person: str, names: Iterable[str] = ()) -> list[Suppression]:
    """Give the suppressions by which a person is known again: of the id, and of every name and e-mail address.

    `user` is the id that stands for the person from now on.
    """
    suppressions = {_digest(key, "id", id18(person)): 0}
    for name in names:
        words = _words(name)
        if "@" in name:
            suppressions[_digest(key, "mail", _plain(name.strip()))] = 0
        elif words:
            suppressions[_digest(key, "name", " ".join(words))] = len(words)
    return [Suppression(mark, count, user) for mark, count in suppressions.items()]


def hints_of(person: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Give texts of which every row that names a person holds one, in small letters; none where that is not sure."""
    words = [max(re.findall("[a-z0-9]+", name.split("@")[0].lower()), key=len, default="") for name in names]
    if not all(words) or not "".join(names).isascii():
        return ()
    return (id18(person)[:_ID15].lower(), *words)


class Redactor:
    """Knows erased people by their suppressions. False where nobody is erased.

    `hints` are what `hints_of` gives, while it is still known whom it hides: a row without any of them is passed over.
    """

    def __init__(self, key: bytes, suppressions: Mapping[bytes, Suppression], hints: tuple[str, ...] = ()) -> None:
        self.suppressions = dict(suppressions)
        self._key = key
        self._hints = hints
        self._lengths = sorted({one.words for one in self.suppressions.values() if one.words}, reverse=True)
        # The same few people, words and addresses come again and again.
        self._user_of = lru_cache(20_000)(self._look_up)
        self._value_of = lru_cache(20_000)(partial(self._redacted, whole_only=True))

    def __bool__(self) -> bool:
        """Tell whether anybody is erased."""
        return bool(self.suppressions)

    def _look_up(self, kind: str, text: str) -> str | None:
        found = self.suppressions.get(_digest(self._key, kind, text))
        return None if found is None else found.user

    def may_name(self, texts: Iterable[str]) -> bool:
        """Tell quickly whether texts may name somebody; only looking closer tells whether they do."""
        if not self._hints:
            return True
        text = "\n".join(texts)
        # What is written in another way, such as a letter by its number, is looked at closely.
        if not text.isascii() or "\\" in text:
            return True
        text = text.lower()
        return any(hint in text for hint in self._hints)

    def user(self, user: str) -> str:
        """Give the id that stands for a user: another one for somebody who was erased, of the same length."""
        if not self.suppressions or not is_user(user):
            return user
        try:
            found = self._user_of("id", id18(user))
        except ValueError:
            return user
        return user if found is None else found[: len(user)]

    def person(self, text: str) -> str:
        """Give the id that stands for the person a whole text names by id, e-mail or name; else the text itself."""
        if not self.suppressions:
            return text
        found = self.user(text)
        if found == text:
            words = _words(text)
            mail = self._user_of("mail", _plain(text.strip())) if "@" in text else None
            found = mail or self._named(words, 0, len(words)) or text
        return found

    def ids(self, text: str) -> str:
        """Give a text with the ids of erased people replaced, wherever they stand in it."""
        if not self.suppressions or USER_PREFIX not in text:
            return text
        parts, done = [], 0
        for match in _ID.finditer(text):
            start, short = match.start(), match[1]
            user = self._user_of("id", id18(short)) if start >= done else None
            if user is not None:
                length = _ID18 if text.startswith(id18(short), start) else _ID15
                parts += [text[done:start], user[:length]]
                done = start + length
        return "".join([*parts, text[done:]]) if parts else text

    def text(self, text: str) -> str:
        """Give a text in words without the ids, addresses and names of erased people."""
        if not self.suppressions:
            return text
        redacted = self._redacted(text, whole_only=False)
        if "\\" in text:
            # JSON inside a text may write a letter as its number.
            plain = _ESCAPED.sub(_unescaped, text)
            if (again := self._redacted(plain, whole_only=False)) != plain:
                return again
        return redacted

    def addresses(self, text: str) -> str:
        """Give a text with each address of an erased person replaced by the id that stands for them."""

        def named(match: re.Match[str]) -> str:
            address = match[0].strip(_MAIL_END)
            return match[0].replace(address, self.person(address)) if address else match[0]

        return _MAIL.sub(named, text) if self.suppressions else text

    def value(self, value: Any) -> Any:
        """Give a value of a record without erased people; the same object where it names none of them.

        A name of one word is taken for a name only where the value is that word: `Mark` is a name, `Mark as done` is
        not.
        """
        if isinstance(value, str):
            if not self.suppressions:
                return value
            # Short values come again and again; long ones would only fill the memory.
            redacted = self._value_of(value) if len(value) <= _SHORT else self._redacted(value, whole_only=True)
            # What was kept of an equal text is another object.
            return value if redacted == value else redacted
        if isinstance(value, dict):
            made = {key: self.value(one) for key, one in value.items()}
            return made if any(made[key] is not one for key, one in value.items()) else value
        if isinstance(value, (list, tuple)):
            some = [self.value(one) for one in value]
            return type(value)(some) if any(new is not old for new, old in zip(some, value, strict=True)) else value
        return value

    def values(self, text: str) -> str:
        """Give the values of a copy of a record, a canonical JSON text, without erased people."""
        if not self.suppressions:
            return text
        values = _decode(text)
        redacted = self.value(values)
        return text if redacted is values else _encode(redacted).decode()

    def change(self, change: Change) -> Change:
        """Give a change that names no erased person; it stays the same change, by the digest it came with."""
        if not self.suppressions:
            return change
        new, old = self.value(change.new), self.value(change.old)
        record, by, into = self.user(change.id), change.by and self.user(change.by), change.into
        if new is change.new and old is change.old and (record, by) == (change.id, change.by):
            return change
        came_as = change.came_as or change_digest(change_body(change)).hex()
        return msgspec.structs.replace(change, id=record, new=new, old=old, by=by, into=into, came_as=came_as)

    def told(self, person: Person) -> Person:
        """Give what may be kept of what was told of a person: of an erased one neither name nor address."""
        user, manager = self.user(person.id), person.manager and self.user(person.manager)
        if user != person.id:
            return msgspec.structs.replace(person, id=user, name=None, email=None, manager=manager)
        return person if manager == person.manager else msgspec.structs.replace(person, manager=manager)

    def _redacted(self, text: str, *, whole_only: bool) -> str:
        redacted = self.ids(text)
        if "@" in redacted:
            redacted = _MAIL.sub(self._mail, redacted)
        return self._without_names(redacted, whole_only=whole_only) if self._lengths else redacted

    def _mail(self, match: re.Match[str]) -> str:
        address = match[0].strip(_MAIL_END)
        if address and self._user_of("mail", _plain(address)) is not None:
            return match[0].replace(address, self._token(address))
        # Where words are written without blanks, an address may stand right beside them.
        return match[0] if match[0].isascii() else _ASCII_MAIL.sub(self._mail, match[0])

    def _without_names(self, text: str, *, whole_only: bool) -> str:
        if text.isascii():
            # Nearly every text: told quickly that it holds no name.
            words = _ASCII_WORD.findall(text.lower())
            if not any(self._length_at(words, place, whole_only=whole_only) for place in range(len(words))):
                return text
        as_written, text = text, one_form(text)
        found = list(_WORD.finditer(text))
        words = [_plain(one[0]) for one in found]
        parts, done, place = [], 0, 0
        while place < len(words):
            length = self._length_at(words, place, whole_only=whole_only)
            if not length:
                place += 1
                continue
            start, end = found[place].start(), found[place + length - 1].end()
            parts += [text[done:start], self._token(text[start:end])]
            done, place = end, place + length
        return "".join([*parts, text[done:]]) if parts else as_written

    def _length_at(self, words: list[str], place: int, *, whole_only: bool) -> int:
        """Give of how many words the name is that begins at a place; 0 where none does."""
        for length in self._lengths:
            if length == 1 and whole_only and len(words) > 1:
                continue
            if self._named(words, place, length):
                return length
        return 0

    def _named(self, words: list[str], place: int, length: int) -> str | None:
        if length not in self._lengths or place + length > len(words):
            return None
        return self._user_of("name", " ".join(words[place : place + length]))

    def _token(self, written: str) -> str:
        # What differs goes on to differ, so that a goal counts as many things as before.
        return f"erased-{blake2b(_bytes(written), key=self._key, digest_size=_TOKEN_BYTES).hexdigest()}"


#: Nobody is erased.
NO_REDACTION = Redactor(b"", {})


def _digest(key: bytes, kind: str, text: str) -> bytes:
    return blake2b(_bytes(f"{kind}:{text}"), key=key, digest_size=_MARK_BYTES).digest()


def _bytes(text: str) -> bytes:
    # A text of Salesforce may end in half a character.
    return text.encode("utf-8", "surrogatepass")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", one_form(text).casefold())


def _words(text: str) -> list[str]:
    return [_plain(one) for one in _WORD.findall(one_form(text))]


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else " "
