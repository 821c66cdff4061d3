"""Class probabilities against a plain computation, and the codes that kernels repeat."""

import math

import numpy as np
import pytest

from skypact.kernels import identify
from skypact.model import codes

CRUISING = np.array([230.0, 10_500.0, 0.0, 10_500.0, 3.0, 50.0, 2.0, 60.0])
SKIMMING = np.array([230.0, 60.0, 0.0, 60.0, 3.0, 50.0, 2.0, 60.0])
FALLING = np.array([2_000.0, 90e3, -300.0, 130e3, 5.0, 200.0, 5.0, 500.0])


def naive_evidence(feature, mode):
    like = np.zeros(7)
    for kind in identify.KINDS:
        value = math.sqrt(kind[1]) * 2.0 * (kind[2] * mode[2] + (1 - kind[2]) * (1 - mode[2]) + 0.02)
        for f in range(4):
            low, high, edge = kind[3 + 3 * f : 6 + 3 * f]
            edge = edge + feature[4 + f]
            away = max(low - feature[f], feature[f] - high, 0.0) / edge
            value /= (1.0 + away**2) ** 2 * ((high - low + 2 * edge) if f < 3 else 1.0)
        like[int(kind[0])] += value
    return np.maximum(np.log(like / like.max()), identify.LEAST_LOG)


@pytest.mark.parametrize("feature", [CRUISING, SKIMMING, FALLING])
@pytest.mark.parametrize("mode", [(0.9, 0.05, 0.05), (0.0, 0.1, 0.9)])
def test_evidence_is_the_plain_product_of_boxes(feature, mode):
    out = np.empty(7)
    identify.kinematic_evidence(feature, np.array(mode), out)
    assert out == pytest.approx(naive_evidence(feature, mode), rel=1e-9, abs=1e-9)


def probabilities(feature, mode, code=0, silence=0.0):
    evidence, out = np.empty(7), np.empty(7)
    identify.kinematic_evidence(feature, np.array(mode), evidence)
    identify.class_probabilities(evidence, 2.0, code, silence, 0.08, out)
    assert out.sum() == pytest.approx(1.0)
    return out


def test_flights_are_taken_for_what_they_are():
    level, ballistic = (0.95, 0.04, 0.01), (0.01, 0.04, 0.95)
    assert np.argmax(probabilities(CRUISING, level, silence=-5.0)) == codes.ObjectClass.CIVIL
    assert np.argmax(probabilities(SKIMMING, level, silence=-5.0)) == codes.ObjectClass.CRUISE
    assert np.argmax(probabilities(FALLING, ballistic, silence=-5.0)) == codes.ObjectClass.BALLISTIC


def test_an_answer_makes_an_aircraft_and_silence_speaks_against_one():
    slow = np.array([55.0, 1_500.0, 0.0, 1_500.0, 2.0, 50.0, 1.0, 60.0])
    level = (0.95, 0.04, 0.01)
    civil, friend = codes.ObjectClass.CIVIL, codes.ObjectClass.FRIENDLY
    assert probabilities(slow, level, code=5)[civil] > 0.98
    assert probabilities(slow, level, code=codes.FIRST_FRIENDLY_CODE + 5)[friend] > 0.98
    assert probabilities(slow, level, silence=-5.0)[civil] < probabilities(slow, level)[civil]


@pytest.mark.parametrize(
    ("code", "raid", "identity"),
    [
        (7, 0.99, codes.Identity.CIVIL),
        (codes.FIRST_FRIENDLY_CODE, 0.99, codes.Identity.FRIEND),
        (0, 0.81, codes.Identity.HOSTILE),
        (0, 0.6, codes.Identity.SUSPECT),
        (0, 0.4, codes.Identity.UNKNOWN),
    ],
)
def test_identity_follows_the_code_and_else_the_raid_classes(code, raid, identity):
    probability = np.array([raid / 4] * 4 + [1.0 - raid, 0.0, 0.0])
    assert identify.identity_of(probability, code, 0.5, 0.8) == identity


def test_evidence_is_at_first_a_mean_and_then_forgotten():
    evidence, news = np.zeros(7), np.ones(7)
    identify.remember(evidence, news, 1.0, 45.0, 1)
    assert evidence == pytest.approx(1.0)
    identify.remember(evidence, np.zeros(7), 45.0, 45.0, 1000)
    assert evidence == pytest.approx(math.exp(-1.0))


def test_the_numbers_that_kernels_repeat_are_those_of_the_model():
    from skypact.kernels import bank

    for name in codes.ObjectClass:
        assert getattr(identify, name.name) == name
    for status in codes.TrackStatus:
        assert getattr(bank, status.name) == status
    assert bank.KIND_ACOUSTIC == codes.DetectionKind.ACOUSTIC
    assert identify.FIRST_FRIENDLY_CODE == codes.FIRST_FRIENDLY_CODE


def test_features_are_the_plain_ones():
    from tests.track.world import LAT, LON, from_enu, rotation

    vel = rotation(LAT, LON).T @ np.array([120.0, 50.0, 20.0])
    mean = np.concatenate([from_enu(0.0, 0.0, 4_000.0), vel])
    out = np.empty(8)
    identify.features(mean, np.diag([100.0] * 3 + [4.0] * 3), out)
    assert out[:3] == pytest.approx([np.linalg.norm(vel), 4_000.0, 20.0], rel=1e-2)
    assert out[3] == pytest.approx(4_000.0 + 400.0 / (2 * 9.81), rel=1e-2)
    assert out[4:7] == pytest.approx([2.0, 10.0, 2.0])
