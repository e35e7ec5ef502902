"""A job in, its events out: in order, on the way, and with the trials' own random numbers whoever looks on."""

import io
import random
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from lrlab import engine
from lrlab.engine import LAYOUTS, _pace, _perform, perform, share_done, train, train_stack
from lrlab.engine import _checkpoint as checkpoint
from lrlab.engine._memory import trial_bytes
from lrlab.errors import LabWarning, RunError, TaskError, Unstackable
from lrlab.spec import Begun, Checkpointed, Ended, EpochMeasured, MeasurePace, Paused, Resources, TrainStack, TrainTrial
from lrlab.tasks import resolve
from support.tasks import BLOBS_FILE, blobs, line, trial

DROPPING_FILE = (
    BLOBS_FILE.replace("as task", "")
    + """

def task():
    return blobs(dropout=0.2)
"""
)
LINE_FILE = (
    BLOBS_FILE.replace("blobs as task", "line")
    + """

def task():
    return line(dropout=0.1)
"""
)


class Drawing(nn.Module):
    """Draws from every generator that it was not given."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, inputs):
        return self.layer(inputs + sum(draw()) if self.training else inputs)


@pytest.fixture(autouse=True)
def _same_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def place(tmp_path):
    """Writes a task's file; its place."""

    def write(text):
        (tmp_path / "mine.py").write_text(text)
        return resolve(f"{tmp_path / 'mine.py'}:task").where

    return write


def test_torch_is_left_as_it_was(place):
    asked = trial(blobs())
    job = TrainTrial(name="a", trial=asked, where=place(BLOBS_FILE), resources=Resources(cores=2))
    for before in (3, 1):
        torch.set_num_threads(before)
        events = perform(job)
        next(events), next(events)
        assert torch.get_num_threads() == 2
        events.close()
        assert (torch.get_num_threads(), torch.backends.cudnn.benchmark) == (before, False)


def content(trained):
    record = trained.record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0})
    return record.to_json()


def draw():
    """One number of each generator that is everybody's."""
    return torch.rand(1).item(), np.random.random(), random.random()  # noqa: NPY002


def seed_all(number):
    torch.manual_seed(number)
    np.random.seed(number)  # noqa: NPY002
    random.seed(number)


def test_a_stack_says_how_far_it_is_and_ends_as_it_does_alone(place, tmp_path):
    task, where = blobs(dropout=0.2), place(DROPPING_FILE)
    trials = [trial(task, peak=peak, seed=seed, watch="test") for peak, seed in ((0.1, 1), (0.03, 2))]
    path = tmp_path / "stack.pt"
    job = TrainStack(name="a", trials=trials, where=where, layout="grouped", checkpoint=str(path), every=0.0, ratio=2.0)
    events = list(perform(job, 3))
    assert {(event.job, event.attempt) for event in events} == {("a", 3)}
    begun, *steps, ended = events
    assert begun == Begun(job="a", attempt=3, share=0.0)
    updates = trial(task).horizon(len(task.train.inputs)).updates
    saved = [step.share for step in steps if isinstance(step, Checkpointed)]
    assert saved == pytest.approx([(t + 1) / updates for t in range(updates)])
    epochs = [step for step in steps if isinstance(step, EpochMeasured)]
    assert [(epoch.number, epoch.share) for epoch in epochs] == [(1, 1 / 3), (2, 2 / 3), (3, 1.0)]
    alone = train_stack(trials, task, "grouped", ratio=2.0)
    assert isinstance(ended, Ended)
    assert ended.timing is None
    for number, (mine, theirs) in enumerate(zip(ended.trained, alone, strict=True)):
        assert content(mine) == content(theirs)
        for name, array in theirs.arrays.items():
            np.testing.assert_array_equal(np.load(io.BytesIO(mine.arrays[name])), array)
        key = trials[number].key
        assert [epoch.epochs[key] for epoch in epochs[:-1]] == list(mine.record.epochs[:-1])
        last = {"test_loss": None, "test_score": None, "test_f1": None}  # the final look is the end's
        assert epochs[-1].epochs[key] == mine.record.epochs[-1].model_copy(update=last)
    assert type(ended).from_json(ended.to_json()) == ended


def test_a_trial_that_diverged_is_in_the_epoch_of_its_end_and_in_none_after(place):
    task, where = line(dropout=0.1), place(LINE_FILE)
    sound, wild = (trial(task, schedule="constant", peak=peak, budget="12 epochs") for peak in (0.01, 1000.0))
    job = TrainStack(name="a", trials=(sound, wild), where=where, layout="loop")
    epochs = [event for event in perform(job, 1) if isinstance(event, EpochMeasured)]
    with_both = [epoch for epoch in epochs if wild.key in epoch.epochs]
    assert len(epochs) == 12
    assert 0 < len(with_both) < 12
    assert epochs[: len(with_both)] == with_both
    assert with_both[-1].epochs[wild.key].train_loss is None
    assert all(epoch.epochs[sound.key].train_loss is not None for epoch in epochs)
    alone = list(perform(TrainTrial(name="b", trial=wild, where=where), 1))
    assert alone[-2].share == 1.0
    assert alone[-2].epochs[wild.key].train_loss is None
    assert alone[-1].trained[0].record.outcome == "diverged"
    only = list(perform(job.model_copy(update={"trials": (wild,)}), 1))
    assert only[-2].share == 1.0


def test_a_trial_by_the_plain_loop_says_its_epochs(place):
    task = blobs()
    job = TrainTrial(name="one", trial=trial(task), where=place(BLOBS_FILE))
    begun, *epochs, ended = perform(job, 1)
    plain = train(trial(task), task)
    assert begun.share == 0.0
    assert [epoch.share for epoch in epochs] == [1 / 3, 2 / 3, 1.0]
    assert [epoch.epochs[trial(task).key] for epoch in epochs] == list(plain.record.epochs)
    assert content(ended.trained[0]) == content(plain)
    np.testing.assert_array_equal(np.load(io.BytesIO(ended.trained[0].arrays["rates"])), plain.arrays["rates"])


@pytest.mark.parametrize("layout", ["reference", "loop"])
def test_whoever_looks_on_may_draw_and_changes_nothing(tmp_path, monkeypatch, layout):
    """Random numbers of the trial are its own between the events, and those of the one who looks on are theirs."""
    task, where = blobs().with_model(Drawing), f"drawing {layout}"
    monkeypatch.setattr(_perform, "get", {where: task}.get)
    one = trial(task)
    path = str(tmp_path / "stack.pt")
    stack = TrainStack(name="a", trials=(one,), where=where, layout="loop", checkpoint=path, every=0.0)
    job = stack if layout == "loop" else TrainTrial(name="a", trial=one, where=where)
    alone = train_stack([one], task, "loop")[0] if layout == "loop" else train(one, task)
    seed_all(7)
    drawn, events = [], []
    for event in perform(job, 1):
        drawn.append(draw())
        events.append(event)
    drawn.append(draw())
    assert content(events[-1].trained[0]) == content(alone)
    seed_all(7)
    assert drawn == [draw() for _ in drawn]


def test_time_up_is_a_pause_and_the_next_attempt_goes_on(place, tmp_path):
    task, where, path = blobs(), place(BLOBS_FILE), tmp_path / "stack.pt"
    job = TrainStack(
        name="a", trials=[trial(task)], where=where, layout="loop", checkpoint=str(path), until=time.monotonic() - 1
    )
    first = list(perform(job, 1))
    assert [type(event) for event in first] == [Begun, Checkpointed, Paused]
    assert first[1].share == pytest.approx(share_done(path)) == 1 / 12
    begun, *_, ended = perform(job.model_copy(update={"until": None}), 2)
    assert begun == Begun(job="a", attempt=2, share=0.083333333)
    assert content(ended.trained[0]) == content(train_stack([trial(task)], task, "loop")[0])


@pytest.mark.parametrize("events", range(1, 8))
def test_closed_at_any_event_it_leaves_whole_files(place, tmp_path, events):
    task, path = blobs(), tmp_path / "kept" / "stack.pt"
    job = TrainStack(
        name="a", trials=[trial(task)], where=place(BLOBS_FILE), layout="loop", checkpoint=str(path), every=0.0
    )
    under_way = perform(job, 1)
    before = draw_state()
    for _ in range(events):
        next(under_way)
    under_way.close()
    assert draw_state() == before
    if events > 1:
        assert {file.name for file in path.parent.iterdir()} == {"stack.pt", "stack.share"}
    *_, ended = perform(job, 2)
    assert content(ended.trained[0]) == content(train_stack([trial(task)], task, "loop")[0])


def draw_state():
    return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())  # noqa: NPY002


def test_stopped_while_it_writes_a_checkpoint_it_leaves_no_half_of_one(place, tmp_path, monkeypatch):
    def stop(state, file):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "write_state", stop)
    path = tmp_path / "kept" / "stack.pt"
    job = TrainStack(
        name="a", trials=[trial(blobs())], where=place(BLOBS_FILE), layout="loop", checkpoint=str(path), every=0.0
    )
    with pytest.raises(KeyboardInterrupt):
        list(perform(job, 1))
    assert not list(path.parent.iterdir())


def test_what_goes_wrong_is_raised_after_it_has_begun(place, tmp_path):
    where = place(BLOBS_FILE)
    lost = TrainTrial(name="a", trial=trial(blobs()), where=f"{tmp_path / 'mine.py'}:nothing")
    events = perform(lost, 1)
    assert isinstance(next(events), Begun)
    with pytest.raises(TaskError, match="nothing"):
        next(events)
    pair = [trial(blobs()), trial(blobs(), batch_size=8)]
    with pytest.raises(RunError, match="may differ in schedule, peak, seed"):
        list(perform(TrainStack(name="a", trials=pair, where=where, layout="loop"), 1))


def test_a_checkpoint_that_can_not_be_used_is_a_warning(place, tmp_path):
    path = tmp_path / "stack.pt"
    path.write_text("not a checkpoint")
    job = TrainStack(name="a", trials=[trial(blobs())], where=place(BLOBS_FILE), layout="loop", checkpoint=str(path))
    with pytest.warns(LabWarning, match="its 1 trials start again"):
        *_, ended = perform(job, 1)
    assert len(ended.trained) == 1


def test_a_job_has_its_threads(place):
    job = TrainTrial(name="a", trial=trial(blobs()), where=place(BLOBS_FILE), resources=Resources(cores=2))
    *_, ended = perform(job, 1)
    assert ended.trained[0].record.provenance.threads == 2


def timing(place, layout, **fields):
    job = MeasurePace(name="m", trials=[trial(blobs())], where=place(BLOBS_FILE), layout=layout, **fields)
    begun, ended = perform(job, 1)
    assert isinstance(begun, Begun)
    assert not ended.trained
    return ended.timing


@pytest.mark.parametrize("layout", ["reference", *LAYOUTS])
def test_a_measurement_is_a_timing(place, layout):
    measured = timing(place, layout, seconds=0.01)
    assert measured.update > 0
    assert measured.mean > 0
    assert measured.look > 0
    assert measured.free_bytes > 0
    assert (measured.refused, measured.missing) == ("", False)
    course = engine.course_bytes(trial(blobs()).horizon(len(blobs().train.inputs)))
    assert measured.trial_bytes == course + (0 if layout == "reference" else trial_bytes(trial(blobs()), blobs()))


@pytest.mark.parametrize("there", [False, True])
def test_a_timing_tells_what_is_not_here_from_a_model_that_is_refused(place, monkeypatch, there):
    def refuse(*_):
        raise Unstackable("no")

    monkeypatch.setitem(sys.modules, "lrlab.engine._lanes", SimpleNamespace(LaneBackend=refuse))
    monkeypatch.setattr(_pace, "has_lanes", lambda: there)
    refused = timing(place, "lanes")
    assert (refused.refused, refused.missing) == ("no", not there)
