import numpy as np
import pytest

from lrlab.errors import StatisticsError
from lrlab.stats import fewest_unpaired, runs_needed_unpaired, unpaired


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.slow
@pytest.mark.parametrize(("away", "family"), [(2.0, 1), (1.4, 1), (1.0, 3)])
@pytest.mark.parametrize("skewed", [False, True])
def test_so_many_runs_decide_four_of_five_by_the_very_rule(away, family, skewed):
    draw = rng(4)
    kind = draw.exponential if skewed else draw.normal
    a, b = kind(size=20) + away, kind(size=20)
    needed = runs_needed_unpaired(a, b, comparisons=family, rng=rng())
    wide = [(values - values.mean()) * (20 / 19) ** 0.5 for values in (a, b)]
    seen, decided, studies = a.mean() - b.mean(), 0, 400
    for _ in range(studies):
        one = unpaired(draw.choice(wide[0], needed) + seen, draw.choice(wide[1], needed), rng=draw, resamples=300)
        decided += one.low > 0 and one.p * family < 0.05
    assert decided / studies == pytest.approx(0.8, abs=0.08)


def test_the_answer_is_about_that_of_the_books():
    # two samples, sd 1, difference 1, 80 % power: 17 each (Cohen, 1988, table 2.4.1)
    values = np.sqrt(19 / 20) * (lambda v: (v - v.mean()) / v.std(ddof=1))(rng(1).normal(size=20))
    assert runs_needed_unpaired(values + 1, values[::-1], rng=rng()) == pytest.approx(17, abs=2)


def test_larger_differences_need_fewer_and_more_comparisons_more():
    a, b = rng(1).normal(size=8), rng(2).normal(size=8)
    counts = [runs_needed_unpaired(a, b, difference=away, rng=rng()) for away in (0.5, 1, 2, 4)]
    assert counts == sorted(counts, reverse=True)
    counts = [runs_needed_unpaired(a, b, difference=1, comparisons=m, rng=rng()) for m in (1, 5, 40)]
    assert counts == sorted(counts)
    assert runs_needed_unpaired(a, b, difference=50, comparisons=3, rng=rng()) == fewest_unpaired(3)
    assert runs_needed_unpaired(a, b, difference=-2, rng=rng()) == pytest.approx(
        runs_needed_unpaired(b, a, difference=2, rng=rng()), abs=2
    )


def test_nothing_to_see_and_more_than_anyone_makes_are_none():
    a, b = [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]
    assert runs_needed_unpaired(a, b, rng=rng()) is None
    assert runs_needed_unpaired(a, b, difference=0.01, rng=rng()) is None
    assert runs_needed_unpaired(a, b, difference=0.5, rng=rng(), most=10) is None
    assert runs_needed_unpaired(a, b, difference=9.0, rng=rng(), most=3) is None


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        ({"comparisons": 0}, "raise it by 1"),
        ({"most": 0}, "raise it"),
        ({"power": 2}, "usual are"),
        ({"alpha": 0}, "usual"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        runs_needed_unpaired([1, 2, 3], [2, 3, 5], rng=rng(), **changes)
