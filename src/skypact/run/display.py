"""Live progress on the terminal: runs done, time left, the raid under way."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from skypact.model.manifest import Manifest
from skypact.run.campaign import Request


class Display:
    """A progress display; on anything but a terminal it prints a line for each finished run."""

    def __init__(self, console: Console, request: Request, manifest: Manifest) -> None:
        self._console, self._manifest = console, manifest
        self._live = console.is_terminal
        self._title = (
            f"{request.loaded.scenario.title}: {request.runs} paired runs at {', '.join(request.levels)}"
        )
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._overall: TaskID | None = None
        self._first = 0.0
        self._shown = -1

    def __enter__(self) -> Display:
        self._console.print(self._title, highlight=False, markup=False)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Name the present stage."""
        self._console.print(f"[dim]{text}[/dim]", highlight=False)

    def report(self, done: int, total: int, running: Sequence[tuple[int, float]]) -> None:
        """Show how far the campaign is; called by the campaign."""
        if not self._live:
            if done != self._shown:
                self._console.print(f"{done} of {total} runs done", highlight=False)
                self._shown = done
            return
        share = done + sum(part for _, part in running)
        if self._overall is None:
            self._overall = self._progress.add_task("runs", total=total, left="")
            self._first = share
        elapsed_s = self._progress.tasks[0].elapsed or 0.0
        gained = share - self._first
        left = ""
        if gained > 0.05:
            left_s = elapsed_s * (total - share) / gained
            left = f"about {left_s / 60:.0f} min left" if left_s > 90 else f"about {left_s:.0f} s left"
        self._progress.update(self._overall, completed=done, description=self._raids(running), left=left)

    def _raids(self, running: Sequence[tuple[int, float]]) -> str:
        families = self._manifest.families
        parts = [
            f"run {run} ({families[run % len(families)] if families else 'no raid'}) {share:.0%}"
            for run, share in running
        ]
        return ", ".join(parts) or "runs"
