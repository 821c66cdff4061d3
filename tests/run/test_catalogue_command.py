"""`skypact catalogue`: lists every class, explains one value by value, draws it."""

from __future__ import annotations

import io
import json
import math

import pytest
from rich.console import Console

from skypact.errors import UsageError
from skypact.model.catalogue import Value
from skypact.run.catalogue.command import plot_class, show_catalogue
from skypact.run.catalogue.reading import class_of, derived, handy, written_values
from skypact.run.library import load_catalogue

CATALOGUE = load_catalogue()
GROUPS = (CATALOGUE.sensors, CATALOGUE.interceptors, CATALOGUE.threats)
NAMES = [name for group in GROUPS for name in group]


def said(name, as_json=False, width=200):
    file = io.StringIO()
    show_catalogue(name, as_json, Console(file=file, width=width, force_terminal=False))
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 160])
def test_the_list_names_every_class(width):
    text = said(None, width=width)
    for name in NAMES:
        assert f" {name} " in text
    assert "470 km" in text
    assert ("Long-range 3D" in text) == (width == 160)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_of_a_class_is_explained_with_interval_source_and_dispute(name):
    text = " ".join(said(name, width=400).split())
    cls = class_of(CATALOGUE, name)
    assert cls.title in text
    for key, value in written_values(cls).items():
        nominal, interval = handy(value)
        assert f"{key} {nominal} {interval}".strip() in text, key
        assert " ".join(value.source.split()) in text
        assert value.dispute in text


def test_figures_that_follow_are_told():
    text = " ".join(said("search_radar").split())
    assert "80% range in free space, 1 m2 375.6 km" in text
    assert "unambiguous range 499.7 km" in text
    assert "first blind speed without stagger 34.59 m/s" in text
    assert "duty 9.6 %" in text
    assert "time of its frame that the search fills 83.12 %" in text
    assert "in track mode" not in text
    assert "the same in track mode, 0.01 m2 864.3 km" in " ".join(said("xband_radar").split())
    unit = derived(CATALOGUE.interceptors["gun"])
    assert unit["price of all rounds, USD"] == 400_000.0
    assert unit["reaction and flight to the greatest range, s"] == pytest.approx(8.2)
    laser = derived(CATALOGUE.interceptors["laser"])
    assert laser["reaction, flight to the greatest range and dwell, s"] == pytest.approx(7.0, abs=1e-3)
    sizes = derived(CATALOGUE.threats["cruise"])
    assert sizes["cross-section at 0 deg off the nose, m2"] == pytest.approx(0.1)
    assert sizes["cross-section at 90 deg off the nose, m2"] == pytest.approx(0.5)


def test_machines_get_every_class_in_si_units():
    everything = json.loads(said(None, as_json=True))
    assert list(everything) == NAMES
    one = json.loads(said("coastal_radar", as_json=True))
    assert one == everything["coastal_radar"]
    assert one["values"]["range_max"]["value"] == 110_000.0
    assert one["values"]["range_max"]["unit"] == "m"
    assert (one["group"], one["kind"], one["pattern"]) == ("sensors", "radar", "fan")
    assert everything["gun"]["values"]["kill.drone"]["high"] == 0.9
    assert everything["srbm"]["object_class"] == "ballistic"
    assert everything["hawk_like"]["flight_s"] == [[0.0, 0.0], [45_000.0, 75.0]]


def test_a_unit_with_tables_says_what_they_say():
    text = " ".join(said("nasams_like").split())
    assert "reach at 3 km of altitude 3 to 30 km" in text
    assert "flight to 10 km 16 s" in text
    assert "reach at" not in said("hawk_like")


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (470_000.0, "m", ("470 km", "235 to 940")),
        (60.0, "m", ("60 m", "30 to 120")),
        (math.radians(1.4), "rad", ("1.4 deg", "0.7 to 2.8")),
        (12e-6, "rad", ("12 urad", "6 to 24")),
        (320e-6, "s", ("320 us", "160 to 640")),
        (10e-9, "s", ("10 ns", "5 to 20")),
        (3_600.0, "s", ("60 min", "30 to 120")),
        (0.5, "s", ("0.5 s", "0.25 to 1")),
        (1.1e6, "W", ("1.1 MW", "0.55 to 2.2")),
        (1.3e9, "Hz", ("1.3 GHz", "0.65 to 2.6")),
        (3_700_000.0, "USD", ("3,700,000 USD", "1,850,000 to 7,400,000")),
        (1e-6, "1", ("1.0e-06", "5.0e-07 to 2.0e-06")),
        (0.0, "m", ("0 m", "")),
    ],
)
def test_values_are_shown_in_units_that_suit_their_size(number, unit, shown):
    assert handy(Value(number, 0.5 * number, 2.0 * number, unit, "")) == shown


def test_an_unknown_class_is_one_clear_message():
    with pytest.raises(UsageError, match="'search_radar', perhaps"):
        show_catalogue("serch_radar", False, Console(file=io.StringIO()))
    with pytest.raises(UsageError, match="no class is named"):
        plot_class(None, None)


@pytest.mark.parametrize("name", ["coastal_radar", "upper_tier", "gun", "srbm", "cruise", "airliner"])
def test_a_class_is_drawn_with_its_title_and_axes(name, tmp_path):
    path = plot_class(name, tmp_path / f"{name}.svg")
    text = path.read_text("utf-8")
    assert class_of(CATALOGUE, name).title.split(" (")[0] in text
    wanted = {
        "coastal_radar": "ground range (km)",
        "upper_tier": "single-shot chance to kill",
        "gun": "altitude (km)",
        "srbm": "flights of least energy",
        "cruise": "mean cross-section by aspect",
        "airliner": "height, cruising",
    }
    assert wanted[name] in text


def test_a_laser_is_drawn_with_its_dwell_and_without_the_speed_of_light(tmp_path):
    text = plot_class("laser", tmp_path / "laser.svg").read_text("utf-8")
    assert "dwell 5 s" in text
    assert "mean speed" not in text
    assert "mean speed" in plot_class("gun", tmp_path / "gun.svg").read_text("utf-8")


def test_a_picture_goes_where_it_is_told_and_to_the_present_folder_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert plot_class("small_drone", None).resolve() == tmp_path / "small_drone.png"
    assert (tmp_path / "small_drone.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError):
        plot_class("small_drone", tmp_path / "small_drone.bmp")
    with pytest.raises(UsageError, match="Name a radar"):
        plot_class("acoustic_post", tmp_path / "post.png")
