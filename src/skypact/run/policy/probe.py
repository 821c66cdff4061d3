"""The one function asked about objects that might be: which kinds would be released, and why others would not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from skypact.model.codes import Content, ObjectClass, Reason
from skypact.model.network import I8
from skypact.model.release import Items
from skypact.run.policy.reading import Chosen
from skypact.share import releasable

LATE_S = 1e6
"""A time after all times of a scenario."""


@dataclass(frozen=True)
class Probe:
    """Circumstances in which an object is asked about."""

    lat_rad: float
    lon_rad: float
    threatens: bool
    now_s: float
    on_alert: bool


def probes(chosen: Chosen, origin: int) -> tuple[list[Probe], list[Probe]]:
    """The least favourable circumstances, all of which "always" must stand, and the more favourable ones.

    Times are those just before and at every bound of the origin's lines; places the middle of their regions.
    """
    code = chosen.nations[origin]
    lines = [line for line in chosen.rules.lines if line.sender == code]
    bounds = {t for line in lines for t in (line.from_s, line.until_s) if math.isfinite(t)}
    times = sorted({0.0, LATE_S} | bounds | {t - 1.0 for t in bounds})
    places = [(math.nan, math.nan)]
    for line in lines:
        box = line.region
        if box is not None:
            places.append((0.5 * (box.south_rad + box.north_rad), 0.5 * (box.west_rad + box.east_rad)))
    worst = [Probe(math.nan, math.nan, False, t, False) for t in times]
    best = [Probe(*place, threat, t, True) for place, threat, t in product(places, (False, True), times)]
    return worst, best


def reached(chosen: Chosen, origin: int, content: Content, probe: Probe) -> list[set[int]]:
    """By class, the nations that an origin's item of it comes to in such circumstances, however many pass it on."""
    n = len(chosen.nations)
    held = np.zeros((n, len(ObjectClass)), np.bool_)
    held[origin] = True
    everyone = np.arange(n)
    asked: set[int] = set()
    while fresh := [k for k in np.flatnonzero(held.any(axis=1)).tolist() if k not in asked]:
        for sender in fresh:
            asked.add(sender)
            verdicts = releasable(
                chosen.rules, sender, everyone, _items(origin, content, probe, n), probe.now_s, probe.on_alert
            )
            gained = verdicts.allowed & held[sender] & ~held
            held |= gained
            asked -= {int(k) for k in np.flatnonzero(gained.any(axis=1))}
    return [{int(k) for k in np.flatnonzero(held[:, kind])} for kind in range(len(ObjectClass))]


def reason_of(chosen: Chosen, owner: int, sender: int, receiver: int, content: Content) -> Reason:
    """Why the sender would not give the owner's information to the receiver: the reason that comes nearest."""
    _, best = probes(chosen, owner)
    receivers: I8 = np.array([receiver])
    reasons = [
        int(reason)
        for probe in best
        for reason in releasable(
            chosen.rules,
            sender,
            receivers,
            _items(owner, content, probe, len(chosen.nations)),
            probe.now_s,
            probe.on_alert,
        ).reason[0]
    ]
    granted = [reason for reason in reasons if reason <= Reason.OVERRIDDEN]
    return Reason(min(granted) if granted else max(reasons))


def _items(origin: int, content: Content, probe: Probe, n: int) -> Items:
    """One item of each class."""
    m = len(ObjectClass)
    return Items(
        content,
        np.full(m, 1 << origin, np.uint32),
        np.arange(m, dtype=np.uint8),
        np.full(m, probe.lat_rad),
        np.full(m, probe.lon_rad),
        np.full(m, (1 << n) - 1 if probe.threatens else 0, np.uint32),
    )
