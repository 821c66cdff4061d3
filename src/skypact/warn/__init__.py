"""The room that warns: where and when tracks will end, and which places must be told.

Tracks and received warnings in, predicted impacts and alert events out. It knows only what the picture knows.
"""

from __future__ import annotations

from skypact.warn.alert import AlertState, new_alert_state, update_alerts
from skypact.warn.impact import new_logbook, predict_impacts
from skypact.warn.launch import launch_points
from skypact.warn.prealert import (
    PrealertState,
    launches_within_reach,
    new_prealert_state,
    update_prealert,
)
from skypact.warn.settings import (
    ALERT_VALUES,
    IMPACT_VALUES,
    LAUNCH_VALUES,
    PREALERT_VALUES,
    AlertSettings,
    ImpactSettings,
    LaunchSettings,
    PrealertSettings,
)
from skypact.warn.threat import threatened, warned_of
from skypact.warn.zone import districts_as_zones, hexagons, places_as_zones

__all__ = [
    "ALERT_VALUES",
    "IMPACT_VALUES",
    "LAUNCH_VALUES",
    "PREALERT_VALUES",
    "AlertSettings",
    "AlertState",
    "ImpactSettings",
    "LaunchSettings",
    "PrealertSettings",
    "PrealertState",
    "districts_as_zones",
    "hexagons",
    "launch_points",
    "launches_within_reach",
    "new_alert_state",
    "new_logbook",
    "new_prealert_state",
    "places_as_zones",
    "predict_impacts",
    "threatened",
    "update_alerts",
    "update_prealert",
    "warned_of",
]
