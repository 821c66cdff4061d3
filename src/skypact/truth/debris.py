"""What falls after a kill: one piece an object, thrown about and slowed, then falling with drag to the ground.

A piece falls by the same equations as a missile (`kernels.flight`), tumbling: its drag coefficient over that at rest
has the shape of a sphere's (`kernels.atmosphere.tumbling_ratio`). Wind, which carries light pieces some kilometres, is
left out.
"""

from __future__ import annotations

import numpy as np

from skypact.earth.terrain import Terrain, flat_terrain
from skypact.kernels.random import DEBRIS
from skypact.model.codes import ObjectClass
from skypact.model.network import F8, U4
from skypact.model.truth import Truth
from skypact.truth._ballistic import Body, free_path
from skypact.truth.flight import SILENT, Draws, Flight, gather

# A notional piece (assumption): it keeps 50% to 90% of the object's velocity, is thrown to any side with 20 m/s and
# 5% of its speed (one sigma an axis), and has at rest a ballistic coefficient of 50 to 200 kg/m2, log-uniform, the
# range of tumbling sheet and tank fragments.
_KEPT_LOW, _KEPT_HIGH = 0.5, 0.9
_THROWN_MPS, _THROWN_SHARE = 20.0, 0.05
_BETA_LOW_KGPM2, _BETA_HIGH_KGPM2 = 50.0, 200.0
_SECTION_LOW_M2, _SECTION_HIGH_M2 = 0.01, 0.3


def debris_truth(
    pos_ecef_m: F8,
    vel_ecef_mps: F8,
    t_s: F8,
    key: U4,
    k0: np.uint32,
    k1: np.uint32,
    terrain: Terrain | None = None,
) -> Truth:
    """The falling debris of objects killed: a table of truth with one piece an object, in the order given.

    A piece is in the table from the first whole second at or after its kill. What still climbs an hour later has
    left the world of a run and ends then.

    Args:
        pos_ecef_m, vel_ecef_mps: [m, 3] of the objects when killed.
        t_s: [m] of the kills, since the scenario's zero.
        key: [m] of the pieces; their draws hang on these alone.
        k0, k1: the run's key.
        terrain: the ground; the ellipsoid where not given.
    """
    ground = terrain if terrain is not None else flat_terrain(0.0, 0.0, 1.0, 1.0)
    flights = [
        _piece(np.concatenate([pos, vel]), float(t), int(name), k0, k1, ground)
        for pos, vel, t, name in zip(pos_ecef_m, vel_ecef_mps, t_s, key, strict=True)
    ]
    return gather(flights, ("debris",), -1)


def _piece(state: F8, t_s: float, key: int, k0: np.uint32, k1: np.uint32, terrain: Terrain) -> Flight:
    """The flight of one piece from the state (ECEF m, m/s) of the object killed."""
    draws = Draws(k0, k1, DEBRIS, key, 0)
    kept, weight = draws.uniforms(0)
    size, _unused = draws.uniforms(1)
    thrown = np.array([*draws.normals(2), draws.normals(3)[0]])
    start = state.copy()
    speed = float(np.linalg.norm(start[3:]))
    start[3:] *= _KEPT_LOW + kept * (_KEPT_HIGH - _KEPT_LOW)
    start[3:] += (_THROWN_MPS + _THROWN_SHARE * speed) * thrown
    beta = _BETA_LOW_KGPM2 * (_BETA_HIGH_KGPM2 / _BETA_LOW_KGPM2) ** weight
    path, _landed = free_path(terrain, start, Body(beta, tumbling=True), t_s)
    return Flight(
        key=key,
        object_class=ObjectClass.DEBRIS,
        type_index=0,
        nation=-1,
        identity=SILENT,
        rcs_m2=_SECTION_LOW_M2 * (_SECTION_HIGH_M2 / _SECTION_LOW_M2) ** size,
        rcs_side_ratio=1.0,
        place=-1,
        path=path,
    )
