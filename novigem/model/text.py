"""Text in one form: a letter with its accent is one text, whether it is stored as one code point or as two. Pure.

The form is NFC, that of Salesforce and of most keyboards; files that were named on a Mac, and some exports, have NFD.
What came is kept as it came: texts are brought to the form where they are compared.
"""

from typing import Final
from unicodedata import normalize

# A text that is no ASCII has a form that is, only if it holds the sign of Kelvin, the Greek question mark or the varia.
_FORM_OF_OTHERS: Final = ("K", ";", "`")


def one_form(text: str) -> str:
    """Give a text in the form under which it is compared."""
    return text if text.isascii() else normalize("NFC", text)


def has_one_spelling(text: str) -> bool:
    """Tell whether no other text has the same form, so that it may be compared as it is."""
    return text.isascii() and not any(sign in text for sign in _FORM_OF_OTHERS)


def spellings(text: str) -> tuple[str, ...]:
    """Give a text as it is written and in its usual forms: what to ask a store for, which compares bytes."""
    if text.isascii():
        return (text,)
    return tuple(dict.fromkeys((text, *(normalize(form, text) for form in ("NFC", "NFD")))))
