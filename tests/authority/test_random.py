"""Philox 4x32-10 against the known-answer vectors of its authors (Random123 library, kat_vectors, 2011)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson as quantiles

from skypact.kernels.random import normal_pair, philox, poisson, uniform

VECTORS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    c = [np.uint32(x) for x in counter]
    k = [np.uint32(x) for x in key]
    assert tuple(int(w) for w in philox(c[0], c[1], c[2], c[3], k[0], k[1])) == words


def _u(n: int) -> np.uint32:
    return np.uint32(n)


def test_keyed_draws_have_the_moments_of_their_distributions() -> None:
    uniforms = np.array([uniform(_u(1), _u(2), _u(3), _u(i), _u(0), _u(0)) for i in range(4000)])
    normals = np.array([normal_pair(_u(1), _u(2), _u(3), _u(i), _u(0), _u(0)) for i in range(4000)])
    counts = np.array([poisson(7.5, _u(1), _u(2), _u(3), _u(i), _u(0)) for i in range(4000)])
    # Five standard errors of each moment: a chance of failure below 1e-5 for a right generator (and it is fixed).
    assert abs(uniforms.mean() - 0.5) < 5 / np.sqrt(12 * 4000)
    assert abs(uniforms.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / 4000)
    assert np.all(np.abs(normals.mean(axis=0)) < 5 / np.sqrt(4000))
    assert np.all(np.abs(normals.var(axis=0) - 1) < 5 * np.sqrt(2 / 4000))
    assert abs(np.corrcoef(normals.T)[0, 1]) < 5 / np.sqrt(4000)
    assert abs(counts.mean() - 7.5) < 5 * np.sqrt(7.5 / 4000)
    assert abs(counts.var() - 7.5) < 5 * np.sqrt((7.5 + 2 * 7.5**2) / 4000)


def test_a_draw_depends_on_every_word_of_its_key_and_counter() -> None:
    base = (1, 2, 3, 4, 5, 6)
    reference = uniform(*(_u(x) for x in base))
    for place in range(6):
        other = list(base)
        other[place] += 1
        assert uniform(*(_u(x) for x in other)) != reference


@pytest.mark.parametrize("mean", [0.0, 0.3, 60.0, 399.0, 400.0, 401.0, 760.0, 3_000.0, 50_000.0])
def test_poisson_numbers_have_their_mean_and_variance_however_great(mean: float) -> None:
    count = 3_000 if mean < 1e4 else 300
    numbers = np.array([poisson(mean, _u(1), _u(2), _u(3), _u(i), _u(0)) for i in range(count)])
    assert abs(numbers.mean() - mean) <= 4.0 * np.sqrt(mean / count)
    if mean > 0.0:
        assert numbers.var() == pytest.approx(mean, rel=5.0 * np.sqrt(2.0 / count))


def test_a_poisson_number_of_no_great_mean_is_the_quantile_of_one_uniform() -> None:
    for mean in (0.5, 40.0, 400.0):
        for i in range(200):
            u = uniform(_u(1), _u(2), _u(3), _u(i), _u(0), _u(0xFFFFFFFF))
            assert poisson(mean, _u(1), _u(2), _u(3), _u(i), _u(0)) == int(quantiles.ppf(u, mean))
