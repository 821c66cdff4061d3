"""The report of a campaign: one page that holds everything, opens from a file and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from pathlib import Path

from skypact.errors import RecordError
from skypact.run.library import Loaded
from skypact.run.report_data import HEADLINE_METRIC, ReportData, focus_level, report_data
from skypact.score import Difference, Estimate, Metric, Summary

FILE_NAME = "report.html"
SCRIPTS = ("report.js", "report_plots.js", "report_replay.js", "report_map.js", "report_player.js")
QUIET_METRIC = "false_alerts"
"""What a scenario without a raid is about."""
ALSO_TOLD = ("people_60_share", "held_share", "gospa_m", "rounds", "false_alerts")
"""Metrics that the headline names where they are shown to change for all nations together."""
ALL = "all"
MINUS = "\u2212"

Text = Mapping[str, str]


def write_report(folder: Path, summary: Summary, loaded: Loaded | None = None) -> Path:
    """The path of the report, written into the run folder.

    `loaded` is the scenario that was run, for its policy and terrain; without it the folder's own copy is read,
    from which a terrain file that lies beside the scenario cannot be found: the map then shows range limits.

    The page carries its own style, script and data; its content policy forbids it to fetch anything or to run
    any script but its own.

    Raises:
        RecordError: the folder is no run folder, or a file of its first run is damaged.
    """
    path = folder / FILE_NAME
    html = page(report_data(folder, summary, loaded), summary)
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as fault:
        raise RecordError(
            str(path), f"cannot be written ({fault.strerror})", "Make room; skypact show needs no report."
        ) from fault
    return path


def page(data: ReportData, summary: Summary) -> str:
    """The report as HTML. Everything that comes from the scenario is escaped."""
    text: Text = json.loads(_template("text.json"))
    style = _template("report.css")
    script = "\n".join(["'use strict';", *(_template(name) for name in SCRIPTS)])
    focus = focus_level(summary)
    document = data.document | {
        "focus": summary.levels.index(focus) if focus != summary.baseline else None,
        "headline": HEADLINE_METRIC if summary.families else QUIET_METRIC,
    }
    parts = {
        "policy": _policy(style, script),
        "generator": f"Skypact {html.escape(summary.version)}",
        "title": html.escape(summary.title or summary.scenario),
        "facts": html.escape(_facts(text, summary)),
        "preview": _preview(text, summary),
        "headline": " ".join(html.escape(sentence) for sentence in headline(text, summary)),
        "cite": html.escape(_cite(text, summary, data.document["hash"])),
        "css": style,
        "text": _json(text),
        "data": _json(document),
        "packed": base64.b64encode(data.packed).decode("ascii"),
        "script": script,
    }

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        return html.escape(text[name[2:]]) if name.startswith("t:") else parts[name]

    return re.sub(r"\{\{([\w:. ]+)\}\}", filled, _template("report.html"))


def headline(text: Text, summary: Summary) -> list[str]:
    """What the runs say, in sentences: warning by nation, objects let through, and civil aircraft fired at."""
    focus = focus_level(summary)
    if not summary.families:
        return [_quiet(text, summary), *_civil(text, summary)]
    if focus == summary.baseline:
        estimate = summary.entry(focus, ALL, HEADLINE_METRIC).estimate
        return [
            _say(text, "head.one", level=focus, value=f"{_fixed(estimate.value, 0)}\u00a0s{_span(estimate)}"),
            *_civil(text, summary),
        ]
    warned, through = _warning(text, summary, focus), _leakers(text, summary, focus)
    return [*warned, *through, *_others(text, summary, focus), *_civil(text, summary)]


def _warning(text: Text, summary: Summary, focus: str) -> list[str]:
    """Each nation's gain or loss of warning, and what is not resolved."""
    metric = _metric(summary, HEADLINE_METRIC)
    names = dict(zip(summary.nations, summary.nation_names, strict=True))
    by_verdict: dict[str, list[tuple[str, Difference]]] = {}
    without: list[str] = []
    for nation in summary.nations:
        apart = summary.entry(focus, nation, HEADLINE_METRIC).difference
        if apart is None or not apart.n or math.isnan(apart.value):
            without.append(names[nation])
            continue
        by_verdict.setdefault(apart.verdict, []).append((names[nation], apart))
    resolved = [*by_verdict.get("better", ()), *by_verdict.get("worse", ())]
    changes = [
        _say(
            text,
            "head.gain" if apart.value > 0 else "head.loss",
            nation=name,
            value=f"{_fixed(abs(apart.value), 0)}\u00a0s {_bounds(apart, 1 if apart.value > 0 else -1, 0)}",
        )
        for name, apart in resolved
    ]
    listed = {
        verdict: _listed(text, [name for name, _ in by_verdict.get(verdict, ())]) for verdict in by_verdict
    }
    about = {"what": text["head.warning"], "level": focus, "baseline": summary.baseline}
    sentences = []
    if changes:
        sentences.append(_say(text, "head.gains", list=_listed(text, changes), **about))
    else:
        sentences.append(_say(text, "head.no_change", **about))
    if "no relevant difference" in listed:
        threshold, same = f"{metric.threshold:g}\u00a0s", listed["no relevant difference"]
        sentences.append(_say(text, "head.same", list=same, threshold=threshold, **about))
    if "identical" in listed:
        sentences.append(_say(text, "head.identical", list=listed["identical"], **about))
    if "not resolved" in listed:
        n = max(apart.n for _, apart in by_verdict["not resolved"])
        every = len(by_verdict["not resolved"]) == len(summary.nations)
        key = "head.open_all" if every else "head.open"
        sentences.append(_say(text, key, n=n, list=listed["not resolved"], count=len(summary.nations)))
    if without:
        sentences.append(_say(text, "head.none", list=_listed(text, without)))
    return sentences


def _quiet(text: Text, summary: Summary) -> str:
    """False alerts at every level of a scenario without a raid."""
    parts = []
    for level in summary.levels:
        estimate = summary.entry(level, ALL, QUIET_METRIC).estimate
        value = f"{_fixed(estimate.value, 1)}{_span(estimate, 1)}"
        parts.append(_say(text, "head.quiet_level", value=value, level=level))
    return _say(text, "head.quiet", list=_listed(text, parts))


def _leakers(text: Text, summary: Summary, focus: str) -> list[str]:
    """What becomes of the objects that get through, all nations together."""
    apart = summary.entry(focus, ALL, "leakers").difference
    if apart is None or not apart.n:
        return []
    if apart.verdict in ("better", "worse"):
        sign = 1 if apart.value > 0 else -1
        key = "head.leakers_more" if sign > 0 else "head.leakers_less"
        return [_say(text, key, value=f"{_fixed(abs(apart.value), 1)} {_bounds(apart, sign, 1)}")]
    if apart.verdict == "not resolved":
        return [_say(text, "head.leakers_open", n=apart.n)]
    return [text["head.leakers_same"]]


def _others(text: Text, summary: Summary, focus: str) -> list[str]:
    """What else is shown to change for all nations together."""
    parts = []
    for metric in summary.metrics:
        apart = summary.entry(focus, ALL, metric.key).difference
        if metric.key not in ALSO_TOLD or apart is None or apart.verdict not in ("better", "worse"):
            continue
        factor, unit, digits = _scale(text, metric)
        value = f"{factor * apart.value:+.{digits}f}".replace("-", MINUS)
        bounds = ", ".join(
            _fixed(factor * v, digits).replace("-", MINUS)
            for v in (apart.simultaneous_low, apart.simultaneous_high)
        )
        named = {"metric": metric.title, "verdict": text[f"verdict.{apart.verdict}"]}
        parts.append(_say(text, "head.other", value=f"{value}\u00a0{unit} [{bounds}]", **named))
    return [_say(text, "head.others", list=_listed(text, parts))] if parts else []


def _scale(text: Text, metric: Metric) -> tuple[float, str, int]:
    """Factor, unit and digits of a metric in a sentence."""
    if metric.unit == "%":
        return 100.0, text["unit.points"], metric.digits
    return (1e-3, "km", 1) if metric.unit == "m" else (1.0, metric.unit or text["unit.raid"], metric.digits)


def _civil(text: Text, summary: Summary) -> list[str]:
    """Civil aircraft fired at: the gravest failure, named even where there was none."""
    entries = [summary.entry(level, ALL, "civil_engaged") for level in summary.levels]
    struck = [entry for entry in entries if entry.estimate.value > 0]
    if not struck:
        worst = max(entry.estimate.high for entry in entries)
        n = min(entry.estimate.n for entry in entries)
        return [_say(text, "head.civil_none", runs=_runs(text, n), high=f"{worst:.2g}")]
    parts = [
        _say(
            text,
            "head.civil_level",
            level=e.level,
            value=f"{_fixed(e.estimate.value, 2)}{_span(e.estimate, 2)}",
        )
        for e in struck
    ]
    return [_say(text, "head.civil_some", list=_listed(text, parts))]


def _facts(text: Text, summary: Summary) -> str:
    count = len(summary.families)
    families = text["facts.no_families"] if not count else text["facts.family"]
    return _say(
        text,
        "facts",
        runs=_runs(text, summary.runs),
        levels=_listed(text, summary.levels),
        nations=len(summary.nations),
        families=families if count < 2 else _say(text, "facts.families", n=count),
        seed=summary.seed,
        version=summary.version,
    )


def _preview(text: Text, summary: Summary) -> str:
    if not summary.preview:
        return ""
    words = html.escape(_say(text, "preview", n=_runs(text, summary.runs)))
    return f'<p class="preview" role="note">{words} <code>{html.escape(summary.citable_command)}</code></p>'


def _cite(text: Text, summary: Summary, record: str) -> str:
    words = _say(
        text,
        "cite",
        version=summary.version,
        scenario=summary.scenario,
        title=summary.title,
        seed=summary.seed,
        n=summary.runs,
        levels=_listed(text, summary.levels),
        hash=record,
    )
    if summary.uncertain:
        words += " " + text["cite.uncertain"]
    return text["cite.preview"] + words if summary.preview else words


def _runs(text: Text, count: int) -> str:
    return text["facts.run"] if count == 1 else _say(text, "facts.runs", n=count)


def _metric(summary: Summary, key: str) -> Metric:
    return next(metric for metric in summary.metrics if metric.key == key)


def _bounds(apart: Difference, sign: int, digits: int) -> str:
    """The simultaneous interval of the size of a change in the direction of `sign`."""
    low, high = sorted((sign * apart.simultaneous_low, sign * apart.simultaneous_high))
    return f"[{_fixed(low, digits)}, {_fixed(high, digits)}]"


def _span(estimate: Estimate, digits: int = 0) -> str:
    low, high = estimate.low, estimate.high
    return "" if math.isnan(low) else f" [{_fixed(low, digits)}, {_fixed(high, digits)}]"


def _fixed(value: float, digits: int) -> str:
    """The number with so many digits, rounded as the page's script rounds: a half away from zero."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0)


def _say(text: Text, key: str, **values: object) -> str:
    """The sentence with its places filled; what is filled in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), text[key])


def _listed(text: Text, items: Sequence[str]) -> str:
    """The items as a list in a sentence."""
    return text["and"].join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def _json(value: object) -> str:
    """JSON that cannot end the element that it stands in."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(style: str, script: str) -> str:
    """What the page may do: show its own style and run its own script; nothing else, and no fetch at all."""

    def digest(content: str) -> str:
        return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _template(name: str) -> str:
    return files("skypact").joinpath("data", "report", name).read_text(encoding="utf-8")
