"""`skypact theory`: the closed forms for given numbers, as a table and as JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from skypact.cli import app
from skypact.errors import UsageError

BARRAGE = ("barrage", "--threats", "20", "--kill", "0.7", "--track", "0.99")


def answer(*words: str) -> dict:
    """The JSON of a command, its numbers by key."""
    done = CliRunner().invoke(app, ["theory", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    return found | {line["key"]: line["value"] for line in found["lines"]}


def test_a_barrage_shows_the_published_number_of_shots_and_names_its_source():
    done = CliRunner().invoke(app, ["theory", *BARRAGE, "--leak-free", "0.8"])
    assert "113.07" in done.output
    assert "Wilkening" in done.output
    assert all(len(line) <= 80 for line in done.output.splitlines())


def test_what_a_number_of_shots_gives_is_what_the_wanted_chance_asked_for():
    wanted = answer(*BARRAGE, "--leak-free", "0.8")
    given = answer(*BARRAGE, "--shots", str(wanted["shots_each"]))
    assert given["leak_free"] == pytest.approx(0.8)
    assert given["shots"] == pytest.approx(wanted["shots"])
    assert given["leakers"] == pytest.approx(wanted["leakers"])


def test_a_look_saves_shots():
    found = answer("barrage", "--threats", "20", "--kill", "0.7", "--shots", "4", "--first", "2")
    assert found["shots_with_look"] == pytest.approx(20 * (2 + 2 * 0.3**2))


def test_each_layer_passes_less_down_to_what_none_stops():
    found = answer("layers", "--kill", "0.8", "--kill", "0.5", "--threats", "10", "--undetected", "0.1")
    assert found["past_1"] == pytest.approx(0.1 + 0.9 * 0.2)
    assert found["leakers"] == pytest.approx(10 * (0.1 + 0.9 * 0.1))
    assert found["floor"] == pytest.approx(0.1)


def test_further_looks_leak_what_is_known():
    found = answer("looks", "--threats", "5", "--rounds", "10", "--kill", "0.7")
    assert [found[f"leakers_{n}"] for n in (1, 2, 3)] == pytest.approx([0.45, 0.132209, 0.063765], abs=1e-6)


def test_what_it_costs_not_to_know_of_each_other_is_shown():
    found = answer("uncoordinated", "--threats", "10", "--shots", "20", "--kill", "0.7")
    assert found["cost"] == pytest.approx(2.3424 - 0.9, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (BARRAGE, "--leak-free"),
        ((*BARRAGE, "--leak-free", "0.8", "--shots", "4"), "both or neither"),
        ((*BARRAGE, "--leak-free", "0.999"), "no number of shots"),
        ((*BARRAGE, "--shots", "2", "--first", "2"), "fewer before the look"),
        (("looks", "--threats", "101", "--rounds", "5", "--kill", "0.5"), "at most 100"),
    ],
)
def test_what_cannot_be_answered_is_said_in_one_line(words, told):
    with pytest.raises(UsageError, match=told):
        CliRunner().invoke(app, ["theory", *words], catch_exceptions=False)
