"""What objects were taken for, from a record made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.model.codes import Identity, ObjectClass
from skypact.score import Confusion, confusions
from skypact.score.confusion import NOTHING, TRUE_NAMES
from tests.score.hand import MANIFEST, tables

BALLISTIC, CRUISE, DRONE, ROCKET, CIVIL, _, DEBRIS = range(7)
STEP_S = 200.0
"""The hand-made snapshots' median distance."""


def made():
    """The record, whose tracks 2 and 77 say cruise and civil; everything else says ballistic."""
    record = tables()
    pictures = record["pictures"]
    pictures["object_class"][pictures["track"] == 2] = ObjectClass.CRUISE
    pictures["object_class"][pictures["track"] == 77] = ObjectClass.CIVIL
    pictures["identity"][pictures["track"] == 77] = Identity.CIVIL
    pictures["identity"][pictures["track"] == 1] = Identity.HOSTILE
    return record


def found(level, first_firm, runs=1):
    (one,) = (
        c for c in confusions([made()] * runs, MANIFEST) if (c.name, c.first_firm) == (level, first_firm)
    )
    return one


def test_time_is_weighed_by_true_and_believed_class():
    wanted = np.zeros((8, 7))
    wanted[CIVIL, CIVIL] = 4
    wanted[BALLISTIC, BALLISTIC] = 2
    wanted[CRUISE, CRUISE] = 2
    wanted[ROCKET, BALLISTIC] = wanted[DRONE, BALLISTIC] = wanted[DEBRIS, BALLISTIC] = 1
    wanted[NOTHING, BALLISTIC] = 2  # 20 km and 10 km beside anything; the tentative track is not shown
    assert np.array_equal(found("today", False).classes[0], STEP_S * wanted)


def test_identities_are_weighed_too():
    sums = found("today", False).identities[0] / STEP_S
    assert sums[CIVIL, Identity.CIVIL] == 4
    assert sums[BALLISTIC, Identity.HOSTILE] == 2
    assert sums[CRUISE, Identity.UNKNOWN] == 2
    assert sums.sum() == 13


def test_a_picture_of_two_nations_counts_for_each():
    sums = found("pact", False).classes[0] / STEP_S
    assert sums[CRUISE, CRUISE] == 8
    assert sums[DRONE, BALLISTIC] == 8
    assert sums.sum() == 16


def test_objects_count_once_when_first_firm():
    sums = found("today", True).classes[0]
    assert sums[BALLISTIC, BALLISTIC] == 1  # firm at 300 s, not at 200 s
    assert sums[CRUISE, CRUISE] == 1
    assert sums[CIVIL, CIVIL] == 1
    assert sums[NOTHING].sum() == 0
    assert sums.sum() == 6
    assert found("national", True).classes.sum() == 0


def test_shares_have_intervals_over_runs():
    both = found("today", False, runs=3)
    assert both.share(ROCKET, BALLISTIC).value == 1.0
    assert both.share(ROCKET, BALLISTIC).low < 1.0  # three runs cannot say "always"
    assert both.share(ROCKET, BALLISTIC).n == 3
    assert both.identity_share(CIVIL, Identity.CIVIL).value == 1.0
    counts = np.zeros((2, 8, 7))
    counts[:, CRUISE, CRUISE], counts[:, CRUISE, CIVIL] = (3.0, 1.0), (1.0, 3.0)
    spread = Confusion("one", False, counts, np.zeros((2, 8, 5))).share(CRUISE, CIVIL)
    assert spread.value == pytest.approx(0.5)
    assert spread.low == 0.0


def test_rows_are_named():
    assert TRUE_NAMES[NOTHING] == "nothing"
    assert TRUE_NAMES[ROCKET] == "rocket"
