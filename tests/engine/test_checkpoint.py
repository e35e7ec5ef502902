"""A stack that is stopped anywhere goes on from its checkpoint, and ends the same to the bit."""

import time

import numpy as np
import pytest
import torch

from lrlab.engine import LAYOUTS, Patience, remove_checkpoint, share_done, train_stack
from lrlab.engine import _train_stack as driver
from lrlab.errors import RunError
from lrlab.testing.tasks import blobs, line, trial


def trials_of(task):
    """Under a rule, a schedule, and one that diverges in the third epoch or so; two seeds; dropout."""
    plans = ("plateau(patience=0, threshold=0.5)+constant", "cosine", "constant")
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, budget="12 epochs", batch_size=9)
        for plan, peak, seed in zip(plans, (0.02, 0.05, 1000.0), (1, 2, 2), strict=True)
    ]


def stop_after(monkeypatch, updates):
    """Let the clock strike after so many updates."""
    ticks = iter(range(10**9))
    monkeypatch.setattr(driver.time, "monotonic", lambda: 0.0 if next(ticks) < updates else 2.0)


def content(trained):
    """All that a stack leaves but the time it took."""
    record = trained.record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0})
    return record.to_json()


def bitwise(one, other):
    for mine, theirs in zip(one, other, strict=True):
        assert content(mine) == content(theirs)
        assert mine.arrays.keys() == theirs.arrays.keys()
        for name, array in theirs.arrays.items():
            np.testing.assert_array_equal(mine.arrays[name], array)
        for name, tensor in theirs.weights.items():
            assert torch.equal(mine.weights[name], tensor)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_stopped_anywhere_it_ends_the_same_to_the_bit(tmp_path, monkeypatch, layout, optimizer):
    task = line(dropout=0.3)
    settings = {"name": optimizer, "momentum": 0.9}
    trials = [one.model_copy(update={"optimizer": type(one.optimizer)(**settings)}) for one in trials_of(task)]
    whole = train_stack(trials, task, layout)
    if optimizer == "sgd":
        assert [one.record.outcome for one in whole] == ["finished", "finished", "diverged"]
    ended, stops = in_pieces(trials, task, layout, tmp_path / "stack.pt", monkeypatch)
    assert stops == 6
    bitwise(ended, whole)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_seen_of_the_test_data_is_in_the_checkpoint(tmp_path, monkeypatch, layout):
    """Counts of the epoch so far, epochs, and snapshots, also of a trial that diverged in the second epoch."""
    task = blobs(dropout=0.3)
    plans = ((0.1, 1, (1, 4)), (0.03, 2, ()), (1000.0, 2, (1, 4)), (0.05, 2, (2, 9, 12)))
    trials = [
        trial(task, peak=peak, seed=seed, snapshots=snapshots, watch="test", budget="12 epochs")
        for peak, seed, snapshots in plans
    ]
    whole = train_stack(trials, task, layout)
    assert [one.record.outcome for one in whole].count("diverged") == 1
    ended, stops = in_pieces(trials, task, layout, tmp_path / "stack.pt", monkeypatch)
    assert stops == 6
    bitwise(ended, whole)
    assert {"snapshot-2", "snapshot-9", "snapshot-12"} < ended[3].arrays.keys()


def in_pieces(trials, task, layout, path, monkeypatch):
    """The stack stopped again and again, in the middle of epochs of four updates and at their ends; how often."""
    stops = 0
    while True:
        with monkeypatch.context() as patch:
            stop_after(patch, 7)
            ended = train_stack(trials, task, layout, Patience(path, until=1.0))
        if ended is not None:
            return ended, stops
        stops += 1


def test_checkpoints_are_written_as_time_goes_by(tmp_path):
    """What a kill leaves: the last of them, not the end."""
    task, path = line(dropout=0.1), tmp_path / "deep" / "stack.pt"
    trials = trials_of(task)[:2]
    train_stack(trials, task, "grouped", Patience(path, every=0.0))
    state = torch.load(path, weights_only=True)
    assert state["t"] == 48
    assert {file.name for file in path.parent.iterdir()} == {"stack.pt", "stack.share"}
    remove_checkpoint(path)
    assert not list(path.parent.iterdir())
    remove_checkpoint(path)  # once more does no harm


def test_beside_a_checkpoint_stands_how_much_is_done(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    assert share_done(path) == 0
    stop_after(monkeypatch, 12)
    train_stack(trials_of(task)[:2], task, "grouped", Patience(path, until=1.0))
    assert share_done(path) == torch.load(path, weights_only=True)["t"] / 48 == 0.25
    path.with_suffix(".share").write_text("")  # just being written
    assert share_done(path) == 0


def test_without_a_checkpoint_time_up_is_just_the_end():
    task = line(dropout=0.1)
    assert train_stack(trials_of(task), task, "grouped", Patience(until=time.monotonic() - 1)) is None


def test_a_checkpoint_of_other_trials_is_not_taken(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    stop_after(monkeypatch, 5)
    assert train_stack(trials, task, "grouped", Patience(path, until=1.0)) is None
    monkeypatch.undo()
    others = [one.model_copy(update={"seed": 9}) for one in trials]
    bitwise(train_stack(others, task, "grouped", Patience(path)), train_stack(others, task, "grouped"))


def test_a_checkpoint_of_another_form_is_not_taken(tmp_path, monkeypatch):
    """As one that an earlier version left."""
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    stop_after(monkeypatch, 5)
    train_stack(trials, task, "grouped", Patience(path, until=1.0))
    monkeypatch.undo()
    state = torch.load(path, weights_only=True)
    torch.save({name: value for name, value in state.items() if name != "counts"} | {"format": 1}, path)
    bitwise(train_stack(trials, task, "grouped", Patience(path)), train_stack(trials, task, "grouped"))


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None], ids=["empty", "text", "cut"])
def test_a_damaged_checkpoint_is_named(tmp_path, monkeypatch, damage):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)
    stop_after(monkeypatch, 5)
    train_stack(trials, task, "grouped", Patience(path, until=1.0))
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:-500] if damage is None else damage)
    with pytest.raises(
        RunError, match=r"cannot read the checkpoint .*stack\.pt.*remove it, and its trials start again"
    ):
        train_stack(trials, task, "grouped", Patience(path))


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)
    stop_after(monkeypatch, 5)
    train_stack(trials, task, "grouped", Patience(path, until=1.0))
    before = path.read_bytes()

    def full(state, file):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        stop_after(patch, 5)
        patch.setattr(torch, "save", full)
        with pytest.raises(RunError, match=r"cannot write the checkpoint .*No space left on device; free some space"):
            train_stack(trials, task, "grouped", Patience(path, until=1.0))
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"stack.pt", "stack.share"}


def test_whatever_the_time_a_stack_gets_further(tmp_path):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    for done in range(1, 4):
        assert train_stack(trials, task, "grouped", Patience(path, until=0.0)) is None
        assert torch.load(path, weights_only=True)["t"] == done


def test_a_stack_trains_its_least_seconds_whatever_the_time(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    ticks = iter(range(10**9))
    monkeypatch.setattr(driver.time, "monotonic", lambda: float(next(ticks)))
    train_stack(trials_of(task)[:2], task, "grouped", Patience(path, until=0.0, least=5.0, every=1000.0))
    assert torch.load(path, weights_only=True)["t"] == 5


def test_time_up_with_the_last_update_is_the_end_and_is_kept(tmp_path, monkeypatch):
    """The last look at the data may take long, and be ended from outside."""
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    stop_after(monkeypatch, 48)
    assert train_stack(trials, task, "grouped", Patience(path, until=1.0)) is not None
    assert torch.load(path, weights_only=True)["t"] == 48
    monkeypatch.undo()
    bitwise(train_stack(trials, task, "grouped", Patience(path)), train_stack(trials, task, "grouped"))
