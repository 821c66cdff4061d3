"""Links, outages and misreports as they are written: what they become, and every fault at once."""

from __future__ import annotations

import math

import pytest

from skypact.errors import InputError
from skypact.model.link import CutOff, Links, Misreport, Outage
from tests.scenario.conftest import SMALL

THREE = SMALL.replace(
    "nations: {QAT: Qatar, BHR: Bahrain}", "nations: {QAT: Qatar, BHR: Bahrain, SAU: Arabia}"
).replace("    BHR:\n      pact: []", "    BHR:\n      pact: []\n    SAU:\n      pact: []")


def faults_of(desk, extra, text=SMALL):
    with pytest.raises(InputError) as caught:
        desk.load(text + extra)
    return {fault.field: fault for fault in caught.value.faults}


def test_a_scenario_that_says_nothing_of_links_has_perfect_ones(desk):
    assert desk.load(SMALL).links == Links()
    for name in ("gulf-small", "quiet-sky"):
        assert desk.builtin(name).links == Links()


def test_a_pair_has_the_default_but_for_what_its_own_line_says(desk):
    links = desk.load(
        THREE
        + """\
links:
  default: {delay: 50 ms, jitter: 0.3 s, loss: 0.01, duplicate: 0.001, bandwidth: 256 kbit/s}
  between:
    - {from: QAT, to: BHR, two_way: true, loss: 0.05, burst: 4, store_and_forward: true}
    - {from: all, to: BHR, loss: 0.5, delay: 2 s, queue: 1 min}
"""
    ).links
    line = {(link.sender, link.receiver): link for link in links.lines}
    assert len(line) == 6
    plain = line["SAU", "QAT"]
    assert (plain.delay_s, plain.jitter_s, plain.loss, plain.duplicate) == (0.05, 0.3, 0.01, 0.001)
    assert (plain.bandwidth_bps, plain.queue_s, plain.burst, plain.store_and_forward) == (
        256e3,
        10.0,
        0.0,
        False,
    )
    general = line["SAU", "BHR"]
    assert (general.loss, general.delay_s, general.queue_s, general.jitter_s) == (0.5, 2.0, 60.0, 0.3)
    own = line["QAT", "BHR"]  # the line for the pair over the line for all over the default
    assert (own.loss, own.burst, own.store_and_forward, own.delay_s, own.queue_s) == (
        0.05,
        4.0,
        True,
        2.0,
        60.0,
    )
    back = line["BHR", "QAT"]
    assert (back.loss, back.store_and_forward, back.delay_s) == (0.05, True, 0.05)


def test_outages_of_links_and_of_nations_and_misreports_are_held_in_seconds(desk):
    links = desk.load(
        SMALL
        + """\
links:
  between:
    - {from: QAT, to: BHR, two_way: true, outages: [{from: 20 min, until: 30 min}]}
outages:
  - {nation: QAT, from: 90 s, until: 2 min}
misreports:
  - {nation: QAT, from: 10 min, ghosts: 5, basis: "assumption: a test"}
  - {nation: BHR, until: 1 h, covariance: 0.1, shift: 3 km, certainty: 0.99, basis: "assumption: a test"}
"""
    ).links
    assert links.outages == (Outage("QAT", "BHR", 1200.0, 1800.0), Outage("BHR", "QAT", 1200.0, 1800.0))
    assert links.cut_off == (CutOff("QAT", 90.0, 120.0),)
    assert links.misreports == (
        Misreport("QAT", 600.0, math.inf, "assumption: a test", ghosts=5),
        Misreport(
            "BHR", -math.inf, 3600.0, "assumption: a test", covariance=0.1, shift_m=3e3, certainty=0.99
        ),
    )
    assert math.isinf(links.lines[0].bandwidth_bps)


def test_all_faults_of_links_are_found_at_once(desk):
    faults = faults_of(
        desk,
        """\
links:
  default: {delay: 50, jiter: 0.3 s, loss: 2, bandwidth: 256 kbit}
  between:
    - {from: QAT, to: QAT, outages: [{from: 20 min, until: 3 min}]}
    - {from: QAT, to: XXX, burst: 0.5}
    - {to: BHR, store_and_forward: 3}
outages:
  - {nation: QQT, from: 1 min, until: 2 min}
  - {nation: all, from: 1 min}
misreports:
  - {nation: QAT, basis: "assumption: nothing said"}
  - {nation: QAT, ghosts: -1, certainty: 1.0, basis: "I know"}
""",
    )
    assert set(faults) == {
        "links.default.delay",
        "links.default.jiter",
        "links.default.loss",
        "links.default.bandwidth",
        "links.between[0].to",
        "links.between[0].outages[0]",
        "links.between[1].to",
        "links.between[1].burst",
        "links.between[2].from",
        "links.between[2].store_and_forward",
        "outages[0].nation",
        "outages[1].nation",
        "outages[1].until",
        "misreports[0]",
        "misreports[1].ghosts",
        "misreports[1].certainty",
        "misreports[1].basis",
    }
    assert "256 kbit/s" in faults["links.default.bandwidth"].expected
    assert faults["links.default.jiter"].expected.startswith("'jitter', perhaps")
    assert "at least one of 'ghosts'" in faults["misreports[0]"].expected


def test_a_pair_said_twice_is_a_fault_where_neither_line_is_the_more_particular(desk):
    faults = faults_of(
        desk,
        """\
links:
  between:
    - {from: QAT, to: BHR, two_way: true}
    - {from: BHR, to: QAT}
    - {from: all, to: BHR}
    - {from: QAT, to: all}
""",
    )
    assert set(faults) == {"links.between[1]", "links.between[3]"}
    assert faults["links.between[1]"].found == "BHR to QAT again"
    with pytest.raises(InputError) as caught:
        desk.load(THREE + "links: {between: [{from: all, to: all}, {from: all, to: QAT, two_way: true}]}\n")
    assert len(caught.value.faults) == 1  # a line is told of once, however many pairs it repeats


@pytest.mark.parametrize(
    ("default", "line", "where"),
    [
        ("{loss: 0.9, burst: 2}", "{from: QAT, to: BHR}", "links.default.burst"),
        ("{loss: 0.9}", "{from: QAT, to: BHR, burst: 8.9}", "links.between[0].burst"),
        ("{burst: 5}", "{from: QAT, to: BHR, loss: 1}", "links.between[0].burst"),
    ],
)
def test_bursts_too_short_for_the_losses_are_a_fault(desk, default, line, where):
    text = f"links:\n  default: {default}\n  between:\n    - {line}\n"
    assert where in faults_of(desk, text)
    assert desk.load(SMALL + text.replace("0.9", "0.5").replace("loss: 1", "loss: 0.8")).links.lines
