"""What follows from the values of a radar class: its constant, reach in free space, time budget, blind speed, duty."""

from __future__ import annotations

import math

from skypact.kernels.pattern import search_rows
from skypact.model.catalogue import SensorClass
from skypact.model.quantity import LIGHT_MPS
from skypact.sense.detection import required_snr_db
from skypact.sense.range_equation import snr_db_100km_1m2


def radar_constant_db(radar: SensorClass) -> float:
    """Signal to noise (dB) of one coherent burst in search, 1 m2 at 100 km in free space on the beam's axis."""
    value = {key: entry.value for key, entry in radar.values.items()}
    found_db = snr_db_100km_1m2(
        peak_power_w=value["peak_power_w"],
        pulse_width_s=value["pulse_width_s"],
        coherent_pulses=value["coherent_pulses"],
        gain_db=value["gain_db"],
        frequency_hz=value["frequency_hz"],
        system_temperature_k=value["system_temperature_k"],
        losses_db=value["losses_db"],
    )
    return float(found_db)


def needed_snr_db(radar: SensorClass, chance: float = 0.8) -> float:
    """Mean signal to noise (dB) of a burst at which one look of the class detects with the given chance."""
    value = {key: entry.value for key, entry in radar.values.items()}
    return float(required_snr_db(chance, value["pfa"], value["pulses"], value["swerling"]))


def reach_m(radar: SensorClass, rcs_m2: float, chance: float = 0.8, track: bool = False) -> float:
    """Range (m) at which one look detects a cross-section with the given chance, on the axis and in free space.

    The radar equation alone: no horizon, pattern, air, clutter, and not cut at the class's greatest range.

    Args:
        radar: the class.
        rcs_m2: mean cross-section towards the radar.
        chance: of detection by one look.
        track: whether the look is one of the track mode, with its gain; without such a mode it is one in search.
    """
    gain_db = radar.values["track_gain_db"].value if track and "track_gain_db" in radar.values else 0.0
    surplus_db = radar_constant_db(radar) + gain_db + 10.0 * math.log10(rcs_m2) - needed_snr_db(radar, chance)
    return float(100.0e3 * 10.0 ** (surplus_db / 40.0))


def search_share(radar: SensorClass) -> float:
    """Time that the search needs over the time of its frame; above 1 the radar cannot do what it claims.

    Columns of beams (a turning antenna has those of the whole turn) x rows x pulses, at the PRF. Rows above the fence
    count by the energy sent there (`kernels.pattern.search_rows`). Beams that are formed together in reception cost no
    time.
    """
    value = {key: entry.value for key, entry in radar.values.items()}
    width_rad = 2.0 * math.pi if radar.rotates else value["sector_rad"]
    rows = search_rows(
        value["elevation_min_rad"],
        value.get("fence_rad", math.nan),
        value["elevation_max_rad"],
        value["beam_elevation_rad"],
    )
    beams = width_rad / value["beam_azimuth_rad"] * float(rows)
    return beams * value["coherent_pulses"] * value["pulses"] / value["prf_hz"] / value["revisit_s"]


def blind_speed_mps(radar: SensorClass) -> float:
    """First blind speed of the unstaggered waveform, wavelength x PRF / 2 (Skolnik 2001, equation 3.7)."""
    return 0.5 * LIGHT_MPS / radar.values["frequency_hz"].value * radar.values["prf_hz"].value


def unambiguous_range_m(radar: SensorClass) -> float:
    """Range from which an echo comes back as the next pulse leaves, c / (2 PRF)."""
    return 0.5 * LIGHT_MPS / radar.values["prf_hz"].value


def duty(radar: SensorClass) -> float:
    """Share of the time that the radar transmits: pulse width x PRF."""
    return radar.values["pulse_width_s"].value * radar.values["prf_hz"].value


def mean_power_w(radar: SensorClass) -> float:
    """Transmitted power averaged over time."""
    return radar.values["peak_power_w"].value * duty(radar)


def directivity_share(radar: SensorClass) -> float:
    """Gain times the beam's solid angle as a rectangle of its half-power widths, over the whole sphere.

    About 0.63 to 0.78 for pencil and fan beams (26,000 to 32,000 square degrees of 41,253; Skolnik 2001, section
    9.2), less where the beam's power goes elsewhere too, as up a cosecant-squared slope.
    """
    value = radar.values
    solid_sr = value["beam_azimuth_rad"].value * value["beam_elevation_rad"].value
    return float(10.0 ** (0.1 * value["gain_db"].value) * solid_sr / (4.0 * math.pi))
