"""The entry point: a table of commands, and what an exception becomes for the person at the keyboard."""

import os
import sys
import traceback
from importlib import import_module
from typing import IO, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from novigem import __version__
from novigem.errors import NovigemError
from novigem.views.terminal.errors import next_step

_INTERRUPTED = 130


class Listed(NamedTuple):
    """One command: the module that holds it, and the line that `novigem --help` shows for it."""

    module: str
    help: str


COMMANDS: dict[str, dict[str, Listed]] = {
    "Start": {
        "demo": Listed("demo", "A whole season on made-up customers, in a few seconds."),
        "init": Listed("init", "A working folder: a program, settings, sample changes."),
        "playbook": Listed("playbook", "The programs that ship: list, show, copy."),
        "docs": Listed("docs", "A program in plain words, for whoever takes part."),
        "check": Listed("check", "Everything that is wrong with a program file, at once."),
        "targets": Listed("targets", "Targets that fit each person, from their own past."),
        "org": Listed("org", "A sample Salesforce org on this machine, to try a sync."),
    },
    "Score": {
        "convert": Listed("convert", "Turn a CSV export into changes."),
        "run": Listed("run", "Feed changes to programs: points, progress, badges."),
        "sync": Listed("sync", "Changes straight from Salesforce, once or every few minutes."),
        "apply": Listed("apply", "Change a running program: see what it means, then make it so."),
        "pause": Listed("pause", "Let a whole program pay nothing for a while, and say why."),
        "resume": Listed("resume", "Let a paused program pay again."),
    },
    "Look": {
        "status": Listed("status", "How the sync stands: per object, and who is at work."),
        "me": Listed("me", "Where one person stands, and what still pays them."),
        "board": Listed("board", "The standings of a leaderboard."),
        "progress": Listed("progress", "How far everybody is in each challenge."),
        "people": Listed("people", "Who is who; and two users that are one person."),
        "teams": Listed("teams", "Who belongs to which team, and when."),
        "badges": Listed("badges", "Who holds which badge."),
        "seasons": Listed("seasons", "Every season: how it stands, who won, what came too late."),
        "review": Listed("review", "Did a season move anything: its figures, and what is next."),
        "ledger": Listed("ledger", "Every line of points, and why."),
        "explain": Listed("explain", "Why a record earned points, or did not."),
        "program": Listed("program", "The versions of a program, and the text of each."),
        "serve": Listed("serve", "The web pages: what people look at."),
        "token": Listed("token", "Tokens of the JSON API: make, list, revoke."),
        "statement": Listed("statement", "Every point of one person, and the balance after it."),
    },
    "Correct and prove": {
        "flags": Listed("flags", "What looks like gaming, for a person to judge."),
        "adjust": Listed("adjust", "Correct somebody's points by hand, with a reason."),
        "appeal": Listed("appeal", "Another look at how something was scored."),
        "award": Listed("award", "Give somebody a badge by hand."),
        "close": Listed("close", "Make standings final, with a hash."),
        "privacy": Listed("privacy", "Who is listed; export or erase a person."),
        "doctor": Listed("doctor", "Prove every figure against the ledger."),
        "version": Listed("version", "The version, and what it runs on."),
    },
}
_MODULES = {name: listed.module for section in COMMANDS.values() for name, listed in section.items()}


class NovigemGroup(TyperGroup):
    """The commands, by name and one line of help; the module of a command is loaded when the command is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {
            name: TyperCommand(name, help=listed.help, rich_markup_mode=None)
            for section in COMMANDS.values()
            for name, listed in section.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that is called."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in _MODULES:
            # What starts quickly is used gladly: the store and the program reader cost more than the whole help.
            command = import_module(f"novigem.cli.{_MODULES[name]}").command
            command.name = name
        return name, command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands in the order of a working day."""
        del ctx
        for section, commands in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(10), listed.help) for name, listed in commands.items()])

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run a command and leave with its exit code."""
        try:
            code = super().main(*args, **settings | {"prog_name": "novigem", "standalone_mode": False})
            sys.stdout.flush()
        except SystemExit:
            raise
        except BaseException as error:  # noqa: BLE001 - the one place where every exception becomes a message
            code = told(error)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; say what became of the work when the person stops it, and nothing when a reader left."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _silence_output()
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            say_error("stopped", "what is committed stays; the same command goes on from there", label="")
            raise typer.Exit(_INTERRUPTED) from None


def told(error: BaseException) -> int:
    """Tell an exception to the person on the error stream, and give the exit code."""
    if isinstance(error, NovigemError):
        say_error(error.message, next_step(error))
        return error.exit_code
    if isinstance(error, typer.Abort):
        say_error("stopped", None, label="")
        return 1
    if isinstance(error, BrokenPipeError):
        _silence_output()
        return 0
    if isinstance(error, OSError):
        return _told_failure(error)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        return _told_usage(error)
    if isinstance(error, Exception):
        return _told_bug(error)
    raise error


def _told_usage(error: Any) -> int:
    """Tell what is wrong with the arguments; called without any, show the help."""
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message)  # noqa: T201 - the help is what was asked for
        return 0
    path = error.ctx.command_path if getattr(error, "ctx", None) is not None else "novigem"
    say_error(message[:1].lower() + message[1:], f"see: {path} --help")
    return int(error.exit_code)


def _told_failure(error: OSError) -> int:
    """Tell that the world failed where nobody looked for it, such as a full disk behind the output."""
    if os.environ.get("NOVIGEM_DEBUG") == "1":
        traceback.print_exception(error)
    place = f"{error.filename}: " if error.filename else "cannot go on: "
    say_error(
        f"{place}{error.strerror or error}", "check the disk and the permissions, then run the same command again"
    )
    _silence_output()
    return 1


def _told_bug(error: Exception) -> int:
    if os.environ.get("NOVIGEM_DEBUG") == "1":
        traceback.print_exception(error)
    say_error(
        f"something inside novigem went wrong ({type(error).__name__}: {str(error)[:200]})",
        "this is our mistake, not yours: please report it, with what NOVIGEM_DEBUG=1 prints",
    )
    return 1


def say_error(message: str, hint: str | None, *, label: str = "error: ") -> None:
    """Write one message and its next step to the error stream, in colour on a terminal."""
    red, plain = ("\x1b[1;31m", "\x1b[0m") if _has_colour(sys.stderr) else ("", "")
    lines = [f"{red}{label}{plain}{_visible(message)}"]
    if hint:
        lines += [f"  {line}" for line in _visible(hint).split("\n")]
    print("\n".join(lines), file=sys.stderr)  # noqa: T201 - rich is not loaded for an error message


def _visible(text: str) -> str:
    # A file name or a value quoted in a message may hold what steers a terminal.
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


def _has_colour(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _silence_output() -> None:
    """Send the rest of the output nowhere: whoever read it is gone, and Python would complain while leaving."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        return


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature of an option's callback
    if wanted:
        typer.echo(f"novigem {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="novigem",
    cls=NovigemGroup,
    help="Turns the right Salesforce behaviour into points, challenges, badges and leaderboards.",
    epilog="\b\nFirst steps:\n  novigem demo         a whole season in a few seconds\n"
    "  novigem init team    a folder of your own to start from",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _everything(
    *,
    version: bool = typer.Option(
        False,  # noqa: FBT003 - a flag's default
        "--version",
        help="Print the version and leave.",
        callback=_print_version,
        is_eager=True,
    ),
) -> None:
    del version


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that the terminal cannot show must not end a command.
            stream.reconfigure(errors="backslashreplace")
    typer.main.get_command(app).main()


if __name__ == "__main__":
    main()
