import numpy as np
import pytest

from skypact.score import summarise
from tests.score.made import MANIFEST, NATIONAL, PACT, TODAY, column, scores

RUNS = 25


def worse(made, metric):
    """The causes found for AAA at pact."""
    summary = summarise(made, MANIFEST)
    return [c for c in summary.worse if (c.nation, c.level, c.metric) == ("AAA", "pact", metric)]


def shorter_warning(**columns):
    """AAA's objects warned 80 s at today and 20 s at pact, with these object columns as (today, pact)."""
    made = scores(RUNS)
    for run in made:
        mine = run.objects["nation"] == 0
        for level, warning_s, side in ((TODAY, 80.0, 0), (PACT, 20.0, 1)):
            here = mine & (run.objects["level"] == level)
            run.objects["warning_s"][here] = warning_s
            for name, values in columns.items():
                run.objects[name][here] = values[side]
    return made


def alerted(today_s=920.0, pact_s=980.0):
    return {"first_alert_s": (today_s, pact_s)}


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"first_alert_s": (920.0, np.nan), "kill_s": (np.nan, 800.0)}, "objects killed before any alert"),
        (alerted(pact_s=920.0), "objects whose alert was raised as early but withdrawn"),
        (
            alerted() | {"first_held_s": (100.0, 300.0), "first_firm_s": (100.0, 300.0)},
            "objects alerted later because a track was on them later",
        ),
        (
            alerted() | {"first_held_s": (100.0, 100.0), "first_firm_s": (100.0, np.nan)},
            "objects alerted later because their track became firm later",
        ),
        (
            {
                "first_alert_s": (920.0, np.nan),
                "first_held_s": (100.0, 100.0),
                "first_firm_s": (100.0, 100.0),
            },
            "objects never alerted though held as early",
        ),
        (
            alerted() | {"first_held_s": (100.0, 100.0), "first_firm_s": (100.0, 100.0)},
            "objects alerted later though held and firm as early",
        ),
    ],
)
def test_shorter_warning_is_put_down_to_the_first_step_that_fell_behind(columns, text):
    (cause,) = worse(shorter_warning(**columns), "warning_median_s")
    assert cause.difference == pytest.approx(-60.0)
    assert [(reason.text, reason.per_run) for reason in cause.reasons] == [(text, 2.0)]


def leaking(**columns):
    made = scores(RUNS, {"leakers": np.tile([[[0.0, 0], [0.0, 0], [2.0, 0]]], (RUNS, 1, 1))})
    made[0].rows["leakers"][4] = 1.0
    for run in made:
        here = (run.objects["nation"] == 0) & (run.objects["level"] == PACT)
        run.objects["leaked"][here] = 1
        for name, (today, pact) in columns.items():
            run.objects[name][here] = pact
            run.objects[name][(run.objects["nation"] == 0) & (run.objects["level"] == TODAY)] = today
    return made


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"stock_spent": (0, 1)}, "objects let through with all defending stock spent"),
        ({}, "objects never fired at and never firm"),
        ({"first_firm_s": (1.0, 1.0)}, "objects never fired at though firm"),
        ({"rounds": (4.0, 2.0)}, "objects fired at with fewer rounds, all missing"),
        ({"rounds": (2.0, 2.0)}, "objects fired at with as many rounds, all missing"),
    ],
)
def test_leakers_are_put_down_to_what_stopped_the_shot(columns, text):
    (cause,) = worse(leaking(**columns), "leakers")
    assert cause.resolved
    assert [reason.text for reason in cause.reasons] == [text]


def test_a_larger_picture_error_names_its_largest_part():
    gospa, missed, false = column(RUNS, 5000.0), column(RUNS, 2.0), column(RUNS, 1.0)
    gospa[:, PACT, 0] += np.linspace(1900.0, 2100.0, RUNS)
    missed[:, PACT, 0] += 1.0
    false[:, PACT, 0] += 3.0
    made = scores(RUNS, {"gospa_m": gospa, "gospa_missed": missed, "gospa_false": false})
    (cause,) = worse(made, "gospa_m")
    assert [(r.text, r.per_run) for r in cause.reasons] == [
        ("more false tracks at any time", 3.0),
        ("more objects missed at any time", 1.0),
    ]


def test_more_rounds_name_uncoordinated_fire():
    rounds, doubled = column(RUNS, 10.0), column(RUNS)
    rounds[:, PACT, 0] += np.linspace(3.0, 5.0, RUNS)
    doubled[:, PACT, 0] = 4.0
    (cause,) = worse(scores(RUNS, {"rounds": rounds, "doubled_rounds": doubled}), "rounds")
    assert cause.reasons[0].text == "more rounds fired at what another nation's shot was flying to"


def test_a_difference_that_is_not_resolved_is_listed_as_such():
    random = np.random.default_rng(2)
    leakers = column(RUNS, 5.0)
    leakers[:, PACT, 0] += random.normal(1.0, 4.0, RUNS)
    causes = worse(scores(RUNS, {"leakers": leakers}), "leakers")
    assert [cause.resolved for cause in causes] == [False]


def test_sharing_nothing_is_no_harm_of_sharing():
    leakers = column(RUNS, 5.0)
    leakers[:, NATIONAL, 0] += np.linspace(3.0, 4.0, RUNS)
    assert summarise(scores(RUNS, {"leakers": leakers}), MANIFEST).worse == ()


def test_nobody_worse_off_gives_no_cause():
    assert summarise(scores(RUNS), MANIFEST).worse == ()
