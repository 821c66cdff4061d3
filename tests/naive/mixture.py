"""The Poisson multi-Bernoulli mixture filter in plain Python: every association of every hypothesis, nothing left out.

Positions measured in a plane, constant velocity; dictionaries, and a loop for every sum of the equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

H = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])


@dataclass(frozen=True)
class Leaf:
    """One history of one track: its label and the detection of each scan since (-1 for a miss)."""

    label: int
    history: tuple[int, ...]


@dataclass
class Bernoulli:
    existence: float
    mean: np.ndarray
    cov: np.ndarray


def density(z, mean, cov):
    gap = z - mean
    return float(np.exp(-0.5 * gap @ np.linalg.inv(cov) @ gap) / np.sqrt(np.linalg.det(2.0 * np.pi * cov)))


@dataclass
class NaiveMixture:
    """Global hypotheses as frozen sets of leaves with weights; `components`: (expected number, mean, cov)."""

    q: float
    noise: np.ndarray
    speed_sigma: float

    def __post_init__(self):
        self.weight: dict[frozenset[Leaf], float] = {frozenset(): 1.0}
        self.leaves: dict[Leaf, Bernoulli] = {}
        self.components = []
        self.labels = 0

    def predict(self, dt, survival):
        f = np.eye(4)
        f[0, 2] = f[1, 3] = dt
        block = self.q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
        noise = np.kron(block, np.eye(2))
        for b in self.leaves.values():
            b.existence *= survival
            b.mean, b.cov = f @ b.mean, f @ b.cov @ f.T + noise
        self.components = [(w * survival, f @ m, f @ p @ f.T + noise) for w, m, p in self.components]

    def _updated(self, mean, cov, z):
        s = H @ cov @ H.T + self.noise
        gain = cov @ H.T @ np.linalg.inv(s)
        return mean + gain @ (z - H @ mean), cov - gain @ H @ cov

    def _found(self, z, chance, fresh, clutter):
        """Density and Bernoulli of the track that a detection founds."""
        parts = []
        if fresh > 0.0:
            cov = np.zeros((4, 4))
            cov[:2, :2] = self.noise
            cov[2:, 2:] = self.speed_sigma**2 * np.eye(2)
            parts.append((fresh, np.array([*z, 0.0, 0.0]), cov))
        for w, m, p in self.components:
            share = chance * w * density(z, H @ m, H @ p @ H.T + self.noise)
            parts.append((share, *self._updated(m, p, z)))
        total = sum(share for share, _, _ in parts)
        mean = sum(share * m for share, m, _ in parts) / total
        cov = sum(share * (p + np.outer(m - mean, m - mean)) for share, m, p in parts) / total
        return total + clutter, Bernoulli(total / (total + clutter), mean, cov)

    def update(self, z, chance, fresh, clutter):
        found = [self._found(row, chance, fresh, clutter) for row in z]
        label = [self.labels + 1 + j for j in range(len(z))]
        self.labels += len(z)
        weight: dict[frozenset[Leaf], float] = {}
        leaves: dict[Leaf, Bernoulli] = {}
        for hypothesis, before in self.weight.items():
            tracks = sorted(hypothesis, key=lambda leaf: leaf.label)
            # what each track takes: a detection, or one of as many blanks as there are tracks
            choices = set(permutations(list(range(len(z))) + [-1] * len(tracks), len(tracks)))
            for taken in choices:
                w, after = before, []
                for leaf, j in zip(tracks, taken, strict=True):
                    b = self.leaves[leaf]
                    new = Leaf(leaf.label, (*leaf.history, j))
                    if j < 0:
                        unseen = 1.0 - b.existence * chance
                        w *= unseen
                        leaves[new] = Bernoulli(b.existence * (1.0 - chance) / unseen, b.mean, b.cov)
                    else:
                        like = density(z[j], H @ b.mean, H @ b.cov @ H.T + self.noise)
                        w *= b.existence * chance * like
                        leaves[new] = Bernoulli(1.0, *self._updated(b.mean, b.cov, z[j]))
                    after.append(new)
                for j in range(len(z)):
                    if j not in taken:
                        w *= found[j][0]
                        new = Leaf(label[j], (j,))
                        leaves[new] = found[j][1]
                        after.append(new)
                weight[frozenset(after)] = weight.get(frozenset(after), 0.0) + w
        total = sum(weight.values())
        self.weight = {h: w / total for h, w in weight.items()}
        self.leaves = {
            leaf: Bernoulli(b.existence, b.mean.copy(), b.cov.copy()) for leaf, b in leaves.items()
        }
        self.components = [(w * (1.0 - chance), m, p) for w, m, p in self.components]


def expected_error(hypotheses, points, c):
    """Expected squared GOSPA (p = 2, alpha = 2) of points, each paired with one leaf or none under each hypothesis.

    hypotheses: pairs of weight and leaves (existence, mean position, position covariance).
    """
    total = 0.0
    for weight, leaves in hypotheses:
        best = np.inf
        slots = list(range(len(leaves))) + [-1] * len(points)
        for taken in set(permutations(slots, len(points))):
            error = 0.0
            for x, k in zip(points, taken, strict=True):
                if k < 0:
                    error += 0.5 * c**2
                else:
                    r, mean, cov = leaves[k]
                    near = np.trace(cov) + np.sum((x - mean) ** 2)
                    error += r * near + (1.0 - r) * 0.5 * c**2
            error += sum(0.5 * c**2 * leaves[k][0] for k in range(len(leaves)) if k not in taken)
            best = min(best, error)
        total += weight * best
    return total
