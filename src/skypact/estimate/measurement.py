"""What a sensor measures, how well, and its detections as kernels see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.multitarget import layout
from skypact.kernels.multitarget.layout import Scan
from skypact.kernels.multitarget.measurement import components, measure, measured_size, place_all
from skypact.model.network import F8

Measures = Literal[
    "position",
    "range_bearing",
    "range_bearing_elevation",
    "range_bearing_rate",
    "range_bearing_elevation_rate",
    "bearing",
    "bearing_elevation",
    "range_difference",
]
KINDS: dict[str, int] = {
    "position": layout.POSITION,
    "range_bearing": layout.RANGE_BEARING,
    "range_bearing_elevation": layout.RANGE_BEARING_ELEVATION,
    "range_bearing_rate": layout.RANGE_BEARING_RATE,
    "range_bearing_elevation_rate": layout.RANGE_BEARING_ELEVATION_RATE,
    "bearing": layout.BEARING,
    "bearing_elevation": layout.BEARING_ELEVATION,
    "range_difference": layout.RANGE_DIFFERENCE,
}
_ADVICE = "Correct these fields."


@dataclass(frozen=True, eq=False)
class Sensor:
    """A sensor: what it measures, where it stands, its noise and known bias, how much it detects and how much in vain.

    Components are in the order of `measures`: metres, radians, metres a second; bearing clockwise from the local north
    axis, elevation above the local horizontal. A position is in the tracker's own frame, whatever the sensor's axes.
    A difference of ranges tells no place: it updates tracks but begins none, so that other sensors have to.

    Raises:
        UsageError: names every field that does not fit.
    """

    measures: Measures
    sigma: float | Sequence[float] | F8 | None = None
    """Standard deviation of each component (one number for all); or give `noise`."""
    noise: ArrayLike | None = None
    """[m, m] covariance instead of sigma."""
    dimensions: int | None = None
    """Of the state, 2 or 3. None: of a position as many as its sigma or noise has; else 3 where there is an elevation,
    or where origin_m, second_m or rot_enu_from_frame is of three dimensions."""
    origin_m: ArrayLike | None = None
    """Where the sensor stands, [2] or [3]; None: in the frame's origin."""
    rot_enu_from_frame: ArrayLike | None = None
    """[3, 3] the sensor's east, north and up by the frame's axes, a rotation, in two dimensions one about the vertical,
    or [2, 2]; the frame's own by default."""
    vel_mps: ArrayLike = (0.0, 0.0, 0.0)
    """The sensor's own velocity, which range rate is relative to."""
    second_m: ArrayLike | None = None
    """The other station of a range difference: measured is the range from the origin minus that from here."""
    bias: ArrayLike | None = None
    """[m] known bias of each component (measured minus true): it is removed."""
    new_range_m: float = 50_000.0
    """Where range is not measured: what a new track assumes, and how surely."""
    new_range_sigma_m: float = 25_000.0
    new_elevation_rad: float = 0.05
    """Where elevation is not measured (in three dimensions), likewise."""
    new_elevation_sigma_rad: float = 0.1
    detection_chance: float = 0.9
    """Chance that an object in view is detected in a scan."""
    clutter_density: float = 1e-6
    """False detections a scan per unit of the measurement's volume (m, rad, m/s multiplied). The default is one of
    positions in a plane, in m^2: whatever else is measured, give it yourself to all associators but gnn by distance."""
    resolution: float | Sequence[float] | F8 | None = None
    """Of each component (one number for all): two objects that differ by it in this one alone give one plot in common
    half of the time (Koch and van Keuk 1997); inf for a component that does not help to tell objects apart. None: any
    two are told apart."""
    _row: F8 = field(init=False, repr=False)
    _noise: F8 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Bring the fields into the kernels' form, or say all that is wrong with them."""
        if self.measures not in KINDS:
            raise UsageError("Sensor", f"measures is {self.measures!r}", f"Give one of {', '.join(KINDS)}.")
        object.__setattr__(self, "dimensions", self._dimensions())
        faults: list[str] = []
        if self.size == 0:
            faults.append(f"measures is {self.measures}, which there is not in {self.dimensions} dimensions")
        object.__setattr__(self, "_noise", self._covariance(faults))
        object.__setattr__(self, "_row", self._packed(faults))
        if not 0.0 < self.detection_chance <= 1.0:
            faults.append(f"detection_chance is {self.detection_chance}, not above 0 and at most 1")
        if not 0.0 <= self.clutter_density < math.inf:
            faults.append(f"clutter_density is {self.clutter_density}, not a density")
        if faults:
            raise UsageError("Sensor", "; ".join(faults), _ADVICE)

    @property
    def kind(self) -> int:
        """layout.POSITION and so on."""
        return KINDS[self.measures]

    @property
    def size(self) -> int:
        """How many components a measurement has."""
        return components(self.kind, self.dimensions or 0)

    def pack(self) -> F8:
        """The sensor's row f8[N_SENSOR] as kernels see it."""
        return self._row.copy()

    @property
    def covariance(self) -> F8:
        """[m, m] of a measurement."""
        return self._noise.copy()

    def scan(
        self,
        t_s: ArrayLike,
        z: ArrayLike,
        *,
        noise: ArrayLike | None = None,
        clutter: ArrayLike | None = None,
    ) -> Scan:
        """Detections as kernels see them.

        Args:
            t_s: their instant, s: one, or [n] each its own.
            z: [n, m] what was measured; n may be 0.
            noise: [n, m, m] or [m, m] covariance where it differs from the sensor's.
            clutter: [n] or one density of false detections where it differs from the sensor's.

        Raises:
            UsageError: names every argument that does not fit, with the first row concerned.
        """
        faults: list[str] = []
        points = self._points(z, faults)
        n, d = len(points), self.dimensions or 0
        times = _spread(t_s, n, "t_s", faults)
        density = _spread(self.clutter_density if clutter is None else clutter, n, "clutter", faults)
        if clutter is not None and np.any(density < 0.0):
            faults.append("clutter has negative densities")
        spread = self._noise[None].copy()
        if noise is not None:
            spread = np.array(noise, np.float64, order="C", ndmin=3)
            if spread.shape[1:] != (self.size, self.size) or len(spread) not in {1, n}:
                faults.append(f"noise is of shape {spread.shape}, not ({n}, {self.size}, {self.size})")
            elif not _definite(spread):
                faults.append("noise is not symmetric and positive definite")
        if faults:
            raise UsageError("Sensor.scan", "; ".join(faults), "Leave such detections out, or correct them.")
        where = np.empty((n, d))
        place_all(self.kind, self._row, points, where)
        return Scan(self.kind, self._row.copy(), times, points, spread, where, density)

    def expect(self, state: ArrayLike) -> tuple[F8, F8]:
        """What the sensor would show of a state [n], known bias included, and its Jacobian [m, n].

        Raises:
            UsageError: the state has not all of the position, and velocity for a range rate, or is not finite.
        """
        x = np.array(state, np.float64)
        least = int(measured_size(self.kind, self.dimensions or 0))
        if x.ndim != 1 or x.size < least or not np.all(np.isfinite(x)):
            found = f"a state of shape {x.shape}: {x.ravel()[:8].tolist()}"
            raise UsageError("Sensor.expect", found, f"Give at least {least} finite numbers.")
        shape = np.full(layout.N_SHAPE, -1, np.int64)
        shape[layout.DIMS], shape[layout.SIZE] = self.dimensions or 0, x.size
        value, rows = np.empty(layout.MOST_MEASURED), np.empty((layout.MOST_MEASURED, x.size))
        measure(self.kind, self._row, shape, x, value, rows)
        return value[: self.size].copy(), rows[: self.size].copy()

    def _dimensions(self) -> int:
        if self.dimensions is not None:
            if self.dimensions not in {2, 3}:
                raise UsageError("Sensor", f"dimensions is {self.dimensions}", "Give 2 or 3.")
            return self.dimensions
        if "elevation" in self.measures:
            return 3
        given: tuple[object, ...] = (self.origin_m, self.second_m, self.rot_enu_from_frame)
        if self.measures == "position":
            own = [np.shape(_array(value))[-1:] for value in (self.sigma, self.noise)]
            if (2,) in own:
                return 2
            given = (*given, self.sigma, self.noise)
        return 3 if any(np.shape(_array(value))[-1:] == (3,) for value in given) else 2

    def _covariance(self, faults: list[str]) -> F8:
        m = self.size
        if (self.sigma is None) == (self.noise is None):
            faults.append("not exactly one of sigma and noise is given")
            return np.eye(m)
        if self.noise is not None:
            noise = _array(self.noise)
            if noise.shape != (m, m):
                faults.append(f"noise is of shape {noise.shape}, not ({m}, {m})")
            elif not _definite(noise):
                faults.append("noise is not symmetric and positive definite")
            return noise
        sigma = np.atleast_1d(_array(self.sigma))
        if sigma.shape not in {(m,), (1,)}:
            faults.append(f"sigma has {sigma.size} of {m} numbers")
        elif not np.all((sigma > 0.0) & (sigma < math.inf)):
            faults.append(f"sigma is {sigma.tolist()}, not positive")
        else:
            return np.diag(np.broadcast_to(sigma, m) ** 2)
        return np.eye(m)

    def _packed(self, faults: list[str]) -> F8:
        row = np.zeros(layout.N_SENSOR)
        d, m = self.dimensions or 0, self.size

        def put(at: int, name: str, length: int, value: ArrayLike | None, most: int = 0) -> None:
            numbers = np.atleast_1d(_array(value))
            fits = numbers.ndim == 1 and length <= numbers.size <= max(most, length)
            if not fits or not np.all(np.isfinite(numbers)):
                faults.append(f"{name} is {numbers.tolist()}, not {length} finite numbers")
            else:
                row[at : at + length] = numbers[:length]

        if self.origin_m is not None:
            put(layout.ORIGIN, "origin_m", d, self.origin_m, 3)
        put(layout.VELOCITY, "vel_mps", d, self.vel_mps, 3)
        if self.measures == "range_difference":
            put(layout.SECOND, "second_m", d, self.second_m, 3)
        if self.bias is not None:
            put(layout.BIAS, "bias", m, self.bias)
        rot = np.eye(3)
        if self.rot_enu_from_frame is not None:
            given = _array(self.rot_enu_from_frame)
            k = given.shape[0] if given.ndim == 2 else 0
            if given.shape not in {(d, d), (3, 3)} or not _is_rotation(given):
                faults.append(f"rot_enu_from_frame is not a [{d}, {d}] rotation")
            elif k > d and not np.allclose(given[2], (0.0, 0.0, 1.0), atol=1e-6):
                faults.append("rot_enu_from_frame tilts the plane of two dimensions")
            else:
                rot[:k, :k] = given
        row[layout.ROTATION : layout.ROTATION + 9] = rot.ravel()
        for at, name in (
            (layout.NEW_RANGE, "new_range_m"),
            (layout.NEW_RANGE_SIGMA, "new_range_sigma_m"),
            (layout.NEW_ELEVATION, "new_elevation_rad"),
            (layout.NEW_ELEVATION_SIGMA, "new_elevation_sigma_rad"),
        ):
            put(at, name, 1, getattr(self, name))
            if row[at] <= 0.0 and name != "new_elevation_rad":
                faults.append(f"{name} is {row[at]}, not positive")
        if self.resolution is not None:
            row[layout.RESOLUTION : layout.RESOLUTION + m] = self._resolution(faults)
        return row

    def _resolution(self, faults: list[str]) -> F8:
        m = self.size
        widths = np.atleast_1d(_array(self.resolution))
        if widths.shape not in {(m,), (1,)}:
            faults.append(f"resolution has {widths.size} of {m} numbers")
        elif not (np.all(widths > 0.0) and np.any(widths < math.inf)):
            faults.append(f"resolution is {widths.tolist()}, not positive and somewhere finite")
        else:
            return np.broadcast_to(widths, m)
        return np.zeros(m)

    def _points(self, z: ArrayLike, faults: list[str]) -> F8:
        m = self.size
        points = np.array(z, np.float64, order="C")
        if points.ndim == 1 and (m == 1 or points.size in {0, m}):
            points = points.reshape(-1, m)
        if points.ndim != 2 or (points.shape[1] != m and points.size):
            faults.append(f"z is of shape {points.shape}, not (n, {m})")
            return np.empty((0, m))
        points = points.reshape(-1, m)
        if not np.isfinite(points).all():
            bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
            faults.append(f"z has {bad.size} rows that are not finite, the first is row {bad[0]}")
        return points


def _array(value: object) -> F8:
    """A float array; nothing is an array of one NaN."""
    return np.array(math.nan if value is None else value, np.float64)


def _is_rotation(matrix: F8) -> bool:
    """Whether a square matrix is orthogonal and no reflection."""
    unit = np.allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-6)
    return bool(unit and np.linalg.det(matrix) > 0.0)


def _spread(value: ArrayLike, n: int, name: str, faults: list[str]) -> F8:
    """One number for each of n detections."""
    if isinstance(value, int | float):
        if not math.isfinite(value):
            faults.append(f"{name} is not finite")
        return np.full(n, float(value))
    numbers = np.array(value, np.float64)
    if numbers.shape == ():
        numbers = np.full(n, float(numbers))
    elif numbers.shape != (n,):
        faults.append(f"{name} is of shape {numbers.shape}, not one number or ({n},)")
        return np.zeros(n)
    if not np.isfinite(numbers).all():
        faults.append(f"{name} is not finite")
    return numbers


def _definite(cov: F8) -> bool:
    """Whether every [..., m, m] is finite, symmetric and positive definite, whatever the units of its components."""
    if not np.all(np.isfinite(cov)):
        return False
    variance = np.diagonal(cov, axis1=-2, axis2=-1)
    if not np.all(variance > 0.0):
        return False
    scale = np.sqrt(variance[..., :, None] * variance[..., None, :])
    unit = cov / scale
    return bool(np.allclose(unit, np.swapaxes(unit, -1, -2)) and np.all(np.linalg.eigvalsh(unit) > 1e-12))
