"""The chance that the summed power of N pulses exceeds a level, exactly, for Swerling's cases 0 to 4.

The detector squares N samples and sums them; noise alone has mean 1 a sample. Given the signal's energy X the sum is
a gamma variable of unit scale whose shape is N plus a Poisson number of mean X (non-central chi-square). X itself is
steady (case 0) or a gamma variable of mean N snr and shape K: K = 1, N, 2, 2N for cases 1 to 4 (Swerling, RAND
RM-1217, 1954; as one family Shnidman, "Radar detection probabilities and their calculation", IEEE T-AES 31(3), 1995).
Integrating X out, the sum's Laplace transform is

    (1 + s)^(K - N) / (1 + b s)^K        b = 1 + N snr / K

which gives a finite sum of positive terms for each fluctuating case: where K >= N a binomial mixture of gamma
variables of scale b (`mixture`), where K < N a gamma variable of scale b and shape 1 or 2 plus one of unit scale
(`sum_of_two`). Only the steady target needs an infinite sum, and where that is long an expansion (`strong_steady`).
Each function gives the chance and, for root finding, the density of the sum there.
"""

from __future__ import annotations

import math

from skypact.kernels.jit import kernel

CERTAIN_GAP = 6.5
"""A steady signal's amplitude this far above the level's root leaves a chance of a miss below 1e-18."""

_SMALL = 1e-17
_STRONG = 50.0
_REACH = 9.0
_STRONGEST = 1e15


@kernel
def poisson_term(count: float, mean: float) -> float:
    """Chance of exactly `count` (a whole number) in a Poisson distribution: exp(-mean) mean^count / count!.

    Loader, "Fast and accurate computation of binomial probabilities", 2000: deviance and Stirling's series.
    """
    if count < 10.0:
        term = math.exp(-mean)
        for i in range(1, int(count) + 1):
            term *= mean / i
        return term
    inverse = 1.0 / count
    square = inverse * inverse
    series = 1.0 / 12.0 - square * (
        1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))
    )
    excess = mean - count
    share = math.log(mean * inverse) if mean < 0.5 * count else math.log1p(excess * inverse)
    deviance = excess - count * share
    return math.exp(-deviance - series * inverse) / math.sqrt(2.0 * math.pi * count)


@kernel
def at_most(count: float, mean: float) -> tuple[float, float]:
    """Chance of at most `count` (a whole number) in a Poisson distribution, and that of exactly `count`.

    Summed from the greatest term outward. The first is also that of a gamma variable of shape count + 1 above `mean`.
    """
    i = min(count, float(math.floor(mean)))
    term = poisson_term(i, mean)
    total = term
    down = term
    j = i
    while j > 0.0 and down > _SMALL * total:
        down *= j / mean
        total += down
        j -= 1.0
    while i < count:
        i += 1.0
        term *= mean / i
        total += term
    return total, term


@kernel
def mixture(
    level: float, shape: float, first: float, weight: float, p: float, q: float
) -> tuple[float, float]:
    """Chance above `level` and density there of a gamma variable of unit scale and shape `shape` + M.

    M is a random whole number from `first` on, with chance `weight` at `first` and ratios
    weight(m + 1) / weight(m) = (p + q m) / (m + 1) (Panjer 1981): Poisson p = mean, q = 0; binomial p = n r, q = -r
    with r the odds. The chance of a gamma variable of whole shape a above `level` is that of fewer than a events
    where `level` are expected; all terms are positive.
    """
    index = shape + first - 1.0
    below, term = at_most(index, level)
    chance = weight * below
    density = weight * term
    m = first
    while weight > _SMALL * chance:
        weight *= (p + q * m) / (m + 1.0)
        m += 1.0
        index += 1.0
        term *= level / index
        below += term
        chance += weight * below
        density += weight * term
    return min(chance, 1.0), density


@kernel
def sum_of_two(level: float, shape: float, wide: float, excess: float) -> tuple[float, float]:
    """Chance above `level` and density there of a gamma variable of unit scale plus a wider one.

    The one has whole shape `shape` >= 1, the other has shape `wide` (1 or 2) and scale b = 1 + excess. With
    c = 1 - 1/b the chance is Q(shape, level) + S (wide = 1), + S + D (wide = 2), where

        S = exp(-level / b) c^-shape P(shape, c level)
        D = exp(-level / b) c^-shape E(J - shape)+ / (b c)        J Poisson of mean c level

    P(shape, x) and E(J - shape)+ are summed upward where x <= shape (the factors then join the terms, which neither
    cancels nor overflows) and as their limits 1 and x - shape with a finite sum where x > shape.
    """
    scale = 1.0 + excess
    share = excess / scale
    inner = share * level
    head, term = at_most(shape - 1.0, level)
    if inner <= shape:
        term *= level / shape
        single = term
        double = 0.0
        ahead = 0.0
        while (1.0 + ahead) * term > _SMALL * (single + double):
            ahead += 1.0
            term *= level / (shape + ahead)
            double += ahead * term / scale
            term *= share
            single += term
    else:
        down = poisson_term(shape - 1.0, inner)
        below = down
        lacking = down
        i = shape - 1.0
        while i > 0.0 and down > _SMALL * lacking:
            down *= i / inner
            below += down
            lacking += (shape - i + 1.0) * down
            i -= 1.0
        front = math.exp(shape * math.log1p(1.0 / excess) - level / scale)
        single = front * (1.0 - below)
        double = front * (inner - shape + lacking) / excess
    if wide < 2.0:
        return min(head + single, 1.0), single / scale
    return min(head + single + double, 1.0), double / scale


@kernel
def strong_steady(level: float, energy: float, pulses: float) -> tuple[float, float]:
    """Chance above `level` and density there for N pulses of a steady signal, where xi = 2 sqrt(level energy) is large.

    Expansion of Gil, Segura and Temme, "Algorithm 939: computation of the Marcum Q-function", ACM TOMS 40(3), 2014,
    section 4.1, by powers of 1 / xi: to 1e-12 for xi >= 50 and xi >= 2 N^2.
    """
    gap = (level - energy) / (math.sqrt(level) + math.sqrt(energy))
    ratio = math.sqrt(level / energy)
    xi = 2.0 * math.sqrt(level * energy)
    decay = math.exp(-gap * gap)
    tail = math.erfc(abs(gap))
    order = 4.0 * (pulses - 1.0) ** 2
    next_order = 4.0 * pulses * pulses
    lower = 1.0
    upper = 1.0
    bessel = 1.0
    total = 0.0
    scaled = math.sqrt(math.pi) * abs(gap) * tail
    n = 0.0
    while n < 40.0:
        n += 1.0
        odd = (2.0 * n - 1.0) ** 2
        lower *= -(order - odd) / (8.0 * n * xi)
        upper *= -(next_order - odd) / (8.0 * n * xi)
        integral = (decay - scaled) / (n - 0.5)
        scaled = gap * gap * integral
        bessel += lower
        total += (lower - upper / ratio) * integral
        if abs(lower) + abs(upper) < _SMALL:
            break
    power = ratio ** (pulses - 1.0)
    chance = 0.5 * power * math.sqrt(ratio) * tail
    if gap < 0.0:
        chance = 1.0 - chance
    chance += power * ratio * total * math.sqrt(xi / (8.0 * math.pi))
    return chance, power * decay * bessel / math.sqrt(2.0 * math.pi * xi)


@kernel
def steady(level: float, energy: float, pulses: float) -> tuple[float, float]:
    """Chance above `level` and density there for N pulses of a steady signal of that energy in all (case 0).

    The chance is the generalised Marcum function Q_N(sqrt(2 energy), sqrt(2 level)).
    """
    gap = (level - energy) / (math.sqrt(level) + math.sqrt(energy))
    if gap < -CERTAIN_GAP:
        return 1.0, 0.0
    xi = 2.0 * math.sqrt(level * energy)
    if xi > max(_STRONG, 2.0 * pulses * pulses) and gap < _REACH:
        return strong_steady(level, energy, pulses)
    first = max(math.floor(energy - _REACH * math.sqrt(energy) - 10.0), 0.0)
    return mixture(level, pulses, first, poisson_term(first, energy), energy, 0.0)


@kernel
def fluctuating(level: float, snr: float, pulses: float, shape: float) -> tuple[float, float]:
    """Chance above `level` and density there for N pulses whose energy is a gamma variable of that shape K.

    K = 1 or 2, or at least N; `snr` is the mean of one pulse.
    """
    excess = pulses * snr / shape
    scale = 1.0 + excess
    if shape < pulses:
        return sum_of_two(level, pulses - shape, shape, excess)
    trials = max(shape - pulses, 0.0)
    mean = trials * excess / scale
    first = max(math.floor(mean - _REACH * math.sqrt(mean / scale) - 10.0), 0.0)
    weight = math.exp(-trials * math.log1p(excess))
    if first > 0.0:
        weight = poisson_term(first, mean) * poisson_term(trials - first, trials / scale)
        weight /= poisson_term(trials, trials)
    chance, density = mixture(level / scale, pulses, first, weight, trials * excess, -excess)
    return chance, density / scale


@kernel
def exceedance(level: float, snr: float, pulses: int, swerling: int) -> tuple[float, float]:
    """Chance that the summed power of N pulses exceeds `level`, and the sum's density there.

    Args:
        level: in units of the mean noise of one pulse, above 0.
        snr: mean signal to noise of one pulse, a power ratio of at least 0; above 150 dB that of 150 dB is taken, as
            the sums below no longer end where 1 is lost beside it.
        pulses: N, at least 1.
        swerling: case 0 to 4.
    """
    n = float(pulses)
    snr = min(snr, _STRONGEST)
    if swerling == 0:
        return steady(level, n * snr, n)
    if pulses == 1:
        scale = 1.0 + snr if swerling < 3 else 1.0 + 0.5 * snr
        fall = math.exp(-level / scale)
        if swerling < 3:
            return fall, fall / scale
        share = 1.0 - 1.0 / scale
        inner = level / scale
        return fall * (1.0 + share * inner), fall * (1.0 - share + share * inner) / scale
    if swerling == 1:
        return fluctuating(level, snr, n, 1.0)
    if swerling == 2:
        return fluctuating(level, snr, n, n)
    if swerling == 3:
        return fluctuating(level, snr, n, 2.0)
    return fluctuating(level, snr, n, 2.0 * n)
