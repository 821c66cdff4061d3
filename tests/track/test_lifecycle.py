"""The life of tracks is the table's."""

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.model.codes import TrackStatus
from skypact.track import TrackerSettings, advance, new_bank
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
