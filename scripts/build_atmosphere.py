"""Makes src/skypact/kernels/standard_air.py: the U.S. Standard Atmosphere 1976 as numbers, to 1,000 km.

Run with the package ussa1976 (0.3.4) installed:

    python scripts/build_atmosphere.py > src/skypact/kernels/standard_air.py

Below zero, where that package stops, the standard's lowest layer goes on. One number is put right: the package takes
the molar mass of nitrogen where the standard (NOAA-S/T 76-1562, equations 36 and 37) has that of mixed air, up to 100
km, in the diffusion of atomic oxygen. Without that, atomic oxygen is 7% too dense from 97 km up, and the air at 500 km
with it; with it, all published densities are met within 0.12%.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LOWEST_M, JOINT_M, HIGHEST_M = -5_000.0, 150_000.0, 1_000_000.0
FINE_M, COARSE_M = 500.0, 5_000.0
GAS, G0, RADIUS_M = 8.31432 / 0.0289644, 9.80665, 6_356_766.0

HEADER = '''"""The U.S. Standard Atmosphere 1976 (NOAA-S/T 76-1562) as numbers; made by scripts/build_atmosphere.py.

Rows are geometric heights: every 500 m from -5 to 150 km, then every 5 km to 1,000 km.
"""

from __future__ import annotations

import numpy as np

LOWEST_M = -5_000.0
JOINT_M = 150_000.0
"""Where the fine rows end."""
HIGHEST_M = 1_000_000.0
FINE_M = 500.0
COARSE_M = 5_000.0

# fmt: off'''


def standard(height_m: Array) -> tuple[Array, Array, Array]:
    """Density, pressure and temperature of the package, its atomic oxygen put right, at heights from zero up."""
    core = import_module("ussa1976.core")

    def oxygen_term(z_grid: Array, g: Array, t: Array, dt_dz: Array, d: Array, k: Array) -> Array:
        m = core.compute_mean_molar_mass_high_altitude(z_grid)
        term: Array = core.thermal_diffusion_term(s="O", z_grid=z_grid, g=g, t=t, dt_dz=dt_dz, m=m, d=d, k=k)
        return term

    core.thermal_diffusion_term_atomic_oxygen = oxygen_term  # type: ignore[attr-defined]
    found = core.compute(z=height_m, variables=["rho", "p", "t"])
    return found["rho"].values, found["p"].values, found["t"].values


def below_zero(height_m: Array) -> tuple[Array, Array, Array]:
    """Density, pressure and temperature of the lowest layer, 6.5 K colder each geopotential kilometre."""
    geopotential_m = RADIUS_M * height_m / (RADIUS_M + height_m)
    temperature_k = 288.15 - 0.0065 * geopotential_m
    pressure_pa = 101_325.0 * (288.15 / temperature_k) ** (-G0 / (GAS * 0.0065))
    return pressure_pa / (GAS * temperature_k), pressure_pa, temperature_k


def lines(name: str, unit: str, values: Iterable[float], form: str, across: int) -> list[str]:
    """The text of one column."""
    words = [format(value, form) for value in values]
    rows = [words[i : i + across] for i in range(0, len(words), across)]
    return [f"{name} = np.array([", *(f"    {', '.join(row)}," for row in rows), "])", f'"""{unit}"""']


def main() -> None:
    """Print the module."""
    under = np.arange(LOWEST_M, 0.0, FINE_M)
    over = np.concatenate(
        [np.arange(0.0, JOINT_M, FINE_M), np.arange(JOINT_M, HIGHEST_M + COARSE_M / 2, COARSE_M)]
    )
    density, pressure, temperature = (
        np.concatenate(parts) for parts in zip(below_zero(under), standard(over), strict=True)
    )
    text = [
        HEADER,
        *lines("DENSITY_KGPM3", "Density, kg/m3.", density, ".6e", 7),
        *lines("PRESSURE_PA", "Pressure, Pa.", pressure, ".6e", 7),
        *lines("TEMPERATURE_K", "Kinetic temperature, K.", temperature, ".3f", 11),
    ]
    print("\n".join(text))


if __name__ == "__main__":
    main()
