"""Live progress of the scoring on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class ScoringProgress:
    """A bar of runs scored; nothing on anything but a terminal, where scoring is quick to pass unseen."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("Scoring the record"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("runs", total=None)

    def __enter__(self) -> ScoringProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def report(self, done: int, total: int) -> None:
        """Show how many of the runs are scored."""
        self._progress.update(self._task, completed=done, total=total)
