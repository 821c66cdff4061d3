import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.model.doctrine import Coordination
from skypact.scenario import BASES, LevelName, parse_level

NATIONS = ("SAU", "QAT", "BHR")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("today", LevelName("today")),
        ("national", LevelName("national")),
        ("hub:SAU", LevelName("hub", "SAU")),
        ("hub:SAU+without:QAT", LevelName("hub", "SAU", ("QAT",))),
        ("without:QAT", LevelName("pact", None, ("QAT",))),
        ("without:QAT+without:BHR", LevelName("pact", None, ("QAT", "BHR"))),
        ("tracks+without:QAT", LevelName("tracks", None, ("QAT",))),
        ("trio", LevelName("trio")),
        ("pact+cueing", LevelName("pact", switches=("cueing",))),
        ("pact+coordinated_fire", LevelName("pact", switches=("coordinated_fire",))),
        (
            "pact+coordinated_fire:pooled+cueing",
            LevelName("pact", switches=("coordinated_fire", "cueing"), rule=Coordination.POOLED),
        ),
        ("hub:SAU+cut:SAU+without:QAT", LevelName("hub", "SAU", ("QAT",), cut=("SAU",))),
        (
            "tracks+without:QAT+engage_on_remote+cueing",
            LevelName("tracks", None, ("QAT",), ("engage_on_remote", "cueing")),
        ),
    ],
)
def test_level_names_are_taken_apart(name, parts):
    assert parse_level(name, NATIONS, ("today", "pact", "trio")) == parts


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "pakt",
            "hub",
            "hub:",
            "hub:OMN",
            "pact:SAU",
            "without",
            "without:OMN",
            "pact+",
            "pact+with:QAT",
        ),
        *("pact+without:QAT+without:QAT", "hub:SAU+without:SAU", "pact+today", "full+hub:SAU", "PACT", "duo"),
        *(
            "cueing",
            "pact+cueing+cueing",
            "pact+information",
            "pact+cueing:SAU",
            "cut:SAU",
            "pact+cut:OMN",
            "pact+cut:SAU+cut:SAU",
            "pact+coordinated_fire:SAU",
            "pact+coordinated_fire:",
            "pact+coordinated_fire+coordinated_fire:pooled",
            "pact+coordinated_fire:pooled+coordinated_fire:reserve-kept",
        ),
        *("pact+cut:SAU+without:SAU", "pact+without:SAU+cut:SAU", "pact+cut"),
    ],
)
def test_other_names_are_refused_with_the_names_there_are(name):
    with pytest.raises(
        UsageError, match="national, today, pact, full, warnings, tracks, trio, hub:XXX"
    ) as caught:
        parse_level(name, NATIONS, ("trio",))
    assert "SAU, QAT, BHR" in caught.value.next_step


@given(base=st.sampled_from(BASES), left=st.lists(st.sampled_from(NATIONS), unique=True))
def test_a_name_put_together_is_taken_apart_again(base, left):
    name = "+".join([base, *(f"without:{code}" for code in left)])
    assert parse_level(name, NATIONS, ()) == LevelName(base, None, tuple(left))
