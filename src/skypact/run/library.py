"""Built-in scenarios and the catalogue, and scenario files of the user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from skypact import catalogue as catalogue_room
from skypact import scenario as scenario_room
from skypact.earth.terrain import Terrain
from skypact.errors import SkypactError, UsageError
from skypact.model.catalogue import Catalogue
from skypact.model.document import read_document
from skypact.model.network import AirportTable
from skypact.model.scenario import Region, Scenario
from skypact.run.region import load_airports, load_cities, load_terrain, read_text

CATALOGUE_FILES = ("sensors.yaml", "interceptors.yaml", "threats.yaml")


@dataclass(frozen=True)
class Loaded:
    """A scenario with what it was checked against."""

    scenario: Scenario
    catalogue: Catalogue
    airports: AirportTable
    terrain: Terrain


def builtin_names() -> tuple[str, ...]:
    """Names of the built-in scenarios."""
    folder = files("skypact").joinpath("data", "scenarios")
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml")))


def builtin_text(name: str) -> str:
    """The text of a built-in scenario.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in builtin_names():
        raise UsageError(
            f"scenario {name}", "no such scenario or file", f"Built in: {', '.join(builtin_names())}."
        )
    return read_text("scenarios", f"{name}.yaml")


def load_catalogue() -> Catalogue:
    """The built-in catalogue."""
    return catalogue_room.load({name: read_text("catalogue", name) for name in CATALOGUE_FILES})


def load(name_or_file: str) -> Loaded:
    """The scenario of that name, or in that file, checked.

    Raises:
        UsageError: neither a built-in scenario nor a readable file.
        InputError: the file has faults; all of them are in it.
    """
    path = Path(name_or_file)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        text, label, folder = _read(path), name_or_file, path.parent
    else:
        text, label, folder = builtin_text(name_or_file), f"{name_or_file}.yaml", Path()
    catalogue = load_catalogue()
    cities = load_cities()
    airports, codes = load_airports(cities)
    known_airports = {
        code: (float(airports.lat_rad[i]), float(airports.lon_rad[i]), float(airports.height_m[i]))
        for i, code in enumerate(codes)
    }
    known_cities = {city.name: (city.lat_rad, city.lon_rad, city.population) for city in reversed(cities)}

    def checked(terrain: Region | None) -> Scenario:
        return scenario_room.load(
            text,
            label,
            catalogue,
            known_airports,
            known_cities,
            resolve=_extended,
            include=lambda name: _included(folder, name),
            terrain=terrain,
        )

    terrain = load_terrain(checked(None).terrain, folder)
    scenario = checked(_box(terrain))
    return Loaded(scenario, catalogue, airports, terrain)


def nations_of(name_or_file: str) -> tuple[str, ...]:
    """Codes of a scenario's nations as they stand in its text, or in that of the one it extends; none where not."""
    try:
        is_file = Path(name_or_file).is_file()
        document, _ = read_document(_read(Path(name_or_file)) if is_file else builtin_text(name_or_file), "")
    except SkypactError:
        return ()
    codes = tuple(str(path[-1]) for path, _ in document.each("nations", "*"))
    base = next((str(name) for _, name in document.each("extends")), None)
    return codes if codes or base not in builtin_names() else nations_of(str(base))


def _extended(name: str) -> tuple[str, str] | None:
    """Text and label of the built-in scenario that another extends."""
    return (builtin_text(name), f"{name}.yaml") if name in builtin_names() else None


def _included(folder: Path, name: str) -> tuple[str, str] | None:
    """Text and label of a file that a scenario of that folder includes; None where it cannot be read."""
    path = folder / name
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError):
        return None


def _box(terrain: Terrain) -> Region:
    south, west, north, east = (math.radians(edge) for edge in terrain.bounds_deg)
    return Region(south, north, west, east)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as fault:
        raise UsageError(
            f"scenario {path}", f"not readable ({fault.strerror})", "Give a YAML file."
        ) from fault
    except UnicodeDecodeError as fault:
        raise UsageError(
            f"scenario {path}", f"not UTF-8 text (byte {fault.start})", "Save it as UTF-8."
        ) from fault
