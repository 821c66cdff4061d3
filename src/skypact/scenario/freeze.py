"""From a document without faults to the frozen `model.scenario.Scenario`."""

from __future__ import annotations

import math

from skypact.model.codes import Combination
from skypact.model.document import Document
from skypact.model.scenario import (
    BatterySite,
    District,
    Place,
    RaidFamily,
    RaidGroup,
    Region,
    Scenario,
    SensorSite,
    Settings,
    Traffic,
)
from skypact.scenario.check import Known
from skypact.scenario.days import frozen_days
from skypact.scenario.doctrine import DoctrinesEntry, freeze_coordination, freeze_doctrine
from skypact.scenario.links import freeze_links
from skypact.scenario.policy import freeze_policy
from skypact.scenario.reach import Disc, places_of, regions_of, spread
from skypact.scenario.schema import (
    At,
    BatteryEntry,
    DistrictEntry,
    GroupEntry,
    PlaceEntry,
    ScenarioEntry,
    SensorEntry,
)
from skypact.scenario.site import Spot, spot
from skypact.scenario.world import frozen_closure, frozen_event, frozen_position_fault, frozen_weather


def freeze(document: Document, known: Known, text: str) -> Scenario:
    """The scenario of a document in which `check` found no fault; `text` is what its run folder keeps."""
    entry = ScenarioEntry.model_validate(document.data)
    places = places_of(document, known.airports, known.cities)
    regions = regions_of(document, known.airports, known.cities)
    return Scenario(
        name=entry.name,
        title=entry.title,
        description=entry.description,
        runs=entry.runs,
        seed=entry.seed,
        levels=tuple(entry.levels),
        nations=tuple(entry.nations),
        nation_names=tuple(entry.nations.values()),
        region=_region(entry),
        terrain=entry.terrain,
        settings=_settings(entry),
        places=tuple(_place(item, known) for item in entry.places),
        sensors=tuple(_sensor(item, known) for item in entry.sensors),
        batteries=tuple(_battery(item, known, entry.doctrine) for item in entry.batteries),
        policy=freeze_policy(entry.policy, tuple(entry.nations), document),
        traffic=Traffic(**entry.traffic.model_dump()),
        families=tuple(
            RaidFamily(
                family.name,
                family.title,
                tuple(_group(group, known, regions, places) for group in family.groups),
            )
            for family in entry.families
        ),
        weather=frozen_weather(entry.weather),
        sensor_events=tuple(frozen_event(item) for item in entry.sensor_events),
        closures=tuple(frozen_closure(item) for item in entry.airspace_closures),
        position_faults=tuple(frozen_position_fault(item) for item in entry.position_faults),
        text=text,
        links=freeze_links(entry.links, entry.outages, entry.misreports, tuple(entry.nations)),
        hexagon_m=entry.warning.size,
        districts=tuple(_district(item, known) for item in entry.warning.districts),
        days=frozen_days(entry.days),
        coordination=freeze_coordination(entry.doctrine),
    )


def _spot(at: At, known: Known) -> Spot:
    found = spot(at, known.airports, known.cities)
    if found is None:
        raise ValueError("freeze takes only documents that `check` has passed")
    return found


def _region(entry: ScenarioEntry) -> Region:
    box = entry.region
    return Region(*(math.radians(side) for side in (box.south, box.north, box.west, box.east)))


def _settings(entry: ScenarioEntry) -> Settings:
    written = entry.settings
    free = written.weapons_free or (math.inf, math.inf)
    return Settings(
        lead_in_s=written.lead_in,
        tail_s=written.tail,
        picture_period_s=written.picture_period,
        message_period_s=written.message_period,
        snapshot_period_s=written.snapshot_period,
        alert_probability=written.alert_probability,
        relief_low_m=written.relief[0],
        relief_high_m=written.relief[1],
        fusion=Combination[written.fusion.upper()],
        cut_from_s=written.cut[0],
        cut_until_s=written.cut[1],
        free_from_s=free[0],
        free_until_s=free[1],
    )


def _place(item: PlaceEntry, known: Known) -> Place:
    at = _spot(item.at, known)
    people = item.population if item.population is not None else at.population or 0
    return Place(
        item.name, item.nation, at.lat_rad, at.lon_rad, people, item.radius, item.value, item.defended
    )


def _district(item: DistrictEntry, known: Known) -> District:
    at = _spot(item.at, known)
    return District(item.name, item.nation, at.lat_rad, at.lon_rad, item.radius, item.population)


def _sensor(item: SensorEntry, known: Known) -> SensorSite:
    at = _spot(item.at, known)
    return SensorSite(
        name=item.name,
        class_name=item.class_name,
        nation=item.owns_data or item.nation,
        host=item.host or item.nation,
        lat_rad=at.lat_rad,
        lon_rad=at.lon_rad,
        height_m=item.height if item.height is not None else at.height_m,
        sector_centre_rad=(item.faces or 0.0) % (2.0 * math.pi),
    )


def _battery(item: BatteryEntry, known: Known, doctrine: DoctrinesEntry) -> BatterySite:
    at = _spot(item.at, known)
    return BatterySite(
        name=item.name,
        class_name=item.class_name,
        nation=item.nation,
        host=item.host or item.nation,
        defends=tuple(item.defends or (item.nation,)),
        consent=item.consent or item.nation,
        lat_rad=at.lat_rad,
        lon_rad=at.lon_rad,
        stock=item.stock,
        sector_centre_rad=(item.faces or 0.0) % (2.0 * math.pi),
        sector_rad=item.sector if item.sector is not None else 2.0 * math.pi,
        doctrine=freeze_doctrine(doctrine, item.nation, item.doctrine),
    )


def _group(item: GroupEntry, known: Known, regions: dict[str, Disc], places: dict[str, Disc]) -> RaidGroup:
    launch = [regions[name] for name in item.launch]
    weights = spread(item.aims, known.catalogue.threats[item.threat], launch, places)
    return RaidGroup(
        threat=item.threat,
        count_low=item.count[0],
        count_high=item.count[1],
        launch=tuple((disc.spot.lat_rad, disc.spot.lon_rad, disc.radius_m) for disc in launch),
        aims=tuple(weights.items()),
        start_low_s=item.start[0],
        start_high_s=item.start[1],
        false_code_share=item.false_code_share,
    )
