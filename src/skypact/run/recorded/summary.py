"""What tracking a recording found, as plain data: what is printed and what summary.json holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skypact import __version__
from skypact.model.network import I8
from skypact.model.recording import ABSENT, PlotKind, Plots, Recording
from skypact.run.plain import plain
from skypact.run.recorded.file import NM_M, NOTE, address_text, code_text, instant_text
from skypact.run.recorded.follow import Followed
from skypact.run.recorded.judgement import Comparison, views
from skypact.run.recorded.radar import radar_name
from skypact.score import ADDRESS_KEY, Continuity, Estimate, Match, RadarBias

KIND_TEXTS = {
    PlotKind.NONE: "no detection",
    PlotKind.PRIMARY: "primary",
    PlotKind.SECONDARY: "secondary",
    PlotKind.COMBINED: "secondary and primary",
    PlotKind.MODE_S_ALL_CALL: "Mode S all-call",
    PlotKind.MODE_S_ROLL_CALL: "Mode S roll-call",
    PlotKind.MODE_S_ALL_CALL_COMBINED: "Mode S all-call and primary",
    PlotKind.MODE_S_ROLL_CALL_COMBINED: "Mode S roll-call and primary",
}
Found = dict[str, Any]


@dataclass(frozen=True)
class Association:
    """One way of tracking the recording, with what it was judged by."""

    name: str
    """'codes' or 'codes hidden'"""
    followed: Followed
    judged: tuple[Continuity, ...]
    """of each radar"""
    compared: tuple[Comparison, ...] = ()
    """of each radar; empty without --compare"""


def key_text(key: int) -> str:
    """A code as people write it: four octal digits, or six hexadecimal ones of an address; '' for none."""
    return (code_text(key) if key < ADDRESS_KEY else address_text(key - ADDRESS_KEY)) or ""


def summary_of(
    associations: Sequence[Association], other: Recording | None, files: Mapping[str, str]
) -> Found:
    """Everything that was found, as data that JSON can hold; numbers that do not exist are None."""
    first = associations[0].followed
    found = plain(
        {
            "program": f"skypact {__version__}",
            "note": NOTE,
            "recording": _recording(first.recording, first.prepared.t_ns[first.prepared.rows]),
            "plots_left_out": first.prepared.left_out,
            "radars_without_usable_plots": [radar_name(number) for number in first.prepared.unusable],
            "clock": "capture" if first.options.capture_clock else "radar",
            "tracked_together": first.options.together,
            "radars": [_radar(associations, k) for k in range(len(first.prepared.radars))],
            "compared_with": None if other is None else _recording(other, other.system.t_ns),
            "files": dict(files),
        }
    )
    assert isinstance(found, dict)
    return found


def _recording(recording: Recording, t_ns: I8) -> Found:
    """What a file holds; t_ns are the instants that count."""
    known = t_ns[t_ns != ABSENT]
    captured = np.concatenate(
        [recording.plots.capture_ns, recording.messages.capture_ns, recording.system.capture_ns]
    )
    return {
        "name": Path(recording.name).name,
        "container": recording.container,
        "bytes_read": recording.bytes_read,
        "records": {f"{category:03d}": count for category, count in sorted(recording.records.items())},
        "skipped": recording.unknown,
        "faults": [
            {"byte_offset": fault.byte_offset, "reason": fault.reason, "count": fault.count}
            for fault in recording.faults
        ],
        "from": instant_text(int(known.min())) if len(known) else None,
        "to": instant_text(int(known.max())) if len(known) else None,
        "date_known": bool((captured != ABSENT).any()),
    }


def _radar(associations: Sequence[Association], k: int) -> Found:
    """One radar: what it is like, and its tracks by each association."""
    first = associations[0].followed
    radar, model, accuracy = first.prepared.radars[k], first.models[k], first.accuracies[k]
    plots = first.recording.plots
    own = np.flatnonzero(plots.radar == radar.number)
    site = radar.site
    clock = radar.clock
    return {
        "radar": radar.name,
        "site": None
        if site is None
        else {
            "lat_deg": round(math.degrees(site.lat_rad), 6),
            "lon_deg": round(math.degrees(site.lon_rad), 6),
            "height_m": site.height_m,
        },
        "site_source": radar.site_source,
        "revolution_s": radar.revolution.period_s,
        "revolution_spread_s": radar.revolution.spread_s,
        "revolution_source": radar.revolution.source,
        "plots": len(own),
        "plots_used": int((first.prepared.sensor == k).sum()),
        "plots_by_kind": _by_kind(plots, own),
        "sigma_range_m": model.sigma_range_m,
        "sigma_bearing_deg": math.degrees(model.sigma_bearing_rad),
        "accuracy_residuals": accuracy.residuals,
        "false_plots_per_revolution": model.false_plots,
        "clock": {
            "minus_capture_s": clock.offset_s,
            "spread_s": clock.spread_s,
            "drift_s_per_hour": clock.drift_s_per_hour,
            "set_aside": int(clock.aside.sum()),
            "steps": [
                {"plot": int(at), "seconds": float(by)}
                for at, by in zip(clock.step_at, clock.step_s, strict=True)
            ],
        },
        "tracked": {a.name: _tracked(a, k) for a in associations},
    }


def _by_kind(plots: Plots, rows: np.ndarray[Any, Any]) -> dict[str, int]:
    kinds, counts = np.unique(plots.kind[rows], return_counts=True)
    return {KIND_TEXTS[PlotKind(kind)]: int(count) for kind, count in zip(kinds, counts, strict=True)}


def _tracked(association: Association, k: int) -> Found:
    """The tracks of one radar by one association."""
    followed, judged = association.followed, association.judged[k]
    view = views(followed)[k]
    found = {
        "confirmed_tracks": len(judged.tracks.track_id),
        "track_points": len(view.points),
        "plots_in_confirmed_tracks": float(np.isin(view.owner, followed.confirmed).mean()),
        "purity": judged.purity,
        "purity_new_codes_allowed": judged.purity_aircraft,
        "codes_shared_by_several": [key_text(int(key)) for key in judged.shared_codes],
        "continuity": judged.continuity,
        "aircraft": len(judged.aircraft.key),
        "breaks": judged.breaks,
        "swaps": judged.swaps,
        "code_changes": judged.code_changes,
        "codes_misread": judged.misread,
        "gaps": len(judged.gaps.track_id),
        "longest_gap_s": judged.longest_gap_s,
        "detection_share": judged.detection,
        "passes": followed.passes,
        "tracks_given_up_for_room": followed.dropped_full,
        "tracks": _track_rows(judged),
        "changes": _change_rows(judged),
    }
    if association.compared:
        found["comparison"] = _comparison(association.compared[k])
    return found


def _track_rows(judged: Continuity) -> list[Found]:
    rows = judged.tracks
    order = np.lexsort((rows.track_id, rows.first_ns))
    return [
        {
            "track_id": int(rows.track_id[k]),
            "code": key_text(int(rows.key[k])),
            "mode_3a": key_text(int(rows.mode_3a[k])),
            "from": instant_text(int(rows.first_ns[k])),
            "to": instant_text(int(rows.last_ns[k])),
            "plots": int(rows.plots[k]),
            "coded_plots": int(rows.coded[k]),
            "purity": float(rows.purity[k]),
            "detection_share": float(rows.plots[k] / rows.looks[k]),
            "gaps": int(rows.gaps[k]),
            "longest_gap_s": float(rows.longest_s[k]),
            "code_changes": int(rows.code_changes[k]),
        }
        for k in order.tolist()
    ]


def _change_rows(judged: Continuity) -> list[Found]:
    changes = judged.changes
    return [
        {
            "track_id": int(changes.track_id[k]),
            "at": instant_text(int(changes.t_ns[k])),
            "from": key_text(int(changes.old_key[k])),
            "to": key_text(int(changes.new_key[k])),
            "another_aircraft": bool(changes.swap[k]),
        }
        for k in range(len(changes.track_id))
    ]


def _comparison(comparison: Comparison) -> Found:
    if comparison.bias is None or comparison.match is None:
        return {"fault": comparison.fault}
    return {
        "days_added_to_theirs": comparison.days,
        "bias": _bias(comparison.bias),
        "match": _match(comparison.match),
    }


def _bias(bias: RadarBias) -> Found:
    """Biases are ours minus theirs, with 95% intervals over aircraft."""
    range_m, bearing_rad, time_s = bias.intervals()
    return {
        "range_nm": _estimate(range_m, NM_M),
        "bearing_deg": _estimate(bearing_rad, math.radians(1.0)),
        "time_s": _estimate(time_s),
        "plots": bias.plots,
        "pairs": bias.pairs,
        "paired_by": bias.how_paired,
        "aircraft": bias.aircraft,
        "few_aircraft": bias.few_aircraft,
        "site_doubt": bias.site_doubt,
        "residual_range_median_nm": bias.median_range_m / NM_M,
        "residual_range_p95_nm": bias.p95_range_m / NM_M,
        "residual_bearing_median_deg": math.degrees(bias.median_bearing_rad),
        "residual_bearing_p95_deg": math.degrees(bias.p95_bearing_rad),
    }


def _match(match: Match) -> Found:
    return {
        "points_in_their_time": match.points,
        "points_outside_their_time": match.points_outside,
        "share_matched": _estimate(match.share),
        "median_nm": _estimate(match.median_m, NM_M),
        "p95_nm": _estimate(match.p95_m, NM_M),
        "same_code": _estimate(match.same_code),
        "points_with_both_codes": match.coded,
        "unmatched": [
            {
                "cause": cause.cause.text,
                "points": cause.points,
                "tracks": cause.tracks,
                "example_track": cause.track_id,
                "example_at": instant_text(cause.t_ns),
                "median_distance_nm": cause.distance_m / NM_M,
                "median_along_nm": cause.along_m / NM_M,
                "median_across_nm": cause.across_m / NM_M,
            }
            for cause in match.causes
        ],
        "their_aircraft_in_our_sky": match.theirs_inside,
        "of_which_we_never_held": match.never_held,
    }


def _estimate(estimate: Estimate, scale: float = 1.0) -> Found:
    return {
        "value": estimate.value / scale,
        "low": estimate.low / scale,
        "high": estimate.high / scale,
        "n": estimate.n,
    }
