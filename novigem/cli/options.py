"""What commands share: their options, and how a function becomes a command."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from novigem.errors import InputError

Format = Literal["screen", "json", "csv", "markdown"]

DbOption = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="The database; NOVIGEM_DB or sqlite:///novigem.db if left out."),
]
ProgramOption = Annotated[
    str | None, typer.Option("--program", metavar="ID", help="Which program, where the database holds several.")
]
UserOption = Annotated[str | None, typer.Option("--user", metavar="WHO", help="One person: name, e-mail or id.")]
ChallengeOption = Annotated[str | None, typer.Option("--challenge", metavar="ID", help="One challenge.")]
RuleOption = Annotated[str | None, typer.Option("--rule", metavar="ID", help="One rule.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", help="From this day or moment on (2026-01-05, 2026-01-05T14:00)."),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="WHEN", help="To this day, the whole day, or until this moment.")
]
OnOption = Annotated[
    str | None,
    typer.Option("--on", metavar="DAY", help="The day that the points count for, such as 2026-01-07."),
]
LiveOption = Annotated[
    bool, typer.Option("--live", help="Where standings are final, what the ledger says today instead.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Answer as CSV, for a spreadsheet.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Answer as a Markdown table.")]


def chosen_format(*, as_json: bool = False, as_csv: bool = False, as_markdown: bool = False) -> Format:
    """Give the one format that was asked for. Raises InputError for two at once."""
    formats: tuple[tuple[bool, Format], ...] = ((as_json, "json"), (as_csv, "csv"), (as_markdown, "markdown"))
    wanted = [name for is_wanted, name in formats if is_wanted]
    if len(wanted) > 1:
        raise InputError(f"--{wanted[0]} and --{wanted[1]} do not go together", hint="choose one of them")
    return wanted[0] if wanted else "screen"


def new_command(
    function: Callable[..., None], examples: Sequence[str], *, cls: type[TyperCommand] = TyperCommand
) -> TyperCommand:
    """Make a command of a function: its docstring is the help, and examples stand below."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(cls=cls, epilog=_epilog(examples))(function)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperCommand):
        raise TypeError("one function makes one command")
    return command


def new_group(help_text: str, commands: Sequence[tuple[str, Callable[..., None], Sequence[str]]]) -> TyperGroup:
    """Make a command with commands of its own."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=help_text)
    # A group of one command would become that command.
    app.callback(help=help_text)(lambda: None)
    for name, function, examples in commands:
        app.command(name, epilog=_epilog(examples))(function)
    group: Any = typer.main.get_command(app)
    return group  # type: ignore[no-any-return]  # typer types every command alike


def new_looking_group(
    function: Callable[..., None],
    examples: Sequence[str],
    commands: Sequence[tuple[str, Callable[..., None], Sequence[str]]],
    *,
    cls: type[TyperGroup] = TyperGroup,
) -> TyperGroup:
    """Make a command that shows something when called alone, and has commands of its own to act on it."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, cls=cls)
    app.callback(cls=cls, invoke_without_command=True, epilog=_epilog(examples))(function)
    for name, one, of_its_own in commands:
        app.command(name, epilog=_epilog(of_its_own))(one)
    group: Any = typer.main.get_command(app)
    return group  # type: ignore[no-any-return]  # typer types every command alike


def _epilog(examples: Sequence[str]) -> str:
    # The sign in front keeps the lines as they are.
    return "\b\n" + "\n".join(["Examples:" if len(examples) > 1 else "Example:", *(f"  {one}" for one in examples)])
