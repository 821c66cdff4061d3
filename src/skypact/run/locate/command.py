"""`skypact locate`: read messages, locate each, hold it against ADS-B, write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from skypact.errors import UsageError
from skypact.run.locate.file import located_table, write_csv, write_parquet
from skypact.run.locate.picture import write_picture
from skypact.run.locate.reading import read_messages, read_stations
from skypact.run.locate.sample import write_sample
from skypact.run.locate.study import HEIGHTS, study
from skypact.run.locate.summary import Found, summary_of
from skypact.run.locate.table import print_found
from skypact.run.recorded.file import write_whole

FILES = {
    "table": "located.parquet",
    "csv": "located.csv",
    "picture": "located.png",
    "summary": "summary.json",
}


@dataclass(frozen=True)
class LocateRequest:
    """What `skypact locate` was asked for."""

    messages: tuple[Path, ...]
    stations: Path
    folder: Path
    height: str = "reported"
    """one of study.HEIGHTS"""
    calibrate: bool = False


def request_of(
    messages: Sequence[Path], stations: Path | None, height: str, calibrate: bool, folder: Path | None
) -> LocateRequest:
    """What is to be done, the folder named after the first file unless told.

    Raises:
        UsageError: something is missing or not known.
    """
    if not messages:
        raise UsageError(
            "skypact locate", "no file of messages", "Name one, or write a sample: --sample FOLDER."
        )
    if stations is None:
        raise UsageError(
            "skypact locate", "no stations", "Name their file: --sensors sensors.csv (serial, latitude, ...)."
        )
    if height not in HEIGHTS:
        raise UsageError(f"--height {height}", "not known", f"Choose one of {', '.join(HEIGHTS)}.")
    own = Path("skypact-located") / messages[0].stem
    return LocateRequest(tuple(messages), stations, folder or own, height, calibrate)


def locate(request: LocateRequest) -> Found:
    """Do it all; what was found, as it is in summary.json.

    Raises:
        UsageError: a file that cannot be read or written.
        InputError: the faults of the files, all of them.
    """
    stations = read_stations(request.stations)
    found = study(read_messages(request.messages, stations), stations, request.height, request.calibrate)
    _make(request.folder)
    table = located_table(found)
    write_parquet(request.folder / FILES["table"], table)
    write_csv(request.folder / FILES["csv"], table)
    names = [path.name for path in request.messages]
    write_picture(request.folder / FILES["picture"], found, ", ".join(names))
    summary = summary_of(found, names, FILES)
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(request.folder / FILES["summary"], text.encode())
    return summary


def print_result(found: Found, folder: Path, as_json: bool, console: Console) -> None:
    """Print the tables and where the files are, or the summary as it was written."""
    if as_json:
        text = (folder / FILES["summary"]).read_text(encoding="utf-8")
        console.print(text, end="", highlight=False, markup=False, soft_wrap=True)
        return
    print_found(found, console)
    files = ", ".join(sorted(found["files"].values()))
    console.print(f"\nWritten to {folder}: {files}", markup=False, highlight=False, soft_wrap=True)


def make_sample(folder: Path, console: Console) -> None:
    """Write the sample and say what it is and how to locate it."""
    _make(folder)
    names = write_sample(folder)
    console.print(f"Written to {folder}: {', '.join(names)}", markup=False, highlight=False, soft_wrap=True)
    files = " ".join(str(folder / name) for name in names[1:])
    command = f"skypact locate {files} --sensors {folder / names[0]}"
    console.print(f"Locate it: {command}", markup=False, highlight=False, soft_wrap=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        found = fault.strerror or str(fault)
        raise UsageError(f"folder {folder}", found, "Choose a folder that can be made.") from fault
