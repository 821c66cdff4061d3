"""What a record says: metrics of each run, and their summary with intervals. Pure functions on record tables.

Recordings of real radars are judged here too: against another system's tracks, and by transponder codes. The metrics
of trackers (GOSPA, OSPA, SIAP and the consistency of filters) take plain arrays and need no record.
"""

from skypact.score.aircraft import ADDRESS_KEY
from skypact.score.bias import RadarBias, estimate_bias
from skypact.score.cause import Cause, Reason
from skypact.score.clock import PairedBy
from skypact.score.confusion import Confusion, confusions
from skypact.score.continuity import Continuity, continuity
from skypact.score.credibility import (
    Anees,
    Coverage,
    Credibility,
    anees,
    credibility,
    ellipse_coverage,
    mean_square_bounds,
    normalised_square,
)
from skypact.score.difference import Difference, Entry, FamilyDifference
from skypact.score.gospa import Gospa, Ospa, gospa, ospa
from skypact.score.interval import Estimate, binomial_bounds, poisson_bounds
from skypact.score.match import CauseCount, Match, match_points
from skypact.score.metric import METRICS, Metric
from skypact.score.mistake import KINDS, Mistake, mistakes
from skypact.score.ospa2 import Ospa2, ospa2
from skypact.score.run import RunScores, score_run
from skypact.score.safety import SafetyRow, SafetyRun, flights_needed, safety_rows, safety_run
from skypact.score.siap import Siap, siap
from skypact.score.summary import RungChoice, Summary, summarise
from skypact.score.tgospa import TrajectoryGospa, trajectory_gospa
from skypact.score.trajectory import Trajectories
from skypact.score.unmatched import Unmatched

__all__ = [
    "ADDRESS_KEY",
    "KINDS",
    "METRICS",
    "Anees",
    "Cause",
    "CauseCount",
    "Confusion",
    "Continuity",
    "Coverage",
    "Credibility",
    "Difference",
    "Entry",
    "Estimate",
    "FamilyDifference",
    "Gospa",
    "Match",
    "Metric",
    "Mistake",
    "Ospa",
    "Ospa2",
    "PairedBy",
    "RadarBias",
    "Reason",
    "RunScores",
    "RungChoice",
    "SafetyRow",
    "SafetyRun",
    "Siap",
    "Summary",
    "Trajectories",
    "TrajectoryGospa",
    "Unmatched",
    "anees",
    "binomial_bounds",
    "confusions",
    "continuity",
    "credibility",
    "ellipse_coverage",
    "estimate_bias",
    "flights_needed",
    "gospa",
    "match_points",
    "mean_square_bounds",
    "mistakes",
    "normalised_square",
    "ospa",
    "ospa2",
    "poisson_bounds",
    "safety_rows",
    "safety_run",
    "score_run",
    "siap",
    "summarise",
    "trajectory_gospa",
]
