"""The table of defence units: what their classes can do, where they stand, and how they spend their rounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from skypact.earth.frame import ecef_from_geodetic, rot_enu_from_ecef
from skypact.earth.terrain import Terrain
from skypact.model.catalogue import InterceptorClass
from skypact.model.codes import N_CLASSES
from skypact.model.network import F8, I4, BatteryTable, DoctrineTable
from skypact.model.scenario import BatterySite, Scenario

_ALL_ROUND = -2.0
"""Below any cosine: every bearing is within."""


def battery_table(
    scenario: Scenario, classes: Mapping[str, InterceptorClass], terrain: Terrain
) -> BatteryTable:
    """The defence units of a scenario, in its order."""
    sites = scenario.batteries
    kinds = [classes[site.class_name] for site in sites]
    row = {code: i for i, code in enumerate(scenario.nations)}

    def column(key: str) -> F8:
        return np.array([c.values[key].value for c in kinds], np.float64)

    kill = np.zeros((len(sites), N_CLASSES))
    defends = np.zeros((len(sites), len(scenario.nations)), np.bool_)
    for b, (site, kind) in enumerate(zip(sites, kinds, strict=True)):
        for object_class, chance in kind.kill.items():
            kill[b, object_class] = chance.value
        defends[b, [row[code] for code in site.defends]] = True
    stock = column("stock").astype(np.int32)
    stock[:] = [own if site.stock is None else site.stock for site, own in zip(sites, stock, strict=True)]
    lat = np.array([site.lat_rad for site in sites])
    lon = np.array([site.lon_rad for site in sites])
    ground = np.array([float(terrain.height_m(a, b)) for a, b in zip(lat, lon, strict=True)])
    return BatteryTable(
        names=tuple(site.name for site in sites),
        class_names=tuple(site.class_name for site in sites),
        tiers=tuple(kind.tier for kind in kinds),
        nation=np.array([row[site.nation] for site in sites], np.int8),
        consent=np.array([row[site.consent] for site in sites], np.int8),
        defends=defends,
        lat_rad=lat,
        lon_rad=lon,
        pos_ecef_m=np.ascontiguousarray(ecef_from_geodetic(lat, lon, ground), dtype=np.float64),
        range_max_m=column("range_max_m"),
        envelope_m=_stacked([kind.envelope_m() for kind in kinds], 3),
        flight=_stacked([kind.flight_s() for kind in kinds], 2),
        sector=_sectors(sites, lat, lon),
        reaction_s=column("reaction_s"),
        channels=column("channels").astype(np.int32),
        salvo=column("salvo").astype(np.int32),
        stock=stock,
        reload_s=column("reload_s"),
        dwell_s=column("dwell_s"),
        track_sigma_m=column("track_sigma_m"),
        salvo_common=column("salvo_common"),
        price_usd=column("price_usd"),
        kill=kill,
        doctrine=_doctrines(sites, stock),
    )


def _stacked(tables: Sequence[Sequence[tuple[float, ...]]], width: int) -> F8:
    """Tables of different lengths as one array, the last row of each repeated."""
    longest = max((len(rows) for rows in tables), default=1)
    padded = [[*rows, *[rows[-1]] * (longest - len(rows))] for rows in tables]
    return np.array(padded, np.float64).reshape(len(tables), longest, width)


def _sectors(sites: Sequence[BatterySite], lat_rad: F8, lon_rad: F8) -> F8:
    axes = np.asarray(rot_enu_from_ecef(lat_rad, lon_rad), np.float64).reshape(len(sites), 3, 3)
    sectors = np.empty((len(sites), 7))
    for b, site in enumerate(sites):
        east, north, up = axes[b]
        centre = site.sector_centre_rad
        sectors[b, :3] = math.sin(centre) * east + math.cos(centre) * north
        sectors[b, 3:6] = up
        full = site.sector_rad >= 2.0 * math.pi - 1e-9
        sectors[b, 6] = _ALL_ROUND if full else math.cos(0.5 * site.sector_rad)
    return sectors


def _doctrines(sites: Sequence[BatterySite], stock: I4) -> DoctrineTable:
    said = [site.doctrine for site in sites]
    share = np.array([doctrine.reserve for doctrine in said], np.float64)
    return DoctrineTable(
        rounds=np.array([doctrine.rounds for doctrine in said], np.int32),
        last_rounds=np.array([doctrine.last_rounds for doctrine in said], np.int32),
        again=np.array([doctrine.again for doctrine in said], np.bool_),
        reserve=np.ceil(-1e-9 + share * stock).astype(np.int32),
        reserve_for=np.array([doctrine.reserve_for for doctrine in said], np.float64),
        leave_below=np.array([doctrine.leave_below for doctrine in said], np.float64),
        pooled=np.array([doctrine.pooled for doctrine in said], np.bool_),
    )
