"""The room that defends, in simulation only: which battery fires at what and when, and what is believed to follow.

It accepts `model.simulated.SimulatedPicture` and nothing else. An interceptor is reach, time of flight, chance to
kill, magazine and price. `allocate`, used alone, takes abstract weights and matrices.
"""

from __future__ import annotations

from skypact.defend.allocation import Allocation, allocate, allocate_greedy
from skypact.defend.decision import decide
from skypact.defend.engagement import ENGAGEMENT_TABLE, EngagementEvent, EngagementState, engagement_diagram
from skypact.defend.origin import took_off
from skypact.defend.outcome import resolve, salvo_chance
from skypact.defend.search import WorkLimit
from skypact.defend.settings import FIRE_VALUES, FireSettings
from skypact.defend.spending import Accord
from skypact.defend.state import FireState, apply_assessment, follow, new_fire_state

__all__ = [
    "ENGAGEMENT_TABLE",
    "FIRE_VALUES",
    "Accord",
    "Allocation",
    "EngagementEvent",
    "EngagementState",
    "FireSettings",
    "FireState",
    "WorkLimit",
    "allocate",
    "allocate_greedy",
    "apply_assessment",
    "decide",
    "engagement_diagram",
    "follow",
    "new_fire_state",
    "resolve",
    "salvo_chance",
    "took_off",
]
