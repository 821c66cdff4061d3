"""Who answers: one code a track from Mode 3/A and aircraft addresses."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.model.codes import FIRST_CHANGING_CODE, FIRST_FRIENDLY_CODE, NO_CODE
from skypact.model.recording import ABSENT
from skypact.track import label_plots


def labelled(*answers):
    """Codes of (Mode 3/A, address) pairs."""
    pairs = np.array(answers, np.int32).reshape(-1, 2)
    return label_plots(pairs[:, 0], pairs[:, 1]).tolist()


def test_who_answers_with_either_has_a_code():
    found = labelled((0o2341, ABSENT), (ABSENT, 0xE01234), (ABSENT, ABSENT), (0o2341, ABSENT), (0, ABSENT))
    assert found == [
        FIRST_CHANGING_CODE + 0o2341,
        1,
        NO_CODE,
        FIRST_CHANGING_CODE + 0o2341,
        FIRST_CHANGING_CODE,
    ]


def test_an_aircraft_that_once_leaves_out_its_address_is_still_itself():
    assert labelled((0o2341, 0xE01234), (0o2341, ABSENT), (ABSENT, 0xE01234)) == [1, 1, 1]


def test_a_code_shared_by_several_addresses_tells_nobody_apart():
    assert labelled((0o1000, 0xE01234), (0o1000, 0xE05678), (0o1000, ABSENT)) == [1, 2, NO_CODE]


def test_an_aircraft_with_an_address_keeps_its_code_when_its_mode_3a_changes():
    assert labelled((0o1000, 0xE01234), (0o2341, 0xE01234)) == [1, 1]


@given(
    st.lists(
        st.tuples(st.sampled_from([ABSENT, 0, 1, 0o7777]), st.sampled_from([ABSENT, 0, 1, 0xFFFFFF])),
        max_size=30,
    )
)
def test_codes_are_civil_and_equal_for_equal_addresses_alone(answers):
    codes = labelled(*answers)
    assert all(code < FIRST_FRIENDLY_CODE for code in codes)
    for (squawk, address), code in zip(answers, codes, strict=True):
        assert (code < FIRST_CHANGING_CODE) >= (address != ABSENT)
        assert (code == NO_CODE) >= (squawk == ABSENT and address == ABSENT)
    with_address = {
        (address, code) for (_, address), code in zip(answers, codes, strict=True) if address != ABSENT
    }
    assert len({a for a, _ in with_address}) == len({c for _, c in with_address}) == len(with_address)
