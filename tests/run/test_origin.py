"""What took off at home is known for it as long as its track lives, whatever becomes of its code and its number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.defend import FireSettings
from skypact.fuse import new_picture
from skypact.model.codes import ObjectClass
from skypact.model.track import Tracks
from skypact.run.origin import departed, join_origins, note_origins
from skypact.run.state import View
from tests.warn.world import ecef, state, tracks

AIRPORT = np.array([ecef(29.4, 48.0)])
HOME, AWAY = state(29.45, 48.0, 500.0, 0.0, 60.0), state(29.9, 48.0, 500.0, 0.0, 60.0)


@pytest.fixture
def view() -> View:
    return View(0, (), (), [0], new_picture(1))


def _seen(starts: list[np.ndarray], ids: list[int], code: int = 0) -> Tracks:
    found = tracks(starts, [int(ObjectClass.CIVIL)] * len(starts))
    return replace(found, track_id=np.array(ids, np.uint64), code=np.full(len(starts), code, np.uint32))


def _judged(view: View, seen: Tracks) -> list[bool]:
    note_origins(view, seen, AIRPORT, FireSettings())
    return departed(view, seen).tolist()


def test_a_track_is_judged_where_it_is_first_seen_and_not_again(view: View) -> None:
    assert _judged(view, _seen([HOME, AWAY], [1, 2])) == [True, False]
    assert _judged(view, _seen([AWAY, HOME, HOME], [1, 2, 3])) == [True, False, True]


def test_a_code_that_is_lost_later_does_not_hide_where_a_track_began(view: View) -> None:
    assert _judged(view, _seen([HOME], [1], code=4321)) == [True]
    assert _judged(view, _seen([AWAY], [1])) == [True]


@pytest.mark.parametrize(("home", "away"), [(1, 2), (2, 1)])
def test_of_two_tracks_that_are_joined_the_one_that_took_off_counts(view: View, home: int, away: int) -> None:
    _judged(view, _seen([HOME, AWAY], [home, away]))
    join_origins(view, 2, 1)
    assert _judged(view, _seen([AWAY], [1])) == [True]
