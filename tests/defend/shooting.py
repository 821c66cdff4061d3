"""A sky in which the assumptions of the closed forms hold, defended by the code that defends every other.

Objects are alike and fall together on one city; their tracks are as good as certain. `play` lets batteries decide
(`defend.decide`), resolves what they fire by the run's key (`defend.resolve`) and lets them believe what they assess
(`defend.apply_assessment`), epoch by epoch, as a run does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from skypact.defend import Accord, FireSettings, apply_assessment, decide, new_fire_state, resolve
from skypact.kernels.descent import flight_step
from skypact.kernels.random import run_key
from skypact.model.codes import Assessment, ObjectClass, Outcome
from skypact.model.defence import Outcomes, Shots
from skypact.model.doctrine import Coordination
from skypact.model.network import BatteryTable
from skypact.model.simulated import SimulatedPicture, simulated_picture
from skypact.model.track import Impacts, Tracks
from tests.defend.world import SECOND, battery_table, picture_of
from tests.warn.world import BETA_KGPM2, NOW_NS, before_impact, place_table, tracks

CITY, SITE = (29.4, 48.0), (29.35, 48.05)
FALL_S, EPOCH_S = 60, 4
PLACES = place_table([CITY])
BANDS_M = ((40e3, 52e3), (20e3, 28e3), (4e3, 11e3))
"""Heights between which each layer may shoot: time for one salvo in each, and to look in between."""


@dataclass(frozen=True)
class World:
    """A sky and its defence."""

    objects: int
    batteries: BatteryTable
    settings: FireSettings
    seen: np.ndarray
    """[objects] whether anybody's picture has it"""
    blind: bool = False
    """Whether nations shoot at once, each with its own order of tracks, none knowing of the others"""
    told: bool = False
    """Whether nations shoot one after another, each knowing at what the others have"""


@dataclass(frozen=True)
class Played:
    """What came of one run."""

    alive: np.ndarray
    salvos: np.ndarray
    """[objects] salvos fired at each"""
    rounds: tuple[int, ...]
    """of each salvo at the first object"""


def world(objects: int, layers: int = 1, nations: int = 1, **changed: Any) -> World:
    """Batteries at one site, one a layer or one a nation, that reach and carry enough unless told otherwise."""
    columns: dict[str, Any] = {
        "salvo": 4,
        "stock": 10_000,
        "channels": 200,
        "mean_speed_mps": 6000.0,
        "reaction_s": 2.0,
        "salvo_common": 1.0,
    }
    columns |= {name: changed.pop(name) for name in list(changed) if name in columns or name == "kill"}
    look_rounds, last_rounds = changed.pop("look_rounds", 1), changed.pop("last_rounds", 2)
    count = max(layers, nations)
    one = {name: value for name, value in columns.items() if not isinstance(value, list)}
    table = battery_table(
        [SITE] * count,
        nation=list(range(nations)) if nations > 1 else None,
        defends=[[0]] * count,
        nations=max(nations, 3),
        **one,
    )
    for name, value in columns.items():
        if name == "kill" and isinstance(value, list):
            table = replace(table, kill=np.where(table.kill > 0.0, np.array(value)[:, None], 0.0))
        elif isinstance(value, list):
            column: dict[str, Any] = {name: np.array(value, getattr(table, name).dtype)}
            table = replace(table, **column)
    if layers > 1:
        far_m, speed_mps = 150e3, columns["mean_speed_mps"]
        bands = [[[low_m, 2e3, far_m], [high_m, 2e3, far_m]] for low_m, high_m in BANDS_M[:layers]]
        flight = np.tile([[0.0, 0.0], [far_m, far_m / speed_mps]], (layers, 1, 1))
        table = replace(table, envelope_m=np.array(bands), flight=flight)
    doctrine = replace(
        table.doctrine,
        rounds=np.full(count, look_rounds, np.int32),
        last_rounds=np.full(count, last_rounds, np.int32),
    )
    table = replace(table, doctrine=doctrine)
    told = {name: changed.pop(name) for name in ("seen", "blind", "told") if name in changed}
    told.setdefault("seen", np.ones(objects, np.bool_))
    certain: dict[str, Any] = {"raid_size": 1, "false_kill": 0.0, "missed_kill": 0.0, "reopen_s": 1e6}
    settings = FireSettings(**(certain | changed))
    return World(objects, table, settings, **told)


@cache
def _falling() -> tuple[SimulatedPicture, ...]:
    """The picture of one object at every epoch until it hits."""
    state = tuple(before_impact(*CITY, FALL_S).tolist())
    found = []
    for epoch in range(FALL_S // EPOCH_S):
        now_ns = NOW_NS + epoch * EPOCH_S * SECOND
        falls = tracks(
            [np.array(state)], [int(ObjectClass.BALLISTIC)], 0.999, sigma=(0.1, 0.01), now_ns=now_ns
        )
        found.append(picture_of(falls))
        for _ in range(4 * EPOCH_S):
            state = flight_step(state, 0.25, 1.0 / BETA_KGPM2)
    return tuple(found)


@cache
def _falling_together(epoch: int, objects: int) -> SimulatedPicture:
    """The picture of so many of them; the track of the object of row i is i + 1."""
    one = _falling()[epoch]

    def many(table):
        columns = {name: getattr(table, name) for name in table.__dataclass_fields__}
        return type(table)(
            **{
                n: np.repeat(c, objects, axis=0) if isinstance(c, np.ndarray) else c
                for n, c in columns.items()
            }
        )

    every: Tracks = replace(many(one.tracks), track_id=np.arange(1, objects + 1, dtype=np.uint64))
    impacts: Impacts = many(one.impacts)
    sigma_m, firm = np.repeat(one.sigma_pos_m, objects), np.repeat(one.firm, objects)
    departed = np.repeat(one.took_off, objects)
    return simulated_picture(every, impacts, np.repeat(one.local, objects), sigma_m, firm, departed)


def _ordered(picture: SimulatedPicture, rows: np.ndarray) -> SimulatedPicture:
    """The picture with these of its tracks, in this order."""

    def some(table):
        columns = {name: getattr(table, name) for name in table.__dataclass_fields__}
        return type(table)(**{n: c[rows] if isinstance(c, np.ndarray) else c for n, c in columns.items()})

    columns = (picture.local[rows], picture.sigma_pos_m[rows], picture.firm[rows], picture.took_off[rows])
    return simulated_picture(some(picture.tracks), some(picture.impacts), *columns)


class _Raid:
    """One run of a world, under way."""

    def __init__(self, world: World, seed: int, run: int, every_shot_misses: bool) -> None:
        self.world, self.misses = world, every_shot_misses
        self.key = run_key(seed, run)
        self.rng = np.random.default_rng([seed, run])
        self.fire = new_fire_state(world.batteries)
        self.alive = np.ones(world.objects, np.bool_)
        self.salvos = np.zeros(world.objects, np.int64)
        self.first: list[int] = []
        self.ordinal = np.zeros((len(world.batteries.stock), world.objects), np.int32)
        self.flying: list[Shots] = []
        self.awaiting: list[tuple[Shots, Outcomes]] = []

    def settle(self, now_ns: float) -> None:
        """Land what is due, in order, and let shooters believe what they have assessed."""
        due = [shots for shots in self.flying if shots.intercept_ns[0] <= now_ns]
        self.flying = [shots for shots in self.flying if shots.intercept_ns[0] > now_ns]
        for shots in due:
            self.awaiting.append((shots, self._resolve(shots)))
        ready = [pair for pair in self.awaiting if pair[1].assessed_ns[0] <= now_ns]
        self.awaiting = [pair for pair in self.awaiting if pair[1].assessed_ns[0] > now_ns]
        for shots, out in ready:
            for k in range(len(shots.battery)):
                believed = Assessment.MISSED if self.misses else int(out.assessment[k])
                apply_assessment(
                    self.fire,
                    int(shots.battery[k]),
                    int(shots.track_id[k]),
                    believed,
                    int(out.assessed_ns[k]),
                )

    def _resolve(self, shots: Shots) -> Outcomes:
        rows = shots.track_id.astype(np.int32) - 1
        ordinal = self.ordinal[shots.battery, rows]
        self.ordinal[shots.battery, rows] += 1
        out = resolve(
            shots,
            self.world.batteries,
            rows,
            rows.astype(np.uint32),
            np.full(len(rows), int(ObjectClass.BALLISTIC), np.uint8),
            self.alive[rows],
            np.ones(len(rows), np.bool_),
            ordinal,
            *self.key,
            self.world.settings,
        )
        if not self.misses:
            self.alive[rows[out.outcome == Outcome.KILL]] = False
        return out

    def decide(self, epoch: int) -> None:
        """Let every nation decide."""
        world, now_ns = self.world, NOW_NS + epoch * EPOCH_S * SECOND
        together = _falling_together(epoch, world.objects)
        engaged = np.zeros(world.objects, np.bool_)
        for nation in np.unique(world.batteries.nation):
            mine = np.flatnonzero(world.batteries.nation == nation).astype(np.int32)
            if not self.fire.stock[mine].any():
                continue
            rows = np.flatnonzero(world.seen)
            picture = together
            if world.blind or len(rows) < world.objects:
                rows = self.rng.permutation(rows) if world.blind else rows
                picture = _ordered(together, rows)
            accord = None
            if world.told:
                accord = Accord(Coordination.OWN_PLACES, engaged[rows], np.zeros(3, np.bool_))
            shots = decide(world.batteries, mine, picture, PLACES, self.fire, now_ns, accord, world.settings)
            if len(shots.battery):
                self._launch(shots)
                engaged[shots.track_id.astype(np.int64) - 1] = True

    def _launch(self, shots: Shots) -> None:
        rows = shots.track_id.astype(np.int64) - 1
        self.salvos[rows] += 1
        self.first += shots.rounds[rows == 0].tolist()
        for due in np.unique(shots.intercept_ns):
            where = shots.intercept_ns == due
            self.flying.append(Shots(*(getattr(shots, name)[where] for name in Shots.__dataclass_fields__)))


def play(world: World, seed: int, run: int, every_shot_misses: bool = False) -> Played:
    """One run; where every shot misses it shows what the doctrine fires at what goes on living."""
    raid = _Raid(world, seed, run, every_shot_misses)
    for epoch in range(FALL_S // EPOCH_S):
        raid.settle(NOW_NS + epoch * EPOCH_S * SECOND)
        raid.decide(epoch)
        if not raid.fire.stock.any():
            break
    raid.settle(float("inf"))
    return Played(raid.alive, raid.salvos, tuple(raid.first))
