"""The metrics that a summary shows: what each means, which way is better, and what difference would matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skypact.score.run import WARNED_S


@dataclass(frozen=True)
class Metric:
    """One metric of the summary."""

    key: str
    title: str
    unit: str
    """s, m, %, USD, or empty for a count"""
    kind: Literal["mean", "ratio", "quantile"]
    """mean over runs of `of`; sum of `of` over sum of `per`; quantile over all objects of the seconds that `of` names
    (`public`, `equal`: of warning, at that alert probability; `firm`: from launch to the first firm track)"""
    of: str
    per: str
    q: float
    better: Literal[1, -1, 0]
    """1: more is better, -1: less is better, 0: neither"""
    threshold: float
    """The threshold of relevance: a smaller difference would not matter. In the metric's unit (0.05 is 5 %)."""
    count: bool
    """A number of events: a zero over all runs has an exact upper bound."""
    total: Literal["sum", "mean"]
    """How the row of all nations together is made."""
    digits: int
    meaning: str


def _mean(
    key: str,
    title: str,
    unit: str,
    better: Literal[1, -1, 0],
    threshold: float,
    meaning: str,
    digits: int = 0,
) -> Metric:
    return Metric(key, title, unit, "mean", key, "", 0.0, better, threshold, False, "mean", digits, meaning)


def _sum(key: str, title: str, unit: str, better: Literal[-1, 0], threshold: float, meaning: str) -> Metric:
    return Metric(key, title, unit, "mean", key, "", 0.0, better, threshold, False, "sum", 1, meaning)


def _count(key: str, title: str, better: Literal[1, -1, 0], threshold: float, meaning: str) -> Metric:
    return Metric(key, title, "", "mean", key, "", 0.0, better, threshold, True, "sum", 1, meaning)


def _share(key: str, title: str, of: str, per: str, meaning: str) -> Metric:
    return Metric(key, title, "%", "ratio", of, per, 0.0, 1, 0.05, False, "sum", 0, meaning)


def _warning(key: str, title: str, rung: str, q: float, meaning: str) -> Metric:
    return Metric(key, title, "s", "quantile", rung, "", q, 1, 10.0, False, "sum", 0, meaning)


METRICS: tuple[Metric, ...] = (
    _warning(
        "warning_median_s",
        "warning, median",
        "public",
        0.5,
        "seconds from the alert that stays in force to the arrival, for the middle one of all objects that go to the "
        "nation's places; no alert counts 0",
    ),
    _warning(
        "warning_p5_s", "warning, worst 5 %", "public", 0.05, "the same for the object in the worst twentieth"
    ),
    _warning(
        "warning_equal_far_s",
        "warning at equal false alerts",
        "equal",
        0.5,
        "the median warning where each level alerts at the probability that gives no more false alerts than the "
        "baseline has",
    ),
    *(
        _share(
            f"people_{s}_share",
            f"people warned {s} s",
            f"people_{s}_s",
            "people",
            f"share of the people under attack who had at least {s} s of warning",
        )
        for s in WARNED_S
    ),
    Metric(
        "warned_60_per_head",
        "warned 60 s per head",
        "",
        "ratio",
        "people_60_s",
        "population",
        0.0,
        1,
        0.05,
        False,
        "sum",
        2,
        "how often in a raid an inhabitant of the nation's places is warned 60 s or more of an object that comes",
    ),
    _share(
        "held_share",
        "held in time",
        "held",
        "held_of",
        "share of the objects that go to the nation's places on which its picture had a firm track 60 s before arrival",
    ),
    _share(
        "held_short_share",
        "short flights held",
        "held_short",
        "held_short_of",
        "share of the objects that fly less than 60 s on which its picture ever had a firm track",
    ),
    Metric(
        "firm_after_s",
        "time to firm track",
        "s",
        "quantile",
        "firm",
        "",
        0.5,
        -1,
        10.0,
        False,
        "sum",
        0,
        "seconds from launch until the nation's picture first holds a firm track, for the middle one of all objects "
        "that go to the nation's places; never counts as the whole flight",
    ),
    _mean("gospa_m", "picture error", "m", -1, 500.0, "GOSPA of the nation's picture (p = 2, c = 5 km)"),
    _mean(
        "gospa_localisation_m",
        "of it: position",
        "m",
        -1,
        100.0,
        "the part of the picture error from position",
    ),
    _mean("gospa_missed", "of it: missed", "", -1, 0.5, "objects and aircraft that the picture lacks", 1),
    _mean("gospa_false", "of it: false", "", -1, 0.5, "tracks of the picture with nothing there", 1),
    _mean(
        "common_rmse_m",
        "position error",
        "m",
        -1,
        50.0,
        "position error on the objects held at both this level and the baseline",
    ),
    _count(
        "leakers", "leakers", -1, 0.5, "objects that reached a defended place of the nation intact, a raid"
    ),
    _count("arrivals", "arrivals", -1, 0.5, "objects that reached any place of the nation intact, a raid"),
    _count("rounds", "rounds fired", -1, 1.0, "interceptors that the nation's batteries fired, a raid"),
    _sum("price_usd", "price of rounds", "USD", -1, 1e6, "what the nation's interceptors cost, a raid"),
    _count(
        "overkill_rounds",
        "overkill",
        -1,
        0.5,
        "rounds fired at what had already been killed, or at what another nation's shot was flying to",
    ),
    _count("civil_engaged", "airliners fired at", -1, 0.01, "shots of the nation at civil aircraft, a raid"),
    _count(
        "friendly_engaged", "friendly fired at", -1, 0.01, "shots of the nation at friendly aircraft, a raid"
    ),
    _count("false_alerts", "false alerts", -1, 0.5, "alerts for a place to which nothing came, a raid"),
    _count(
        "precautionary_alerts",
        "of it: precautionary",
        0,
        0.5,
        "false alerts for a place within 10 km of which something came down or flew by, a raid",
    ),
    _count("stray_alerts", "of it: nothing near", -1, 0.5, "false alerts with nothing within 10 km, a raid"),
    _count("correct_alerts", "correct alerts", 0, 0.5, "alerts for a place to which something came, a raid"),
    _count(
        "unalerted",
        "missed",
        -1,
        0.5,
        "objects that came to the nation's places, or were killed on the way, without an alert in force, a raid",
    ),
    _sum(
        "people_in_vain",
        "people warned in vain",
        "people",
        -1,
        10e3,
        "population of the places alerted falsely, once for each such alert, a raid",
    ),
    _count("alerts", "alerts", 0, 0.5, "alerts that the public heard, a raid"),
    _sum("alert_hours", "alert hours", "h", -1, 0.5, "hours under alert, summed over the nation's places"),
    _mean(
        "first_detection_s",
        "own first detection",
        "s",
        -1,
        10.0,
        "seconds after launch until the nation's own sensors see an object (the same at all levels, unless sensors "
        "are cued)",
    ),
    _count("messages_sent", "messages sent", 0, 1.0, "messages that the nation released, a raid"),
    _sum("bytes_sent", "bytes sent", "B", 0, 1e3, "what they hold"),
)

BY_KEY = {metric.key: metric for metric in METRICS}
