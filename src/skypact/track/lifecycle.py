"""The life of a track as a table: what the kernels do (kernels.lifecycle) and what the documentation draws."""

from __future__ import annotations

from typing import NamedTuple

from skypact.model.codes import TrackStatus


class Transition(NamedTuple):
    """From a status, when the guard holds, to the next."""

    status: TrackStatus
    guard: str
    next: TrackStatus


GUARDS = {
    "unpaired_detection": "a detection that may start a track belongs to no track",
    "hits_in_time": "`confirm_hits` hits within `confirm_looks` looks",
    "silent_at_start": "no hit for longer than `drop_looks` looks",
    "pushed_out": "the bank is full and this is its oldest tentative track",
    "silent": "no hit for longer than `coast_looks` looks",
    "hit": "a detection is paired with the track",
    "silent_too_long": "no hit for longer than `lost_looks` looks (in free flight times `ballistic_patience`)",
    "too_uncertain": "coasting with a sigma above `lost_sigma_m`",
    "same_object": "another track is of the same object and stays",
    "reported": "the loss has been reported",
}
"""What each guard means, in the terms of `TrackerSettings`."""

TRANSITIONS = (
    Transition(TrackStatus.FREE, "unpaired_detection", TrackStatus.TENTATIVE),
    Transition(TrackStatus.TENTATIVE, "hits_in_time", TrackStatus.CONFIRMED),
    Transition(TrackStatus.TENTATIVE, "silent_at_start", TrackStatus.LOST),
    Transition(TrackStatus.TENTATIVE, "pushed_out", TrackStatus.LOST),
    Transition(TrackStatus.TENTATIVE, "same_object", TrackStatus.LOST),
    Transition(TrackStatus.CONFIRMED, "silent", TrackStatus.COASTING),
    Transition(TrackStatus.CONFIRMED, "silent_too_long", TrackStatus.LOST),
    Transition(TrackStatus.CONFIRMED, "too_uncertain", TrackStatus.LOST),
    Transition(TrackStatus.CONFIRMED, "same_object", TrackStatus.LOST),
    Transition(TrackStatus.COASTING, "hit", TrackStatus.CONFIRMED),
    Transition(TrackStatus.COASTING, "silent_too_long", TrackStatus.LOST),
    Transition(TrackStatus.COASTING, "too_uncertain", TrackStatus.LOST),
    Transition(TrackStatus.COASTING, "same_object", TrackStatus.LOST),
    Transition(TrackStatus.LOST, "reported", TrackStatus.FREE),
)
"""Every change of status there is. Where no guard of a status holds, the status stays."""


def allowed(old: TrackStatus, new: TrackStatus) -> bool:
    """Whether the table has a transition from one status to the other."""
    return any(row.status == old and row.next == new for row in TRANSITIONS)


def mermaid() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {TrackStatus.FREE.name}"]
    joined: dict[tuple[TrackStatus, TrackStatus], list[str]] = {}
    for row in TRANSITIONS:
        joined.setdefault((row.status, row.next), []).append(row.guard)
    for (old, new), guards in joined.items():
        lines.append(f"    {old.name} --> {new.name}: {', '.join(guards)}")
    return "\n".join(lines) + "\n"
