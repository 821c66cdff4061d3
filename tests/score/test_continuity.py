import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import UsageError
from skypact.score import ADDRESS_KEY, continuity
from skypact.score.aircraft import aircraft_of
from tests.score.sky import REVOLUTION_S, ZERO_NS, flat_plots

FREE, A, B, C = -1, 0o1000, 0o2000, 0o3000
ONE, TWO = 0x400001, 0x400002


def judged(lines, confirmed=(1, 2, 3), east_km=None):
    """Continuity of hand-made plots: (revolution, owner, code), and an address if any have one, a row each."""
    whole = [(*line, -1)[:4] for line in lines]
    look, owner, code, address = (np.array(column) for column in zip(*whole, strict=True))
    order = np.argsort(look, kind="stable")
    look, owner, code, address = look[order], owner[order], code[order], address[order]
    t_ns = ZERO_NS + np.round(look * REVOLUTION_S * 1e9).astype(np.int64)
    bearing = np.where(code == B, 2.0, 1.0) if east_km is None else np.array(east_km)[order]
    plots = flat_plots(t_ns, look * 0 + 80e3, bearing, look * 0 + 9e3, code, address)
    return continuity(plots, owner.astype(np.uint64), np.array(confirmed, np.uint64), REVOLUTION_S)


def run(owner, code, begin, end, address=-1):
    return [(float(k), owner, code, address) for k in range(begin, end)]


def test_a_track_of_one_code_throughout_is_pure_and_whole():
    result = judged(run(1, A, 0, 20) + run(2, B, 0, 20))
    assert (result.purity, result.purity_aircraft, result.continuity, result.detection) == (
        1.0,
        1.0,
        1.0,
        1.0,
    )
    assert (result.breaks, result.swaps, result.code_changes, result.misread, result.unheld) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert result.tracks.key.tolist() == [A, B]
    assert len(result.gaps.track_id) == 0


def test_a_single_misread_code_is_no_change():
    lines = run(1, A, 0, 20)
    lines[7] = (7.0, 1, C)
    result = judged(lines)
    assert (result.misread, result.code_changes, result.swaps) == (1, 0, 0)
    assert result.purity == pytest.approx(19 / 20)
    assert len(result.aircraft.key) == 1


def test_a_new_code_that_lasts_is_a_change_of_the_same_aircraft():
    result = judged(run(1, A, 0, 12) + run(1, C, 12, 20))
    assert (result.code_changes, result.swaps) == (1, 0)
    assert result.purity == pytest.approx(12 / 20)
    assert result.purity_aircraft == 1.0
    assert result.aircraft.codes.tolist() == [2]
    assert result.aircraft.tracks.tolist() == [1]
    assert (result.changes.old_key.tolist(), result.changes.new_key.tolist()) == ([A], [C])


def test_a_track_that_goes_over_to_another_aircraft_is_a_swap():
    result = judged(run(1, A, 0, 12) + run(2, A, 12, 20) + run(2, B, 0, 12) + run(1, B, 12, 20))
    assert (result.swaps, result.code_changes) == (2, 0)
    assert result.tracks.swaps.tolist() == [1, 1]
    assert result.breaks == 2
    assert result.purity == result.purity_aircraft == pytest.approx(12 / 20)
    assert result.continuity == pytest.approx(12 / 20)


def test_an_aircraft_taken_over_by_a_track_after_its_own_plots_were_in_none_is_a_swap():
    result = judged(run(1, A, 0, 12) + run(9, B, 0, 12) + run(1, B, 12, 20))
    assert (result.swaps, result.unheld) == (1, 12)


def test_a_track_that_leaves_an_aircraft_which_flies_on_is_a_swap():
    result = judged(run(1, A, 0, 12) + run(9, A, 12, 20) + run(1, B, 12, 20))
    assert (result.swaps, result.code_changes, result.unheld) == (1, 0, 8)


def test_a_track_broken_in_two_is_one_break():
    result = judged(run(1, A, 0, 12) + run(2, A, 12, 20))
    assert (result.breaks, result.swaps) == (1, 0)
    assert result.purity == 1.0
    assert result.continuity == pytest.approx(12 / 20)
    assert result.aircraft.main_share.tolist() == [pytest.approx(12 / 20)]


def test_plots_in_no_confirmed_track_are_counted_as_not_held():
    result = judged(run(9, A, 0, 5) + run(1, A, 5, 20))
    assert result.unheld == 5
    assert result.aircraft.tracks.tolist() == [1]
    assert result.continuity == pytest.approx(15 / 20)


def test_one_plot_gone_astray_breaks_nothing():
    lines = run(1, A, 0, 20) + run(2, B, 0, 20)
    lines[7] = (7.0, 2, A)
    result = judged(lines)
    assert (result.breaks, result.swaps, result.misread) == (0, 0, 1)
    assert result.purity == pytest.approx(39 / 40)


def test_a_code_heard_again_after_a_long_silence_is_another_aircraft():
    result = judged(run(1, A, 0, 10) + run(2, A, 100, 110))
    assert (len(result.aircraft.key), result.breaks) == (2, 0)


def test_a_code_that_falls_silent_within_a_track_is_still_one_aircraft():
    result = judged(run(1, A, 0, 10) + run(1, FREE, 10, 40) + run(1, A, 40, 50))
    assert len(result.aircraft.key) == 1
    assert (result.purity, result.purity_aircraft) == (1.0, 1.0)
    assert result.tracks.coded.tolist() == [20]


def test_gaps_say_where_how_long_and_how_many_revolutions():
    result = judged(run(1, A, 0, 10) + run(1, A, 13, 20))
    assert result.gaps.missed.tolist() == [3]
    assert result.gaps.length_s.tolist() == [pytest.approx(4 * REVOLUTION_S)]
    assert result.gaps.begin_ns.tolist() == [ZERO_NS + round(9 * REVOLUTION_S * 1e9)]
    assert result.gaps.range_m.tolist() == [80e3]
    assert result.longest_gap_s == pytest.approx(4 * REVOLUTION_S)
    assert result.tracks.looks.tolist() == [20]
    assert result.detection == pytest.approx(17 / 20)


def test_a_code_that_two_aircraft_bear_at_once_judges_nothing():
    here = run(1, A, 0, 20)
    there = [(k + 0.2, 2, A) for k, *_ in run(2, A, 0, 20)]
    result = judged(here + there, east_km=[1.0] * 20 + [2.5] * 20)
    assert result.shared_codes.tolist() == [A]
    assert np.isnan(result.purity)
    assert len(result.aircraft.key) == 0


def test_an_address_tells_before_a_code_and_lends_itself_to_plots_without():
    t_ns = ZERO_NS + np.arange(20) * round(REVOLUTION_S * 1e9)
    same = np.ones(20)
    address = np.where(np.arange(20) % 2 == 0, 0xABCDEF, -1)
    plots = flat_plots(t_ns, 80e3 * same, same, 9e3 * same, np.where(np.arange(20) < 15, A, C), address)
    craft = aircraft_of(plots, REVOLUTION_S)
    assert len(craft.run_key) == 1
    assert craft.run_key[0] == 0xABCDEF + ADDRESS_KEY


def test_from_one_address_to_another_it_is_always_another_aircraft():
    """Even where one ends before the other begins, and whether or not the Mode 3/A code changes too."""
    for code in (A, B):
        result = judged(run(1, A, 0, 12, ONE) + run(1, code, 12, 20, TWO))
        assert (result.swaps, result.code_changes) == (1, 0)
        assert result.purity == result.purity_aircraft == pytest.approx(12 / 20)
        assert result.changes.old_key.tolist() == [ONE + ADDRESS_KEY]
        assert result.changes.new_key.tolist() == [TWO + ADDRESS_KEY]
        assert len(result.aircraft.key) == 2


def test_under_one_address_a_new_mode_3a_code_is_a_change_of_code():
    result = judged(run(1, A, 0, 8, ONE) + run(1, C, 8, 20, ONE) + run(2, B, 0, 20, TWO))
    assert (result.swaps, result.code_changes, result.misread) == (0, 1, 0)
    assert result.tracks.code_changes.tolist() == [1, 0]
    assert (result.purity, result.continuity, result.breaks) == (1.0, 1.0, 0)
    assert (result.changes.old_key.tolist(), result.changes.new_key.tolist()) == ([A], [C])
    assert result.changes.t_ns.tolist() == [ZERO_NS + round(8 * REVOLUTION_S * 1e9)]
    assert result.tracks.mode_3a.tolist() == [C, B]
    assert result.tracks.key.tolist() == [ONE + ADDRESS_KEY, TWO + ADDRESS_KEY]


def test_a_misread_mode_3a_code_under_an_address_is_counted_and_costs_no_purity():
    lines = run(1, A, 0, 20, ONE)
    lines[7] = (7.0, 1, C, ONE)
    result = judged(lines)
    assert (result.misread, result.code_changes, result.swaps, result.purity) == (1, 0, 0, 1.0)
    assert result.tracks.misread.tolist() == [1]


def test_a_change_of_code_and_one_of_aircraft_come_in_order_of_time():
    lines = run(1, A, 0, 6, ONE) + run(1, C, 6, 12, ONE) + run(1, B, 12, 16, TWO) + run(1, A, 16, 20, TWO)
    changes = judged(lines).changes
    assert changes.swap.tolist() == [0, 1, 0]
    assert np.all(np.diff(changes.t_ns) > 0)


def test_aircraft_with_addresses_on_one_code_are_judged_by_address():
    here = run(1, A, 0, 20, ONE)
    there = [(k + 0.2, 2, A, TWO) for k, *_ in run(2, A, 0, 20)]
    there[5] = (*there[5][:3], -1)
    result = judged(here + there, east_km=[1.0] * 20 + [2.5] * 20)
    assert result.shared_codes.tolist() == [A]
    assert (result.purity, result.misread, result.swaps) == (1.0, 0, 0)
    assert result.tracks.coded.tolist() == [20, 19]


def test_a_code_of_two_addresses_one_after_the_other_says_nothing_alone():
    result = judged(run(1, A, 0, 10, ONE) + run(2, A, 10, 20, TWO) + run(3, A, 20, 25))
    assert result.tracks.coded.tolist() == [10, 10, 0]


def test_an_address_on_a_code_that_others_bear_too_lends_itself_to_nobody():
    here = run(1, A, 0, 20, ONE)
    there = [(k + 0.2, 2, A, -1) for k, *_ in run(2, A, 0, 20)]
    result = judged(here + there, east_km=[1.0] * 20 + [2.5] * 20)
    assert result.tracks.coded.tolist() == [20, 0]
    assert result.purity == 1.0


def test_tracks_without_any_code_are_listed_without_purity():
    result = judged(run(1, FREE, 0, 5))
    assert result.tracks.key.tolist() == [-1]
    assert np.isnan(result.tracks.purity).all()
    assert np.isnan(result.purity)


def test_nothing_confirmed_gives_empty_columns():
    result = judged(run(9, A, 0, 5))
    assert len(result.tracks.track_id) == 0
    assert np.isnan(result.detection)
    assert result.unheld == 5


@pytest.mark.parametrize("revolution_s", [0.0, -1.0, float("nan")])
def test_a_revolution_that_is_no_time_is_refused(revolution_s):
    with pytest.raises(UsageError, match="revolution"):
        continuity(
            flat_plots([], [], [], [], []), np.zeros(0, np.uint64), np.zeros(0, np.uint64), revolution_s
        )


def test_no_plots_at_all_give_empty_columns():
    result = continuity(flat_plots([], [], [], [], []), np.zeros(0, np.uint64), np.zeros(0, np.uint64), 5.0)
    assert len(result.aircraft.key) == len(result.tracks.key) == 0


ROWS = st.lists(
    st.tuples(st.integers(0, 60).map(float), st.sampled_from([1, 2, 3, 9]), st.sampled_from([FREE, A, B, C])),
    min_size=1,
    max_size=80,
)


@given(ROWS)
def test_totals_are_the_sums_of_the_rows(lines):
    result = judged(lines)
    taken = [line for line in lines if line[1] != 9]
    assert result.tracks.plots.sum() == len(taken)
    assert result.aircraft.unheld.sum() == result.unheld
    assert result.breaks == result.aircraft.breaks.sum()
    assert result.tracks.gaps.sum() == len(result.gaps.track_id)
    assert result.swaps + result.code_changes == len(result.changes.t_ns)
    assert result.tracks.swaps.sum() == result.swaps
    assert np.all(result.aircraft.main_share <= 1.0)
    if not np.isnan(result.purity):
        assert 0.0 < result.purity <= result.purity_aircraft + 1e-12 <= 1.0 + 1e-9


@given(ROWS, st.permutations([1, 2, 3]))
def test_the_numbers_of_the_tracks_do_not_matter(lines, order):
    names = {1: order[0], 2: order[1], 3: order[2], 9: 9}
    first, second = judged(lines), judged([(t, names[owner], code) for t, owner, code in lines])
    for name in (
        "purity",
        "purity_aircraft",
        "continuity",
        "breaks",
        "swaps",
        "misread",
        "unheld",
        "detection",
    ):
        assert getattr(first, name) == pytest.approx(getattr(second, name), nan_ok=True)


@given(ROWS)
def test_purity_is_that_of_a_plain_count(lines):
    result = judged(lines)
    shared = set(result.shared_codes.tolist())
    pure = total = 0
    for track in (1, 2, 3):
        codes = [code for _, owner, code in lines if owner == track and code >= 0 and code not in shared]
        pure += max((codes.count(code) for code in set(codes)), default=0)
        total += len(codes)
    assert result.purity == pytest.approx(pure / total if total else np.nan, nan_ok=True)


@given(ROWS)
def test_were_the_codes_addresses_all_changes_would_be_swaps(lines):
    plain = judged(lines)
    addressed = judged([(*line[:2], FREE, line[2] if line[2] < 0 else line[2] + 7) for line in lines])
    if len(plain.shared_codes) == 0:
        assert addressed.changes.t_ns.tolist() == plain.changes.t_ns.tolist()
        assert addressed.changes.swap.all()
        assert (addressed.misread, addressed.purity) == (
            plain.misread,
            pytest.approx(plain.purity, nan_ok=True),
        )


@given(ROWS, st.integers(0, 0o7777))
def test_one_code_for_all_changes_nothing_that_addresses_say(lines, code):
    lines = [line for line in lines if line[2] != FREE] or [(0.0, 1, A)]
    bare, coded = (judged([(*line[:2], squawk, line[2] + 7) for line in lines]) for squawk in (FREE, code))
    for name in ("purity", "continuity", "breaks", "swaps", "code_changes", "misread", "unheld"):
        assert getattr(bare, name) == pytest.approx(getattr(coded, name), nan_ok=True)
