"""Which battery of a nation fires at what, now: shoot, look, shoot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skypact.defend.outcome import handover_factor, salvo_chance
from skypact.defend.posture import free_to_engage
from skypact.defend.salvo import choose_salvos
from skypact.defend.settings import FireSettings, fire_arrays
from skypact.defend.spending import Accord, Step, steps_of
from skypact.defend.state import FireState, may_fire, reload, reserve
from skypact.kernels.firing import candidate_rows, intercepts, stakes
from skypact.model.codes import HOSTILE_CLASSES, ImpactKind
from skypact.model.defence import Shots
from skypact.model.doctrine import Coordination
from skypact.model.network import B1, F8, I4, U1, BatteryTable, PlaceTable
from skypact.model.simulated import SimulatedPicture

_NOBODY_BARRED: B1 = np.zeros(0, np.bool_)
_HOSTILE: I4 = np.array([int(c) for c in HOSTILE_CLASSES], np.int32)
_NO_SHOTS = Shots(
    battery=np.zeros(0, np.int32),
    track_id=np.zeros(0, np.uint64),
    rounds=np.zeros(0, np.int32),
    launch_ns=np.zeros(0, np.int64),
    intercept_ns=np.zeros(0, np.int64),
    aim_ecef_m=np.zeros((0, 3)),
    kill_chance=np.zeros(0),
    common_chance=np.zeros(0),
    handover=np.zeros(0),
)


@dataclass(frozen=True)
class _Options:
    """Feasible shots of one epoch: m candidates by b batteries."""

    when_s: F8
    start_s: F8
    aim_ecef_m: F8
    again: B1
    kill: F8
    handover: F8
    own: F8
    """Stake at places that each battery is there to defend"""
    every: F8
    """Stake at all places that count under the rule of co-ordinated fire"""


def decide(
    batteries: BatteryTable,
    mine: I4,
    picture: SimulatedPicture,
    places: PlaceTable,
    state: FireState,
    now_ns: int,
    accord: Accord | None,
    settings: FireSettings,
) -> Shots:
    """The salvos that one nation's batteries start now; usually none. Reserves rounds and channels in `state`.

    A candidate is a confirmed, firm track without a transponder code, not identified as civil or friend, hostile with
    probability `hostile_min`, to which an own sensor contributes (or remote shots are on), not barred, with no own
    shot in flight or awaiting assessment; an air-breathing one only while the nation takes what it sees for a raid
    (`defend.posture`), and not one that took off at home (`defend.origin`). A battery may take it where it is able
    to by class, stock, channel and track sigma, where a defended place that counts is hit with at least its
    doctrine's `leave_below`, and where some sample of the predicted path lies in its envelope late enough for its
    reaction and time of flight (a laser: for its dwell). A shot waits until it must start within `commit_s`. The
    salvos save the most expected value, exactly, one battery an object (`choose_salvos`), in the steps of
    `steps_of`; the rest comes at later epochs. A salvo has its doctrine's `rounds` where a shot after the next look
    is still possible for any of `mine`, else `last_rounds`, within the battery's salvo and stock.

    Args:
        batteries: all batteries of the network.
        mine: rows of one nation's batteries that may fire (consent given).
        picture: the nation's simulated picture at `now_ns`.
        places: all places.
        state: of this level; changed.
        now_ns: the instant.
        accord: what the nation keeps to where fire is co-ordinated; else None.
        settings: assumptions and treatments.

    Raises:
        TypeError: `picture` is not the type that the simulated pipeline alone makes.
        ValueError: `mine` holds batteries of two nations.
    """
    if type(picture) is not SimulatedPicture:
        raise TypeError(
            f"picture: found {type(picture).__name__}; the defence acts on a SimulatedPicture of the simulated"
            " pipeline and on nothing else (boundary of the program)"
        )
    if len(mine) == 0 or len(picture.tracks.track_id) == 0:
        return _NO_SHOTS
    rows = _ready(mine, picture, state, now_ns, accord, settings)
    if not len(rows):
        return _NO_SHOTS
    reload(state, batteries, mine, now_ns)
    options = _options(batteries, mine, picture, places, state, now_ns, rows, accord, settings)
    if options is None:
        return _NO_SHOTS
    rule = Coordination.OWN_PLACES if accord is None else accord.rule
    return _fire(batteries, mine, picture, state, now_ns, rows, options, rule, settings)


def _ready(
    mine: I4,
    picture: SimulatedPicture,
    state: FireState,
    now_ns: int,
    accord: Accord | None,
    settings: FireSettings,
) -> I4:
    """Rows of the tracks that the nation may shoot at now."""
    tracks = picture.tracks
    rows = np.empty(len(tracks.track_id), np.int32)
    count = candidate_rows(
        tracks.status,
        picture.firm,
        picture.local,
        tracks.identity,
        tracks.code,
        tracks.class_prob,
        picture.impacts.kind,
        _NOBODY_BARRED if accord is None else accord.barred,
        settings.hostile_min,
        settings.engage_on_remote,
        rows,
    )
    if count == 0:
        return rows[:0]
    nation = int(state.nation[mine[0]])
    if (state.nation[mine] != nation).any():
        raise ValueError("mine: found batteries of more than one nation; decide for each nation apart")
    breathing = picture.impacts.kind[rows[:count]] != ImpactKind.BALLISTIC
    candidates = rows[:count][~(breathing & picture.took_off[rows[:count]])]
    allowed = free_to_engage(
        state, nation, tracks.track_id[candidates], picture.impacts.kind[candidates], now_ns, settings
    )
    ready = [
        row
        for row in candidates[allowed].tolist()
        if may_fire(state, nation, int(tracks.track_id[row]), int(tracks.updated_ns[row]), now_ns, settings)
    ]
    return np.array(ready, np.int32)


def _options(
    batteries: BatteryTable,
    mine: I4,
    picture: SimulatedPicture,
    places: PlaceTable,
    state: FireState,
    now_ns: int,
    rows: I4,
    accord: Accord | None,
    settings: FireSettings,
) -> _Options | None:
    """The feasible shots at `rows` that are due, or None."""
    free: B1 = np.any(state.busy_until_ns[mine] <= now_ns, axis=1)
    stocked = state.stock[mine] > 0
    if not (free & stocked).any():
        return None
    own = _stakes(batteries, mine, picture, places, rows, batteries.defends, settings)
    every = own
    if accord is not None and accord.rule != Coordination.OWN_PLACES:
        # Who needs another nation's consent has it for those whom it is there to defend, and for nobody else.
        free_hand = (batteries.consent == batteries.nation)[:, None]
        whom = batteries.defends | (accord.allies[None, :] & free_hand)
        every = _stakes(batteries, mine, picture, places, rows, whom, settings)
    prob = picture.tracks.class_prob[rows]
    believed: U1 = _HOSTILE[np.argmax(prob[:, _HOSTILE], axis=1)].astype(np.uint8)
    kill = batteries.kill[mine[None, :], believed[:, None]]
    sigma_m = picture.sigma_pos_m[rows][:, None]
    largest_m = batteries.track_sigma_m[mine][None, :]
    able: B1 = (kill > 0.0) & (every > 0.0) & (sigma_m <= largest_m) & stocked
    once = ~batteries.doctrine.again[mine]
    if once.any():
        nation = int(state.nation[mine[0]])
        fired = [(nation, int(track)) in state.engagements for track in picture.tracks.track_id[rows]]
        able &= ~(np.array(fired, np.bool_)[:, None] & once)
    if not (able & free).any():
        return None
    when_s, start_s, again = np.empty(able.shape), np.zeros(able.shape), np.empty(able.shape, np.bool_)
    aim_ecef_m = np.zeros((*able.shape, 3))
    beta_kgpm2, _, path_values = fire_arrays(settings)
    found = intercepts(
        rows,
        picture.tracks.mean_ecef,
        picture.impacts.kind,
        believed,
        beta_kgpm2,
        able,
        free,
        mine,
        *_envelopes(batteries, settings),
        path_values,
        when_s,
        start_s,
        aim_ecef_m,
        again,
    )
    if found == 0:
        return None
    handover = handover_factor(sigma_m, largest_m, settings)
    return _Options(when_s, start_s, aim_ecef_m, again, kill, handover, own, every)


def _envelopes(batteries: BatteryTable, settings: FireSettings) -> tuple[F8, F8, F8, F8, F8, F8, F8]:
    return (
        batteries.pos_ecef_m,
        batteries.envelope_m,
        batteries.flight,
        batteries.sector,
        np.where(batteries.dwell_s > 0.0, settings.laser_ceiling_m, np.inf),
        batteries.reaction_s,
        batteries.dwell_s,
    )


def _stakes(
    batteries: BatteryTable,
    mine: I4,
    picture: SimulatedPicture,
    places: PlaceTable,
    rows: I4,
    defends: B1,
    settings: FireSettings,
) -> F8:
    """The expected value lost, [m, b], at places of nations that count; 0 where the object is to be left."""
    reach, stake = np.empty((len(rows), len(mine))), np.empty((len(rows), len(mine)))
    impacts = picture.impacts
    stakes(
        rows,
        picture.tracks.mean_ecef,
        picture.tracks.cov_ecef,
        impacts.kind,
        impacts.lat_rad,
        impacts.lon_rad,
        impacts.cov_en_m2,
        places.nation,
        places.lat_rad,
        places.lon_rad,
        places.pos_ecef_m,
        places.radius_m,
        place_worth(places),
        places.defended,
        mine,
        defends,
        fire_arrays(settings)[1],
        reach,
        stake,
    )
    stake[reach < batteries.doctrine.leave_below[mine]] = 0.0
    return stake


def place_worth(places: PlaceTable) -> F8:
    """The value at stake of each place, [P]: its stated value, or its population in millions where none is stated."""
    return np.where(places.value > 0.0, places.value, places.population * 1e-6)


def _fire(
    batteries: BatteryTable,
    mine: I4,
    picture: SimulatedPicture,
    state: FireState,
    now_ns: int,
    rows: I4,
    options: _Options,
    rule: Coordination,
    settings: FireSettings,
) -> Shots:
    steps = steps_of(batteries.doctrine, mine, options.own, options.every, state.stock[mine], rule)
    chosen, salvo = _choose(batteries, mine, state, now_ns, options, steps, settings)
    objects = np.flatnonzero(chosen >= 0)
    if not len(objects):
        return _NO_SHOTS
    shooters, rounds = chosen[objects], salvo[objects]
    common = batteries.salvo_common[mine]
    pick = (objects, shooters)
    tracks = picture.tracks
    shots = Shots(
        battery=mine[shooters].astype(np.int32),
        track_id=tracks.track_id[rows[objects]],
        rounds=rounds,
        launch_ns=now_ns + np.rint(options.start_s[pick] * 1e9).astype(np.int64),
        intercept_ns=now_ns + np.rint(options.when_s[pick] * 1e9).astype(np.int64),
        aim_ecef_m=options.aim_ecef_m[pick],
        kill_chance=options.kill[pick],
        common_chance=common[shooters],
        handover=options.handover[pick],
    )
    for i in range(len(objects)):
        reserve(
            state,
            batteries,
            int(shots.battery[i]),
            int(shots.track_id[i]),
            int(rounds[i]),
            now_ns,
            int(shots.intercept_ns[i]),
        )
    return shots


def _choose(
    batteries: BatteryTable,
    mine: I4,
    state: FireState,
    now_ns: int,
    options: _Options,
    steps: list[Step],
    settings: FireSettings,
) -> tuple[I4, I4]:
    """The battery (a row of `mine`, or -1) and the rounds of the salvo at each candidate, step by step."""
    objects = len(options.own)
    chosen, salvo = np.full(objects, -1, np.int32), np.zeros(objects, np.int32)
    lanes = (state.busy_until_ns[mine] <= now_ns).sum(axis=1).astype(np.int32)
    price = np.where(batteries.dwell_s[mine] > 0.0, 0.0, settings.round_price)
    chance = _chances(batteries, mine, options, state.stock[mine], settings)
    for step in steps:
        gain = chance * step.stake[:, :, None]
        gain[chosen >= 0] = 0.0
        if not gain.any():
            continue
        served = np.bincount(chosen[chosen >= 0], minlength=len(mine))
        fired = np.bincount(chosen[chosen >= 0], salvo[chosen >= 0], len(mine)).astype(np.int32)
        left = np.maximum(step.rounds - fired, 0).astype(np.int32)
        shooter, rounds = choose_salvos(gain, left, (lanes - served).astype(np.int32), price)
        chosen, salvo = np.where(shooter >= 0, shooter, chosen), np.where(shooter >= 0, rounds, salvo)
    return chosen, salvo


def _chances(batteries: BatteryTable, mine: I4, options: _Options, stock: I4, settings: FireSettings) -> F8:
    """The chance that a salvo of 1 to R rounds kills, [m, b, R]; it grows no more beyond what the doctrine allows."""
    doctrine = batteries.doctrine
    wanted = np.where(options.again, doctrine.rounds[mine], doctrine.last_rounds[mine])
    wanted = np.maximum(1, np.minimum(wanted, np.minimum(batteries.salvo[mine], stock)))
    rounds = np.minimum(np.arange(1, int(wanted.max()) + 1), wanted[:, :, None])
    common = batteries.salvo_common[mine][None, :, None]
    chance = salvo_chance(options.kill[:, :, None], common, options.handover[:, :, None], rounds)
    chance[~np.isfinite(options.when_s) | (chance[:, :, -1] < settings.chance_min)] = 0.0
    return chance
