"""What changes while a level is defended: magazines, channels and engagements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skypact.defend.engagement import (
    EVENT_OF_ASSESSMENT,
    Engagement,
    EngagementEvent,
    EngagementState,
    after,
)
from skypact.defend.settings import FireSettings
from skypact.model.codes import Assessment
from skypact.model.network import I1, I4, I8, BatteryTable


@dataclass
class FireState:
    """Magazines, channels and engagements of one level, B batteries in the order of their table."""

    nation: I1
    """[B] who owns each: engagements are a nation's."""
    stock: I4
    """[B] rounds ready."""
    busy_until_ns: I8
    """[B, C] when each channel is free again; columns beyond a battery's channels are never free."""
    reloaded_ns: I8
    """[B] when an emptied magazine is full again; -1 while it is not empty."""
    engagements: dict[tuple[int, int], Engagement] = field(default_factory=dict)
    """By (nation, track_id) of the nation's picture."""
    free_until_ns: dict[int, int] = field(default_factory=dict)
    """By nation: until when it is free to fire at air-breathing objects (defend.posture)."""
    falling_since_ns: dict[int, tuple[int, dict[int, int]]] = field(default_factory=dict)
    """By nation: when it last judged, and since when each track then a candidate on a ballistic path has been one."""
    store: I4 | None = None
    """[B] rounds behind the magazines, which reloads draw on; None where they are not counted."""


def new_fire_state(batteries: BatteryTable, held: I4 | None = None) -> FireState:
    """The state before the first shot: channels free, magazines full.

    Args:
        batteries: B of them.
        held: [B] rounds that each has in all, as many of them in its magazine as that takes and the rest in its store;
            where it is left out reloads come from a store without end.
    """
    widest = int(batteries.channels.max()) if len(batteries.channels) else 0
    busy = np.zeros((len(batteries.channels), widest), np.int64)
    busy[np.arange(widest)[None, :] >= batteries.channels[:, None]] = np.iinfo(np.int64).max
    ready = batteries.stock.astype(np.int32)
    if held is not None:
        ready = np.minimum(ready, held)
    return FireState(
        nation=batteries.nation.copy(),
        stock=ready,
        store=None if held is None else held - ready,
        busy_until_ns=busy,
        reloaded_ns=np.full(len(batteries.stock), -1, np.int64),
    )


def reload(state: FireState, batteries: BatteryTable, mine: I4, now_ns: int) -> None:
    """Fill magazines of `mine` whose reload is done: `reload_s` after the last round left; 0 s never reloads.

    Where the store is counted they are filled as far as it goes.
    """
    due = mine[(state.reloaded_ns[mine] >= 0) & (state.reloaded_ns[mine] <= now_ns)]
    state.stock[due] = batteries.stock[due]
    if state.store is not None:
        state.stock[due] = np.minimum(batteries.stock[due], state.store[due])
        state.store[due] -= state.stock[due]
    state.reloaded_ns[due] = -1


def reserve(
    state: FireState,
    batteries: BatteryTable,
    battery: int,
    track_id: int,
    rounds: int,
    now_ns: int,
    intercept_ns: int,
) -> None:
    """Take rounds and a free channel of a battery for a salvo at a track, and open the engagement.

    Raises:
        ValueError: the magazine holds fewer rounds, or no channel is free.
    """
    free = np.flatnonzero(state.busy_until_ns[battery] <= now_ns)
    if rounds < 1 or state.stock[battery] < rounds or not len(free):
        raise ValueError(
            f"salvo of {rounds} from battery {battery}: found {state.stock[battery]} rounds and {len(free)} free"
            " channels; ask for no more than these"
        )
    state.stock[battery] -= rounds
    if state.stock[battery] == 0 and batteries.reload_s[battery] > 0.0:
        state.reloaded_ns[battery] = now_ns + int(batteries.reload_s[battery] * 1e9)
    state.busy_until_ns[battery, free[0]] = intercept_ns
    key = (int(state.nation[battery]), track_id)
    before = state.engagements.get(key)
    state.engagements[key] = Engagement(
        state=after(before.state if before else EngagementState.CLEAR, EngagementEvent.FIRED),
        battery=battery,
        intercept_ns=intercept_ns,
        assessed_ns=before.assessed_ns if before else 0,
        support_ns=0,
        shots=before.shots + 1 if before else 1,
    )


def may_fire(
    state: FireState, nation: int, track_id: int, updated_ns: int, now_ns: int, settings: FireSettings
) -> bool:
    """Whether a nation may decide a shot at a track now; moves its engagement on by the time that has passed.

    Not while a shot is in flight or awaits assessment; not after a believed kill, unless the track is still updated
    `reopen_s` after it; after an unknown outcome only on a track updated since the intercept.
    """
    engagement = state.engagements.get((nation, track_id))
    if engagement is None:
        return True
    now = engagement.state
    if now == EngagementState.IN_FLIGHT and now_ns >= engagement.intercept_ns:
        now = after(now, EngagementEvent.INTERCEPT_DUE)
    if now == EngagementState.ASSESSING and now_ns >= engagement.intercept_ns + int(
        settings.assessment_timeout_s * 1e9
    ):
        now = after(now, EngagementEvent.TIMED_OUT)
    if now == EngagementState.BELIEVED_KILLED and updated_ns >= engagement.assessed_ns + int(
        settings.reopen_s * 1e9
    ):
        now = after(now, EngagementEvent.LIVES_ON)
    if now != engagement.state:
        state.engagements[(nation, track_id)] = replace(engagement, state=now)
    return now in (EngagementState.CLEAR, EngagementState.OPEN) and updated_ns >= engagement.support_ns


def follow(state: FireState, nation: int, old: int, new: int) -> None:
    """Carry a nation's engagement over when its picture joins track `old` to track `new`."""
    engagement = state.engagements.pop((nation, old), None)
    if engagement is not None:
        state.engagements.setdefault((nation, new), engagement)


def apply_assessment(state: FireState, battery: int, track_id: int, assessment: int, now_ns: int) -> None:
    """Tell a battery's nation what it believes became of the battery's shot at a track; changes `state`.

    Args:
        state: changed; nothing happens where the nation has no such engagement or another shot followed.
        battery: row of the battery that shot.
        track_id: of the nation's picture.
        assessment: `model.codes.Assessment`.
        now_ns: when it is believed (`Outcomes.assessed_ns`).
    """
    key = (int(state.nation[battery]), int(track_id))
    engagement = state.engagements.get(key)
    if engagement is None or engagement.battery != battery or now_ns < engagement.intercept_ns:
        return
    now = after(engagement.state, EngagementEvent.INTERCEPT_DUE)
    then = after(now, EVENT_OF_ASSESSMENT[int(assessment)])
    unknown = int(assessment) == Assessment.UNKNOWN
    state.engagements[key] = replace(
        engagement, state=then, assessed_ns=now_ns, support_ns=engagement.intercept_ns if unknown else 0
    )
