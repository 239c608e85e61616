"""Translating: texts are marked where they stand, and translated where they are shown."""


def N_(text: str) -> str:  # noqa: N802 - the name that tools for translations look for
    """Mark a text that a template translates later."""
    return text
