import math
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammainc, gammaincc, gammainccinv

from skypact import catalogue
from skypact.errors import InputError
from skypact.model.codes import HOSTILE_CLASSES, BeamPattern, ObjectClass, SensorKind
from skypact.model.quantity import LIGHT_MPS, SI_UNIT
from skypact.run.radar import (
    blind_speed_mps,
    directivity_share,
    duty,
    mean_power_w,
    reach_m,
    search_share,
    unambiguous_range_m,
)

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
    suffix |= {"_w": "W", "_hz": "Hz", "_k": "K", "_db": "dB"}
    for name, key, value in every_value(classes):
        for end, unit in suffix.items():
            if key.endswith(end):
                assert value.unit == unit, (name, key)


def test_units_are_converted(classes):
    assert classes.sensors["search_radar"].values["range_max_m"].value == 470_000.0
    assert classes.sensors["search_radar"].values["bias_clock_s"].value == pytest.approx(0.02)
    assert classes.sensors["multifunction_radar"].values["sector_rad"].value == pytest.approx(2 * math.pi / 3)
    assert classes.threats["one_way_drone"].values["speed_mps"].value == pytest.approx(50.0)
    assert classes.interceptors["laser"].values["price_usd"].value == 3.5


def test_the_kinds_of_sensor_and_the_tiers_are_there(classes):
    assert {kind.kind for kind in classes.sensors.values()} == set(SensorKind)
    assert {kind.tier for kind in classes.interceptors.values()} == {
        *("upper", "medium", "short", "gun", "laser")
    }
    able = {target for kind in classes.interceptors.values() for target in kind.kill}
    assert able == set(HOSTILE_CLASSES)
    flying = {kind.object_class for kind in classes.threats.values()}
    assert flying == {*HOSTILE_CLASSES, ObjectClass.CIVIL, ObjectClass.FRIENDLY}


RADARS = (
    ("search_radar", 1.0, 375, "pulse_width_s"),
    ("early_warning_radar", 0.1, 400, "pulse_width_s"),
    ("xband_radar", 0.01, 850, "track_gain_db"),
    ("xband_radar", 0.1, 800, "track_gain_db"),
    ("multifunction_radar", 0.1, 160, "pulse_width_s"),
    ("multifunction_radar_360", 0.1, 135, "pulse_width_s"),
    ("gap_filler_radar", 0.05, 90, "pulse_width_s"),
    ("coastal_radar", 0.05, 80, "pulse_width_s"),
    ("air_traffic_radar", 1.0, 100, "losses_db"),
    ("aerostat_radar", 1.0, 300, "pulse_width_s"),
)


def snr_db(values, range_m, rcs_m2):
    """The radar equation in decibels, term by term (Skolnik 2001, chapter 1)."""

    def level(number):
        return 10.0 * math.log10(number)

    energy = level(values["peak_power_w"]) + level(values["pulse_width_s"]) + level(values["coherent_pulses"])
    gains = 2.0 * values["gain_db"] + 2.0 * level(LIGHT_MPS / values["frequency_hz"]) + level(rcs_m2)
    spread = 3.0 * level(4.0 * math.pi) + 4.0 * level(range_m) + values["losses_db"]
    return energy + gains - spread - level(1.380649e-23) - level(values["system_temperature_k"])


def swerling_1(snr, pulses, pfa):
    """Chance of detection of N pulses of one amplitude (DiFranco and Rubin, Radar Detection, 1968, section 11.2)."""
    power = gammainccinv(pulses, pfa)
    if pulses == 1:
        return math.exp(-power / (1.0 + snr))
    wider = 1.0 + 1.0 / (pulses * snr)
    tail = (
        wider ** (pulses - 1) * gammainc(pulses - 1, power / wider) * math.exp(-power / (1.0 + pulses * snr))
    )
    return gammaincc(pulses - 1, power) + tail


@pytest.mark.parametrize(("name", "rcs_m2", "stated_km", "key"), RADARS)
def test_radars_reach_as_far_as_their_source_says(classes, name, rcs_m2, stated_km, key):
    cls = classes.sensors[name]
    values = {si_name: entry.value for si_name, entry in cls.values.items()}
    track = key == "track_gain_db" and rcs_m2 == 0.01
    found_m = reach_m(cls, rcs_m2, 0.8, track)
    assert found_m == pytest.approx(1e3 * stated_km, rel=0.03)
    assert f"{rcs_m2:g} m2" in cls.values[key].source
    assert f"{stated_km} km" in cls.values[key].source
    level = snr_db(values, found_m, rcs_m2) + (values["track_gain_db"] if track else 0.0)
    assert values["swerling"] == 1
    assert swerling_1(10.0 ** (0.1 * level), int(values["pulses"]), values["pfa"]) == pytest.approx(
        0.8, abs=1e-6
    )


def radars(classes):
    return [cls for cls in classes.sensors.values() if cls.kind == SensorKind.RADAR]


def test_gain_goes_with_the_beam(classes):
    """26,000 to 32,000 over the square degrees of a pencil or fan beam; a cosecant-squared one has 2 dB less."""
    for cls in radars(classes):
        values = {key: entry.value for key, entry in cls.values.items()}
        square_deg = math.degrees(values["beam_azimuth_rad"]) * math.degrees(values["beam_elevation_rad"])
        product = 10.0 ** (0.1 * values["gain_db"]) * square_deg
        cosecant = cls.pattern == BeamPattern.COSECANT
        low, high = (26e3 * 10**-0.25, 32e3 * 10**-0.15) if cosecant else (26e3, 32e3)
        assert low <= product <= high, cls.name
        assert directivity_share(cls) == pytest.approx(product / (4.0 * math.pi * math.degrees(1.0) ** 2))


def test_radars_transmit_part_of_the_time_and_hear_the_farthest_echo_before_the_next_pulse(classes):
    for cls in radars(classes):
        assert 0.0 < duty(cls) <= 0.35, cls.name
        most = cls.values["pulse_width_s"].high * cls.values["prf_hz"].high
        assert most < 0.5, cls.name
        assert unambiguous_range_m(cls) >= cls.values["range_max_m"].value, cls.name
        assert 1e3 <= mean_power_w(cls) <= 100e3, cls.name
        assert mean_power_w(cls) == pytest.approx(
            cls.values["peak_power_w"].value * cls.values["pulse_width_s"].value * cls.values["prf_hz"].value
        )


def test_a_turning_beam_stays_for_the_pulses_that_it_integrates(classes):
    for cls in radars(classes):
        values = {key: entry.value for key, entry in cls.values.items()}
        used = values["pulses"] * values["coherent_pulses"]
        if cls.rotates:
            stays_s = values["revisit_s"] * values["beam_azimuth_rad"] / (2.0 * math.pi)
            assert used <= stays_s * values["prf_hz"], cls.name


def test_every_search_has_the_time_for_its_beams_in_its_frame(classes):
    """Rows up to the fence and the squared cosecant above it, summed in steps; a fan is one row."""
    for cls in radars(classes):
        values = {key: entry.value for key, entry in cls.values.items()}
        rows = 1.0
        if cls.pattern == BeamPattern.STEERED:
            low, fence, high = (values[f"{key}_rad"] for key in ("elevation_min", "fence", "elevation_max"))
            steps = np.linspace(fence, high, 20_001)
            above = float(np.mean((math.sin(fence) / np.sin(0.5 * (steps[1:] + steps[:-1]))) ** 2)) * (
                high - fence
            )
            rows = (fence - low + above) / values["beam_elevation_rad"]
            assert fence - low >= 0.99 * values["beam_elevation_rad"], cls.name
        columns = (2.0 * math.pi if cls.rotates else values["sector_rad"]) / values["beam_azimuth_rad"]
        pulses = columns * rows * values["coherent_pulses"] * values["pulses"]
        share = pulses / values["prf_hz"] / values["revisit_s"]
        assert search_share(cls) == pytest.approx(share, rel=1e-4), cls.name
        assert 0.6 < share <= 1.0, cls.name


def test_steered_radars_have_a_fence_and_no_others(classes):
    for cls in classes.sensors.values():
        steered = cls.kind == SensorKind.RADAR and cls.pattern == BeamPattern.STEERED
        assert ("fence_rad" in cls.values) == steered, cls.name


def test_the_blind_speed_is_half_a_wavelength_a_pulse(classes):
    cls = classes.sensors["air_traffic_radar"]
    assert blind_speed_mps(cls) == pytest.approx(0.5 * 0.107069 * 1200.0, rel=1e-4)


def test_a_resolution_cell_holds_the_pulse_or_is_compressed(classes):
    for cls in radars(classes):
        values = {key: entry.value for key, entry in cls.values.items()}
        assert values["cell_range_m"] <= 0.5 * LIGHT_MPS * values["pulse_width_s"] * 1.05, cls.name
        assert values["sigma_range_m"] < values["cell_range_m"], cls.name
        assert values["sigma_bearing_rad"] < values["beam_azimuth_rad"], cls.name


def test_only_scanned_faces_have_a_track_mode_and_all_of_its_values(classes):
    for cls in classes.sensors.values():
        modes = {key for key in ("revisit_track_s", "revisit_cued_s", "track_gain_db") if key in cls.values}
        scanned = cls.kind == SensorKind.RADAR and not cls.rotates
        assert len(modes) == (3 if scanned else 0), cls.name
        if scanned:
            revisits = [cls.values[key].value for key in ("revisit_cued_s", "revisit_track_s", "revisit_s")]
            assert revisits == sorted(revisits)


def test_a_broadside_is_larger_than_a_nose(classes):
    for cls in classes.threats.values():
        assert cls.values["rcs_side_m2"].value >= cls.values["rcs_m2"].value
        assert cls.values["rcs_side_m2"].high >= cls.values["rcs_m2"].high


def test_names_of_classes_are_unique_and_disputes_are_told(classes):
    groups = (classes.sensors, classes.interceptors, classes.threats)
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names))
    assert "870 km" in classes.sensors["xband_radar"].values["range_max_m"].dispute
    disputed = [key for _, key, value in every_value(classes) if value.dispute]
    assert 8 <= len(disputed) < 40


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
FENCE_HIGH = "    fence: {value: 30, low: 1, high: 40,"
FALSE = '    false_plots: {value: 1, low: 1, high: 1, unit: count, source: "assumption: none"}\n'


def test_all_faults_of_a_catalogue_are_reported_at_once(texts):
    faults = faults_of(
        texts,
        "sensors.yaml",
        (RANGE, "rangemax: {value: 470, low: 250, high: 500, unit: km, source:"),
        ("pfa: {value: 1.0e-6,", "pfa: {value: 1.0,"),
        ("pulses: {value: 4,", "pulses: {value: 4.5,"),
        ("receivers: {value: 8, low: 5, high: 14,", "receivers: {value: 17, low: 5, high: 20,"),
        ("pattern: steered", "pattern: round"),
        (
            "revisit: {value: 10, low: 5, high: 12, unit: s,",
            "revisit: {value: 10, low: 15, high: 12, unit: s,",
        ),
        (
            "beam_azimuth: {value: 1.4, low: 1.3, high: 1.5, unit: deg",
            "beam_azimuth: {value: 1.4, low: 1.3, high: 1.5, unit: s",
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
    assert found[f"{start}.pulses.value"] == "a whole number"
    assert "at most 16" in found["multilateration_system.values.receivers.value"]
    assert "search_radar.pattern" in found
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
        ("sensors.yaml", "  pattern: steered\n", "", "search_radar.pattern"),
        ("sensors.yaml", "  pattern: steered\n", "  pattern: fan\n", "search_radar.values.fence"),
        ("sensors.yaml", "    fence: {value: 2,", "    mast: {value: 2,", "search_radar.values.fence"),
        ("sensors.yaml", "    fence: {value: 2, low: 1, high: 4,", FENCE_HIGH, "search_radar.values.fence"),
        (
            "sensors.yaml",
            "fence: {value: 2, low: 1,",
            "fence: {value: -1, low: -1,",
            "search_radar.values.fence.value",
        ),
        (
            "sensors.yaml",
            "stagger: {value: 4, low: 4, high: 4,",
            "stagger: {value: 2, low: 2, high: 2,",
            "search_radar.values.stagger.value",
        ),
        (
            "sensors.yaml",
            "stagger: {value: 4, low: 4, high: 4,",
            "stagger: {value: 4, low: 3, high: 4,",
            "search_radar.values.stagger.low",
        ),
        ("sensors.yaml", "    range_max", FALSE + "    range_max", "search_radar.values.false_plots"),
        ("sensors.yaml", "    drift_elevation", "    drift_time", "search_radar.values.drift_elevation"),
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
