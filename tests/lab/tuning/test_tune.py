"""What the tuning phase tries, chooses and confirms beside it, of trials that end as told."""

from math import log

import pytest

from lrlab import lab
from lrlab.lab import BEYOND
from lrlab.lab._batch import BETWEEN, FINALS, RIVALS, trials_after
from lrlab.lab._phases import phases
from lrlab.report._numbers import scale_of
from lrlab.report._words import candidate_score, table
from lrlab.spec import Arm, Candidate, Choice, Confirm, Metric, Tune
from support.ends import ERROR, answered, drive, record, study

WELL = {"refine": 2.0, "choose": "auto", "finalists": 2, "final_seeds": 4}
PEAKS = (0.01, 0.03, 0.1, 0.3)


def tuned(**tune):
    return study(peaks=PEAKS, extend=2).model_copy(update={"tune": Tune(peaks=PEAKS, seeds=2, **tune)})


def batches(plan, made):
    """The batches of a plan, whose trials end as told: phase and trials of each, and the outcome."""
    steps, found = phases(plan, "0" * 16), []
    batch = next(steps)
    while True:
        found.append((batch.phase, batch.trials))
        try:
            batch = steps.send({trial.key: made(trial) for trial in batch.trials})
        except StopIteration as end:
            return found, end.value


def near(best, trial, noise=0.0):
    """A score that falls with the ratio of a peak to the best; at 0.1 it goes up and down from seed to seed."""
    return 0.9 - 0.01 * abs(log(trial.peak / best)) + noise * (-1) ** trial.seed * (trial.peak == 0.1)


def made_near(best, noise=0.0):
    def made(trial):
        score = near(best, trial, noise)
        return record(trial, score, 1 - score)

    return made


def test_grids_are_refined_and_the_best_tried_on_further_seeds():
    found, end = batches(tuned(**WELL), made_near(0.055))
    assert [phase for phase, _ in found] == ["tune", BETWEEN, FINALS, "confirm"]
    asked = {phase: {(str(trial.schedule), trial.peak, trial.seed) for trial in trials} for phase, trials in found}
    assert {peak for _, peak, _ in asked[BETWEEN]} == {0.055, 0.17}
    assert asked[FINALS] == {
        (label, peak, seed) for label in ("constant", "cosine") for peak in (0.055, 0.1) for seed in range(500, 504)
    }
    assert [choice.peak for choice in end.choices] == [0.055, 0.055]
    assert len(end.tuned) == sum(len(trials) for phase, trials in found if phase != "confirm")


def test_the_further_seeds_decide_among_the_best_alone():
    """The first two seeds favour 0.1; the next four say 0.3 is better; 0.03 was better than both on no seed."""

    def made(trial):
        first = {0.01: 0.2, 0.03: 0.8, 0.1: 0.9, 0.3: 0.88}[trial.peak]
        return record(trial, first if trial.seed < 2 else {0.1: 0.5, 0.3: 0.6}[trial.peak], 0.3)

    end = drive(tuned(choose="score", finalists=2, final_seeds=4, extend=0), made)
    (choice, _) = end.choices
    assert choice.peak == 0.3  # of means .63 and .69: below 0.03's .8 on two seeds
    assert choice.scores == pytest.approx((0.2, 0.8, 3.8 / 6, 4.16 / 6))
    assert choice.seeds == (2, 2, 6, 6)


@pytest.mark.parametrize(
    ("metric", "known", "peak", "by"),
    [
        (Metric(name="accuracy"), True, 0.1, "loss"),
        (Metric(name="mine", share=True), True, 0.1, "loss"),
        (Metric(name="mine"), True, 0.3, "score"),  # no share: no coarse steps
        (Metric(name="accuracy"), False, 0.3, "score"),  # a loop that reports no loss
        (ERROR, True, 0.01, "score"),
    ],
)
def test_left_to_us_the_loss_decides_where_the_metric_is_a_share_and_it_was_measured(metric, known, peak, by):
    def made(trial):
        loss = {0.01: 0.9, 0.03: 0.5, 0.1: 0.2, 0.3: 0.4}[trial.peak]
        one = record(trial, PEAKS.index(trial.peak) / 10 + 0.3, loss, metric)
        return one if known else one.model_copy(update={"validation": one.validation.model_copy(update={"loss": None})})

    end = drive(tuned(choose="auto", extend=0), made)
    assert [choice.peak for choice in end.choices] == [peak, peak]
    assert {choice.by for choice in end.choices} == {by}


def test_one_trial_without_a_loss_leaves_all_choices_to_the_score():
    def made(trial):
        one = record(trial, near(0.1, trial), 0.1 if trial.peak == 0.03 else 0.2)
        lost = str(trial.schedule) == "cosine" and trial.peak == 0.3 and trial.seed == 1
        return one.model_copy(update={"validation": one.validation.model_copy(update={"loss": None})}) if lost else one

    end = drive(tuned(choose="auto", extend=0), made)
    assert {(choice.by, choice.peak) for choice in end.choices} == {("score", 0.1)}


def test_a_schedule_at_chance_has_no_finalists():
    def made(trial):
        learns = str(trial.schedule) == "cosine"
        return record(trial, near(0.1, trial) if learns else 0.1, 0.3 if learns else 2.3)

    found, end = batches(tuned(extend=0, finalists=2, final_seeds=4), made)
    assert {str(trial.schedule) for phase, trials in found if phase == FINALS for trial in trials} == {"cosine"}
    assert end.leader == "cosine"


def test_candidates_of_arms_have_finalists_too_and_are_not_refined():
    candidates = [Candidate(schedule="constant", peak=peak) for peak in PEAKS]
    arms = [Arm(label="a", candidates=candidates), Arm(label="b", candidates=[Candidate(schedule="rex", peak=0.1)])]
    plan = study(schedules=(), arms=arms, tune={"seeds": 2} | WELL | {"choose": "score"})
    found, end = batches(plan, lambda trial: record(trial, near(0.1, trial) if trial.seed < 2 else trial.peak, 0.3))
    assert [phase for phase, _ in found] == ["tune", FINALS, "confirm"]
    assert {trial.peak for trial in found[1][1]} == {0.1, 0.3}
    assert (end.choices[0].peak, end.choices[0].chosen, end.choices[0].seeds) == (0.3, 3, (2, 2, 6, 6))
    assert end.choices[1].seeds == ()


@pytest.mark.parametrize(("best", "edge"), [(0.01, True), (0.1, False), (0.3, True)])
def test_a_peak_beside_settings_says_that_it_is_at_the_edge(best, edge):
    """Nothing is tried beyond it there; candidates that are given one by one have no edge."""
    beside = [Candidate(schedule="constant", peak=peak, settings={"width": w}) for w in (1, 2) for peak in PEAKS]
    bare = [Candidate(schedule="constant", peak=peak) for peak in PEAKS]
    alone = [Candidate(schedule="constant", peak=peak, settings={"width": w}) for w, peak in ((3, 0.01), (4, 0.3))]
    arms = [Arm(label=label, candidates=some) for label, some in (("a", beside), ("b", bare), ("c", alone))]
    plan = study(schedules=(), arms=arms, tune={"seeds": 2, "choose": "score"})
    found = answered(plan, lambda trial: record(trial, near(best, trial), 0.3))
    assert [(choice.peak, choice.at_edge) for choice in found.choices][:2] == [(best, edge), (best, False)]
    assert not found.choices[2].at_edge
    marked = ["(edge)" in row[1] for row in table(found).rows]
    assert marked == [row.at_edge for row in found.rows]


def test_tables_say_of_a_finalist_what_all_its_seeds_did():
    """One that diverged on its first two seeds, but not on the next four, has a score."""
    candidates = [Candidate(schedule="constant", peak=peak) for peak in (0.1, 0.3)]
    plan = study(schedules=(), arms=[Arm(label="a", candidates=candidates)], tune={"seeds": 2, "finalists": 2})
    plan = plan.model_copy(update={"tune": Tune(seeds=2, finalists=2, final_seeds=4)})
    found = answered(plan, lambda trial: record(trial, None if trial.peak == 0.3 and trial.seed < 2 else 0.8, 0.3))
    (choice,) = found.choices
    assert (choice.diverged, choice.seeds, choice.seeds_of(1, 2)) == ((0, 2), (6, 6), 6)
    assert candidate_score(choice, 1, plan, scale_of(found)) == "80.00"


def rivals(made, **tune):
    plan = tuned(**{"choose": "score", "finalists": 2, "final_seeds": 4, "extend": 0} | tune)
    plan = plan.model_copy(update={"confirm": Confirm(seeds=range(1000, 1006), rivals=True)})
    return batches(plan, made)


def scored(chosen, other, noise):
    """Trials of two schedules: cosine leads; of constant, 0.1 scores `chosen` and 0.3 `other`, give or take `noise`."""

    def made(trial):
        if str(trial.schedule) == "cosine":
            return record(trial, near(0.1, trial) + 0.05, 0.3)
        score = {0.1: chosen, 0.3: other + noise * (-1) ** trial.seed}.get(trial.peak, 0.3)
        return record(trial, score, 0.3)

    return made


@pytest.mark.parametrize(
    ("other", "noise", "found"),
    [(0.799, 0.02, True), (0.79, 0.02, True), (0.7, 0.02, False), (0.8, 0.0, True), (0.799, 0.0, False)],
)
def test_a_finalist_that_tuning_cannot_tell_from_the_chosen_peak_is_confirmed_too(other, noise, found):
    trials, end = rivals(scored(0.8, other, noise))
    assert end.leader == "cosine"
    if not found:
        assert end.rivals == {}
        assert trials[-1][0] == "confirm"
        return
    assert trials[-1][0] == RIVALS
    assert {(str(trial.schedule), trial.peak) for trial in trials[-1][1]} == {("constant", 0.3)}
    ((peak, records),) = end.rivals["constant"].items()
    assert peak == 0.3
    assert [each.trial.seed for each in records] == list(range(1000, 1006))
    assert list(end.rivals) == ["constant"]


def test_without_further_seeds_the_next_best_two_are_rivals():
    trials, end = rivals(scored(0.8, 0.7, 0.0), finalists=1, final_seeds=())
    assert set(end.rivals["constant"]) == {0.3, 0.01}
    assert {str(trial.schedule) for trial in trials[-1][1]} == {"constant"}  # the leader's could change nothing
    assert len(trials[-1][1]) == 2 * 6


def test_a_peak_at_which_more_seeds_diverge_is_no_rival():
    def made(trial):
        one = scored(0.8, 0.8, 0.0)(trial)
        return record(trial) if str(trial.schedule) == "constant" and trial.peak == 0.3 and trial.seed == 501 else one

    assert rivals(made)[1].rivals == {}


def test_rivals_of_which_seeds_are_missing_are_left_out_and_the_rest_is_answered():
    plan = tuned(choose="score", finalists=2, final_seeds=4, extend=0)
    plan = plan.model_copy(update={"confirm": Confirm(seeds=range(1000, 1006), rivals=True)})
    made = scored(0.8, 0.799, 0.02)
    trials, end = batches(plan, made)
    there = {trial.key: made(trial) for phase, group in trials if phase != RIVALS for trial in group}
    assert lab.outcome_of(plan, "0" * 16, there) == end._replace(rivals={})


def test_what_was_asked_for_was_planned():
    plan = tuned(**WELL).model_copy(update={"confirm": Confirm(seeds=range(1000, 1006), rivals=True)})
    assert (plan.grid_trials, plan.refining_trials, plan.final_trials, plan.rival_trials) == (16, 8, 16, 6)
    assert plan.planned_trials == 16 + 8 + 16 + 12 + 6 == 16 + trials_after(plan, "tune")
    assert [trials_after(plan, phase) for phase in (BEYOND, BETWEEN, FINALS, "confirm", RIVALS)] == [34, 34, 18, 6, 0]
    found, _ = batches(plan, made_near(0.055, 0.03))
    asked = {phase: len(trials) for phase, trials in found}
    assert asked == {"tune": 16, BETWEEN: 8, FINALS: 16, "confirm": 12}  # where nothing loses, no rivals are asked


@pytest.mark.parametrize(("peaks", "refine", "trials"), [((0.1,), 2.0, 0), ((0.01, 0.1), 2.0, 8), ((0.1, 0.3), 3.5, 0)])
def test_how_often_a_grid_is_halved_is_known_before(peaks, refine, trials):
    plan = study(peaks=peaks).model_copy(update={"tune": Tune(peaks=peaks, seeds=1, refine=refine)})
    assert plan.refining_trials == trials


def test_older_choices_keep_their_text():
    old = Choice(label="a", peak=0.1, at_edge=False, peaks=(0.1,), scores=(0.9,), losses=(0.1,), diverged=(0,))
    assert not {"seeds", "by"} & old.to_dict().keys()
    new = old.model_copy(update={"seeds": (6,), "by": "loss"})
    assert Choice.from_json(new.to_json()) == new
    assert (old.seeds_of(0, 2), new.seeds_of(0, 2)) == (2, 6)


def test_a_comparison_is_tuned_well_unless_told_otherwise():
    plan = lab.comparison_study("digits/mlp", ["constant", "cosine"], name="n", budget="1 epochs")
    assert (plan.tune.refine, plan.tune.choose, plan.tune.finalists) == (2.0, "auto", 2)
    assert plan.tune.final_seeds == (500, 501, 502, 503)
    assert plan.confirm.rivals
    asked = {"tune": {"finalists": 1, "final_seeds": []}, "confirm": {"rivals": False}}
    given = lab.comparison_study("digits/mlp", ["constant", "cosine"], name="n", budget="1 epochs", **asked)
    assert (given.tune.finalists, given.tune.final_seeds, given.confirm.rivals) == (1, (), False)
