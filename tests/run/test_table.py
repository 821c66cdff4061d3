import io
import json
import re

import numpy as np
import pytest
from rich.console import Console

from skypact.run.table import HEADLINE, print_summary, to_json
from skypact.score import METRICS, summarise
from tests.score.made import MANIFEST, PACT, column, scores


def summary_of(runs=30):
    random = np.random.default_rng(4)
    leakers = column(runs, 5.0) + random.normal(0.0, 1.0, (runs, 1, 2))
    leakers[:, PACT, 0] -= 3.0 + random.normal(0.0, 0.2, runs)
    leakers[:, PACT, 1] += 2.0 + random.normal(0.0, 0.2, runs)
    gospa = 20e3 + column(runs) + random.normal(0.0, 3e3, (runs, 3, 2))
    return summarise(scores(runs, {"leakers": leakers, "gospa_m": gospa}), MANIFEST)


def shown(summary, width, colour=False):
    text = io.StringIO()
    print_summary(
        summary,
        Console(file=text, width=width, force_terminal=colour, color_system="standard" if colour else None),
    )
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_nothing_is_cut_off_or_wider_than_the_terminal(width):
    text = shown(summary_of(), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    for metric in METRICS:
        if metric.key in HEADLINE:
            assert all(word in text for word in metric.title.split())


def test_every_nation_stands_at_every_level():
    text = shown(summary_of(), 140)
    for level in ("national", "today", "pact"):
        block = text.split(f"At {level}")[1].split("\n\n")[0]
        assert re.search(r"^ AAA ", block, re.MULTILINE)
        assert re.search(r"^ BBB ", block, re.MULTILINE)


def test_a_resolved_change_is_marked_and_coloured_and_others_are_not():
    text = shown(summary_of(), 140, colour=True)
    changes = [line for line in text.split("At pact")[1].splitlines() if "±" in line]
    assert any("-3.0" in line and "▲" in line and "\x1b[1;32m" in line for line in changes)
    assert any("▼" in line and "\x1b[1;31m" in line for line in changes)
    unresolved = re.findall(r"\x1b\[([\d;]*)m ?\?", text)
    assert unresolved
    assert set(unresolved) == {"2"}


def test_the_safety_table_gives_a_zero_its_bound():
    assert "none, at most 0.12 a raid" in shown(summary_of(), 120)


def test_an_airliner_fired_at_is_not_a_none():
    fired = column(20)
    fired[3, PACT, 0] = 1.0
    text = shown(summarise(scores(20, {"civil_engaged": fired}), MANIFEST), 120)
    assert re.search(r"pact +0\.05 \[0, 0\.15\] a raid", text)


def test_a_preview_says_so_with_the_command():
    text = shown(summary_of(6), 100)
    assert "PREVIEW" in text
    assert "skypact run two --seed 1 --runs 20" in text
    assert "PREVIEW" not in shown(summary_of(20), 100)


def test_who_is_worse_off_is_said_with_the_cause():
    text = shown(summary_of(), 140)
    assert "Worse off under sharing" in text
    assert "BBB at pact: leakers +2.0 a raid" in text
    assert "No nation is shown to be worse off" in shown(summarise(scores(20), MANIFEST), 100)


def test_one_level_alone_is_shown_without_comparisons():
    from dataclasses import replace

    from skypact.score import RunScores
    from skypact.score.column import rows

    one = replace(MANIFEST, levels=("today",))
    alone = [
        RunScores(
            s.run, s.family, 0, rows(s.rows, s.rows["level"] == 0), rows(s.objects, s.objects["level"] == 0)
        )
        for s in scores(20)
    ]
    text = shown(summarise(alone, one), 100)
    assert "At today" in text
    assert "change against" not in text


def test_one_run_alone_is_shown():
    assert "1 paired run," in shown(summary_of(1), 100)


def test_the_json_holds_every_entry_and_no_nan():
    summary = summary_of()
    document = json.loads(to_json(summary), parse_constant=pytest.fail)
    assert len(document["entries"]) == len(summary.entries)
    first = document["entries"][0]
    assert first["nation"] == "AAA"
    assert set(first["estimate"]) == {"value", "low", "high", "n", "method"}
    assert document["worse"][0]["nation"] == "BBB"
    assert {metric["key"] for metric in document["metrics"]} >= set(HEADLINE)
