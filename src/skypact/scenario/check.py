"""Every fault of a scenario document at once: its schema, and what its parts say of each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from skypact.errors import Fault, UsageError
from skypact.model.catalogue import Catalogue
from skypact.model.codes import HOSTILE_CLASSES
from skypact.model.document import Document, choice, schema_faults, shown
from skypact.model.quantity import parse_quantity
from skypact.model.scenario import Region
from skypact.model.warning import RUNGS
from skypact.scenario.days import days_faults
from skypact.scenario.doctrine import doctrine_faults
from skypact.scenario.gale import gale_faults
from skypact.scenario.level import parse_level
from skypact.scenario.links import link_faults
from skypact.scenario.policy_check import policy_faults
from skypact.scenario.reach import reach_faults
from skypact.scenario.schema import ScenarioEntry
from skypact.scenario.site import Airports, Cities, spot_of


@dataclass(frozen=True)
class Known:
    """What a scenario may refer to beside itself."""

    catalogue: Catalogue
    airports: Airports
    cities: Cities
    terrain: Region | None = None
    """The box of the terrain, where it is known."""


_NATIONS = (
    ("places", "*", "nation"),
    ("warning", "districts", "*", "nation"),
    ("sensors", "*", "nation"),
    ("sensors", "*", "host"),
    ("sensors", "*", "owns_data"),
    ("batteries", "*", "nation"),
    ("batteries", "*", "host"),
    ("batteries", "*", "consent"),
    ("batteries", "*", "defends", "*"),
    ("policy", "bars", "*", "between", "*"),
    ("links", "between", "*", "from"),
    ("links", "between", "*", "to"),
    ("outages", "*", "nation"),
    ("misreports", "*", "nation"),
)
"""Where a nation's code stands as a value."""

_NAMED = (
    ("places",),
    ("sensors",),
    ("batteries",),
    ("launch_regions",),
    ("families",),
    ("airspace_closures",),
    ("position_faults",),
    ("warning", "districts"),
)
_SITES = (("places",), ("sensors",), ("batteries",), ("launch_regions",), ("warning", "districts"))


def check(document: Document, known: Known) -> list[Fault]:
    """All faults of the document, in the order of their lines; none means that `freeze` succeeds."""
    faults = schema_faults(ScenarioEntry, document)
    bad = {(fault.file, fault.field) for fault in faults}
    crossed: list[Fault] = []
    for rule in _RULES:
        crossed += rule(document, known)
    faults += [fault for fault in crossed if (fault.file, fault.field) not in bad]
    unique = dict.fromkeys(faults)
    return sorted(unique, key=lambda fault: (fault.file, fault.line))


def names_in(document: Document, section: str) -> list[str]:
    """The names that the items of a section have, faulty items too."""
    return [name for _, name in document.each(section, "*", "name") if isinstance(name, str)]


def nations_in(document: Document) -> list[str]:
    """The codes of the document's nations."""
    return [str(path[-1]) for path, _ in document.each("nations", "*")]


def _refer(
    document: Document,
    pattern: tuple[str, ...],
    options: Iterable[str],
    noun: str,
    extra: tuple[str, ...] = (),
) -> Iterator[Fault]:
    allowed = [*options]
    for path, value in document.each(*pattern):
        if isinstance(value, str) and value not in allowed and value not in extra:
            yield document.fault(path, shown(value), f"{noun}: {choice(value, allowed)}")


def _reference_faults(document: Document, known: Known) -> Iterator[Fault]:
    nations = nations_in(document)
    for pattern in _NATIONS:
        yield from _refer(document, pattern, nations, "a nation of the scenario", ("all",))
    for path, _ in document.each("policy", "nations", "*"):
        if path[-1] not in nations:
            yield document.fault(
                path, shown(path[-1]), f"a nation of the scenario: {choice(str(path[-1]), nations)}"
            )
    catalogue = known.catalogue
    threats = [name for name, kind in catalogue.threats.items() if kind.object_class in HOSTILE_CLASSES]
    yield from _refer(document, ("sensors", "*", "class"), catalogue.sensors, "a sensor class")
    yield from _refer(
        document, ("batteries", "*", "class"), catalogue.interceptors, "a class of defence unit"
    )
    yield from _refer(document, ("families", "*", "groups", "*", "threat"), threats, "a class of raid object")
    own = names_in(document, "sensors")
    yield from _refer(document, ("sensor_events", "*", "sensor"), own, "a sensor of the scenario")
    regions = names_in(document, "launch_regions")
    yield from _refer(document, ("families", "*", "groups", "*", "launch", "*"), regions, "a launch region")
    aims = [*names_in(document, "places"), *nations]
    for path, _ in document.each("families", "*", "groups", "*", "aims", "*"):
        if path[-1] not in aims:
            yield document.fault(path, shown(path[-1]), f"a place or a nation: {choice(str(path[-1]), aims)}")


def _lookup_faults(document: Document, known: Known) -> Iterator[Fault]:
    for section in _SITES:
        at = (*section, "*", "at")
        yield from _refer(document, (*at, "airport"), known.airports, "an airport (ICAO code)")
        yield from _refer(document, (*at, "city"), known.cities, "a city")


def _name_faults(document: Document, _known: Known) -> Iterator[Fault]:
    for section in _NAMED:
        first: dict[str, int] = {}
        for path, name in document.each(*section, "*", "name"):
            if isinstance(name, str) and name in first:
                yield document.fault(path, shown(name), f"a name of its own (first in line {first[name]})")
            elif isinstance(name, str):
                first[name] = document.position(path).line
    for path, name in document.each("places", "*", "name"):
        if name in nations_in(document):
            yield document.fault(path, shown(name), "a name that is not a nation's code")


def _box(document: Document) -> tuple[float, float, float, float] | None:
    """South, north, west, east in degrees; None where the region itself has faults."""
    box = tuple(_number(document, "region", side) for side in ("south", "north", "west", "east"))
    if any(math.isnan(side) for side in box):
        return None
    return box[0], box[1], box[2], box[3]


def _number(document: Document, *pattern: str) -> float:
    values = [value for _, value in document.each(*pattern)]
    return float(values[0]) if values and isinstance(values[0], (int, float)) else math.nan


def _site_faults(document: Document, known: Known) -> Iterator[Fault]:
    box = _box(document)
    for section in _SITES if box is not None else ():
        for path, written in document.each(*section, "*", "at"):
            found = spot_of(written, known.airports, known.cities)
            if found is None or box is None:
                continue
            lat, lon = math.degrees(found.lat_rad), math.degrees(found.lon_rad)
            if found.height_m is not None and section != ("sensors",):
                yield document.fault(path, "a geostationary orbit", "a point on the ground")
            elif found.height_m is None and not (box[0] <= lat <= box[1] and box[2] <= lon <= box[3]):
                expected = f"a site within the region {_shown_box(box)}"
                yield document.fault(path, f"{lat:.3f} N {lon:.3f} E", expected)


def _region_faults(document: Document, known: Known) -> Iterator[Fault]:
    box, terrain = _box(document), known.terrain
    if box is None or terrain is None:
        return
    limits = [
        math.degrees(side)
        for side in (terrain.south_rad, terrain.north_rad, terrain.west_rad, terrain.east_rad)
    ]
    if box[0] < limits[0] or box[1] > limits[1] or box[2] < limits[2] or box[3] > limits[3]:
        expected = f"a box within the terrain {_shown_box((limits[0], limits[1], limits[2], limits[3]))}"
        yield document.fault(("region",), _shown_box(box), expected)


def _shown_box(box: tuple[float, float, float, float]) -> str:
    return f"{box[0]:g} to {box[1]:g} N, {box[2]:g} to {box[3]:g} E"


def _level_faults(document: Document, _known: Known) -> Iterator[Fault]:
    nations = nations_in(document)
    counted = Counter(name for _, name in document.each("levels", "*") if isinstance(name, str))
    for path, name in document.each("levels", "*"):
        if not isinstance(name, str):
            continue
        if counted[name] > 1:
            yield document.fault(path, shown(name), "each level once")
        try:
            parse_level(name, nations, ())
        except UsageError as error:
            yield document.fault(path, shown(name), f"a level. {error.next_step}")


def _setting_faults(document: Document, _known: Known) -> Iterator[Fault]:
    for path, value in document.each("settings", "alert_probability"):
        if isinstance(value, (int, float)) and value not in RUNGS:
            yield document.fault(path, shown(value), f"one of {', '.join(f'{rung:g}' for rung in RUNGS)}")


def _period_faults(document: Document, _known: Known) -> Iterator[Fault]:
    """Periods that do not fit one another would leave messages or snapshots out without a word."""
    periods: dict[str, float] = {}
    for key, standard in (("picture_period", 5.0), ("message_period", 5.0), ("snapshot_period", 10.0)):
        periods[key] = standard
        for _, value in document.each("settings", key):
            try:
                periods[key] = parse_quantity(value, "time")
            except ValueError:
                return
    lead_in_s = 300.0
    for _, value in document.each("settings", "lead_in"):
        try:
            lead_in_s = parse_quantity(value, "time")
        except ValueError:
            return
    wanted = [
        ("message_period", periods["message_period"], "picture_period"),
        ("snapshot_period", periods["snapshot_period"], "picture_period"),
        ("lead_in", lead_in_s, "message_period"),
        ("lead_in", lead_in_s, "snapshot_period"),
    ]
    for key, value_s, of in wanted:
        if periods[of] > 0.0 and abs(value_s / periods[of] - round(value_s / periods[of])) > 1e-9:
            whole = f"a whole multiple of {of}, which is {periods[of]:g} s"
            yield document.fault(("settings", key), f"{value_s:g} s", whole)


def _hosted_faults(document: Document, _known: Known) -> Iterator[Fault]:
    """A unit on another nation's soil says who owns its data, whom it defends and whose consent a shot needs."""
    needs = {"sensors": ("owns_data",), "batteries": ("defends", "consent")}
    for section, keys in needs.items():
        for path, site in document.each(section, "*"):
            if not isinstance(site, dict) or site.get("host", site.get("nation")) == site.get("nation"):
                continue
            for key in keys:
                if key not in site:
                    expected = f"the key '{key}': the unit stands on the soil of {site['host']}"
                    yield document.fault((*path, key), "nothing", expected)
    for path, defended in document.each("batteries", "*", "defends"):
        if isinstance(defended, list) and len({str(code) for code in defended}) < len(defended):
            yield document.fault(path, shown(", ".join(map(str, defended))), "each nation once")


def _facing_faults(document: Document, known: Known) -> Iterator[Fault]:
    for path, site in document.each("sensors", "*"):
        kind = known.catalogue.sensors.get(str(site.get("class"))) if isinstance(site, dict) else None
        if kind is None or not isinstance(site, dict):
            continue
        sector = kind.values.get("sector_rad")
        limited = sector is not None and sector.value < 2.0 * math.pi - 1e-6
        if limited and "faces" not in site:
            yield document.fault((*path, "faces"), "nothing", f"the key 'faces': a {kind.name} looks one way")
        if not limited and "faces" in site:
            yield document.fault(
                (*path, "faces"), shown(site["faces"]), f"no such key: a {kind.name} looks all round"
            )


def _reach(document: Document, known: Known) -> Iterator[Fault]:
    return reach_faults(document, known.catalogue, known.airports, known.cities)


def _gale(document: Document, known: Known) -> Iterator[Fault]:
    return gale_faults(document, known.catalogue)


def _days(document: Document, known: Known) -> Iterator[Fault]:
    return days_faults(document, known.catalogue)


def _policy(document: Document, _known: Known) -> Iterator[Fault]:
    return policy_faults(document, nations_in(document))


def _doctrine(document: Document, _known: Known) -> Iterator[Fault]:
    return doctrine_faults(document, nations_in(document))


def _links(document: Document, _known: Known) -> Iterator[Fault]:
    return link_faults(document, nations_in(document))


_RULES: tuple[Callable[[Document, Known], Iterator[Fault]], ...] = (
    _reference_faults,
    _lookup_faults,
    _name_faults,
    _site_faults,
    _region_faults,
    _level_faults,
    _setting_faults,
    _period_faults,
    _hosted_faults,
    _facing_faults,
    _policy,
    _links,
    _doctrine,
    _reach,
    _gale,
    _days,
)
"""What is checked beside the schema; each rule passes over what the schema already refuses."""
