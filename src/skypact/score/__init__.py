"""What a record says: metrics of each run, and their summary with intervals. Pure functions on record tables.

Recordings of real radars are judged here too: against another system's tracks, and by transponder codes.
"""

from skypact.score.aircraft import ADDRESS_KEY
from skypact.score.bias import RadarBias, estimate_bias
from skypact.score.cause import Cause, Reason
from skypact.score.clock import PairedBy
from skypact.score.continuity import Continuity, continuity
from skypact.score.difference import Difference, Entry, FamilyDifference
from skypact.score.gospa import Gospa, gospa
from skypact.score.interval import Estimate, binomial_bounds, poisson_bounds
from skypact.score.match import CauseCount, Match, match_points
from skypact.score.metric import METRICS, Metric
from skypact.score.mistake import KINDS, Mistake, mistakes
from skypact.score.run import RunScores, score_run
from skypact.score.summary import RungChoice, Summary, summarise
from skypact.score.unmatched import Unmatched

__all__ = [
    "ADDRESS_KEY",
    "KINDS",
    "METRICS",
    "Cause",
    "CauseCount",
    "Continuity",
    "Difference",
    "Entry",
    "Estimate",
    "FamilyDifference",
    "Gospa",
    "Match",
    "Metric",
    "Mistake",
    "PairedBy",
    "RadarBias",
    "Reason",
    "RunScores",
    "RungChoice",
    "Summary",
    "Unmatched",
    "binomial_bounds",
    "continuity",
    "estimate_bias",
    "gospa",
    "match_points",
    "mistakes",
    "poisson_bounds",
    "score_run",
    "summarise",
]
