"""The life of tracks is the table's."""

from dataclasses import replace

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.codes import TrackStatus
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


def test_an_aircraft_given_a_new_code_keeps_its_track():
    bank, owner, events = one_flight_with_codes(lambda t: 31 if t < 60 else 77)
    assert owner[0] == owner[-1] == 1
    assert len(bank) == 1
    tracks = snapshot(bank, 120.0, SETTINGS)
    assert (list(tracks.track_id), list(tracks.code), list(tracks.status)) == (
        [1],
        [77],
        [TrackStatus.CONFIRMED],
    )
    assert tracks.first_ns[0] < 10**10
    status: dict[int, int] = {}
    for track, old, new in events:
        assert allowed(TrackStatus(old), TrackStatus(new))
        assert status.get(track, TrackStatus.FREE) == old
        status[track] = new


def test_a_code_read_wrongly_once_changes_no_track():
    bank, owner, _ = one_flight_with_codes(lambda t: 77 if 60 <= t < 64 else 31)
    assert owner[0] == owner[-1] == 1
    assert list(snapshot(bank, 120.0, SETTINGS).code) == [31]


def test_two_aircraft_in_trail_with_codes_of_their_own_stay_two():
    site = Site(rotates=False, code_probability=1.0)
    first = level_flight(30e3, 50e3, 6e3, 200.0, 90.0, 60, code=31)
    second = level_flight(40e3, 50e3, 6e3, 200.0, 90.0, 160, code=77)
    detections, _ = observe([site], [first, second], 160, np.random.default_rng(6))
    bank = new_bank()
    live(bank, table([site]), detections, 160)
    tracks = snapshot(bank, 160.0, SETTINGS)
    assert (list(tracks.track_id), list(tracks.code)) == ([2], [77])


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
