"""One object's flight, and how many of them become the table of truth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.earth.terrain import Terrain
from skypact.errors import UsageError
from skypact.kernels import flight as kernel
from skypact.kernels.path import state_at
from skypact.kernels.random import normal_pair, uniform_pair
from skypact.model.catalogue import ThreatClass, Value
from skypact.model.codes import NO_CODE, ObjectClass
from skypact.model.network import F8, U1
from skypact.model.truth import Truth


@dataclass(frozen=True)
class Path:
    """A sampled path: row k of `state` (ECEF m, m/s) is at second `first_s` + k; `phase` is model.codes.Phase."""

    launch_s: float
    burnout_s: float
    end_s: float
    end_ecef_m: F8
    first_s: int
    state: F8
    phase: U1


@dataclass(frozen=True)
class Identity:
    """What one object tells of itself, as the columns of model.truth.Truth."""

    code: int
    false_code: bool
    position_sigma_m: float
    emits: bool
    silent_s: float = math.inf


SILENT = Identity(NO_CODE, False, math.nan, False)
"""What tells nothing."""


@dataclass(frozen=True)
class Flight:
    """One object of a run: who it is and its path."""

    key: int
    object_class: ObjectClass
    type_index: int
    nation: int
    identity: Identity
    rcs_m2: float
    rcs_side_ratio: float
    place: int
    path: Path


@dataclass(frozen=True)
class Draws:
    """The random numbers of one event, by slot, keyed by a run, a purpose and two words that identify the event."""

    k0: np.uint32
    k1: np.uint32
    purpose: np.uint32
    a: int
    b: int

    def uniforms(self, slot: int) -> tuple[float, float]:
        """Two independent uniforms in (0, 1)."""
        a, b, c = np.uint32(self.a), np.uint32(self.b), np.uint32(slot)
        return uniform_pair(self.k0, self.k1, self.purpose, a, b, c)

    def normals(self, slot: int) -> tuple[float, float]:
        """Two independent standard normals."""
        a, b, c = np.uint32(self.a), np.uint32(self.b), np.uint32(slot)
        return normal_pair(self.k0, self.k1, self.purpose, a, b, c)


def threat_class(threats: Mapping[str, ThreatClass], name: str) -> ThreatClass:
    """The threat class of a name.

    Raises:
        UsageError: the catalogue has none of that name.
    """
    if name not in threats:
        known = ", ".join(sorted(threats))
        raise UsageError(f"threat class {name}", f"the catalogue has {known}", "Use one of these names.")
    return threats[name]


def class_value(threat: ThreatClass, key: str) -> Value:
    """A value of a class.

    Raises:
        UsageError: the class has no such value.
    """
    if key not in threat.values:
        found = f"it has {', '.join(sorted(threat.values))}"
        raise UsageError(f"{key} of threat class {threat.name}", found, f"Add {key} to the catalogue.")
    return threat.values[key]


def within(value: Value, u: float) -> float:
    """The number at the fraction u of a value's interval: for u uniform, uniform between its ends."""
    return value.low + u * (value.high - value.low)


def radar_cross_section(value: Value, z: float) -> float:
    """The radar cross section (m2) of one object: log-normal about the class's value, kept in its interval.

    z is standard normal; the interval spans four standard deviations. (Log-normal cross sections: Swerling, "Radar
    probability of detection for some additional fluctuating target cases", IEEE Trans. AES 33, 1997.)
    """
    sigma = np.log(value.high / value.low) / 4.0
    return float(np.clip(value.value * np.exp(sigma * z), value.low, value.high))


def ground_height(terrain: Terrain, lat_rad: float, lon_rad: float) -> float:
    """Height of the ground (m); beyond the terrain's edge that of the nearest point of the edge."""
    return kernel.ground_m(
        terrain.heights_m, terrain.lat0_deg, terrain.lon0_deg, terrain.step_deg, lat_rad, lon_rad
    )


def position_on_path(state: F8, first_s: int, t_s: float) -> F8:
    """ECEF position (m) at t_s on the samples of one path."""
    out = np.empty(6)
    state_at(state, 0, len(state), first_s, t_s, out)
    return out[:3].copy()


def gather(flights: Sequence[Flight], type_names: tuple[str, ...], family: int) -> Truth:
    """The table of truth of the flights, in the order given."""
    paths = [flight.path for flight in flights]
    identities = [flight.identity for flight in flights]
    offset = np.zeros(len(paths) + 1, dtype=np.int64)
    np.cumsum([len(path.state) for path in paths], out=offset[1:])
    return Truth(
        key=np.array([flight.key for flight in flights], dtype=np.uint32),
        object_class=np.array([flight.object_class for flight in flights], dtype=np.uint8),
        type_index=np.array([flight.type_index for flight in flights], dtype=np.uint16),
        type_names=type_names,
        nation=np.array([flight.nation for flight in flights], dtype=np.int8),
        code=np.array([identity.code for identity in identities], dtype=np.uint32),
        false_code=np.array([identity.false_code for identity in identities], dtype=np.bool_),
        silent_s=np.array([identity.silent_s for identity in identities], dtype=np.float64),
        position_sigma_m=np.array([identity.position_sigma_m for identity in identities], dtype=np.float64),
        emits=np.array([identity.emits for identity in identities], dtype=np.bool_),
        rcs_m2=np.array([flight.rcs_m2 for flight in flights], dtype=np.float64),
        rcs_side_ratio=np.array([flight.rcs_side_ratio for flight in flights], dtype=np.float64),
        launch_s=np.array([path.launch_s for path in paths], dtype=np.float64),
        burnout_s=np.array([path.burnout_s for path in paths], dtype=np.float64),
        end_s=np.array([path.end_s for path in paths], dtype=np.float64),
        place=np.array([flight.place for flight in flights], dtype=np.int32),
        end_ecef_m=np.array([path.end_ecef_m for path in paths], dtype=np.float64).reshape(-1, 3),
        family=family,
        offset=offset,
        first_s=np.array([path.first_s for path in paths], dtype=np.int32),
        state=np.concatenate([path.state for path in paths]) if paths else np.empty((0, 6)),
        phase=np.concatenate([path.phase for path in paths]) if paths else np.empty(0, dtype=np.uint8),
    )
