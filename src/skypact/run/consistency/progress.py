"""Live progress of a study on the terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class StudyProgress:
    """A bar of runs (or of what else `unit` says); on anything but a terminal a line for each that is finished."""

    def __init__(
        self,
        console: Console,
        title: str,
        runs: int,
        what: str = "trackers of {} runs beside truth",
        unit: str = "runs",
    ) -> None:
        self._console, self._runs, self._unit = console, runs, unit
        self._heading = f"{title}: {what.format(runs)}"
        self._live = console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._task = self._progress.add_task(unit, total=runs)
        self._shown = 0

    def __enter__(self) -> StudyProgress:
        self._console.print(self._heading, highlight=False, markup=False)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def report(self, done: int, share: float) -> None:
        """Show how far the study is."""
        self._progress.update(self._task, completed=done + share)
        if not self._live and done > self._shown:
            self._shown = done
            self._console.print(f"{done} of {self._runs} {self._unit} done", highlight=False)
