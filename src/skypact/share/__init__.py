"""Who may see what, and when it arrives: the one function that decides every release is `releasable`."""

from skypact.share.link import within_capacity
from skypact.share.policy import LevelRules, Source, information_set, releasable, released, rules_for

__all__ = [
    "LevelRules",
    "Source",
    "information_set",
    "releasable",
    "released",
    "rules_for",
    "within_capacity",
]
