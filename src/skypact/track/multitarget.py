"""The general multi-target tracker: detections of any sensors in, tracks out, scan by scan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from skypact.errors import UsageError
from skypact.estimate.measurement import Sensor
from skypact.kernels.multitarget.layout import (
    CUBATURE,
    DIMS,
    EXTENDED,
    N_SENSOR,
    RANGE_DIFFERENCE,
    UNSCENTED,
    Motion,
    Scan,
)
from skypact.kernels.multitarget.measurement import components
from skypact.model.codes import TrackStatus
from skypact.model.network import F8, I8
from skypact.track.association import Associator, Setup, associator
from skypact.track.estimates import Estimates
from skypact.track.life import Life

Sees = Callable[[F8], ArrayLike]
"""From state means [T, n] to the chance that the sensor detects each, [T]."""
Form = Literal["ekf", "ukf", "ckf"]
FORMS: dict[Form, int] = {"ekf": EXTENDED, "ukf": UNSCENTED, "ckf": CUBATURE}
REACH_S = 60.0
"""A detection may be so much older than its scan, or as old as the scan before it."""
_ROUNDING_S = 1e-6
"""And so much younger."""


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
                in sequence. Costs a copy of the tracks for each scan of that time. Tracks of that time may so change
                their ids, or be no more: an id is settled when no scan can come before its first detection.
            too_late: what happens to an older scan: an error, or it is counted in `refused_late` and passed over.
            capacity: greatest number of tracks at once; beyond it new ones (the last in rising order of measurements),
                not old ones, are given up, however likely, and counted in `dropped_full`.

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
        self._by_step = bool(packed.chance[0, 0] >= 0.0)
        self._detection_track: I8 = np.empty(0, np.int64)
        self._late_s, self._too_late = float(late_s), too_late
        self._now_s = -math.inf
        self._past: list[_Entry] = []
        self.refused_late = 0
        """How many scans came too late."""

    @property
    def now_s(self) -> float:
        """The instant of the newest scan, -inf before the first."""
        return self._now_s

    @property
    def dropped_full(self) -> int:
        """How many new tracks were given up for want of room."""
        return self._engine.dropped_full

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
                covariances, false detections or instants of its own: t_s is then that of the scan as a whole.
            sensor: what was measured, and how well.
            at_s: [n] instant of each detection, where they differ (a rotating antenna); each track is compared with a
                detection at the detection's own instant. None is after t_s, nor both more than 60 s before t_s and
                before the newest scan. Not with fixed chances of switching a step, which would count twice.
            sees: chance of detection of each track given the state means [T, n] predicted to t_s; without it, the
                sensor's constant. Where it is low a miss tells little: a track behind a mountain is not lost.

        Raises:
            UsageError: detections or chances that are no numbers or do not fit, or a scan that came too late. The
                tracker is then as it was before.
        """
        when = _instant(t_s)
        if isinstance(z, Scan) and at_s is not None:
            raise UsageError(
                "Tracker.step", "at_s with a scan", "Give the scan its instants when you make it."
            )
        given = z if isinstance(z, Scan) else sensor.scan(when if at_s is None else at_s, z)
        self._check(given, when, made=given is not z and type(sensor) is Sensor, own=at_s is not None)
        scan, order = _ordered(given)
        entry = _Entry(when, scan, _chance(sensor.detection_chance), sees, None)
        owner: I8 = np.zeros(len(order), np.int64)
        if entry.t_s >= self._now_s:
            owner = self._take(entry)
        elif entry.t_s < self._now_s - self._late_s:
            self.refused_late += 1
            if self._too_late == "refuse":
                found = f"a scan at {entry.t_s} s after one at {self._now_s} s"
                raise UsageError("Tracker.step", found, "Give scans in order, or a longer late_s.")
        else:
            owner = self._insert(entry)
        self._detection_track = np.empty_like(owner)
        self._detection_track[order] = owner
        return self.estimates()

    def estimates(
        self, *, t_s: float | None = None, least_status: TrackStatus = TrackStatus.CONFIRMED
    ) -> Estimates:
        """The tracks of at least a status, oldest first, as of the newest scan or predicted to another instant.

        Status and score stay those of the newest scan. Existence falls as the associator's `lifetime_s` says.
        """
        when = self._now_s if t_s is None else _instant(t_s)
        report = self._engine.estimates(when if math.isfinite(when) else 0.0, int(least_status))
        return replace(report, detection_track=self._detection_track)

    def _check(self, scan: Scan, t_s: float, *, made: bool, own: bool) -> None:
        """Refuse a scan that kernels cannot take, or whose instants are out of reach.

        Of one just `made` by a `Sensor` little is to be checked, and of its instants nothing if they are not their
        `own`.
        """
        d = self._dimensions
        if scan.place.shape[-1] != d:
            found = f"a sensor of {scan.place.shape[-1]} dimensions with motion in {d}"
            raise UsageError("Tracker.step", found, "Give both the same dimensions.")
        faults = [] if made else _faults(scan, d)
        if faults:
            raise UsageError(
                "Tracker.step", "; ".join(faults), "Correct the scan, or leave such detections out."
            )
        if (made and not own) or not (scan.t_s != t_s).any():
            return
        first_s, last_s = float(scan.t_s.min()), float(scan.t_s.max())
        if last_s > t_s + _ROUNDING_S:
            found = f"a detection at {last_s} s in a scan at {t_s} s"
            raise UsageError("Tracker.step", found, "Give the scan the instant of its end.")
        if first_s < min(t_s - REACH_S, self._now_s):
            found = f"a detection at {first_s} s in a scan at {t_s} s"
            raise UsageError("Tracker.step", found, "Split the scan, or correct the instants.")
        if self._by_step:
            found = "detections at instants of their own with fixed chances of switching a step"
            raise UsageError("Tracker.step", found, "Give Switching rates_per_s instead of chance.")

    def _take(self, entry: _Entry) -> I8:
        """The track of each detection of a scan that is not older than the newest, which is taken in."""
        engine = self._engine
        if entry.sees is None:
            chance = np.full(engine.tracks, entry.chance)
        else:
            means = engine.means(entry.t_s)
            chance = _chances(entry.sees(means), len(means))
        before = engine.snapshot() if self._late_s > 0.0 else None
        engine.advance(entry.t_s, entry.scan, chance, entry.chance)
        if self._late_s > 0.0:
            kept = _Entry(entry.t_s, entry.scan, entry.chance, entry.sees, before)
            oldest_s = entry.t_s - self._late_s
            self._past = [past for past in self._past if past.t_s > oldest_s] + [kept]
        self._now_s = entry.t_s
        return engine.owner

    def _insert(self, entry: _Entry) -> I8:
        """The track of each detection of a late scan: goes back to before the first that is newer, and forward again.

        Where that cannot be done everything stays as it was.
        """
        now, past, now_s = self._engine.snapshot(), self._past, self._now_s
        first = next(k for k, each in enumerate(past) if each.t_s > entry.t_s)
        try:
            self._engine.restore(past[first].before)
            self._past = past[:first]
            owner = self._take(entry)
            for each in past[first:]:
                self._take(each)
        except BaseException:
            self._engine.restore(now)
            self._past, self._now_s = past, now_s
            raise
        return owner


def _faults(scan: Scan, d: int) -> list[str]:
    """What is wrong with a scan for a tracker of d dimensions."""
    n = len(scan.t_s)
    if not 0 <= scan.kind <= RANGE_DIFFERENCE:
        return [f"measurements of kind {scan.kind}"]
    m = int(components(scan.kind, d))
    faults = []
    if scan.place.shape != (n, d):
        faults.append(f"place is of shape {scan.place.shape}, not ({n}, {d})")
    for name, value, shapes in (
        ("t_s", scan.t_s, ((n,),)),
        ("z", scan.z, ((n, m),)),
        ("noise", scan.noise, ((1, m, m), (n, m, m))),
        ("clutter", scan.clutter, ((n,),)),
        ("sensor", scan.sensor, ((N_SENSOR,),)),
    ):
        if value.shape not in shapes:
            faults.append(f"{name} is of shape {value.shape}, not {shapes[-1]}")
        elif value.dtype != np.float64:
            faults.append(f"{name} is of {value.dtype}, not float64")
        elif not np.isfinite(value).all():
            faults.append(f"{name} is not finite")
    if not faults and not (np.diagonal(scan.noise, axis1=1, axis2=2) > 0.0).all():
        faults.append("noise has variances that are not positive")
    if not faults and (scan.clutter < 0.0).any():
        faults.append("clutter has negative densities")
    return faults


def _ordered(scan: Scan) -> tuple[Scan, I8]:
    """The scan's own copy in an order that depends on its detections alone, and the place of each in what was given."""
    n, first = len(scan.t_s), scan.z[:, 0]
    order = first.argsort()
    rising = first.take(order)
    if (rising[1:] == rising[:-1]).any():
        own: Sequence[F8] = () if len(scan.noise) != n else list(scan.noise.reshape(n, -1).T[::-1])
        order = np.lexsort((*own, scan.clutter, *scan.z.T[::-1], scan.t_s))
    own_scan = Scan(
        scan.kind,
        scan.sensor.copy(),
        scan.t_s.take(order),
        scan.z.take(order, axis=0),
        scan.noise.copy() if len(scan.noise) == 1 else scan.noise.take(order, axis=0),
        scan.place.take(order, axis=0),
        scan.clutter.take(order),
    )
    return own_scan, order


def _instant(t_s: float) -> float:
    if not math.isfinite(t_s):
        raise UsageError("Tracker.step", f"t_s {t_s}", "Give a time in seconds.")
    return float(t_s)


def _chance(chance: float) -> float:
    if not 0.0 <= chance <= 1.0:
        raise UsageError("Tracker.step", f"detection_chance {chance}", "Give a chance in [0, 1].")
    return float(chance)


def _chances(found: ArrayLike, tracks: int) -> F8:
    chance = np.array(found, np.float64)
    advice = f"Return {tracks} chances in [0, 1], one for each row."
    if chance.shape != (tracks,):
        raise UsageError("sees", f"an array of shape {chance.shape}", advice)
    bad = np.flatnonzero(~((chance >= 0.0) & (chance <= 1.0)))
    if bad.size:
        raise UsageError("sees", f"{chance[bad[0]]} for row {bad[0]}", advice)
    return chance
