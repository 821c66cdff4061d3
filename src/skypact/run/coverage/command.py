"""`skypact coverage`: what a scenario's radars see, as maps, vertical diagrams, polygons and areas."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from skypact.errors import UsageError
from skypact.run.build import Treatments, wire
from skypact.run.coverage.area import Layer, Seen, area_km2, chart_of, chosen_radars, layers
from skypact.run.coverage.outline import geojson_text
from skypact.run.coverage.picture import MAP_SHAPE, write_coverage_map
from skypact.run.coverage.plane import Chart
from skypact.run.coverage.relief import usual_surroundings
from skypact.run.coverage.vertical import write_vertical_picture
from skypact.run.library import load
from skypact.run.recorded.file import write_whole
from skypact.run.terrain import load_geotiff

MOST_VERTICAL = 4
"""With more radars than this none gets a vertical diagram unless it is named."""


@dataclass(frozen=True)
class CoverageRequest:
    """What `skypact coverage` was asked for."""

    scenario: str
    sensors: tuple[str, ...]
    nations: tuple[str, ...]
    heights_m: tuple[float, ...]
    rcs_m2: float
    threshold: float
    looks: int
    terrain: Path | None
    folder: Path


@dataclass(frozen=True)
class Covered:
    """What was found, and the files that show it."""

    scenario: str
    terrain: str
    coarse: bool
    rcs_m2: float
    threshold: float
    looks: int
    rows: tuple[tuple[str, int, float, float], ...]
    """Nation (or `all`), its radars, height above the ground (m), area seen (km2)."""
    files: tuple[Path, ...]


def draw_coverage(request: CoverageRequest, console: Console) -> Covered:
    """Work out what is seen and write maps, vertical diagrams, coverage.geojson and coverage.csv into the folder.

    On coarse terrain masks are the medians of `coverage.relief.DRAWS` draws of the relief below its grid.

    Raises:
        UsageError: an option that cannot be used, an unknown radar or nation, or a file that cannot be written.
        InputError: the scenario has faults.
    """
    _check(request)
    loaded = load(request.scenario)
    scenario = loaded.scenario
    terrain = loaded.terrain if request.terrain is None else load_geotiff(request.terrain)
    wired = wire(scenario, loaded.catalogue, loaded.airports, terrain, scenario.levels, Treatments())
    radars = chosen_radars(wired, request.sensors, request.nations)
    with console.status("Terrain, air and clutter"):
        surroundings = usual_surroundings(wired, radars)
    seen = Seen(
        wired, surroundings, radars, request.heights_m, request.rcs_m2, request.threshold, request.looks
    )
    with console.status("Radars") as status:
        chart = chart_of(seen, MAP_SHAPE)
        maps = layers(seen, chart, lambda name: status.update(escape(name)))
    rows = _rows(seen, chart, maps)
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(
            f"--out {request.folder}", f"not a folder to write to ({fault.strerror})", "Name another."
        ) from fault
    with console.status("Pictures"):
        files = _write(request, seen, chart, maps, rows)
    return Covered(
        scenario=scenario.name,
        terrain=terrain.name,
        coarse=terrain.coarse,
        rcs_m2=request.rcs_m2,
        threshold=request.threshold,
        looks=request.looks,
        rows=rows,
        files=files,
    )


def print_coverage(covered: Covered, as_json: bool, console: Console) -> None:
    """The areas as a table, or all of it as JSON."""
    if as_json:
        console.print_json(_json(covered))
        return
    heights = sorted({row[2] for row in covered.rows})
    table = Table("nation", "radars", box=None)
    for height in heights:
        table.add_column(f"seen at {height:,.0f} m, km²", justify="right")
    for name, count in dict.fromkeys((row[0], row[1]) for row in covered.rows):
        areas = {row[2]: row[3] for row in covered.rows if row[0] == name}
        table.add_row(name, str(count), *(f"{areas[height]:,.0f}" for height in heights))
    console.print(table)
    if covered.coarse:
        console.print(
            f"The terrain is coarse ({escape(covered.terrain)}): what is seen of low flyers hangs on relief "
            "below its grid, of which this is the middle. A finer one: [cyan]--terrain FILE[/cyan]."
        )
    console.print("Written: " + ", ".join(f"[bold]{escape(str(path))}[/bold]" for path in covered.files))


def _check(request: CoverageRequest) -> None:
    faults = (
        (
            "--height",
            request.heights_m,
            all(0.0 <= h < 1e6 for h in request.heights_m),
            "0 to 1,000,000 m above the ground",
        ),
        ("--rcs", request.rcs_m2, 0.0 < request.rcs_m2 < math.inf, "a cross-section above 0, m²"),
        ("--pd", request.threshold, 0.0 < request.threshold < 1.0, "a chance between 0 and 1"),
        ("--looks", request.looks, request.looks >= 1, "at least one look"),
    )
    for option, found, fine, wanted in faults:
        if not fine:
            raise UsageError(option, f"found {found}", f"Give {wanted}.")


def _rows(seen: Seen, chart: Chart, maps: tuple[Layer, ...]) -> tuple[tuple[str, int, float, float], ...]:
    table, nations = seen.wired.network.sensors, seen.wired.network.nations
    owners = [nations[table.nation[s]] for s in seen.radars]
    found = []
    for layer in maps:
        for code, chance in (*layer.by_nation.items(), ("all", layer.by_all)):
            count = len(owners) if code == "all" else owners.count(code)
            found.append((code, count, layer.height_m, round(area_km2(chance, seen.threshold, chart))))
    return tuple(found)


def _write(
    request: CoverageRequest,
    seen: Seen,
    chart: Chart,
    maps: tuple[Layer, ...],
    rows: tuple[tuple[str, int, float, float], ...],
) -> tuple[Path, ...]:
    """The files, pictures first."""
    folder, table = request.folder, seen.wired.network.sensors
    files = []
    for layer in maps:
        files.append(folder / f"coverage-{layer.height_m:g}m.png")
        write_coverage_map(files[-1], seen, chart, layer)
    if request.sensors or len(seen.radars) <= MOST_VERTICAL:
        for s in seen.radars:
            name = re.sub(r"[^\w-]+", "-", table.names[s]).strip("-").lower()
            files.append(folder / f"vertical-{name}.png")
            write_vertical_picture(files[-1], seen, s)
    files.append(folder / "coverage.geojson")
    write_whole(files[-1], geojson_text(seen, chart, maps).encode())
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["nation", "radars", "height_above_ground_m", "area_km2"])
    writer.writerows(rows)
    files.append(folder / "coverage.csv")
    write_whole(files[-1], text.getvalue().encode())
    return tuple(files)


def _json(covered: Covered) -> str:
    names = ("nation", "radars", "height_above_ground_m", "area_km2")
    return json.dumps(
        {
            "scenario": covered.scenario,
            "terrain": covered.terrain,
            "coarse": covered.coarse,
            "rcs_m2": covered.rcs_m2,
            "chance_at_least": covered.threshold,
            "looks": covered.looks,
            "areas": [dict(zip(names, row, strict=True)) for row in covered.rows],
            "files": [str(path) for path in covered.files],
        }
    )
