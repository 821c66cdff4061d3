"""Detection written plainly: integrals over the target's energy, pulse trains through a canceller; the comparison."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import binom, gamma, ncx2, poisson

from skypact.kernels.aspect import cross_section
from skypact.kernels.curve import required_snr
from skypact.kernels.detectability import detection_chance, received_power, threshold
from skypact.kernels.doppler import INTERVALS, canceller_gain
from skypact.kernels.exceedance import (
    at_most,
    exceedance,
    fluctuating,
    mixture,
    poisson_term,
    steady,
    strong_steady,
    sum_of_two,
)
from skypact.kernels.pattern import beam_gain, fence_gain, search_rows
from skypact.sense.range_equation import snr_db_100km_1m2

CASES = range(5)
DEG = math.pi / 180.0


def shape_of_energy(pulses: int, swerling: int) -> float:
    return {1: 1.0, 2: float(pulses), 3: 2.0, 4: 2.0 * pulses}[swerling]


def naive_chance(snr: float, power: float, pulses: int, swerling: int) -> float:
    """Non-central chi-square given the energy, integrated over its gamma density on a logarithmic grid."""
    if swerling == 0:
        return float(ncx2.sf(2.0 * power, 2 * pulses, 2.0 * pulses * snr))
    shape = shape_of_energy(pulses, swerling)
    energy = gamma(shape, scale=pulses * snr / shape)
    low, high = math.log(energy.ppf(1e-18)), math.log(energy.isf(1e-18))
    grid = np.linspace(low, high, 3000)
    x = np.exp(grid)
    chances = ncx2.sf(2.0 * power, 2 * pulses, 2.0 * x)
    return float(np.sum(energy.pdf(x) * x * chances) * (grid[1] - grid[0]))


GRID = [
    (pulses, pfa, snr_db)
    for pulses in (1, 2, 3, 8, 50)
    for pfa in (1e-2, 1e-6)
    for snr_db in (-15.0, -3.0, 4.0, 13.0, 25.0)
]


@pytest.mark.parametrize("swerling", CASES)
def test_the_chance_of_detection_is_the_integral_over_the_energy(swerling: int) -> None:
    for pulses, pfa, snr_db in GRID:
        snr = 10.0 ** (0.1 * snr_db)
        power = float(gamma.isf(pfa, pulses))
        found = detection_chance(snr, power, pulses, swerling)
        assert found == pytest.approx(naive_chance(snr, power, pulses, swerling), rel=1e-9), (
            pulses,
            pfa,
            snr_db,
        )


@pytest.mark.parametrize("swerling", CASES)
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0, 3.0])
@pytest.mark.parametrize(("pulses", "snr"), [(1, 30.0), (2, 1e-3), (5, 4.0), (40, 40.0)])
def test_it_holds_at_levels_far_from_thresholds(swerling: int, share: float, pulses: int, snr: float) -> None:
    power = share * pulses * (1.0 + snr)
    found = detection_chance(snr, power, pulses, swerling)
    assert found == pytest.approx(naive_chance(snr, power, pulses, swerling), rel=1e-9)


@pytest.mark.parametrize("pulses", [1, 2, 10, 100, 256])
@pytest.mark.parametrize("pfa", [1e-12, 1e-6, 0.1, 0.7])
def test_the_threshold_is_that_of_summed_exponential_noise(pulses: int, pfa: float) -> None:
    assert threshold(pfa, pulses) == pytest.approx(float(gamma.isf(pfa, pulses)), rel=1e-11)


@pytest.mark.parametrize("swerling", CASES)
@pytest.mark.parametrize("pulses", [1, 2, 3, 20])
def test_the_density_is_the_slope_of_the_chance(swerling: int, pulses: int) -> None:
    for snr in (0.0, 0.3, 20.0):
        for level in (0.6 * pulses, 1.5 * pulses + 4.0, pulses * (1.0 + snr)):
            step = 1e-4 * level
            above = exceedance(level + step, snr, pulses, swerling)[0]
            below = exceedance(level - step, snr, pulses, swerling)[0]
            density = exceedance(level, snr, pulses, swerling)[1]
            assert density == pytest.approx((below - above) / (2.0 * step), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("swerling", CASES)
@pytest.mark.parametrize(("pulses", "snr"), [(1, 8.0), (6, 0.5)])
def test_the_received_power_is_the_root_of_the_naive_chance(swerling: int, pulses: int, snr: float) -> None:
    for chance in (1e-7, 0.03, 0.5, 0.9, 0.9999):

        def surplus(level: float, chance: float = chance) -> float:
            return math.log(naive_chance(snr, level, pulses, swerling) / chance)

        root = brentq(surplus, 1e-4, 60.0 * pulses * (1.0 + snr), xtol=1e-11)
        assert received_power(chance, snr, pulses, swerling) == pytest.approx(root, rel=1e-7)


@given(
    swerling=st.sampled_from(list(CASES)),
    pulses=st.sampled_from([1, 2, 3, 4, 16, 64, 256]),
    snr_db=st.floats(-60.0, 90.0),
    chance=st.one_of(st.floats(1e-12, 1e-3), st.floats(1e-3, 1.0 - 1e-6)),
)
def test_received_power_turns_the_chance_round(swerling, pulses, snr_db, chance) -> None:
    snr = 10.0 ** (0.1 * snr_db)
    power = received_power(chance, snr, pulses, swerling)
    # A power of 1e11 itself is known to 1e-16 of its size only, which moves the chance by up to 1e-9.
    assert detection_chance(snr, power, pulses, swerling) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize("pulses", [1, 4, 16, 64, 256])
@pytest.mark.parametrize("swerling", CASES)
def test_chances_next_to_one_have_their_power_too(swerling: int, pulses: int) -> None:
    """There a step of Newton's method may lead nowhere, and the bracket must hold it."""
    for snr in (0.14, 0.55, 48.0, 460.0, 4e8):
        for miss in (1e-5, 3e-8, 1e-9):
            power = received_power(1.0 - miss, snr, pulses, swerling)
            assert detection_chance(snr, power, pulses, swerling) == pytest.approx(1.0 - miss, abs=1e-12)
            if snr < 1e3:
                assert 0.0 < power < pulses * (1.0 + snr)


@pytest.mark.parametrize("swerling", CASES)
def test_the_required_signal_gives_the_chance(swerling: int) -> None:
    for pulses, chance in ((1, 0.9), (7, 0.5), (64, 0.99)):
        power = threshold(1e-6, pulses)
        snr = required_snr(chance, power, pulses, swerling)
        assert naive_chance(snr, power, pulses, swerling) == pytest.approx(chance, rel=1e-9)


def test_poisson_terms_and_sums_are_scipys() -> None:
    for mean in (0.02, 0.9, 7.0, 30.0, 400.0, 5e4):
        for count in (0, 1, 9, 10, 25, 255, 50_000):
            term, total = poisson.pmf(count, mean), poisson.cdf(count, mean)
            if term > 1e-280:
                assert poisson_term(float(count), mean) == pytest.approx(term, rel=2e-10)
            if total > 1e-280:
                assert at_most(float(count), mean) == pytest.approx((total, term), rel=2e-10, abs=1e-290)


@pytest.mark.parametrize("first", [0, 3])
def test_a_mixture_is_the_weighted_sum_of_gamma_variables(first: int) -> None:
    m = np.arange(first, 200)
    weights = poisson.pmf(m, 20.0)
    found = mixture(25.0, 4.0, float(first), float(weights[0]), 20.0, 0.0)
    wanted = (float(weights @ gamma.sf(25.0, 4 + m)), float(weights @ gamma.pdf(25.0, 4 + m)))
    assert found == pytest.approx(wanted, rel=1e-11)
    m = np.arange(first, 13)
    weights = binom.pmf(m, 12, 0.75)
    found = mixture(11.0, 4.0, float(first), float(weights[0]), 36.0, -3.0)
    wanted = (float(weights @ gamma.sf(11.0, 4 + m)), float(weights @ gamma.pdf(11.0, 4 + m)))
    assert found == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("wide", [1.0, 2.0])
@pytest.mark.parametrize("excess", [1e-4, 0.2, 3.0, 500.0])
@pytest.mark.parametrize("level", [0.3, 4.0, 5.0, 12.0, 80.0])
def test_a_sum_of_two_gamma_variables_is_their_convolution(wide: float, excess: float, level: float) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(200)
    y = 0.5 * level * (nodes + 1.0)
    other = gamma(wide, scale=1.0 + excess)
    inside = 0.5 * level * float(weights @ (gamma.pdf(y, 5.0) * other.sf(level - y)))
    density = 0.5 * level * float(weights @ (gamma.pdf(y, 5.0) * other.pdf(level - y)))
    wanted = (float(gamma.sf(level, 5.0)) + inside, density)
    assert sum_of_two(level, 5.0, wide, excess) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("pulses", [1, 4, 10])
@pytest.mark.parametrize("gap", [-4.0, -0.5, 0.0, 1.0, 5.0])
def test_the_expansion_for_strong_signals_meets_the_series(pulses: int, gap: float) -> None:
    energy = 260.0
    level = (math.sqrt(energy) + gap) ** 2
    series = mixture(level, float(pulses), 0.0, math.exp(-energy), energy, 0.0)
    assert strong_steady(level, energy, float(pulses)) == pytest.approx(series, rel=3e-12)
    assert steady(level, energy, float(pulses)) == pytest.approx(series, rel=3e-12)


@pytest.mark.parametrize(("pulses", "energy"), [(30, 60.0), (30, 400.0), (64, 900.0), (64, 3500.0)])
def test_many_pulses_of_a_steady_target_are_not_taken_for_strong_ones(pulses: int, energy: float) -> None:
    for level in (energy, energy + pulses, energy + 2.0 * pulses):
        wanted = float(ncx2.sf(2.0 * level, 2 * pulses, 2.0 * energy))
        assert steady(level, energy, float(pulses))[0] == pytest.approx(wanted, rel=2e-11)


@pytest.mark.parametrize("pulses", [1, 2, 5])
def test_fluctuating_targets_agree_where_cases_meet(pulses: int) -> None:
    """One pulse knows no difference of 1 and 2, nor of 3 and 4; two of case 3 have the energy of two of case 2."""
    for snr in (0.0, 0.1, 9.0):
        for level in (2.0, 14.0, 60.0):
            one = exceedance(level, snr, 1, 1)
            assert one == pytest.approx(fluctuating(level, snr, 1.0, 1.0), rel=1e-12)
            assert one == exceedance(level, snr, 1, 2)
            three = exceedance(level, snr, 1, 3)
            assert three == pytest.approx(fluctuating(level, snr, 1.0, 2.0), rel=1e-12)
            assert three == exceedance(level, snr, 1, 4)
            assert exceedance(level, snr, 2, 3) == pytest.approx(exceedance(level, snr, 2, 2), rel=1e-12)
            noise = (float(gamma.sf(level, pulses)), float(gamma.pdf(level, pulses)))
            for swerling in CASES:
                assert exceedance(level, 0.0, pulses, swerling) == pytest.approx(noise, rel=1e-11)


# ----------------------------------------------------------------------------------------- canceller


def naive_canceller(speed: float, blind: float, taps: list[float], intervals: list[float]) -> float:
    """Mean power of what a delay line leaves of the echoes of a moving target, over that of noise."""
    mean = sum(intervals) / len(intervals)
    power = 0.0
    for start in range(len(intervals)):
        t, total = 0.0, 0.0 + 0.0j
        for k, tap in enumerate(taps):
            total += tap * cmath.exp(2j * math.pi * speed / blind * t)
            t += intervals[(start + k) % len(intervals)] / mean
        power += abs(total) ** 2
    return power / len(intervals) / sum(tap * tap for tap in taps)


@pytest.mark.parametrize(("canceller", "taps"), [(0, [1.0]), (1, [1.0, -1.0]), (2, [1.0, -2.0, 1.0])])
@pytest.mark.parametrize(("stagger", "intervals"), [(1, [1.0]), (4, list(INTERVALS))])
def test_a_canceller_leaves_what_its_delay_line_leaves(canceller, taps, stagger, intervals) -> None:
    for speed in (-333.0, -80.0, 0.0, 1.0, 12.5, 40.0, 79.0, 160.0, 1130.0, 2260.0):
        wanted = naive_canceller(speed, 80.0, taps, intervals)
        assert canceller_gain(speed, 80.0, canceller, stagger) == pytest.approx(wanted, abs=1e-11)


# ---------------------------------------------------------------------------------- beam, aspect, range


def half_power_fan(off_in_beamwidths: float) -> float:
    """A Gaussian beam through 1 on the axis and 1/2 half a beamwidth off it, there and back."""
    return (0.5 ** ((off_in_beamwidths / 0.5) ** 2)) ** 2


def test_a_fan_is_gaussian_about_its_tilt() -> None:
    for elevation in np.linspace(-20.0, 40.0, 31) * DEG:
        found = beam_gain(1, True, 0.0, float(elevation), 3.0 * DEG, 20.0 * DEG, 45.0 * DEG)
        assert found == pytest.approx(half_power_fan((elevation / DEG - 3.0) / 20.0), rel=1e-12)


def test_a_cosecant_beam_is_a_fan_below_its_shoulder_and_a_cosecant_above() -> None:
    for degrees in np.linspace(-5.0, 44.9, 60):
        found = beam_gain(2, True, 0.0, float(degrees) * DEG, 3.0 * DEG, 6.0 * DEG, 45.0 * DEG)
        csc2 = (math.sin(6.0 * DEG) / math.sin(degrees * DEG)) ** 2
        wanted = half_power_fan((degrees - 3.0) / 6.0) if degrees <= 6.0 else (0.5 * csc2) ** 2
        assert found == pytest.approx(wanted, rel=1e-12)
    assert beam_gain(2, True, 0.0, 45.1 * DEG, 3.0 * DEG, 6.0 * DEG, 45.0 * DEG) == 0.0
    low = beam_gain(2, True, 0.0, 2.0 * DEG, -4.0 * DEG, 6.0 * DEG, 45.0 * DEG)
    assert low == pytest.approx(half_power_fan(1.0), rel=1e-12)


def test_a_search_sends_its_whole_energy_up_to_the_fence_and_the_squared_cosecant_above() -> None:
    for degrees in np.linspace(-5.0, 89.0, 60):
        wanted = 1.0 if degrees <= 3.0 else (math.sin(3.0 * DEG) / math.sin(degrees * DEG)) ** 2
        assert fence_gain(3.0 * DEG, float(degrees) * DEG) == pytest.approx(wanted, rel=1e-12)
        assert fence_gain(math.nan, float(degrees) * DEG) == 1.0


@given(st.floats(-5.0, 10.0), st.floats(0.1, 10.0), st.floats(11.0, 89.0), st.floats(0.2, 5.0))
def test_the_rows_of_a_search_are_the_integral_of_the_energy_that_it_sends(
    lowest: float, fence: float, highest: float, beam: float
) -> None:
    tail = quad(lambda e: fence_gain(fence * DEG, e * DEG), fence, highest, epsabs=1e-10)[0]
    found = search_rows(lowest * DEG, fence * DEG, highest * DEG, beam * DEG)
    assert found == pytest.approx(max((fence - lowest) / beam, 1.0) + tail / beam, rel=1e-7)
    assert search_rows(lowest * DEG, math.nan, highest * DEG, beam * DEG) == 1.0
    alone = search_rows(lowest * DEG, highest * DEG, fence * DEG, beam * DEG)
    assert alone == pytest.approx(max((highest - lowest) / beam, 1.0), rel=1e-12)


@pytest.mark.parametrize("tilt", [0.0, 20.0])
def test_a_fixed_face_loses_with_the_cube_of_its_normals_cosine(tilt: float) -> None:
    def unit(azimuth: float, elevation: float) -> np.ndarray:
        return np.array(
            [
                math.sin(azimuth) * math.cos(elevation),
                math.cos(azimuth) * math.cos(elevation),
                math.sin(elevation),
            ]
        )

    for azimuth in np.linspace(-100.0, 100.0, 9) * DEG:
        for elevation in (0.0, 15.0 * DEG, 70.0 * DEG):
            cosine = float(unit(float(azimuth), elevation) @ unit(0.0, tilt * DEG))
            found = beam_gain(0, False, float(azimuth), elevation, tilt * DEG, 2.0 * DEG, 80.0 * DEG)
            assert found == pytest.approx(max(cosine, 0.0) ** 3, abs=1e-12)
            assert beam_gain(0, True, float(azimuth), elevation, tilt * DEG, 2.0 * DEG, 80.0 * DEG) == 1.0


def test_a_body_shows_the_optical_cross_section_of_its_spheroid() -> None:
    along, across = 3.0, 0.5
    nose = math.pi * across**4 / along**2
    broadside = math.pi * along**2
    for aspect in np.linspace(0.0, math.pi, 13):
        spread = across**2 * math.sin(aspect) ** 2 + along**2 * math.cos(aspect) ** 2
        wanted = math.pi * across**4 * along**2 / spread**2
        found = cross_section(nose, broadside / nose, math.cos(aspect))
        assert found == pytest.approx(wanted, rel=1e-12)
    assert cross_section(2.0, 1.0, 0.3) == pytest.approx(2.0, rel=1e-15)


def test_the_range_equation_follows_the_energy_out_and_back() -> None:
    energy_j = 1.2e6 * 40e-6 * 8
    gain, wavelength_m, range_m = 10.0**3.4, 299_792_458.0 / 1.3e9, 100e3
    density = energy_j * gain / (4.0 * math.pi * range_m**2)
    back = density * 1.0 / (4.0 * math.pi * range_m**2)
    caught_j = back * gain * wavelength_m**2 / (4.0 * math.pi)
    wanted_db = 10.0 * math.log10(caught_j / (1.380649e-23 * 700.0)) - 9.5
    found = snr_db_100km_1m2(1.2e6, 40e-6, 8, 34.0, 1.3e9, 700.0, [9.5, 10.5])
    assert found == pytest.approx([wanted_db, wanted_db - 1.0], abs=1e-9)
