"""A YAML 1.2 document as plain data that remembers where each value was written, and its faults.

Ground of `scenario` and `catalogue`: text in, data and faults out.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from skypact.errors import Fault, InputError

Path: TypeAlias = tuple[str | int, ...]

MAX_CHARACTERS = 500_000
MAX_VALUES = 30_000
MAX_DEPTH = 30

_TAG = "tag:yaml.org,2002:"
_FOUND_LENGTH = 80
_LISTED = 40
_LARGEST = 2**63


@dataclass(frozen=True)
class Position:
    """Where a value was written; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None) and the position of every value."""

    file: str
    text: str
    data: object
    positions: Mapping[Path, Position]

    def position(self, path: Path) -> Position:
        """The position of the value at the path, or of the nearest that holds it."""
        for length in range(len(path), -1, -1):
            if (at := self.positions.get(path[:length])) is not None:
                return at
        return Position(self.file, 1)

    def fault(self, path: Path, found: str, expected: str) -> Fault:
        """A fault at the path."""
        at = self.position(path)
        return Fault(at.file, at.line, field_name(path), found, expected)

    def each(self, *pattern: str) -> Iterator[tuple[Path, object]]:
        """Every (path, value) that fits the pattern; "*" is any key or index. What does not fit is passed over."""
        found: list[tuple[Path, object]] = [((), self.data)]
        for step in pattern:
            found = [
                ((*path, key), value)
                for path, holder in found
                for key, value in _members(holder)
                if step in ("*", key)
            ]
        return iter(found)

    def over(self, base: Document) -> Document:
        """This document's top-level keys, and those of `base` that it does not have; both must be mappings."""
        mine = self.data if isinstance(self.data, dict) else {}
        theirs = base.data if isinstance(base.data, dict) else {}
        positions = {path: at for path, at in base.positions.items() if path and path[0] not in mine}
        return Document(self.file, self.text, {**theirs, **mine}, {**positions, **self.positions})


def read_document(text: str, file: str) -> tuple[Document, list[Fault]]:
    """The document of a text, and the faults that did not stop the reading (double keys, aliases, tags).

    Raises:
        InputError: the text is not one YAML document, or is too large or too deep to be an input of this program.
    """
    if len(text) > MAX_CHARACTERS:
        found, expected = f"{len(text)} characters", f"at most {MAX_CHARACTERS}"
        raise InputError([Fault(file, 1, "(file)", found, expected)])
    root = _compose(text, file)
    reader = _Reader(file)
    data = reader.plain(root, ())
    if not isinstance(data, dict):
        raise InputError(
            [Fault(file, 1, "(file)", shown(data), "a mapping (key: value) at the top of the file")]
        )
    return Document(file, text, data, reader.positions), reader.faults


class Strict(BaseModel):
    """A part of a document: no unknown key, no silent conversion, no infinite number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def schema_faults(model: type[BaseModel], document: Document, prefix: Path = ()) -> list[Fault]:
    """The faults of the document's part at `prefix` against a model, all at once, in the program's own words."""
    part: object = document.data
    for step in prefix:
        part = part[step]  # type: ignore[index]
    try:
        model.model_validate(part)
    except ValidationError as error:
        return _faults_of(error, model, document, prefix)
    return []


def _faults_of(
    error: ValidationError, model: type[BaseModel], document: Document, prefix: Path
) -> list[Fault]:
    faults = []
    for item in error.errors(include_url=False):
        path = prefix + tuple(part for part in item["loc"] if part != "[key]")
        expected = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
        match item["type"]:
            case "extra_forbidden":
                options = _keys_at(model, item["loc"])
                found, expected = f"the unknown key '{path[-1]}'", choice(str(path[-1]), options)
            case "missing":
                found, expected = "nothing", f"the key '{path[-1]}'"
            case "string_pattern_mismatch":
                found, expected = shown(item["input"]), f"a text that matches {item['ctx']['pattern']}"
            case _:
                found = shown(item["input"])
        faults.append(document.fault(path, found, expected))
    return faults


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that a mapping at `loc` may have; steps into a list or a free mapping stay at the model."""
    for step in loc[:-1]:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step in fields:
            model = _model_in(fields[str(step)].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)


def choice(word: str, options: Iterable[str]) -> str:
    """What was expected where one of `options` was: the nearest first, where one is near."""
    names = sorted(options)
    near = nearest(word, names)
    listed = f"one of {', '.join(names)}" if len(names) <= _LISTED else f"one of {len(names)} known names"
    if near is not None:
        return f"'{near}', perhaps; {listed}"
    return listed if names else "none, for there are none to choose from"


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option most like the word (accents and case apart), or None where none is like it."""
    folded = {_folded(option): option for option in options}
    close = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def field_name(path: Path) -> str:
    """The path as people write it: sensors[3].class."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(file)"


def shown(value: object) -> str:
    """A found value, as short as a message needs it."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _FOUND_LENGTH else text[: _FOUND_LENGTH - 3] + "..."


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _members(holder: object) -> list[tuple[str | int, object]]:
    if isinstance(holder, dict):
        return list(holder.items())
    return list(enumerate(holder)) if isinstance(holder, list) else []


def _compose(text: str, file: str) -> Node | None:
    """The document's root node; None where it is empty."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _Composer
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        found = str(error.problem or error.context).removeprefix("but ").removeprefix("found ")
        raise InputError([Fault(file, line, "(file)", found, "YAML 1.2")]) from None
    except YAMLError as error:
        raise InputError([Fault(file, 1, "(file)", str(error).splitlines()[0], "YAML 1.2")]) from None
    except _LimitError as limit:
        raise InputError([Fault(file, limit.line, "(file)", limit.found, limit.expected)]) from None
    return root


class _LimitError(Exception):
    """A document larger or deeper than an input of this program is."""

    def __init__(self, line: int, found: str, expected: str) -> None:
        self.line, self.found, self.expected = line, found, expected
        super().__init__(found)


class _Composer(Composer):
    """ruamel's composer, stopping at the first value beyond the limits instead of reading on."""

    _depth = 0
    _values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - as in ruamel.yaml
        """The next node."""
        self._depth += 1
        self._values += 1
        if self._depth > MAX_DEPTH or self._values > MAX_VALUES:
            line = self.loader.parser.peek_event().start_mark.line + 1
            if self._depth > MAX_DEPTH:
                raise _LimitError(line, "lists or mappings within each other", f"at most {MAX_DEPTH} levels")
            raise _LimitError(line, "more keys and values", f"at most {MAX_VALUES}")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Reader:
    """Turns nodes into plain data once, noting positions and faults."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.positions: dict[Path, Position] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def plain(self, node: Node | None, path: Path) -> object:
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.positions.setdefault(path, Position(self.file, line))
        if id(node) in self._seen:
            self._fault(
                line, path, f"the alias *{node.anchor}", "the value written out: aliases are not read"
            )
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.plain(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path, line)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._fault(line, path, "a list or mapping as a key", "a word as a key")
                continue
            key = str(key_node.value)
            if key in found:
                first = self.positions[(*path, key)].line
                self._fault(line, (*path, key), f"the key '{key}' again", f"it once (first in line {first})")
                continue
            self.positions[(*path, key)] = Position(self.file, line)
            found[key] = self.plain(value_node, (*path, key))
        return found

    def _scalar(self, node: Node, path: Path, line: int) -> object:
        tag, text = str(node.tag), str(node.value)
        try:
            match tag.removeprefix(_TAG):
                case "str":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() == "true"
                case "int":
                    return _integer(text)
                case "float":
                    return _float(text)
                case "timestamp":
                    return text
        except ValueError:
            self._fault(line, path, shown(text), "a number of less than 20 digits")
            return None
        self._fault(line, path, f"the tag {tag}", "plain YAML without tags")
        return None

    def _fault(self, line: int, path: Path, found: str, expected: str) -> None:
        self.faults.append(Fault(self.file, line, field_name(path), found, expected))


def _integer(text: str) -> int:
    number = int(text.replace("_", ""), 0 if text.lstrip("+-")[:2] in ("0x", "0o") else 10)
    if abs(number) > _LARGEST:
        raise ValueError("too large")
    return number


def _float(text: str) -> float:
    plain = text.replace("_", "").lower()
    return float(
        plain.replace(".inf", "inf").replace(".nan", "nan") if plain.lstrip("+-").startswith(".") else plain
    )
