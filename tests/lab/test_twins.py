"""Twins of one schedule, each tuned on seeds of its own, are not said to differ as schedules. Replayed on real trials.

Axes: P peak, S seed.
"""

from math import log

import numpy as np
import polars as pl
import pytest

from lrlab.lab import comparison_study
from lrlab.lab._phases import phases
from lrlab.spec import Evaluation
from lrlab.stats import judge, paired
from support.ends import record

TWINS = ("linear", "cosine")  # what they are called; both have the trials of one schedule
STUDIES, SEEDS = 120, 30
COLUMNS = ("validation_accuracy", "validation_loss", "test_accuracy", "test_loss")


@pytest.fixture(scope="module")
def bank(real_data):
    path = real_data / "trial-bank" / "digits-convnet.parquet"
    if not path.is_file():
        pytest.skip(f"needs the bank of trials, {path.parent.name}/{path.name} in LRLAB_DATA")
    return pl.read_parquet(path)


class Replay:
    """Trials of one schedule of the bank; each twin has its 200 seeds in an order of its own."""

    def __init__(self, bank, schedule, rng):
        rows = bank.filter(pl.col("schedule") == schedule).sort("peak", "seed")
        self.peaks = rows["peak"].unique(maintain_order=True).to_list()
        shape = (len(self.peaks), -1)
        self.values = {name: rows[name].cast(pl.Float64).to_numpy().reshape(shape) for name in COLUMNS}
        self.orders = {twin: rng.permutation(self.values["test_loss"].shape[1]) for twin in TWINS}

    def made(self, trial):
        """The record of a trial, at the peak of the bank next to its own."""
        peak = min(range(len(self.peaks)), key=lambda place: abs(log(self.peaks[place] / trial.peak)))
        first = 0 if trial.seed < 500 else 10 if trial.seed < 1000 else 20
        seed = self.orders[str(trial.schedule)][first + trial.seed % 500]
        end = {name: float(values[peak, seed]) for name, values in self.values.items()}
        parts = {
            part: Evaluation(loss=end[f"{part}_loss"], score=end[f"{part}_accuracy"], confusion=None)
            for part in ("validation", "test")
        }
        return record(trial, 0.5, 0.5).model_copy(update=parts)


def run(plan, replay):
    steps = phases(plan, "0" * 16)
    batch = next(steps)
    try:
        while True:
            batch = steps.send({trial.key: replay.made(trial) for trial in batch.trials})
    except StopIteration as end:
        return end.value


def better(first, second, rng):
    """Which of the two is claimed to be better, of scores on paired seeds: "a", "b" or neither."""
    (verdict,) = judge([paired(first, second, rng=rng)], shared=True, rng=rng)
    return verdict.claim if verdict.claim in ("a", "b") else ""


def scores(records):
    return [each.test.score for each in records]


def statements(plan, replay, rng):
    """What is said of the twins' chosen peaks, and what of the schedules: the claim that holds at every rival too."""
    end = run(plan, replay)
    groups = {twin: [each for each in end.confirmed if str(each.trial.schedule) == twin] for twin in TWINS}
    first, second = (scores(groups[twin]) for twin in TWINS)
    claim = better(first, second, rng)
    loser = {"a": TWINS[1], "b": TWINS[0], "": ""}[claim]
    if not claim or loser == end.leader:  # of the leader no other peak is confirmed: it is claimed of its peak only
        return bool(claim), False
    others = [scores(records) for records in end.rivals.get(loser, {}).values()]
    pairs = [(first, other) if claim == "a" else (other, second) for other in others]
    return True, all(better(*pair, rng) == claim for pair in pairs)


@pytest.mark.slow
@pytest.mark.parametrize(("schedule", "peaks_differ"), [("constant", False), ("exponential", True)])
def test_twins_tuned_separately_are_told_apart_as_schedules_in_at_most_one_study_of_twenty(
    bank, schedule, peaks_differ
):
    """peaks_differ: whether, of the peaks that happen to be chosen, more is rightly said."""
    rng = np.random.default_rng(0)
    plan = comparison_study("t", TWINS, name="twins", budget="6 epochs", confirm_seeds=SEEDS)
    said = np.array([statements(plan, Replay(bank, schedule, rng), rng) for _ in range(STUDIES)])
    of_settings, of_schedules = said.mean(axis=0)
    assert of_schedules <= 0.05
    assert (
        of_settings >= of_schedules
    )  # what is said of the peaks that happened to be chosen is rightly said more often
