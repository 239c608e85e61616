"""The reference is complete: whatever can be named from outside stands in it, and whatever it names exists."""

import dataclasses
import importlib
import re
from collections.abc import Iterator
from typing import Any

import pydantic
import pytest

import novigem
from novigem.audit.flags import FlagSettings
from novigem.cli.main import COMMANDS
from novigem.ledger.sql.tables import metadata
from novigem.model import program as program_model
from novigem.model.people import Block
from novigem.program.codes import CODES
from novigem.rules.operators import BUILT_IN
from novigem.settings import Settings
from novigem.views.terminal import run as report
from tests.docs.pages import PAGES, ROOT, load_script

REFERENCE = ROOT / "docs/reference"
COMMAND_NAMES = [name for section in COMMANDS.values() for name in section]


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["api.md", "operators.md", "python.md"])
def test_generated_parts_are_current(name: str) -> None:
    assert load_script("docs/render.py").rendered(name) == page(name), "refresh with: python docs/render.py"


def test_every_public_name_is_described() -> None:
    described = [name for names in load_script("docs/render.py").SECTIONS.values() for name in names]
    assert sorted(described) == sorted(novigem.__all__)


def test_every_operator_is_described() -> None:
    assert [one.name for one in BUILT_IN if f"| `{one.name}` |" not in page("operators.md")] == []


def test_every_command_is_described() -> None:
    text = page("commands.md")
    assert [name for name in COMMAND_NAMES if f"novigem {name}" not in text] == []


def test_every_option_of_every_command_is_described() -> None:
    text = page("commands.md")
    for section in COMMANDS.values():
        for name, listed in section.items():
            command = importlib.import_module(f"novigem.cli.{listed.module}").command
            options = {option for one in options_of(command) for option in one.opts if option.startswith("--")}
            found = re.search(rf"^#+ [^\n]*novigem {name}[^\n]*$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
            assert found is not None, name
            common = text.partition("## ")[0]
            assert [one for one in sorted(options - {"--help"}) if one not in found[1] + common] == [], name


def options_of(command: Any) -> Iterator[Any]:
    """Yield the parameters of a command and of the commands below it."""
    yield from command.params
    for one in getattr(command, "commands", {}).values():
        yield from options_of(one)


def test_every_setting_is_described() -> None:
    text = page("settings.md")
    names = [one.name for one in dataclasses.fields(Settings)]
    assert [name for name in names if f"`{name}`" not in text or f"NOVIGEM_{name.upper()}" not in text] == []


def test_no_page_names_a_command_that_does_not_exist() -> None:
    wrong = []
    for one in PAGES:
        text = one.read_text(encoding="utf-8")
        text = re.sub(r"^```python.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        code = re.findall(r"^```\w+\n.*?^```$|`[^`\n]+`", text, re.MULTILINE | re.DOTALL)
        named = {name for part in code for name in re.findall(r"(?:^|[\s`])novigem (?!import )([a-z]+)", part)}
        wrong += [(one.name, name) for name in sorted(named - set(COMMAND_NAMES))]
    assert wrong == []


def test_every_finding_of_a_check_is_described() -> None:
    assert [code for code in CODES if code not in page("errors.md")] == []


def test_every_key_of_a_program_is_described() -> None:
    text = page("program.md")
    models = [one for one in vars(program_model).values() if isinstance(one, type)]
    models = [one for one in models if issubclass(one, pydantic.BaseModel) and one is not program_model.Operators]
    keys = {field.alias or name for one in models for name, field in one.model_fields.items()}
    assert [key for key in sorted(keys) if not re.search(rf"`{key}\b", text)] == []


def test_every_table_and_column_is_described() -> None:
    text = page("database.md")
    for table in metadata.tables.values():
        found = re.search(rf"^## {table.name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert found is not None, table.name
        rows = re.findall(r"^\| (`.*?) \|", found[1], re.MULTILINE)
        described = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
        assert described == [column.name for column in table.columns]


def test_every_threshold_of_the_flags_is_described_with_its_default() -> None:
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| ([0-9., ]+) \|", page("commands.md"), re.MULTILINE)
    told = {
        name: float(value)
        for names, values in rows
        for name, value in zip(re.findall(r"\w+", names), values.split(", "), strict=True)
    }
    assert told == {one.name: float(one.default) for one in dataclasses.fields(FlagSettings)}


def test_every_reason_for_not_paying_is_described() -> None:
    text = (ROOT / "docs/how-to/find-out-why.md").read_text(encoding="utf-8")
    assert [str(reason) for reason in Block if str(reason) not in text] == []
    assert [reason for reason in report._REASONS.values() if f"| {reason} |" not in text] == []
