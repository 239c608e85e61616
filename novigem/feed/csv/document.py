"""A mapping's text as plain values, and the line on which each of them stands."""

from typing import Any, NamedTuple

import yaml

from novigem.model.signs import as_meant, odd_sign, wrong_sign

Place = tuple[str | int, ...]


class MappingText(NamedTuple):
    """The values of a YAML text, and the line (from 1) of each place in it, such as ("moments", 0, "at")."""

    tree: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """Give the line of a place, or of the nearest one around it that is written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class YamlProblem(Exception):  # noqa: N818 - a finding on its way to a message; it never leaves the package
    """What keeps a text from being read as a mapping, and its line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Loader(yaml.SafeLoader):
    """Refuses aliases: a small text could otherwise stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise YamlProblem("aliases (`*name`) are not allowed here; write the values out", mark.line + 1)
        return super().compose_node(parent, index)


def read_yaml(text: str) -> MappingText:
    """Read a YAML text. Raises YamlProblem."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        _walk(node, (), lines)
        _refuse_signs(node, "")
        return MappingText(loader.construct_document(node) if node is not None else None, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _name_odd_sign(text, mark.line + 1 if mark else 1, error)
        raise YamlProblem(
            f"this is not YAML: {error.problem or error.context}", mark.line + 1 if mark else 1
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise YamlProblem(f"this is not YAML: {str(error).splitlines()[0]}", 1) from error
    except RecursionError as error:
        raise YamlProblem("the text is nested too deep", 1) from error
    finally:
        if loader is not None:
            loader.dispose()


def _name_odd_sign(text: str, line: int, error: yaml.YAMLError) -> None:
    """Raise YamlProblem where a line that the parser stumbled over, or the one above, holds a sign that looks plain."""
    lines = text.split("\n")
    for number in (line, line - 1):
        odd = odd_sign(lines[number - 1]) if 0 < number <= len(lines) else None
        if odd is not None:
            raise YamlProblem(f"{odd.message}; {odd.hint}", number) from error


# Texts of the export itself stand below these; whatever its cells hold may stand there too.
_OF_THE_EXPORT = frozenset({"map", "value", "column", "file", "at", "columns", "fields"})


def _refuse_signs(node: yaml.Node | None, key: str) -> None:
    """Raise YamlProblem for a sign that is not what it seems, in a key or a value of our own words."""
    if isinstance(node, yaml.ScalarNode) and key not in _OF_THE_EXPORT:
        sign = wrong_sign(node.value)
        if sign is not None:
            what = "cannot be seen" if sign.is_hidden else "looks like another"
            message = f"{sign.told}, which {what}, stands in `{key}`; write {as_meant(node.value)[:60]}"
            raise YamlProblem(message, node.start_mark.line + 1)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_signs(item, key)
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if key not in _OF_THE_EXPORT:
                _refuse_signs(name, "a key")
            _refuse_signs(value, key if key in {"map", "columns"} else str(name.value))


def _walk(node: yaml.Node | None, place: Place, lines: dict[Place, int]) -> None:
    """Note the line of every value; a key written twice is refused, since YAML would forget the first."""
    if node is None:
        return
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _walk(item, (*place, number), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise YamlProblem(f"the key `{name}` stands here twice", key.start_mark.line + 1)
            seen.add(name)
            lines[(*place, name)] = key.start_mark.line + 1
            _walk(value, (*place, name), lines)
