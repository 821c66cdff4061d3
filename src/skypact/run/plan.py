"""What every stage of one paired run is given beside the state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from skypact.defend import FireSettings
from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.logbook import Logbook
from skypact.kernels.look import Scene
from skypact.model.detection import Sensed
from skypact.model.link import MisreportTable
from skypact.model.network import F8, I4, I8, Surroundings
from skypact.model.truth import Truth
from skypact.model.zone import Zones
from skypact.run.build import Wired
from skypact.run.carriage import Carriage
from skypact.sense import CueSettings, scene_of, takes_cues
from skypact.track import TrackerSettings
from skypact.warn import AlertSettings, ImpactSettings, PrealertSettings, new_logbook


def rows_by_nation(zones: Zones, nations: int) -> tuple[I4, ...]:
    """Per nation, the rows of its zones."""
    return tuple(np.flatnonzero(zones.table.nation == n).astype(np.int32) for n in range(nations))


def alert_settings(zones: Zones, settings: AlertSettings) -> AlertSettings:
    """The settings under which zones are alerted: those that cover the ground need no margin around them."""
    return replace(settings, margin_m=0.0) if zones.tiled else settings


@dataclass(frozen=True)
class Plan:
    """The world of one paired run: its truth, its keys, the settings of the stages."""

    wired: Wired
    truth: Truth
    bias: F8
    surroundings: Surroundings
    k0: np.uint32
    k1: np.uint32
    tracker: TrackerSettings
    impact: ImpactSettings
    alert: AlertSettings
    """Of places, as policies ask which of them are threatened; `alert_settings` of zones."""
    fire: FireSettings
    arrivals: I8
    """Rows of raid objects in order of arrival."""
    own_places: tuple[I4, ...]
    own_batteries: tuple[I4, ...]
    debris: dict[tuple[int, int], tuple[Truth, Sensed]]
    """Debris already sensed at another level, by (row of the object killed, instant): filled as kills happen."""
    span_s: tuple[float, float]
    """First and last second of the run"""
    misreports: MisreportTable
    prealert: PrealertSettings = field(default_factory=PrealertSettings)
    cue: CueSettings = field(default_factory=CueSettings)

    @cached_property
    def carriage(self) -> Carriage:
        """What carries the detections of the run."""
        period_ns = round(self.wired.scenario.settings.message_period_s * 1e9)
        return Carriage(self.wired.links, period_ns, self.k0, self.k1)

    @cached_property
    def logbook(self) -> Logbook:
        """Flights to the ground that were predicted at the present epoch, whoever holds the track, at any level."""
        return new_logbook()

    @cached_property
    def home_airport_ecef_m(self) -> F8:
        """Airports in the countries of the scenario's nations, [k, 3]."""
        airports = self.wired.airports
        home = np.isin(airports.countries, self.wired.network.nations)
        return ecef_from_geodetic(airports.lat_rad[home], airports.lon_rad[home], airports.height_m[home])

    @cached_property
    def own_zones(self) -> tuple[I4, ...]:
        """Per nation, the rows of its zones."""
        return rows_by_nation(self.wired.zones, len(self.wired.network.nations))

    @cached_property
    def own_cued(self) -> tuple[I4, ...]:
        """Per nation, the rows of its sensors that have a cued mode."""
        sensors, sensing = self.wired.network.sensors, self.wired.network.sensing
        able = takes_cues(sensors, sensing)
        nations = range(len(self.wired.network.nations))
        return tuple(np.flatnonzero(able & (sensors.nation == n)).astype(np.int32) for n in nations)

    @cached_property
    def scene(self) -> Scene:
        """The run's sensors, surroundings and objects in the arrays that sensing reads."""
        network = self.wired.network
        return scene_of(
            network.sensors, network.sensing, self.bias, self.surroundings, self.truth, self.k0, self.k1
        )
