"""The policy of a level as tables: what a kernel reads, and what is known of it without looking at any object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from skypact.kernels.release import (
    ACCURACY,
    CARRIED,
    CLASSES,
    CONTENT,
    DELAY,
    EAST,
    FROM,
    LIFE_SAVING,
    LINE_COLUMNS,
    MEASURE_COLUMNS,
    NAMELESS,
    NATION_COLUMNS,
    NORTH,
    ON_ALERT,
    ONWARD,
    PASSES_ON,
    RECEIVERS,
    SOUTH,
    START,
    THREATENING,
    THROUGH,
    UNBENT_FOR,
    UNTIL,
    WEST,
)
from skypact.kernels.release import BARRED_FROM as BARRED_COLUMN
from skypact.model.codes import Content
from skypact.model.network import B1, F8, I8, U1
from skypact.model.scenario import Release

Filters: TypeAlias = tuple[tuple[float, ...], ...]
"""One entry a hop and line that may govern it: hop, delay, classes, for whose sake (threatening), accuracy, nameless,
from, until, on alert, south, north, west, east, for whom a caveat bends."""


@dataclass(frozen=True, order=True)
class Source:
    """One line of an information set: whose information, what of it, and how late (seconds)."""

    nation: int
    content: Content
    delay_s: float
    """All senders' delays together, of what comes unconditionally where anything does, else the least."""
    path: tuple[int, ...] = ()
    """Nations between, in order; empty where it comes directly."""
    terms: Filters = ()
    """Equal for two receivers exactly where the same filters stand on their lines; empty where there are none."""


@dataclass(frozen=True)
class LevelRules:
    """What each of N nations releases to each other at one level; everything not granted is refused."""

    level: str
    content: U1
    """[origin, receiver] model.codes.Content: the most of the ordered contents that can ever come, by any way"""
    delay_s: F8
    """[origin, receiver] how long it is held back on its best way, all senders together"""
    barred: B1
    """[N, N] symmetric: pairs that may not exchange directly"""
    pooled: bool
    """True where every nation, the owner included, uses the common pool of detections at one delay (`full`)."""
    lines: tuple[Release, ...]
    """The rows of the table as they are written, those of a nation together"""
    table: I8
    """[R, kernels.release.LINE_COLUMNS]"""
    measure: F8
    """[R, kernels.release.MEASURE_COLUMNS]"""
    nation: I8
    """[N, kernels.release.NATION_COLUMNS]"""
    passing_through: bool
    """Whether a third may carry information between nations that are barred from each other."""
    nothing: B1
    """[owner, receiver] pairs of a line of content NOTHING"""
    sets: tuple[tuple[Source, ...], ...] = ()
    """[N] information sets"""

    @cached_property
    def asks_place(self) -> bool:
        """Whether a line asks where an object is."""
        return bool(np.isfinite(self.measure[:, [SOUTH, NORTH, WEST, EAST]]).any())

    @cached_property
    def asks_threat(self) -> bool:
        """Whether a line asks whom an object threatens, or a caveat may bend for whom it does."""
        return bool(self.table[:, THREATENING].any() or self.nation[:, LIFE_SAVING].any())


@dataclass(frozen=True)
class Terms:
    """What a level's lines stand on: who is barred from whom, who passes on to whom, whose caveats may bend."""

    barred: B1
    """[N, N] symmetric"""
    passes_on: B1
    """[sender, receiver] of others' information"""
    life_saving: B1
    """[N]"""
    passing_through: bool


def tabled(
    level: str, nations: tuple[str, ...], lines: tuple[Release, ...], terms: Terms, pooled: bool
) -> LevelRules:
    """The tables of a level; `content`, `delay_s` and `sets` are still empty.

    Args:
        level: its full name.
        nations: codes in the order of rows.
        lines: of any sender, in the order in which they are written; those of content NOTHING become no row.
        terms: what they stand on.
        pooled: whether all use one pool of detections.
    """
    row = {code: i for i, code in enumerate(nations)}
    n = len(nations)
    granting = [line for line in lines if line.content != Content.NOTHING]
    granting.sort(key=lambda line: row[line.sender])
    nothing_to = np.zeros((n, n), np.bool_)
    for line in lines:
        if line.content == Content.NOTHING:
            nothing_to[row[line.sender], [row[code] for code in line.receivers]] = True
    nation = np.zeros((n, NATION_COLUMNS), np.int64)
    nation[:, START] = np.searchsorted([row[line.sender] for line in granting], np.arange(n))
    nation[:, BARRED_COLUMN] = _mask(terms.barred)
    nation[:, PASSES_ON] = _mask(terms.passes_on)
    nation[:, UNBENT_FOR] = _mask(nothing_to | terms.barred)
    nation[:, LIFE_SAVING] = terms.life_saving
    table = np.zeros((len(granting), LINE_COLUMNS), np.int64)
    measure = np.zeros((len(granting), MEASURE_COLUMNS))
    for i, line in enumerate(granting):
        table[i] = _codes(line, row, terms, nothing_to[row[line.sender]])
        measure[i] = _measures(line)
    shape = (n, n)
    return LevelRules(
        level,
        np.zeros(shape, np.uint8),
        np.zeros(shape),
        terms.barred,
        pooled,
        tuple(granting),
        table,
        measure,
        nation,
        terms.passing_through,
        nothing_to,
    )


def _mask(matrix: B1) -> I8:
    """A bit per column of each row."""
    bits: I8 = (matrix.astype(np.int64) << np.arange(matrix.shape[1])).sum(axis=1)
    return bits


def _codes(line: Release, row: dict[str, int], terms: Terms, nothing_to: B1) -> I8:
    """The line's columns of codes and masks."""
    owner, carrier = row[line.sender], -1 if line.through is None else row[line.through]
    to = np.zeros(len(row), np.bool_)
    to[[row[code] for code in line.receivers]] = True
    onward = np.zeros(len(row), np.bool_)
    onward[[row[code] for code in line.onward]] = True
    onward &= ~nothing_to
    onward[owner] = to[owner] = False
    carried = np.zeros(len(row), np.bool_)
    if carrier >= 0:
        reached = terms.passes_on[carrier] & ~terms.barred[carrier]
        reached[carrier] = True
        if not terms.passing_through:
            reached &= ~terms.barred[owner]
        carried = to & reached
    codes = np.zeros(LINE_COLUMNS, np.int64)
    codes[CONTENT] = line.content
    codes[[RECEIVERS, ONWARD, CARRIED]] = _mask(np.array([to, onward, carried]))
    codes[THROUGH] = carrier
    codes[CLASSES] = sum(1 << kind for kind in set(line.classes))
    codes[[THREATENING, NAMELESS, ON_ALERT]] = line.threatening, line.nameless, line.on_alert
    return codes


def _measures(line: Release) -> F8:
    """The line's columns of measures."""
    measures = np.zeros(MEASURE_COLUMNS)
    measures[[DELAY, ACCURACY, FROM, UNTIL]] = line.delay_s, line.accuracy_m, line.from_s, line.until_s
    box = line.region
    sides = (-np.inf, np.inf, -np.inf, np.inf)
    if box is not None:
        sides = (box.south_rad, box.north_rad, box.west_rad, box.east_rad)
    measures[[SOUTH, NORTH, WEST, EAST]] = sides
    return measures
