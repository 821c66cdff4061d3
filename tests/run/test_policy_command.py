"""`skypact policy`: what is released in words, the whole matrix, and what changes for whom."""

from __future__ import annotations

import functools
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from skypact.errors import UsageError
from skypact.model.codes import Content, Reason
from skypact.run import library
from skypact.run.library import nations_of
from skypact.run.policy import reading
from skypact.run.policy.command import diff, explain, matrix
from skypact.run.policy.difference import changes
from skypact.run.policy.matrix import cells, short
from skypact.run.policy.reading import Flow, choose, flows
from skypact.run.policy.words import reason_words, time_words
from skypact.share import information_set

CAVEATS = """\
name: caveats
title: "A pact with caveats"
extends: gulf-small
runs: 2
policy:
  full_delay: 1 s
  groups: {gulf: [BHR, QAT, SAU]}
  nations:
    BHR:
      passes_on: all
      life_saving: true
      pact:
        - {to: [gulf], content: tracks, delay: 4 s, classes: [ballistic, cruise], onward: [SAU],
           basis: "assumption: one"}
        - to: {all_but: [QAT]}
          content: tracks
          delay: 20 s
          accuracy: 5 km
          identity: withheld
          until: 50 min
          basis: "assumption: two"
        - {to: all, content: warnings, threatening: true, basis: "assumption: three"}
        - {to: [QAT], content: sensor_status, delay: 3 min, basis: "assumption: four"}
    QAT:
      pact:
        - {to: [SAU], content: tracks, through: BHR, delay: 6 s, basis: "assumption: five"}
    SAU: {include: sau.yaml}
"""
SAU = 'pact:\n  - {to: all, content: detections, delay: 2 s, when: alert, basis: "assumption: six"}\n'


_load = functools.cache(library.load)


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "load", _load)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    (tmp_path / "sau.yaml").write_text(SAU)
    path = tmp_path / "caveats.yaml"
    path.write_text(CAVEATS)
    return str(path)


def said(command, *args, width=300, as_json=False) -> str:
    file = io.StringIO()
    command(*args, as_json, Console(file=file, width=width, force_terminal=False))
    return file.getvalue()


def told(name, sender, receiver, level="pact") -> str:
    return " ".join(said(explain, name, sender, receiver, level).split())


def test_an_explanation_names_what_how_late_how_degraded_by_which_line_and_why_not_more(mine) -> None:
    text = told(mine, "BHR", "SAU")
    assert "From Bahrain (BHR) to Saudi Arabia (SAU), level pact of caveats.yaml" in text
    assert "Detections: no No line of BHR gives detections to SAU." in text
    assert "Tracks: on conditions, after 4 s" in text
    assert "only objects taken for ballistic or cruise; may be passed on to SAU" in text
    assert f"by {mine}:13, assumption: one" in text
    assert "held back for 20 s; until 50 min; positions to 5 km; class, code and identity withheld" in text
    assert "only objects that threaten the receiver" in text
    assert "QAT has them, but BHR does not let sensor status be passed on to SAU" in text
    assert "BHR passes on to SAU what is of QAT." in text
    assert "To save lives: a warning of an object that threatens SAU may override BHR's caveats" in text
    assert re.search(r"ballistic - yes yes", text)
    assert re.search(r"drone - if if", text)


def test_an_explanation_tells_by_way_of_whom_and_from_which_file(mine) -> None:
    text = told(mine, "QAT", "SAU")
    assert "Tracks: yes, after 12 s, through BHR" in text
    assert "by way of BHR only; not to be passed on" in text
    on_alert = told(mine, "SAU", "QAT")
    assert "only while the sender is on alert" in on_alert
    assert "sau.yaml:2, assumption: six" in on_alert
    assert "Sensor status and magazine status: no No line of SAU gives them to QAT." in on_alert


def test_an_explanation_gives_both_readings_of_a_legal_bar() -> None:
    text = told("gulf", "IRQ", "ISR", "hub:USA")
    assert "A legal bar stands between IRQ and ISR (cited: Iraq's law" in text
    assert "Where passing through a third is refused ISR has nothing" in text
    assert "where it is allowed, tracks after 2 s through USA. Here it is refused." in text
    assert "USA have them, but a legal bar stands between IRQ and ISR, and passing through is refused" in text
    assert "Both readings of the legal bars come to the same here." in told("gulf", "KWT", "ISR")
    assert "This level ignores legal bars." in told("gulf", "IRQ", "ISR", "full")


def test_an_explanation_says_which_reading_of_a_disputed_member_it_tells() -> None:
    words = (
        "What KWT would release is disputed: this is the reading 'partial' of reluctant, partial and willing."
    )
    assert words in told("gulf", "KWT", "ISR")
    assert "disputed" not in told("gulf", "KWT", "ISR", "today")
    assert "disputed" not in told("gulf", "SAU", "ISR")


@pytest.mark.parametrize("level", ["national", "today", "pact", "full", "warnings", "tracks", "hub:USA"])
def test_the_matrix_is_what_the_information_sets_say(level) -> None:
    chosen = choose("gulf", level)
    document = json.loads(said(matrix, "gulf", level, None, None, as_json=True))
    lines = {(line["from"], line["to"]): (line["content"], line["delay_s"]) for line in document["lines"]}
    wanted = {
        (chosen.nations[source.nation], receiver): (source.content.name.lower(), source.delay_s)
        for k, receiver in enumerate(chosen.nations)
        for source in information_set(chosen.rules, k)
        if source.nation != k
    }
    assert lines == wanted
    assert len(lines) == {"national": 0, "today": 12, "pact": 99, "full": 110}.get(level, 108)


def test_the_matrix_of_eleven_nations_is_legible_at_80_columns() -> None:
    text = said(matrix, "gulf", "hub:USA", None, None, width=80)
    nations = choose("gulf", "pact").nations
    rows = [line for line in text.splitlines() if line[:3] in nations]
    assert len(rows) == 11
    assert max(len(row.rstrip()) for row in rows) <= 80
    assert [len(row.split()) for row in rows] == [12] * 11
    assert "T2>" in text
    assert "> through another" in text
    assert "…" not in text


def test_the_matrix_can_be_of_one_content(mine) -> None:
    chosen = choose(mine, "pact")
    shown = {
        (chosen.nations[o], chosen.nations[r]): short(cell.flow)
        for o, row in enumerate(cells(chosen, Content.SENSOR_STATUS))
        for r, cell in enumerate(row)
        if cell.flow is not None
    }
    assert shown == {("BHR", "QAT"): "S3m"}
    assert short(Flow(Content.TRACKS, 0.5, ("BHR",), True, ())) == "T0.5>*"


def test_the_matrix_is_drawn_with_every_nation_and_its_delays(tmp_path) -> None:
    path = tmp_path / "pact.svg"
    file = io.StringIO()
    assert matrix("gulf", "pact", None, path, False, Console(file=file, width=80)) == path
    drawn = path.read_text("utf-8")
    for words in ("Who has what of whom", "United Arab Emirates", "detections", "a legal bar", "99 of 110"):
        assert words in drawn


def test_a_difference_says_what_changes_for_whom() -> None:
    text = " ".join(said(diff, "gulf", None, ["today", "pact"]).split())
    assert "From level today of gulf to level pact of gulf" in text
    assert "Kuwait (KWT) has more of SAU, JOR and ISR: tracks after 4 s instead of nothing" in text
    assert "less of ISR: tracks after 4 s instead of detections after 2 s" in text
    assert "98 exchanges change: 97 more and 1 less." in text


def test_a_difference_of_a_policy_with_itself_is_none(mine) -> None:
    assert "Nothing changes" in said(diff, mine, mine, [])
    assert changes(choose(mine, "pact"), choose(mine, "pact")) == []


def test_a_difference_tells_caveats_and_ways_too(mine) -> None:
    text = " ".join(said(diff, "gulf-small", mine, []).split())
    assert "less of QAT: tracks after 12 s through BHR instead of tracks after 6 s" in text
    assert "more of BHR: sensor status after 3 min instead of nothing" in text
    assert "otherwise of QAT: tracks after 6 s as before, on other terms" in text
    document = json.loads(said(diff, "gulf-small", mine, [], as_json=True))
    change = next(one for one in document["changes"] if (one["from"], one["to"]) == ("QAT", "BHR"))
    assert change["caveats"] == [
        "-held back for 6 s; not to be passed on",
        "+held back for 6 s; by way of BHR only; not to be passed on",
    ]


def test_a_difference_tells_whose_caveats_bend_and_who_says_nothing(mine, tmp_path) -> None:
    text = Path(mine).read_text("utf-8")
    hard = tmp_path / "hard.yaml"
    hard.write_text(text.replace("life_saving: true", "life_saving: false"))
    told = " ".join(said(diff, mine, str(hard), []).split())
    assert "Only in the first may a warning override caveats of BHR to save lives." in told
    assert "Nothing changes" not in told
    assert json.loads(said(diff, mine, str(hard), [], as_json=True))["terms"] == [
        "Only in the first may a warning override caveats of BHR to save lives."
    ]
    mute = tmp_path / "mute.yaml"
    says = '        - {to: [SAU], content: nothing, basis: "assumption: seven"}\n'
    mute.write_text(text.replace("    SAU: {include", f"{says}    SAU: {{include"))
    told = " ".join(said(diff, mine, str(mute), []).split())
    assert "Only in the second does QAT say 'nothing' to SAU." in told
    assert "Nothing changes" not in told


def test_a_difference_of_scenarios_of_other_nations_says_whom_it_leaves_out() -> None:
    text = " ".join(said(diff, "gulf-small", "gulf", []).split())
    assert "Only the second has a legal bar between IRQ and ISR." in text
    assert "Only the second has ARE, KWT, OMN, IRQ, EGY, JOR, ISR and USA" in text


def test_machines_get_what_people_are_told(mine) -> None:
    document = json.loads(said(explain, mine, "BHR", "SAU", "pact", as_json=True))
    tracks = next(entry for entry in document["contents"] if entry["content"] == "tracks")
    assert tracks["released"] == "on conditions"
    assert [line["accuracy_m"] for line in tracks["lines"]] == [0.0, 5_000.0]
    assert document["objects"]["drone"]["tracks"] == "on conditions"
    assert document["passed_on"] == ["QAT"]


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (("explain", "gulf", "--from", "KWX", "--to", "ISR"), "no such nation"),
        (("explain", "gulf", "--from", "KWT", "--to", "kwt"), "a nation always has its own"),
        (("matrix", "gulf", "--level", "pakt"), "Perhaps 'pact'"),
        (("matrix", "gulf", "--content", "track"), "'tracks', perhaps"),
        (("matrix", "gulf", "--plot", "a.bmp"), ".png, .svg"),
        (("matrix", "gulfff"), "no such scenario or file"),
        (("diff", "gulf"), "two things are compared"),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(args, found, tmp_path) -> None:
    command = [sys.executable, "-c", "from skypact.cli import main; main()", "policy", *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert found in done.stderr
    assert "Traceback" not in done.stderr


def test_every_reason_for_a_refusal_has_words() -> None:
    for reason in Reason:
        if reason > Reason.OVERRIDDEN:
            assert reason_words(reason, "AAA", "BBB", "CCC", Content.TRACKS)
    assert [time_words(s) for s in (0.5, 4.0, 119.0, 120.0, 3_000.0)] == [
        "0.5 s",
        "4 s",
        "119 s",
        "2 min",
        "50 min",
    ]


def test_the_shell_is_offered_the_nations_of_the_scenario(mine) -> None:
    assert nations_of("gulf-small") == nations_of(mine) == ("BHR", "QAT", "SAU")
    assert nations_of("nowhere") == ()


def test_a_level_that_leaves_a_member_out_shows_none_of_its_information() -> None:
    chosen = choose("gulf-small", "pact+without:QAT")
    qat = chosen.nations.index("QAT")
    others = [k for k in range(3) if k != qat]
    assert not any(flows(chosen, qat, k) or flows(chosen, k, qat) for k in others)
    with pytest.raises(UsageError):
        choose("gulf-small", "pact+without:OMN")
