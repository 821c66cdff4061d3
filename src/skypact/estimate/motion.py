"""How objects move: motion models, one by one or several between which an object switches.

A state is position and velocity in a flat frame (x east, y north, z up) or from the Earth's centre, and what else a
model uses, in the order acceleration, turn rate, log drag, axial acceleration; metres, seconds, radians.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels import wgs84
from skypact.kernels.multitarget import layout
from skypact.kernels.multitarget.layout import ACC, AXIAL, DRAG, TURN, Motion
from skypact.model.network import F8

SIGMA_OF = {
    ACC: layout.ACC_SIGMA,
    TURN: layout.TURN_SIGMA,
    DRAG: layout.DRAG_SIGMA,
    AXIAL: layout.AXIAL_SIGMA,
}
"""Where a model's parameters hold the prior of a component."""


class MotionModel(Protocol):
    """Whatever packs into motion models for the kernels."""

    def pack(self) -> Motion:
        """The models as kernels see them."""


def _require(
    name: str,
    value: object,
    *,
    positive: Sequence[str] = (),
    not_negative: Sequence[str] = (),
    any_number: Sequence[str] = (),
    found: Sequence[str] = (),
) -> None:
    """Raise a UsageError that names every field outside its range."""
    faults = list(found)
    for field in (*positive, *not_negative, *any_number):
        number = getattr(value, field)
        if not isinstance(number, int | float | np.number) or not math.isfinite(number):
            faults.append(f"{field} is {number!r}, not a finite number")
        elif field in positive and not number > 0.0:
            faults.append(f"{field} is {number}, not positive")
        elif field in not_negative and number < 0.0:
            faults.append(f"{field} is {number}, negative")
    if faults:
        raise UsageError(name, "; ".join(faults), "Correct these fields.")


@dataclass(frozen=True)
class Planet:
    """A body with gravity, turning about the frame's third axis; the default is the Earth (WGS 84)."""

    gm_m3ps2: float = wgs84.GM_M3_S2
    j2_m2: float = wgs84.J2 * wgs84.A_M**2
    """Second zonal harmonic times the square of the equatorial radius."""
    spin_radps: float = wgs84.OMEGA_RAD_S
    """Rotation of the frame; 0 in an inertial frame."""
    surface_m: float = wgs84.A_M
    """Equatorial radius, from which height counts."""
    flattening: float = wgs84.F

    def __post_init__(self) -> None:
        """Raises UsageError where a value is no number or cannot be."""
        _require(
            "Planet",
            self,
            positive=("gm_m3ps2", "surface_m"),
            any_number=("j2_m2", "spin_radps", "flattening"),
        )


EARTH = Planet()


@dataclass(frozen=True)
class Model(ABC):
    """One motion model."""

    code: ClassVar[int]
    """layout.CONSTANT_VELOCITY and so on."""
    uses: ClassVar[tuple[int, ...]] = ()
    """Components beyond position and velocity: layout.ACC and so on."""
    not_negative: ClassVar[tuple[str, ...]] = ("noise_m2ps3",)
    positive: ClassVar[tuple[str, ...]] = ()

    dimensions: int

    def __post_init__(self) -> None:
        """Raises UsageError naming every field that is outside its range."""
        faults = [] if self.dimensions in {2, 3} else [f"dimensions is {self.dimensions}, not 2 or 3"]
        _require(
            type(self).__name__, self, positive=self.positive, not_negative=self.not_negative, found=faults
        )

    @abstractmethod
    def parameters(self) -> dict[int, float]:
        """The model's parameters by their place in layout, the priors of its own components included."""

    def pack(self) -> Motion:
        """The model as kernels see it."""
        return _packed([self], np.zeros((1, 1)), np.full((1, 1), -1.0), np.ones(1))


@dataclass(frozen=True)
class ConstantVelocity(Model):
    """Nearly constant velocity: white noise acceleration (Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2)."""

    code = layout.CONSTANT_VELOCITY

    dimensions: int = 2
    noise_m2ps3: float = 1.0
    """Spectral density of acceleration on each axis."""

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {layout.NOISE: self.noise_m2ps3}


@dataclass(frozen=True)
class ConstantAcceleration(Model):
    """Nearly constant acceleration: white noise jerk (Bar-Shalom, Li and Kirubarajan 2001, section 6.2.3)."""

    code = layout.CONSTANT_ACCELERATION
    uses = (ACC,)
    not_negative = ("noise_m2ps5", "acc_sigma_mps2")

    dimensions: int = 2
    noise_m2ps5: float = 1.0
    """Spectral density of jerk on each axis."""
    acc_sigma_mps2: float = 10.0
    """Prior of acceleration, of new objects and of those that begin to move like this."""

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {layout.NOISE: self.noise_m2ps5, layout.ACC_SIGMA: self.acc_sigma_mps2}


@dataclass(frozen=True)
class Singer(Model):
    """Acceleration that forgets itself (Singer, IEEE Trans. AES 6(4), 1970), discretised exactly."""

    code = layout.SINGER
    uses = (ACC,)
    not_negative = ("sigma_mps2",)
    positive = ("time_s",)

    dimensions: int = 2
    time_s: float = 20.0
    """Time constant of a manoeuvre."""
    sigma_mps2: float = 5.0
    """Standard deviation of acceleration, its prior too."""

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {
            layout.MANOEUVRE_TIME: self.time_s,
            layout.MANOEUVRE_SIGMA: self.sigma_mps2,
            layout.ACC_SIGMA: self.sigma_mps2,
        }


@dataclass(frozen=True)
class CoordinatedTurn(Model):
    """A horizontal turn of unknown, slowly changing rate (Bar-Shalom, Li and Kirubarajan 2001, section 11.7).

    The rate is positive to the left (from x to y). A third axis moves at nearly constant velocity.
    """

    code = layout.COORDINATED_TURN
    uses = (TURN,)
    not_negative = ("noise_m2ps3", "turn_noise_rad2ps3", "turn_sigma_radps")

    dimensions: int = 2
    noise_m2ps3: float = 1.0
    turn_noise_rad2ps3: float = 1e-4
    """Spectral density of the turn rate's derivative."""
    turn_sigma_radps: float = 0.1
    """Prior of the turn rate."""

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {
            layout.NOISE: self.noise_m2ps3,
            layout.TURN_NOISE: self.turn_noise_rad2ps3,
            layout.TURN_SIGMA: self.turn_sigma_radps,
        }


@dataclass(frozen=True)
class Coast(Model):
    """Free flight above the air: gravity with J2, Coriolis and centrifugal force; from the planet's centre."""

    code = layout.COAST

    dimensions: int = 3
    noise_m2ps3: float = 1e-3
    planet: Planet = EARTH

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {layout.NOISE: self.noise_m2ps3, **_of_planet(self.planet)}


@dataclass(frozen=True)
class Boost(Model):
    """Powered flight: as `Coast`, and an unknown acceleration along the velocity, a random walk."""

    code = layout.BOOST
    uses = (AXIAL,)
    not_negative = ("noise_m2ps3", "axial_noise_m2ps5", "axial_sigma_mps2")

    dimensions: int = 3
    noise_m2ps3: float = 10.0
    axial_noise_m2ps5: float = 1.0
    """Spectral density of the derivative of axial acceleration."""
    axial_sigma_mps2: float = 50.0
    """Prior of axial acceleration."""
    planet: Planet = EARTH

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {
            layout.NOISE: self.noise_m2ps3,
            layout.AXIAL_NOISE: self.axial_noise_m2ps5,
            layout.AXIAL_SIGMA: self.axial_sigma_mps2,
            **_of_planet(self.planet),
        }


@dataclass(frozen=True)
class Reentry(Model):
    """Flight into the air: as `Coast`, and drag drag_per_m exp(log drag - height / scale height) v^2.

    Log drag is an unknown random walk (Julier and Uhlmann, Proc. IEEE 92(3), 2004).
    """

    code = layout.REENTRY
    uses = (DRAG,)
    not_negative = ("noise_m2ps3", "drag_noise_per_s", "log_drag_sigma")
    positive = ("drag_per_m", "scale_height_m")

    dimensions: int = 3
    noise_m2ps3: float = 1e-3
    drag_noise_per_s: float = 1e-3
    """Spectral density of log drag's derivative."""
    log_drag_sigma: float = 1.0
    """Prior of log drag."""
    drag_per_m: float = 3e-4
    """At the surface: half the density of air over the ballistic coefficient."""
    scale_height_m: float = 7200.0
    planet: Planet = EARTH

    def parameters(self) -> dict[int, float]:
        """See Model."""
        return {
            layout.NOISE: self.noise_m2ps3,
            layout.DRAG_NOISE: self.drag_noise_per_s,
            layout.DRAG_SIGMA: self.log_drag_sigma,
            layout.DRAG_LEVEL: self.drag_per_m,
            layout.SCALE_HEIGHT: self.scale_height_m,
            **_of_planet(self.planet),
        }


class Switching:
    """Several models between which an object switches: the interacting multiple model filter's.

    All share one state. What a model does not use is idle in it: mean 0, prior variance, independent of the rest. An
    object that changes to a model that uses it draws it from its prior (the remedy of Yuan, Lian and Han, IEEE
    Trans. AES 48(2), 2012, in its simplest form).
    """

    def __init__(
        self,
        models: Sequence[Model],
        *,
        rates_per_s: float | ArrayLike | None = None,
        chance: ArrayLike | None = None,
        start: ArrayLike | None = None,
    ) -> None:
        """The models and how objects change between them, by rates in time or by chances a step.

        Args:
            models: M >= 2 models of equal dimensions.
            rates_per_s: how often an object leaves its model, to any other alike; or [M, M] rates from row to column
                (the diagonal does not count). The chances over a time t are exp(rates t).
            chance: instead, [M, M] chances of one step, whatever its length; rows sum to 1. Every prediction over some
                time is a step, a look ahead or back too, so that a tracker takes no detections with instants of their
                own.
            start: [M] mode probabilities of a new object; without it, all alike.

        Raises:
            UsageError: names everything that does not fit.
        """
        self.models = tuple(models)
        m = len(self.models)
        faults = []
        if m < 2:
            faults.append(f"models has {m} of at least 2")
        elif len({model.dimensions for model in self.models}) > 1:
            faults.append(f"models are of dimensions {[model.dimensions for model in self.models]}, not one")
        if (rates_per_s is None) == (chance is None):
            faults.append("not exactly one of rates_per_s and chance is given")
        self._rates, fault = _rates(rates_per_s, m)
        faults += fault
        self._chance = np.full((m, m), -1.0) if chance is None else np.array(chance, np.float64)
        if chance is not None and not _is_chance(self._chance, (m, m)):
            faults.append(f"chance is not an [{m}, {m}] matrix of chances whose rows sum to 1")
        self._start = np.full(m, 1.0 / max(m, 1)) if start is None else np.array(start, np.float64)
        if not _is_chance(self._start, (m,)):
            faults.append(f"start is not {m} chances that sum to 1")
        if faults:
            raise UsageError(
                "Switching", "; ".join(faults), "Give two models or more and rates_per_s, or chance."
            )

    def pack(self) -> Motion:
        """The models as kernels see them."""
        return _packed(self.models, self._rates, self._chance, self._start)


def _rates(rates_per_s: float | ArrayLike | None, m: int) -> tuple[F8, list[str]]:
    """A generator [m, m] whose rows sum to 0, and what is wrong with what was given."""
    rates: F8 = np.zeros((m, m)) if rates_per_s is None else np.array(rates_per_s, np.float64)
    if rates.ndim == 0:
        rates = np.full((m, m), float(rates) / max(m - 1, 1))
    if rates.shape != (m, m):
        return np.zeros((m, m)), [f"rates_per_s is of shape {rates.shape}, not a number or ({m}, {m})"]
    np.fill_diagonal(rates, 0.0)
    if not np.all((rates >= 0.0) & (rates < math.inf)):
        return rates, ["rates_per_s has rates that are negative or no numbers"]
    rates[np.diag_indices(m)] = -rates.sum(axis=1)
    return rates, []


def _is_chance(value: F8, shape: tuple[int, ...]) -> bool:
    return value.shape == shape and bool(
        np.all(value >= 0.0) and np.allclose(value.sum(axis=-1), 1.0, atol=1e-9)
    )


def _of_planet(planet: Planet) -> dict[int, float]:
    return {
        layout.GM: planet.gm_m3ps2,
        layout.J2_TERM: planet.j2_m2,
        layout.SPIN: planet.spin_radps,
        layout.SURFACE: planet.surface_m,
        layout.FLATTENING: planet.flattening,
    }


def _packed(models: Sequence[Model], rates: F8, chance: F8, start: F8) -> Motion:
    """The models in one state; a component's prior is the widest of the models that use it, the same in all rows."""
    d = models[0].dimensions
    shape = np.full(layout.N_SHAPE, -1, np.int64)
    size = 2 * d
    for part in (ACC, TURN, DRAG, AXIAL):
        if any(part in model.uses for model in models):
            shape[part] = size
            size += d if part == ACC else 1
    shape[layout.DIMS], shape[layout.SIZE] = d, size
    param = np.zeros((len(models), layout.N_PARAM))
    for row, model in zip(param, models, strict=True):
        for place, value in model.parameters().items():
            row[place] = value
    for place in SIGMA_OF.values():
        param[:, place] = param[:, place].max()
    code = np.array([model.code for model in models], np.int64)
    return Motion(shape, code, param, rates.copy(), chance.copy(), start.copy())
