"""What the general tracker asks of an associator, and which associators there are.

A new associator is one file: a frozen dataclass of its settings, registered under its name, whose `engine` makes what
does the work. The conformance suite (tests/multitarget) runs over every name here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from skypact.errors import UsageError
from skypact.kernels.multitarget.layout import Motion, Scan
from skypact.model.network import F8, I8
from skypact.track.estimates import Estimates
from skypact.track.life import Life


@dataclass(frozen=True)
class Setup:
    """What an engine is made for."""

    motion: Motion
    form: int
    """kernels.multitarget.layout: EXTENDED, UNSCENTED or CUBATURE"""
    life: Life
    speed_sigma_mps: tuple[float, float, float]
    """of a new track's velocity by axis"""
    capacity: int
    """greatest number of tracks at once"""


class Engine(Protocol):
    """One associator at work on one set of tracks."""

    @property
    def tracks(self) -> int:
        """How many tracks `means` lists."""

    @property
    def owner(self) -> I8:
        """[n] id of the track that each detection of the latest scan updated or began, 0 for none."""

    @property
    def dropped_full(self) -> int:
        """How many new tracks were given up for want of room."""

    def advance(self, t_s: float, scan: Scan, chance: F8, unseen_chance: float) -> None:
        """Take one scan in.

        Args:
            t_s: its instant, not before the last one's.
            scan: detections.
            chance: [T] of detection of each track that `means` lists.
            unseen_chance: of detection of objects that are no tracks yet: the sensor's constant.
        """

    def means(self, t_s: float) -> F8:
        """State means [T, n] predicted to an instant, of every track that a scan may concern, in a fixed order."""

    def estimates(self, t_s: float, least_status: int) -> Estimates:
        """The tracks of at least a status at an instant."""

    def snapshot(self) -> object:
        """All that changes, copied."""

    def restore(self, snapshot: object) -> None:
        """Be as when the snapshot was taken, bit by bit; the snapshot stays usable."""


@runtime_checkable
class Associator(Protocol):
    """Settings of an associator: a frozen dataclass."""

    def engine(self, setup: Setup) -> Engine:
        """An engine without tracks."""


_REGISTERED: dict[str, Callable[[], Associator]] = {}
Settings = TypeVar("Settings", bound=Associator)


def register(name: str) -> Callable[[type[Settings]], type[Settings]]:
    """A class decorator: makes settings that need no argument available to `Tracker` under a name."""

    def enter(settings: type[Settings]) -> type[Settings]:
        _REGISTERED[name] = settings
        return settings

    return enter


def registered() -> tuple[str, ...]:
    """The names of all associators, sorted."""
    return tuple(sorted(_REGISTERED))


def associator(wanted: str | Associator) -> Associator:
    """The associator of a name with its default settings, or the settings as they were given.

    Raises:
        UsageError: there is no such name, or the object is not an associator's settings.
    """
    if isinstance(wanted, str):
        if wanted not in _REGISTERED:
            raise UsageError("association", repr(wanted), f"Give one of {', '.join(registered())}.")
        return _REGISTERED[wanted]()
    if not isinstance(wanted, Associator):
        raise UsageError(
            "association", type(wanted).__name__, "Give a name, or the settings object of an associator."
        )
    return wanted
