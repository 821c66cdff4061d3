"""Who answers: one code a track from Mode 3/A and aircraft addresses."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.model.codes import FIRST_FRIENDLY_CODE, NO_CODE
from skypact.model.recording import ABSENT
from skypact.track import label_plots


def labelled(*answers):
    """Labels of (Mode 3/A, address) pairs."""
    pairs = np.array(answers, np.int32).reshape(-1, 2)
    return label_plots(pairs[:, 0], pairs[:, 1])


def test_an_answer_with_either_has_a_code_and_a_name():
    labels = labelled((0o2341, ABSENT), (ABSENT, 0xE01234), (ABSENT, ABSENT), (0o2341, ABSENT), (0, ABSENT))
    assert labels.code[2] == NO_CODE
    assert labels.code[0] == labels.code[3] != labels.code[4]
    assert [labels.name(c) for c in labels.code] == ["A2341", "E01234", "", "A2341", "A0000"]


def test_an_aircraft_that_once_leaves_out_its_address_is_still_itself():
    labels = labelled((0o2341, 0xE01234), (0o2341, ABSENT), (ABSENT, 0xE01234))
    assert len(set(labels.code)) == 1


def test_a_code_shared_by_several_addresses_tells_nobody_apart():
    labels = labelled((0o1000, 0xE01234), (0o1000, 0xE05678), (0o1000, ABSENT))
    assert labels.code[0] != labels.code[1]
    assert labels.code[2] == NO_CODE


def test_an_aircraft_with_an_address_keeps_its_label_when_its_mode_3a_changes():
    labels = labelled((0o1000, 0xE01234), (0o2341, 0xE01234))
    assert labels.code[0] == labels.code[1]


@given(
    st.lists(
        st.tuples(st.sampled_from([ABSENT, 0, 1, 0o7777]), st.sampled_from([ABSENT, 0, 1, 0xFFFFFF])),
        max_size=30,
    )
)
def test_labels_are_equal_only_for_answers_that_may_be_of_one_aircraft(answers):
    labels = labelled(*answers)
    assert (labels.code < FIRST_FRIENDLY_CODE).all()
    for (squawk, address), code in zip(answers, labels.code, strict=True):
        assert (code == NO_CODE) >= (squawk == ABSENT and address == ABSENT)
        if address != ABSENT:
            assert labels.address[code] == address
    addresses = {labels.address[c] for c in labels.code if labels.address[c] != ABSENT}
    assert addresses == {a for _, a in answers if a != ABSENT}
