"""What objects tell of themselves: codes true and false, positions of a stated quality, emissions; and their shape."""

from __future__ import annotations

import dataclasses
import math
from importlib.resources import files

import numpy as np
import pytest

from skypact.catalogue import FILES, load
from skypact.errors import UsageError
from skypact.model.codes import (
    FIRST_CHANGING_CODE,
    FIRST_CIVIL_CODE,
    FIRST_FRIENDLY_CODE,
    NO_CODE,
    ObjectClass,
)
from skypact.model.scenario import RaidFamily, Traffic
from tests.truth import test_raid, world
from tests.truth.test_traffic import draw

LIARS = Traffic(400, 0.2, 0.3, 0.1, 0.1, 0.25)


@pytest.fixture(scope="module")
def sky():
    return draw(traffic=LIARS)


def test_false_codes_are_of_the_other_kinds_block_by_the_share(sky):
    friendly = sky.object_class == ObjectClass.FRIENDLY
    works = sky.code != NO_CODE
    military_code = sky.code >= FIRST_FRIENDLY_CODE
    assert (military_code[works] == (friendly ^ sky.false_code)[works]).all()
    assert not sky.false_code[~works].any()
    for kind in (friendly, ~friendly):
        n = (kind & works).sum()
        assert sky.false_code[kind & works].mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.19 / n))
    assert len(set(sky.code[works])) == works.sum()
    civil = sky.code[works & ~military_code]
    assert (civil >= FIRST_CIVIL_CODE).all()
    assert (civil < FIRST_CHANGING_CODE).all()


def test_without_liars_only_the_codes_are_others(sky):
    honest = draw(traffic=dataclasses.replace(LIARS, false_code_share=0.0))
    assert not honest.false_code.any()
    assert honest.state.tobytes() == sky.state.tobytes()
    assert (honest.code[~sky.false_code] == sky.code[~sky.false_code]).all()
    assert np.array_equal(honest.position_sigma_m, sky.position_sigma_m, equal_nan=True)


def test_transponders_fail_on_the_way_by_their_share_at_any_time_of_the_flight_and_change_nothing_else(sky):
    failing = draw(traffic=dataclasses.replace(LIARS, failing_transponder_share=0.4))
    works = sky.code != NO_CODE
    assert np.isinf(sky.silent_s).all()
    fails = np.isfinite(failing.silent_s)
    assert not fails[~works].any()
    assert fails[works].mean() == pytest.approx(0.4, abs=4 * math.sqrt(0.24 / works.sum()))
    assert (failing.silent_s[fails] > failing.launch_s[fails]).all()
    for name in ("key", "code", "false_code", "state"):
        assert getattr(failing, name).tobytes() == getattr(sky, name).tobytes()
    # What is in the air at some time of a run began at any time before: among those, some have failed already.
    assert 0.1 < (failing.silent_s[fails] < failing.end_s[fails]).mean() < 1.0


def test_positions_have_the_quality_of_a_category_within_the_class(sky):
    works = sky.code != NO_CODE
    assert np.isnan(sky.position_sigma_m[~works]).all()
    threats = world.catalogue().threats
    bounds = np.array([3.0, 10.0, 30.0, 92.6, 185.2, 555.6]) / 2.4477
    for name in ("airliner", "private", "military"):
        mine = works & (sky.type_index == sky.type_names.index(name))
        interval = threats[name].values["position_sigma_m"]
        allowed = np.clip(bounds, interval.low, interval.high)
        found = sky.position_sigma_m[mine]
        assert np.abs(found[:, None] - allowed[None, :]).min(axis=1).max() < 0.01
        assert len(set(found.round(3))) >= 3


def test_shares_of_the_categories_are_the_stated_ones():
    truth = draw(traffic=Traffic(900, 0.0, 0.0, 0.0, 0.0, 0.0))
    bounds = np.array([10.0, 30.0, 92.6]) / 2.4477  # 3 m and 185 m and above fall on the ends of the class
    share = [(np.abs(truth.position_sigma_m - bound) < 0.01).mean() for bound in bounds]
    assert share == pytest.approx([0.35, 0.40, 0.17], abs=0.06)


@pytest.mark.parametrize("name", ["airliner", "private", "military"])
def test_no_category_is_cut_off_by_a_class_as_delivered(name):
    folder = files("skypact") / "data" / "catalogue"
    classes = load({file: (folder / file).read_text("utf-8") for file in FILES})
    interval = classes.threats[name].values["position_sigma_m"]
    assert interval.low < 3.0 / 2.4477
    assert interval.high > 555.6 / 2.4477


def test_what_emits_does_so_by_the_share_of_its_class():
    truth = test_raid.draw()
    cruise = truth.type_index == truth.type_names.index("cruise")
    assert 0 < truth.emits[cruise].sum() < cruise.sum()
    assert not truth.emits[truth.object_class == ObjectClass.BALLISTIC].any()  # the class has no such value
    sky = draw(traffic=Traffic(400, 0.2, 0.2, 0.1, 0.0, 0.0))
    assert sky.emits.mean() == pytest.approx(0.9, abs=0.05)


def test_broadside_is_larger_by_the_class(sky):
    truth = test_raid.draw()
    cruise = truth.type_index == truth.type_names.index("cruise")
    assert (truth.rcs_side_ratio[cruise] == 10.0).all()
    assert (truth.rcs_side_ratio[~cruise] == 1.0).all()


def liars(share, **changes):
    groups = tuple(
        dataclasses.replace(group, false_code_share=share, **changes) for group in world.families()[0].groups
    )
    return (RaidFamily("wide", "wide", groups),)


def test_raid_objects_reply_with_civil_codes_by_the_share_of_their_group():
    truth = test_raid.draw(families=liars(0.3), traffic=Traffic(200, 0.2, 0.2, 0.1, 0.0, 0.0))
    raid = truth.key < 1 << 20
    assert truth.false_code[raid].mean() == pytest.approx(0.3, abs=0.15)
    assert ((truth.code != NO_CODE) == truth.false_code)[raid].all()
    told = truth.code[raid & truth.false_code]
    assert (told >= FIRST_CIVIL_CODE).all()
    assert (told < FIRST_CHANGING_CODE).all()
    assert np.isfinite(truth.position_sigma_m[raid & truth.false_code]).all()
    works = truth.code[truth.code != NO_CODE]
    assert len(set(works)) == len(works)


def test_a_false_code_changes_no_flight():
    plain, lying = test_raid.draw(), test_raid.draw(families=liars(1.0))
    assert lying.state.tobytes() == plain.state.tobytes()
    assert lying.false_code.all()
    assert not plain.false_code.any()


def test_more_liars_than_codes_are_refused():
    groups = tuple(
        dataclasses.replace(
            world.families()[0].groups[0], count_low=0, count_high=4_000, false_code_share=0.1
        )
        for _ in range(26)
    )
    with pytest.raises(UsageError, match="false codes of family"):
        test_raid.draw(families=(RaidFamily("many", "many", groups),))
