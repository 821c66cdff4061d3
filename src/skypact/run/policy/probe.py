"""The one function asked about objects that might be: which kinds would be released, and why others would not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from skypact.model.codes import Content, ObjectClass, Reason
from skypact.model.network import I8
from skypact.model.release import NO_CLASS, Items
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

    Times are those just before and at every bound of the origin's lines; places the middle of their regions, and the
    corners at which those that overlap begin to.
    """
    code = chosen.nations[origin]
    lines = [line for line in chosen.rules.lines if line.sender == code]
    bounds = {t for line in lines for t in (line.from_s, line.until_s) if math.isfinite(t)}
    times = sorted({0.0, LATE_S} | bounds | {t - 1.0 for t in bounds})
    boxes = [line.region for line in lines if line.region is not None]
    middles = {(0.5 * (box.south_rad + box.north_rad), 0.5 * (box.west_rad + box.east_rad)) for box in boxes}
    corners = set(product({box.south_rad for box in boxes}, {box.west_rad for box in boxes}))
    places = [(math.nan, math.nan), *sorted(middles | corners)]
    worst = [Probe(math.nan, math.nan, False, t, False) for t in times]
    either = (False, True)
    best = [
        Probe(*place, threat, t, alert) for place, threat, t, alert in product(places, either, times, either)
    ]
    return worst, best


def reached(chosen: Chosen, origin: int, content: Content, probe: Probe) -> list[set[int]]:
    """By class, the nations that an origin's item of it comes to in such circumstances, however many pass it on.

    Who got it without its identity does not know its class: no line for stated classes lets it go on from there.
    """
    n, m = len(chosen.nations), len(ObjectClass)
    # By nation: the classes of which it gets items as they are, then those of which it gets items without identity.
    held = np.zeros((n, 2 * m), np.bool_)
    held[origin, :m] = True
    everyone = np.arange(n)
    asked: set[int] = set()
    while fresh := [k for k in np.flatnonzero(held.any(axis=1)).tolist() if k not in asked]:
        for sender in fresh:
            asked.add(sender)
            verdicts = releasable(
                chosen.rules, sender, everyone, _items(origin, content, probe, n), probe.now_s, probe.on_alert
            )
            goes, stripped = verdicts.allowed & held[sender], verdicts.nameless[:, :m]
            named, nameless = goes[:, :m] & ~stripped, goes[:, :m] & stripped | goes[:, m:]
            gained = np.hstack([named, nameless]) & ~held
            held |= gained
            asked -= {int(k) for k in np.flatnonzero(gained.any(axis=1))}
    known = held[:, :m] | held[:, m:]
    return [{int(k) for k in np.flatnonzero(known[:, kind])} for kind in range(m)]


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
        ).reason[0, : len(ObjectClass)]
    ]
    granted = [reason for reason in reasons if reason <= Reason.OVERRIDDEN]
    return Reason(min(granted) if granted else max(reasons))


def _items(origin: int, content: Content, probe: Probe, n: int) -> Items:
    """One item of each class, and of each one of which the class is not known any more."""
    classes = len(ObjectClass)
    m = 2 * classes
    return Items(
        content,
        np.full(m, 1 << origin, np.uint32),
        np.concatenate([np.arange(classes), np.full(classes, NO_CLASS)]).astype(np.uint8),
        np.full(m, probe.lat_rad),
        np.full(m, probe.lon_rad),
        np.full(m, (1 << n) - 1 if probe.threatens else 0, np.uint32),
    )
