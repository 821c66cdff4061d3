"""Co-ordinated fire: what is told of a salvo is the shooter's own, goes by the links, and holds the others back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skypact.model.codes import Content
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
from skypact.run.state import Level, Shooting, own_pool

NAMES = ("BHR", "QAT", "SAU")
BHR, QAT, SAU = range(3)
S = 1_000_000_000


def _line(sender: str, receivers: tuple[str, ...], **terms: Any) -> Release:
    return replace(Release(sender, receivers, Content.TRACKS, 2.0, "assumption: a test"), **terms)


PERFECT = Links()
EVERYBODY = tuple(_line(a, tuple(b for b in NAMES if b != a)) for a in NAMES)


def _salvos(
    lines: tuple[Release, ...], links: Links = PERFECT, epochs: int = 200
) -> tuple[Level, list[Shooting]]:
    """The level after so many epochs, and every salvo of it."""
    loaded = load("gulf-small")
    scenario = replace(
        loaded.scenario, policy=Policy({"today": (), "pact": lines}, (), {}, {}, 1.0), links=links
    )
    wired = wire(
        scenario, loaded.catalogue, loaded.airports, loaded.terrain, ("pact+coordinated_fire",), Treatments()
    )
    plan, sensed = prepare(wired, 0, 1)
    levels = new_levels(plan, sensed, 0)
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
    chain = (_line("QAT", ("BHR",)), _line("BHR", ("SAU",)))
    level, salvos = _salvos(chain, epochs=170)
    told = [salvo for salvo in salvos if salvo.nation == BHR and salvo.told_ns]
    assert told
    for news in level.news:
        assert isinstance(news.message.payload, Tracks)
        assert (news.message.payload.sources & (1 << QAT) == 0).all()
    for salvo in told:
        assert set(salvo.told_ns) == {SAU}
        assert salvo.told_ecef_m is not None
        assert not np.array_equal(salvo.told_ecef_m, salvo.shots.aim_ecef_m[0])


def test_a_track_is_left_from_the_instant_at_which_the_news_comes() -> None:
    level, salvos = _salvos(EVERYBODY, epochs=1)
    assert salvos == []
    tracks = tracks_of(level.cells[own_pool(QAT)])
    assert len(tracks)
    salvo = Shooting(None, 1, BHR, tracks.now_ns - 9 * S, tracks.now_ns)  # type: ignore[arg-type]
    salvo.told_ecef_m = tracks.mean_ecef[0, :3] + 100.0
    level.flying = [salvo]
    assert not left_to_others(level, QAT, tracks).any()
    salvo.told_ns = {QAT: tracks.now_ns + 1}
    assert not left_to_others(level, QAT, tracks).any()
    salvo.told_ns = {QAT: tracks.now_ns}
    assert left_to_others(level, QAT, tracks)[0]
    assert not left_to_others(level, SAU, tracks).any()
