"""How many trainings a study's trials come from: counted against the trials themselves."""

import pytest

from lrlab.lab import tuning_trials
from lrlab.lab._phases import confirm_trials
from lrlab.report import plan_sentence
from lrlab.spec import Setup, planned_trainings, seed_trainings, training_words, trainings_of, tuning_trainings
from support.tasks import study

THREE = ("constant", "constant+ema(decay=0.9)", "cosine")
ONE_PEAK = {"peaks": (0.1,), "seeds": 2, "extend": 0}
TWO_PEAKS = {"peaks": (0.03, 0.1), "seeds": 2, "extend": 0}


def arm(label, *candidates):
    return {"label": label, "candidates": list(candidates)}


EMA = {"schedule": "constant", "peak": 0.1, "average": "ema"}
SWA = {"schedule": "constant", "peak": 0.1, "average": "swa"}
PLAIN = {"schedule": "constant", "peak": 0.1}


@pytest.mark.parametrize(
    ("changes", "tuned", "each_seed"),
    [
        ({"schedules": ("constant", "cosine"), "tune": TWO_PEAKS}, 8, 2),
        ({"schedules": THREE, "tune": TWO_PEAKS}, 8, 3),  # which peaks are chosen is not known yet
        ({"schedules": THREE, "tune": ONE_PEAK}, 4, 2),
        ({"schedules": (*THREE, "constant+swa", "constant+ema@adamw"), "tune": ONE_PEAK}, 4 + 2 * 4, 3),
        ({"schedules": ("plateau+constant", "plateau+constant+ema"), "tune": ONE_PEAK}, 4, 2),  # a rule sees the loss
        ({"schedules": (), "arms": [arm("a", PLAIN), arm("b", EMA)], "tune": {}}, 0, 1),
        ({"schedules": (), "arms": [arm("a", PLAIN, EMA), arm("b", SWA)], "tune": {"seeds": 2}}, 2, 2),
    ],
)
def test_trials_that_differ_in_their_average_alone_count_once(changes, tuned, each_seed):
    asked = study("digits/mlp", **changes | {"confirm": {"seeds": 4, "rivals": False}})
    assert (tuning_trainings(asked), seed_trainings(asked)) == (tuned, each_seed)
    assert planned_trainings(asked) == tuned + 4 * each_seed
    if not asked.arms:
        grid = [asked.candidate_of(label, peak) for label in asked.labels for peak in asked.grid_of(label)]
        trials = [trial for candidate in grid for trial in tuning_trials(asked, "data", candidate)]
        assert len(trainings_of(trials)) == tuned
    if all(len(each.candidates) == 1 for each in asked.arms) and asked.arms:
        assert len(trainings_of(confirm_trials(asked, "data"))) == 4 * each_seed


def test_the_plan_says_how_many_trainings_trials_come_from():
    setup = Setup(layout="grouped", size=4, processes=1)
    said = {"stored": 0, "missing": 18, "seconds": 5.0}
    one = study("digits/mlp", schedules=THREE, tune=ONE_PEAK, confirm={"seeds": 4, "rivals": False})
    assert "18 trials from 12 trainings of 2 epochs; about 5 s" in plan_sentence(one, **said, setup=setup)
    two = study("digits/mlp", schedules=THREE, tune=TWO_PEAKS, confirm={"seeds": 4, "rivals": False})
    assert "24 trials from at most 20 trainings of 2 epochs" in plan_sentence(two, **said, setup=setup)
    plain = setup.model_copy(update={"layout": "reference"})
    assert "18 trials of 2 epochs" in plan_sentence(one, **said, setup=plain)  # which trains each
    assert training_words(study("digits/mlp")) == ""
