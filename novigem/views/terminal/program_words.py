"""The screen of `novigem docs`: a program in plain words."""

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.program import Program
from novigem.views.plain_text import without_names
from novigem.views.program_words import Item, Section, program_words
from novigem.views.terminal.layout import indented, quiet, screen, text, title


def program_screen(program: Program) -> RenderableType:
    """Draw a program for whoever takes part; nobody is named, as in the file."""
    about = [[without_names(one)] for one in (program.description or "").splitlines() if one.strip()]
    return screen([title(without_names(program.name), *about), *(_section(one) for one in program_words(program))])


def _section(section: Section) -> Group:
    lines = [indented(text(without_names(one))) for one in section.sentences]
    items = [indented(_item(one)) for one in section.items]
    return Group(Text(section.title, style="bold"), *lines, *items)


def _item(item: Item) -> Group:
    about = [indented(quiet(without_names(item.about)))] if item.about else []
    return Group(
        text(without_names(item.name)), *about, *(indented(text(without_names(one))) for one in item.sentences)
    )
