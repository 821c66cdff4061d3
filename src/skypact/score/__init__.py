"""What a record says: metrics of each run, and their summary with intervals. Pure functions on record tables."""

from skypact.score.cause import Cause, Reason
from skypact.score.difference import Difference, Entry, FamilyDifference
from skypact.score.gospa import Gospa, gospa
from skypact.score.interval import Estimate, binomial_bounds, poisson_bounds
from skypact.score.metric import METRICS, Metric
from skypact.score.run import RunScores, score_run
from skypact.score.summary import RungChoice, Summary, summarise

__all__ = [
    "METRICS",
    "Cause",
    "Difference",
    "Entry",
    "Estimate",
    "FamilyDifference",
    "Gospa",
    "Metric",
    "Reason",
    "RunScores",
    "RungChoice",
    "Summary",
    "binomial_bounds",
    "gospa",
    "poisson_bounds",
    "score_run",
    "summarise",
]
