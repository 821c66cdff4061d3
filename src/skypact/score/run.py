"""The scores of one run: a row for each level and nation, and a row for each level and scored object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import EventKind
from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8
from skypact.model.record import COMMON_LEVEL, Columns
from skypact.model.warning import RUNGS
from skypact.score.alert import (
    AlertBook,
    alert_book,
    alert_totals,
    first_alerts,
    public_rung,
    warning_seconds,
)
from skypact.score.column import Table, real, seconds, whole
from skypact.score.fire import ShotList, fire_totals, rounds_at, shots_of, spent_by
from skypact.score.interval import quantile
from skypact.score.pairing import (
    Pairing,
    common_rmse,
    first_held,
    object_of_track,
    pairings,
    picture_error,
    squares_by_truth,
)
from skypact.score.verdict import tally, verdicts
from skypact.score.world import NEVER_S, World, alive_rows, empty_like, killed_s, world_of

WARNED_S = (15, 30, 60, 120, 300)
HELD_IN_TIME_S = 60.0
DEFAULT_BASELINE = "today"

ROWS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "nation": "i1",
    "family": "u1",
    **dict.fromkeys(
        (
            *("scored", "population", "people", "warning_median_s", "warning_p5_s", "warning_mean_s"),
            *("unalerted", "killed_unalerted", *(f"people_{s}_s" for s in WARNED_S)),
            *("held", "held_of", "held_short", "held_short_of"),
            *("gospa_m", "gospa_localisation_m", "gospa_missed", "gospa_false"),
            *("position_rmse_m", "common_rmse_m", "common_baseline_rmse_m", "common_rows"),
            *("leakers", "arrivals", "killed", "shots", "rounds", "price_usd"),
            *("overkill_rounds", "late_rounds", "doubled_rounds", "stray_rounds"),
            *("civil_engaged", "friendly_engaged", "alerts", "false_alerts", "alert_hours"),
            *("correct_alerts", "precautionary_alerts", "stray_alerts", "people_in_vain"),
            *("detected", "first_detection_s"),
            *("messages_sent", "messages_received", "messages_refused", "bytes_sent"),
        ),
        "f8",
    ),
    "false_alerts_by_rung": f"f8x{len(RUNGS)}",
}
"""Columns of a row a level and nation. Counts and sums are of the run; `people` are person-arrivals: the population
of the place (of its zone, where alerts are for zones), once for each scored object that goes to it. `false_alerts` are
those that were not correct: `precautionary_alerts` and, with nothing near, `stray_alerts`. NaN: there was nothing to
measure."""

OBJECT_ROWS: Mapping[str, str] = {
    "run": "u2",
    "level": "u1",
    "nation": "i1",
    "object": "i8",
    "object_class": "u1",
    "place": "i4",
    "launch_s": "f8",
    "end_s": "f8",
    "warning_s": f"f8x{len(RUNGS)}",
    "first_alert_s": "f8",
    "detected_s": "f8",
    "first_held_s": "f8",
    "first_firm_s": "f8",
    "kill_s": "f8",
    "rounds": "f8",
    "stock_spent": "u1",
    "leaked": "u1",
}
"""Columns of a row a level and scored object; `nation` is that of the place, `warning_s` by rung, `kill_s` NaN where
it arrives, `rounds` of all nations, `stock_spent` 1 where all units defending the nation had launched their stock."""


@dataclass(frozen=True)
class RunScores:
    """What one run's record says: tables of ROWS and OBJECT_ROWS, compared against the level `baseline`."""

    run: int
    family: int
    baseline: int
    rows: Columns
    objects: Columns


def baseline_row(manifest: Manifest, baseline: str = DEFAULT_BASELINE) -> int:
    """Index of the baseline among the levels; the first level where it was not run."""
    return manifest.levels.index(baseline) if baseline in manifest.levels else 0


def score_run(tables: Mapping[str, Table], manifest: Manifest, baseline: str = DEFAULT_BASELINE) -> RunScores:
    """The scores of one run from its recorded tables alone.

    Args:
        tables: events, objects, truth, pictures and holders of one run, as in `model.record`.
        manifest: the campaign's description.
        baseline: level against which position errors are paired; the first level where it was not run.
    """
    world = world_of(tables, manifest)
    levels, nations = len(manifest.levels), len(manifest.nations)
    dead = [killed_s(tables["events"], level, manifest) for level in range(levels)]
    alive = {level: alive_rows(world, level, dead[level]) for level in range(levels)}
    held = pairings(tables["pictures"], tables["holders"], world, alive, manifest)
    base = baseline_row(manifest, baseline)
    scored_rows = empty_like(ROWS, levels * nations)
    objects = []
    base_squares = {
        n: squares_by_truth(held[base, n], world, alive[base], n) for n in range(nations) if (base, n) in held
    }
    for level in range(levels):
        facts = _level_objects(tables["events"], manifest, world, level, (dead[level], alive[level]), held)
        objects.append(facts.table)
        for n in range(nations):
            row = level * nations + n
            values = {
                "run": world.run,
                "level": level,
                "nation": n,
                "family": world.family,
                **_warning_row(facts.table, world, manifest, n),
                **fire_totals(facts.shots, world.object_class, n),
                **_traffic_row(tables["events"], level, n),
                **{name: column[n] for name, column in facts.alerts.items()},
            }
            if (level, n) in held:
                values |= _picture_row(held[level, n], world, alive[level], n, base_squares.get(n))
            for name, value in values.items():
                scored_rows[name][row] = value
    joined = {name: np.concatenate([table[name] for table in objects]) for name in OBJECT_ROWS}
    return RunScores(world.run, world.family, base, scored_rows, joined)


@dataclass(frozen=True)
class _LevelFacts:
    table: Columns
    shots: ShotList
    alerts: Mapping[str, F8]


def _level_objects(
    events: Table,
    manifest: Manifest,
    world: World,
    level: int,
    life: tuple[Mapping[int, float], B1],
    held: Mapping[tuple[int, int], Pairing],
) -> _LevelFacts:
    """A level's row for each scored object, its shots, and what its alerts add up to for each nation.

    `life` is when each object killed died, and which true rows exist at the level.
    """
    dead, alive = life
    scored, rung = world.scored, public_rung(manifest)
    dead_s = np.array([dead.get(int(key), NEVER_S) for key in scored.key])
    book = alert_book(events, level, manifest)

    def aimed_at(nation: int, track: int, t_s: float) -> int:
        return object_of_track(held[level, nation], world, track, t_s) if (level, nation) in held else -1

    shots = shots_of(events, level, manifest, dead, aimed_at)
    table = empty_like(OBJECT_ROWS, len(scored.key))
    table["run"][:], table["level"][:], table["nation"][:] = world.run, level, scored.nation
    table["object"][:], table["object_class"][:] = scored.key, scored.object_class
    table["place"][:], table["launch_s"][:], table["end_s"][:] = scored.place, scored.launch_s, scored.end_s
    table["warning_s"][:] = warning_seconds(book, scored, dead_s)
    table["first_alert_s"][:] = first_alerts(book, scored, dead_s, rung)
    killed = dead_s <= scored.end_s
    table["kill_s"][:] = np.where(killed, dead_s, np.nan)
    table["leaked"][:] = scored.defended & ~killed
    table["rounds"][:] = rounds_at(shots, scored.key)
    stock = np.array([b.stock for b in manifest.batteries], np.float64)
    for n, nation in enumerate(manifest.nations):
        here = scored.nation == n
        defending = np.array([nation in b.defends for b in manifest.batteries], np.bool_)
        table["stock_spent"][here] = spent_by(shots, stock, scored.end_s[here], defending)
        table["detected_s"][here] = _first_detections(events, manifest, level, n, scored.key[here])
        if (level, n) in held:
            any_s, firm_s = first_held(held[level, n], world, n)
            table["first_held_s"][here], table["first_firm_s"][here] = any_s[here], firm_s[here]
    return _LevelFacts(table, shots, _alert_columns(book, manifest, world, dead, alive))


def _alert_columns(
    book: AlertBook, manifest: Manifest, world: World, dead: Mapping[int, float], alive: B1
) -> dict[str, F8]:
    """What the alerts of a level add up to for each nation, [N]; `false_alerts_by_rung` [N, rungs]."""
    rung = public_rung(manifest)
    row = {name: n for n, name in enumerate(manifest.nations)}
    nation_of = np.array([row[p.nation] for p in manifest.alerted], np.int64)
    last_s = float(world.t_s[-1]) if len(world.t_s) else 0.0
    count, hours = alert_totals(book, rung, nation_of, len(manifest.nations), last_s)
    found = tally(verdicts(book, world, alive, dead, manifest), manifest)
    in_vain = found.precautionary + found.false
    return {
        "alerts": count,
        "alert_hours": hours,
        "false_alerts": in_vain[:, rung],
        "false_alerts_by_rung": in_vain,
        "correct_alerts": found.correct[:, rung],
        "precautionary_alerts": found.precautionary[:, rung],
        "stray_alerts": found.false[:, rung],
        "people_in_vain": found.in_vain[:, rung],
    }


def _first_detections(events: Table, manifest: Manifest, level: int, nation: int, keys: I8) -> F8:
    """When the nation's own sensors first detected each object (s), NaN never; cues alone make levels differ."""
    mine = (whole(events, "kind") == EventKind.FIRST_DETECTION) & (whole(events, "nation") == nation)
    mine &= np.isin(whole(events, "level"), (COMMON_LEVEL, level))
    t_s, seen = seconds(events, manifest.zero_ns)[mine], whole(events, "object")[mine]
    return np.array([t_s[seen == key].min() if (seen == key).any() else np.nan for key in keys], np.float64)


def _warning_row(table: Columns, world: World, manifest: Manifest, nation: int) -> dict[str, float]:
    """Warning, people, held in time and leakers of one nation at one level."""
    scored = world.scored
    here = scored.nation == nation
    warning = np.asarray(table["warning_s"], np.float64)[here, public_rung(manifest)]
    people, lasts_s = scored.population[here], (scored.end_s - scored.launch_s)[here]
    killed, leaked = ~np.isnan(real(table, "kill_s")[here]), table["leaked"][here] > 0
    firm_s, found_s = real(table, "first_firm_s")[here], real(table, "detected_s")[here]
    long = lasts_s >= HELD_IN_TIME_S
    after_s = (found_s - scored.launch_s[here])[~np.isnan(found_s)]
    row = {
        "scored": float(len(warning)),
        "population": float(
            sum(p.population for p in manifest.places if p.nation == manifest.nations[nation])
        ),
        "people": float(people.sum()),
        "warning_median_s": quantile(warning, 0.5),
        "warning_p5_s": quantile(warning, 0.05),
        "warning_mean_s": float(warning.mean()) if len(warning) else np.nan,
        "unalerted": float(np.count_nonzero(warning == 0.0)),
        "killed_unalerted": float(np.count_nonzero((warning == 0.0) & killed)),
        "held": float(np.count_nonzero(firm_s[long] <= (scored.end_s[here] - HELD_IN_TIME_S)[long])),
        "held_of": float(np.count_nonzero(long)),
        "held_short": float(np.count_nonzero(~np.isnan(firm_s[~long]))),
        "held_short_of": float(np.count_nonzero(~long)),
        "leakers": float(np.count_nonzero(leaked)),
        "arrivals": float(np.count_nonzero(~killed)),
        "killed": float(np.count_nonzero(killed)),
        "detected": float(len(after_s)),
        "first_detection_s": quantile(after_s, 0.5),
    }
    return row | {f"people_{s}_s": float(people[warning >= s].sum()) for s in WARNED_S}


def _picture_row(pairing: Pairing, world: World, alive: B1, nation: int, base: F8 | None) -> dict[str, float]:
    """Picture error and position error of one nation at one level."""
    error = picture_error(pairing, world, alive, nation)
    row = {
        "gospa_m": error.gospa_m,
        "gospa_localisation_m": error.localisation_m,
        "gospa_missed": error.missed,
        "gospa_false": error.false,
        "position_rmse_m": error.rmse_m,
    }
    if base is not None:
        mine, other, number = common_rmse(squares_by_truth(pairing, world, alive, nation), base)
        row |= {"common_rmse_m": mine, "common_baseline_rmse_m": other, "common_rows": float(number)}
    return row


def _traffic_row(events: Table, level: int, nation: int) -> dict[str, float]:
    """Messages of one nation; an event may account for several, whose number is in its column `track`."""
    here = whole(events, "level") == level
    kinds = whole(events, "kind")
    number = np.maximum(whole(events, "track"), 1)

    def messages(kind: EventKind, end: str) -> float:
        return float(number[here & (kinds == kind) & (whole(events, end) == nation)].sum())

    sent = here & (kinds == EventKind.MESSAGE_SENT) & (whole(events, "nation") == nation)
    return {
        "messages_sent": messages(EventKind.MESSAGE_SENT, "nation"),
        "messages_received": messages(EventKind.MESSAGE_RECEIVED, "other"),
        "messages_refused": messages(EventKind.MESSAGE_REFUSED, "nation"),
        "bytes_sent": float(real(events, "value2")[sent].sum()),
    }
