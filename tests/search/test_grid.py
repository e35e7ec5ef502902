import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StudyError
from lrlab.search import Grid


def run(grid, score):
    """Ask and tell until the grid has nothing more to ask; the rounds that were asked."""
    rounds = []
    while asked := grid.ask():
        rounds.append(asked)
        for peak in asked:
            grid.tell(peak, (score(peak),))
    return rounds


def around(best):
    return lambda peak: -abs(math.log(peak / best))


def test_a_best_in_the_middle_needs_no_more():
    grid = Grid((0.01, 0.03, 0.1, 0.3), extend=2)
    assert run(grid, around(0.1)) == [(0.01, 0.03, 0.1, 0.3)]
    assert grid.best() == (0.1, False)


def test_a_best_on_the_edge_extends_the_grid_until_it_is_inside():
    grid = Grid((0.01, 0.03, 0.1, 0.3), extend=3)
    assert run(grid, around(0.9)) == [(0.01, 0.03, 0.1, 0.3), (0.9,), (2.7,)]
    assert grid.best() == (0.9, False)


def test_downwards_too():
    grid = Grid((0.01, 0.1), extend=3)
    assert run(grid, around(0.001)) == [(0.01, 0.1), (0.001,), (0.0001,)]


def test_an_extension_that_is_used_up_says_so():
    grid = Grid((0.01, 0.1), extend=1)
    assert run(grid, lambda peak: peak) == [(0.01, 0.1), (1.0,)]
    assert grid.best() == (1.0, True)


def test_no_peak_beyond_what_a_rate_may_be():
    grid = Grid((10.0, 1000.0), extend=5)
    assert run(grid, lambda peak: peak) == [(10.0, 1000.0)]
    assert grid.best().at_edge


def test_one_peak_is_taken_as_given():
    grid = Grid((0.1,), extend=2)
    assert run(grid, lambda peak: 0.0) == [(0.1,)]
    assert grid.best() == (0.1, False)


def test_ties_go_to_the_lower_peak_and_scores_compare_in_order():
    grid = Grid((0.1, 0.3, 1.0), extend=0)
    grid.ask()
    for peak, score in {0.1: (0.9, -0.5), 0.3: (0.9, -0.3), 1.0: (0.9, -0.3)}.items():
        grid.tell(peak, score)
    assert grid.best().peak == 0.3


@pytest.mark.parametrize(
    ("best", "refine", "rounds", "peak"),
    [
        (0.1, 2.0, [(0.055, 0.17)], 0.1),
        (0.05, 2.0, [(0.017, 0.055)], 0.055),  # 0.03 was the best of the coarse grid
        (0.1, 3.5, [], 0.1),  # near enough
        (0.1, 1.5, [(0.055, 0.17), (0.074, 0.13)], 0.1),
        (0.9, 2.0, [(0.9,), (2.7,), (0.52, 1.6)], 0.9),  # grows first
        (2.7, 2.0, [(0.9,), (2.7,), (1.6,)], 2.7),  # still on the edge: refined towards the inside alone
    ],
)
def test_a_grid_is_refined_around_its_best_once_it_has_grown(best, refine, rounds, peak):
    grid = Grid((0.01, 0.03, 0.1, 0.3), extend=2, refine=refine)
    assert run(grid, around(best)) == [(0.01, 0.03, 0.1, 0.3), *rounds]
    assert grid.best().peak == peak


def test_it_is_said_whether_the_peaks_asked_for_lie_inside():
    grid, kinds = Grid((0.01, 0.1), extend=1, refine=2.0), []
    while asked := grid.ask():
        kinds.append((asked, grid.refining))
        for peak in asked:
            grid.tell(peak, (around(1.0)(peak),))
    assert kinds == [((0.01, 0.1), False), ((1.0,), False), ((0.32,), True), ((0.57,), True)]


def test_nothing_is_refined_where_nothing_was_learned_or_one_peak_was_given():
    assert at_chance(Grid((0.01, 0.1), extend=0, refine=2.0), lambda peak: "lower") == [(0.01, 0.1)]
    assert run(Grid((0.1,), extend=2, refine=2.0), around(0.2)) == [(0.1,)]


def test_the_best_among_some_and_a_score_told_again():
    grid = Grid((0.01, 0.1, 1.0), extend=0)
    run(grid, around(0.1))
    assert grid.ranked() == (0.1, 0.01, 1.0)
    assert grid.best((0.01, 1.0)) == (0.01, True)
    grid.tell(1.0, (5.0,))
    assert grid.best((0.01, 1.0)) == grid.best() == (1.0, True)


@given(
    peaks=st.lists(st.floats(1e-4, 10), min_size=2, max_size=6, unique=True),
    best=st.floats(1e-5, 100),
    refine=st.floats(1.05, 5),
)
def test_neighbours_of_the_best_end_up_close_or_as_close_as_two_digits_allow(peaks, best, refine):
    grid = Grid(peaks, extend=2, refine=refine)
    rounds = run(grid, around(best))
    tried = list(grid.tried())
    assert len(tried) == sum(map(len, rounds))
    place = tried.index(grid.best().peak)
    for below, above in zip(tried[max(place - 1, 0) :], tried[max(place - 1, 0) + 1 : place + 2], strict=False):
        assert above / below <= max(refine * (1 + 1e-9), 1.25)


def at_chance(grid, way):
    """Ask and tell, nothing learned anywhere; the last score is the best."""
    rounds = []
    while asked := grid.ask():
        rounds.append(asked)
        for peak in asked:
            grid.tell(peak, (peak,), False, way(peak))
    return rounds


@pytest.mark.parametrize(
    ("peaks", "way", "added", "best", "found"),
    [
        ((0.01, 0.1), lambda peak: "lower", [(0.001,), (0.0001,)], (0.0001, True), "lower"),
        ((0.01, 0.1), lambda peak: "higher", [(1.0,), (10.0,)], (10.0, True), "higher"),
        ((0.01, 1.0), lambda peak: "higher" if peak < 0.5 else "lower", [(0.1,), (0.32,)], (0.32, False), "between"),
        ((100.0, 1000.0), lambda peak: "higher", [], (1000.0, True), "higher"),
        ((0.01, 0.1), lambda peak: "", [(1.0,), (10.0,)], (10.0, True), ""),  # nothing known: by the score
        ((0.1,), lambda peak: "lower", [], (0.1, False), "lower"),
    ],
)
def test_where_nothing_was_learned_the_way_decides_not_the_score(peaks, way, added, best, found):
    grid = Grid(peaks, extend=2)
    assert at_chance(grid, way) == [peaks, *added]
    assert grid.best() == best
    assert grid.way == found


def test_no_peak_is_added_above_the_highest_that_changes_anything():
    """Nor is that one an edge beyond which a better one may lie."""
    grid = Grid((0.1, 1.0), extend=2, highest=1.0)
    assert run(grid, lambda peak: peak) == [(0.1, 1.0)]
    assert grid.best() == (1.0, False)
    below = Grid((0.1, 1.0), extend=1, highest=1.0)
    assert run(below, lambda peak: -peak) == [(0.1, 1.0), (0.01,)]
    assert below.best() == (0.01, True)


def test_a_peak_above_chance_comes_before_any_at_chance():
    grid = Grid((0.1, 0.3, 1.0), extend=0)
    for peak, score, learned in ((0.1, 0.9, False), (0.3, 0.2, True), (1.0, 0.8, False)):
        grid.tell(peak, (score,), learned, "lower")
    assert grid.best() == (0.3, False)
    assert grid.way == ""


def test_mistakes_are_refused():
    grid = Grid((0.1, 0.3), extend=0)
    with pytest.raises(StudyError, match=r"no peak has a score yet"):
        grid.best()
    with pytest.raises(StudyError, match=r"peak 0.2 was not asked for"):
        grid.tell(0.2, (1.0,))


@given(
    peaks=st.lists(st.sampled_from([10.0**-k for k in range(6)]), min_size=1, max_size=5, unique=True),
    best=st.floats(1e-7, 1e3),
    extend=st.integers(0, 4),
)
def test_laws(peaks, best, extend):
    grid = Grid(peaks, extend)
    rounds = run(grid, around(best))
    asked = [peak for group in rounds for peak in group]
    assert len(asked) == len(set(asked)) <= len(peaks) + extend  # nothing twice, bounded
    assert set(peaks) <= set(asked)
    assert grid.best().peak == max(sorted(asked), key=around(best))
    assert grid.ask() == ()
