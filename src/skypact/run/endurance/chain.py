"""One chain: raid after raid, every level in lockstep, each battery with what it has left at that level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skypact.kernels.random import run_key
from skypact.model.manifest import Manifest
from skypact.model.network import I4, I8
from skypact.record import run_digest
from skypact.run.build import Wired
from skypact.run.endurance.supply import held_first, held_next
from skypact.run.paired import play, prepare, tables_of
from skypact.run.state import Level
from skypact.score.endurance import RaidScore, raid_score


@dataclass(frozen=True)
class Chain:
    """What one chain of R raids gave at L levels: N nations, B batteries."""

    number: int
    seed: int
    """raid r is the paired run `number + r` of a campaign with this seed, but for the rounds held"""
    digests: tuple[str, ...]
    """of each raid's record"""
    held: I4
    """[R, L, B] rounds before each raid"""
    left: I4
    """[R, L, B] rounds after it"""
    raids: tuple[RaidScore, ...]
    fresh: I8 | None
    """[R, L, N] stopped in the same raids, each fought with the rounds of the first; where the control was asked for"""


def chain_seed(seed: int, chain: int) -> int:
    """The seed of a chain's raids: a campaign's, so that each raid can be run by itself."""
    k0, k1 = run_key(seed, chain)
    return (int(k0) << 32 | int(k1)) & (2**63 - 1)


def follow_chain(
    wired: Wired,
    manifest: Manifest,
    seed: int,
    chain: int,
    raids: int,
    control: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Chain:
    """Raid after raid of one chain; chain c begins with raid family c, in turn.

    Args:
        wired: the scenario ready to run.
        manifest: its description.
        seed: of the study; with the chain's number it keys every draw.
        chain: number of the chain.
        raids: how many.
        control: whether each raid is fought with the rounds of the first day too.
        progress: called with the share done, 0..1.
    """
    batteries, days = wired.network.batteries, wired.scenario.days
    own_seed = chain_seed(seed, chain)
    first = np.tile(held_first(batteries, days), (len(wired.levels), 1))
    held, digests, scores, fresh = [first], [], [], []
    left: list[I4] = []
    for raid in range(raids):

        def inside(share: float, raid: int = raid) -> None:
            if progress is not None:
                progress((raid + share) / raids)

        if raid:
            held.append(held_next(left[-1], batteries, days, raid))
        run = chain + raid
        plan, sensed = prepare(wired, run, own_seed)
        levels = play(plan, sensed, run, inside, held=held[-1])
        tables = tables_of(plan, sensed, levels, run)
        left.append(np.stack([_rounds(level) for level in levels]))
        digests.append(run_digest(tables))
        scores.append(raid_score(tables, manifest))
        if control:
            stopped = scores[-1].stopped
            if not np.array_equal(held[-1], first):
                full = tables_of(plan, sensed, play(plan, sensed, run, held=first), run)
                stopped = raid_score(full, manifest).stopped
            fresh.append(stopped)
    return Chain(
        chain,
        own_seed,
        tuple(digests),
        np.stack(held),
        np.stack(left),
        tuple(scores),
        np.stack(fresh) if control else None,
    )


def _rounds(level: Level) -> I4:
    """Rounds that each battery of a level has left, in its magazine and its store, [B]."""
    fire = level.fire
    return fire.stock.copy() if fire.store is None else fire.stock + fire.store
