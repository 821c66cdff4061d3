import math
from pathlib import Path

import pytest

from skypact import catalogue
from skypact.errors import InputError
from skypact.model.codes import HOSTILE_CLASSES, ObjectClass, SensorKind
from skypact.model.quantity import SI_UNIT

DATA = Path(__file__).resolve().parents[2] / "src/skypact/data/catalogue"


@pytest.fixture(scope="module")
def texts():
    return {name: (DATA / name).read_text("utf-8") for name in catalogue.FILES}


@pytest.fixture(scope="module")
def classes(texts):
    return catalogue.load(texts)


def every_value(classes):
    for group in (classes.sensors, classes.interceptors, classes.threats):
        for kind in group.values():
            yield from ((kind.name, key, value) for key, value in kind.values.items())
    for kind in classes.interceptors.values():
        yield from ((kind.name, target.name, value) for target, value in kind.kill.items())


def test_every_value_stands_in_its_interval_with_unit_and_source(classes):
    values = list(every_value(classes))
    assert len(values) > 300
    for name, key, value in values:
        assert value.low <= value.value <= value.high, (name, key)
        assert value.unit in SI_UNIT.values(), (name, key)
        assert len(value.source) > 12, (name, key)
        if value.source.startswith("assumption:"):
            assert len(value.source) > len("assumption: ") + 5, (name, key)


def test_names_of_values_say_the_unit_they_are_held_in(classes):
    suffix = {"_m": "m", "_s": "s", "_rad": "rad", "_mps": "m/s", "_m2": "m2", "_usd": "USD", "_mps2": "m/s2"}
    for name, key, value in every_value(classes):
        for end, unit in suffix.items():
            if key.endswith(end) and not key.endswith("_1m2"):
                assert value.unit == unit, (name, key)


def test_units_are_converted(classes):
    assert classes.sensors["search_radar"].values["range_max_m"].value == 470_000.0
    assert classes.sensors["search_radar"].values["bias_clock_s"].value == pytest.approx(0.02)
    assert classes.sensors["multifunction_radar"].values["sector_rad"].value == pytest.approx(2 * math.pi / 3)
    assert classes.threats["one_way_drone"].values["speed_mps"].value == pytest.approx(50.0)
    assert classes.interceptors["laser"].values["price_usd"].value == 3.5


def test_the_kinds_of_sensor_and_the_tiers_are_there(classes):
    assert {kind.kind for kind in classes.sensors.values()} == set(SensorKind)
    assert {kind.tier for kind in classes.interceptors.values()} == {"upper", "medium", "short", "laser"}
    able = {target for kind in classes.interceptors.values() for target in kind.kill}
    assert able == set(HOSTILE_CLASSES)
    flying = {kind.object_class for kind in classes.threats.values()}
    assert flying == {*HOSTILE_CLASSES, ObjectClass.CIVIL, ObjectClass.FRIENDLY}


@pytest.mark.parametrize(
    ("name", "rcs_m2", "stated_km"),
    [
        ("search_radar", 1.0, 375),
        ("early_warning_radar", 0.1, 400),
        ("xband_radar", 0.01, 850),
        ("multifunction_radar", 0.1, 160),
        ("multifunction_radar_360", 0.1, 135),
        ("gap_filler_radar", 0.05, 90),
        ("coastal_radar", 0.05, 80),
    ],
)
def test_radars_reach_as_far_as_their_source_says(classes, name, rcs_m2, stated_km):
    """Swerling 1: Pd = pfa^(1/(1+S)), with S falling by the fourth power of range (Skolnik 2008)."""
    values = classes.sensors[name].values
    needed = math.log(values["pfa"].value) / math.log(0.8) - 1.0
    surplus_db = values["snr_db_100km_1m2"].value + 10 * math.log10(rcs_m2) - 10 * math.log10(needed)
    assert 100.0 * 10 ** (surplus_db / 40.0) == pytest.approx(stated_km, rel=0.03)
    assert f"{stated_km} km" in values["snr_db_100km_1m2"].source


def test_a_satellite_errs_by_about_a_kilometre_on_the_ground(classes):
    values = classes.sensors["infrared_satellite"].values
    for lat in (20.0, 27.0, 35.0):
        centre = math.radians(lat)
        slant_m = math.hypot(42_164e3 - 6_371e3 * math.cos(centre), 6_371e3 * math.sin(centre))
        across_m = 6_371e3 * math.sin(centre) * values["sigma_bearing_rad"].value
        along_m = slant_m * values["sigma_elevation_rad"].value
        assert 500.0 < across_m < 3_000.0
        assert 500.0 < along_m < 3_000.0


def faults_of(texts, file, *pairs):
    text = texts[file]
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        catalogue.load({**texts, file: text})
    return caught.value.faults


RANGE = "range_max: {value: 470, low: 250, high: 500, unit: km, source:"


def test_all_faults_of_a_catalogue_are_reported_at_once(texts):
    faults = faults_of(
        texts,
        "sensors.yaml",
        (RANGE, "rangemax: {value: 470, low: 250, high: 500, unit: km, source:"),
        ("pfa: {value: 1.0e-6,", "pfa: {value: 1.0,"),
        (
            "revisit: {value: 10, low: 5, high: 12, unit: s,",
            "revisit: {value: 10, low: 15, high: 12, unit: s,",
        ),
        (
            "beam_azimuth: {value: 1.4, low: 1.0, high: 2.2, unit: deg",
            "beam_azimuth: {value: 1.4, low: 1.0, high: 2.2, unit: s",
        ),
        ('source: "assumption: a tower or a low hill"', 'source: "assumption:"'),
        ("kind: infrared", "kind: infrared\n  colour: red"),
    )
    found = {fault.field: fault.expected for fault in faults}
    start = "search_radar.values"
    assert "'range_max', perhaps" in found[f"{start}.rangemax"]
    assert "a class of this kind needs it" in found[f"{start}.range_max"]
    assert "at most 0.01" in found[f"{start}.pfa.value"]
    assert found[f"{start}.revisit"] == "low <= value <= high"
    assert "a unit of angle" in found[f"{start}.beam_azimuth.unit"]
    assert "citation" in found[f"{start}.mast.source"]
    assert "infrared_satellite.colour" in found
    assert all(fault.file == "sensors.yaml" and fault.line > 1 for fault in faults)


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("interceptors.yaml", "tier: laser", "tier: lazer", "laser.tier"),
        (
            "interceptors.yaml",
            "    drone: {value: 0.8",
            "    dron: {value: 0.8",
            "medium_hit_to_kill.kill.dron",
        ),
        (
            "interceptors.yaml",
            "ballistic: {value: 0.75",
            "ballistic: {value: 1.75",
            "exo_upper_tier.kill.ballistic.value",
        ),
        (
            "interceptors.yaml",
            "range_min: {value: 50, low: 30, high: 100",
            "range_min: {value: 500, low: 30, high: 1000",
            "exo_upper_tier.values.range_min",
        ),
        ("threats.yaml", "object_class: rocket", "object_class: rockets", "rocket.object_class"),
        ("threats.yaml", "loft: {value: 1.0", "loft: {value: '1.0'", "srbm.values.loft.value"),
        ("threats.yaml", "srbm:\n", "srbm: 3\nnot_a_class:\n", "srbm"),
    ],
)
def test_a_fault_of_a_class_is_named_where_it_stands(texts, file, old, new, field):
    assert field in {fault.field for fault in faults_of(texts, file, (old, new))}


def test_a_missing_text_is_a_fault(texts):
    with pytest.raises(InputError, match=r"threats\.yaml"):
        catalogue.load({name: text for name, text in texts.items() if name != "threats.yaml"})
