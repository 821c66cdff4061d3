"""The life of tracks is the table's."""

from dataclasses import replace

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.kernels import identify
from skypact.model import codes
from skypact.model.codes import FIRST_CHANGING_CODE, TrackStatus
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from skypact.track.lifecycle import GUARDS, TRANSITIONS, allowed, mermaid
from tests.track.world import Site, level_flight, observe, table

SETTINGS = TrackerSettings()


def live(bank, sensors, detections, seconds, settings=SETTINGS, begin=0):
    """All events (second, id, new, old) of feeding a bank second by second."""
    events = []
    low = int(np.searchsorted(detections.t_ns, begin * 10**9))
    for k in range(begin + 1, seconds + 1):
        high = int(np.searchsorted(detections.t_ns, k * 10**9))
        found = advance(bank, sensors, detections, low, high, None, float(k), settings)
        events += [
            (k, int(i), int(n), int(o)) for i, n, o in zip(found.track_id, found.new, found.old, strict=True)
        ]
        low = high
    return events


def test_every_status_is_left_and_reached_and_every_guard_is_explained():
    assert {row.status for row in TRANSITIONS} == set(TrackStatus) == {row.next for row in TRANSITIONS}
    assert {row.guard for row in TRANSITIONS} == set(GUARDS)
    assert len({(row.status, row.guard) for row in TRANSITIONS}) == len(TRANSITIONS)


def test_the_diagram_draws_every_transition():
    text = mermaid()
    assert text.startswith("stateDiagram-v2\n")
    for row in TRANSITIONS:
        line = next(
            x for x in text.splitlines() if x.strip().startswith(f"{row.status.name} --> {row.next.name}:")
        )
        assert row.guard in line


def test_what_happens_in_clutter_is_in_the_table_and_each_track_changes_from_where_it_was():
    sites = [Site(false_plots=6.0, pd=0.6), Site(lat=0.44, revisit=10.0, false_plots=4.0, pd=0.7)]
    flights = [level_flight(30e3 * k, 50e3, 6e3, 200.0, 90.0 * k, 120) for k in range(3)]
    detections, _ = observe(sites, flights, 120, np.random.default_rng(6))
    events = live(new_bank(), table(sites), detections, 200)
    status: dict[int, int] = {}
    for _, track, new, old in events:
        assert allowed(TrackStatus(old), TrackStatus(new))
        assert status.get(track, TrackStatus.FREE) == old
        status[track] = new
    assert set(status.values()) == {TrackStatus.LOST}
    assert {new for _, _, new, _ in events} >= {TrackStatus.CONFIRMED, TrackStatus.COASTING, TrackStatus.LOST}


def test_three_hits_confirm_and_silence_makes_coast_and_then_lose():
    site = Site(rotates=False)
    detections, _ = observe(
        [site], [level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 60)], 30, np.random.default_rng(6)
    )
    events = live(new_bank(), table([site]), detections, 90)
    times = {(new, old): k for k, _, new, old in events}
    assert times[TrackStatus.TENTATIVE, TrackStatus.FREE] == 1
    assert times[TrackStatus.CONFIRMED, TrackStatus.TENTATIVE] == 9
    last = 28
    assert times[TrackStatus.COASTING, TrackStatus.CONFIRMED] == last + 11
    assert times[TrackStatus.LOST, TrackStatus.COASTING] == last + 25


def test_a_coasting_track_that_is_hit_again_is_the_same_track():
    site = Site(rotates=False)
    detections, _ = observe(
        [site], [level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 90)], 80, np.random.default_rng(6)
    )
    seen = (detections.t_ns < 30 * 10**9) | (detections.t_ns > 46 * 10**9)
    bank, tab = new_bank(), table([site])
    advance(bank, tab, detections, 0, len(seen), seen & (detections.t_ns < 30 * 10**9), 45.0, SETTINGS)
    found = advance(
        bank, tab, detections, 0, len(seen), seen & (detections.t_ns > 46 * 10**9), 79.0, SETTINGS
    )
    assert list(found.new) == [TrackStatus.CONFIRMED]
    assert list(found.old) == [TrackStatus.COASTING]
    assert list(found.track_id) == [1]


def one_flight_with_codes(codes_of_time, seconds=120, seed=6):
    """The track events and the owners of the plots of one aircraft whose code is a function of time."""
    site = Site(rotates=False, code_probability=1.0)
    flight = level_flight(30e3, 50e3, 6e3, 200.0, 90.0, seconds)
    detections, _ = observe([site], [flight], seconds, np.random.default_rng(seed))
    detections = replace(
        detections, code=np.array([codes_of_time(t * 1e-9) for t in detections.t_ns], np.uint32)
    )
    bank, tab = new_bank(), table([site])
    owner: list[int] = []
    events: list[tuple[int, int, int]] = []
    for k in range(seconds):
        low, high = np.searchsorted(detections.t_ns, [k * 10**9, (k + 1) * 10**9])
        found = advance(bank, tab, detections, low, high, None, k + 1.0, SETTINGS)
        owner.extend(found.owner)
        events.extend(zip(found.track_id, found.old, found.new, strict=True))
    return bank, np.array(owner), events


OLD, NEW = FIRST_CHANGING_CODE + 0o1234, FIRST_CHANGING_CODE + 0o4321


def test_an_aircraft_given_a_new_code_keeps_its_track():
    bank, owner, events = one_flight_with_codes(lambda t: OLD if t < 60 else NEW)
    assert (owner == 1).all()
    assert len(bank) == 1
    assert list(snapshot(bank, 120.0, SETTINGS).code) == [NEW]
    assert len(events) == 2


def test_a_code_read_wrongly_now_and_then_costs_no_plot():
    bank, owner, _ = one_flight_with_codes(lambda t: NEW if 28 <= int(t) % 40 < 32 else OLD)
    assert (owner == 1).all()
    assert list(snapshot(bank, 120.0, SETTINGS).code) == [OLD]


@pytest.mark.parametrize(("old", "new"), [(31, 77), (31, NEW), (OLD, 77), (1_000_031, 1_000_077)])
def test_codes_that_stand_for_life_are_two_aircraft(old, new):
    _, owner, _ = one_flight_with_codes(lambda t: old if t < 60 else new)
    assert owner[0] == 1
    assert owner[-1] != 1


def taken_at(offset_rad, settings):
    """Whether a track takes a plot under another code that lies off its course by a bearing."""
    site = Site(rotates=False, code_probability=1.0)
    flight = level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 60)
    detections, _ = observe([site], [flight], 60, np.random.default_rng(6))
    z, code = detections.z.copy(), np.full(len(detections.t_ns), OLD, np.uint32)
    z[-1, 1] += offset_rad
    code[-1] = NEW
    detections = replace(detections, z=z, code=code)
    found = advance(new_bank(), table([site]), detections, 0, len(code), None, 61.0, settings)
    return bool(found.owner[-1] == 1)


def test_another_code_must_lie_nearer_to_a_tracks_course_than_no_price_would_ask():
    offsets_rad = np.arange(0.0, 0.03, 0.001)
    priced = [taken_at(offset, SETTINGS) for offset in offsets_rad]
    free = [taken_at(offset, TrackerSettings(new_code=0.0)) for offset in offsets_rad]
    assert priced[0]
    assert sum(priced) < sum(free)
    assert not any(taken_at(offset, TrackerSettings(new_code=30.0)) for offset in offsets_rad)


def test_a_track_that_coasts_is_not_followed_under_another_code():
    site = Site(rotates=False, code_probability=1.0)
    flight = level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 120)
    detections, _ = observe([site], [flight], 120, np.random.default_rng(6))
    late = detections.t_ns > 56 * 10**9
    detections = replace(detections, code=np.where(late, NEW, OLD).astype(np.uint32))
    seen = late | (detections.t_ns < 40 * 10**9)
    n = len(seen)
    found = advance(new_bank(), table([site]), detections, 0, n, seen, 120.0, SETTINGS)
    assert found.owner[0] == 1
    assert set(found.owner[late]) == {2}


def test_the_kernels_know_the_blocks_of_codes_that_the_model_states():
    assert (identify.FIRST_CHANGING_CODE, identify.FIRST_FRIENDLY_CODE) == (
        codes.FIRST_CHANGING_CODE,
        codes.FIRST_FRIENDLY_CODE,
    )


def crossing(answers, seed=6):
    """The share of plots of two aircraft that fly close by each other which went to the aircraft's own first track."""
    site = Site(rotates=False, code_probability=1.0, pd=0.8)
    flights = [
        level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 120, code=answers[0]),
        level_flight(42e3, 38e3, 6e3, 200.0, 0.0, 120, code=answers[1]),
    ]
    detections, truth = observe([site], flights, 120, np.random.default_rng(seed))
    found = advance(new_bank(), table([site]), detections, 0, len(detections.t_ns), None, 120.0, SETTINGS)
    right = 0
    for k in range(2):
        mine = found.owner[truth == k]
        right += int((mine == np.bincount(mine.astype(np.int64)).argmax()).sum())
    return right / len(found.owner)


def test_codes_that_may_change_keep_crossing_aircraft_apart_as_well_as_others_do():
    for seed in range(4):
        assert crossing((OLD, NEW), seed) >= crossing((31, 77), seed) - 0.02


def test_every_detection_is_owned_by_the_track_that_took_it():
    sites = [Site(false_plots=6.0, pd=0.8), Site(lat=0.44, revisit=10.0, pd=0.7)]
    flights = [level_flight(30e3 * k, 50e3, 6e3, 200.0, 90.0 * k, 120) for k in range(3)]
    detections, _ = observe(sites, flights, 60, np.random.default_rng(6))
    n = len(detections.t_ns)
    use = np.arange(n) % 5 > 0
    bank = new_bank()
    found = advance(bank, table(sites), detections, 0, n, use, 60.0, SETTINGS)
    born = set(found.track_id[found.old == TrackStatus.FREE])
    assert (found.owner[~use] == 0).all()
    assert (found.owner[use] > 0).all()
    assert set(found.owner[use]) == born
    again = new_bank()
    owner: list[int] = []
    for k in range(61):
        low, high = np.searchsorted(detections.t_ns, [k * 10**9, (k + 1) * 10**9])
        owner.extend(advance(again, table(sites), detections, low, high, use, k + 1.0, SETTINGS).owner)
    assert owner == list(found.owner)


def test_a_full_bank_gives_up_its_oldest_tentative_track_and_counts():
    site = Site(false_plots=30.0)
    detections, _ = observe([site], [], 20, np.random.default_rng(1))
    bank = new_bank(10)
    events = live(bank, table([site]), detections, 20)
    assert len(bank) <= bank.capacity
    assert bank.dropped_full > 0
    born = [i for _, i, new, _ in events if new == TrackStatus.TENTATIVE]
    assert born == list(range(1, len(born) + 1))
    lost = [i for _, i, new, _ in events if new == TrackStatus.LOST]
    assert len(lost) == len(set(lost)) == len(born) - len(bank)


@pytest.mark.parametrize(
    "change",
    [{"confirm_hits": 1}, {"confirm_hits": 9}, {"gate_probability": 1.0}, {"level_noise_m2ps3": -1.0}],
)
def test_settings_that_cannot_be_used_are_refused(change):
    with pytest.raises(UsageError):
        TrackerSettings(**change)
