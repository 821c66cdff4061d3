"""Ways over the ground that keep out of discs: the nearest way out of them, the shortest way round them.

Everything is on the sphere. Round each disc stand the corners of a polygon about a circle a margin wider; corners in
other discs are left out, and two corners are joined where the great circle between them keeps out of every disc. The
shortest ways between all corners are found once (Floyd, Communications of the ACM 5, 1962, algorithm 97).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.wgs84 import MEAN_RADIUS_M
from skypact.model.network import F8, I8
from skypact.model.scenario import Closure
from skypact.truth.route import n_vectors

_CORNERS = 16
_KEPT_SHARE = 0.9
"""Of the margin, that ways keep: corners and exits stand at all of it."""
_EXITS = 6


@dataclass(frozen=True, eq=False)
class Discs:
    """Discs on the sphere: n-vectors of their centres [n, 3] and their radii [n], rad."""

    centre: F8
    radius_rad: F8

    @classmethod
    def of(cls, closures: Sequence[Closure]) -> Discs:
        """The discs of closures."""
        lat = np.array([closure.lat_rad for closure in closures])
        lon = np.array([closure.lon_rad for closure in closures])
        radius_m = np.array([closure.radius_m for closure in closures])
        return cls(n_vectors(lat, lon), radius_m / MEAN_RADIUS_M)

    def hold(self, points: F8, margin_rad: float = 0.0) -> NDArray[np.bool_]:
        """Which n-vectors [p, 3] are in which disc widened by a margin: [p, n]."""
        return np.asarray(points @ self.centre.T > np.cos(self.radius_rad + margin_rad))

    def crossed(self, a: F8, b: F8, radius_rad: F8) -> NDArray[np.bool_]:
        """Which great circles, from n-vectors a [k, 3] to b [k, 3] outside, cross any disc, of other radii [n].

        One crosses where its nearest point to the centre lies between its ends and within the radius: the part of the
        centre's vector in its plane is then longer than the cosine of that.
        """
        near_a, near_b = a @ self.centre.T, b @ self.centre.T
        q = (a * b).sum(axis=1)[:, None]
        between = (near_b > q * near_a) & (near_a > q * near_b)
        part2 = near_a * near_a + near_b * near_b - 2.0 * q * near_a * near_b
        return np.asarray((between & (part2 > np.cos(radius_rad) ** 2 * (1.0 - q * q))).any(axis=1))


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways that keep a margin (rad) from discs, less where an end of a way is nearer."""

    discs: Discs
    margin_rad: float

    def out(self, here: F8, least_rad: float) -> list[F8]:
        """The points to leave the discs by, nearest first: none where `here` is a margin away from all.

        Each is the nearest point of a circle a margin about a disc, or one where two such circles meet, outside all
        other discs; what would be nearer than `least_rad` is put that far out.
        """
        if not self.discs.hold(here[None], _KEPT_SHARE * self.margin_rad).any():
            return []
        points = np.vstack([self._nearest(here), self._meetings])
        far_rad = np.arccos(np.clip(points @ here, -1.0, 1.0))
        ahead = points - (points @ here)[:, None] * here
        ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-15)[:, None]
        far_rad = np.maximum(far_rad, least_rad)
        points = np.cos(far_rad)[:, None] * here + np.sin(far_rad)[:, None] * ahead
        free = ~self.discs.hold(points, _KEPT_SHARE * self.margin_rad).any(axis=1)
        order = np.argsort(far_rad[free], kind="stable")[:_EXITS]
        return list(points[free][order])

    def onward(self, start: F8, goal: F8) -> list[F8] | None:
        """The points after `start` of the shortest way to a goal, which is the last; None where there is none."""
        if not self._blocked(start[None], goal[None])[0]:
            return [goal]
        corners = self._corners
        n = len(corners)
        if n == 0:
            return None
        first = np.where(
            self._blocked(np.repeat(start[None], n, axis=0), corners), np.inf, _arc(corners, start)
        )
        last = np.where(self._blocked(corners, np.repeat(goal[None], n, axis=0)), np.inf, _arc(corners, goal))
        far, following = self._shortest
        total = first[:, None] + far + last[None, :]
        at, end = np.unravel_index(int(np.argmin(total)), total.shape)
        if not math.isfinite(total[at, end]):
            return None
        way = [corners[at]]
        while at != end:
            at = following[at, end]
            way.append(corners[at])
        return [*way, goal]

    def _blocked(self, a: F8, b: F8) -> NDArray[np.bool_]:
        """Which straight ways come nearer to a disc than a margin, or than their ends, or into it."""
        near = np.minimum(
            np.arccos(np.clip(a @ self.discs.centre.T, -1.0, 1.0)),
            np.arccos(np.clip(b @ self.discs.centre.T, -1.0, 1.0)),
        ).min(axis=0)
        inner = self.discs.radius_rad
        return self.discs.crossed(a, b, np.clip(near - 1e-9, inner, inner + _KEPT_SHARE * self.margin_rad))

    @cached_property
    def _corners(self) -> F8:
        """The corners [c, 3] that stand outside all discs."""
        wide = np.arctan(np.tan(self.discs.radius_rad + self.margin_rad) / math.cos(math.pi / _CORNERS))
        turn = 2.0 * math.pi * np.arange(_CORNERS) / _CORNERS
        points = np.array([_about(c, w, turn) for c, w in zip(self.discs.centre, wide, strict=True)]).reshape(
            -1, 3
        )
        return np.asarray(points[~self.discs.hold(points, _KEPT_SHARE * self.margin_rad).any(axis=1)])

    @cached_property
    def _shortest(self) -> tuple[F8, I8]:
        """The length [c, c] (rad) of the shortest way between corners, and the corner that follows the first on it."""
        corners = self._corners
        n = len(corners)
        far = np.full((n, n), np.inf)
        a, b = np.triu_indices(n, 1)
        kept = self.discs.radius_rad + _KEPT_SHARE * self.margin_rad
        free = ~self.discs.crossed(corners[a], corners[b], kept)
        a, b = a[free], b[free]
        far[a, b] = far[b, a] = np.arccos(np.clip((corners[a] * corners[b]).sum(axis=1), -1.0, 1.0))
        np.fill_diagonal(far, 0.0)
        following = np.tile(np.arange(n), (n, 1))
        for k in range(n):
            by = far[:, k, None] + far[None, k]
            shorter = by < far - 1e-12
            far = np.where(shorter, by, far)
            following = np.where(shorter, following[:, k, None], following)
        return far, following

    def _nearest(self, here: F8) -> F8:
        """The nearest point [n, 3] to `here` of the circle about each disc."""
        centre, radius = self.discs.centre, (self.discs.radius_rad + self.margin_rad)[:, None]
        # From the very centre every side is as near.
        ahead = np.where((centre @ here > 1.0 - 1e-15)[:, None], np.cross(centre, [0.0, 0.0, 1.0]), here)
        ahead = ahead - (ahead * centre).sum(axis=1)[:, None] * centre
        ahead /= np.linalg.norm(ahead, axis=1)[:, None]
        return np.asarray(np.cos(radius) * centre + np.sin(radius) * ahead)

    @cached_property
    def _meetings(self) -> F8:
        """The points [m, 3] where the circles about two discs meet."""
        found = []
        circles = list(zip(self.discs.centre, self.discs.radius_rad + self.margin_rad, strict=True))
        for (a, wide), (b, broad) in combinations(circles, 2):
            q = float(a @ b)
            if q * q > 1.0 - 1e-12:
                continue
            foot = (math.cos(wide) - q * math.cos(broad)) * a + (math.cos(broad) - q * math.cos(wide)) * b
            foot /= 1.0 - q * q
            rest = (1.0 - foot @ foot) / (1.0 - q * q)
            if rest > 0.0:
                side = math.sqrt(rest) * np.cross(a, b)
                found += [foot + side, foot - side]
        return np.array(found).reshape(-1, 3)


def _arc(points: F8, to: F8) -> F8:
    """Angles (rad) between n-vectors [k, 3] and another."""
    return np.asarray(np.arccos(np.clip(points @ to, -1.0, 1.0)))


def _about(centre: F8, radius_rad: float, turn_rad: F8) -> F8:
    """N-vectors [k, 3] on a circle about a point."""
    east = np.array([-centre[1], centre[0], 0.0])
    east /= np.linalg.norm(east)
    north = np.cross(centre, east)
    side = np.sin(turn_rad)[:, None] * east + np.cos(turn_rad)[:, None] * north
    return np.asarray(math.cos(radius_rad) * centre + math.sin(radius_rad) * side)
