"""Published numbers of detection and samples of pulses; also the horizon, and the generator of detections' numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammainc, i0e
from scipy.stats import binomtest, gamma, nbinom, ncx2, poisson

from skypact.earth.frame import ecef_from_geodetic
from skypact.kernels.detectability import detection_chance, random_error, received_power, threshold
from skypact.kernels.doppler import canceller_gain
from skypact.kernels.masking import visible
from skypact.kernels.radar import apparent
from skypact.kernels.report import philox_2x32
from skypact.sense.detection import (
    albersheim_snr_db,
    detection_probability,
    marcum_q,
    required_snr_db,
    shnidman_snr_db,
)
from skypact.sense.range_equation import snr_db_100km_1m2
from skypact.sense.table import sites
from tests.sense.world import LAT, LON, no_bias, sensor_table, smooth_masks

# One pulse, Pd 0.9, Pfa 1e-6: signal to noise in dB. Swerling (RAND RM-1217, 1954) in closed form, as tabled in
# Skolnik, "Introduction to Radar Systems" (figures of chapter 2) and in radar toolboxes.
STEADY_DB = 13.183490056794
SWERLING_DB = {1: 21.1436, 2: 21.1436, 3: 17.2960, 4: 17.2960}
# Albersheim (Proc. IEEE 69(7), 1981) for the same: pulses -> dB.
ALBERSHEIM_DB = {1: 13.1145, 10: 4.9904}
# Marcum's function (m, a, b) -> Q: András, Baricz and Sun, "The generalized Marcum Q-function: an orthogonal
# polynomial approach", Acta Univ. Sapientiae, Mathematica 3(1), 2011, pages 60 to 76, tables.
MARCUM = {
    (1, 0.2, 0.6): 0.838249985438908,
    (5, 0.2, 0.6): 0.999998670306184,
    (1, 1.2, 1.6): 0.501536568390858,
    (5, 1.2, 1.6): 0.994346394491553,
    (1, 2.2, 2.6): 0.426794627821735,
    (5, 2.2, 2.6): 0.929671935077756,
}
# Horizon of the 4/3 Earth: sqrt(2 k h1) + sqrt(2 k h2), km, with k = 4/3 x 6371 km: (mast, target) -> range.
HORIZON_KM = {(10.0, 50.0): 42.2, (10.0, 100.0): 54.3, (10.0, 300.0): 84.4, (9_000.0, 100.0): 432.0}


# -------------------------------------------------------------------------------------- published values


def test_one_pulse_of_a_steady_target_needs_the_exact_signal() -> None:
    assert required_snr_db(0.9, 1e-6, 1, 0) == pytest.approx(STEADY_DB, abs=1e-6)
    assert detection_probability(STEADY_DB, 1e-6, 1, 0) == pytest.approx(0.9, abs=1e-12)


@pytest.mark.parametrize(("swerling", "snr_db"), SWERLING_DB.items())
def test_one_pulse_of_a_fluctuating_target_is_found_as_swerling_tabled(swerling: int, snr_db: float) -> None:
    assert required_snr_db(0.9, 1e-6, 1, swerling) == pytest.approx(snr_db, abs=6e-5)


@pytest.mark.parametrize(("pulses", "snr_db"), ALBERSHEIM_DB.items())
def test_albersheims_formula_gives_its_published_values(pulses: int, snr_db: float) -> None:
    assert albersheim_snr_db(0.9, 1e-6, pulses) == pytest.approx(snr_db, abs=5e-5)


@pytest.mark.parametrize(("arguments", "value"), MARCUM.items())
def test_marcums_function_has_its_published_values(arguments: tuple[int, float, float], value: float) -> None:
    assert marcum_q(*arguments) == pytest.approx(value, abs=1e-15, rel=2e-15)


# --------------------------------------------------------------------- many pulses, by other people's functions


@pytest.mark.parametrize("pulses", [1, 3, 10, 32, 100, 256])
def test_a_steady_target_follows_the_non_central_chi_square(pulses: int) -> None:
    for pfa in (1e-10, 1e-6, 1e-2):
        power = float(gamma.isf(pfa, pulses))
        for snr in (0.01, 0.1, 0.5, 2.0, 10.0, 40.0):
            wanted = float(ncx2.sf(2.0 * power, 2 * pulses, 2.0 * pulses * snr))
            assert detection_chance(snr, power, pulses, 0) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("pulses", [2, 10, 64, 256])
def test_swerling_1_follows_the_incomplete_gamma_function(pulses: int) -> None:
    """DiFranco and Rubin, "Radar Detection", 1968, chapter 11: the closed form of N pulses."""
    for pfa in (1e-8, 1e-3):
        power = float(gamma.isf(pfa, pulses))
        for snr in (0.3, 3.0, 30.0, 300.0):
            energy = pulses * snr
            inner = float(gammainc(pulses - 1, power * energy / (1.0 + energy)))
            rest = math.exp((pulses - 1) * math.log1p(1.0 / energy) - power / (1.0 + energy)) * inner
            wanted = float(gamma.sf(power, pulses - 1)) + rest
            assert detection_chance(snr, power, pulses, 1) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("pulses", [1, 10, 256])
def test_swerling_2_is_wider_noise(pulses: int) -> None:
    power = threshold(1e-6, pulses)
    for snr in (1e-6, 0.1, 1.0, 10.0, 1e6):
        wanted = float(gamma.sf(power / (1.0 + snr), pulses))
        assert detection_chance(snr, power, pulses, 2) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("swerling", [1, 2, 3, 4])
@pytest.mark.parametrize("pulses", [1, 2, 5, 30, 256])
def test_every_case_is_the_negative_binomial_sum(swerling: int, pulses: int) -> None:
    """Shnidman, IEEE T-AES 31(3), 1995: as many more noise events as a gamma-distributed energy brings."""
    shape = {1: 1, 2: pulses, 3: 2, 4: 2 * pulses}[swerling]
    for pfa in (1e-12, 1e-6, 0.1):
        power = threshold(pfa, pulses)
        events = np.arange(0, int(power + 14.0 * math.sqrt(power) + 80.0))
        for snr in (1e-6, 0.05, 1.0, 20.0, 1e4):
            share = 1.0 / (1.0 + pulses * snr / shape)
            more = np.where(events < pulses, 1.0, nbinom.sf(events - pulses, shape, share))
            wanted = float(poisson.pmf(events, power) @ more)
            assert detection_chance(snr, power, pulses, swerling) == pytest.approx(wanted, rel=2e-10)


@pytest.mark.parametrize("swerling", range(5))
@pytest.mark.parametrize("pulses", [1, 16, 256])
def test_signals_beyond_all_measure_are_found_and_none_are_not(swerling: int, pulses: int) -> None:
    power = threshold(1e-6, pulses)
    assert detection_chance(1e9, power, pulses, swerling) == pytest.approx(1.0, abs=3e-7)
    assert detection_chance(0.0, power, pulses, swerling) == pytest.approx(1e-6, rel=1e-10)
    assert received_power(0.5, 1e9, pulses, swerling) == pytest.approx(pulses * 1e9, rel=0.35)


# --------------------------------------------------------------------------------------- samples, one by one


@pytest.mark.parametrize("swerling", range(5))
@pytest.mark.parametrize(("pulses", "snr", "pfa"), [(1, 6.0, 1e-3), (3, 3.0, 1e-3), (12, 0.9, 1e-2)])
def test_sampled_pulses_cross_the_threshold_as_often_as_they_should(
    swerling: int, pulses: int, snr: float, pfa: float
) -> None:
    """Complex noise and an echo of random phase whose amplitude fluctuates; exact (Clopper-Pearson) interval."""
    looks = 200_000
    rng = np.random.default_rng([swerling, pulses])
    independent = pulses if swerling in (2, 4) else 1
    degrees = 1 if swerling in (1, 2) else 2
    strength = snr * rng.gamma(degrees, 1.0 / degrees, (looks, independent)) if swerling else snr
    phase = rng.uniform(0.0, 2.0 * np.pi, (looks, pulses))
    noise = rng.normal(0.0, math.sqrt(0.5), (looks, pulses, 2))
    in_phase = np.sqrt(strength) * np.cos(phase) + noise[..., 0]
    quadrature = np.sqrt(strength) * np.sin(phase) + noise[..., 1]
    crossed = int(np.sum((in_phase**2 + quadrature**2).sum(axis=1) > threshold(pfa, pulses)))
    interval = binomtest(crossed, looks).proportion_ci(0.999, method="exact")
    chance = detection_probability(10.0 * math.log10(snr), pfa, pulses, swerling)
    assert interval.low <= chance <= interval.high
    assert interval.high - interval.low < 0.01


@pytest.mark.parametrize("swerling", range(5))
def test_drawn_powers_are_those_of_sampled_pulses(swerling: int) -> None:
    """A uniform number turned into a power has the same mean and spread as the sum of pulses."""
    uniform = (np.arange(20_000) + 0.5) / 20_000
    drawn = np.array([received_power(u, 2.0, 6, swerling) for u in uniform])
    fluctuation = {0: 0.0, 1: 1.0, 2: 1.0 / 6.0, 3: 0.5, 4: 1.0 / 12.0}[swerling]
    energy = 12.0
    assert drawn.mean() == pytest.approx(6.0 + energy, rel=1e-3)
    assert drawn.var() == pytest.approx(6.0 + 2.0 * energy + fluctuation * energy**2, rel=1e-2)


# ------------------------------------------------------------------------------------ the engineers' formulas


def linear_required_db(pd: float, pfa: float, pulses: int) -> float:
    """What the linear detector requires: the density of a sum of Rice amplitudes by Fourier transform."""
    count = 2**14
    step = 12.0 * pulses / count
    amplitude = (np.arange(count) + 0.5) * step
    edges = (np.arange(2 * count) + 0.5 * pulses - 0.5) * step

    def survival(snr: float) -> np.ndarray:
        steady = math.sqrt(snr)
        density = amplitude * np.exp(-((amplitude - steady) ** 2)) * i0e(2.0 * amplitude * steady)
        of_sum = np.fft.irfft(np.fft.rfft(density / density.sum(), 2 * count) ** pulses, 2 * count)
        return np.cumsum(of_sum[::-1])[::-1]

    noise = survival(0.0)
    crossing = int(np.argmax(noise < pfa))
    around = slice(crossing - 2, crossing + 2)
    level = np.interp(-math.log(pfa), -np.log(noise[around]), edges[around])

    def surplus(snr_db: float) -> float:
        return float(np.interp(level, edges, survival(10.0 ** (0.1 * snr_db)))) - pd

    return float(brentq(surplus, -20.0, 20.0, xtol=1e-4))


@pytest.mark.parametrize("pulses", [1, 3, 10, 100])
def test_albersheims_formula_agrees_with_the_linear_detector_for_which_it_was_made(pulses: int) -> None:
    """0.2 dB (Albersheim 1981), here from pd 0.3 and pfa up to 1e-4; a squared pulse knows no difference."""
    for pd in (0.3, 0.5, 0.9):
        for pfa in (1e-7, 1e-4):
            linear_db = linear_required_db(pd, pfa, pulses)
            assert albersheim_snr_db(pd, pfa, pulses) == pytest.approx(linear_db, abs=0.2)
            within_db = 1e-3 if pulses == 1 else 0.2
            assert required_snr_db(pd, pfa, pulses, 0) == pytest.approx(linear_db, abs=within_db)


def test_albersheims_formula_asks_too_little_at_low_chances() -> None:
    error_db = albersheim_snr_db(0.1, [1e-7, 1e-5, 1e-3]) - required_snr_db(0.1, [1e-7, 1e-5, 1e-3], 1, 0)
    assert error_db == pytest.approx([-0.753, -1.186, -4.081], abs=1e-3)


def test_shnidmans_formula_agrees_with_the_exact_signal() -> None:
    """0.5 dB but at extreme chances of cases 1 and 2 (Richards, "Fundamentals of Radar Signal Processing", 2005)."""
    axes = (np.linspace(0.1, 0.99, 12), [1e-9, 1e-7, 1e-6, 1e-5, 1e-3], [1, 2, 5, 10, 30, 60, 100], range(5))
    pd, pfa, pulses, swerling = np.meshgrid(*axes)
    error_db = shnidman_snr_db(pd, pfa, pulses, swerling) - required_snr_db(pd, pfa, pulses, swerling)
    for case, within_db in ((0, 0.31), (1, 1.05), (2, 1.05), (3, 0.81), (4, 0.56)):
        assert np.max(np.abs(error_db[swerling == case])) < within_db
    middle = (pd > 0.2) & (pd < 0.9) & (pfa < 1e-4) & (pfa > 1e-8) & (pulses <= 60)
    assert np.max(np.abs(error_db[middle])) < 0.5


@pytest.mark.parametrize("pulses", [1, 39, 40, 100])
@pytest.mark.parametrize("pd", [0.3, 0.872, 0.88, 0.97])
def test_shnidmans_formula_is_the_printed_one(pulses: int, pd: float) -> None:
    """As in Richards, "Fundamentals of Radar Signal Processing", 2nd ed., 2014, equations 6.110 to 6.112; case 4."""
    pfa, k = 3e-8, 2 * pulses
    alpha = 0.25 if pulses >= 40 else 0.0
    eta = math.sqrt(-0.8 * math.log(4 * pfa * (1 - pfa)))
    eta += math.copysign(math.sqrt(-0.8 * math.log(4 * pd * (1 - pd))), pd - 0.5)
    x = eta * (eta + 2 * math.sqrt(pulses / 2 + (alpha - 0.25)))
    c_db = (17.7006 * pd**3 - 18.4496 * pd**2 + 14.5339 * pd - 3.525) / k
    if pd > 0.872:
        middle = 0.7 * math.log(1e-5 / pfa) + (2 * pulses - 20) / 80
        c_db += (math.exp(27.31 * pd - 25.14) + (pd - 0.8) * middle) / k
    wanted_db = 10 * math.log10(10 ** (c_db / 10) * x / pulses)
    assert shnidman_snr_db(pd, pfa, pulses, 4) == pytest.approx(wanted_db, abs=1e-11)


# ------------------------------------------------------------------------------- canceller, accuracy, equation


@pytest.mark.parametrize("canceller", [1, 2])
@pytest.mark.parametrize("stagger", [1, 4])
def test_a_canceller_passes_a_random_speed_with_gain_one(canceller: int, stagger: int) -> None:
    """The intervals are whole multiples of 1/113 of their sum: the response repeats after 113 / 4 blind speeds."""
    speeds = (np.arange(20_000) + 0.5) / 20_000 * 113.0
    gain = np.array([canceller_gain(v, 1.0, canceller, stagger) for v in speeds])
    assert gain.mean() == pytest.approx(1.0, rel=1e-9)
    assert gain.max() <= {1: 2.0, 2: 8.0 / 3.0}[canceller] + 1e-9


@pytest.mark.parametrize("canceller", [1, 2])
def test_four_intervals_move_the_first_blind_speed_to_28_times(canceller: int) -> None:
    """Skolnik, "Introduction to Radar Systems", 3rd ed., 2001, section 3.3: intervals 25:30:27:31, mean 28.25."""
    assert canceller_gain(-80.0, 80.0, canceller, 1) == pytest.approx(0.0, abs=1e-12)
    assert canceller_gain(0.0, 80.0, canceller, 4) == 0.0
    assert canceller_gain(28.25 * 80.0, 80.0, canceller, 4) == pytest.approx(0.0, abs=1e-12)
    deepest = min(canceller_gain(80.0 * v, 80.0, canceller, 4) for v in np.linspace(0.5, 27.75, 5_000))
    assert deepest > 0.02


def test_monopulse_accuracy_is_bartons() -> None:
    """Barton, "Radar System Analysis and Modeling", 2005: beamwidth / (1.6 sqrt(2 snr)); 20 dB: 1/22.6 of the beam."""
    assert random_error(0.0, 1.0, 100.0) == pytest.approx(1.0 / 22.63, rel=1e-3)
    assert random_error(3.0, 1.6 * math.sqrt(2.0) * 4.0, 1.0) == pytest.approx(5.0, rel=1e-12)


def test_the_range_equation_gives_a_known_radar() -> None:
    """Round numbers by hand: 1 MW for 1 us from 35 dB at 3 GHz, 500 K, 6 dB: 12.63 dB from 1 m2 at 100 km.

    60 - 60 + 70 - 20 (lambda^2, 0.1 m less 0.006 dB) - 32.98 (4 pi cubed) - 200 + 201.61 (k T) - 6 in decibels.
    """
    assert snr_db_100km_1m2(1e6, 1e-6, 1, 35.0, 3e9, 500.0, 6.0) == pytest.approx(12.63, abs=0.01)


# ------------------------------------------------------------------------------------- horizon, event's number


@pytest.mark.parametrize(("heights_m", "horizon_km"), HORIZON_KM.items())
def test_a_target_sinks_below_the_horizon_where_published(
    heights_m: tuple[float, float], horizon_km: float
) -> None:
    mast, target = heights_m
    sensors = sensor_table({"height_m": mast}).sensors
    masks = smooth_masks(sensors, cells=600)
    site = sites(sensors, no_bias(sensors))[0]

    def seen(range_m: float) -> bool:
        place = ecef_from_geodetic(LAT, LON + range_m / (6371008.8 * math.cos(LAT)), target)
        ground_m, tangent = apparent(site, np.append(place, np.zeros(3)))
        return visible(masks.tan_elevation[0], masks.cell_m, ground_m, math.pi / 2.0, tangent)

    near, far = 1e3, 590e3
    while far - near > 10.0:
        middle = 0.5 * (near + far)
        near, far = (middle, far) if seen(middle) else (near, middle)
    assert near / 1e3 == pytest.approx(horizon_km, abs=0.06 if horizon_km < 100.0 else 0.6)


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0x00000000, 0x00000000), 0x00000000, (0xFF1DAE59, 0x6CD10DF2)),
        ((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, (0x2C3F628B, 0xAB4FD7AD)),
        ((0x243F6A88, 0x85A308D3), 0x13198A2E, (0xDD7CE038, 0xF62A4C12)),
    ],
)
def test_philox_2x32_gives_the_known_answers_of_random123(counter, key, answer) -> None:
    words = philox_2x32(np.uint64(counter[0]), np.uint64(counter[1]), np.uint32(key))
    assert tuple(int(word) for word in words) == answer


@pytest.mark.parametrize("swerling", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("snr_db", [151.0, 190.0, 200.0])
def test_a_signal_beyond_all_measure_is_detected_for_certain_and_in_time(
    swerling: int, snr_db: float
) -> None:
    assert detection_probability(snr_db, 1e-6, 4, swerling) == pytest.approx(1.0, abs=1e-12)
