"""The life of one nation's engagement of one track: a table, and the diagram made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from skypact.model.codes import Assessment


class EngagementState(IntEnum):
    """Where an engagement is; only in CLEAR and OPEN may a shot be decided."""

    CLEAR = 0
    IN_FLIGHT = 1
    ASSESSING = 2
    OPEN = 3
    BELIEVED_KILLED = 4


class EngagementEvent(IntEnum):
    """What moves an engagement on."""

    FIRED = 0
    INTERCEPT_DUE = 1
    ASSESSED_KILLED = 2
    ASSESSED_MISSED = 3
    ASSESSED_UNKNOWN = 4
    LIVES_ON = 5
    TIMED_OUT = 6


_S, _E = EngagementState, EngagementEvent

ENGAGEMENT_TABLE: Mapping[tuple[EngagementState, EngagementEvent], EngagementState] = MappingProxyType(
    {
        (_S.CLEAR, _E.FIRED): _S.IN_FLIGHT,
        (_S.OPEN, _E.FIRED): _S.IN_FLIGHT,
        (_S.IN_FLIGHT, _E.INTERCEPT_DUE): _S.ASSESSING,
        (_S.ASSESSING, _E.ASSESSED_KILLED): _S.BELIEVED_KILLED,
        (_S.ASSESSING, _E.ASSESSED_MISSED): _S.OPEN,
        (_S.ASSESSING, _E.ASSESSED_UNKNOWN): _S.OPEN,
        (_S.ASSESSING, _E.TIMED_OUT): _S.OPEN,
        (_S.BELIEVED_KILLED, _E.LIVES_ON): _S.OPEN,
    }
)
"""Every transition there is; anything else leaves the state as it was."""

EVENT_OF_ASSESSMENT: Mapping[int, EngagementEvent] = MappingProxyType(
    {
        int(Assessment.KILLED): _E.ASSESSED_KILLED,
        int(Assessment.MISSED): _E.ASSESSED_MISSED,
        int(Assessment.UNKNOWN): _E.ASSESSED_UNKNOWN,
    }
)


@dataclass(frozen=True)
class Engagement:
    """One nation's engagement of one track, from its first shot on."""

    state: EngagementState
    battery: int
    """Row of the battery that shot last."""
    intercept_ns: int
    """When the last shot meets, or met, the track."""
    assessed_ns: int
    """When the last assessment came; 0 before the first."""
    support_ns: int
    """A further shot needs a track updated after this instant: after an unknown outcome, the intercept's; else 0."""
    shots: int
    """Salvos decided so far."""


def after(state: EngagementState, event: EngagementEvent) -> EngagementState:
    """The state after an event; the same where the table has no such transition."""
    return ENGAGEMENT_TABLE.get((state, event), state)


def engagement_diagram() -> str:
    """The table as a Mermaid state diagram, for the documents."""
    lines = ["stateDiagram-v2", f"    [*] --> {EngagementState.CLEAR.name}"]
    lines += [
        f"    {start.name} --> {end.name}: {event.name.lower().replace('_', ' ')}"
        for (start, event), end in ENGAGEMENT_TABLE.items()
    ]
    return "\n".join(lines) + "\n"
