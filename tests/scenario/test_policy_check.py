"""The policy language: every fault at once, lines that can never release anything, files taken in."""

import math

import pytest

from skypact.errors import InputError
from skypact.model.codes import Content, ObjectClass
from skypact.model.scenario import Region
from skypact.scenario import load
from tests.scenario.conftest import SMALL, resolve

NATIONS = "nations: {QAT: Qatar, BHR: Bahrain, SAU: Saudi Arabia, USA: United States}"
HEAD = SMALL[: SMALL.index("policy:\n")].replace("nations: {QAT: Qatar, BHR: Bahrain}", NATIONS)
TAIL = SMALL[SMALL.index("traffic:") :]


def scenario(qat="", bhr="", sau="", usa="", top=""):
    """A scenario of four nations, of which QAT and BHR have places; a line of QAT's pact, blocks of the others."""
    blocks = {
        "QAT": f"pact:\n{qat}" if qat else "pact: []",
        "BHR": bhr or "pact: []",
        "SAU": sau or "pact: []",
        "USA": usa or "pact: []",
    }
    text = "policy:\n" + "".join(f"  {line}\n" for line in top.splitlines()) + "  nations:\n"
    for code, block in blocks.items():
        text += f"    {code}:\n" + "".join(f"      {line}\n" for line in block.splitlines())
    return HEAD + text + TAIL


def line(words, basis="assumption: a test"):
    return f'  - {{{words}, basis: "{basis}"}}'


def faults_of(desk, text):
    with pytest.raises(InputError) as caught:
        desk.load(text)
    return caught.value.faults


def pact(desk, *lines, **blocks):
    policy = desk.load(scenario("\n".join(lines), **blocks)).policy
    return [release for release in policy.levels["pact"] if release.sender == "QAT"]


def test_every_word_of_the_language_is_frozen_as_it_is_meant(desk):
    whole = line(
        "to: {all_but: [USA]}, content: tracks, delay: 4 s, classes: [cruise, ballistic], "
        "region: {south: 24, north: 28, west: 48, east: 52}, threatening: true, accuracy: 5 km, "
        "identity: withheld, onward: [gulf], through: BHR, from: 10 min, until: 50 min, when: alert"
    )
    text = scenario(
        whole,
        bhr="passes_on: all\nlife_saving: true\npact: []",
        top="groups: {gulf: [QAT, BHR, SAU]}\npassing_through: allowed",
    )
    policy = desk.load(text).policy
    (release,) = policy.levels["pact"]
    assert release.receivers == ("BHR", "SAU")
    assert release.classes == (ObjectClass.BALLISTIC, ObjectClass.CRUISE)
    assert release.region == Region(*(math.radians(side) for side in (24, 28, 48, 52)))
    assert release.threatening
    assert release.nameless
    assert release.on_alert
    assert release.accuracy_m == 5_000.0
    assert release.onward == ("BHR", "SAU")  # a group of which one is a member names the others
    assert release.through == "BHR"
    assert (release.from_s, release.until_s) == (600.0, 3_000.0)
    assert release.file == "my.yaml"
    assert text.splitlines()[release.line - 1].lstrip().startswith("- {to: {all_but")
    assert policy.passes_on == {"BHR": ("QAT", "SAU", "USA")}
    assert policy.life_saving == ("BHR",)
    assert policy.passing_through
    assert policy.groups == {"gulf": ("QAT", "BHR", "SAU")}


def test_what_is_not_written_is_refused(desk):
    (release,) = pact(desk, line("to: all, content: tracks"))
    assert release.onward == ()
    assert release.through is None
    assert (release.from_s, release.until_s) == (-math.inf, math.inf)
    policy = desk.load(scenario(line("to: all, content: tracks"))).policy
    assert policy.passes_on == {}
    assert policy.life_saving == ()
    assert not policy.passing_through


def test_statuses_are_contents_of_their_own(desk):
    found = pact(
        desk,
        line("to: [BHR], content: sensor_status"),
        line("to: [BHR], content: magazine_status, delay: 1 min"),
    )
    assert [release.content for release in found] == [Content.SENSOR_STATUS, Content.MAGAZINE_STATUS]


def test_lines_for_the_same_receiver_may_differ_in_their_terms(desk):
    found = pact(
        desk,
        line("to: [BHR], content: tracks, classes: [ballistic]"),
        line("to: [BHR], content: tracks, classes: [drone], delay: 30 s"),
        line("to: all, content: tracks, accuracy: 10 km"),
    )
    assert len(found) == 3


BAR = "bars: [{between: [QAT, BHR], basis: 'cited: a law (2022)'}]"
CARRIES = {"usa": "passes_on: [BHR]\npact: []"}


@pytest.mark.parametrize(
    ("words", "blocks", "field", "expected"),
    [
        ("to: [BHR, gulff], content: tracks", {}, "to[1]", "a nation of the scenario or a group"),
        ("to: [all], content: tracks", {}, "to[0]", "all alone"),
        ("to: {all_but: [OMN]}, content: tracks", {}, "to.all_but[0]", "a nation of the scenario or a group"),
        ("to: {but: [BHR]}, content: tracks", {}, "to", "or {all_but: [...]}"),
        ("to: al, content: tracks", {}, "to", "all, a list of"),
        ("to: {all_but: [BHR, SAU, USA]}, content: tracks", {}, "to", "can never release anything"),
        ("to: all, content: tracks, classes: [missile]", {}, "classes[0]", "'ballistic'"),
        ("to: all, content: tracks, classes: [drone, drone]", {}, "classes", "each class once"),
        ("to: all, content: tracks, accuracy: 5 s", {}, "accuracy", "a length"),
        ("to: all, content: tracks, identity: hidden", {}, "identity", "'withheld'"),
        ("to: all, content: tracks, when: war", {}, "when", "'alert'"),
        ("to: all, content: tracks, wen: alert", {}, "wen", "'when', perhaps"),
        ("to: all, content: tracks, from: 9 min, until: 9 min", {}, "until", "can never release anything"),
        (
            "to: all, content: tracks, region: {south: 30, north: 20, west: 48, east: 52}",
            {},
            "region",
            "south below",
        ),
        (
            "to: all, content: tracks, region: {south: 40, north: 50, west: 48, east: 52}",
            {},
            "region",
            "can never release anything",
        ),
        ("to: [SAU], content: tracks, threatening: true", {}, "threatening", "nothing threatens SAU"),
        ("to: all, content: detections, classes: [drone]", {}, "classes", "a plot knows no class"),
        ("to: all, content: detections, accuracy: 5 km", {}, "accuracy", "a plot knows no class"),
        ("to: all, content: magazine_status, threatening: true", {}, "threatening", "of no object"),
        ("to: all, content: nothing, onward: all", {}, "onward", "this line releases nothing"),
        ("to: all, content: tracks, onward: [OMN]", {}, "onward[0]", "a nation of the scenario or a group"),
        ("to: all, content: tracks, onward: [QAT]", {}, "onward[0]", "need not be passed on"),
        (
            "to: all, content: tracks, onward: [BHR]",
            {"top": BAR},
            "onward[0]",
            "'passing_through' is refused",
        ),
        ("to: [BHR], content: tracks", {"top": BAR}, "to[0]", "a legal bar forbids it"),
        (
            "to: [BHR], content: tracks, through: USA",
            {"top": BAR, **CARRIES},
            "to[0]",
            "'passing_through' is refused",
        ),
        ("to: [BHR], content: tracks, through: USA", {}, "through", "USA passes on to nobody"),
        (
            "to: [BHR, SAU], content: tracks, through: USA",
            CARRIES,
            "to[1]",
            "a nation to which USA passes on",
        ),
        ("to: [USA], content: tracks, through: USA", CARRIES, "through", "USA alone receives"),
        ("to: [BHR], content: tracks, through: QAT", {}, "through", "another nation than the sender"),
        ("to: [BHR], content: tracks, through: OMN", {}, "through", "a nation of the scenario"),
        (
            "to: [SAU], content: tracks, through: BHR",
            {"top": BAR, "bhr": "passes_on: all\npact: []"},
            "through",
            "a legal bar keeps BHR from it",
        ),
    ],
)
def test_a_line_that_cannot_be_or_can_never_release_anything_is_a_fault(desk, words, blocks, field, expected):
    faults = faults_of(desk, scenario(line(words), **blocks))
    by_field = {fault.field: fault for fault in faults}
    fault = by_field[f"policy.nations.QAT.pact[0].{field}"]
    assert expected in fault.expected
    assert fault.file == "my.yaml"
    text = scenario(line(words), **blocks).splitlines()[fault.line - 1]
    assert "content" in text


@pytest.mark.parametrize(
    ("top", "field", "expected"),
    [
        ("groups: {all: [BHR]}", "policy.groups.all", "another name than all"),
        ("groups: {gulf: [BHR, OMN]}", "policy.groups.gulf[1]", "a nation of the scenario"),
        ("groups: {gulf: [BHR, BHR]}", "policy.groups.gulf[1]", "each nation once in a group"),
        ("groups: {Gulf: [BHR]}", "policy.groups.Gulf", "a text that matches"),
        ("passing_through: yes", "policy.passing_through", "'refused' or 'allowed'"),
    ],
)
def test_faults_of_the_block_itself(desk, top, field, expected):
    faults = {fault.field: fault for fault in faults_of(desk, scenario(top=top))}
    assert expected in faults[field].expected


@pytest.mark.parametrize(
    ("block", "field", "expected"),
    [
        ("passes_on: [BHR]\npact: []", "passes_on[0]", "another nation"),
        ("passes_on: [gulff]\npact: []", "passes_on[0]", "a nation of the scenario or a group"),
        ("passes_on: [QAT]\npact: []", "passes_on[0]", "a legal bar forbids it"),
        ("life_saving: 1\npact: []", "life_saving", "valid boolean"),
    ],
)
def test_faults_of_what_a_nation_passes_on(desk, block, field, expected):
    faults = {fault.field: fault for fault in faults_of(desk, scenario(bhr=block, top=BAR))}
    assert expected in faults[f"policy.nations.BHR.{field}"].expected


def test_nobody_is_both_given_nothing_and_named_for_passing_on(desk):
    text = scenario(
        line("to: [SAU], content: nothing") + "\n" + line("to: [BHR], content: tracks, onward: [SAU]")
    )
    (fault,) = faults_of(desk, text)
    assert fault.field == "policy.nations.QAT.pact[1].onward[0]"
    assert "gives nothing" in fault.expected


def test_passing_through_a_third_lets_a_line_name_the_barred_by_way_of_another(desk):
    top = f"{BAR}\npassing_through: allowed"
    (release,) = pact(desk, line("to: [BHR], content: tracks, through: USA"), top=top, **CARRIES)
    assert release.receivers == ("BHR",)


def test_all_faults_of_a_policy_come_at_once(desk):
    text = scenario(
        line("to: [OMN], content: tracks") + "\n" + line("to: all, content: detections, classes: [drone]"),
        bhr="passes_on: [gulff]\npact: []",
        top="passing_through: perhaps",
    )
    assert len(faults_of(desk, text)) == 4


# ----------------------------------------------------------------------------------------- files of their own

POLICY = """\
# Who may see what.
full_delay: 2 s
nations:
  QAT:
    pact:
      - {to: all, content: tracks, delay: 4 s, basis: "assumption: willing"}
  BHR: {include: bhr.yaml}
"""
BHR = 'pact:\n  - to: [QAT]\n    content: warnings\n    basis: "assumption: warns"\n'


def with_files(desk, text, **files):
    known = desk.known

    def read(name):
        key = name.removesuffix(".yaml")
        return (files[key], name) if key in files else None

    return load(text, "my.yaml", known.catalogue, known.airports, known.cities, resolve=resolve, include=read)


def including(entry="policy: {include: policy.yaml}\n"):
    return SMALL[: SMALL.index("policy:\n")] + entry + TAIL


@pytest.mark.parametrize(
    "entry", ["policy: {include: policy.yaml}  # ours\n", "policy:\n  include: policy.yaml\n"]
)
def test_a_policy_and_a_block_of_it_may_stand_in_files_of_their_own(desk, entry):
    found = with_files(desk, including(entry), policy=POLICY, bhr=BHR)
    first, second = found.policy.levels["pact"]
    assert (first.file, first.line) == ("policy.yaml", 6)
    assert (second.file, second.line) == ("bhr.yaml", 2)
    assert found.policy.full_delay_s == 2.0
    again = desk.load(found.text)  # what a run folder keeps needs no other file
    assert again.policy == found.policy
    assert "# Who may see what." in found.text
    assert "include" not in found.text


def test_a_scenario_that_extends_another_may_take_in_its_policy(desk):
    text = "name: mine\ntitle: Mine\nextends: gulf-small\npolicy:\n  include: policy.yaml\n"
    policy = POLICY.replace("{include: bhr.yaml}", "{pact: []}") + "  SAU: {pact: []}\n"
    found = with_files(desk, text, policy=policy)
    assert len(found.policy.levels["pact"]) == 1
    assert desk.load(found.text).policy == found.policy


def test_faults_of_a_file_taken_in_name_that_file_and_its_line(desk):
    with pytest.raises(InputError) as caught:
        with_files(
            desk, including(), policy=POLICY.replace("to: all", "to: [OMN]"), bhr=BHR.replace("to", "too")
        )
    found = {(fault.file, fault.line, fault.field) for fault in caught.value.faults}
    assert ("policy.yaml", 6, "policy.nations.QAT.pact[0].to[0]") in found
    assert ("bhr.yaml", 2, "policy.nations.BHR.pact[0].too") in found


@pytest.mark.parametrize(
    ("entry", "files", "expected"),
    [
        ("policy: {include: gone.yaml}\n", {}, "a file that can be read"),
        ("policy: {include: policy.yaml, full_delay: 2 s}\n", {"policy": POLICY}, "nothing beside it"),
        ("policy: {include: policy.yaml}\n", {"policy": "---\n" + POLICY, "bhr": BHR}, "without '---'"),
        ("policy: {include: policy.yaml}\n", {"policy": "- a\n"}, "a mapping"),
        ("policy:\n  {include: policy.yaml}\n", {"policy": POLICY, "bhr": BHR}, "on a line of its own"),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_one_clear_fault(desk, entry, files, expected):
    with pytest.raises(InputError) as caught:
        with_files(desk, including(entry), **files)
    (fault,) = caught.value.faults
    assert expected in fault.expected
