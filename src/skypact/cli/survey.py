"""Commands that look things up: the catalogue, and what a scenario's radars cover."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from skypact.cli import complete
from skypact.cli.app import app, err, out


@app.command(
    epilog="""Examples:

* `skypact catalogue` - all classes
* `skypact catalogue search_radar` - every value with its interval and source, and what follows from them
* `skypact catalogue search_radar --plot` - coverage against height and cross-section, as search_radar.png
* `skypact catalogue srbm --plot --out srbm.svg`
* `skypact catalogue --json | jq '.xband_radar.values.range_max'`"""
)
def catalogue(
    name: Annotated[
        str | None,
        typer.Argument(help="A class; without it, all are listed.", autocompletion=complete.catalogue_class),
    ] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the class instead: NAME.png.")] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="With --plot: the picture, .png or .svg.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines, in SI units.")] = False,
) -> None:
    """List the classes of sensors, interceptors and raid objects, or explain one: value, interval, source, dispute."""
    from skypact.errors import UsageError
    from skypact.run.catalogue.command import plot_class, show_catalogue

    if out_file is not None and not plot:
        raise UsageError(
            f"--out {out_file}", "nothing is drawn without --plot", "Add --plot, or leave --out out."
        )
    if plot:
        out.print(f"Written: [bold]{escape(str(plot_class(name, out_file)))}[/bold]", soft_wrap=True)
    else:
        show_catalogue(name, as_json, out)


@app.command(
    epilog="""Examples:

* `skypact coverage gulf-small` - where a target of 0.1 m2 at 100 m is seen
* `skypact coverage gulf --height 100 --height 3000 --rcs 1 --nation OMN` - one nation, two heights
* `skypact coverage gulf-small --sensor "Isa search"` - one radar, from above and from the side
* `skypact coverage gulf --terrain mine.tif --pd 0.9 --looks 3` - your own terrain; 90% within three looks"""
)
def coverage(
    name_or_file: Annotated[
        str, typer.Argument(help="A built-in scenario or a YAML file.", autocompletion=complete.scenario)
    ],
    sensor: Annotated[
        list[str] | None, typer.Option(help="A radar of the scenario; repeat for several. All by default.")
    ] = None,
    nation: Annotated[
        list[str] | None, typer.Option(help="A nation's radars only; repeat for several.")
    ] = None,
    height: Annotated[
        list[float] | None, typer.Option(help="Metres above the ground; repeat for several. 100 by default.")
    ] = None,
    rcs: Annotated[float, typer.Option(help="Radar cross-section towards the radar, m2.")] = 0.1,
    pd: Annotated[float, typer.Option(help="Chance of detection from which a place counts as seen.")] = 0.5,
    looks: Annotated[int, typer.Option(help="Looks within which that chance is to be reached.")] = 1,
    terrain: Annotated[Path | None, typer.Option(help="A GeoTIFF instead of the scenario's terrain.")] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results; skypact-coverage/NAME by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The areas for machines.")] = False,
) -> None:
    """Draw where a scenario's radars see a target of stated height and size, with terrain, air and clutter.

    Writes maps, diagrams from the side of the radars named, coverage.geojson and coverage.csv.
    """
    from skypact.run.coverage.command import CoverageRequest, draw_coverage, print_coverage

    request = CoverageRequest(
        scenario=name_or_file,
        sensors=tuple(sensor or ()),
        nations=tuple(nation or ()),
        heights_m=tuple(height or (100.0,)),
        rcs_m2=rcs,
        threshold=pd,
        looks=looks,
        terrain=terrain,
        folder=out_dir or Path("skypact-coverage") / Path(name_or_file).stem,
    )
    print_coverage(draw_coverage(request, err), as_json, out)
