"""The application that every command belongs to, and where commands write."""

from __future__ import annotations

import typer
from rich.console import Console

app = typer.Typer(
    name="skypact",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Skypact: the open laboratory for shared air defence (simulation, analysis, training).

Several nations each own radars, other detectors and interceptors. Skypact simulates what each sees, what they
choose to share, and what picture, warning time and protection each gets from it, with an error bar on every number.""",
    epilog="""Examples:

* `skypact run gulf-small` - a raid on three nations, four levels of sharing, a few seconds
* `skypact run gulf` - the whole region
* `skypact check my.yaml` - every fault of a scenario file at once
* `skypact show skypact-runs/gulf-seed1` - the table again, from the record
* `skypact gains skypact-runs/gulf-seed1` - who gains what from which level of sharing
* `skypact warning gulf-small --runs 2` - lead time against alerts in vain, for zones of several sizes
* `skypact export cap skypact-runs/gulf-seed1 --level pact` - alerts as messages of an exercise
* `skypact catalogue search_radar --plot` - a class with its sources, and what it covers
* `skypact coverage gulf --height 100` - what all radars see at 100 m, on a map
* `skypact policy explain gulf --from KWT --to ISR` - who may know what of whom, and why not more
* `skypact theory looks --threats 10 --rounds 20 --kill 0.7` - what formulas say of defence
* `skypact track radar.pcap` - a recording of a real radar through the same tracker""",
)
out, err = Console(), Console(stderr=True)
