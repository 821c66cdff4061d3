"""The field of a source: by how much its tracks are off where they are, and their correction.

Registration of nations (fuse.align) estimates it by kernels.registration from tracks as this module describes them.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.intersection import cholesky
from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U4 = NDArray[np.uint32]
B1 = NDArray[np.bool_]

Places: TypeAlias = tuple[F8, F8, B1, I8, F8, F8]
"""Of N sources: origin [N, 3] ECEF; frame [N, 3, 3] ENU from ECEF there; known [N], whether there is an origin; where
in the next begins what of a source was compared [N + 1]; places [k, 3] of what was compared; its typical sigma [N]."""

FIELD_TERMS = 9
"""Terms of a source's field: three of translation, three of its slope to the east, three to the north."""


@bare
def square_root(a: F8, out: F8) -> None:
    """Write the symmetric square root of a symmetric positive semidefinite a[3, 3] (Hoger and Carlson 1984, eq. 4.5).

    The eigenvalues are the trigonometric ones of Smith (Comm. ACM 4, 1961).
    """
    mean = (a[0, 0] + a[1, 1] + a[2, 2]) / 3.0
    off = a[0, 1] ** 2 + a[0, 2] ** 2 + a[1, 2] ** 2
    p = (a[0, 0] - mean) ** 2 + (a[1, 1] - mean) ** 2 + (a[2, 2] - mean) ** 2 + 2.0 * off
    p = math.sqrt(p / 6.0)
    if p <= 1e-9 * mean:
        for i in range(3):
            for j in range(3):
                out[i, j] = math.sqrt(max(mean, 0.0)) if i == j else 0.0
        return
    b00, b11, b22 = (a[0, 0] - mean) / p, (a[1, 1] - mean) / p, (a[2, 2] - mean) / p
    b01, b02, b12 = a[0, 1] / p, a[0, 2] / p, a[1, 2] / p
    det = b00 * (b11 * b22 - b12 * b12) - b01 * (b01 * b22 - b12 * b02) + b02 * (b01 * b12 - b11 * b02)
    phi = math.acos(min(1.0, max(-1.0, 0.5 * det))) / 3.0
    r0 = math.sqrt(max(mean + 2.0 * p * math.cos(phi), 0.0))
    r2 = math.sqrt(max(mean + 2.0 * p * math.cos(phi + 2.0 * math.pi / 3.0), 0.0))
    r1 = math.sqrt(max(mean - 2.0 * p * (math.cos(phi) + math.cos(phi + 2.0 * math.pi / 3.0)), 0.0))
    first, second, third = r0 + r1 + r2, r0 * r1 + r1 * r2 + r0 * r2, r0 * r1 * r2
    scale = 1.0 / (first * second - third)
    for i in range(3):
        for j in range(3):
            square = a[i, 0] * a[0, j] + a[i, 1] * a[1, j] + a[i, 2] * a[2, j]
            value = (first * first - second) * a[i, j] - square
            if i == j:
                value += first * third
            out[i, j] = scale * value


@bare
def likeness(pos: F8, spread_m: float, near_pos: F8, typical_m: float, share: F8) -> float:
    """How like its source's compared aircraft [k, 3] a track is: 1 where it is one of them, towards 0 for what is not.

    exp(-d^2 / 2 L^2) of the distance d to the nearest, heights counted `share[5]` times, and less in proportion where
    its sigma is above `share[6]` times their typical one: what is less exact than they are is not so for their reason.
    """
    up = 1.0 / math.sqrt(pos[0] * pos[0] + pos[1] * pos[1] + pos[2] * pos[2])
    least = np.inf
    for k in range(len(near_pos)):
        total, rise = 0.0, 0.0
        for a in range(3):
            gap = pos[a] - near_pos[k, a]
            total += gap * gap
            rise += gap * pos[a] * up
        least = min(least, total + (share[5] * share[5] - 1.0) * rise * rise)
    factor = math.exp(-0.5 * least / (share[4] * share[4]))
    return float(factor * min(1.0, share[6] * typical_m / spread_m))


@bare
def _field(place: Places, n: int, mean: F8, cov: F8, share: F8, work: F8, noise: F8, effect: F8) -> bool:
    """Write a track's own covariance [3, 3] and the effect [3, 9] of source n's field; whether it has one.

    Args:
        place: of the sources.
        n: the track's source.
        mean: [6]; cov: [6, 6].
        share: as `field_rows`.
        work: [2, 3, 3] scratch.
        noise: [3, 3] written; effect: [3, 9] written.
    """
    origin, frame, known, near_begin, near_pos, typical_m = place
    block, root = work[0], work[1]
    part = 0.0
    for a in range(3):
        for t in range(FIELD_TERMS):
            effect[a, t] = 0.0
        for b in range(3):
            block[a, b] = cov[a, b]
    if known[n]:
        q_e, q_n = 0.0, 0.0
        for a in range(3):
            q_e += frame[n, 0, a] * (mean[a] - origin[n, a]) / share[2]
            q_n += frame[n, 1, a] * (mean[a] - origin[n, a]) / share[2]
        spread_m = math.sqrt((block[0, 0] + block[1, 1] + block[2, 2]) / 3.0)
        near = near_pos[near_begin[n] : near_begin[n + 1]]
        like = likeness(mean, spread_m, near, typical_m[n], share)
        whole = share[0] + share[1] * (q_e * q_e + q_n * q_n)
        scale = like * math.sqrt(min(1.0, share[3] / whole))
        part = scale * scale * whole
        square_root(block, root)
        for a in range(3):
            for t in range(3):
                value = 0.0
                for b in range(3):
                    value += scale * root[a, b] * frame[n, t, b]
                effect[a, t] = value
                effect[a, 3 + t] = q_e * value
                effect[a, 6 + t] = q_n * value
    for a in range(3):
        for b in range(3):
            noise[a, b] = (1.0 - part) * block[a, b]
    return part > 0.0


@kernel
def field_rows(place: Places, source: I4, mean: F8, cov: F8, share: F8, noise: F8, effect: F8) -> None:
    """How the field of its source moves each track, and what of its covariance is its own.

    The error of a track with position covariance P is s P^(1/2) (u + (q_e u_e + q_n u_n) / length) and a part of its
    own; q is its place east and north of the source's origin, s its likeness to what was compared. So the modelled
    share of P is a number, and what is exact is moved little.

    Args:
        place: of the sources; one without an origin has no effect.
        source: [m]; mean: [m, 6]; cov: [m, 6, 6].
        share: variance of u, of u_e and u_n, the length (m), the largest share; then for `likeness` its length (m),
            the weight of heights, the sigma it allows.
        noise: [m, 3, 3] written: the part of the position's covariance that is the track's own.
        effect: [m, 3, 9] written.
    """
    work = np.empty((2, 3, 3))
    for i in range(len(source)):
        _field(place, source[i], mean[i], cov[i], share, work, noise[i], effect[i])


@kernel
def correct_rows(
    place: Places, bias: F8, bias_cov: F8, factor: F8, source: I4, share: F8, mean: F8, cov: F8
) -> None:
    """Take the estimated field from every track, in place: position, and covariance with what is left of the field.

    The position's covariance becomes N + J B J' (N the track's own part). The rest of the six states follows by
    congruence, with the lower factors C: T = C_new C_old^-1 on the position, which keeps the whole positive definite.
    Velocity and its variance stay as stated. That is not quite consistent: where their errors are correlated, taking
    J b from the position would take P_vp P_pp^-1 J b from the velocity.

    Args:
        place: of the sources.
        bias: [N * 9] their fields; bias_cov: [N * 9, N * 9].
        factor: [N] by what their covariances are multiplied before.
        source: [m]; share: as `field_rows`.
        mean: [m, 6]; cov: [m, 6, 6], both changed.
    """
    noise, effect, work = np.empty((3, 3)), np.empty((3, FIELD_TERMS)), np.empty((4, 3, 3))
    for i in range(len(source)):
        n = source[i]
        for r in range(6):
            for c in range(6):
                cov[i, r, c] *= factor[n]
        if not _field(place, n, mean[i], cov[i], share, work, noise, effect):
            continue
        first = n * FIELD_TERMS
        for a in range(3):
            for t in range(FIELD_TERMS):
                mean[i, a] -= effect[a, t] * bias[first + t]
        last = first + FIELD_TERMS
        _add_field(effect, bias_cov[first:last, first:last], noise)
        _replace_position(cov[i], noise, work)


@bare
def _replace_position(cov: F8, new: F8, work: F8) -> None:
    """Give cov [6, 6] another covariance of position [3, 3], of which only the lower half is read.

    Args:
        cov: changed in place, unless one of the two is not positive definite.
        new: the covariance that the position gets.
        work: [4, 3, 3] scratch.
    """
    low_new, low_old, turn, row = work[0], work[1], work[2], work[3, 0]
    if not cholesky(cov, low_old, 3) or not cholesky(new, low_new, 3):
        return
    for b in range(3):  # turn = low_new low_old^-1, from right to left
        c = 2 - b
        for a in range(c, 3):
            value = low_new[a, c]
            for k in range(c + 1, a + 1):
                value -= turn[a, k] * low_old[k, c]
            turn[a, c] = value / low_old[c, c]
            if a > c:
                turn[c, a] = 0.0
    for c in range(6):
        for a in range(3):
            row[a] = turn[a, 0] * cov[0, c] + turn[a, 1] * cov[1, c] + turn[a, 2] * cov[2, c]
        for a in range(3):
            cov[a, c] = row[a]
    for r in range(6):
        for a in range(3):
            row[a] = turn[a, 0] * cov[r, 0] + turn[a, 1] * cov[r, 1] + turn[a, 2] * cov[r, 2]
        for a in range(3):
            cov[r, a] = row[a]


@bare
def _add_field(effect: F8, cov: F8, new: F8) -> None:
    """Add J B J' to the lower half of new[3, 3], J = effect [3, terms] and B = cov [terms, terms]."""
    xx, yx, yy, zx, zy, zz = new[0, 0], new[1, 0], new[1, 1], new[2, 0], new[2, 1], new[2, 2]
    for t in range(len(cov)):
        for u in range(len(cov)):
            x, y, z = effect[0, t] * cov[t, u], effect[1, t] * cov[t, u], effect[2, t] * cov[t, u]
            xx += x * effect[0, u]
            yx += y * effect[0, u]
            yy += y * effect[1, u]
            zx += z * effect[0, u]
            zy += z * effect[1, u]
            zz += z * effect[2, u]
    new[0, 0], new[1, 0], new[1, 1], new[2, 0], new[2, 1], new[2, 2] = xx, yx, yy, zx, zy, zz


@kernel
def common_rows(source: I4, code: U4) -> I8:
    """Rows of aircraft that two sources or more hold, by code and source; a source with two of one code is left out."""
    coded = np.flatnonzero(code != 0)
    key = np.empty(len(coded), np.int64)
    for k in range(len(coded)):
        key[k] = np.int64(code[coded[k]]) * 64 + source[coded[k]]
    order = np.argsort(key, kind="mergesort")
    common, count, begin = np.empty(len(coded), np.int64), 0, 0
    while begin < len(order):
        end, holders = begin, 0
        while end < len(order) and key[order[end]] // 64 == key[order[begin]] // 64:
            alone = end == begin or key[order[end - 1]] != key[order[end]]
            if alone and (end + 1 == len(order) or key[order[end + 1]] != key[order[end]]):
                common[count + holders] = coded[order[end]]
                holders += 1
            end += 1
        if holders > 1:
            count += holders
        begin = end
    return common[:count]


@kernel
def note_compared(
    near_begin: I8, near_pos: F8, source: I4, mean: F8, cov: F8, typical_m: F8
) -> tuple[I8, F8]:
    """Where what is compared now is, source by source; a source without any keeps what was noted before.

    Args:
        near_begin: [N + 1] where in near_pos [k, 3] begins what was noted of a source.
        near_pos: what was noted before.
        source: [m]; mean: [m, 6]; cov: [m, 6, 6].
        typical_m: [N] changed in place: the median sigma of what of each source is compared now.

    Returns:
        The new near_begin and near_pos.
    """
    begin = np.zeros_like(near_begin)
    pos = np.empty((len(near_pos) + len(source), 3))
    count = 0
    for n in range(len(typical_m)):
        fresh = np.flatnonzero(source == n)
        for i in fresh:
            pos[count] = mean[i, :3]
            count += 1
        if len(fresh) == 0:
            for k in range(near_begin[n], near_begin[n + 1]):
                pos[count] = near_pos[k]
                count += 1
        else:
            sigma = np.empty(len(fresh))
            for k in range(len(fresh)):
                i = fresh[k]
                sigma[k] = math.sqrt((cov[i, 0, 0] + cov[i, 1, 1] + cov[i, 2, 2]) / 3.0)
            sigma.sort()
            typical_m[n] = 0.5 * (sigma[(len(sigma) - 1) // 2] + sigma[len(sigma) // 2])
        begin[n + 1] = count
    return begin, pos[:count]
