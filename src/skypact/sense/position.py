"""What aircraft report where their positions are jammed or spoofed."""

from __future__ import annotations

import numpy as np

from skypact.kernels.look import Scene
from skypact.kernels.position import misplace
from skypact.kernels.report import Rows
from skypact.model.network import PositionFaultTable
from skypact.sense.table import taken_rows


def told(rows: Rows, scene: Scene, faults: PositionFaultTable) -> Rows:
    """The rows as receivers hear them: without the reports of who knows no position, and shifted where it is false.

    Only what an object says of itself changes: a radar, or a receiver that finds it by times of arrival, sees it where
    it is, and codes are read as ever. The quality figure of a false position is as good as that of a true one.

    Args:
        rows: detections, with the true time and object of each; the positions in it are changed.
        scene: the sensors and objects.
        faults: where and when.
    """
    if not len(faults.from_s):
        return rows
    heard = np.empty(len(rows.t_s), np.bool_)
    paths = scene.paths
    misplace(
        scene.sites,
        paths.state,
        paths.offset,
        paths.first_s,
        rows.t_s,
        rows.sensor,
        rows.object,
        faults.direction,
        faults.cos_radius,
        faults.from_s,
        faults.until_s,
        faults.jammed,
        faults.east_m,
        faults.north_m,
        rows.z,
        heard,
    )
    return taken_rows(rows, heard)
