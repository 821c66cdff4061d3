"""A recording through the tracker of the simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.recording import ABSENT, PlotFlag, PlotKind, RadarSite
from skypact.run.recorded import follow as follow_module
from skypact.run.recorded.flight import SITE
from skypact.run.recorded.follow import follow
from skypact.run.recorded.judgement import compare, judge, taken
from skypact.run.recorded.radar import TrackOptions, prepare
from skypact.run.recorded.reading import read_recording
from skypact.run.recorded.sample import (
    BIAS_CLOCK_S,
    FALSE_PLOTS,
    REVOLUTION_S,
    SIGMA_BEARING_RAD,
    SIGMA_RANGE_M,
    make_sample,
    write_sample,
)
from skypact.track import TrackerSettings

SECOND = 10**9


@pytest.fixture(scope="module")
def sample():
    return make_sample(1)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return read_recording(write_sample(tmp_path_factory.mktemp("sample")).radar)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return read_recording(write_sample(tmp_path_factory.mktemp("sample")).system)


@pytest.fixture(scope="module")
def hidden(recording):
    return follow(recording, TrackOptions(with_codes=False))


def test_what_the_radar_is_like_is_read_from_its_recording(hidden):
    radar, model, accuracy = hidden.prepared.radars[0], hidden.models[0], hidden.accuracies[0]
    assert radar.name == "25/10"
    assert radar.site_source == "I034/120"
    assert radar.site == pytest.approx(SITE, abs=1e-6)
    assert radar.revolution.period_s == pytest.approx(REVOLUTION_S, rel=2e-3)
    assert (len(radar.clock.step_at), radar.clock.drift_s_per_hour) == (0, 0.0)
    assert accuracy.sigma_range_m == pytest.approx(SIGMA_RANGE_M, rel=0.2)
    assert accuracy.sigma_bearing_rad == pytest.approx(SIGMA_BEARING_RAD, rel=0.2)
    assert model.false_plots == pytest.approx(FALSE_PLOTS, rel=0.3)
    assert model.code_probability == 0.0


def test_the_tracker_is_the_one_of_the_simulation_with_the_settings_of_the_simulation():
    assert TrackerSettings() == follow_module.SETTINGS


def test_tracks_are_pure_without_codes_as_the_truth_of_the_sample_says(sample, hidden):
    flight = sample.plot_flight
    held = hidden.held
    assert held[flight >= 0].mean() > 0.98
    assert held[flight < 0].mean() < 0.1
    for track in hidden.confirmed:
        mine = flight[hidden.owner == track]
        assert np.bincount(mine[mine >= 0]).max() >= 0.97 * len(mine)


def test_hidden_codes_and_shown_codes_differ_in_the_tracker_alone(recording, hidden):
    shown = follow(recording, TrackOptions())
    assert shown.models[0].code_probability > 0.8
    assert (shown.prepared.rows == hidden.prepared.rows).all()
    assert judge(shown)[0].purity_aircraft >= judge(hidden)[0].purity_aircraft > 0.99


def test_the_change_of_code_in_the_sample_is_found_and_breaks_no_track(recording):
    shown = follow(recording, TrackOptions())
    codes = judge(shown)[0]
    assert codes.code_changes == 1
    assert (codes.changes.old_key.tolist(), codes.changes.new_key.tolist()) == ([0o2000], [0o2110])


def test_a_code_that_changes_without_an_address_breaks_no_track_either(recording):
    plots = recording.plots
    bare = replace(recording, plots=replace(plots, address=np.full_like(plots.address, ABSENT)))
    judged = judge(follow(bare, TrackOptions()))[0]
    changed = np.flatnonzero(judged.tracks.code_changes > 0)
    assert (judged.code_changes, len(changed)) == (1, 1)
    assert judged.tracks.purity[changed[0]] < 0.7
    assert judged.tracks.looks[changed[0]] > 300
    assert judged.purity_aircraft > 0.99


def test_points_stand_near_the_plots_that_made_them(hidden, recording):
    from skypact.earth.frame import ecef_from_geodetic

    points = hidden.points
    site = hidden.prepared.radars[0].site
    range_m = np.linalg.norm(points.pos_ecef_m - ecef_from_geodetic(*site), axis=1)
    assert np.median(np.abs(range_m - recording.plots.range_m[points.plot])) < 200.0
    assert (np.abs(points.t_ns - hidden.prepared.t_ns[points.plot]) <= SECOND).all()
    assert np.isin(points.track_id, hidden.confirmed).all()
    assert (hidden.owner[points.plot] == points.track_id).all()


def test_without_a_place_the_tracks_are_the_same_in_the_radars_own_plane(recording, hidden):
    nowhere = replace(
        recording,
        messages=replace(recording.messages, lat_rad=np.full_like(recording.messages.lat_rad, np.nan)),
    )
    found = follow(nowhere, TrackOptions(with_codes=False))
    assert found.prepared.radars[0].site is None
    assert found.prepared.radars[0].site_source == "unknown"
    assert len(found.confirmed) == len(hidden.confirmed)
    assert (found.owner == hidden.owner).mean() > 0.99


def test_a_given_place_goes_before_the_one_in_the_recording(recording):
    place = RadarSite(0.5, 0.9, 12.0)
    radars = prepare(
        recording, TrackOptions(sites={None: RadarSite(0.1, 0.1, 1.0), 25 * 256 + 10: place})
    ).radars
    assert radars[0].site == place
    assert radars[0].site_source == "given"


def test_steps_of_the_clock_and_wrong_instants_break_no_track(recording, hidden):
    t_ns = recording.plots.t_ns.copy()
    t_ns[1000:] += 37 * SECOND
    t_ns[2000:] -= 3600 * SECOND
    t_ns[500] += 9 * 3600 * SECOND
    bad = replace(recording, plots=replace(recording.plots, t_ns=t_ns))
    found = follow(bad, TrackOptions(with_codes=False))
    clock = found.prepared.radars[0].clock
    assert clock.step_at.tolist() == [1000, 2000]
    assert clock.step_s == pytest.approx([37.0, -3600.0], abs=0.3)
    assert found.prepared.left_out == {"time that no neighbour agrees with": 1}
    assert len(found.confirmed) == len(hidden.confirmed)
    by_capture = follow(bad, TrackOptions(with_codes=False, capture_clock=True))
    assert len(by_capture.confirmed) == len(hidden.confirmed)


def test_plots_of_no_aircraft_are_left_out_and_counted(recording):
    plots = recording.plots
    flags, range_m, t_ns = plots.flags.copy(), plots.range_m.copy(), plots.t_ns.copy()
    flags[:10] |= np.uint8(PlotFlag.TEST)
    flags[10:13] |= np.uint8(PlotFlag.FIELD_MONITOR)
    range_m[20:25] = np.nan
    t_ns[30:32] = ABSENT
    changed = replace(recording, plots=replace(plots, flags=flags, range_m=range_m, t_ns=t_ns))
    prepared = prepare(changed, TrackOptions())
    assert prepared.left_out == {
        "simulated, test or field monitor": 13,
        "without position": 5,
        "without time": 2,
    }
    assert len(prepared.rows) == len(plots) - 20


def test_plots_that_two_networks_carried_are_used_once(recording, hidden):
    n = len(recording.plots)
    twice = replace(recording, plots=taken(recording.plots, np.repeat(np.arange(n), 2)))
    found = follow(twice, TrackOptions(with_codes=False))
    assert found.prepared.left_out == {"recorded twice": n}
    assert (found.owner[0::2] == hidden.owner).all()


def cluttered(recording, a_revolution, seed=1):
    """The recording with false primary plots strewn over it, and which rows are of the recording itself."""
    rng = np.random.default_rng(seed)
    plots = recording.plots
    n = int(1500 / REVOLUTION_S * a_revolution)
    later_ns = rng.integers(0, 1500 * SECOND, n)
    false = replace(
        taken(plots, np.zeros(n, np.int64)),
        t_ns=plots.t_ns[0] + later_ns,
        capture_ns=plots.capture_ns[0] + later_ns,
        kind=np.full(n, PlotKind.PRIMARY, np.uint8),
        range_m=rng.uniform(5e3, 220e3, n),
        bearing_rad=rng.uniform(0.0, 2 * np.pi, n),
        height_m=np.full(n, np.nan),
        mode_3a=np.full(n, ABSENT, np.int32),
        address=np.full(n, ABSENT, np.int32),
    )
    both = type(plots)(
        *(np.concatenate([getattr(plots, k), getattr(false, k)]) for k in plots.__dataclass_fields__)
    )
    order = np.argsort(both.capture_ns, kind="stable")
    return replace(recording, plots=taken(both, order)), order < len(plots)


def test_clutter_makes_few_tracks_and_takes_no_aircraft_away(sample, recording, hidden):
    dirty, own = cluttered(recording, 50)
    found = follow(dirty, TrackOptions(with_codes=False))
    assert found.models[0].false_plots == pytest.approx(50 + FALSE_PLOTS, rel=0.05)
    assert found.accuracies[0].sigma_range_m == pytest.approx(SIGMA_RANGE_M, rel=0.2)
    assert found.held[own].mean() > hidden.held.mean() - 0.01
    assert found.held[~own].mean() < 0.02


def two_radars(recording):
    """The recording and beside it the same radar under another number, one second later."""
    plots = recording.plots
    n = len(plots)
    both = taken(plots, np.concatenate([np.arange(n), np.arange(n)]))
    radar, t_ns = both.radar.copy(), both.t_ns.copy()
    radar[n:] += 1
    t_ns[n:] += SECOND
    return replace(
        recording, plots=replace(both, radar=radar, t_ns=t_ns, capture_ns=both.capture_ns + SECOND)
    )


def test_radars_are_tracked_apart_unless_asked_for(recording, hidden):
    apart = follow(two_radars(recording), TrackOptions(with_codes=False))
    n = len(recording.plots)
    assert [radar.name for radar in apart.prepared.radars] == ["25/10", "25/11"]
    assert (apart.owner[:n] == hidden.owner).all()
    first, second = set(apart.owner[:n]) - {0}, set(apart.owner[n:]) - {0}
    assert not first & second
    assert len(apart.confirmed) == 2 * len(hidden.confirmed)
    assert (np.diff(apart.points.t_ns) >= 0).all()
    one = follow(two_radars(recording), TrackOptions(with_codes=False, radars=(25 * 256 + 10,)))
    assert (one.owner[n:] == 0).all()
    assert one.prepared.left_out == {"of another radar": n}


def test_radars_tracked_together_share_their_tracks(recording, hidden):
    place = RadarSite(*SITE)
    together = follow(
        two_radars(recording), TrackOptions(with_codes=False, together=True, sites={None: place})
    )
    n = len(recording.plots)
    both = set(together.owner[:n]) & set(together.owner[n:]) & set(together.confirmed)
    assert len(both) >= len(hidden.confirmed) - 1
    assert len(together.confirmed) < 1.5 * len(hidden.confirmed)


def test_a_radar_without_a_plot_that_can_be_used_is_named_and_the_others_tracked(recording, hidden):
    both = two_radars(recording)
    flags = both.plots.flags.copy()
    flags[both.plots.radar == 25 * 256 + 11] |= np.uint8(PlotFlag.SIMULATED)
    found = follow(replace(both, plots=replace(both.plots, flags=flags)), TrackOptions(with_codes=False))
    assert [radar.name for radar in found.prepared.radars] == ["25/10"]
    assert found.prepared.unusable == (25 * 256 + 11,)
    assert found.confirmed.tolist() == hidden.confirmed.tolist()


def test_with_the_capture_clock_times_are_those_of_the_capture(recording):
    t_ns = recording.plots.t_ns + 3600 * SECOND
    t_ns[:50] = ABSENT
    wrong = replace(recording, plots=replace(recording.plots, t_ns=t_ns))
    found = follow(wrong, TrackOptions(with_codes=False, capture_clock=True))
    assert found.prepared.left_out == {}
    assert (found.prepared.t_ns == recording.plots.capture_ns).all()


def test_a_radar_that_does_not_turn_is_told_by_how_often_it_hears_each_aircraft(recording):
    rng = np.random.default_rng(1)
    plots = recording.plots
    steady = replace(
        plots, t_ns=plots.t_ns + np.rint(rng.uniform(-2.0, 2.0, len(plots)) * SECOND).astype(np.int64)
    )
    silent = replace(recording.messages, t_ns=np.full(len(recording.messages), ABSENT))
    found = follow(replace(recording, plots=steady, messages=silent), TrackOptions(with_codes=False))
    revolution = found.prepared.radars[0].revolution
    assert revolution.source.startswith("repeated answers")
    assert revolution.period_s == pytest.approx(REVOLUTION_S, abs=0.5)


def test_silence_does_not_dilute_the_rate_of_false_plots(recording, hidden):
    plots = recording.plots
    later = 5 * 3600 * SECOND
    both = taken(plots, np.tile(np.arange(len(plots)), 2))
    shift = np.repeat([0, later], len(plots))
    paused = replace(
        recording, plots=replace(both, t_ns=both.t_ns + shift, capture_ns=both.capture_ns + shift)
    )
    found = follow(paused, TrackOptions(with_codes=False))
    assert found.models[0].false_plots == pytest.approx(hidden.models[0].false_plots, rel=0.1)
    assert len(found.confirmed) == 2 * len(hidden.confirmed)


def test_recordings_without_a_date_are_compared_by_the_time_of_day(hidden, other):
    days = 20_468  # 2026-01-15 since 1970
    system = other.system
    undated = replace(
        other,
        system=replace(
            system, t_ns=system.t_ns - days * 86_400 * SECOND, capture_ns=np.full(len(system), ABSENT)
        ),
    )
    dated, found = compare(hidden, other)[0], compare(hidden, undated)[0]
    assert (dated.days, found.days) == (0, days)
    assert found.bias is not None
    assert dated.bias is not None
    assert found.bias.time_s == pytest.approx(dated.bias.time_s)


def test_what_cannot_be_tracked_is_said(recording):
    with pytest.raises(UsageError, match=r"radar 1/2: not in .* which has 25/10"):
        prepare(recording, TrackOptions(radars=(258,)))
    with pytest.raises(UsageError, match="radar 1/2: not in"):
        prepare(recording, TrackOptions(sites={258: RadarSite(*SITE)}))
    with pytest.raises(UsageError, match="does not say where radar 25/11 stands"):
        prepare(two_radars(recording), TrackOptions(together=True))
    none = replace(recording, plots=taken(recording.plots, np.empty(0, np.int64)))
    with pytest.raises(UsageError, match="nothing to track"):
        prepare(none, TrackOptions())
    uncaptured = replace(
        recording, plots=replace(recording.plots, capture_ns=np.full(len(recording.plots), ABSENT))
    )
    with pytest.raises(UsageError, match="no capture times"):
        prepare(uncaptured, TrackOptions(capture_clock=True))


def test_the_biases_of_the_sample_are_found_and_its_points_matched(hidden, other):
    compared = compare(hidden, other)[0]
    assert compared.bias is not None
    assert compared.match is not None
    for value, error, true in (
        (compared.bias.range_m, compared.bias.range_error_m, 150.0),
        (compared.bias.bearing_rad, compared.bias.bearing_error_rad, np.radians(0.30)),
        (compared.bias.time_s, compared.bias.time_error_s, BIAS_CLOCK_S),
    ):
        assert abs(value - true) < 4.0 * error
    assert compared.match.share.value > 0.97
    assert compared.match.same_code.value == 1.0


def test_a_comparison_needs_a_place_and_the_other_system_its_tracks(recording, hidden, other):
    with pytest.raises(UsageError, match="no track updates"):
        compare(hidden, recording)
    nowhere = replace(hidden, prepared=replace(hidden.prepared, radars=(
        replace(hidden.prepared.radars[0], site=None),
    )))  # fmt: skip
    assert "give --site" in compare(nowhere, other)[0].fault
