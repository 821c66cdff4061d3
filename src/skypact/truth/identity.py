"""What objects tell of themselves: transponder codes, true and false, reported positions, emissions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from skypact.kernels.random import EMITTER, IDENTITY, TRANSPONDER
from skypact.model.catalogue import ThreatClass
from skypact.model.codes import (
    FIRST_CHANGING_CODE,
    FIRST_CIVIL_CODE,
    FIRST_FRIENDLY_CODE,
    NO_CODE,
    ObjectClass,
)
from skypact.model.scenario import Traffic
from skypact.truth.flight import Draws, Identity, class_value

# 95% bounds (m) of the navigation accuracy categories for position 11 to 6 (RTCA DO-260B and ICAO Doc 9871) and the
# share of aircraft that report each. The bounds are the standards'. The shares are round figures (assumption): open
# counts of messages find most aircraft in categories 8 to 10 (Verbraak, Ellerbroek, Sun and Hoekstra, "Large-scale
# ADS-B data and signal quality analysis", 12th ATM Seminar, 2017), and rules ask for at least 8 (14 CFR 91.227).
_BOUND_M = (3.0, 10.0, 30.0, 92.6, 185.2, 555.6)
_SHARE = (0.05, 0.35, 0.40, 0.17, 0.02, 0.01)
_BOUND_PER_SIGMA = math.sqrt(-2.0 * math.log(0.05))
"""The 95% radius of a circular normal distribution over its one sigma, 2.448."""

_LIE, _QUALITY = 0, 1
_DEAD, _FAILS = 0, 1


def aircraft_identity(
    traffic: Traffic,
    threat: ThreatClass,
    key: int,
    index: int,
    flown_s: tuple[float, float],
    k0: np.uint32,
    k1: np.uint32,
) -> Identity:
    """What an aircraft tells of itself: a code of its block or of the other kind's, perhaps not to the end, or nothing.

    Args:
        traffic: the shares of dead and failing transponders and of false codes.
        threat: the class.
        key: the object's key.
        index: number of the flight in the whole process, unique and below 400,000: its place in either block.
        flown_s: when the flight begins and ends as planned; a transponder that fails does so at any time of it alike.
        k0, k1: the run's key.
    """
    draws = Draws(k0, k1, TRANSPONDER, index, 0)
    if draws.uniforms(_DEAD)[0] < traffic.dead_transponder_share:
        return _silent(threat, key, k0, k1)
    lies = _lies(traffic.false_code_share, key, k0, k1)
    friendly = (threat.object_class == ObjectClass.FRIENDLY) != lies
    code = index + (FIRST_FRIENDLY_CODE if friendly else FIRST_CIVIL_CODE)
    heard = _heard(threat, key, code, lies, k0, k1)
    fails, when = draws.uniforms(_FAILS)
    if fails >= traffic.failing_transponder_share:
        return heard
    return replace(heard, silent_s=flown_s[0] + when * (flown_s[1] - flown_s[0]))


def raid_identity(
    false_code_share: float, threat: ThreatClass, key: int, number: int, k0: np.uint32, k1: np.uint32
) -> Identity:
    """What a raid object tells of itself: nothing, or by the share of its group a civil code.

    Args:
        false_code_share: of its group.
        threat: the class.
        key: the object's key.
        number: unique among raid objects and below 99,999: its place from the end of the civil block.
        k0, k1: the run's key.
    """
    if not _lies(false_code_share, key, k0, k1):
        return _silent(threat, key, k0, k1)
    return _heard(threat, key, FIRST_CHANGING_CODE - 1 - number, True, k0, k1)


def side_ratio(threat: ThreatClass) -> float:
    """A class's cross-section broadside over that nose on; 1 where it has no value broadside."""
    if "rcs_side_m2" not in threat.values:
        return 1.0
    return threat.values["rcs_side_m2"].value / class_value(threat, "rcs_m2").value


def _lies(share: float, key: int, k0: np.uint32, k1: np.uint32) -> bool:
    return Draws(k0, k1, IDENTITY, key, 0).uniforms(_LIE)[0] < share


def _silent(threat: ThreatClass, key: int, k0: np.uint32, k1: np.uint32) -> Identity:
    return Identity(NO_CODE, False, math.nan, _emits(threat, key, k0, k1))


def _heard(threat: ThreatClass, key: int, code: int, lies: bool, k0: np.uint32, k1: np.uint32) -> Identity:
    category = int(np.searchsorted(np.cumsum(_SHARE), Draws(k0, k1, IDENTITY, key, 0).uniforms(_QUALITY)[0]))
    sigma_m = _BOUND_M[min(category, len(_BOUND_M) - 1)] / _BOUND_PER_SIGMA
    if "position_sigma_m" in threat.values:
        interval = threat.values["position_sigma_m"]
        sigma_m = min(max(sigma_m, interval.low), interval.high)
    return Identity(code, lies, sigma_m, _emits(threat, key, k0, k1))


def _emits(threat: ThreatClass, key: int, k0: np.uint32, k1: np.uint32) -> bool:
    """Whether a direction finder can hear the object: by its class's share of emitters, none where it has no such."""
    share = threat.values["emitter"].value if "emitter" in threat.values else 0.0
    return Draws(k0, k1, EMITTER, key, 0).uniforms(0)[0] < share
