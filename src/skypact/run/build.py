"""From a checked scenario to everything that stands still in its runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.model.catalogue import Catalogue, SensorClass
from skypact.model.codes import Content, SensorKind
from skypact.model.doctrine import Coordination
from skypact.model.link import LinkTable
from skypact.model.network import (
    B1,
    F8,
    AirportTable,
    BatteryTable,
    Network,
    PlaceTable,
    SensingTable,
    SensorTable,
)
from skypact.model.scenario import Place, Scenario
from skypact.model.zone import Zones
from skypact.run.battery import battery_table
from skypact.run.mask import masks_of_terrain
from skypact.run.radar import blind_speed_mps, radar_constant_db
from skypact.scenario import parse_level
from skypact.sense.clutter import clutter_table, mean_false_plots
from skypact.share import LevelRules, cut_off, link_table, rules_for
from skypact.track import TrackerSettings
from skypact.warn import AlertSettings, districts_as_zones, hexagons, places_as_zones

ERRORS = ("range_m", "bearing_rad", "elevation_rad", "clock_s")
"""What a sensor's bias and drift are of, in the order of the tables."""

TREATMENTS = ("information", "cueing", "engage_on_remote", "coordinated_fire")


@dataclass(frozen=True)
class Treatments:
    """What sharing means in a run, beside information: separate switches, all off by default."""

    cueing: bool = False
    engage_on_remote: bool = False
    coordinated_fire: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The switches that are on, `information` first."""
        on = ("information", *(name for name in TREATMENTS[1:] if getattr(self, name)))
        return on


def parse_treatments(names: tuple[str, ...]) -> Treatments:
    """The switches named.

    Raises:
        UsageError: an unknown name.
    """
    unknown = [name for name in names if name not in TREATMENTS]
    if unknown:
        raise UsageError(
            "--treatments", f"unknown {', '.join(unknown)}", f"Available: {', '.join(TREATMENTS)}."
        )
    return Treatments(**{name: name in names for name in TREATMENTS[1:]})


@dataclass(frozen=True)
class Wired:
    """A scenario ready to run."""

    scenario: Scenario
    catalogue: Catalogue
    network: Network
    zones: Zones
    """What alerts are for"""
    airports: AirportTable
    terrain: Terrain
    levels: tuple[LevelRules, ...]
    switches: tuple[Treatments, ...]
    """Per level: what the campaign switches on everywhere, and what the level's name adds."""
    coordination: tuple[Coordination, ...]
    """Per level, under which rule fire is co-ordinated where that is on."""
    links: tuple[LinkTable, ...]
    """The tables of links that levels use, the scenario's own first."""
    link_of: tuple[int, ...]
    """Per level, its row of `links`."""
    treatments: Treatments
    uncertain: bool = False
    """Whether each run is to draw the parameters of its classes from their intervals."""


def wire(
    scenario: Scenario,
    catalogue: Catalogue,
    airports: AirportTable,
    terrain: Terrain,
    levels: tuple[str, ...],
    treatments: Treatments,
    uncertain: bool = False,
) -> Wired:
    """The scenario wired for the given levels, its classes with their nominal values.

    Raises:
        UsageError: an unknown level.
    """
    nations, settings = scenario.nations, scenario.settings
    links = [link_table(scenario.links, nations)]
    rules, switches, link_of, coordination = [], [], [], []
    for name in levels:
        level = parse_level(name, nations, tuple(scenario.policy.levels))
        rules.append(rules_for(scenario.policy, nations, name, level.base, level.hub, level.without))
        on = dict.fromkeys((*treatments.names[1:], *level.switches), True)
        switches.append(Treatments(**on))
        coordination.append(level.rule or scenario.coordination)
        table = links[0]
        for code in level.cut:
            table = cut_off(table, nations.index(code), settings.cut_from_s, settings.cut_until_s)
        if table is not links[0]:
            links.append(table)
        link_of.append(0 if table is links[0] else len(links) - 1)
    _refuse_late_detections(rules, nations)
    network = _network(scenario, catalogue, terrain)
    return Wired(
        scenario,
        catalogue,
        network,
        _scenario_zones(scenario, network.places, terrain),
        airports,
        terrain,
        tuple(rules),
        tuple(switches),
        tuple(coordination),
        tuple(links),
        tuple(link_of),
        treatments,
        uncertain,
    )


def _scenario_zones(scenario: Scenario, places: PlaceTable, terrain: Terrain) -> Zones:
    """What the scenario's alerts are for."""
    if not scenario.districts:
        return zones_of(places, scenario.hexagon_m)
    sites = tuple(
        Place(
            d.name,
            d.nation,
            d.lat_rad,
            d.lon_rad,
            -1 if d.population is None else d.population,
            d.radius_m,
            0.0,
            False,
        )
        for d in scenario.districts
    )
    return districts_as_zones(places, _place_table(sites, scenario.nations, terrain))


def zones_of(places: PlaceTable, hexagon_m: float | None) -> Zones:
    """The places as zones, or hexagons of a width over their ground.

    Raises:
        UsageError: there would be too many hexagons.
    """
    if hexagon_m is None:
        return places_as_zones(places)
    return hexagons(places, hexagon_m, AlertSettings().margin_m)


def with_catalogue(wired: Wired, catalogue: Catalogue) -> Wired:
    """The same scenario with other values of the same classes."""
    return replace(wired, catalogue=catalogue, network=_network(wired.scenario, catalogue, wired.terrain))


def _network(scenario: Scenario, catalogue: Catalogue, terrain: Terrain) -> Network:
    kinds = [catalogue.sensors[site.class_name] for site in scenario.sensors]
    sensors, sensing = _sensor_table(scenario, kinds, terrain), _sensing_table(kinds)
    # An owner knows how often its radars err on their own ground; the relief of a run is unknown to it.
    clutter = clutter_table(sensors, sensing, masks_of_terrain(sensors, terrain), terrain, scenario.weather)
    sensors = replace(sensors, false_plots=mean_false_plots(sensors, clutter))
    return Network(
        scenario.nations,
        sensors,
        sensing,
        battery_table(scenario, catalogue.interceptors, terrain),
        _place_table(scenario.places, scenario.nations, terrain),
    )


def _refuse_late_detections(rules: list[LevelRules], nations: tuple[str, ...]) -> None:
    """Refuse a policy whose detections would all come too late for any tracker."""
    limit_s = TrackerSettings().late_max_s
    for level in rules:
        late = (level.content == Content.DETECTIONS) & (level.delay_s > limit_s)
        for sender, receiver in np.argwhere(late):
            raise UsageError(
                f"level {level.level}: detections from {nations[sender]} to {nations[receiver]}",
                f"a delay of {level.delay_s[sender, receiver]:g} s, beyond the {limit_s:g} s that a tracker can use",
                "Release tracks with that delay instead.",
            )


def free_to_fire(batteries: BatteryTable) -> B1:
    """Which batteries have the consent that their shots need, [B].

    Consent is taken as given in advance by a nation whose own places the battery defends (assumption), and by the
    owner to itself; a battery that needs the consent of anybody else holds its fire.
    """
    rows = np.arange(len(batteries.names))
    given: B1 = (batteries.consent == batteries.nation) | batteries.defends[rows, batteries.consent]
    return given


def _positions(lat_rad: F8, lon_rad: F8, height_m: F8) -> F8:
    return np.ascontiguousarray(ecef_from_geodetic(lat_rad, lon_rad, height_m), dtype=np.float64)


Column: TypeAlias = Callable[..., F8]
"""A value of every sensor's class by its key, and what stands where a class has none (NaN unless given)."""


def _column(kinds: list[SensorClass]) -> Column:
    def column(key: str, absent: float = math.nan) -> F8:
        return np.array([c.values[key].value if key in c.values else absent for c in kinds], np.float64)

    return column


def _sensor_table(scenario: Scenario, kinds: list[SensorClass], terrain: Terrain) -> SensorTable:
    """The sensors; the false plots of radars, which depend on the ground, are not yet in it."""
    sites = scenario.sensors
    row = {code: i for i, code in enumerate(scenario.nations)}
    column = _column(kinds)
    lat = np.array([site.lat_rad for site in sites])
    lon = np.array([site.lon_rad for site in sites])
    mast = column("mast_m", 0.0)
    height = np.array(
        [
            site.height_m
            if site.height_m is not None
            else float(terrain.height_m(site.lat_rad, site.lon_rad)) + up
            for site, up in zip(sites, mast, strict=True)
        ]
    )
    bias = [column(f"bias_{part}", 0.0) for part in ERRORS]
    return SensorTable(
        names=tuple(site.name for site in sites),
        class_names=tuple(site.class_name for site in sites),
        nation=np.array([row[site.nation] for site in sites], np.int8),
        kind=np.array([c.kind for c in kinds], np.uint8),
        rotates=np.array([c.rotates for c in kinds], np.bool_),
        measures_elevation=np.array([c.measures_elevation for c in kinds], np.bool_),
        lat_rad=lat,
        lon_rad=lon,
        height_m=height,
        pos_ecef_m=_positions(lat, lon, height),
        rot_enu_from_ecef=np.ascontiguousarray(rot_enu_from_ecef(lat, lon)),
        range_min_m=column("range_min_m", 0.0),
        range_max_m=column("range_max_m"),
        revisit_s=column("revisit_s"),
        sigma_range_m=column("sigma_range_m"),
        sigma_bearing_rad=column("sigma_bearing_rad"),
        sigma_elevation_rad=column("sigma_elevation_rad"),
        elevation_min_rad=column("elevation_min_rad", -math.pi / 2),
        elevation_max_rad=column("elevation_max_rad", math.pi / 2),
        sector_centre_rad=np.array([site.sector_centre_rad for site in sites]),
        sector_rad=column("sector_rad", 2.0 * math.pi),
        bias_sigma=np.stack(bias, axis=1),
        false_plots=column("false_plots", 0.0),
        delay_s=column("delay_s", 0.0),
        code_probability=column("code_probability", 0.0),
    )


def _sensing_table(kinds: list[SensorClass]) -> SensingTable:
    """How the sensors perceive: the values of their classes, and what follows from them."""
    column = _column(kinds)

    def radars(figure: Callable[[SensorClass], float]) -> F8:
        return np.array([figure(c) if c.kind == SensorKind.RADAR else math.nan for c in kinds], np.float64)

    revisit = column("revisit_s")
    drift = [column(f"drift_{part}", 0.0) for part in ERRORS]
    return SensingTable(
        # Neighbouring radars do not turn in step: phases follow the golden ratio, fixed by the place in the file.
        scan_phase_s=revisit * np.modf(np.arange(len(kinds)) * 0.6180339887498949)[0],
        revisit_track_s=column("revisit_track_s"),
        revisit_cued_s=column("revisit_cued_s"),
        track_gain_db=column("track_gain_db"),
        snr_db_100km_1m2=radars(radar_constant_db),
        frequency_hz=column("frequency_hz"),
        pfa=column("pfa"),
        swerling=column("swerling", 0.0).astype(np.uint8),
        pulses=column("pulses", 0.0).astype(np.uint16),
        pattern=np.array([c.pattern for c in kinds], np.uint8),
        tilt_rad=column("tilt_rad"),
        beam_azimuth_rad=column("beam_azimuth_rad"),
        beam_elevation_rad=column("beam_elevation_rad"),
        fence_rad=column("fence_rad"),
        cell_range_m=column("cell_range_m"),
        blind_speed_mps=radars(blind_speed_mps),
        canceller=column("canceller", 0.0).astype(np.uint8),
        stagger=column("stagger", 0.0).astype(np.uint8),
        mti_range_m=column("mti_range_m"),
        improvement_db=column("improvement_db"),
        plots_max=column("plots_max", 0.0).astype(np.int32),
        drift_sigma=np.stack(drift, axis=1),
        drift_time_s=column("drift_time_s"),
        detection_probability=column("detection_probability"),
        receivers=column("receivers", 0.0).astype(np.uint8),
        baseline_m=column("baseline_m"),
        sigma_time_s=column("sigma_time_s"),
    )


def _place_table(places: tuple[Place, ...], nations: tuple[str, ...], terrain: Terrain) -> PlaceTable:
    row = {code: i for i, code in enumerate(nations)}
    lat = np.array([place.lat_rad for place in places])
    lon = np.array([place.lon_rad for place in places])
    ground = np.array([float(terrain.height_m(a, b)) for a, b in zip(lat, lon, strict=True)])
    return PlaceTable(
        names=tuple(place.name for place in places),
        nation=np.array([row[place.nation] for place in places], np.int8),
        lat_rad=lat,
        lon_rad=lon,
        pos_ecef_m=_positions(lat, lon, ground),
        radius_m=np.array([place.radius_m for place in places]),
        population=np.array([place.population for place in places], np.int64),
        value=np.array([place.value for place in places]),
        defended=np.array([place.defended for place in places], np.bool_),
    )
