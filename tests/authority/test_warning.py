"""Lead times of one radar and one missile against the closed form: arrival less entry, looks and latency of the alert.

The radar detects with certainty all that is nearer than its range, without noise, bias or false plots, once every
revisit; a track is confirmed by two looks of two. So the alert comes at the first epoch at which the second look after
the missile's entry into coverage is ready, and the lead time is the arrival less that.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.model.network import F8
from skypact.model.truth import Truth
from skypact.run.build import Treatments, Wired
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import load
from skypact.run.paired import evaluate, prepare
from skypact.score import score_run
from skypact.score.alert import public_rung
from skypact.track import TrackerSettings

DELAY_S, EPOCH_S = 0.5, 1.0
SCENARIO = """
name: one-radar
title: One radar, one missile
runs: 1
seed: 1
levels: [national]
nations: {KWT: Kuwait}
region: {south: 22, north: 34, west: 42, east: 56}
settings:
  {lead_in: 1 min, tail: 30 s, picture_period: 1 s, message_period: 1 s, snapshot_period: 10 s}
places:
  - {name: Kuwait City, nation: KWT, at: {lat: 29.37, lon: 47.98, notional: true}, radius: 40 km, population: 1000000}
sensors:
  - {name: radar, class: multifunction_radar, nation: KWT, at: {lat: 29.3, lon: 48.05, notional: true}, faces: 90 deg}
policy: {full_delay: 1 s, nations: {KWT: {today: [], pact: []}}}
traffic: {aircraft: 0}
launch_regions:
  - {name: east, at: {lat: 29.4, lon: 53.5, notional: true}, radius: 10 km}
families:
  - name: lone
    title: One missile
    groups:
      - {threat: srbm, count: [1, 1], launch: [east], aims: {Kuwait City: 1}, start: [1 min, 2 min]}
"""


def perfected(wired: Wired, range_m: float, revisit_s: float) -> Wired:
    """The scenario with a radar that sees all within its range at every look, exactly."""
    network = wired.network
    sensors = replace(
        network.sensors,
        range_max_m=np.array([range_m]),
        revisit_s=np.array([revisit_s]),
        delay_s=np.array([DELAY_S]),
        sigma_range_m=np.array([20.0]),
        sigma_bearing_rad=np.array([2e-4]),
        sigma_elevation_rad=np.array([2e-4]),
        elevation_min_rad=np.array([-0.1]),
        elevation_max_rad=np.array([0.5 * math.pi]),
        sector_rad=np.array([2.0 * math.pi]),
        bias_sigma=np.full((1, 4), 1e-9),
        false_plots=np.zeros(1),
    )
    sensing = replace(
        network.sensing,
        revisit_track_s=np.array([np.nan]),
        revisit_cued_s=np.array([np.nan]),
        fence_rad=np.array([np.nan]),
        snr_db_100km_1m2=np.array([90.0]),
        swerling=np.zeros(1, np.uint8),
        pfa=np.array([1e-12]),
        drift_sigma=np.zeros((1, 4)),
    )
    return replace(wired, network=replace(network, sensors=sensors, sensing=sensing))


def seen_from(wired: Wired, truth: Truth, t_s: F8) -> tuple[F8, F8]:
    """Slant range (m) and bearing (rad) of the missile from the radar, by linear interpolation of its path."""
    sensors = wired.network.sensors
    site = sensors.lat_rad[0], sensors.lon_rad[0]
    path = truth.state[truth.offset[0] : truth.offset[1], :3]
    at_s = truth.first_s[0] + np.arange(len(path))
    there = np.column_stack([np.interp(t_s, at_s, path[:, axis]) for axis in range(3)])
    local = (there - ecef_from_geodetic(*site, sensors.height_m[0])) @ rot_enu_from_ecef(*site).T
    return np.linalg.norm(local, axis=1), np.arctan2(local[:, 0], local[:, 1]) % (2.0 * math.pi)


def analytic_lead_s(wired: Wired, truth: Truth, range_m: float, revisit_s: float) -> float:
    """Arrival less the epoch of the alert, from the path alone."""
    t_s = np.arange(truth.launch_s[0], truth.end_s[0], 0.001)
    slant_m, bearing_rad = seen_from(wired, truth, t_s)
    entry = int(np.flatnonzero(slant_m <= range_m)[0])
    assert entry > 0
    # The beam passes a bearing once a revisit: look k is at k revisits and the share of a turn that the bearing is.
    phase_s = wired.network.sensing.scan_phase_s[0] + bearing_rad[entry] / (2.0 * math.pi) * revisit_s
    first_s = phase_s + math.ceil((t_s[entry] - phase_s) / revisit_s) * revisit_s
    alert_s = math.ceil((first_s + revisit_s + DELAY_S) / EPOCH_S) * EPOCH_S
    return float(truth.end_s[0]) - alert_s


@pytest.mark.parametrize(("range_km", "revisit_s"), [(150, 2.0), (90, 2.0), (120, 5.0), (150, 10.0)])
def test_the_lead_time_of_one_radar_is_the_analytic_one_within_a_second(
    tmp_path: Path, range_km: int, revisit_s: float
) -> None:
    file = tmp_path / "one-radar.yaml"
    file.write_text(SCENARIO)
    request = Request(load(str(file)), 1, 1, ("national",), Treatments(), 1, tmp_path)
    wired, manifest = prepare_campaign(request)
    wired = perfected(wired, range_km * 1e3, revisit_s)
    plan, sensed = prepare(wired, 0, 1)
    assert plan.truth.place.tolist() == [0]
    plan = replace(plan, tracker=TrackerSettings(confirm_hits=2, confirm_looks=2.0))
    scores = score_run(evaluate(plan, sensed, 0), manifest)
    reported_s = float(scores.objects["warning_s"][0, public_rung(manifest)])
    expected_s = analytic_lead_s(wired, plan.truth, range_km * 1e3, revisit_s)
    assert expected_s > 2.0 * revisit_s
    assert abs(reported_s - expected_s) <= 1.0
