"""The public functions of detection: what grows with what, what is refused, how arguments broadcast."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.sense.detection import (
    albersheim_snr_db,
    detection_probability,
    marcum_q,
    required_snr_db,
    shnidman_snr_db,
)
from skypact.sense.range_equation import snr_db_100km_1m2

SWERLING = st.integers(0, 4)
PULSES = st.integers(1, 300)
PFA = st.floats(-12.0, -1.0).map(lambda power: 10.0**power)


@given(st.floats(-60.0, 60.0), PFA, PULSES, SWERLING)
def test_a_stronger_echo_is_found_more_often_and_never_less_often_than_noise(
    snr_db, pfa, pulses, swerling
) -> None:
    chances = detection_probability([-math.inf, snr_db, snr_db + 0.5], pfa, pulses, swerling)
    assert chances[0] == pytest.approx(pfa, rel=1e-9)
    assert chances[0] <= chances[1] * (1.0 + 1e-11)
    assert chances[1] <= chances[2] * (1.0 + 1e-11)
    assert chances[2] <= 1.0


@given(st.floats(-20.0, 30.0), PFA, PULSES, SWERLING)
def test_more_pulses_of_the_same_strength_help(snr_db, pfa, pulses, swerling) -> None:
    fewer, more = detection_probability(snr_db, pfa, [pulses, pulses + 1], swerling)
    assert more >= fewer * (1.0 - 1e-11)


@given(st.floats(0.01, 0.999), PFA, PULSES, SWERLING)
def test_the_required_signal_is_the_inverse(pd, pfa, pulses, swerling) -> None:
    if pd > pfa:
        snr_db = required_snr_db(pd, pfa, pulses, swerling)
        if snr_db < 200.0:
            assert detection_probability(snr_db, pfa, pulses, swerling) == pytest.approx(pd, rel=1e-9)


@pytest.mark.parametrize("pulses", [2, 10, 100])
def test_fluctuation_costs_where_much_is_asked_and_most_where_it_is_slow(pulses: int) -> None:
    steady, slow, fast, slow_with_one, fast_with_one = required_snr_db(0.95, 1e-6, pulses, range(5))
    assert steady < fast_with_one < fast < slow + 1e-9
    assert fast_with_one < slow_with_one < slow
    assert detection_probability(steady - 6.0, 1e-6, pulses, 1) > detection_probability(
        steady - 6.0, 1e-6, pulses, 0
    )


def test_summing_pulses_gains_less_than_adding_them_in_phase() -> None:
    one, ten = required_snr_db(0.9, 1e-6, [1, 10], 0)
    assert 5.0 < one - ten < 10.0


def test_marcums_function_falls_in_b_and_rises_in_a_and_order() -> None:
    b = np.linspace(0.0, 40.0, 400)
    values = marcum_q(3, 10.0, b)
    assert values[0] == 1.0
    assert marcum_q([1, 7], 0.0, 0.0).tolist() == [1.0, 1.0]
    assert np.all(np.diff(values) <= 1e-15)
    assert np.all(np.diff(marcum_q(3, np.linspace(0.0, 40.0, 400), 12.0)) >= -1e-14)
    assert np.all(np.diff(marcum_q(np.arange(1, 60), 5.0, 8.0)) >= -1e-15)
    assert marcum_q(1, 0.0, 2.0) == pytest.approx(math.exp(-2.0), rel=1e-14)


def test_marcums_function_of_large_arguments_nears_the_normal_distribution() -> None:
    """Q_1(a, a + d) for great a: half an error function of d, and half the density there over a."""
    for a in (1e4, 1e6):
        for d in (-2.0, 0.0, 1.5):
            normal = 0.5 * math.erfc(d / math.sqrt(2.0))
            normal += math.exp(-0.5 * d * d) / math.sqrt(2.0 * math.pi) / (2.0 * a)
            assert marcum_q(1, a, a + d) == pytest.approx(normal, abs=0.03 / a**2 + 2e-16 * a)


def test_arguments_broadcast_and_numbers_give_a_number() -> None:
    table = detection_probability(np.linspace(0.0, 20.0, 5)[:, None], [1e-6, 1e-4, 1e-2], 4, 3)
    assert table.shape == (5, 3)
    assert f"{detection_probability(10.0, 1e-4, 4, 3):.4f}" == f"{table[2, 1]:.4f}"
    assert required_snr_db([0.5, 0.9], 1e-6).shape == (2,)
    assert albersheim_snr_db(0.5, [[1e-6], [1e-4]], [1, 2, 3]).shape == (2, 3)
    assert shnidman_snr_db(0.5, 1e-6, 1, [0, 1]).shape == (2,)
    assert marcum_q([1, 2], [[1.0]], 2.0).shape == (1, 2)
    assert snr_db_100km_1m2([1e6, 2e6], 1e-6, 1, 35.0, 3e9, 500.0, [[6.0]]).shape == (1, 2)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (detection_probability, (10.0, 0.0)),
        (detection_probability, (10.0, 1.0)),
        (detection_probability, (math.nan, 1e-6)),
        (detection_probability, (201.0, 1e-6)),
        (detection_probability, (10.0, 1e-6, 0)),
        (detection_probability, (10.0, 1e-6, 1025)),
        (detection_probability, (10.0, 1e-6, 2.5)),
        (detection_probability, (10.0, 1e-6, 1, 5)),
        (detection_probability, (10.0, 1e-6, 1, -1)),
        (detection_probability, ([10.0, math.nan], 1e-6)),
        (required_snr_db, (1.0, 1e-6)),
        (required_snr_db, (1e-6, 1e-6)),
        (required_snr_db, (math.nan, 1e-6)),
        (required_snr_db, (0.9, -1e-6)),
        (albersheim_snr_db, (0.95, 1e-6)),
        (albersheim_snr_db, (0.9, 1e-8)),
        (albersheim_snr_db, (0.9, 1e-6, 8097)),
        (albersheim_snr_db, (0.9, 1e-6, 1.5)),
        (shnidman_snr_db, (0.995, 1e-6)),
        (shnidman_snr_db, (0.9, 1e-2)),
        (shnidman_snr_db, (0.9, 1e-6, 101)),
        (shnidman_snr_db, (0.9, 1e-6, 1, 7)),
        (marcum_q, (0, 1.0, 1.0)),
        (marcum_q, (1.5, 1.0, 1.0)),
        (marcum_q, (1, -1.0, 1.0)),
        (marcum_q, (1, 1.0, math.inf)),
        (snr_db_100km_1m2, (0.0, 1e-6, 1, 35.0, 3e9, 500.0, 6.0)),
        (snr_db_100km_1m2, (1e6, 1e-6, 1, 35.0, [3e9, -3e9], 500.0, 6.0)),
        (snr_db_100km_1m2, (1e6, 1e-6, 1, math.nan, 3e9, 500.0, 6.0)),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_give(function, arguments) -> None:
    with pytest.raises(UsageError) as error:
        function(*arguments)
    assert error.value.asked == function.__name__
    assert error.value.next_step.startswith("Give ")


def test_chances_next_to_one_and_next_to_noise_have_their_signals() -> None:
    """Case 1 in closed form: ln(pfa) / ln(pd) - 1."""
    for pd, pfa in ((1.0 - 1e-9, 1e-12), (1.0 - 1e-6, 1e-30), (1.001e-6, 1e-6)):
        wanted_db = 10.0 * math.log10(math.log(pfa) / math.log(pd) - 1.0)
        assert required_snr_db(pd, pfa, 1, 1) == pytest.approx(wanted_db, abs=1e-6)
