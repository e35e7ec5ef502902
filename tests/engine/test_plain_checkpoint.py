"""Checkpoints of the plain loop: stopped at the end of any epoch, a trial ends with the same bits."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import Patience, perform, remove_checkpoint, share_done, train
from lrlab.engine import _checkpoint as checkpoint
from lrlab.engine import _patience as driver
from lrlab.engine._reference import trial_steps
from lrlab.engine._steps import run_to_end
from lrlab.engine._trial_run import TrialRun
from lrlab.errors import LabWarning, RunError
from lrlab.spec import Begun, Checkpointed, Ended, Paused, TrainTrial
from lrlab.tasks import resolve
from support.tasks import BLOBS_FILE, blobs, line, pictures, trial


class Drawing(nn.Module):
    """Draws from every generator that it was not given, and counts how often it ran in a buffer that grows."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.register_buffer("seen", torch.zeros(0))

    def forward(self, inputs):
        if not self.training:
            return self.layer(inputs) + len(self.seen) / 1000
        self.seen = torch.cat([self.seen, torch.ones(1)])
        noise = torch.rand(1).item() + np.random.random() + random.gauss(0, 1)  # noqa: NPY002
        return self.layer(inputs + 0.1 * noise)


CASES = {
    "dropout": (blobs(dropout=0.3), {}),
    "adam": (blobs(dropout=0.3), {"optimizer": {"name": "adam"}}),
    "batch norm, augmented": (pictures(), {"watch": "test", "snapshots": (1, 3)}),
    "a rule": (blobs(), {"schedule": "plateau(patience=1)+constant"}),
    "a part of an epoch": (blobs(), {"budget": "17 updates", "evaluate_every": 2}),
    "it diverges": (line(dropout=0.1), {"peak": 1000.0, "schedule": "constant"}),
    "generators of everybody": (blobs().with_model(Drawing), {}),
    "bfloat16": (blobs(), {"precision": "bfloat16"}),
}


def content(trained):
    quiet = trained.record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0})
    return quiet.to_json(), {name: array.tobytes() for name, array in trained.arrays.items()}


def one_epoch(made, task, path):
    """What a trial comes to, or None, in a call that has time for one epoch."""
    return run_to_end(trial_steps(made, task, Patience(path, until=0.0)))


@pytest.mark.parametrize(("task", "changes"), CASES.values(), ids=CASES)
def test_stopped_after_every_epoch_it_ends_the_same_to_the_bit(tmp_path, task, changes):
    made, path = trial(task, **{"budget": "5 epochs"} | changes), tmp_path / "one.pt"
    whole, stops = train(made, task), 0
    while (ended := one_epoch(made, task, path)) is None:
        stops += 1
        assert 0 < share_done(path) < 1
        torch.rand(3), np.random.random(), random.random()  # noqa: NPY002
    assert stops >= (2 if changes.get("peak") is None else 0)
    assert content(ended) == content(whole)
    for name, tensor in whole.weights.items():
        assert torch.equal(ended.weights[name], tensor)


def stopped(path, **changes):
    task = blobs(dropout=0.2)
    made = trial(task, **changes)
    assert one_epoch(made, task, path) is None
    return task, made


def test_a_damaged_checkpoint_is_named_and_the_trial_starts_again(tmp_path):
    path = tmp_path / "one.pt"
    task, made = stopped(path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.warns(LabWarning, match=r"the checkpoint .*one\.pt cannot be used \(damaged.*; its trial starts again"):
        ended = run_to_end(trial_steps(made, task, Patience(path)))
    assert content(ended) == content(train(made, task))


def test_a_checkpoint_of_another_trial_is_not_taken(tmp_path):
    path = tmp_path / "one.pt"
    task, _ = stopped(path)
    other = trial(task, seed=9)
    assert content(run_to_end(trial_steps(other, task, Patience(path)))) == content(train(other, task))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda state: {"t": 3}, "update 3 is not the end of epoch 1"),
        (lambda state: {"parameters": {}}, "other names or shapes than the model's"),
    ],
)
def test_a_state_that_the_trial_can_not_be_in_is_not_taken(tmp_path, change, why):
    path = tmp_path / "one.pt"
    task, made = stopped(path)
    with path.open("rb") as file:
        state = checkpoint.read_state(file)
    with path.open("wb") as file:
        checkpoint.write_state(state | change(state), file)
    with pytest.raises(RunError, match=why):
        checkpoint.restore(TrialRun(made, task), path)


def test_a_job_pauses_says_its_checkpoints_and_goes_on(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    where, path = resolve(f"{tmp_path / 'mine.py'}:task").where, tmp_path / "one.pt"
    job = TrainTrial(name="one", trial=trial(blobs()), where=where, checkpoint=str(path), every=0.0)
    events = list(perform(job.model_copy(update={"until": 0.0})))
    assert [type(event) for event in events][-2:] == [Checkpointed, Paused]
    begun, *_, end = perform(job)
    assert begun == Begun(job="one", share=1 / 3) or begun.share == pytest.approx(1 / 3)
    assert isinstance(end, Ended)
    alone = list(perform(job.model_copy(update={"checkpoint": None})))[-1]
    quiet = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
    assert end.trained[0].record.model_copy(update=quiet) == alone.trained[0].record.model_copy(update=quiet)
    remove_checkpoint(path)
    assert not path.exists()


class Clock:
    """Clocks that stand still until they are told."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(driver.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(driver.time, "perf_counter", lambda: self.now)


class Costly:
    """A training whose checkpoints take so many seconds, and so many bytes."""

    share = 0.5

    def __init__(self, clock, seconds, size):
        self.clock, self.seconds, self.size = clock, seconds, size

    def write(self, run, path):
        self.clock.now += self.seconds
        with path.open("wb") as file:
            file.truncate(self.size)


@pytest.mark.parametrize(
    ("seconds", "size", "between"),
    [(0.001, 1000, 1.0), (0.1, 1000, 4.0), (0.1, 10**8, 10.0), (0.1, 10**10, 30.0), (2.0, 10**10, 80.0)],
    ids=["cheap", "slow", "large", "very large", "very slow"],
)
def test_checkpoints_are_as_frequent_as_they_are_cheap(tmp_path, monkeypatch, seconds, size, between):
    clock = Clock(monkeypatch)
    costly = Costly(clock, seconds, size)
    monkeypatch.setattr(driver, "save", costly.write)
    timing = driver.TrainingClock(Patience(tmp_path / "a.pt"))
    for wait in (1.0, between, between):
        clock.now += 0.99 * wait
        timing.look()
        assert not timing.is_due
        clock.now += 0.02 * wait
        timing.look()
        assert timing.is_due
        assert [event.share for event in timing.save(costly)] == [0.5]
    assert seconds / (seconds + between) < 0.03


def test_a_clock_of_the_day_that_goes_back_changes_nothing(tmp_path, monkeypatch):
    """Only a clock that nobody sets says when time is up."""
    days = iter(range(10**6, 0, -1000))
    monkeypatch.setattr("time.time", lambda: float(next(days)))
    task, made = stopped(tmp_path / "one.pt")
    assert content(run_to_end(trial_steps(made, task, Patience(tmp_path / "one.pt")))) == content(train(made, task))
