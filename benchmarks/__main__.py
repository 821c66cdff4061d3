"""Run every benchmark; write docs/benchmarks.md for people and docs/benchmarks.json for machines."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import defence, earth, fusion, interop, paired, score, sense, tracker, williams
from benchmarks.measure import Row, machine, versions

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _figure(value: float) -> str:
    return f"{value:.4g}" if value >= 1e-3 else f"{value:.2e}"


def _table(rows: list[Row]) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Processor time on one core, kernels compiled beforehand. A ratio above 1 means that Skypact is faster than "
        "the peer on the same problem in the same process; both answers are checked to be equal first. `make bench` "
        "measures them again.",
        "",
        f"Measured on: {machine()}. "
        + ", ".join(f"{name} {number}" for name, number in versions().items())
        + ".",
        "",
        "| name | size | unit | Skypact | peer | peer is | ratio | note |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        peer = "" if row.peer is None else _figure(row.peer)
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
        lines.append(
            f"| {row.name} | {row.size} | {row.unit} | {_figure(row.ours)} | {peer} | {row.peer_name or ''} | {ratio} "
            f"| {row.note} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write."""
    rows = []
    for part in (
        paired,
        earth,
        sense,
        score,
        tracker,
        williams,
        fusion,
        defence,
        interop,
    ):  # the run first: its peak memory is the process's
        for row in part.rows():
            ratio = "" if row.ratio is None else f", {row.ratio:.1f} times as fast as {row.peer_name}"
            print(f"{row.name} {row.size}: {_figure(row.ours)} {row.unit}{ratio} {row.note}", flush=True)
            rows.append(row)
    found = [
        {
            "name": row.name,
            "size": row.size,
            "unit": row.unit,
            "ours": row.ours,
            "peer": row.peer,
            "peer_name": row.peer_name,
            "ratio": row.ratio,
            "machine": machine(),
            "versions": versions(),
        }
        for row in rows
    ]
    (DOCS / "benchmarks.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (DOCS / "benchmarks.md").write_text(_table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
