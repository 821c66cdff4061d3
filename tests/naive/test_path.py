"""`kernels.path` against SciPy's Hermite spline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline

from skypact.kernels.path import positions_at, state_at

FIRST = np.array([-4, 0, 10], dtype=np.int32)
ROWS = np.array([9, 2, 6])
OFFSET = np.concatenate([[0], np.cumsum(ROWS)])
STATE = np.sin(np.arange(OFFSET[-1] * 6.0).reshape(-1, 6) ** 1.3) * 100.0
LAUNCH = np.array([-50.0, 0.0, 10.0])
END = np.array([3.5, 0.7, 14.25])


def twin(i, t_s):
    """Position and velocity of object i at t_s, None where it does not fly then."""
    if not LAUNCH[i] <= t_s < END[i] or t_s < FIRST[i]:
        return None
    rows = STATE[OFFSET[i] : OFFSET[i + 1]]
    spline = CubicHermiteSpline(FIRST[i] + np.arange(len(rows)), rows[:, :3], rows[:, 3:])
    return spline(t_s), spline(t_s, 1)


@given(st.floats(-6, 16))
def test_states_of_all_at_an_instant_are_those_of_the_spline(t_s):
    pos, vel, alive = np.empty((3, 3)), np.empty((3, 3)), np.empty(3, dtype=np.bool_)
    count = positions_at(STATE, OFFSET, FIRST, LAUNCH, END, t_s, pos, vel, alive)
    found = [twin(i, t_s) for i in range(3)]
    assert alive.tolist() == [one is not None for one in found]
    assert count == alive.sum()
    for i, one in enumerate(found):
        if one is None:
            assert np.isnan(pos[i]).all()
            assert np.isnan(vel[i]).all()
        else:
            assert pos[i] == pytest.approx(one[0], abs=1e-9)
            assert vel[i] == pytest.approx(one[1], abs=1e-9)


def test_the_samples_themselves_come_back_and_nothing_outside_them():
    out = np.empty(6)
    for i in range(3):
        begin, end = OFFSET[i], OFFSET[i + 1]
        for k in range(ROWS[i]):
            assert state_at(STATE, begin, end, FIRST[i], float(FIRST[i] + k), out)
            assert out == pytest.approx(STATE[begin + k], abs=1e-9)
        assert not state_at(STATE, begin, end, FIRST[i], FIRST[i] - 0.01, out)
        assert not state_at(STATE, begin, end, FIRST[i], FIRST[i] + ROWS[i] - 0.99, out)
