"""`skypact outage`: a run folder's levels with a cut beside the same levels without it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from skypact.errors import UsageError
from skypact.record import finished_runs, read_manifest, read_shard
from skypact.run.library import load
from skypact.run.outage.picture import write_cut_picture
from skypact.run.plain import plain
from skypact.run.summary import CITABLE_RUNS, SCORED_TABLES
from skypact.score.interval import Estimate
from skypact.score.outage import CutRow, CutRun, cut_rows, cut_run, mean_errors


@dataclass(frozen=True)
class CutStudy:
    """What one cut costs each nation."""

    title: str
    connected: str
    """name of the level without the cut"""
    cut: str
    """name of the level with it"""
    nations: tuple[str, ...]
    from_s: float
    until_s: float
    runs: int
    rows: tuple[CutRow, ...]
    mean: CutRun
    """picture errors over time, averaged over the runs"""


def study_of(folder: Path) -> CutStudy:
    """The first level of the record that cuts a nation off, beside the same level without the cut.

    Raises:
        RecordError: the folder is no run folder, or damaged.
        UsageError: it has no such pair of levels, or every run ended before the cut.
    """
    manifest = read_manifest(folder)
    connected, cut = _pair(manifest.levels)
    scenario = load(str(folder / "scenario.yaml")).scenario
    from_s, until_s = scenario.settings.cut_from_s, scenario.settings.cut_until_s
    runs = [
        cut_run(read_shard(folder, run, SCORED_TABLES), manifest, connected, cut)
        for run in finished_runs(folder)
    ]
    rows = cut_rows(runs, manifest.nations, from_s, until_s)
    if not rows:
        raise UsageError(
            f"the cut at {from_s / 60:g} min", "every run ended before it", "Set settings: cut earlier."
        )
    told = [run for run in runs if run.t_s[-1] > from_s]
    return CutStudy(
        manifest.title,
        connected,
        cut,
        manifest.nations,
        from_s,
        until_s,
        len(told),
        rows,
        mean_errors(told),
    )


def _pair(levels: Sequence[str]) -> tuple[str, str]:
    for level in levels:
        words = level.split("+")
        connected = "+".join(word for word in words if not word.startswith("cut:"))
        if connected != level and connected in levels:
            return connected, level
    raise UsageError(
        f"levels {', '.join(levels)}",
        "no level with a cut beside the same level without it",
        "Run for instance: skypact run gulf --level pact --level pact+cut:USA",
    )


def print_cut(found: CutStudy, console: Console) -> None:
    """Print what the cut costs, a row a nation, with 95 % intervals over runs."""
    when = f"{found.from_s / 60:g} to {found.until_s / 60:g} min"
    console.print(f"[bold]{found.title}[/bold]\n{found.cut} beside {found.connected}, the cut from {when}")
    if found.runs < CITABLE_RUNS:
        console.print(f"[bold yellow]PREVIEW[/bold yellow] {found.runs} runs are too few to cite.")
    table = Table(box=None)
    table.add_column("nation")
    for heading in ("error, km", "before, km", "during, km", "after, km", "felt for, s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(
            row.nation,
            _shown(row.connected_m, 1e-3, 2),
            *(_shown(part, 1e-3, 2, sign=True) for part in (row.before_m, row.during_m, row.after_m)),
            _shown(row.recovery_s, 1.0, 0) + (f" ({row.unrecovered} not)" if row.unrecovered else ""),
        )
    console.print(table)
    console.print(
        "[dim]Error: the picture error (GOSPA) during the cut without it; then what the cut adds before, during and in "
        "the ten minutes after it, with 95 % intervals over paired runs; felt for: seconds after the cut up to the "
        "last snapshot of these ten minutes at which it adds more than 0.5 km, in runs that last so long; not: so many "
        "runs in which it does so to the end.[/dim]"
    )


def _shown(estimate: Estimate, factor: float, digits: int, sign: bool = False) -> str:
    value = f"{round(estimate.value * factor, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    if estimate.n < 2:
        return value
    margin = max(estimate.high - estimate.value, estimate.value - estimate.low) * factor
    return f"{value} ±{margin:.{digits}f}"


def plot_cut(found: CutStudy, path: Path) -> Path:
    """The path of the picture drawn: each nation's picture error over time, with the cut and without it.

    Raises:
        UsageError: another suffix than .png or .svg, or the file cannot be written.
    """
    write_cut_picture(
        path,
        found.title,
        (found.connected, found.cut),
        [row.nation for row in found.rows],
        [found.nations.index(row.nation) for row in found.rows],
        found.mean,
        (found.from_s, found.until_s),
        found.runs,
    )
    return path


def to_json(found: CutStudy) -> str:
    """Everything as JSON, SI units; what there is no number for is null."""
    document = asdict(found)
    document["mean"] = {name: values.tolist() for name, values in document["mean"].items()}
    return json.dumps(plain(document), indent=1, ensure_ascii=False, allow_nan=False)
