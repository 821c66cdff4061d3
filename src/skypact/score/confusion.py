"""What objects are taken for: true class by believed class, and by identity, over time and when first firm.

A row is a true class (the last: nothing at all, a false track), a column what the track says. Time is that of tracks: a
track counts for as long as it is shown. The run is the unit of every interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skypact.errors import UsageError
from skypact.model.codes import N_CLASSES, Identity, ObjectClass
from skypact.model.manifest import Manifest
from skypact.model.network import F8, I8
from skypact.score.column import Table, whole
from skypact.score.interval import Estimate, share_of_sums
from skypact.score.pairing import pairings
from skypact.score.world import alive_rows, killed_s, world_of

NOTHING = N_CLASSES
"""The true class of a track with nothing there."""
TRUE_NAMES = (*(kind.name.lower() for kind in ObjectClass), "nothing")
CLASS_NAMES = tuple(kind.name.lower() for kind in ObjectClass)
IDENTITY_NAMES = tuple(identity.name.lower() for identity in Identity)


@dataclass(frozen=True)
class Confusion:
    """One weighing of one level or tracker: sums by run, [runs, true class, believed class] and by identity."""

    name: str
    first_firm: bool
    """Whether objects are counted when first firm; else time is weighed."""
    classes: F8
    identities: F8

    def share(self, true: int, believed: int) -> Estimate:
        """The share of a true class that is taken for another, with its interval over runs."""
        return share_of_sums(self.classes[:, true, believed], self.classes[:, true].sum(axis=1))

    def identity_share(self, true: int, identity: int) -> Estimate:
        """The same for an identity."""
        return share_of_sums(self.identities[:, true, identity], self.identities[:, true].sum(axis=1))


def empty_counts() -> tuple[F8, F8]:
    """Sums of one run, all zero: by class and by identity."""
    return np.zeros((N_CLASSES + 1, N_CLASSES)), np.zeros((N_CLASSES + 1, len(Identity)))


def confusions(runs: Sequence[Mapping[str, Table]], manifest: Manifest) -> tuple[Confusion, ...]:
    """The confusion of the recorded pictures of every level: weighed by time, then of objects when first firm.

    A picture that several nations hold counts for each of them. Tracks are paired with truth as for the picture error.

    Args:
        runs: events, objects, truth, pictures and holders of each run.
        manifest: the campaign's.

    Raises:
        UsageError: there is no run.
    """
    if not runs:
        raise UsageError(
            "confusion", "the record has no finished run", "Give the command of the campaign again"
        )
    by_run = [_run_counts(tables, manifest) for tables in runs]
    found = []
    for level, name in enumerate(manifest.levels):
        for first in (False, True):
            classes, identities = zip(*(counts[level, first] for counts in by_run), strict=True)
            found.append(Confusion(name, first, np.stack(classes), np.stack(identities)))
    return tuple(found)


def _run_counts(tables: Mapping[str, Table], manifest: Manifest) -> dict[tuple[int, bool], tuple[F8, F8]]:
    """The sums of one run by (level, first firm)."""
    world = world_of(tables, manifest)
    pictures = tables["pictures"]
    dead = {level: killed_s(tables["events"], level, manifest) for level in range(len(manifest.levels))}
    alive = {level: alive_rows(world, level, dead[level]) for level in dead}
    held = pairings(pictures, tables["holders"], world, alive, manifest)
    counts = {(level, first): empty_counts() for level in dead for first in (False, True)}
    kinds = np.array([world.object_class.get(int(key), ObjectClass.DEBRIS) for key in world.key], np.int64)
    step_s = float(np.median(np.diff(world.t_s))) if len(world.t_s) > 1 else 1.0
    for (level, _nation), pairing in held.items():
        rows = pairing.row
        true = np.where(pairing.match >= 0, kinds[pairing.match] if len(kinds) else NOTHING, NOTHING)
        believed, identity = whole(pictures, "object_class")[rows], whole(pictures, "identity")[rows]
        _add(counts[level, False], true, believed, identity, step_s)
        firm = np.flatnonzero(pairing.firm & (pairing.match >= 0))
        _, first = np.unique(world.key[pairing.match[firm]], return_index=True)
        firm = firm[first]
        _add(counts[level, True], true[firm], believed[firm], identity[firm], 1.0)
    return counts


def _add(counts: tuple[F8, F8], true: I8, believed: I8, identity: I8, weight: float) -> None:
    np.add.at(counts[0], (true, believed), weight)
    np.add.at(counts[1], (true, identity), weight)
