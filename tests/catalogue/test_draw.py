"""Catalogues whose values are drawn from their intervals: half below the nominal value, half above, keyed by name."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from skypact import catalogue
from skypact.catalogue import Parameter, drawn, parameters, split_uniform, value_of
from skypact.kernels.random import run_key
from skypact.model.catalogue import Value
from skypact.model.codes import SensorKind
from skypact.run.radar import directivity_share, search_share

DATA = Path(__file__).resolve().parents[2] / "src/skypact/data/catalogue"
LIGHT_MPS = 299_792_458.0
RUNS = 800
FOLLOWS = {"gain_db", "prf_hz", "revisit_track_s", "revisit_cued_s", "rcs_side_m2"}
FOLLOWS |= {"pulses", "coherent_pulses", "fence_rad"}
"""Values that are moved, after they are drawn, by others of their class."""


@pytest.fixture(scope="module")
def classes():
    return catalogue.load({name: (DATA / name).read_text("utf-8") for name in catalogue.FILES})


@pytest.fixture(scope="module")
def worlds(classes):
    return [drawn(classes, *run_key(7, run)) for run in range(RUNS)]


def column(worlds, parameter):
    return np.array([value_of(world, parameter).value for world in worlds])


def value(low, nominal, high):
    return Value(nominal, low, high, "1", "assumption: made up")


def test_half_the_draws_lie_on_each_side_of_the_nominal_value(classes, worlds):
    spread = math.sqrt(0.25 / RUNS)
    tested = 0
    for parameter in parameters(classes):
        nominal = value_of(classes, parameter)
        if parameter.key in FOLLOWS or not nominal.low < nominal.value < nominal.high:
            continue
        found = column(worlds, parameter)
        tied = np.mean(found == nominal.value)
        below = np.mean(found < nominal.value)
        assert below - 4.5 * spread <= 0.5 <= below + tied + 4.5 * spread, parameter
        tested += 1
    assert tested > 300


def test_draws_fill_their_intervals_and_stay_in_them(classes, worlds):
    for parameter in parameters(classes):
        if parameter.key in FOLLOWS:
            continue
        nominal, found = value_of(classes, parameter), column(worlds, parameter)
        assert nominal.low <= found.min() <= found.max() <= nominal.high, parameter
        if nominal.low < nominal.value < nominal.high:
            assert found.min() < nominal.value < found.max(), parameter


@given(
    st.floats(1e-6, 1e6), st.floats(0.0, 1.0), st.floats(1.0, 1e4), st.floats(0.0, 1.0), st.floats(0.0, 1.0)
)
def test_the_law_rises_from_the_least_to_the_greatest_through_the_nominal_as_median(low, share, span, a, b):
    high = low * span
    of = value(low, low + share * (high - low), high)
    assert split_uniform(of, 0.0) == pytest.approx(low)
    assert split_uniform(of, 0.5) == pytest.approx(of.value)
    assert split_uniform(of, 1.0) == pytest.approx(high)
    first, second = (split_uniform(of, u) for u in sorted((a, b)))
    assert first <= second * (1.0 + 1e-12)


def test_each_half_is_even_and_even_in_logarithms_over_more_than_a_decade():
    assert split_uniform(value(2.0, 4.0, 8.0), 0.25) == pytest.approx(3.0)
    assert split_uniform(value(2.0, 4.0, 8.0), 0.75) == pytest.approx(6.0)
    assert split_uniform(value(1e-7, 1e-6, 1e-5), 0.25) == pytest.approx(10**-6.5)
    assert split_uniform(value(1e-7, 1e-6, 1e-5), 0.75) == pytest.approx(10**-5.5)
    assert split_uniform(value(1.0, 2.0, 10.0), 0.75) == pytest.approx(6.0)
    assert split_uniform(value(0.0, 2.0, 100.0), 0.75) == pytest.approx(51.0)


def test_a_run_draws_the_same_values_always_and_another_run_draws_others(classes, worlds):
    again = drawn(classes, *run_key(7, 3))
    assert again == worlds[3]
    named = parameters(classes)
    same = [value_of(worlds[3], p).value == value_of(worlds[4], p).value for p in named]
    assert np.mean(same) < 0.1


def test_draws_hang_on_names_and_not_on_order_or_on_what_else_there_is(classes, worlds):
    fewer = replace(classes, sensors=dict(reversed(list(classes.sensors.items())[2:6])), threats={})
    found = drawn(fewer, *run_key(7, 0))
    for name, kind in found.sensors.items():
        assert kind == worlds[0].sensors[name]
    turned = {
        name: replace(kind, values=dict(reversed(kind.values.items())))
        for name, kind in classes.sensors.items()
    }
    found = drawn(replace(classes, sensors=turned), *run_key(7, 0))
    for name, kind in found.sensors.items():
        assert dict(kind.values) == dict(worlds[0].sensors[name].values)


def test_values_of_a_class_and_classes_are_drawn_independently(classes, worlds):
    names = [
        Parameter("sensors", "search_radar", "peak_power_w"),
        Parameter("sensors", "search_radar", "losses_db"),
        Parameter("sensors", "coastal_radar", "losses_db"),
        Parameter("interceptors", "upper_tier", "kill.ballistic"),
        Parameter("threats", "cruise", "rcs_m2"),
    ]
    correlation = np.corrcoef([column(worlds, name) for name in names])
    assert np.abs(correlation - np.eye(len(names))).max() < 5.0 / math.sqrt(RUNS)


def test_what_has_no_interval_or_is_left_alone_is_unchanged(classes, worlds):
    named = set(parameters(classes))
    for group in ("sensors", "interceptors", "threats"):
        for name, kind in getattr(classes, group).items():
            for key, nominal in kind.values.items():
                new = getattr(worlds[0], group)[name].values[key]
                assert replace(new, value=0.0) == replace(nominal, value=0.0)
                if Parameter(group, name, key) not in named:
                    assert new == nominal or key in FOLLOWS, (name, key)
    left = {"stock", "range_max_m", "range_min_m", "speed_mps", "height_m", "loft", "popup_height_m"}
    assert not {p for p in named if p.group == "threats" and p.key in left}
    assert not {p for p in named if p.key == "stock"}
    assert Parameter("threats", "srbm", "rcs_m2") in named
    assert Parameter("sensors", "search_radar", "range_max_m") in named


def test_whole_numbers_stay_whole(worlds):
    for world in worlds[:200]:
        for kind in world.sensors.values():
            for key in (
                "pulses",
                "coherent_pulses",
                "swerling",
                "canceller",
                "stagger",
                "plots_max",
                "receivers",
            ):
                if key in kind.values:
                    assert kind.values[key].value == round(kind.values[key].value)
        for unit in world.interceptors.values():
            assert unit.values["channels"].value == round(unit.values["channels"].value)


def test_what_belongs_together_stays_together(classes, worlds):
    for world in worlds:
        for group in (world.sensors, world.interceptors, world.threats):
            for kind in group.values():
                for stem, unit in (("range", "m"), ("altitude", "m"), ("elevation", "rad")):
                    least, most = (kind.values.get(f"{stem}_{end}_{unit}") for end in ("min", "max"))
                    assert least is None or most is None or least.value < most.value, kind.name
        for kind in world.threats.values():
            assert kind.values["rcs_side_m2"].value >= kind.values["rcs_m2"].value
        for kind in world.sensors.values():
            value = {key: entry.value for key, entry in kind.values.items()}
            if kind.kind == SensorKind.RADAR:
                assert search_share(kind) <= 1.0 + 1e-9, kind.name
                assert 1 <= value["pulses"] <= kind.values["pulses"].high
                assert 1 <= value["coherent_pulses"] <= kind.values["coherent_pulses"].high
                assert directivity_share(kind) == pytest.approx(directivity_share(classes.sensors[kind.name]))
            if "fence_rad" in value:
                fence = kind.values["fence_rad"]
                assert fence.low <= fence.value <= fence.high, kind.name
                assert value["elevation_min_rad"] < fence.value < value["elevation_max_rad"], kind.name
            if "prf_hz" in value:
                assert value["prf_hz"] * 2.0 * value["range_max_m"] <= LIGHT_MPS * (1.0 + 1e-12), kind.name
            if "revisit_track_s" in value:
                assert value["revisit_cued_s"] <= value["revisit_track_s"] <= value["revisit_s"]


def test_a_narrower_beam_has_more_gain_which_is_not_drawn_by_itself(classes, worlds):
    assert not {p for p in parameters(classes) if p.key == "gain_db"}
    radar = classes.sensors["search_radar"].values
    nominal = radar["beam_azimuth_rad"].value * radar["beam_elevation_rad"].value
    found = [world.sensors["search_radar"].values for world in worlds]
    solid = np.array([v["beam_azimuth_rad"].value * v["beam_elevation_rad"].value for v in found])
    gain = np.array([v["gain_db"].value for v in found])
    np.testing.assert_allclose(gain, radar["gain_db"].value - 10.0 * np.log10(solid / nominal), rtol=1e-12)
    assert np.ptp(gain) > 0.5


def test_a_search_without_the_time_takes_fewer_pulses_and_a_lower_fence(classes, worlds):
    radar = classes.sensors["search_radar"]
    found = [search_share(world.sensors["search_radar"]) for world in worlds]
    assert np.mean(np.array(found) > 0.9999) > 0.2  # the fence is the highest that fits
    alone = {
        key: value if key == "fence_rad" else replace(value, low=value.value, high=value.value)
        for key, value in radar.values.items()
    }
    made = replace(classes, sensors={"search_radar": replace(radar, values=alone)})
    fences = [
        drawn(made, *run_key(2, run)).sensors["search_radar"].values["fence_rad"].value for run in range(200)
    ]

    def pulses(fence: float) -> float:  # rows of 2 deg from -1 deg on, four pulses each
        above = quad(lambda e: (math.sin(math.radians(fence)) / math.sin(math.radians(e))) ** 2, fence, 25.0)
        return 4.0 * (fence + 1.0 + float(above[0])) / 2.0

    fitting = brentq(lambda fence: pulses(fence) - 300.0 * 10.0 * 1.4 / 360.0, 1.0, 4.0)
    assert math.degrees(max(fences)) == pytest.approx(fitting, rel=1e-6)
    assert np.mean(np.array(fences) > max(fences) - 1e-9) > 0.2
    slow = {**alone, "revisit_s": replace(alone["revisit_s"], value=4.0, low=4.0, high=4.0)}
    made = replace(classes, sensors={"search_radar": replace(radar, values=slow)})
    hurried = drawn(made, *run_key(2, 0)).sensors["search_radar"].values
    assert hurried["pulses"].value == 3  # 4.7 pulses a column over the 1.48 rows of the least fence


def test_a_least_value_drawn_above_its_greatest_leaves_both_nominal(classes):
    kind = classes.interceptors["gun"]
    overlapping = {
        "range_min_m": Value(100.0, 90.0, 400.0, "m", "assumption: made up"),
        "range_max_m": Value(200.0, 110.0, 210.0, "m", "assumption: made up"),
    }
    made = replace(classes, interceptors={"gun": replace(kind, values={**kind.values, **overlapping})})
    kept = 0
    for run in range(200):
        value = drawn(made, *run_key(1, run)).interceptors["gun"].values
        assert value["range_min_m"].value < value["range_max_m"].value
        kept += value["range_min_m"].value == 100.0 and value["range_max_m"].value == 200.0
    assert 20 < kept < 180
