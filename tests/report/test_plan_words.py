"""What is said before a study runs."""

from lrlab.report import plan_sentence, setup_words
from lrlab.spec import Arm, Candidate, Confirm, Setup, Tune
from support.results import example_results

TWO = (Candidate(schedule="constant", peak=0.1), Candidate(schedule="constant", peak=0.3))


def test_a_plan_counts_one_as_one():
    study = example_results().study
    one = {
        "tune": Tune(peaks=(0.1,), seeds=(0,)),
        "confirm": Confirm(seeds=(1000, 1001)),
        "budget": "1 epochs",
        "schedules": study.schedules[:1],
    }
    small = plan_sentence(study.model_copy(update=one), stored=0, missing=3, seconds=None, setup=None)
    assert small == "example: 1 schedule x 1 peak x 1 seed to tune, then 2 fresh seeds each: 3 trials of 1 epoch."
    usual = plan_sentence(study, stored=0, missing=30, seconds=None, setup=None)
    assert "3 schedules x 3 peaks x 2 seeds to tune, then 4 fresh seeds each: 30 trials of 4 epochs" in usual


def test_a_plan_of_arms_counts_candidates_and_says_what_was_done_before():
    study = example_results().study
    arms = (Arm(label="one", candidates=TWO), Arm(label="two", candidates=TWO[:1]))
    update = {"schedules": (), "tune": Tune(seeds=(0, 1)), "arms": arms}
    assert plan_sentence(
        study.model_copy(update=update), stored=2, missing=10, seconds=90, setup=Setup(layout="loop")
    ) == (
        "example: 2 arms, 2 candidates x 2 seeds to tune, then 4 fresh seeds each: 12 trials of 4 epochs, 2 of them "
        "done before; about 1 min 30 s on 1 process."
    )
    fixed = study.model_copy(update=update | {"arms": (*arms[1:],)})
    sentence = plan_sentence(fixed, stored=4, missing=0, seconds=None, setup=None)
    assert sentence == "example: 1 arm, 4 seeds each: 4 trials of 4 epochs. All 4 are done: nothing is run twice."


def test_a_plan_says_where_it_came_to_other_trials_than_planned():
    study = example_results().study
    sentence = plan_sentence(study, stored=34, missing=0, seconds=None, setup=None)
    assert sentence.endswith("30 trials of 4 epochs. All 34 that were needed are done: nothing is run twice.")


def test_a_single_lane_is_compared_with_torch():
    words = setup_words(Setup(layout="lanes", size=1, processes=1, threads=2, ratio=3.0))
    assert words == "on 1 process of 2 threads, 1 trial in lanes in each, 3.0 times as fast as in torch"
