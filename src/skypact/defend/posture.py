"""Weapons control: nobody fires at a lone silent aircraft.

A light aircraft whose transponder is dead moves as a drone does, and no radar tells them apart. So a nation holds its
fire on air-breathing objects (weapons tight) until what it sees is a raid: several of them at once, or any track on
a ballistic path, which no aircraft flies. It then stays ready (weapons free) for a while. Ballistic objects are fired
at in either state. An order (raised alert) may set weapons free for a stated time, whatever is seen. The rule is
notional, after the weapons control statuses of open doctrine (JP 3-01, "Countering Air and Missile Threats"); a single
drone is warned of but not engaged under it.
"""

from __future__ import annotations

import numpy as np

from skypact.defend.settings import FireSettings
from skypact.defend.state import FireState
from skypact.model.codes import ImpactKind
from skypact.model.network import B1, U1, U8


def free_to_engage(
    state: FireState, nation: int, track_id: U8, kind: U1, now_ns: int, settings: FireSettings
) -> B1:
    """Which of a nation's candidates it may fire at now, [n]; a raid that begins is remembered in `state`.

    Args:
        state: of this level; changed.
        nation: who decides.
        track_id: [n] of the candidates of its picture.
        kind: [n] model.codes.ImpactKind of each.
        now_ns: the instant.
        settings: assumptions.
    """
    ballistic = kind == ImpactKind.BALLISTIC
    confirm_ns = round(settings.raid_confirm_s * 1e9)
    seen_ns, since = state.falling_since_ns.get(nation, (now_ns, {}))
    if now_ns - seen_ns > confirm_ns // 2:
        since = {}
    falling = {int(track): since.get(int(track), now_ns) for track in track_id[ballistic]}
    state.falling_since_ns[nation] = now_ns, falling
    lasts = falling and now_ns - min(falling.values()) >= confirm_ns
    if lasts or np.count_nonzero(~ballistic) >= settings.raid_size:
        state.free_until_ns[nation] = now_ns + round(settings.raid_s * 1e9)
    ordered = settings.free_from_s <= now_ns * 1e-9 < settings.free_until_s
    allowed: B1 = ballistic | np.bool_(ordered or state.free_until_ns.get(nation, now_ns) > now_ns)
    return allowed
