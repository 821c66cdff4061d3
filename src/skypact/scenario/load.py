"""From a scenario's text to the frozen scenario, or every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from skypact.errors import Fault, InputError
from skypact.model.catalogue import Catalogue
from skypact.model.document import Document, read_document, shown
from skypact.model.scenario import Region, Scenario
from skypact.scenario.check import Known, check
from skypact.scenario.freeze import freeze
from skypact.scenario.include import Reader, taken_in
from skypact.scenario.site import Airports, Cities

Resolver: TypeAlias = Callable[[str], tuple[str, str] | None]
"""What a scenario `extends` -> (text, file name), or None where there is no such scenario."""

MAX_EXTENDS = 5
_BLOCK_STYLE = "each top-level key at the start of its own line, where a scenario extends another"


def load(
    text: str,
    file_name: str,
    catalogue: Catalogue,
    airports: Airports,
    cities: Cities,
    *,
    resolve: Resolver | None = None,
    include: Reader | None = None,
    terrain: Region | None = None,
) -> Scenario:
    """The scenario of a YAML 1.2 text.

    Args:
        text: the file's text.
        file_name: shown in faults.
        catalogue: the classes it may use.
        airports: ICAO code -> (latitude rad, longitude rad, height m).
        cities: name -> (latitude rad, longitude rad, population).
        resolve: gives the text of a scenario that this one `extends`.
        include: gives the text of a file with a policy, or a nation's block of it, that this one includes.
        terrain: the box of the terrain, to check the region against.

    Returns:
        The checked scenario. Its `text` is the file as written, or, where it needs others, a text that needs none:
        this file's lines with what they include, followed by the sections taken over.

    Raises:
        InputError: all faults of the file, each with file, line, field, what was found and what was expected.
    """
    chain, faults = _chain(text, file_name, resolve)
    texts = list(chain)
    incomplete = False
    for i, one in enumerate(chain):
        chain[i], texts[i], found = taken_in(one, include)
        faults += found
        incomplete = incomplete or bool(found)
    document = chain[-1]
    for child in reversed(chain[:-1]):
        document = child.over(document)
    known = Known(catalogue, airports, cities, terrain)
    read = {(fault.file, fault.line, fault.field) for fault in faults}
    faults += [
        fault
        for fault in check(document, known)
        if (fault.file, fault.line, fault.field) not in read
        and not (incomplete and fault.field.startswith("policy"))
    ]
    if faults:
        raise InputError(
            sorted(dict.fromkeys(faults), key=lambda fault: (fault.file != file_name, fault.line))
        )
    return freeze(document, known, whole_text(texts))


def _chain(text: str, file_name: str, resolve: Resolver | None) -> tuple[list[Document], list[Fault]]:
    """The document, the one it extends, and so on."""
    document, faults = read_document(text, file_name)
    chain = [document]
    while (name := _extends(chain[-1])) is not None:
        base = resolve(name) if resolve is not None else None
        if base is None:
            faults.append(chain[-1].fault(("extends",), shown(name), "the name of a scenario that exists"))
            break
        if len(chain) > MAX_EXTENDS:
            faults.append(
                chain[-1].fault(("extends",), shown(name), f"at most {MAX_EXTENDS}, one after the other")
            )
            break
        document, found = read_document(base[0], base[1])
        chain.append(document)
        faults += found
    if len(chain) > 1:
        faults += [
            one.fault((), "several keys in a line", _BLOCK_STYLE) for one in chain if not _is_block(one)
        ]
    return chain, faults


def _extends(document: Document) -> str | None:
    name = document.data.get("extends") if isinstance(document.data, dict) else None
    return name if isinstance(name, str) else None


def whole_text(chain: list[Document]) -> str:
    """A text that says alone what the first document says together with those it extends, comments included."""
    if len(chain) == 1:
        return chain[0].text
    seen: set[str] = {"extends"}
    parts: list[str] = []
    for document in chain:
        blocks = _blocks(document)
        parts += [block for key, block in blocks if key not in seen]
        seen |= {key for key, _ in blocks}
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _is_block(document: Document) -> bool:
    lines = document.text.splitlines()
    starts = [(document.position(path).line - 1, str(path[0])) for path, _ in document.each("*")]
    own_line = len({line for line, _ in starts}) == len(starts)
    return own_line and all(lines[line].lstrip("'\"").startswith(key) for line, key in starts)


def _blocks(document: Document) -> list[tuple[str, str]]:
    """The document's top-level keys with the lines that belong to each."""
    lines = document.text.splitlines()
    starts = [(document.position(path).line - 1, str(path[0])) for path, _ in document.each("*")]
    ends = [line for line, _ in starts[1:]] + [len(lines)]
    return [(key, "\n".join(lines[line:end])) for (line, key), end in zip(starts, ends, strict=True)]
