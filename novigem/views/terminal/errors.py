"""What to do about an error, in the words of the terminal: commands, flags and environment variables.

Comes in: an error with its code and facts. Goes out: a text. Loads neither rich nor the store: an error message comes
quickly.
"""

from collections.abc import Mapping

from novigem.errors import NovigemError

#: The next step by the code of the error, for those cases where a hint of the core does not name the command; the
#: facts of the error stand in braces.
STEPS: Mapping[str, str] = {
    # programs and the database
    "changed-from-outside": "see: novigem doctor",
    "database-cannot-be-opened": (
        "SQLite keeps files beside it, so its folder must be there and writable; where it is only to be read:"
        " --db 'sqlite:///file:PATH?immutable=1&uri=true'"
    ),
    "ledger-is-append-only": "correct points with `novigem adjust`",
    "name-in-several-programs": "add --program",
    "never-run": "novigem run FILE --from CHANGES",
    "no-program-file": "check the name; `novigem init` writes a first program",
    "no-program-yet": "run one first: novigem run PROGRAM --from FILE",
    "not-a-database": "give another file with --db, or remove this one",
    "several-programs": "add --program, one of: {programs}",
    # changing a running program
    "changed-without-a-date": "score everything anew: leave --from out",
    "changes-after-that-day": "name a later day with --from; or add --rescore to score them anew",
    "day-is-past": "name a day to come with --from; or add --rescore to score anew what happened since that day",
    "looks-renamed": ("where it is the same, write `was: {old}` in {kind} {new}; where it is new, add --as-new {new}"),
    "not-in-use": "see what it would mean, then make it so: novigem apply {file}",
    "other-version": (
        "see what would change, and then make it so: novigem apply FILE; or give the file that is in use"
    ),
    "would-move-what-was-paid": (
        "leave these as they are; or score everything anew from the start: --rescore without --from"
    ),
    # boards
    "board-ranks-teams": "who is in them: novigem teams",
    "one-period-only": "leave --period out",
    # by hand: adjustments, appeals, flags, closings, erasures
    "appeal-about-nothing": "add --entry N or --record ID",
    "appeal-open-already": "see: novigem appeal show {number}",
    "approves-own-request": "have a second person run this with their own --author",
    "author-missing": "add --author NAME, or set NOVIGEM_AUTHOR",
    "decision-unexplained": 'add --reason "why" --author "who"; `author` in novigem.toml names you for good',
    "entry-has-its-rule": "leave out --rule",
    "entry-of-somebody-else": (
        "see theirs with: novigem ledger --user WHO; about somebody else's, appeal with --record ID"
    ),
    "erasure-unexplained": 'add --reason "left the company"',
    "no-such-adjustment": "see: novigem adjust --list",
    "no-such-appeal": "see: novigem appeal list",
    "no-such-flag": "write the id as it stands in: novigem flags --all",
    "not-a-record-id": "give 15 or 18 letters and digits, as `novigem ledger` shows",
    "not-a-seal": "give {least} to 64 digits (0-9, a-f), as `novigem doctor` shows them",
    "points-unclear": "add --points N",
    "called-alike": "name one by id or e-mail; are they one person? See: novigem people",
    "joined-already": "first: novigem people part {user}",
    "joins-in-a-circle": "first: novigem people part {user}",
    "nobody-known": "see who is known: novigem people",
    "not-joined": "see who is: novigem people",
    "undecided-by-whom": "give both: --author NAME --reason TEXT",
    "reason-missing": 'add --reason "why"',
    # the org
    "api-version-not-served": "set NOVIGEM_SF_API_VERSION to one of them",
    "api-version-refused": "set NOVIGEM_SF_API_VERSION to a version that the org serves",
    "assertion-refused": (
        "check NOVIGEM_SF_USERNAME, the certificate of the app and NOVIGEM_SF_LOGIN_URL (a sandbox has its own);"
        " a wrong clock on this machine is refused the same way"
    ),
    "client-id-unknown": "check NOVIGEM_SF_CLIENT_ID: the org does not know this app",
    "client-secret-unknown": "check NOVIGEM_SF_CLIENT_SECRET: the org does not know this secret",
    "comparison-too-dear": "compare some records of each object: novigem doctor --org --sample 200",
    "nothing-synced": "read them first: novigem sync PROGRAM",
    "org-does-not-fit": "see: novigem check PROGRAM --org",
    "port-not-free": "give another --metrics-port",
    "private-key-unreadable": (
        "give the PEM file of the app's RSA key, without a password, in NOVIGEM_SF_PRIVATE_KEY_FILE"
    ),
    "token-ended": "put a new token into NOVIGEM_SF_ACCESS_TOKEN, or sign in by client credentials or JWT",
}


def next_step(error: NovigemError) -> str | None:
    """Give the next step after an error, and what was noted about it since; None where there is neither."""
    step = STEPS.get(error.code or "")
    told = [error.hint] if step is None else [step.format_map({name: _shown(one) for name, one in error.facts.items()})]
    return "\n".join([one for one in told if one is not None] + getattr(error, "__notes__", [])) or None


def _shown(fact: object) -> object:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else fact


def error_text(error: NovigemError) -> str:
    """Give an error as `str` does, in the words of the terminal."""
    step = next_step(error)
    return error.message if step is None else f"{error.message}\n  {step}"
