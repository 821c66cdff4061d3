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
    wrong[300] -= 400 * SECOND
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
    assert clock.step_s[0] == pytest.approx(-3600.0, abs=1.0)
    assert (np.diff(clock.t_ns) >= 0).all()
    assert np.isnan(clock.offset_s)


def test_without_capture_times_a_far_instant_is_set_aside():
    t_ns, _ = recorded()
    wrong = t_ns.copy()
    wrong[200] += 9 * 3600 * SECOND
    clock = steady_clock(wrong, np.full(len(t_ns), NO_CAPTURE))
    assert np.flatnonzero(clock.aside).tolist() == [200]
    assert len(clock.step_at) == 0


def late(t_ns, by_s, seed):
    """In the order of their arrival, plots of which a fifth come late by up to by_s, and when they arrive."""
    rng = np.random.default_rng(seed)
    arrival_ns = t_ns + np.rint(by_s * SECOND * rng.random(len(t_ns)) * (rng.random(len(t_ns)) < 0.2)).astype(
        np.int64
    )
    order = np.argsort(arrival_ns, kind="stable")
    order = order[arrival_ns[order] <= t_ns[-1]]
    return t_ns[order], arrival_ns[order] + SECOND


@given(st.integers(0, 1000), st.sampled_from([5.0, 20.0, 59.0]), st.sampled_from([0.1, 1.0, 5.0]))
def test_late_plots_keep_their_instants_and_make_no_steps(seed, by_s, spacing):
    t_ns, _ = recorded(n=1500, seed=seed)
    t_ns, arrival_ns = late((t_ns * spacing).astype(np.int64), by_s, seed)
    for capture_ns in (arrival_ns, np.full(len(t_ns), NO_CAPTURE)):
        clock = steady_clock(t_ns, capture_ns)
        assert len(clock.step_at) == 0
        assert not clock.aside.any()
        assert (clock.t_ns == t_ns).all()


@given(st.integers(0, 1000), st.sampled_from([20.0, 59.0]), st.sampled_from([-40.0, -3600.0]))
def test_among_late_plots_the_clock_set_back_is_still_found(seed, by_s, step_s):
    true_ns, _ = recorded(n=1500, seed=seed)
    true_ns = (true_ns * 0.3).astype(np.int64)
    true_ns, _ = late(true_ns, by_s, seed)
    wrong = true_ns.copy()
    wrong[700:] += round(step_s * SECOND)
    clock = steady_clock(wrong, np.full(len(wrong), NO_CAPTURE))
    assert len(clock.step_at) == 1
    assert abs(clock.step_at[0] - 700) <= 10
    away = np.abs(clock.t_ns - true_ns) > 5.0 * SECOND
    assert away.sum() <= 10


@given(st.integers(0, 1000), st.sampled_from([-40.0, -3600.0]), st.sampled_from([0.1, 0.3, 1.0]))
def test_without_capture_times_a_step_back_is_sized_to_within_the_usual_spacing(seed, step_s, spacing):
    t_ns, _ = recorded(seed=seed)
    t_ns = (t_ns * spacing).astype(np.int64)
    wrong = t_ns.copy()
    wrong[150:] += round(step_s * SECOND)
    clock = steady_clock(wrong, np.full(len(wrong), NO_CAPTURE))
    assert clock.step_at.tolist() == [150]
    assert clock.step_s[0] == pytest.approx(step_s, abs=spacing)
    assert (np.diff(clock.t_ns) >= 0).all()


def test_the_antennas_turning_tells_the_size_of_a_step_back_across_a_lull():
    t_ns, _ = recorded()
    t_ns[150:] += 4 * SECOND
    bearing_rad = 2.0 * np.pi * (t_ns / SECOND / 10.0 % 1.0)
    wrong = t_ns.copy()
    wrong[150:] -= 40 * SECOND
    clock = steady_clock(wrong, np.full(len(wrong), NO_CAPTURE), bearing_rad, 10.0)
    assert clock.step_s[0] == pytest.approx(-40.0, abs=0.001)


@pytest.mark.parametrize("captured", [True, False])
def test_a_step_too_near_the_end_to_be_believed_sets_its_plots_aside(captured):
    t_ns, capture_ns = recorded()
    wrong = t_ns.copy()
    wrong[-8:] -= 3600 * SECOND
    clock = steady_clock(wrong, capture_ns if captured else np.full(len(t_ns), NO_CAPTURE))
    assert len(clock.step_at) == 0
    assert np.flatnonzero(clock.aside).tolist() == list(range(len(t_ns) - 8, len(t_ns)))


def test_a_plot_ahead_of_the_capture_is_aside_but_one_as_far_behind_is_only_late():
    t_ns, capture_ns = recorded()
    wrong = t_ns.copy()
    wrong[200] += 30 * SECOND
    wrong[300] -= 30 * SECOND
    clock = steady_clock(wrong, capture_ns)
    assert np.flatnonzero(clock.aside).tolist() == [200]


@given(st.sampled_from([-60.0, -6.0, -0.5, 0.5, 6.0, 60.0]), st.integers(0, 1000))
def test_a_drift_is_told_and_is_no_step(drift_s_per_hour, seed):
    true_ns, capture_ns = recorded(n=1800, seed=seed)
    t_ns = true_ns + np.rint(true_ns * (drift_s_per_hour / 3600.0)).astype(np.int64)
    clock = steady_clock(t_ns, capture_ns)
    assert len(clock.step_at) == 0
    assert not clock.aside.any()
    assert clock.drift_s_per_hour == pytest.approx(drift_s_per_hour, abs=0.05)
    assert (clock.t_ns == t_ns).all()


def test_a_step_of_a_drifting_clock_is_told_and_a_pause_in_its_recording_makes_none():
    true_ns, capture_ns = recorded(n=1800)
    pause = 5 * 3600 * SECOND * (np.arange(1800) >= 900)
    t_ns, capture_ns = true_ns + pause, capture_ns + pause
    drifted = t_ns + np.rint(t_ns * (6.0 / 3600.0)).astype(np.int64)
    drifted[500:] += 37 * SECOND
    clock = steady_clock(drifted, capture_ns)
    assert clock.step_at.tolist() == [500]
    assert clock.step_s == pytest.approx([37.0], abs=0.1)
    assert clock.drift_s_per_hour == pytest.approx(6.0, abs=0.1)


def test_a_step_that_a_pause_hides_is_no_drift():
    t_ns, capture_ns = recorded(n=1800)
    pause = 5 * 3600 * SECOND * (np.arange(1800) >= 900)
    wrong = t_ns + pause
    wrong[900:] += 37 * SECOND
    clock = steady_clock(wrong, capture_ns + pause)
    assert clock.step_at.tolist() == [900]
    assert clock.drift_s_per_hour == pytest.approx(0.0, abs=0.05)


def test_without_capture_times_no_drift_is_told():
    t_ns, _ = recorded()
    assert np.isnan(steady_clock(t_ns, np.full(len(t_ns), NO_CAPTURE)).drift_s_per_hour)


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
