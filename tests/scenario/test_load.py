import math

import pytest

from skypact.errors import InputError
from skypact.model.codes import Content
from tests.scenario.conftest import SMALL, text_of

NATIONS = ("SAU", "ARE", "QAT", "KWT", "BHR", "OMN", "IRQ", "EGY", "JOR", "ISR", "USA")


def faults_of(desk, text, file="my.yaml"):
    with pytest.raises(InputError) as caught:
        desk.load(text, file)
    return caught.value.faults


def test_the_small_text_is_sound_and_in_si_units(desk):
    scenario = desk.load(SMALL)
    assert scenario.nations == ("QAT", "BHR")
    assert scenario.places[0].radius_m == 12_000.0
    assert scenario.places[0].population == desk.known.cities["Doha"][2]
    assert scenario.places[1].population == 500_000
    assert scenario.sensors[0].lat_rad == desk.known.airports["OTHH"][0]
    assert scenario.sensors[0].height_m is None
    assert scenario.batteries[0].defends == ("BHR",)
    assert scenario.batteries[0].consent == "BHR"
    assert scenario.settings.lead_in_s == 300.0
    assert scenario.settings.message_period_s == 5.0
    assert scenario.text == SMALL
    group = scenario.families[0].groups[0]
    assert dict(group.aims) == {"Doha": 1.0, "Manama": 1.0}
    assert group.launch == ((math.radians(26.3), math.radians(51.4), 10_000.0),)
    assert (group.start_low_s, group.start_high_s) == (0.0, 60.0)


@pytest.mark.parametrize("name", ["gulf", "gulf-small", "mixed-sky", "quiet-sky"])
def test_the_built_in_scenarios_are_sound_alone_and_as_they_are_kept(desk, name):
    scenario = desk.builtin(name)
    again = desk.load(scenario.text)
    assert again == scenario


def test_gulf_is_as_large_as_it_says(desk):
    gulf = desk.builtin("gulf")
    assert gulf.nations == NATIONS
    assert 43 <= len(gulf.sensors) <= 50
    assert 38 <= len(gulf.batteries) <= 45
    assert 75 <= len(gulf.places) <= 90
    assert len(gulf.families) >= 5
    for nation in NATIONS:
        assert sum(place.nation == nation for place in gulf.places) >= 3
        assert any(sensor.nation == nation for sensor in gulf.sensors)
        assert any(battery.nation == nation for battery in gulf.batteries)
    assert any(not place.defended for place in gulf.places)
    assert sum(sensor.class_name == "infrared_satellite" for sensor in gulf.sensors) == 2
    assert max(sum(group.count_high for group in family.groups) for family in gulf.families) >= 150


def test_every_nation_is_hit_by_some_family_and_every_whole_raid_hits_several(desk):
    gulf = desk.builtin("gulf")
    nation = {place.name: place.nation for place in gulf.places}
    hit = {
        family.name: {nation[aim] for group in family.groups for aim, _ in group.aims}
        for family in gulf.families
    }
    assert set().union(*hit.values()) == set(NATIONS)
    assert min(len(nations) for nations in hit.values()) >= 3
    assert [f.name for f in gulf.families if sum(g.count_high for g in f.groups) == 1] == ["single-event"]


def test_the_slowest_leave_first_so_that_a_raid_takes_about_an_hour(desk):
    for family in desk.builtin("gulf").families:
        starts: dict[str, list[float]] = {}
        for group in family.groups:
            starts.setdefault(group.threat, []).append(group.start_high_s)
        slow = max((max(starts[t]) for t in ("one_way_drone", "small_drone") if t in starts), default=0.0)
        fast = min((min(starts[t]) for t in ("srbm", "mrbm", "rocket") if t in starts), default=math.inf)
        assert slow <= 300.0 or family.name == "ballistic-wave"
        assert slow < fast
        assert max(map(max, starts.values())) <= 3_600.0


def test_hosted_units_say_whom_they_defend_and_whose_consent_a_shot_needs(desk):
    hosted = [battery for battery in desk.builtin("gulf").batteries if battery.host != battery.nation]
    assert {battery.host for battery in hosted} >= {"QAT", "ARE", "SAU", "KWT", "BHR", "JOR", "IRQ", "ISR"}
    for battery in hosted:
        assert battery.nation in battery.defends
        assert battery.consent in (battery.nation, battery.host)


def test_no_release_crosses_the_bar_between_iraq_and_israel(desk):
    policy = desk.builtin("gulf").policy
    assert {frozenset((bar.first, bar.second)) for bar in policy.bars} == {frozenset(("IRQ", "ISR"))}
    releases = [
        *(release for level in policy.levels.values() for release in level),
        *(release for named in policy.readings.values() for way in named.values() for release in way),
    ]
    assert {release.sender for release in releases} >= {"IRQ", "ISR"}
    for release in releases:
        if release.sender in ("IRQ", "ISR"):
            assert not {"IRQ", "ISR"} <= {release.sender, *release.receivers}
        assert release.sender not in release.receivers


def test_disputed_members_have_three_readings_and_pact_lines_only_there(desk):
    policy = desk.builtin("gulf").policy
    assert set(policy.readings) >= {"QAT", "KWT", "OMN", "IRQ"}
    for member, readings in policy.readings.items():
        assert list(readings) == ["reluctant", "partial", "willing"]
        assert policy.reading[member] == "partial"
        assert all(release.sender != member for release in policy.levels["pact"])
        most = [max(release.content for release in releases) for releases in readings.values()]
        assert most == sorted(most)


def test_today_is_what_the_public_record_says(desk):
    today = desk.builtin("gulf").policy.levels["today"]
    shown = {release.sender: release for release in today if release.content == Content.TRACKS}
    assert len(shown["USA"].receivers) == 6
    own = {release.sender for release in today if release.content == Content.DETECTIONS}
    assert len(own) == 2
    warned = next(release for release in today if release.content == Content.WARNINGS)
    assert warned.sender == "USA"
    assert len(warned.receivers) == 10
    assert all(release.basis.startswith(("cited: ", "assumption: ")) for release in today)


def test_quiet_sky_is_gulf_without_a_raid(desk):
    quiet, gulf = desk.builtin("quiet-sky"), desk.builtin("gulf")
    assert quiet.families == ()
    assert quiet.runs == 50
    assert quiet.levels == ("today", "full")
    assert quiet.traffic.dead_transponder_share == 0.08
    assert quiet.sensors == gulf.sensors
    assert quiet.policy == gulf.policy


def test_mixed_sky_is_the_raids_of_gulf_in_a_doubtful_sky_at_raised_alert(desk):
    mixed, gulf = desk.builtin("mixed-sky"), desk.builtin("gulf")
    assert mixed.families == gulf.families
    assert mixed.policy == gulf.policy
    assert mixed.settings.free_from_s == 0.0
    assert {fault.jammed for fault in mixed.position_faults} == {False, True}
    assert len(mixed.closures) == 2
    assert mixed.traffic.military_share > 0.0
    assert mixed.traffic.dead_transponder_share > 0.0


def test_a_satellite_stands_above_the_equator(desk):
    sky = [s for s in desk.builtin("gulf").sensors if s.class_name == "infrared_satellite"]
    assert all(s.height_m == 35_786_000.0 and s.lat_rad == 0.0 for s in sky)


def test_faults_in_what_a_scenario_extends_name_that_file(desk):
    def broken(_):
        return text_of("gulf").replace("radius: 15 km", "radius: 15 s"), "base.yaml"

    from skypact.scenario import load

    text = "name: a\ntitle: A\nextends: base\nruns: -1\n"
    known = desk.known
    with pytest.raises(InputError) as caught:
        load(text, "a.yaml", known.catalogue, known.airports, known.cities, resolve=broken)
    faults = caught.value.faults
    assert [fault.field for fault in faults if fault.file == "a.yaml"] == ["runs"]
    wrong = [fault for fault in faults if fault.file == "base.yaml"]
    assert len(wrong) == 4
    lines = text_of("gulf").splitlines()
    assert all("radius: 15 km" in lines[fault.line - 1] for fault in wrong)


def test_what_a_scenario_extends_must_exist(desk):
    (fault, *_) = [
        f for f in faults_of(desk, "name: a\ntitle: A\nextends: nowhere\n") if f.field == "extends"
    ]
    assert fault.line == 3
    assert "'nowhere'" in fault.found


def test_a_scenario_that_extends_itself_for_ever_is_refused(desk):
    from skypact.scenario import load

    known = desk.known
    with pytest.raises(InputError, match="at most 5"):
        load(
            "name: a\ntitle: A\nextends: a\n",
            "a.yaml",
            known.catalogue,
            known.airports,
            known.cities,
            resolve=lambda _: ("name: a\ntitle: A\nextends: a\n", "a.yaml"),
        )


def test_a_flow_style_file_cannot_be_joined_with_another(desk):
    faults = faults_of(desk, "{name: a, title: A, extends: gulf}\n")
    assert any("own line" in fault.expected for fault in faults)


def test_alerts_are_for_places_unless_hexagons_are_asked_for(desk):
    assert desk.load(SMALL).hexagon_m is None
    assert desk.load(SMALL + "warning: {zones: places}\n").hexagon_m is None
    assert desk.load(SMALL + "warning: {zones: hexagons, size: 7 km}\n").hexagon_m == 7_000.0


@pytest.mark.parametrize(
    "written",
    [
        "{zones: hexagons}",
        "{size: 7 km}",
        "{zones: squares}",
        "{zones: hexagons, size: 10 m}",
        "{zones: districts}",
    ],
)
def test_hexagons_have_a_size_and_nothing_else_has(desk, written):
    (fault,) = faults_of(desk, SMALL + f"warning: {written}\n")
    assert fault.field.startswith("warning")


def test_districts_are_named_discs_of_a_nation(desk):
    written = """
warning:
  zones: districts
  districts:
    - {name: West Bay, nation: QAT, at: {lat: 25.33, lon: 51.53, notional: true}, radius: 3 km}
    - {name: Airport, nation: QAT, at: {airport: OTHH}, radius: 4 km, population: 9000}
"""
    first, second = desk.load(SMALL + written).districts
    assert (first.name, first.radius_m, first.population) == ("West Bay", 3_000.0, None)
    assert (second.lat_rad, second.population) == (desk.known.airports["OTHH"][0], 9000)
    assert desk.load(SMALL).districts == ()


@pytest.mark.parametrize(
    ("district", "field"),
    [
        ("{name: a, nation: OMM, at: {airport: OTHH}, radius: 3 km}", "nation"),
        ("{name: a, nation: QAT, at: {airport: XXXX}, radius: 3 km}", "at"),
        ("{name: a, nation: QAT, at: {lat: 60, lon: 10, notional: true}, radius: 3 km}", "at"),
        ("{name: a, nation: QAT, at: {airport: OTHH}}", "radius"),
    ],
)
def test_faults_of_districts_are_found_as_those_of_places(desk, district, field):
    faults = faults_of(desk, SMALL + f"warning: {{zones: districts, districts: [{district}]}}\n")
    assert any(field in fault.field for fault in faults)


def test_two_districts_of_one_name_are_a_fault(desk):
    district = "{name: a, nation: QAT, at: {airport: OTHH}, radius: 3 km}"
    (fault,) = faults_of(
        desk, SMALL + f"warning: {{zones: districts, districts: [{district}, {district}]}}\n"
    )
    assert "a name of its own" in fault.expected
