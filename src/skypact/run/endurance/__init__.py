"""Raids day after day, with the rounds that are left: how long each nation's protection lasts."""

from skypact.run.endurance.picture import write_endurance_picture
from skypact.run.endurance.study import Endurance, EnduranceRequest, endurance_of
from skypact.run.endurance.table import print_endurance, to_json, to_markdown

__all__ = [
    "Endurance",
    "EnduranceRequest",
    "endurance_of",
    "print_endurance",
    "to_json",
    "to_markdown",
    "write_endurance_picture",
]
