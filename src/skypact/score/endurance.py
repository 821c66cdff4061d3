"""Several days of raids, from the defender's side: rounds left, share stopped, days that protection lasts, price.

The chain is the unit: one world of days, the same raids at every level, stocks carried from raid to raid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.model.codes import HOSTILE_CLASSES, EventKind
from skypact.model.manifest import Manifest
from skypact.model.network import B1, F8, I8
from skypact.model.record import COMMON_LEVEL
from skypact.score.column import Table, real, whole
from skypact.score.difference import Verdict, verdict_of
from skypact.score.interval import (
    CONFIDENCE,
    Estimate,
    binomial_bounds,
    mean_of_sums,
    ratio_difference,
    ratio_spread,
    share_of_sums,
)
from skypact.score.metric import Metric
from skypact.score.summary import ALL
from skypact.score.survival import Survival, restricted_mean, survival
from skypact.score.world import killed_s

HALF = 0.5
"""Where no share is stated, protection has fallen when it is less than half of what that of the first day would be."""

LEFT = Metric(
    "left", "rounds left", "%", "mean", "left", "", 0.0, 0, 0.05, False, "sum", 0,
    "rounds left at the end of the last day, of those held before the first",
)  # fmt: skip
STOPPED = Metric(
    "stopped", "stopped", "%", "ratio", "stopped", "scored", 0.0, 1, 0.05, False, "sum", 0,
    "objects of the nation's scored set that are killed before they arrive, of all days together",
)  # fmt: skip
LASTED = Metric(
    "lasted", "lasts", "days", "mean", "lasted", "", 0.0, 1, 0.5, False, "mean", 1,
    "days before the first on which protection has fallen below the threshold",
)  # fmt: skip
PRICE = Metric(
    "price_usd", "price of rounds", "USD", "mean", "price_usd", "", 0.0, -1, 1e6, False, "sum", 1,
    "what the nation's interceptors cost, in all days together",
)  # fmt: skip
ENDURANCE_METRICS = (LEFT, STOPPED, LASTED, PRICE)


@dataclass(frozen=True)
class RaidScore:
    """One raid at L levels: N nations, B batteries."""

    scored: I8
    """[N] objects of the nation's scored set: decided by truth, the same at all levels"""
    stopped: I8
    """[L, N] of these, killed before they arrive"""
    fired: I8
    """[L, B] rounds"""


def raid_score(tables: Mapping[str, Table], manifest: Manifest) -> RaidScore:
    """What one raid's record says of protection and rounds.

    Args:
        tables: events and objects of the run.
        manifest: the campaign's.
    """
    events, objects = tables["events"], tables["objects"]
    row = {name: n for n, name in enumerate(manifest.nations)}
    owner_of_place = np.array([row[entry.nation] for entry in manifest.places], np.int64)
    raid = (whole(objects, "level") == COMMON_LEVEL) & np.isin(objects["object_class"], HOSTILE_CLASSES)
    hits = np.flatnonzero(raid & (whole(objects, "place") >= 0))
    nation = owner_of_place[whole(objects, "place")[hits]]
    keys, end_s = whole(objects, "object")[hits].tolist(), real(objects, "end_s")[hits]
    nations, levels = len(manifest.nations), len(manifest.levels)
    stopped = np.zeros((levels, nations), np.int64)
    fired = np.zeros((levels, len(manifest.batteries)), np.int64)
    shots = whole(events, "kind") == EventKind.SHOT
    for level in range(levels):
        dead = killed_s(events, level, manifest)
        killed = np.array([dead.get(key, np.inf) for key in keys]) <= end_s
        stopped[level] = np.bincount(nation[killed], minlength=nations)
        mine = shots & (whole(events, "level") == level)
        np.add.at(fired[level], whole(events, "battery")[mine], whole(events, "place")[mine])
    return RaidScore(np.bincount(nation, minlength=nations).astype(np.int64), stopped, fired)


@dataclass(frozen=True)
class Chains:
    """M chains of D days at L levels: N nations, B batteries."""

    scored: I8
    """[M, D, N]"""
    stopped: I8
    """[M, D, L, N]"""
    fired: I8
    """[M, D, L, B]"""
    left: I8
    """[M, D, L, B] rounds held at the end of each day, in magazines and stores"""
    first: I8
    """[B] rounds held before the first day"""
    counted: B1
    """[B] whether its rounds can run out: not those of a laser"""
    fresh: I8 | None = None
    """[M, D, L, N] stopped in the same raids if every battery has what it had on the first day; None: not played"""


@dataclass(frozen=True)
class DayRow:
    """One day of a nation at a level: means over chains with 95 % intervals."""

    day: int
    left: Estimate
    """share of the rounds held before the first day that is left at the end of this"""
    rounds: Estimate
    """rounds left"""
    stopped: Estimate
    price_usd: Estimate
    control: Estimate | None
    """share stopped in the same raids with the rounds of the first day; where that was played"""
    lost: Estimate | None
    """the control's share minus the share stopped: what rounds spent on the days before let through"""


@dataclass(frozen=True)
class Apart:
    """A paired difference from the baseline over chains; the simultaneous interval holds for all nations at once."""

    value: float
    low: float
    high: float
    simultaneous_low: float
    simultaneous_high: float
    n: int
    method: str
    verdict: Verdict


@dataclass(frozen=True)
class EnduranceRow:
    """How long one nation's protection lasts at one level."""

    nation: str
    level: str
    days: tuple[DayRow, ...]
    threshold: float
    """share stopped below which protection has fallen; NaN where it is half of the control's, raid by raid"""
    fallen: int | None
    """chains in which it fell; None where there is nothing to fall from"""
    survival: Survival | None
    """share of chains in which it still stands after each day"""
    totals: Mapping[str, Estimate]
    """by key of ENDURANCE_METRICS"""
    differences: Mapping[str, Apart]
    """the same, against the baseline; empty at the baseline"""


@dataclass(frozen=True)
class _Part:
    """What of the chains concerns one nation: M chains, D days, L levels."""

    scored: F8
    """[M, D]"""
    stopped: F8
    """[M, D, L]"""
    left: F8
    """[M, D, L]"""
    price_usd: F8
    """[M, D, L]"""
    first: float
    fresh: F8 | None
    """[M, D, L]"""

    def needed(self, level: int, asked: float | None) -> F8:
        """Objects that must be stopped each day or protection has fallen, [M, D]; 0 where nothing is to be lost."""
        if asked is None and self.fresh is not None:
            half: F8 = HALF * self.fresh[:, :, level]
            return half
        share = self.threshold(level, asked)
        return self.scored * (share if np.isfinite(share) else 0.0)

    def threshold(self, level: int, asked: float | None) -> float:
        """The share that must be stopped where that is one for all raids, else NaN."""
        if asked is not None:
            return asked
        first = float(self.stopped[:, 0, level].sum()), float(self.scored[:, 0].sum())
        return HALF * first[0] / first[1] if self.fresh is None and first[0] > 0.0 else np.nan

    def lasted(self, needed: F8, level: int) -> tuple[F8, B1]:
        """Days before the first on which fewer were stopped than needed, [M]; and whether there was one."""
        bad = self.stopped[:, :, level] < needed - 1e-9
        seen: B1 = np.asarray(bad.any(axis=1))
        return np.where(seen, bad.argmax(axis=1), self.scored.shape[1]).astype(np.float64), seen


def endurance_rows(
    chains: Chains, manifest: Manifest, baseline: int, threshold: float | None = None
) -> tuple[EnduranceRow, ...]:
    """A row for each nation, then for all together, at each level; nations without anything to tell have none.

    Args:
        chains: what the chains gave.
        manifest: the campaign's.
        baseline: index of the level that the others are compared with.
        threshold: share stopped below which protection has fallen. By default fewer than half are stopped of those
            that are in the same raid with the rounds of the first day; where that control was not played, half of the
            share stopped on the first day of all chains, nation by nation and level by level.
    """
    wanted = [
        (name, part)
        for n, name in enumerate((*manifest.nations, ALL))
        if (part := _part(chains, manifest, n)).first > 0.0 or part.scored.any()
    ]
    joint = 1.0 - (1.0 - CONFIDENCE) / max(len(wanted) - 1, 1)
    return tuple(
        _row(name, part, manifest, level, baseline, threshold, CONFIDENCE if name == ALL else joint)
        for name, part in wanted
        for level in range(len(manifest.levels))
    )


def _part(chains: Chains, manifest: Manifest, n: int) -> _Part:
    """Of nation n, or of all where n is one past the last."""
    everybody = n == len(manifest.nations)
    owned = np.array(
        [everybody or entry.nation == manifest.nations[n] for entry in manifest.batteries], np.bool_
    )
    counted = owned & chains.counted
    price = np.array([entry.price_usd for entry in manifest.batteries], np.float64)
    own = slice(None) if everybody else slice(n, n + 1)
    return _Part(
        scored=chains.scored[:, :, own].sum(axis=2).astype(np.float64),
        stopped=chains.stopped[:, :, :, own].sum(axis=3).astype(np.float64),
        left=chains.left[..., counted].sum(axis=3).astype(np.float64),
        price_usd=chains.fired[..., owned] @ price[owned],
        first=float(chains.first[counted].sum()),
        fresh=None if chains.fresh is None else chains.fresh[:, :, :, own].sum(axis=3).astype(np.float64),
    )


def _row(
    nation: str,
    part: _Part,
    manifest: Manifest,
    level: int,
    baseline: int,
    asked: float | None,
    joint: float,
) -> EnduranceRow:
    count, days = part.scored.shape
    needed = part.needed(level, asked)
    lasted, seen = part.lasted(needed, level)
    stands = bool(needed.any())
    curve = survival(lasted + 1.0, seen, np.arange(1.0, days + 1.0)) if stands else None
    return EnduranceRow(
        nation=nation,
        level=manifest.levels[level],
        days=tuple(_day(part, level, d) for d in range(days)),
        threshold=part.threshold(level, asked),
        fallen=int(np.count_nonzero(seen)) if stands else None,
        survival=curve,
        totals={
            "left": _within(part.left[:, -1, level] / part.first) if part.first else _nothing(),
            "stopped": share_of_sums(part.stopped[:, :, level].sum(axis=1), part.scored.sum(axis=1)),
            "lasted": restricted_mean(lasted, float(days)) if stands else _nothing(),
            "price_usd": mean_of_sums(part.price_usd[:, :, level].sum(axis=1), np.ones(count)),
        },
        differences={} if level == baseline else _differences(part, level, baseline, asked, joint),
    )


def _day(part: _Part, level: int, d: int) -> DayRow:
    left, ones = part.left[:, d, level], np.ones(len(part.scored))
    return DayRow(
        day=d + 1,
        left=_within(left / part.first) if part.first else _nothing(),
        rounds=mean_of_sums(left, ones) if part.first else _nothing(),
        stopped=share_of_sums(part.stopped[:, d, level], part.scored[:, d]),
        price_usd=mean_of_sums(part.price_usd[:, d, level], ones),
        control=None if part.fresh is None else share_of_sums(part.fresh[:, d, level], part.scored[:, d]),
        lost=None if part.fresh is None else _lost(part.fresh[:, d, level], part, level, d),
    )


def _lost(fresh: F8, part: _Part, level: int, d: int) -> Estimate:
    """What the control stops more, each raid compared with itself; of chains in which something was at stake."""
    stopped, scored = part.stopped[:, d, level], part.scored[:, d]
    there = scored > 0
    if there.any() and np.array_equal(fresh[there], stopped[there]):
        n = int(np.count_nonzero(there))
        bound = binomial_bounds(0.0, n)[1] if d else 0.0
        return Estimate(0.0, -bound, bound, n, "identical in all chains; exact bound (Clopper and Pearson)")
    return _between(ratio_difference(fresh, stopped, scored, scored).interval(), -1.0, 1.0)


def _within(shares: F8) -> Estimate:
    """The mean of shares, one a chain."""
    return _between(ratio_spread(shares, np.ones(len(shares))).interval(), 0.0, 1.0)


def _between(found: Estimate, least: float, most: float) -> Estimate:
    """The estimate with bounds no wider than what it can be; NaN bounds stay."""
    low, high = (float(np.clip(bound, least, most)) for bound in (found.low, found.high))
    return Estimate(found.value, low, high, found.n, found.method)


def _nothing() -> Estimate:
    return ratio_spread(np.zeros(0), np.zeros(0)).interval()


def _differences(
    part: _Part, level: int, baseline: int, asked: float | None, joint: float
) -> dict[str, Apart]:
    """The level minus the baseline, chain by chain."""
    days = float(part.scored.shape[1])
    ones, scored = np.ones(len(part.scored)), part.scored.sum(axis=1)
    found: dict[str, Apart] = {}
    if part.first:
        now, base = (part.left[:, -1, at] / part.first for at in (level, baseline))
        found["left"] = _apart(LEFT, now, base, ones, joint, 1.0)
    now, base = (part.stopped[:, :, at].sum(axis=1) for at in (level, baseline))
    if scored.any():
        found["stopped"] = _apart(STOPPED, now, base, scored, joint, 1.0)
    needed = [part.needed(at, asked) for at in (level, baseline)]
    if all(bar.any() for bar in needed):
        now, base = (part.lasted(bar, at)[0] for bar, at in zip(needed, (level, baseline), strict=True))
        found["lasted"] = _apart(LASTED, now, base, ones, joint, days)
    now, base = (part.price_usd[:, :, at].sum(axis=1) for at in (level, baseline))
    found["price_usd"] = _apart(PRICE, now, base, ones, joint, np.inf)
    return found


def _apart(metric: Metric, now: F8, base: F8, per: F8, joint: float, largest: float) -> Apart:
    """A paired difference, at most `largest` either way.

    Where all chains are the same the bounds are what so many of them allow; of a price they say nothing.
    """
    spread = ratio_difference(now, base, per, per)
    same = spread.n > 1 and bool(np.array_equal(now, base))
    if same:
        most = largest if np.isfinite(largest) else 0.0
        plain, wide = (binomial_bounds(0.0, spread.n, at)[1] * most for at in (CONFIDENCE, joint))
        method = "identical in all chains; exact bound (Clopper and Pearson)"
        return Apart(0.0, -plain, plain, -wide, wide, spread.n, method, "identical")
    found, shared = (_between(spread.interval(at), -largest, largest) for at in (CONFIDENCE, joint))
    return Apart(
        spread.value,
        found.low,
        found.high,
        shared.low,
        shared.high,
        spread.n,
        spread.method.replace("runs", "chains"),
        verdict_of(metric, shared, same=False),
    )


def by_day(raids: Sequence[RaidScore], per_day: int) -> RaidScore:
    """The raids of each day added up: fields with a first axis of days, as in `Chains`."""
    names = ("scored", "stopped", "fired")
    summed = []
    for name in names:
        values = np.stack([getattr(raid, name) for raid in raids])
        summed.append(values.reshape(-1, per_day, *values.shape[1:]).sum(axis=1))
    return RaidScore(*summed)
