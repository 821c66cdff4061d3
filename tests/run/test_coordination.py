"""Co-ordinated fire: what is told of a salvo is the shooter's own, goes by the links, and holds the others back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skypact.model.codes import Content
from skypact.model.doctrine import Coordination
from skypact.model.link import NEVER_NS, CutOff, Link, Links
from skypact.model.scenario import Policy, Release
from skypact.model.track import Tracks
from skypact.run.build import Treatments, wire
from skypact.run.coordination import left_to_others
from skypact.run.exchange import tracks_of
from skypact.run.level import new_levels
from skypact.run.library import load
from skypact.run.paired import prepare
from skypact.run.pipeline import step
from skypact.run.plan import Plan
from skypact.run.state import Level, Shooting, own_pool

NAMES = ("BHR", "QAT", "SAU")
BHR, QAT, SAU = range(3)
S = 1_000_000_000


def _line(sender: str, receivers: tuple[str, ...], **terms: Any) -> Release:
    return replace(Release(sender, receivers, Content.TRACKS, 2.0, "assumption: a test"), **terms)


PERFECT = Links()
EVERYBODY = tuple(_line(a, tuple(b for b in NAMES if b != a)) for a in NAMES)


def _begun(lines: tuple[Release, ...], links: Links = PERFECT) -> tuple[Plan, list[Level]]:
    """The small scenario with a pact of these lines and co-ordinated fire, before its first epoch."""
    loaded = load("gulf-small")
    scenario = replace(
        loaded.scenario, policy=Policy({"today": (), "pact": lines}, (), {}, {}, 1.0), links=links
    )
    wired = wire(
        scenario, loaded.catalogue, loaded.airports, loaded.terrain, ("pact+coordinated_fire",), Treatments()
    )
    plan, sensed = prepare(wired, 0, 1)
    return plan, new_levels(plan, sensed, 0)


def _salvos(
    lines: tuple[Release, ...], links: Links = PERFECT, epochs: int = 200
) -> tuple[Level, list[Shooting]]:
    """The level after so many epochs, and every salvo of it."""
    plan, levels = _begun(lines, links)
    found: dict[int, Shooting] = {}
    for k in range(1, epochs + 1):
        step(plan, levels, plan.span_s[0] + 5.0 * k)
        found |= {shooting.number: shooting for shooting in levels[0].flying}
    return levels[0], [found[number] for number in sorted(found)]


def test_everybody_is_told_of_a_salvo_once_the_hold_back_and_the_link_are_over() -> None:
    slow = Links(tuple(Link(a, b, delay_s=7.0) for a in NAMES for b in NAMES if a != b))
    for links, wait_s in ((Links(), 2.0), (slow, 9.0)):
        _, salvos = _salvos(EVERYBODY, links)
        assert len(salvos) >= 5
        for salvo in salvos:
            if salvo.fired_ns + 15 * S < max(other.fired_ns for other in salvos):
                assert set(salvo.told_ns) == {BHR, QAT, SAU} - {salvo.nation}
            assert all(told == salvo.fired_ns + wait_s * S for told in salvo.told_ns.values())


def test_a_nation_that_is_cut_off_neither_tells_nor_is_told() -> None:
    cut = Links(cut_off=(CutOff("SAU", -1e4, 1e5),))
    _, salvos = _salvos(EVERYBODY, cut)
    assert {salvo.nation for salvo in salvos} >= {SAU, QAT}
    for salvo in salvos:
        for receiver, told_ns in salvo.told_ns.items():
            assert (told_ns == NEVER_NS) is (SAU in (receiver, salvo.nation))


def test_nobody_is_told_who_may_not_have_the_shooters_own_track() -> None:
    _, salvos = _salvos((_line("QAT", ("BHR",)),))
    assert any(salvo.nation == QAT for salvo in salvos)
    assert all(set(salvo.told_ns) <= ({BHR} if salvo.nation == QAT else set()) for salvo in salvos)


def test_what_another_let_the_shooter_know_is_not_told_with_its_salvo() -> None:
    # QAT tells BHR alone; BHR tells SAU what is its own.
    plan, levels = _begun((_line("QAT", ("BHR",)), _line("BHR", ("SAU",))))
    told = 0
    for k in range(1, 171):
        step(plan, levels, plan.span_s[0] + 5.0 * k)
        own = tracks_of(levels[0].cells[own_pool(BHR)])
        for news in levels[0].news:
            if news.message.made_ns != own.now_ns or news.message.sender != BHR:
                continue
            told += 1
            assert news.receiver == SAU
            assert isinstance(news.message.payload, Tracks)
            (row,) = np.flatnonzero((own.mean_ecef == news.message.payload.mean_ecef).all(axis=1))
            np.testing.assert_array_equal(own.cov_ecef[row], news.message.payload.cov_ecef[0])
            assert news.message.payload.sources[0] == own.sources[row] == 1 << BHR
    assert told > 3


def test_who_may_know_places_coarsely_is_told_of_a_salvo_coarsely() -> None:
    side_m = 50e3
    lines = (_line("QAT", ("BHR",), accuracy_m=side_m), _line("QAT", ("SAU",)))
    _, salvos = _salvos(lines)
    both = [salvo for salvo in salvos if set(salvo.told_ecef_m) == {BHR, SAU}]
    assert both
    apart = [np.linalg.norm(salvo.told_ecef_m[BHR] - salvo.told_ecef_m[SAU]) for salvo in both]
    assert 2e3 < np.median(apart) < side_m


def test_news_of_a_salvo_waits_for_no_message_that_is_sent_after_it() -> None:
    # A full message of tracks takes ten seconds on this line.
    narrow = Links(tuple(Link(a, b, bandwidth_bps=20e3) for a in NAMES for b in NAMES if a != b))
    prompt = tuple(replace(line, delay_s=0.0) for line in EVERYBODY)
    _, salvos = _salvos(prompt, narrow)
    waits = [(told - salvo.fired_ns) / S for salvo in salvos for told in salvo.told_ns.values()]
    assert len(waits) > 5
    # What was sent at the instant of the shot goes first; what is sent at the next epoch does not.
    assert min(waits) < 5.0


def test_a_level_says_under_which_rule_it_co_ordinates_or_the_scenario_does() -> None:
    loaded = load("gulf-small")
    scenario = replace(loaded.scenario, coordination=Coordination.RESERVE_KEPT)
    names = ("pact+coordinated_fire", "pact+coordinated_fire:pooled", "pact")
    wired = wire(scenario, loaded.catalogue, loaded.airports, loaded.terrain, names, Treatments())
    assert wired.coordination == (Coordination.RESERVE_KEPT, Coordination.POOLED, Coordination.RESERVE_KEPT)
    assert [on.coordinated_fire for on in wired.switches] == [True, True, False]


def test_a_track_is_left_from_the_instant_at_which_the_news_comes() -> None:
    level, salvos = _salvos(EVERYBODY, epochs=1)
    assert salvos == []
    tracks = tracks_of(level.cells[own_pool(QAT)])
    assert len(tracks)
    salvo = Shooting(None, 1, BHR, tracks.now_ns - 9 * S, tracks.now_ns)  # type: ignore[arg-type]
    salvo.told_ecef_m = {QAT: tracks.mean_ecef[0, :3] + 100.0}
    level.flying = [salvo]
    assert not left_to_others(level, QAT, tracks).any()
    salvo.told_ns = {QAT: tracks.now_ns + 1}
    assert not left_to_others(level, QAT, tracks).any()
    salvo.told_ns = {QAT: tracks.now_ns}
    assert left_to_others(level, QAT, tracks)[0]
    assert not left_to_others(level, SAU, tracks).any()
