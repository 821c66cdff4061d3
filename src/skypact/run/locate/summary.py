"""What a study found, as it is printed and as it stands in summary.json."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from skypact.kernels.multilateration import SOLVED, SPEED_OF_LIGHT_MPS
from skypact.model.network import F8
from skypact.run.locate.study import Result, Study, dilution_bins
from skypact.sense.location import OUTCOMES

NOTE = "exercise/analysis: times of arrival against ADS-B, which is no truth either"
EDGES = (0.0, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, math.inf)
"""Of dilution of precision."""
Found = dict[str, Any]


def summary_of(found: Study, names: Sequence[str], files: dict[str, str]) -> Found:
    """Everything that is printed: errors by variant and by geometry, and what limits them; metres unless told."""
    arrivals = found.arrivals
    used = np.bincount(arrivals.station, minlength=len(found.stations.number))
    return {
        "note": NOTE,
        "messages": len(arrivals),
        "aircraft": len(np.unique(np.stack([arrivals.source, arrivals.aircraft]), axis=1).T),
        "read_from": list(names),
        "stations_per_message": [int(n) for n in np.unique(np.diff(arrivals.first))],
        "variants": [_variant(result) for result in found.results],
        "by_dilution": [
            {"from": low, "to": high if math.isfinite(high) else None, **_spread(errors)}
            for low, high, errors in dilution_bins(found.results[0], EDGES)
        ],
        "against_course": _course(found),
        "stations": [
            {
                "station": int(found.stations.number[s]),
                "kind": found.stations.kinds[s],
                "good": bool(found.stations.good[s]),
                "arrivals": int(used[s]),
                "offset_ns": _nanoseconds(found.errors.offset_m[s]),
                "offset_error_ns": _nanoseconds(found.errors.sigma_m[s]),
                "spread_ns": _nanoseconds(found.errors.spread_m[s]),
            }
            for s in np.argsort(-used, kind="stable")
            if used[s]
        ],
        "files": files,
    }


def _variant(result: Result) -> Found:
    status = result.located.status
    upward = result.error_enu_m[:, 2]
    return {
        "variant": result.variant.text,
        "timing_sigma_ns": round(1e9 * result.sigma_s, 1),
        "outcomes": {text: int((status == code).sum()) for code, text in OUTCOMES.items()},
        "horizontal": _spread(result.horizontal_m[status == SOLVED]),
        "vertical": _spread(np.abs(upward[status == SOLVED])),
    }


def _course(found: Study) -> Found:
    """Errors along and across the course: the report's age shows along, what the stations do also across."""
    have = np.isfinite(found.along_m)
    across = np.abs(found.across_m[have])
    inside = across < 1.96 * found.across_sigma_m[have]
    return {
        "along": _spread(np.abs(found.along_m[have])),
        "across": _spread(across),
        "across_inside_own_95": float(inside.mean()) if have.any() else None,
        "lag_s": {
            "median": _rounded(np.median(found.lag_s[have]), 3) if have.any() else None,
            "p95": _rounded(np.percentile(found.lag_s[have], 95), 3) if have.any() else None,
        },
    }


def _spread(values: F8) -> Found:
    have = values[np.isfinite(values)]
    if not len(have):
        return {"count": 0, "median": None, "p95": None}
    median, p95 = np.percentile(have, [50.0, 95.0])
    return {"count": len(have), "median": _rounded(median, 1), "p95": _rounded(p95, 1)}


def _nanoseconds(length_m: float) -> float | None:
    return _rounded(1e9 * length_m / SPEED_OF_LIGHT_MPS, 1) if math.isfinite(length_m) else None


def _rounded(value: float, digits: int) -> float:
    return round(float(value), digits)
