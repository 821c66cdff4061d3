"""Where things really are: known to truth, sense, the outcome of a shot, the record and the score alone."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import B1, F8, I1, I4, I8, U1, U2, U4


@dataclass(frozen=True)
class Truth:
    """Objects (n rows) and their paths sampled at every whole second, un-intercepted.

    The path of object i is rows offset[i]..offset[i+1] of `state`, the first at second `first_s[i]`, then one a
    second; the last row is at or after `end_s[i]`, so that any instant of the flight can be interpolated
    (cubic Hermite). Seconds are since the scenario's zero, the earliest possible launch; they may be negative
    for aircraft that took off before.
    """

    key: U4
    """[n] identifies the object in keyed draws and in the record; unique in a run, the same at all levels."""
    object_class: U1
    type_index: U2
    type_names: tuple[str, ...]
    nation: I1
    """Owner of a friendly aircraft, else -1."""
    code: U4
    """Transponder code that it replies with, its own or a false one; 0 where there is none or it is dead."""
    false_code: B1
    """Whether the code is that of another kind of object."""
    silent_s: F8
    """When its transponder fails; infinite where it never does."""
    position_sigma_m: F8
    """One-sigma error, each way, of the position that it reports (ADS-B), as its quality figure says."""
    emits: B1
    """Whether a direction finder can hear it."""
    rcs_m2: F8
    """Radar cross-section nose on."""
    rcs_side_ratio: F8
    """Cross-section broadside over that nose on."""
    launch_s: F8
    burnout_s: F8
    """End of boost (infrared sees it until then); equals launch_s where nothing burns brightly."""
    end_s: F8
    """Arrival of the un-intercepted flight; for aircraft the end of the flight or of its stay in the region."""
    place: I4
    """The place in whose radius the flight ends (nearest where several); -1 where none or an aircraft."""
    end_ecef_m: F8
    """[n, 3]"""
    family: int
    offset: I8
    first_s: I4
    state: F8
    """[total, 6] pos_ecef_m, vel_ecef_mps."""
    phase: U1
    """[total]"""
