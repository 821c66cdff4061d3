"""Bad input: every fault at once, with file, line, field, what was found and what was expected."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import InputError
from tests.scenario.conftest import SMALL


def faults_of(desk, text):
    with pytest.raises(InputError) as caught:
        desk.load(text)
    return caught.value.faults


def swapped(*pairs):
    text = SMALL
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text, part):
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


def test_all_faults_are_reported_at_once_with_file_line_field_found_and_expected(desk):
    text = swapped(
        ("  - {name: search, class:", "  - {name: search, clas:"),
        ("radius: 12 km", "radius: 12 kg"),
        ("at: {city: Manama}", "at: {city: Cairo}"),
        ("nation: BHR, at: {airport: OBBI}", "nation: OMM, at: {airport: OBBI}"),
        ("aircraft: 5", "aircraft: -5"),
        ("to: all", "to: [BHR, BHR]"),
    )
    faults = faults_of(desk, text)
    by_field = {fault.field: fault for fault in faults}
    assert {fault.file for fault in faults} == {"my.yaml"}
    wanted = {
        "sensors[0].clas": ("clas: search_radar", "'clas'", "'class'"),
        "places[0].radius": ("12 kg", "'12 kg'", "a length such as"),
        "places[1].at": ("Cairo", "30.063 N 31.250 E", "within the region 22 to 32 N, 44 to 58 E"),
        "batteries[0].nation": ("OMM", "'OMM'", "one of BHR, QAT"),
        "traffic.aircraft": ("aircraft", "-5", "greater than or equal to 0"),
        "policy.nations.QAT.pact[0].to[1]": ("BHR, BHR", "BHR again", "each receiver once"),
    }
    for field, (part, found, expected) in wanted.items():
        fault = by_field[field]
        assert fault.line == line_of(text, part)
        assert found in fault.found
        assert expected in fault.expected
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)
    consequences = {"sensors[0].class", "families[0].groups[0].aims.BHR"}  # of the misspelt key, of Cairo
    assert set(by_field) - set(wanted) == consequences


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("runs: 2", "runs: 2\nrunz: 3", "runz", "'runs', perhaps"),
        ("runs: 2", "runs: 2\nsettings: {tale: 3 s}", "settings.tale", "'tail', perhaps"),
        ("runs: 2", "runs: .inf", "runs", "valid integer"),
        ("runs: 2", "runs: " + "9" * 30, "runs", "less than 20 digits"),
        ("runs: 2", "runs: '2'", "runs", "valid integer"),
        ("runs: 2", "runs: 2\nruns: 3", "runs", "it once (first in line 3)"),
        (
            "runs: 2",
            "runs: 2\nsettings: {alert_probability: 0.3}",
            "settings.alert_probability",
            "0.02, 0.05",
        ),
        (
            "runs: 2",
            "runs: 2\nsettings: {message_period: 7 s}",
            "settings.message_period",
            "a whole multiple of picture_period",
        ),
        ("runs: 2", "runs: 2\nsettings: {relief: [9 m, 1 m]}", "settings.relief", "the lower number first"),
        ("[national, pact]", "[national, pakt]", "levels[1]", "Perhaps 'pact'"),
        ("[national, pact]", "[pact, pact]", "levels[0]", "each level once"),
        ("[national, pact]", "[hub:OMN]", "levels[0]", "hub:XXX"),
        ("south: 22", "south: 33", "region", "south below north"),
        ("east: 58", "east: 70", "region", "within the terrain 10 to 46 N, 24 to 66 E"),
        ("city: Doha", "city: Dohaa", "places[0].at.city", "'Doha', perhaps"),
        ("{city: Doha}", "{city: Doha, airport: OTHH}", "places[0].at", "one of {airport"),
        ("{city: Doha}", "{lat: 25.3, lon: 51.5}", "places[0].at", "'notional: true' beside lat and lon"),
        ("{city: Doha}", "{geostationary: 51}", "places[0].at", "a point on the ground"),
        ("name: Manama, ", "name: Doha, ", "places[1].name", "a name of its own (first in line 8)"),
        ("name: Manama, ", "name: QAT, ", "places[1].name", "not a nation's code"),
        ("airport: OTHH", "airport: OTXX", "sensors[0].at.airport", "an airport"),
        ("class: search_radar", "class: serch_radar", "sensors[0].class", "'search_radar', perhaps"),
        ("class: search_radar", "class: multifunction_radar", "sensors[0].faces", "looks one way"),
        ("{airport: OTHH}", "{airport: OTHH}, faces: 10 deg", "sensors[0].faces", "looks all round"),
        (
            "nation: QAT, at: {airport",
            "nation: QAT, host: BHR, at: {airport",
            "sensors[0].owns_data",
            "soil of BHR",
        ),
        (
            "class: gun, nation: BHR",
            "class: gun, nation: BHR, host: QAT",
            "batteries[0].consent",
            "soil of QAT",
        ),
        (
            "class: gun, nation: BHR",
            "class: gun, nation: BHR, defends: [QAT, QAT]",
            "batteries[0].defends",
            "once",
        ),
        (
            "class: gun, nation: BHR",
            "class: gun, nation: BHR, faces: 10 deg",
            "batteries[0]",
            "'faces' and 'sector' together",
        ),
        ("runs: 2", "runs: 2\ndoctrine: {fire: shot}", "doctrine.fire", "'shoot'"),
        ("runs: 2", "runs: 2\ndoctrine: {reserve: 1.5}", "doctrine.reserve", "less than or equal to 1"),
        ("runs: 2", "runs: 2\ndoctrine: {rounds: 0}", "doctrine.rounds", "greater than or equal to 1"),
        ("runs: 2", "runs: 2\ndoctrine: {coordination: all}", "doctrine.coordination", "'pooled'"),
        (
            "runs: 2",
            "runs: 2\ndoctrine: {nations: {OMN: {fire: save}}}",
            "doctrine.nations.OMN",
            "a nation of the scenario",
        ),
        (
            "class: gun, nation: BHR",
            "class: gun, nation: BHR, doctrine: {fires: save}",
            "batteries[0].doctrine.fires",
            "'fire', perhaps",
        ),
        ("class: gun", "class: gunn", "batteries[0].class", "'gun', perhaps"),
        ("content: tracks", "content: plots", "policy.nations.QAT.pact[0].content", "'tracks'"),
        ("delay: 4 s", "delay: 4 km", "policy.nations.QAT.pact[0].delay", 'a time such as "90 s"'),
        ("delay: 4 s", "delay: 2 h", "policy.nations.QAT.pact[0].delay", "from 0 s to 3600 s"),
        (
            "assumption: willing",
            "cited: a paper",
            "policy.nations.QAT.pact[0].basis",
            "'cited: SOURCE (DATE)'",
        ),
        ("to: all", "to: [QAT]", "policy.nations.QAT.pact[0].to[0]", "another nation"),
        ("to: all", "to: [OMN]", "policy.nations.QAT.pact[0].to[0]", "a nation of the scenario"),
        ("    BHR:\n      pact: []", "    OMN:\n      pact: []", "policy.nations.BHR", "a block for BHR"),
        ("    BHR:\n      pact: []", "    BHR:\n      today: []", "policy.nations.BHR", "either 'pact'"),
        (
            "    BHR:\n      pact: []",
            "    BHR:\n      readings: {a: []}\n      reading: b",
            "policy.nations.BHR.reading",
            "one of the readings a",
        ),
        ("    BHR:\n", "    QAT:\n", "policy.nations.QAT", "it once"),
        (
            "policy:\n",
            "policy:\n  bars: [{between: [QAT, BHR], basis: 'cited: a law (2022)'}]\n",
            "policy.bars[0].between",
            None,
        ),
        (
            "threat: one_way_drone",
            "threat: airliner",
            "families[0].groups[0].threat",
            "a class of raid object",
        ),
        ("launch: [sea]", "launch: [see]", "families[0].groups[0].launch[0]", "'sea', perhaps"),
        ("aims: {Doha: 1", "aims: {Dohar: 1", "families[0].groups[0].aims.Dohar", "'Doha', perhaps"),
        ("aims: {Doha: 1", "aims: {Doha: 0", "families[0].groups[0].aims.Doha", "greater than 0"),
        ("count: [1, 1]", "count: [2, 1]", "families[0].groups[0].count", "the lower number first"),
        ("threat: one_way_drone", "threat: srbm", "families[0].groups[0].aims.Doha", "300 km to 1000 km"),
        ("threat: one_way_drone", "threat: srbm", "families[0].groups[0].aims.BHR", "300 km to 1000 km"),
        ("{lat: 26.3", "{lat: 96.3", "launch_regions[0].at.lat", "less than or equal to 85"),
    ],
)
def test_a_fault_is_named_where_it_stands(desk, old, new, field, expected):
    text = swapped((old, new))
    if expected is None:  # nothing is wrong: a bar takes `all` down by one, it is no fault
        assert desk.load(text).policy.levels["pact"][0].receivers == ()
        return
    found = [fault for fault in faults_of(desk, text) if fault.field == field]
    assert len(found) == 1
    assert expected in found[0].expected
    changed = {i for i, line in enumerate(text.splitlines(), 1) if line not in SMALL.splitlines()}
    block_replaced = old.startswith("    ")  # then the fault may stand at what holds the block
    assert found[0].line in changed or block_replaced


def test_a_release_that_a_legal_bar_forbids_is_a_fault(desk):
    bar = "policy:\n  bars: [{between: [QAT, BHR], basis: 'cited: a law (2022)'}]\n"
    faults = faults_of(desk, swapped(("policy:\n", bar), ("to: all", "to: [BHR]")))
    assert [fault.field for fault in faults] == ["policy.nations.QAT.pact[0].to[0]"]
    assert "a legal bar forbids it" in faults[0].expected


def test_all_and_a_name_with_one_content_is_a_nation_named_twice(desk):
    line = '        - {to: all, content: tracks, delay: 4 s, basis: "assumption: willing"}\n'
    faults = faults_of(desk, swapped((line, line + line.replace("all", "[BHR]"))))
    assert [fault.field for fault in faults] == ["policy.nations.QAT.pact[1].to[0]"]


def test_yaml_1_2_words_are_words(desk):
    text = swapped(("name: Manama, ", "name: no, "), ("name: gun,", "name: on,"))
    scenario = desk.load(text)
    assert scenario.places[1].name == "no"
    assert scenario.batteries[0].name == "on"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("- a", 1),
        ("a: [1, 2", 1),
        ("a: 1\nb: 'x\nc: 2\n", 4),
        ("a: 1\n--- \nb: 2\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: \x07\n", 1),
        ("[" * 2000, 1),
        ("a: " + "[" * 40 + "]" * 40, 1),
        ("a: [" + "1, " * 300_000 + "1]", 1),
    ],
)
def test_what_is_not_a_document_is_refused_with_its_line(desk, text, line):
    faults = faults_of(desk, text)
    assert [fault.line for fault in faults] == [line]


def test_an_alias_bomb_is_refused_without_growing(desk):
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    faults = faults_of(desk, bomb)
    assert any("aliases are not read" in fault.expected for fault in faults)
    assert len(faults) < 500


@settings(max_examples=60)
@given(data=st.data())
def test_no_bad_input_gives_anything_but_faults(desk, data):
    lines = SMALL.splitlines()
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[row])))
    junk = data.draw(st.text(alphabet="{}[]:,&*!|>'\"%@`#-? ax1\n\té", min_size=1, max_size=4))
    lines[row] = lines[row][:column] + junk + lines[row][column:]
    text = "\n".join(lines)
    try:
        desk.load(text)
    except InputError as error:
        faults = error.faults
    else:
        return
    assert faults
    assert all(fault.line >= 1 and fault.found and fault.expected for fault in faults)


def test_wind_that_a_class_of_the_raid_cannot_fly_against_is_a_fault(desk):
    blow = "traffic: {{aircraft: 5}}\nweather: {{wind: [{}]}}"
    high = "{height: 0 m, speed: 1 m/s, comes_from: 9 deg}, {height: 9 km, speed: 90 m/s, comes_from: 9 deg}"
    strong, fair = (f"{{height: 0 m, speed: {speed} m/s, comes_from: 9 deg}}" for speed in (37.6, 37.4))
    (fault,) = faults_of(desk, swapped(("traffic: {aircraft: 5}", blow.format(strong))))
    assert fault.field == "weather.wind"
    assert fault.found == "37.6 m/s below 2500 m, where one_way_drone flies at 41.7 m/s and more"
    assert "37.5 m/s" in fault.expected
    desk.load(swapped(("traffic: {aircraft: 5}", blow.format(fair))))
    desk.load(swapped(("traffic: {aircraft: 5}", blow.format(high))))
    higher = high.replace("90", "99").replace("1 m/s", "16 m/s")
    (fault,) = faults_of(desk, swapped(("traffic: {aircraft: 5}", blow.format(higher))))
    assert fault.found.startswith("39.1 m/s below 2500 m")


def test_at_most_sixteen_closures(desk):
    def closures(count):
        rows = "\n".join(f"  - {{name: c{k}, lat: 26, lon: 50, radius: 9 km, at: 9 s}}" for k in range(count))
        return SMALL + "airspace_closures:\n" + rows + "\n"

    desk.load(closures(16))
    (fault,) = faults_of(desk, closures(17))
    assert fault.field == "airspace_closures"
