"""Tables of defence units: shares that follow the drawn values, the old box without them, and their faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skypact import catalogue
from skypact.errors import InputError
from tests.catalogue.test_catalogue import DATA

NAME = "nasams_like"
REACH = "    rows: [[0.03, 1, 22], [3, 3, 30], [9, 9, 26], [14, 14, 18]]"
TIMES = "    rows: [[0, 0], [2, 5], [10, 16], [20, 29], [30, 46]]"


@pytest.fixture(scope="module")
def texts():
    return {name: (DATA / name).read_text("utf-8") for name in catalogue.FILES}


def test_a_table_is_what_is_written(texts):
    unit = catalogue.load(texts).interceptors[NAME]
    assert unit.envelope_m()[1] == pytest.approx((3e3, 3e3, 30e3))
    assert unit.flight_s()[2] == pytest.approx((10e3, 16.0))


def test_a_table_follows_the_values_where_they_are_drawn(texts):
    unit = catalogue.load(texts).interceptors[NAME]
    values = dict(unit.values)
    for key, factor in (("range_max_m", 1.2), ("altitude_max_m", 0.5), ("mean_speed_mps", 2.0)):
        values[key] = replace(values[key], value=factor * values[key].value)
    other = replace(unit, values=values)
    assert other.envelope_m()[1] == pytest.approx((1.5e3, 3.6e3, 36e3))
    assert other.flight_s()[2] == pytest.approx((12e3, 16.0 * 1.2 / 2.0))


def test_without_tables_a_unit_reaches_its_box_at_its_mean_speed(texts):
    unit = catalogue.load(texts).interceptors["hawk_like"]
    assert unit.envelope_m() == ((60.0, 2e3, 45e3), (18e3, 2e3, 45e3))
    assert unit.flight_s() == ((0.0, 0.0), (45e3, 75.0))


def test_every_table_stays_within_the_box_of_its_class(texts):
    tables = 0
    for unit in catalogue.load(texts).interceptors.values():
        tables += unit.envelope is not None
        for altitude_m, near_m, far_m in unit.envelope_m():
            assert (
                unit.values["range_min_m"].value
                <= near_m
                <= far_m
                <= unit.values["range_max_m"].value * (1 + 1e-9)
            )
            assert unit.envelope is None or altitude_m <= near_m * (1 + 1e-9)
    assert tables >= 5


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (REACH, REACH.replace("[3, 3, 30]", "[3, 30]"), "3 numbers in each row"),
        (REACH, REACH.replace("[9, 9, 26]", "[2, 9, 26]"), "rise in their first column"),
        (REACH, REACH.replace("[9, 9, 26]", "[9, 27, 26]"), "altitude, least and greatest range"),
        (REACH, REACH.replace("[3, 3, 30]", "[3, 3, 28]"), "the range_max of the class, 30 km"),
        (REACH, REACH.replace("14, 14", "15, 15"), "the altitude_max of the class, 14 km"),
        (REACH, REACH.replace("0.03, 1,", "0.03, 0.5,"), "1 km at least"),
        (TIMES, TIMES.replace("[30, 46]", "[30, 20]"), "longer flights"),
        (TIMES, TIMES.replace("[30, 46]", "[30, 90]"), "the interval of mean_speed"),
        (TIMES, TIMES.replace("[30, 46]", "[31, 46]"), "the range_max of the class"),
        (TIMES, TIMES.replace("[0, 0]", "[0, 1]"), "rows from [0, 0]"),
    ],
)
def test_a_table_that_does_not_fit_is_a_fault(texts, old, new, expected):
    text = texts["interceptors.yaml"]
    assert text.count(old) == 1
    with pytest.raises(InputError) as caught:
        catalogue.load({**texts, "interceptors.yaml": text.replace(old, new)})
    assert [fault.field.split(".")[0] for fault in caught.value.faults] == [NAME]
    assert expected in caught.value.faults[0].expected
