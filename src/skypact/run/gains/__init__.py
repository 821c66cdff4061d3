"""Who gains what from which level of sharing: read from the record of a campaign, without simulating anything."""

from skypact.run.gains.ladder import write_ladder
from skypact.run.gains.picture import write_gains_picture
from skypact.run.gains.study import DEFAULT_METRICS, Gains, GainsRequest, gains_of
from skypact.run.gains.table import print_gains, to_json, to_markdown

__all__ = [
    "DEFAULT_METRICS",
    "Gains",
    "GainsRequest",
    "gains_of",
    "print_gains",
    "to_json",
    "to_markdown",
    "write_gains_picture",
    "write_ladder",
]
