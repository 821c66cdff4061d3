"""Batteries and simulated pictures made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skypact.defend import FireSettings
from skypact.model.codes import HOSTILE_CLASSES, N_CLASSES, TrackStatus
from skypact.model.defence import Shots
from skypact.model.doctrine import STANDARD, Doctrine, FireName
from skypact.model.network import BatteryTable, DoctrineTable
from skypact.model.simulated import SimulatedPicture, simulated_picture
from skypact.model.track import Tracks
from skypact.warn import ImpactSettings, predict_impacts
from tests.warn.world import DEG, ecef

SETTINGS = FireSettings(raid_size=1)
"""Weapons free: what the posture adds is tested on its own."""
K0, K1 = np.uint32(0x1234), np.uint32(0x5678)
SECOND = 1_000_000_000


def battery_table(
    spots: list[tuple[float, float]],
    nation: list[int] | None = None,
    defends: list[list[int]] | None = None,
    nations: int = 3,
    kill: float = 0.7,
    doctrine: Doctrine = STANDARD[FireName.SHOOT_LOOK_SHOOT],
    **changed: float,
) -> BatteryTable:
    """Batteries that defend their own nation's places and can engage every hostile class, unless told otherwise."""
    n = len(spots)
    owner = nation if nation is not None else [0] * n
    guard = np.zeros((n, nations), np.bool_)
    for b, whom in enumerate(defends if defends is not None else [[o] for o in owner]):
        guard[b, whom] = True
    chance = np.zeros((n, N_CLASSES))
    chance[
        :,
        [int(c) for c in HOSTILE_CLASSES],
    ] = kill
    numbers = {
        "range_max_m": 60e3,
        "reaction_s": 8.0,
        "reload_s": 0.0,
        "dwell_s": 0.0,
        "track_sigma_m": 1000.0,
        "salvo_common": 0.95,
        "price_usd": 1e6,
    }
    box = {"range_min_m": 2e3, "altitude_min_m": 0.0, "altitude_max_m": 25e3, "mean_speed_mps": 1200.0}
    near_m, low_m, high_m, speed_mps = (float(changed.pop(k, v)) for k, v in box.items())
    whole = {"channels": 4, "salvo": 2, "stock": 16}
    floats = {k: np.full(n, float(changed.pop(k, v))) for k, v in numbers.items()}
    integers = {k: np.full(n, int(changed.pop(k, v)), np.int32) for k, v in whole.items()}
    assert not changed, f"no such column: {changed}"
    far_m = floats["range_max_m"][0] if n else 0.0
    return BatteryTable(
        names=tuple(f"battery {i}" for i in range(n)),
        class_names=("notional",) * n,
        tiers=("medium",) * n,
        nation=np.array(owner, np.int8),
        consent=np.array(owner, np.int8),
        defends=guard,
        lat_rad=np.array([s[0] * DEG for s in spots]),
        lon_rad=np.array([s[1] * DEG for s in spots]),
        pos_ecef_m=np.array([ecef(*s) for s in spots]).reshape(n, 3),
        kill=chance,
        envelope_m=np.tile([[low_m, near_m, far_m], [high_m, near_m, far_m]], (n, 1, 1)),
        flight=np.tile([[0.0, 0.0], [far_m, far_m / speed_mps]], (n, 1, 1)),
        sector=np.tile([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -2.0], (n, 1)),
        doctrine=doctrine_table(doctrine, integers["stock"]),
        **floats,
        channels=integers["channels"],
        salvo=integers["salvo"],
        stock=integers["stock"],
    )


def doctrine_table(doctrine: Doctrine, stock: np.ndarray) -> DoctrineTable:
    """The same doctrine for batteries with these magazines."""
    n = len(stock)
    return DoctrineTable(
        rounds=np.full(n, doctrine.rounds, np.int32),
        last_rounds=np.full(n, doctrine.last_rounds, np.int32),
        again=np.full(n, doctrine.again),
        reserve=np.ceil(doctrine.reserve * stock).astype(np.int32),
        reserve_for=np.full(n, doctrine.reserve_for),
        leave_below=np.full(n, doctrine.leave_below),
        pooled=np.full(n, doctrine.pooled),
    )


def picture_of(
    tracks: Tracks, local: int = 1, firm: int = 1, sigma_m: float | None = None, took_off: bool = False
) -> SimulatedPicture:
    """A picture whose impacts are predicted whoever the objects are, so that the defence alone must refuse."""
    n = len(tracks.track_id)
    nobody = replace(
        tracks,
        identity=np.zeros(n, np.uint8),
        code=np.zeros(n, np.uint32),
        status=np.full(n, TrackStatus.CONFIRMED, np.uint8),
    )
    sigma = np.sqrt(np.trace(tracks.cov_ecef[:, :3, :3], axis1=1, axis2=2) / 3.0)
    return simulated_picture(
        tracks,
        predict_impacts(nobody, ImpactSettings()),
        np.full(n, local, np.uint8),
        sigma if sigma_m is None else np.full(n, sigma_m),
        np.full(n, firm, np.uint8),
        np.full(n, took_off),
    )


def later(tracks: Tracks, seconds: float, states: list | None = None) -> Tracks:
    """The tracks some seconds later, still updated."""
    now_ns = tracks.now_ns + int(seconds * SECOND)
    mean = tracks.mean_ecef if states is None else np.array(states)
    return replace(
        tracks, now_ns=now_ns, mean_ecef=mean, updated_ns=np.full(len(tracks.track_id), now_ns, np.int64)
    )


def shots_of(n: int, rounds: int = 1, common: float = 1.0, handover: float = 1.0, battery: int = 0) -> Shots:
    return Shots(
        battery=np.full(n, battery, np.int32),
        track_id=np.arange(1, n + 1, dtype=np.uint64),
        rounds=np.full(n, rounds, np.int32),
        launch_ns=np.zeros(n, np.int64),
        intercept_ns=np.full(n, 30 * SECOND, np.int64),
        aim_ecef_m=np.zeros((n, 3)),
        kill_chance=np.full(n, 0.7),
        common_chance=np.full(n, common),
        handover=np.full(n, handover),
    )
