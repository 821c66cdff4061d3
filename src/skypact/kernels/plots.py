"""What a sensor reports of its echoes: resolution, errors, false plots, and the most that a frame can carry."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.disturbance import UNLIMITED, most_plots, working_span
from skypact.kernels.falseplots import sense_nothing
from skypact.kernels.jit import kernel
from skypact.kernels.look import Scene
from skypact.kernels.looks import (
    BEAM_AZIMUTH,
    BEAM_ELEVATION,
    CELL_RANGE,
    CODE_PROBABILITY,
    COOPERATIVE,
    ELEVATION_MAX,
    ELEVATION_MIN,
    FALSE_PLOTS,
    KIND,
    MEASURES_ELEVATION,
    MULTILATERATION,
    PHASE,
    PLOTS_MAX,
    RADAR,
    REVISIT,
)
from skypact.kernels.path import state_at
from skypact.kernels.random import POISSON_PART
from skypact.kernels.report import Rows, identity, measure, random_errors, write_stamp
from skypact.kernels.resolution import LEAST_COSINE, Cell, centroid, find_strongest
from skypact.kernels.ring import fix_transponder
from skypact.kernels.scan import dwell_s, frame_at, slots, track_slots
from skypact.kernels.sensing import Scratch, Stretches, lag_of, sense_sensor
from skypact.kernels.tick import candidates

_EDGE_S = 1e-6


@kernel
def cell_of(site: NDArray[np.float64], physics: NDArray[np.float64]) -> Cell:
    """The widths within which a sensor does not tell echoes apart; 0 for what tells all apart."""
    if int(site[KIND]) != RADAR or not physics[CELL_RANGE] > 0.0:
        return Cell(0.0, 0.0, 0.0, 0.0, 0.0)
    elevation = math.inf
    if site[MEASURES_ELEVATION] != 0.0:
        elevation = physics[BEAM_ELEVATION]
    across = max(min(math.cos(site[ELEVATION_MIN]), math.cos(site[ELEVATION_MAX])), LEAST_COSINE)
    at_zero_s = dwell_s(site, physics)
    return Cell(at_zero_s, at_zero_s / across, physics[CELL_RANGE], physics[BEAM_AZIMUTH], elevation)


@kernel
def write_plots(
    scene: Scene,
    s: int,
    scratch: Scratch,
    count: int,
    cell: Cell,
    t_from_s: float,
    t_to_s: float,
    rows: Rows,
    n: int,
) -> int:
    """Write what a sensor's echoes report in [t_from_s, t_to_s) from row n on; the next free row, -1 where full.

    Echoes within one `cell` give one plot. A multilateration that gives no position reports nothing.
    """
    site, physics, echoes, state = scene.sites[s], scene.physics[s], scratch.echoes, scratch.state
    keys, codes, position_sigma_m = scene.paths.key, scene.paths.code, scene.paths.position_sigma_m
    states, offset, first_s = scene.paths.state, scene.paths.offset, scene.paths.first_s
    k0, k1 = scene.k0, scene.k1
    kind, numbers = int(site[KIND]), slots(site, physics)
    order = np.argsort(echoes.t_s[:count], kind="mergesort")
    if cell.range_m > 0.0:
        find_strongest(echoes, order, cell)
    for p in range(count):
        e = order[p]
        i, look, t_s = echoes.object[e], echoes.look[e], echoes.t_s[e]
        if t_s < t_from_s or t_s >= t_to_s or (cell.range_m > 0.0 and echoes.strongest[e] != e):
            continue
        if n >= rows.t_ns.shape[0]:
            return -1
        power = echoes.power[e]
        key, word = keys[i], np.uint32(look & 0xFFFFFFFF)
        sigma, z = rows.sigma[n], rows.z[n]
        if kind == MULTILATERATION:
            state_at(states, offset[i], offset[i + 1], first_s[i], t_s, state)
            if not fix_transponder(site, physics, s, key, word, state, k0, k1, z, sigma):
                continue
        else:
            place = (echoes.range_m[e], echoes.bearing_rad[e], echoes.elevation_rad[e])
            if cell.range_m > 0.0:
                place, power = centroid(echoes, order, p, cell)
            random_errors(site, physics, place[0], place[2], power, position_sigma_m[i], sigma)
            measure(site, physics, s, key, word, t_s, place, k0, k1, sigma, z)
        write_stamp(site, physics, s, look // numbers, t_s, power, k0, k1, rows, n)
        known = kind in (COOPERATIVE, MULTILATERATION)
        if kind == RADAR:
            known = echoes.read[e] < site[CODE_PROBABILITY]
        known = known and t_s < scene.paths.silent_s[i]
        rows.code[n] = codes[i] if known else np.uint32(0)
        rows.detection_id[n] = identity(s, look, key, False, k0, k1)
        rows.object[n] = i
        n += 1
    return n


@kernel
def rows_from(rows: Rows, n: int) -> Rows:
    """The rows from n on."""
    return Rows(
        rows.t_ns[n:],
        rows.sensor[n:],
        rows.z[n:],
        rows.sigma[n:],
        rows.snr_db[n:],
        rows.code[n:],
        rows.detection_id[n:],
        rows.object[n:],
        rows.frame[n:],
        rows.t_s[n:],
    )


@kernel
def write_false_plots(
    scene: Scene, s: int, t_from_s: float, t_to_s: float, first: int, last: int, rows: Rows, n: int
) -> int:
    """Write a sensor's false plots of frames `first` to `last` in [t_from_s, t_to_s) while it works; -1 where full."""
    site, physics, around = scene.sites[s], scene.physics[s], scene.around
    from_s = t_from_s
    while from_s < t_to_s:
        from_s, to_s = working_span(around, s, from_s, t_to_s)
        if from_s >= to_s:
            break
        after, count = sense_nothing(
            site,
            physics,
            s,
            around.surface[s],
            around.rain[s],
            around.clutter_cell_m,
            around.false_mean[s],
            around.rain_top_m,
            scene.k0,
            scene.k1,
            from_s,
            to_s,
            first,
            last,
            rows_from(rows, n),
        )
        if after <= last:
            return -1
        n += count
        from_s = to_s
    return n


@kernel
def copy_row(rows: Rows, source: int, target: int) -> None:
    """Copy one row over another."""
    rows.t_ns[target] = rows.t_ns[source]
    rows.sensor[target] = rows.sensor[source]
    for j in range(4):
        rows.z[target, j] = rows.z[source, j]
        rows.sigma[target, j] = rows.sigma[source, j]
    rows.snr_db[target] = rows.snr_db[source]
    rows.code[target] = rows.code[source]
    rows.detection_id[target] = rows.detection_id[source]
    rows.object[target] = rows.object[source]
    rows.frame[target] = rows.frame[source]
    rows.t_s[target] = rows.t_s[source]


@kernel
def keep_strongest(scene: Scene, s: int, rows: Rows, first: int, n: int) -> int:
    """Drop from rows first..n of a sensor what its frames cannot carry; the next free row.

    Of each frame the strongest remain, false plots among them; of plots without a strength, or of one strength, those
    of the lowest numbers, which are as good as drawn at random.
    """
    site, physics = scene.sites[s], scene.physics[s]
    drop = np.zeros(n - first, np.bool_)
    by_number = np.argsort(rows.detection_id[first:n], kind="mergesort")
    strength = np.empty(n - first)
    for p in range(n - first):
        value = float(rows.snr_db[first + by_number[p]])
        strength[p] = 0.0 if math.isnan(value) else -value
    by_strength = by_number[np.argsort(strength, kind="mergesort")]
    by_frame = by_strength[np.argsort(rows.frame[first:n][by_strength], kind="mergesort")]
    rank = 0
    for p in range(n - first):
        row = by_frame[p]
        frame = rows.frame[first + row]
        if p == 0 or frame != rows.frame[first + by_frame[p - 1]]:
            rank = 0
        start_s = frame * site[REVISIT] + physics[PHASE]
        drop[row] = rank >= most_plots(scene.around, s, physics[PLOTS_MAX], start_s)
        rank += 1
    kept = first
    for row in range(n - first):
        if not drop[row]:
            copy_row(rows, first + row, kept)
            kept += 1
    return kept


@kernel
def keep_between(rows: Rows, first: int, n: int, t_from_s: float, t_to_s: float) -> int:
    """Drop from rows first..n those whose true time is outside [t_from_s, t_to_s); the next free row."""
    kept = first
    for row in range(first, n):
        if t_from_s <= rows.t_s[row] < t_to_s:
            copy_row(rows, row, kept)
            kept += 1
    return kept


@kernel
def frames_of(
    site: NDArray[np.float64], physics: NDArray[np.float64], t_from_s: float, t_to_s: float
) -> tuple[int, int]:
    """First and last frame that plots in [t_from_s, t_to_s) may belong to; looks in track mode outlast their frame."""
    first = frame_at(site, physics, t_from_s - _EDGE_S)
    if track_slots(site, physics) > 0:
        first -= 1
    return first, frame_at(site, physics, t_to_s + _EDGE_S)


@kernel
def may_overflow(
    scene: Scene, s: int, t_from_s: float, t_to_s: float, objects: int, false_plots: bool
) -> bool:
    """Whether a frame of sensor s may hold more plots than it can carry, where it meets at most `objects` objects.

    A Poisson number by inversion of 32 bits is below its mean and seven of its roots and twenty, in each of its parts.
    """
    site, physics = scene.sites[s], scene.physics[s]
    first, last = frames_of(site, physics, t_from_s, t_to_s)
    most = UNLIMITED
    for frame in range(first, last + 1):
        start_s = frame * site[REVISIT] + physics[PHASE]
        most = min(most, most_plots(scene.around, s, physics[PLOTS_MAX], start_s))
    if most == UNLIMITED:
        return False
    plots = float(objects * slots(site, physics))
    if false_plots:
        mean = max(site[FALSE_PLOTS], scene.around.false_mean[s].sum())
        parts = math.ceil(mean / POISSON_PART)
        plots += mean + 7.0 * math.sqrt(mean * parts) + 20.0 * parts
    return plots > most


@kernel
def look_spans(
    scene: Scene, t_from_s: float, t_to_s: float, false_plots: bool, out: NDArray[np.float64]
) -> None:
    """Fill out[S, 2] with the time in which each sensor's echoes decide what it reports in [t_from_s, t_to_s).

    Two dwells more where echoes merge: a plot hangs on its cell, whose echoes hang on theirs. Whole frames where a
    limit may drop plots.
    """
    for s in range(scene.sites.shape[0]):
        site, physics = scene.sites[s], scene.physics[s]
        margin_s = 2.0 * cell_of(site, physics).longest_s
        out[s, 0] = t_from_s - margin_s
        out[s, 1] = t_to_s + margin_s
        if may_overflow(scene, s, t_from_s, t_to_s, scene.paths.key.shape[0], false_plots):
            first, last = frames_of(site, physics, t_from_s, t_to_s)
            frames = last + (2 if track_slots(site, physics) > 0 else 1)
            out[s, 0] = first * site[REVISIT] + physics[PHASE] - margin_s - _EDGE_S
            out[s, 1] = frames * site[REVISIT] + physics[PHASE] + margin_s + _EDGE_S


@kernel
def report_sensor(
    scene: Scene,
    s: int,
    t_from_s: float,
    t_to_s: float,
    span: NDArray[np.float64],
    false_plots: bool,
    stretches: Stretches,
    scratch: Scratch,
    rows: Rows,
    n: int,
) -> int:
    """Write all that sensor s reports in [t_from_s, t_to_s) from row n on; the next free row, -1 where full."""
    site, physics = scene.sites[s], scene.physics[s]
    from_s, to_s, limited = t_from_s, t_to_s, False
    look_from_s, look_to_s = span[0], span[1]
    cell = cell_of(site, physics)
    margin_s = 2.0 * cell.longest_s
    if look_from_s < t_from_s - margin_s:
        limited = True
        if stretches.edge_s.shape[0] == 2:
            middle_s = 0.5 * (stretches.edge_s[0] + stretches.edge_s[1])
            away_s = max(abs(look_from_s - middle_s), abs(look_to_s - middle_s))
            place, speed = stretches.place[0], stretches.speed[0]
            lag_s = lag_of(site, scene.around)
            met = candidates(
                site, physics, place, speed, away_s, look_from_s, look_to_s, lag_s, scratch.chosen
            )
            limited = may_overflow(scene, s, t_from_s, t_to_s, met, false_plots)
        if limited:
            from_s, to_s = look_from_s, look_to_s
        else:
            look_from_s, look_to_s = t_from_s - margin_s, t_to_s + margin_s
    count = sense_sensor(scene, s, look_from_s, look_to_s, stretches, scratch)
    if count < 0:
        return -1
    first_row = n
    n = write_plots(scene, s, scratch, count, cell, from_s, to_s, rows, n)
    if n >= 0 and false_plots:
        first, last = frames_of(site, physics, t_from_s, t_to_s)
        n = write_false_plots(scene, s, from_s, to_s, first, last, rows, n)
    if n >= 0 and limited:
        n = keep_strongest(scene, s, rows, first_row, n)
        n = keep_between(rows, first_row, n, t_from_s, t_to_s)
    return n


@kernel
def report_sensors(
    scene: Scene,
    t_from_s: float,
    t_to_s: float,
    spans: NDArray[np.float64],
    false_plots: bool,
    stretches: Stretches,
    scratch: Scratch,
    first: int,
    rows: Rows,
) -> tuple[int, int]:
    """Write what sensors from `first` on report until done or the room is used up.

    Returns:
        The sensor to go on from (their number when done) and the number of rows written.
    """
    n = 0
    for s in range(first, scene.sites.shape[0]):
        after = report_sensor(scene, s, t_from_s, t_to_s, spans[s], false_plots, stretches, scratch, rows, n)
        if after < 0:
            return s, n
        n = after
    return scene.sites.shape[0], n
