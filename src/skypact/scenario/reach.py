"""Which places the objects of a raid group can come to: a check of the scenario's own words, nothing more.

A group is possible where every point of every launch region is at a distance from every aimed place that the class
flies. Nations stand for those of their places of which that is true, by population.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from skypact.errors import Fault
from skypact.model.catalogue import Catalogue, ThreatClass
from skypact.model.document import Document, Path
from skypact.scenario.schema import GroupEntry, LaunchRegionEntry, PlaceEntry
from skypact.scenario.site import Airports, Cities, Spot, distance_m, spot


@dataclass(frozen=True)
class Disc:
    """A place or a launch region on the map."""

    spot: Spot
    radius_m: float
    nation: str = ""
    population: int = 0


def span_m(a: Disc, b: Disc) -> tuple[float, float]:
    """The least and the greatest distance between a point of one disc and a point of the other."""
    centres_m, radii_m = distance_m(a.spot, b.spot), a.radius_m + b.radius_m
    return max(0.0, centres_m - radii_m), centres_m + radii_m


def in_reach(threat: ThreatClass, launch: Sequence[Disc], place: Disc) -> bool:
    """Whether the class flies from every point of every launch disc to every point of the place."""
    least, most = threat.values["range_min_m"].value, threat.values["range_max_m"].value
    return all(least <= low and high <= most for low, high in (span_m(disc, place) for disc in launch))


def spread(
    aims: Mapping[str, float], threat: ThreatClass, launch: Sequence[Disc], places: Mapping[str, Disc]
) -> dict[str, float]:
    """The weights of places: a nation's weight is shared out by population over its places in reach."""
    weights: dict[str, float] = {}
    for aim, weight in aims.items():
        if aim in places:
            weights[aim] = weights.get(aim, 0.0) + weight
            continue
        own = {
            name: disc
            for name, disc in places.items()
            if disc.nation == aim and in_reach(threat, launch, disc)
        }
        people = sum(disc.population for disc in own.values())
        for name, disc in own.items():
            part = disc.population / people if people else 1.0 / len(own)
            weights[name] = weights.get(name, 0.0) + weight * part
    return {name: weight for name, weight in weights.items() if weight > 0.0}


def places_of(document: Document, airports: Airports, cities: Cities) -> dict[str, Disc]:
    """The document's places that have no faults, by name."""
    discs: dict[str, Disc] = {}
    for _, written in document.each("places", "*"):
        try:
            entry = PlaceEntry.model_validate(written)
        except ValidationError:
            continue
        found = spot(entry.at, airports, cities)
        if found is not None:
            people = entry.population if entry.population is not None else found.population or 0
            discs[entry.name] = Disc(found, entry.radius, entry.nation, people)
    return discs


def regions_of(document: Document, airports: Airports, cities: Cities) -> dict[str, Disc]:
    """The document's launch regions that have no faults, by name."""
    discs: dict[str, Disc] = {}
    for _, written in document.each("launch_regions", "*"):
        try:
            entry = LaunchRegionEntry.model_validate(written)
        except ValidationError:
            continue
        found = spot(entry.at, airports, cities)
        if found is not None:
            discs[entry.name] = Disc(found, entry.radius)
    return discs


def reach_faults(
    document: Document, catalogue: Catalogue, airports: Airports, cities: Cities
) -> Iterator[Fault]:
    """Faults where a class does not fly the distance from its launch regions to what its group aims at."""
    places = places_of(document, airports, cities)
    regions = regions_of(document, airports, cities)
    nations = _sound_nations(document, places)
    for path, written in document.each("families", "*", "groups", "*"):
        try:
            group = GroupEntry.model_validate(written)
        except ValidationError:
            continue
        threat = catalogue.threats.get(group.threat)
        known = threat is not None and "range_max_m" in threat.values and "range_min_m" in threat.values
        if threat is not None and known and all(name in regions for name in group.launch):
            launch = {name: regions[name] for name in group.launch}
            yield from _group_faults(document, path, group, threat, launch, places, nations)


def _sound_nations(document: Document, places: Mapping[str, Disc]) -> set[str]:
    """The nations all of whose places are without faults: of the others nothing can be said here."""
    nations = {str(path[-1]) for path, _ in document.each("nations", "*")}
    for _, place in document.each("places", "*"):
        if isinstance(place, dict) and place.get("name") not in places:
            nations.discard(str(place.get("nation")))
    return nations


def _group_faults(
    document: Document,
    path: Path,
    group: GroupEntry,
    threat: ThreatClass,
    launch: Mapping[str, Disc],
    places: Mapping[str, Disc],
    nations: set[str],
) -> Iterator[Fault]:
    least, most = threat.values["range_min_m"].value / 1e3, threat.values["range_max_m"].value / 1e3
    expected = f"{least:g} km to {most:g} km, the range of {threat.name}, from all of each launch region"
    for aim in group.aims:
        at = (*path, "aims", aim)
        if aim in places:
            for name, disc in launch.items():
                low, high = span_m(disc, places[aim])
                if not in_reach(threat, [disc], places[aim]):
                    yield document.fault(
                        at, f"{low / 1e3:.0f} km to {high / 1e3:.0f} km from '{name}'", expected
                    )
        elif aim in nations:
            own = [disc for disc in places.values() if disc.nation == aim]
            if own and not any(in_reach(threat, list(launch.values()), disc) for disc in own):
                yield document.fault(at, f"no place of {aim} in reach of all launch regions", expected)
