"""A policy, or one nation's block of it, that stands in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from skypact.errors import Fault, InputError
from skypact.model.document import Document, Path, Position, read_document, shown

Reader: TypeAlias = Callable[[str], tuple[str, str] | None]
"""The name of an included file -> (text, file name), or None where it cannot be read."""

INCLUDE = "include"
_PLACES = (("policy",), ("policy", "nations", "*"))
"""What may be included, outermost first: an included policy may include nations' blocks in turn."""
_FLOW = re.compile(r"^(?P<head>(?P<indent>\s*)\S[^:]*:)\s*\{\s*include\s*:\s*[^{}]+\}\s*(#.*)?$")
_BLOCK = re.compile(r"^(?P<indent>\s*)include\s*:\s*\S.*$")
_SHAPE = (
    "'KEY: {include: FILE}' on a line of its own, or 'include: FILE' below its key, and nothing beside it"
)


def taken_in(document: Document, read: Reader | None) -> tuple[Document, Document, list[Fault]]:
    """The document with what it includes, twice, and the faults of that.

    Args:
        document: as it was read.
        read: gives the text of a file that it includes.

    Returns:
        The document whose values know the file in which each is written; the document of a text that needs no other
        file; the faults. Both are the document itself where nothing is included.
    """
    whole, kept, faults = document, document, list[Fault]()
    for pattern in _PLACES:
        for path, name in list(_includes(whole, pattern)):
            found = read(name) if read is not None else None
            at = (*path, INCLUDE)
            if found is None:
                faults.append(whole.fault(at, shown(name), "a file that can be read, beside this one"))
                continue
            try:
                part, read_faults = read_document(*found)
            except InputError as error:
                faults += error.faults
                continue
            faults += read_faults
            if not _alone(whole, path):
                faults.append(whole.fault(path, "further keys", _SHAPE))
                continue
            text = _spliced(kept, path, part.text)
            whole = _grafted(whole, path, part)
            kept, ok = _reread(text, kept.file)
            if not ok or kept.data != whole.data:
                faults.append(whole.fault(path, shown(name), f"{_SHAPE}; a file without '---' and tabs"))
                return whole, document, faults
    return whole, kept, faults


def _includes(document: Document, pattern: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    for path, holder in document.each(*pattern):
        if isinstance(holder, dict) and isinstance(holder.get(INCLUDE), str):
            yield path, str(holder[INCLUDE])


def _at(document: Document, path: Path) -> Mapping[str, object]:
    part: object = document.data
    for step in path:
        part = part[step]  # type: ignore[index]
    return part if isinstance(part, dict) else {}


def _alone(document: Document, path: Path) -> bool:
    return len(_at(document, path)) == 1


def _grafted(document: Document, path: Path, part: Document) -> Document:
    """The document with another's data in the place of the path, each value with its own position."""
    positions = {
        at: where for at, where in document.positions.items() if at[: len(path)] != path or at == path
    }
    positions |= {(*path, *at): where for at, where in part.positions.items() if at}
    return Document(document.file, document.text, _replaced(document.data, path, part.data), positions)


def _replaced(data: object, path: Path, part: object) -> object:
    if not path:
        return part
    if isinstance(data, dict):
        return {
            key: _replaced(value, path[1:], part) if key == path[0] else value for key, value in data.items()
        }
    return data


def _spliced(document: Document, path: Path, part: str) -> str | None:
    """The document's text with the included lines in the place of the line that names them."""
    lines = document.text.splitlines()
    number = document.positions.get((*path, INCLUDE), Position(document.file, 1)).line - 1
    inner = part.splitlines()
    if flow := _FLOW.match(lines[number]):
        indent = flow["indent"] + "  "
        body = [flow["head"], *(indent + line if line.strip() else "" for line in inner)]
    elif block := _BLOCK.match(lines[number]):
        body = [block["indent"] + line if line.strip() else "" for line in inner]
    else:
        return None
    return "\n".join([*lines[:number], *body, *lines[number + 1 :]]) + "\n"


def _reread(text: str | None, file: str) -> tuple[Document, bool]:
    empty = Document(file, "", {}, {})
    if text is None:
        return empty, False
    try:
        document, faults = read_document(text, file)
    except InputError:
        return empty, False
    return document, not faults
