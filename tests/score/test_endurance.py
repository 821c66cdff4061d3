"""Several days made by hand: what is stopped, what is left, how long it lasts, and what a level changes."""

from __future__ import annotations

import numpy as np
import pytest

from skypact.score.endurance import Chains, RaidScore, by_day, endurance_rows
from skypact.score.summary import ALL
from tests.record.tables import manifest

MANIFEST = manifest()
LEVELS, NATIONS, UNITS = len(MANIFEST.levels), len(MANIFEST.nations), len(MANIFEST.batteries)
CHAINS, DAYS = 6, 4


def made(stopped, fresh=None, counted=True, left=None):
    """Chains with ten objects a day for each nation; `stopped` [M, D] of these at level 0, all at the other levels."""
    shape = (CHAINS, DAYS, LEVELS, NATIONS)
    every = np.full(shape, 10)
    every[:, :, 0, :] = np.asarray(stopped)[:, :, None]
    rounds = np.full((CHAINS, DAYS, LEVELS, UNITS), 8) if left is None else left
    return Chains(
        scored=np.full((CHAINS, DAYS, NATIONS), 10),
        stopped=every,
        fired=np.full((CHAINS, DAYS, LEVELS, UNITS), 2),
        left=rounds,
        first=np.full(UNITS, 16),
        counted=np.full(UNITS, counted),
        fresh=None if fresh is None else np.broadcast_to(np.asarray(fresh)[:, :, None, None], shape).copy(),
    )


def row(found, nation, level):
    return next(r for r in found if r.nation == nation and r.level == MANIFEST.levels[level])


HARD_SECOND_DAY = np.tile([8, 2, 8, 8], (CHAINS, 1))


def test_a_hard_raid_is_not_taken_for_spent_rounds_where_the_control_was_played():
    nation = MANIFEST.nations[0]
    with_control = endurance_rows(made(HARD_SECOND_DAY, HARD_SECOND_DAY), MANIFEST, 1)
    assert row(with_control, nation, 0).fallen == 0
    assert row(with_control, nation, 0).totals["lasted"].value == DAYS
    without = endurance_rows(made(HARD_SECOND_DAY), MANIFEST, 1)
    assert row(without, nation, 0).fallen == CHAINS
    assert row(without, nation, 0).totals["lasted"].value == 1.0
    assert row(without, nation, 0).threshold == pytest.approx(0.4)


def test_protection_falls_on_the_first_day_below_half_of_what_full_stocks_stop():
    stopped = np.tile([8, 8, 5, 3], (CHAINS, 1))
    stopped[0] = [8, 8, 8, 8]
    found = row(endurance_rows(made(stopped, np.full((CHAINS, DAYS), 8)), MANIFEST, 1), ALL, 0)
    assert found.fallen == CHAINS - 1
    assert found.totals["lasted"].value == pytest.approx((4 + 5 * 3) / 6)
    assert found.survival is not None
    np.testing.assert_allclose(found.survival.share, [1.0, 1.0, 1.0, 1 / 6])
    assert found.days[3].lost is not None
    assert found.days[3].lost.value == pytest.approx((6 * 8 - 8 - 5 * 3) / 60)
    assert found.days[0].lost is not None
    assert (found.days[0].lost.low, found.days[0].lost.high) == (0.0, 0.0)


def test_a_stated_share_is_the_threshold_for_all():
    stopped = np.tile([8, 7, 6, 5], (CHAINS, 1))
    found = row(endurance_rows(made(stopped, np.full((CHAINS, DAYS), 8)), MANIFEST, 1, 0.65), ALL, 0)
    assert found.threshold == 0.65
    assert found.totals["lasted"].value == 2.0


def test_a_day_with_nothing_at_stake_ends_nothing():
    chains = made(np.tile([8, 0, 8, 8], (CHAINS, 1)))
    chains.scored[:, 1] = 0
    chains.stopped[:, 1] = 0
    assert row(endurance_rows(chains, MANIFEST, 1), ALL, 0).fallen == 0


def test_levels_are_compared_chain_by_chain_and_the_baseline_with_nothing():
    found = endurance_rows(made(np.tile([8, 2, 8, 8], (CHAINS, 1))), MANIFEST, 1)
    apart = row(found, ALL, 0).differences
    assert apart["stopped"].value == pytest.approx(-0.35)
    assert apart["stopped"].verdict == "worse"
    assert apart["lasted"].value == -3.0
    assert apart["left"].verdict == "identical"
    assert apart["left"].high > 0.0
    assert not row(found, ALL, 1).differences


def test_what_cannot_run_out_is_not_counted_as_rounds():
    found = endurance_rows(made(HARD_SECOND_DAY, counted=False), MANIFEST, 1)
    assert row(found, ALL, 0).totals["left"].n == 0
    assert row(found, ALL, 0).totals["price_usd"].value > 0.0


def test_the_raids_of_a_day_are_added_up():
    raids = [RaidScore(np.array([k]), np.array([[k]]), np.array([[2 * k]])) for k in range(6)]
    days = by_day(raids, 2)
    assert days.scored.tolist() == [[1], [5], [9]]
    assert days.fired.tolist() == [[[2]], [[10]], [[18]]]
