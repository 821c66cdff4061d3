"""What levels share is computed once; the result is what each would have been alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.model.codes import EventKind, ObjectClass
from skypact.model.detection import Sensed
from skypact.model.network import I8, SensingTable
from skypact.model.record import COMMON_LEVEL, TABLES, Columns
from skypact.model.truth import Truth
from skypact.run.build import Wired
from skypact.run.level import new_levels
from skypact.run.paired import prepare, run_pair, span_s
from skypact.run.pipeline import step
from skypact.run.plan import Plan
from skypact.run.state import NEVER_NS
from skypact.sense import sense
from tests.run.conftest import wired_small


def _of_level(table: Columns, level: int) -> Columns:
    rows = table["level"] == level
    return {name: column[rows] for name, column in table.items() if name not in ("level", "picture")}


@pytest.mark.slow
@pytest.mark.parametrize("run", [0, 1])
def test_levels_evaluated_together_equal_each_evaluated_alone_bit_by_bit(
    four_levels: Wired, run: int
) -> None:
    together = run_pair(four_levels, run, 1)
    for index, rules in enumerate(four_levels.levels):
        alone = run_pair(wired_small((rules.level,)), run, 1)
        for name in TABLES:
            for level_there, level_here in ((index, 0), (COMMON_LEVEL, COMMON_LEVEL)):
                mine, other = _of_level(together[name], level_there), _of_level(alone[name], level_here)
                for column, values in mine.items():
                    assert np.array_equal(values, other[column], equal_nan=values.dtype.kind == "f"), (
                        f"{rules.level}: {name}.{column}"
                    )
    kills = (together["events"]["kind"] == EventKind.OUTCOME) & (together["events"]["other"] == 1)
    if run == 0:
        # The proof is worth something only if the raids of the levels do come apart.
        assert kills.any()


def test_levels_whose_raids_stay_the_same_share_their_trackers_even_after_kills() -> None:
    """Warnings change no shot in this run, so `warnings` follows `national`; `full` kills at other instants."""
    names = ("national", "warnings", "full")
    plan, sensed = prepare(wired_small(names), 0, 1)
    levels = new_levels(plan, sensed, 0)
    start_s, end_s = span_s(plan.wired, plan.truth)
    period_s = plan.wired.scenario.settings.picture_period_s
    for k in range(1, round((end_s - start_s) / period_s) + 1):
        step(plan, levels, start_s + k * period_s)
    national, warnings, full = levels
    assert (national.dead_ns < NEVER_NS).any()
    assert np.array_equal(national.dead_ns, warnings.dead_ns)
    assert not np.array_equal(national.dead_ns, full.dead_ns)
    for pool, cell in national.cells.items():
        assert warnings.cells[pool] is cell
        assert cell.levels == sorted(cell.levels)
        assert {level.index for level in levels if level.cells.get(pool) is cell} == set(cell.levels)
        assert cell.family[cell.history] is cell
    assert any(cell.history for cell in national.cells.values())
    assert any(full.cells[pool] is not cell for pool, cell in national.cells.items())


def test_what_was_sensed_for_all_is_what_would_be_sensed_for_the_objects_still_alive(
    four_levels: Wired,
) -> None:
    """Bit by bit where no two objects share a cell; else but for plots that a dead object had a part in."""
    plan, _ = prepare(four_levels, 0, 1)
    network = four_levels.network
    tables = (network.sensors, network.sensing)
    apart = replace(
        network.sensing,
        cell_range_m=np.where(np.isnan(network.sensing.cell_range_m), np.nan, 1e-6),
        plots_max=np.zeros_like(network.sensing.plots_max),
    )
    dead = np.flatnonzero(plan.truth.object_class != ObjectClass.CIVIL)[::2]
    alive = _without(plan.truth, dead)
    for sensing, exactly in ((apart, True), (tables[1], False)):
        whole, again = (_sensed(four_levels, plan, sensing, truth) for truth in (plan.truth, alive))
        reused = ~np.isin(whole.object, dead)
        assert reused.sum() < len(reused)
        before, after = whole.detections, again.detections
        shared, mine, other = np.intersect1d(
            before.detection_id[reused], after.detection_id, return_indices=True
        )
        for name in ("t_ns", "ready_ns", "sensor", "z", "sigma", "snr_db", "code", "detection_id"):
            columns = getattr(before, name)[reused], getattr(after, name)
            if exactly:
                assert np.array_equal(*columns, equal_nan=columns[0].dtype.kind == "f"), name
            else:
                same = columns[0][mine] == columns[1][other]
                same |= (columns[0][mine] != columns[0][mine]) & (columns[1][other] != columns[1][other])
                assert same.mean() > 0.98, name
        if not exactly:
            assert len(shared) > 0.98 * max(reused.sum(), len(after.detection_id))


def _sensed(wired: Wired, plan: Plan, sensing: SensingTable, truth: Truth) -> Sensed:
    start_s, end_s = span_s(wired, plan.truth)
    sensors, around = wired.network.sensors, plan.surroundings
    return sense(sensors, sensing, plan.bias, around, truth, plan.k0, plan.k1, start_s, end_s, True)


def _without(truth: Truth, dead: I8) -> Truth:
    """The truth of the other objects."""
    kept = np.setdiff1d(np.arange(len(truth.key)), dead)
    rows = {name: getattr(truth, name)[kept] for name in _ROW_FIELDS}
    offset, states, phases = [0], [], []
    for i in kept:
        states.append(truth.state[truth.offset[i] : truth.offset[i + 1]])
        phases.append(truth.phase[truth.offset[i] : truth.offset[i + 1]])
        offset.append(offset[-1] + len(states[-1]))
    return Truth(
        **rows,
        type_names=truth.type_names,
        family=truth.family,
        offset=np.array(offset, np.int64),
        state=np.concatenate(states),
        phase=np.concatenate(phases),
    )


_ROW_FIELDS = (
    "key",
    "object_class",
    "type_index",
    "nation",
    "code",
    "false_code",
    "silent_s",
    "position_sigma_m",
    "emits",
    "rcs_m2",
    "rcs_side_ratio",
    "launch_s",
    "burnout_s",
    "end_s",
    "place",
    "end_ecef_m",
    "first_s",
)


RUN = 1
"""A run in which nothing is alerted in the time by which the start is moved: a false alert there would be one more."""


@pytest.mark.slow
def test_starting_earlier_changes_nothing_of_what_is_scored() -> None:
    levels = ("today", "full")
    usual = run_pair(wired_small(levels), RUN, 1)["events"]
    earlier_by_s = 120.0
    lead_in_s = wired_small(levels).scenario.settings.lead_in_s + earlier_by_s
    earlier = run_pair(wired_small(levels, lead_in_s=lead_in_s), RUN, 1)["events"]
    raid = _raid_keys(levels)
    for kind in (EventKind.LAUNCH, EventKind.FIRST_DETECTION, EventKind.ARRIVAL):
        assert _rows(usual, kind, raid) == _rows(earlier, kind, raid), kind.name
    for kind in (EventKind.ALERT, EventKind.ALL_CLEAR, EventKind.SHOT, EventKind.OUTCOME):
        columns = (
            "level",
            "t_ns",
            "nation",
            "place",
            "battery",
            "other" if kind != EventKind.SHOT else "place",
        )
        mine = [tuple(usual[c][i] for c in columns) for i in np.flatnonzero(usual["kind"] == kind)]
        other = [tuple(earlier[c][i] for c in columns) for i in np.flatnonzero(earlier["kind"] == kind)]
        assert mine == other, kind.name


def _raid_keys(levels: tuple[str, ...]) -> set[int]:
    plan, _ = prepare(wired_small(levels), RUN, 1)
    classes = plan.truth.object_class
    return {int(k) for k in plan.truth.key[classes < ObjectClass.CIVIL]}


def _rows(events: Columns, kind: EventKind, raid: set[int]) -> list[tuple[int, int, int, int]]:
    return [
        (int(events["t_ns"][i]), int(events["object"][i]), int(events["nation"][i]), int(events["place"][i]))
        for i in np.flatnonzero(events["kind"] == kind)
        if int(events["object"][i]) in raid
    ]
