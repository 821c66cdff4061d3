"""The general multi-target tracker: detections of any sensors in, tracks out, scan by scan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.kernels.multitarget.layout import CUBATURE, DIMS, EXTENDED, UNSCENTED, Motion, Scan
from skypact.model.codes import TrackStatus
from skypact.model.network import F8
from skypact.track.association import Associator, Setup, associator
from skypact.track.estimates import Estimates
from skypact.track.life import Life

Sees = Callable[[F8], ArrayLike]
"""From state means [T, n] to the chance that the sensor detects each, [T]."""
Form = Literal["ekf", "ukf", "ckf"]
FORMS: dict[Form, int] = {"ekf": EXTENDED, "ukf": UNSCENTED, "ckf": CUBATURE}


class MotionModel(Protocol):
    """A motion model, or several that objects switch between (skypact.estimate)."""

    def pack(self) -> Motion:
        """The model as kernels see it."""


class SensorModel(Protocol):
    """A sensor (skypact.estimate.Sensor, or one of your own)."""

    @property
    def detection_chance(self) -> float:
        """Chance that an object in view is detected in a scan."""

    def scan(self, t_s: ArrayLike, z: ArrayLike) -> Scan:
        """Detections as kernels see them; raises UsageError where they cannot be used."""


@dataclass(frozen=True)
class _Entry:
    """A scan that was taken in, and how everything stood before."""

    t_s: float
    scan: Scan
    chance: float
    sees: Sees | None
    before: object


class Tracker:
    """Tracks of many objects from scans of one or more sensors.

    Feed it with `step`, scan by scan; sensors may differ from scan to scan. Motion models, filter form, association and
    life are chosen here once. The result depends on the scans alone: not on the order of detections within one, nor on
    threads or the clock.
    """

    def __init__(
        self,
        motion: MotionModel,
        association: str | Associator = "gnn",
        *,
        form: Form = "ekf",
        life: Life | None = None,
        speed_sigma_mps: float | Sequence[float] = 100.0,
        late_s: float = 0.0,
        too_late: Literal["refuse", "count"] = "refuse",
        capacity: int = 1_000_000,
    ) -> None:
        """A tracker without tracks.

        Args:
            motion: how objects move: one model, or several with `Switching`.
            association: a name (`registered()`), or the settings object of an associator.
            form: extended, unscented or cubature Kalman filter, where a measurement is not linear.
            life: when tracks are confirmed and lost.
            speed_sigma_mps: of a new object's velocity, of every axis or by axis (x, y, z).
            late_s: scans up to this much older than the newest are put in their place: the tracks are taken back to
                that instant and all later scans taken in again, so that the result is, bit by bit, that of scans
                in sequence. Costs a copy of the tracks for each scan of that time.
            too_late: what happens to an older scan: an error, or it is counted in `refused_late` and passed over.
            capacity: greatest number of tracks at once; beyond it new ones are given up and counted.

        Raises:
            UsageError: an argument is outside its range.
        """
        speed = np.asarray(speed_sigma_mps, np.float64).ravel()
        if form not in FORMS:
            raise UsageError("Tracker", f"form {form!r}", f"Give one of {', '.join(FORMS)}.")
        packed = motion.pack()
        if speed.size not in {1, int(packed.shape[DIMS])} or not np.all((speed >= 0.0) & (speed < math.inf)):
            found = f"speed_sigma_mps {speed_sigma_mps}"
            raise UsageError("Tracker", found, "Give one speed, or one for each axis, m/s.")
        if not 0.0 <= late_s < math.inf:
            raise UsageError("Tracker", f"late_s {late_s}", "Give a time of at least 0 s.")
        if too_late not in {"refuse", "count"}:
            raise UsageError("Tracker", f"too_late {too_late!r}", "Give refuse or count.")
        if capacity < 1:
            raise UsageError("Tracker", f"capacity {capacity}", "Give a capacity of at least 1.")
        setup = Setup(
            motion=packed,
            form=FORMS[form],
            life=Life() if life is None else life,
            speed_sigma_mps=(float(speed[0]), float(speed[1 % speed.size]), float(speed[-1])),
            capacity=capacity,
        )
        self._engine = associator(association).engine(setup)
        self._dimensions = int(packed.shape[DIMS])
        self._late_s, self._too_late = float(late_s), too_late
        self._now_s = -math.inf
        self._past: list[_Entry] = []
        self.refused_late = 0
        """How many scans came too late."""

    @property
    def now_s(self) -> float:
        """The instant of the newest scan, -inf before the first."""
        return self._now_s

    def step(
        self,
        t_s: float,
        z: ArrayLike | Scan,
        sensor: SensorModel,
        *,
        at_s: ArrayLike | None = None,
        sees: Sees | None = None,
    ) -> Estimates:
        """The confirmed and coasting tracks after a scan, as of the newest instant.

        Args:
            t_s: the scan's instant, seconds.
            z: [n, m] detections as the sensor measures them; n may be 0. Or a scan that the sensor made of them, with
                covariances or false detections of its own.
            sensor: what was measured, and how well.
            at_s: [n] instant of each detection, where they differ (a rotating antenna); each track is compared with a
                detection at the detection's own instant.
            sees: chance of detection of each track given the state means [T, n] predicted to t_s; without it, the
                sensor's constant. Where it is low a miss tells little: a track behind a mountain is not lost.

        Raises:
            UsageError: detections or chances that are no numbers or do not fit, or a scan that came too late.
        """
        entry = _Entry(
            _instant(t_s), self._scan(t_s, z, sensor, at_s), _chance(sensor.detection_chance), sees, None
        )
        if entry.t_s >= self._now_s:
            self._take(entry)
        elif entry.t_s < self._now_s - self._late_s:
            self.refused_late += 1
            if self._too_late == "refuse":
                found = f"a scan at {entry.t_s} s after one at {self._now_s} s"
                raise UsageError("Tracker.step", found, "Give scans in order, or a longer late_s.")
        else:
            self._insert(entry)
        return self.estimates()

    def estimates(
        self, *, t_s: float | None = None, least_status: TrackStatus = TrackStatus.CONFIRMED
    ) -> Estimates:
        """The tracks of at least a status, oldest first, as of the newest scan or predicted to another instant."""
        when = self._now_s if t_s is None else _instant(t_s)
        return self._engine.estimates(when if math.isfinite(when) else 0.0, int(least_status))

    def _scan(self, t_s: float, z: ArrayLike | Scan, sensor: SensorModel, at_s: ArrayLike | None) -> Scan:
        """The detections as kernels see them, in an order of their own, so that the order given does not matter."""
        scan = z if isinstance(z, Scan) else sensor.scan(t_s if at_s is None else at_s, z)
        if scan.place.shape[1] != self._dimensions:
            found = f"a sensor of {scan.place.shape[1]} dimensions with motion in {self._dimensions}"
            raise UsageError("Tracker.step", found, "Give both the same dimensions.")
        first = scan.z[:, 0]
        order = np.argsort(first)
        if np.any(first[order[1:]] == first[order[:-1]]):
            order = np.lexsort((*scan.z.T[::-1], scan.t_s))
        return scan._replace(
            t_s=scan.t_s[order],
            z=scan.z[order],
            noise=scan.noise if len(scan.noise) == 1 else scan.noise[order],
            place=scan.place[order],
            clutter=scan.clutter[order],
        )

    def _take(self, entry: _Entry) -> None:
        """Take a scan in that is not older than the newest."""
        if self._late_s > 0.0:
            kept = _Entry(entry.t_s, entry.scan, entry.chance, entry.sees, self._engine.snapshot())
            oldest_s = entry.t_s - self._late_s
            self._past = [past for past in self._past if past.t_s > oldest_s] + [kept]
        means = self._engine.means(entry.t_s) if entry.sees is not None else None
        if means is None or entry.sees is None:
            chance = np.full(self._engine.tracks, entry.chance)
        else:
            chance = _chances(entry.sees(means), len(means))
        self._engine.advance(entry.t_s, entry.scan, chance, entry.chance)
        self._now_s = entry.t_s

    def _insert(self, entry: _Entry) -> None:
        """Go back to before the first scan that is newer than this one, and come forward again."""
        first = next(k for k, past in enumerate(self._past) if past.t_s > entry.t_s)
        later = self._past[first:]
        now_s = self._now_s
        self._engine.restore(later[0].before)
        self._past = self._past[:first]
        self._now_s = entry.t_s
        for each in (entry, *later):
            self._take(each)
        assert self._now_s == now_s


def _instant(t_s: float) -> float:
    if not math.isfinite(t_s):
        raise UsageError("Tracker.step", f"t_s {t_s}", "Give a time in seconds.")
    return float(t_s)


def _chance(chance: float) -> float:
    if not 0.0 <= chance <= 1.0:
        raise UsageError("Tracker.step", f"detection_chance {chance}", "Give a chance in [0, 1].")
    return float(chance)


def _chances(found: ArrayLike, tracks: int) -> F8:
    chance = np.ascontiguousarray(found, np.float64)
    if chance.shape != (tracks,) or not np.all((chance >= 0.0) & (chance <= 1.0)):
        raise UsageError(
            "sees",
            f"an array of shape {chance.shape}",
            f"Return {tracks} chances in [0, 1], one for each row.",
        )
    return chance
