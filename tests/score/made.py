"""Scores of many runs made from chosen numbers: two nations, three levels."""

from __future__ import annotations

import numpy as np

from skypact.score.run import OBJECT_ROWS, ROWS, RunScores
from skypact.score.world import empty_like
from tests.record.tables import manifest

MANIFEST = manifest()
LEVELS, NATIONS = 3, 2
NATIONAL, TODAY, PACT = range(3)


def scores(runs, columns=None, warning=None, families=2, objects_each=2):
    """RunScores of `runs` runs.

    columns: name -> array [runs, levels, nations] for ROWS; others are 0.
    warning: [runs, levels, nations, objects_each] seconds at the public rung (100 everywhere if not given).
    """
    columns = {} if columns is None else columns
    made = []
    for r in range(runs):
        rows = empty_like(ROWS, LEVELS * NATIONS)
        for name, values in rows.items():
            values[...] = 0
            if name in columns:
                values[...] = columns[name][r].reshape(LEVELS * NATIONS, *values.shape[1:])
        rows["run"][:], rows["family"][:] = r, r % families
        rows["level"][:] = np.repeat(np.arange(LEVELS), NATIONS)
        rows["nation"][:] = np.tile(np.arange(NATIONS), LEVELS)
        objects = empty_like(OBJECT_ROWS, LEVELS * NATIONS * objects_each)
        shape = (LEVELS, NATIONS, objects_each)
        level, nation, number = np.indices(shape)
        objects["run"][:] = r
        objects["level"][:], objects["nation"][:] = level.ravel(), nation.ravel()
        objects["object"][:] = (nation * 100 + number).ravel()
        objects["warning_s"][:] = 100.0 if warning is None else warning[r].reshape(-1, 1)
        objects["end_s"][:], objects["launch_s"][:], objects["rounds"][:] = 1000.0, 0.0, 0.0
        made.append(RunScores(r, r % families, TODAY, rows, objects))
    return made


def column(runs, fill=0.0):
    return np.full((runs, LEVELS, NATIONS), float(fill))
