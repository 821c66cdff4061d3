"""What truly comes of a shot, and what the shooter will believe of it."""

from __future__ import annotations

import numpy as np

from skypact.defend.settings import FireSettings
from skypact.kernels.firing import resolve_rows
from skypact.model.defence import Outcomes, Shots
from skypact.model.network import B1, F8, I4, U1, U4, BatteryTable


def salvo_chance(kill: F8 | float, common: F8 | float, handover: F8 | float, rounds: F8 | I4 | float) -> F8:
    """The chance that a salvo kills: common x (1 - (1 - handover x kill)^rounds), element by element.

    Rounds are independent given that nothing common to the salvo fails (D. A. Wilkening, "A simple model for
    calculating ballistic missile defense effectiveness", Science and Global Security 8, 1999: K with P_track common).

    Args:
        kill: single-shot chance.
        common: chance that nothing common to the salvo fails.
        handover: factor from the quality of the track, 0..1.
        rounds: in the salvo.
    """
    single = np.clip(np.asarray(kill, np.float64) * handover, 0.0, 1.0)
    chance: F8 = np.asarray(common * (1.0 - (1.0 - single) ** rounds), np.float64)
    return chance


def handover_factor(sigma_pos_m: F8, largest_sigma_m: F8, settings: FireSettings) -> F8:
    """The notional factor on the kill chance from a track's quality: 1 / (1 + (sigma / reference)^2), bounded below.

    The reference is `handover_reference` times the largest sigma on which the battery may fire, so that it costs a
    fifth at that limit with the default.

    Args:
        sigma_pos_m: root mean position variance of the tracks.
        largest_sigma_m: BatteryTable.track_sigma_m, to broadcast with it.
        settings: assumptions.
    """
    ratio = sigma_pos_m / np.maximum(settings.handover_reference * largest_sigma_m, 1e-9)
    factor: F8 = np.maximum(settings.handover_min, 1.0 / (1.0 + ratio * ratio))
    return factor


# One argument for each fact of truth that `run` establishes at the aim point, as they stand in its arrays.
def resolve(  # noqa: PLR0913, PLR0917
    shots: Shots,
    batteries: BatteryTable,
    object_row: I4,
    object_key: U4,
    object_class: U1,
    alive: B1,
    held_by_own_sensors: B1,
    ordinal: I4,
    k0: np.uint32,
    k1: np.uint32,
    settings: FireSettings,
) -> Outcomes:
    """What truly came of shots whose intercept is due, and what the shooter will believe, k rows as in `shots`.

    A salvo kills with common x (1 - (1 - handover x kill)^rounds), `kill` being the chance against the object's true
    class; a civil or friendly object at the aim point is hit with the chance against a cruise missile where the
    battery states none. NOTHING_THERE: no object at the aim point. ALREADY_DEAD: one that was killed before.
    The assessment is UNKNOWN where the shooter's own sensors do not hold the object; otherwise a kill is missed with
    `missed_kill`, a miss taken for a kill with `false_kill`, `assessment_s` after the intercept.

    Args:
        shots, batteries: due now, and the table that `shots.battery` indexes.
        object_row: [k] row of truth at the aim point; -1 none.
        object_key, object_class: [k] its key and true class; any number where there is none.
        alive: [k] not killed before.
        held_by_own_sensors: [k] whether the shooter's own sensors hold the track.
        ordinal: [k] how many shots of this battery at this object came before.
        k0, k1: run key.
        settings: assumptions.
    """
    k = len(shots.battery)
    outcome = np.zeros(k, np.uint8)
    assessment = np.zeros(k, np.uint8)
    if k:
        resolve_rows(
            shots.battery,
            shots.rounds,
            shots.common_chance,
            shots.handover,
            batteries.kill,
            object_row,
            object_key,
            object_class,
            alive,
            held_by_own_sensors,
            ordinal,
            settings.false_kill,
            settings.missed_kill,
            k0,
            k1,
            outcome,
            assessment,
        )
    return Outcomes(
        outcome=outcome,
        object=np.asarray(object_row, np.int32).copy(),
        assessment=assessment,
        assessed_ns=shots.intercept_ns + int(settings.assessment_s * 1e9),
    )
