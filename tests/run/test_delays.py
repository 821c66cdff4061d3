"""Nothing is used before it can have arrived, and a salvo meets what is really there."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.errors import UsageError
from skypact.kernels.random import run_key
from skypact.model.codes import Content
from skypact.model.scenario import Policy, Release
from skypact.run.build import Wired, _refuse_late_detections
from skypact.run.carriage import Feed
from skypact.run.outcome import BASKET_M, _met
from skypact.run.paired import prepare
from skypact.run.state import own_pool, stream_for
from skypact.share import rules_for

SECOND = 1_000_000_000


def test_each_nation_of_a_pool_is_late_by_its_own_delay_and_no_other(four_levels: Wired) -> None:
    plan, sensed = prepare(four_levels, 0, 1)
    sensors = four_levels.network.sensors
    stream = stream_for((Feed(0, 0.0), Feed(1, 4.0)), sensed, sensors, len(plan.truth.key))
    owner = sensors.nation[stream.detections.sensor]
    late_ns = stream.use_ns - stream.detections.ready_ns
    assert set(late_ns[owner == 0]) == {0}
    assert set(late_ns[owner == 1]) == {4 * SECOND}
    assert np.all(np.diff(stream.use_ns) >= 0)
    alone = stream_for(own_pool(1), sensed, sensors, len(plan.truth.key))
    assert set(alone.use_ns - alone.detections.ready_ns) == {0}


def test_detections_too_late_for_any_tracker_are_refused_by_name() -> None:
    late = Release("AAA", ("BBB",), Content.DETECTIONS, 120.0, "assumption: late")
    policy = Policy({"pact": (late,)}, (), {}, {}, 1.0)
    rules = rules_for(policy, ("AAA", "BBB"), "pact", "pact", None, ())
    with pytest.raises(UsageError, match="detections from AAA to BBB"):
        _refuse_late_detections([rules], ("AAA", "BBB"))


def test_a_salvo_meets_the_living_before_the_dead_and_nothing_outside_its_basket() -> None:
    gap_m = np.array([100.0, 2_000.0, np.nan])
    assert _met(gap_m, np.array([False, True, True])) == 1
    assert _met(gap_m, np.array([False, False, True])) == 0
    assert _met(gap_m + BASKET_M, np.array([True, True, True])) == -1


def test_the_runs_of_a_campaign_have_keys_of_their_own() -> None:
    assert len({run_key(seed, run) for seed in range(4) for run in range(50)}) == 200
