"""How tracks of the general tracker are confirmed, coast and are lost: one table, three rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from skypact.errors import UsageError
from skypact.kernels.multitarget import life as kernel
from skypact.model.codes import TrackStatus
from skypact.model.network import F8

Rule = Literal["m_of_n", "score", "existence"]
RULES: dict[Rule, int] = {"m_of_n": kernel.M_OF_N, "score": kernel.SCORE, "existence": kernel.EXISTENCE}

EVENTS = {
    "nothing": "no hit, and no more misses than it may have",
    "hit": "a detection is the track's",
    "silent": "`coast_misses` misses in a row",
    "enough": "by the rule: `confirm_hits` hits in `confirm_looks` looks; score or existence as high as to confirm",
    "gone": "by the rule: `drop_misses` (tentative) or `lost_misses` in a row; score or existence as low as to drop; "
    "or the position vaguer than `lost_sigma_m`",
}
"""What a look at a track can amount to, from the weakest; the strongest that holds counts."""


class Change(NamedTuple):
    """From a status, upon an event, to the next."""

    status: TrackStatus
    event: str
    next: TrackStatus


CHANGES = tuple(
    Change(TrackStatus(status), name, TrackStatus(int(kernel.TABLE[status, event])))
    for status in (TrackStatus.TENTATIVE, TrackStatus.CONFIRMED, TrackStatus.COASTING)
    for event, name in enumerate(EVENTS)
    if kernel.TABLE[status, event] != status
)
"""Every change of status there is, read from the kernel's own table."""


@dataclass(frozen=True)
class Life:
    """When a track is confirmed, coasts and is lost. A look is a scan in which it could have been seen.

    Raises:
        UsageError: a setting is outside its range.
    """

    rule: Rule = "m_of_n"
    """m_of_n: counts of hits and misses. score: the log likelihood ratio of object against clutter, Wald's
    sequential test (Sittler 1964; Blackman and Popoli 1999, section 6.2). existence: its probability, of
    associators that have one."""
    confirm_hits: int = 3
    confirm_looks: int | None = None
    """None: the hits need not be within any number of looks; at most 64."""
    drop_misses: int = 1
    coast_misses: int = 1
    lost_misses: int = 3
    """Misses in a row after which a tentative track is dropped, a confirmed one coasts, and is lost. Best in GOSPA at a
    chance of detection of 0.9 with half as many false detections as objects; a lower chance asks for more."""
    start_score: float = 0.0
    confirm_score: float = math.log(0.95 / 1e-3)
    """Wald's upper limit, log((1 - b) / a), for a = 1e-3 false tracks confirmed and b = 0.05 true ones dropped."""
    drop_score: float = math.log(0.05 / (1.0 - 1e-3))
    """Wald's lower limit, log(b / (1 - a))."""
    most_score: float = 10.0
    """A score rises no higher, so that an old track that is gone is dropped in as many misses as a young one."""
    confirm_existence: float = 0.95
    drop_existence: float = 0.01
    lost_sigma_m: float = math.inf
    look_chance: float = 0.1
    """A scan in which the chance of detection is below this is no look: a miss in it tells nothing."""

    def __post_init__(self) -> None:
        faults = [
            (self.rule not in RULES, f"rule {self.rule!r}", f"Give one of {', '.join(RULES)}."),
            (self.confirm_hits < 1, f"confirm_hits {self.confirm_hits}", "Give at least 1."),
            (
                self.confirm_looks is not None and not self.confirm_hits <= self.confirm_looks <= 64,
                f"confirm_looks {self.confirm_looks}",
                "Give None, or from confirm_hits to 64.",
            ),
            (
                min(self.drop_misses, self.coast_misses, self.lost_misses) < 1,
                f"misses {self.drop_misses}, {self.coast_misses}, {self.lost_misses}",
                "Give at least 1 for drop_misses, coast_misses and lost_misses.",
            ),
            (
                not self.drop_score < self.start_score < self.confirm_score <= self.most_score,
                f"scores {self.drop_score}, {self.start_score}, {self.confirm_score}, {self.most_score}",
                "Give drop_score < start_score < confirm_score <= most_score.",
            ),
            (
                not 0.0 <= self.drop_existence < self.confirm_existence <= 1.0,
                f"existence {self.drop_existence}, {self.confirm_existence}",
                "Give 0 <= drop_existence < confirm_existence <= 1.",
            ),
            (not self.lost_sigma_m > 0.0, f"lost_sigma_m {self.lost_sigma_m}", "Give a positive length."),
            (not 0.0 <= self.look_chance <= 1.0, f"look_chance {self.look_chance}", "Give a chance."),
        ]
        for wrong, found, advice in faults:
            if wrong:
                raise UsageError("Life", found, advice)

    def pack(self, speed_sigma_mps: tuple[float, float, float]) -> F8:
        """The settings as kernels read them: f8[life.N_LIFE]."""
        out = np.zeros(kernel.N_LIFE)
        out[kernel.RULE] = RULES[self.rule]
        out[kernel.CONFIRM_HITS] = self.confirm_hits
        out[kernel.CONFIRM_LOOKS] = math.inf if self.confirm_looks is None else self.confirm_looks
        out[kernel.DROP_MISSES] = self.drop_misses
        out[kernel.COAST_MISSES] = self.coast_misses
        out[kernel.LOST_MISSES] = self.lost_misses
        out[kernel.START_SCORE] = self.start_score
        out[kernel.CONFIRM_SCORE] = self.confirm_score
        out[kernel.DROP_SCORE] = self.drop_score
        out[kernel.MOST_SCORE] = self.most_score
        out[kernel.CONFIRM_EXISTENCE] = self.confirm_existence
        out[kernel.DROP_EXISTENCE] = self.drop_existence
        out[kernel.LOST_SIGMA] = self.lost_sigma_m
        out[kernel.LOOK_CHANCE] = self.look_chance
        out[kernel.SPEED_SIGMA : kernel.SPEED_SIGMA + 3] = speed_sigma_mps
        return out
