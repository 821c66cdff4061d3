"""What a record says: metrics of each run, and their summary with intervals. Pure functions on record tables."""

from skypact.score.cause import Cause, Reason
from skypact.score.difference import Difference, Entry, FamilyDifference
from skypact.score.gospa import Gospa, gospa
from skypact.score.interval import Estimate, binomial_bounds, poisson_bounds
from skypact.score.metric import METRICS, Metric
from skypact.score.mistake import KINDS, Mistake, mistakes
from skypact.score.run import RunScores, score_run
from skypact.score.summary import RungChoice, Summary, summarise

__all__ = [
    "KINDS",
    "METRICS",
    "Cause",
    "Difference",
    "Entry",
    "Estimate",
    "FamilyDifference",
    "Gospa",
    "Metric",
    "Mistake",
    "Reason",
    "RunScores",
    "RungChoice",
    "Summary",
    "binomial_bounds",
    "gospa",
    "mistakes",
    "poisson_bounds",
    "score_run",
    "summarise",
]
