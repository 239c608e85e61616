"""The JSON Schema of a program file, printed from the models, so that editors complete and check while one types.

Refresh with `python -m novigem.program.schema > config/schema/program.schema.json`.
"""

import json
import sys
from typing import Any, Final

from novigem.model.program import Program
from novigem.rules.operators import BUILT_IN, Operator
from novigem.rules.patterns import LONGEST_PATTERN

REFRESH: Final = "python -m novigem.program.schema > config/schema/program.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Limits on unions come out of pydantic under their Python names, and those of lists under those of text.
_NAMES: Final = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_LIST_NAMES: Final = {"minLength": "minItems", "maxLength": "maxItems"}
_JSON_TYPES: Final = {"text": "string", "date": "string", "number": "number", "boolean": "boolean"}


def program_schema() -> dict[str, Any]:
    """Give the schema: what the loader accepts, short of what only cross-checks can tell."""
    schema = _tidy(Program.model_json_schema(by_alias=True))
    parts = schema["$defs"]
    parts["Operators"] |= {"additionalProperties": False, "minProperties": 1}
    parts["Within"]["minProperties"] = 1
    parts["Scope"] |= {"minProperties": 1, "maxProperties": 1}
    parts["Goal"]["oneOf"] = [{"required": [name]} for name in ("count", "sum", "points", "distinct", "streak")]
    parts["Team"]["oneOf"] = [{"required": [name]} for name in ("role", "manager", "members")]
    members = parts["Team"]["properties"]["members"]
    members["items"] = {"anyOf": [{"type": "string"}, members["items"]]}
    roles = parts["Team"]["properties"]["role"]
    parts["Team"]["properties"]["role"] = {"anyOf": [{"type": "string"}, roles]}
    parts["EarnedBy"]["oneOf"] = [{"required": [name]} for name in ("count", "points", "streak")]
    for name, one in parts["Participants"]["properties"].items():
        parts["Participants"]["properties"][name] = {"anyOf": [{"type": "string"}, one]}
    written = parts["Operators"]["properties"]
    parts["Operators"]["properties"] = {one.name: _operator(one, written[one.name]) for one in BUILT_IN}
    about = {"$schema": _DIALECT, "$id": "program.schema.json", "title": "Novigem program"}
    return about | {key: value for key, value in schema.items() if key not in about}


def render_schema() -> str:
    """Give the schema as the text of the checked-in file."""
    return json.dumps(program_schema(), indent=2) + "\n"


def _tidy(node: Any) -> Any:
    """Remove what only repeats the key's own name, and say once what pydantic says twice."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    names = _LIST_NAMES if node.get("type") == "array" else _NAMES
    tidy: dict[str, Any] = {
        names.get(str(key), str(key)): _tidy_entry(key, value)
        for key, value in node.items()
        if not _is_noise(key, value)
    }
    if "anyOf" in tidy:
        _merge_numbers(tidy)
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _tidy_entry(key: str, value: Any) -> Any:
    if key in {"properties", "$defs", "patternProperties"}:
        return {name: _tidy(one) for name, one in value.items()}
    return _tidy(value)


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)


def _merge_numbers(node: dict[str, Any]) -> None:
    if node["anyOf"] == [{"type": "integer"}, {"type": "number"}]:
        del node["anyOf"]
        node["type"] = "number"


def _operator(operator: Operator, described: dict[str, Any]) -> dict[str, Any]:
    """Give what one operator takes, from the operator table: narrower than its model, and never null."""
    about = {"description": described["description"]}
    if operator.values == ("days",):
        return about | {"$ref": "#/$defs/Within"}
    if operator.values == ("list",):
        return about | {"type": "array", "minItems": 1, "items": {"type": ["boolean", "number", "string"]}}
    if operator.name == "matches":
        return about | {"type": "string", "minLength": 1, "maxLength": LONGEST_PATTERN}
    types = sorted({_JSON_TYPES[kind] for kind in operator.values})
    return about | {"type": types if len(types) > 1 else types[0]}


if __name__ == "__main__":
    sys.stdout.write(render_schema())
