import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.lab import STUDIES, comparison_study, find_study
from lrlab.stats import enough_pairs, most_comparisons


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_a_study_is_found_by_its_name_and_carries_it(name):
    assert find_study(name).name == name
    assert find_study(name.upper().replace("-", "_")) == find_study(name)


def test_the_demo_is_a_call_of_compare_with_enough_arms_peaks_and_seeds():
    demo = find_study("demo")
    assert len(demo.schedules) >= 8
    assert {"constant", "warmup+constant"} <= set(demo.labels)
    assert len(demo.tune.peaks) >= 4
    asked = {"name": demo.name, "budget": demo.budget, "title": demo.title, "confirm_seeds": 40}
    assert comparison_study(demo.task, demo.labels, **asked, confirm={"looks": (12, 20, 30, 40)}) == demo


def test_the_demo_is_designed_to_answer_its_questions():
    """With 10 seeds only unanimous ones could claim; with peaks tuned on a coarse grid, settings would be compared."""
    demo = find_study("demo")
    assert demo.most_questions == 13
    assert len(demo.confirm.seeds) == demo.confirm.looks[-1] == 40
    assert demo.confirm.looks[0] == enough_pairs(demo.most_questions) == 12
    assert demo.confirm.rivals
    assert demo.tune.refine <= 2
    assert demo.tune.finalists * len(demo.tune.final_seeds) == 8
    assert demo.tune.choose == "auto"
    assert demo.planned_trials < 700  # at most, of a quarter of a second each, and less


@pytest.mark.parametrize(("schedules", "seeds"), [(1, 10), (2, 10), (4, 10), (5, 11), (8, 12), (15, 13)])
def test_seeds_that_were_not_given_carry_the_questions_with_room_for_one_that_disagrees(schedules, seeds):
    labels = [f"step(every={n} updates)" for n in range(1, schedules + 1)]
    assert len(comparison_study("digits/mlp", labels, name="n", budget="1 epochs").confirm.seeds) == seeds
    given = comparison_study("digits/mlp", labels, name="n", budget="1 epochs", confirm_seeds=3)
    assert len(given.confirm.seeds) == 3


def test_the_demos_seeds_allow_its_comparisons():
    demo = find_study("demo")
    arms = len(demo.schedules)
    assert (arms - 1) + (arms - 2) <= most_comparisons(len(demo.confirm.seeds))


def test_mistakes_are_listed():
    with pytest.raises(StudyError) as caught:
        comparison_study("t", ["cosin"], name="n", budget="5", optimizer={"name": "sgdd"}, peaks=[-1])
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "schedules.0",
        "optimizer.name",
        "budget",
        "tune.peaks.0",
    ]
    with pytest.raises(UnknownName, match="did you mean demo"):
        find_study("demmo")
