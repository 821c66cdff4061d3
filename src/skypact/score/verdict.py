"""What became of each alert, by truth alone: correct, precautionary or false.

After the practice of earthquake early warning: an alert is correct where what it warned of came, precautionary where it
came near but not here (Saunders, Minson and Baltay, Earth's Future 10, 2022), false where nothing did (Cochran
et al., Seismological Research Letters 89, 2018; Minson et al., Scientific Reports 9, 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from skypact.earth.frame import ecef_from_geodetic
from skypact.model.manifest import Manifest, ZoneEntry
from skypact.model.network import B1, F8, U1
from skypact.model.warning import RUNGS
from skypact.score.alert import GRACE_S, AlertBook
from skypact.score.world import NEVER_S, World, within

NEAR_M = 10_000.0
"""What comes so near to the edge of a zone makes its alert precautionary, not false."""


class Verdict(IntEnum):
    """What an alert was."""

    CORRECT = 0
    """A raid object's un-intercepted flight ends in the zone."""
    PRECAUTIONARY = 1
    """None does, but one ends near it, or flew by near it."""
    FALSE = 2
    """Neither."""


@dataclass(frozen=True)
class Tally:
    """What the alerts of a level add up to, by nation and rung [N, rungs]."""

    alerts: F8
    correct: F8
    precautionary: F8
    false: F8
    in_vain: F8
    """people: the population of its zone, once for each alert that was not correct"""


def verdicts(
    book: AlertBook, world: World, alive: B1, dead_s: Mapping[int, float], manifest: Manifest
) -> dict[tuple[int, int], U1]:
    """The verdict on each alert of the book, in the order of its spans.

    An object counts if it comes while the alert is in force or within 120 s after. One that is killed on its way counts
    with its un-intercepted arrival and with the instant of its death, so that clearing an alert because its cause was
    shot down does not make it false.

    Args:
        book: a level's alerts.
        world: truth of the run.
        alive: the true rows that exist at the level (`score.world.alive_rows`).
        dead_s: when each object that was truly killed at the level died.
        manifest: the campaign's.
    """
    falls = world.falls
    death_s = np.array([dead_s.get(int(key), NEVER_S) for key in falls.key], np.float64)
    ends = np.stack([falls.end_s, np.minimum(falls.end_s, death_s)])
    there = ecef_from_geodetic(falls.lat_rad, falls.lon_rad, np.zeros(len(falls.key))).reshape(-1, 3)
    flying = np.flatnonzero(alive & np.isin(world.key, falls.key))
    fly_s, fly_ecef = world.t_s[world.snapshot[flying]], world.pos_ecef_m[flying]
    row = {name: n for n, name in enumerate(manifest.nations)}
    found = {}
    for (zone, rung), spans in book.items():
        entry = manifest.alerted[zone]
        centre = ecef_from_geodetic(entry.lat_rad, entry.lon_rad, 0.0)
        reach_m = entry.radius_m + NEAR_M
        here = falls.zone[:, row[entry.nation]] == zone
        # Zones and places may overlap: what falls in two has come to both.
        if isinstance(entry, ZoneEntry):
            here = within(entry, falls.lat_rad, falls.lon_rad)
        else:
            here = here | (_distance(there, centre) <= entry.radius_m)
        came = _met(spans.raise_s, spans.clear_s, ends[:, here])
        near = _met(spans.raise_s, spans.clear_s, ends[:, _distance(there, centre) <= reach_m])
        by_s = fly_s[_distance(fly_ecef, centre) <= reach_m]
        near |= _met(spans.raise_s, spans.clear_s, by_s[None, :])
        verdict = np.where(came, Verdict.CORRECT, np.where(near, Verdict.PRECAUTIONARY, Verdict.FALSE))
        found[zone, rung] = verdict.astype(np.uint8)
    return found


def tally(found: Mapping[tuple[int, int], U1], manifest: Manifest) -> Tally:
    """What the verdicts add up to."""
    row = {name: n for n, name in enumerate(manifest.nations)}
    shape = (len(manifest.nations), len(RUNGS))
    count = np.zeros((len(Verdict), *shape))
    in_vain = np.zeros(shape)
    for (zone, rung), of_alerts in found.items():
        entry = manifest.alerted[zone]
        at = row[entry.nation], rung
        for verdict in Verdict:
            count[verdict][at] += np.count_nonzero(of_alerts == verdict)
        in_vain[at] += entry.population * np.count_nonzero(of_alerts != Verdict.CORRECT)
    return Tally(
        count.sum(axis=0),
        count[Verdict.CORRECT],
        count[Verdict.PRECAUTIONARY],
        count[Verdict.FALSE],
        in_vain,
    )


def _met(raise_s: F8, clear_s: F8, at_s: F8) -> B1:
    """Whether any of the instants lies within each alert or the grace after it."""
    t_s = at_s.ravel()
    met = (t_s >= raise_s[:, None]) & (t_s <= clear_s[:, None] + GRACE_S)
    return np.asarray(met.any(axis=1))


def _distance(points: F8, centre: F8) -> F8:
    return np.asarray(np.linalg.norm(points - centre, axis=-1))
