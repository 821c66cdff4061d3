"""One track of one sensor against a plain extended IMM with the same start: the bank adds nothing of its own."""

import numpy as np
import pytest

from skypact.estimate import Modes, imm_predict, imm_update, mixture
from skypact.track import TrackerSettings, advance, new_bank, snapshot
from tests.track.world import Site, level_flight, observe, table

SETTINGS = TrackerSettings()


def test_a_lone_track_is_the_plain_filter():
    site = Site(revisit=4.0, rotates=False)
    sensors = table([site])
    flight = level_flight(30e3, 60e3, 8e3, 220.0, 75.0, 60)
    detections, _ = observe([site], [flight], 40, np.random.default_rng(1))
    bank = new_bank(8)
    advance(bank, sensors, detections, 0, 1, None, 1.0, SETTINGS)
    arrays = bank.arrays
    row = int(arrays.lists[0, 0])
    modes = Modes(arrays.mean[row].copy(), arrays.cov[row].copy(), arrays.mode[row].copy())
    for i in range(1, len(detections.t_ns)):
        t = detections.t_ns[i] * 1e-9
        advance(bank, sensors, detections, i, i + 1, None, t + 0.5, SETTINGS)
        modes = imm_predict(modes, 4.0, SETTINGS.vector, mixes=i > 1)
        if i == 1:
            modes = _about_the_plot(modes, detections, i, sensors)
        else:
            modes, _ = imm_update(
                modes,
                detections.z[i],
                detections.sigma[i],
                sensors.pos_ecef_m[0],
                sensors.rot_enu_from_ecef[0],
            )
    mean, cov = mixture(modes)
    found = snapshot(bank, t, SETTINGS)
    assert len(found) == 1
    assert np.linalg.norm(found.mean_ecef[0, :3] - mean[:3]) < 15.0
    assert np.linalg.norm(found.mean_ecef[0, 3:] - mean[3:]) < 2.0
    assert np.sqrt(np.trace(found.cov_ecef[0, :3, :3])) == pytest.approx(
        np.sqrt(np.trace(cov[:3, :3])), rel=0.1
    )


def _about_the_plot(modes, detections, i, sensors):
    """The second plot's update as a linear one in Cartesian coordinates, each mode by the textbook."""
    r, b, e = detections.z[i, :3]
    rot, origin = sensors.rot_enu_from_ecef[0], sensors.pos_ecef_m[0]
    east, north, up = np.cos(e) * np.sin(b), np.cos(e) * np.cos(b), np.sin(e)
    place = origin + rot.T @ (r * np.array([east, north, up]))
    J = rot.T @ np.array(
        [
            [east, r * np.cos(e) * np.cos(b), -r * np.sin(e) * np.sin(b)],
            [north, -r * np.cos(e) * np.sin(b), -r * np.sin(e) * np.cos(b)],
            [up, 0.0, r * np.cos(e)],
        ]
    )
    R = J @ np.diag(detections.sigma[i, :3] ** 2) @ J.T
    H = np.hstack([np.eye(3), np.zeros((3, 3))])
    means, covs, weight = [], [], []
    for j in range(3):
        S = H @ modes.cov[j] @ H.T + R
        K = modes.cov[j] @ H.T @ np.linalg.inv(S)
        nu = place - modes.mean[j][:3]
        means.append(modes.mean[j] + K @ nu)
        covs.append(modes.cov[j] - K @ S @ K.T)
        weight.append(
            modes.probability[j] * np.exp(-0.5 * nu @ np.linalg.solve(S, nu)) / np.sqrt(np.linalg.det(S))
        )
    return Modes(np.array(means), np.array(covs), np.array(weight) / np.sum(weight))
