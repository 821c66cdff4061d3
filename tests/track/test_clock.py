"""A radar's clock, as its recording shows it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.track import steady_clock

SECOND = 10**9
NO_CAPTURE = -1


def recorded(n=400, latency_s=1.2, jitter_s=0.02, seed=1):
    """Instants of a radar and of a capture that receives them late by about a second."""
    rng = np.random.default_rng(seed)
    t_ns = np.cumsum(rng.uniform(0.5, 1.5, n) * SECOND).astype(np.int64)
    return t_ns, t_ns + np.rint((latency_s + rng.normal(0.0, jitter_s, n)) * SECOND).astype(np.int64)


def test_a_good_clock_is_left_as_it_is_and_its_offset_told():
    t_ns, capture_ns = recorded()
    clock = steady_clock(t_ns, capture_ns)
    assert (clock.t_ns == t_ns).all()
    assert not clock.aside.any()
    assert len(clock.step_at) == 0
    assert clock.offset_s == pytest.approx(-1.2, abs=0.005)
    assert clock.spread_s == pytest.approx(0.04, rel=0.3)


@given(st.lists(st.sampled_from([-3600.0, -37.0, -2.0, 2.0, 37.0, 3600.0]), min_size=1, max_size=4))
def test_steps_of_the_clock_are_found_and_taken_out(steps_s):
    t_ns, capture_ns = recorded()
    at = np.arange(1, len(steps_s) + 1) * (len(t_ns) // (len(steps_s) + 1))
    wrong = t_ns.copy()
    for row, step in zip(at, steps_s, strict=True):
        wrong[row:] += round(step * SECOND)
    clock = steady_clock(wrong, capture_ns)
    assert clock.step_at.tolist() == at.tolist()
    assert clock.step_s == pytest.approx(steps_s, abs=0.05)
    assert np.abs(clock.t_ns - t_ns).max() < 0.1 * SECOND


def test_a_single_wrong_instant_is_set_aside_and_moves_nothing_else():
    t_ns, capture_ns = recorded()
    wrong = t_ns.copy()
    wrong[200] += 9 * 3600 * SECOND
    wrong[300] -= 40 * SECOND
    clock = steady_clock(wrong, capture_ns)
    assert np.flatnonzero(clock.aside).tolist() == [200, 300]
    assert len(clock.step_at) == 0
    assert (clock.t_ns == wrong).all()


def test_a_plot_whose_capture_time_is_damaged_is_set_aside():
    t_ns, capture_ns = recorded()
    t_ns[200] += 365 * 86_400 * SECOND
    capture_ns[200] += 365 * 86_400 * SECOND
    clock = steady_clock(t_ns, capture_ns)
    assert np.flatnonzero(clock.aside).tolist() == [200]
    assert len(clock.step_at) == 0


def test_without_capture_times_falling_back_is_a_step_and_a_pause_is_none():
    t_ns, _ = recorded()
    wrong = t_ns.copy()
    wrong[100:] += 600 * SECOND  # the recorder paused
    wrong[250:] -= 3600 * SECOND  # the clock was set back
    clock = steady_clock(wrong, np.full(len(t_ns), NO_CAPTURE))
    assert clock.step_at.tolist() == [250]
    assert clock.step_s[0] == pytest.approx(-3600.0, abs=2.0)
    assert (np.diff(clock.t_ns) >= 0).all()
    assert np.isnan(clock.offset_s)


def test_without_capture_times_a_far_instant_is_set_aside():
    t_ns, _ = recorded()
    wrong = t_ns.copy()
    wrong[200] += 9 * 3600 * SECOND
    clock = steady_clock(wrong, np.full(len(t_ns), NO_CAPTURE))
    assert np.flatnonzero(clock.aside).tolist() == [200]
    assert len(clock.step_at) == 0


@given(st.lists(st.integers(0, 2 * 86_400 * SECOND), max_size=60), st.booleans())
def test_any_instants_give_a_clock(instants, captured):
    t_ns = np.array(instants, np.int64)
    capture_ns = np.arange(len(t_ns)) * SECOND if captured else np.full(len(t_ns), NO_CAPTURE)
    clock = steady_clock(t_ns, capture_ns)
    assert len(clock.t_ns) == len(clock.aside) == len(t_ns)
    assert len(clock.step_at) == len(clock.step_s)


@given(st.lists(st.integers(0, 86_400 * SECOND), min_size=1, max_size=50), st.booleans())
def test_instants_that_only_rise_are_never_set_aside(steps, captured):
    t_ns = np.cumsum(np.array(steps, np.int64))
    clock = steady_clock(t_ns, t_ns + SECOND if captured else np.full(len(t_ns), NO_CAPTURE))
    assert not clock.aside.any()
    assert len(clock.step_at) == 0
