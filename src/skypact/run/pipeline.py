"""One epoch of the world, every stage in order, as the mission does: read this page first.

Truth flies by itself and is sensed once a run (`run.paired`), for the raid in which nobody fires. An epoch then
is, at every level of sharing: what was in flight arrives, sensors look where the last pictures point them (treatment
cueing), they feed trackers, nations release what their policy allows, pictures are fused, places are warned,
batteries decide. Levels share a tracker for as long as its sensors have seen the same, kills and debris included;
after a kill of its own a level keeps only what was still alive, and its own debris.
"""

from __future__ import annotations

from skypact.run.coordination import carry_news
from skypact.run.cueing import look_by_cue
from skypact.run.exchange import release, see
from skypact.run.flow import carry_on_alert
from skypact.run.outcome import believe_assessments, land_shots, record_arrivals
from skypact.run.plan import Plan
from skypact.run.response import defend, warn
from skypact.run.state import Level
from skypact.run.tracking import track


def step(plan: Plan, levels: list[Level], now_s: float) -> None:
    """Advance every level to `now_s`, one picture period after the last call."""
    now_ns = round(now_s * 1e9)
    for level in levels:
        land_shots(plan, level, now_ns)
        record_arrivals(plan, level, now_ns)
        look_by_cue(plan, level, now_ns)
        carry_on_alert(plan, level, now_ns)
    track(plan, levels, now_s)
    for level in levels:
        believe_assessments(level, now_ns)
        carry_news(plan, level, now_ns)
        release(plan, level, now_ns)
        see(plan, level, now_ns)
        warn(plan, level, now_ns)
        defend(plan, level, now_ns)
