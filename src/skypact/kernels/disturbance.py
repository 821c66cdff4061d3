"""What befalls sensors at stated times: off, lost, jammed, saturated."""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel
from skypact.kernels.looks import Around, in_sector

OFF, JAMMED, SATURATED, LOST = range(4)
"""Values of model.codes.Disturbance."""
UNLIMITED = 1 << 62


@kernel
def disturbed(around: Around, sensor: int) -> bool:
    """Whether anything befalls a sensor at all."""
    for d in range(around.disturbed.shape[0]):
        if around.disturbed[d] == sensor:
            return True
    return False


@kernel
def silent(around: Around, sensor: int, t_s: float) -> bool:
    """Whether a sensor is switched off or lost at an instant."""
    for d in range(around.disturbed.shape[0]):
        if around.disturbed[d] != sensor or t_s < around.from_s[d]:
            continue
        effect = around.effect[d]
        if effect == LOST or (effect == OFF and t_s < around.until_s[d]):
            return True
    return False


@kernel
def working_span(around: Around, sensor: int, t_s: float, t_to_s: float) -> tuple[float, float]:
    """The first stretch of time from t_s on in which a sensor works; empty at t_to_s where there is none."""
    begin_s = t_s
    moved = True
    while moved:
        moved = False
        for d in range(around.disturbed.shape[0]):
            if around.disturbed[d] != sensor or begin_s < around.from_s[d]:
                continue
            effect = around.effect[d]
            if effect == LOST:
                return t_to_s, t_to_s
            if effect == OFF and begin_s < around.until_s[d]:
                begin_s = around.until_s[d]
                moved = True
    end_s = t_to_s
    for d in range(around.disturbed.shape[0]):
        effect = around.effect[d]
        if around.disturbed[d] == sensor and effect in (OFF, LOST) and around.from_s[d] > begin_s:
            end_s = min(end_s, around.from_s[d])
    return min(begin_s, t_to_s), max(end_s, min(begin_s, t_to_s))


@kernel
def jamming(around: Around, sensor: int, t_s: float, bearing_rad: float) -> float:
    """Noise power over the receiver's own that jammers add on a bearing (rad) at an instant; several add up."""
    total = 0.0
    for d in range(around.disturbed.shape[0]):
        if around.disturbed[d] != sensor or around.effect[d] != JAMMED:
            continue
        if around.from_s[d] <= t_s < around.until_s[d] and in_sector(
            bearing_rad, around.bearing_rad[d], around.width_rad[d]
        ):
            total += around.level[d]
    return total


@kernel
def most_plots(around: Around, sensor: int, plots_max: float, start_s: float) -> int:
    """Plots that a frame which starts at an instant can carry: the least limit then in force, else `UNLIMITED`."""
    most = UNLIMITED
    if plots_max > 0.0:
        most = int(plots_max)
    for d in range(around.disturbed.shape[0]):
        if around.disturbed[d] != sensor or around.effect[d] != SATURATED:
            continue
        if around.from_s[d] <= start_s < around.until_s[d]:
            most = min(most, int(math.floor(around.level[d])))
    return most
