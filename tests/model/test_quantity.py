import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.model.quantity import SI_UNIT, UNITS, parse_quantity, units_of, written_pattern


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("40 km", "length", 40_000.0),
        ("2NM", "length", 3_704.0),
        ("1000 ft", "length", 304.8),
        ("1.5 min", "time", 90.0),
        ("250 ms", "time", 0.25),
        ("180 deg", "angle", math.pi),
        ("180 km/h", "speed", 50.0),
        ("100 kt", "speed", 51.444444444),
        ("-1e1 m", "length", -10.0),
        (" .5 km ", "length", 500.0),
    ],
)
def test_quantities_become_si(text, dimension, value):
    assert parse_quantity(text, dimension) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["40", "40 kg", "40 s", "km", "", "nan km", "inf km", "1e999 km", "4 0 km", 40, None]
)
def test_what_is_no_length_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r'a length such as "40 km" \(units m, km, NM, ft\)'):
        parse_quantity(text, "length")


def test_every_dimension_has_one_si_unit():
    assert set(SI_UNIT) == {dimension for dimension, _ in UNITS.values()}
    assert all(UNITS[unit] == (dimension, 1.0) for dimension, unit in SI_UNIT.items())


@given(value=st.floats(-1e6, 1e6), unit=st.sampled_from(sorted(UNITS)))
def test_what_the_pattern_accepts_is_read(value, unit):
    text = f"{value!r} {unit}"
    dimension, factor = UNITS[unit]
    assert unit in units_of(dimension)
    assert re.match(written_pattern(dimension), text)
    assert parse_quantity(text, dimension) == pytest.approx(value * factor)
