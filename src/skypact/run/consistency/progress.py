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
    """A bar of runs; on anything but a terminal a line for each finished run."""

    def __init__(self, console: Console, title: str, runs: int, what: str = "trackers") -> None:
        self._console, self._title, self._runs, self._what = console, title, runs, what
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
        self._task = self._progress.add_task("runs", total=runs)
        self._shown = 0

    def __enter__(self) -> StudyProgress:
        self._console.print(f"{self._title}: {self._what} of {self._runs} runs beside truth", highlight=False)
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
            self._console.print(f"{done} of {self._runs} runs done", highlight=False)
