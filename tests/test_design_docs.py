"""What the documentation restates of the code is what the code says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skypact.defend import ENGAGEMENT_TABLE, engagement_diagram
from skypact.run.library import load
from skypact.score import METRICS, Metric
from skypact.track.lifecycle import GUARDS, TRANSITIONS, mermaid

ROOT = Path(__file__).resolve().parent.parent
STATES, HOUSE = "design/state-machines.md", "design/house.md"
SCORES, LEVELS = "explanation/scores.md", "explanation/levels.md"


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def block(text: str, name: str) -> str:
    """What stands between the comments `name` and `/name`."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found, f"the page lacks the comments {name} and /{name}"
    return found[1].strip("\n")


def table(heading: str, rows: list[str]) -> str:
    """A Markdown table."""
    return "\n".join([heading, "|---" * (heading.count("|") - 1) + "|", *rows])


def track_table() -> str:
    return table(
        "| from | to | guard | when |",
        [f"| {t.status.name} | {t.next.name} | `{t.guard}` | {GUARDS[t.guard]} |" for t in TRANSITIONS],
    )


def engagement_table() -> str:
    rows = [
        f"| {start.name} | {event.name.lower().replace('_', ' ')} | {end.name} |"
        for (start, event), end in ENGAGEMENT_TABLE.items()
    ]
    return table("| from | event | to |", rows)


def threshold(metric: Metric) -> str:
    """The threshold of relevance as the page writes it."""
    if metric.unit == "%":
        return f"{100 * metric.threshold:g} %"
    return f"{metric.threshold:,.12g} {metric.unit}".strip()


def metric_table() -> str:
    better = {1: "more", -1: "less", 0: "neither"}
    rows = [
        f"| {m.title} | `{m.key}` | {m.unit or 'count'} | {better[m.better]} | {threshold(m)} | {m.meaning} |"
        for m in METRICS
    ]
    return table("| metric | key | unit | better is | threshold | meaning |", rows)


def today_table() -> str:
    scenario = load("gulf").scenario
    rows = []
    for release in scenario.policy.levels["today"]:
        everybody = len(release.receivers) == len(scenario.nations) - 1
        receivers = "all others" if everybody else ", ".join(release.receivers)
        content, delay = release.content.name.lower(), f"{release.delay_s:g} s"
        rows.append(f"| {release.sender} | {receivers} | {content} | {delay} | {release.basis} |")
    return table("| sender | receivers | content | delay | basis |", rows)


@pytest.mark.parametrize(
    ("name", "part", "now"),
    [
        (STATES, "track-table", track_table),
        (STATES, "engagement-table", engagement_table),
        (SCORES, "metrics", metric_table),
        (LEVELS, "today", today_table),
    ],
)
def test_a_table_of_the_documentation_says_what_the_code_says(name, part, now):
    assert block(page(name), part) == now(), f"put this into docs/{name}:\n{now()}"


@pytest.mark.parametrize("diagram", [mermaid, engagement_diagram])
def test_the_diagrams_are_those_of_the_tables_now(diagram):
    assert f"```text\n{diagram()}```" in page(STATES), f"put this into docs/{STATES}:\n{diagram()}"


def test_every_legal_bar_of_the_region_is_named_with_its_basis():
    text = " ".join(page(LEVELS).split())
    bars = load("gulf").scenario.policy.bars
    assert bars
    for bar in bars:
        assert f"{bar.first} and {bar.second}" in text
        assert bar.basis in text


def test_the_drawing_of_the_house_has_every_package():
    packages = {path.parent.name for path in (ROOT / "src/skypact").glob("*/__init__.py")}
    drawing = page(HOUSE).split("```text")[1]
    assert packages <= set(re.findall(r"[a-z]+", drawing))
