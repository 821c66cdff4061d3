"""Wind that the objects of a raid cannot fly against: a check of the scenario's own words and of its classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import ValidationError

from skypact.errors import Fault
from skypact.model.catalogue import Catalogue
from skypact.model.document import Document
from skypact.model.weather import Weather
from skypact.scenario.world import WeatherEntry, frozen_weather

_SHARE = 0.9
"""Of the lowest air speed: a flight that makes less than a tenth of it over the ground comes down."""


def gale_faults(document: Document, catalogue: Catalogue) -> Iterator[Fault]:
    """Faults where the wind at heights that a class of the raid flies at reaches nine tenths of its lowest speed."""
    for path, written in document.each("weather"):
        try:
            weather = frozen_weather(WeatherEntry.model_validate(written))
        except ValidationError:
            continue
        named = {str(name) for _, name in document.each("families", "*", "groups", "*", "threat")}
        for name in sorted(named & catalogue.threats.keys()):
            values = catalogue.threats[name].values
            if not {"speed_mps", "height_m", "popup_height_m"} <= values.keys():
                continue
            top_m = values["height_m"].high + values["popup_height_m"].high
            strongest_mps, slowest_mps = strongest_wind_mps(weather, top_m), values["speed_mps"].low
            if strongest_mps >= _SHARE * slowest_mps:
                yield document.fault(
                    (*path, "wind"),
                    f"{strongest_mps:.1f} m/s below {top_m:g} m, where {name} flies at {slowest_mps:.1f} m/s and more",
                    f"wind under {_SHARE * slowest_mps:.1f} m/s there, or no {name} in the families",
                )


def strongest_wind_mps(weather: Weather, top_m: float) -> float:
    """The strongest wind from the ground to a height: at a level, or at either end."""
    height_m = np.append(weather.wind_height_m[weather.wind_height_m < top_m], [0.0, top_m])
    east = np.interp(height_m, weather.wind_height_m, weather.wind_east_mps)
    north = np.interp(height_m, weather.wind_height_m, weather.wind_north_mps)
    return float(np.hypot(east, north).max())
