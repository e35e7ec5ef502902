"""A stack that is stopped anywhere goes on from its checkpoint, and ends the same to the bit."""

import io
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from lrlab.engine import LAYOUTS, Patience, remove_checkpoint, share_done, train_stack
from lrlab.engine import _checkpoint as checkpoint
from lrlab.engine import _patience as driver
from lrlab.engine._stack import Stack
from lrlab.engine._torch_backend import TorchBackend
from lrlab.errors import LabWarning, RunError
from support.stops import STRIKES, in_pieces, stop_after
from support.tasks import blobs, line, trial


def trials_of(task):
    """Under a rule, a schedule, and one that diverges in the third epoch or so; two seeds; dropout."""
    plans = ("plateau(patience=0, threshold=0.5)+constant", "cosine", "constant")
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, budget="12 epochs", batch_size=9)
        for plan, peak, seed in zip(plans, (0.02, 0.05, 1000.0), (1, 2, 2), strict=True)
    ]


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
    ended, stops = pieces_of(trials, task, layout, tmp_path / "stack.pt", monkeypatch)
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
    ended, stops = pieces_of(trials, task, layout, tmp_path / "stack.pt", monkeypatch)
    assert stops == 6
    bitwise(ended, whole)
    assert {"snapshot-2", "snapshot-9", "snapshot-12"} < ended[3].arrays.keys()


def pieces_of(trials, task, layout, path, monkeypatch):
    """The stack stopped again and again, in the middle of epochs of four updates and at their ends; how often."""
    return in_pieces(lambda: train_stack(trials, task, layout, Patience(path, until=STRIKES)), monkeypatch)


def test_checkpoints_are_written_as_time_goes_by(tmp_path):
    """What a kill leaves: the last of them, not the end."""
    task, path = line(dropout=0.1), tmp_path / "deep" / "stack.pt"
    trials = trials_of(task)[:2]
    train_stack(trials, task, "grouped", Patience(path, every=0.0))
    state = state_of(path)
    assert state["t"] == 48
    assert {file.name for file in path.parent.iterdir()} == {"stack.pt", "stack.share"}
    remove_checkpoint(path)
    assert not list(path.parent.iterdir())
    remove_checkpoint(path)  # once more does no harm


def test_a_checkpoint_that_the_system_does_not_remove_is_no_fault_of_the_run(tmp_path, monkeypatch):
    def refused(path, missing_ok=False):
        raise OSError(28, "No space left on device")

    (tmp_path / "a.share").touch()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        remove_checkpoint(tmp_path / "a.pt")
    assert (tmp_path / "a.share").exists()
    remove_checkpoint(tmp_path / "a.pt")
    assert not list(tmp_path.iterdir())


def test_beside_a_checkpoint_stands_how_much_is_done(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    assert share_done(path) == 0
    stop_after(monkeypatch, 12)
    train_stack(trials_of(task)[:2], task, "grouped", Patience(path, until=STRIKES))
    assert share_done(path) == state_of(path)["t"] / 48 == 0.25
    path.with_suffix(".share").write_text("")  # just being written
    assert share_done(path) == 0


def test_without_a_checkpoint_time_up_is_just_the_end():
    task = line(dropout=0.1)
    assert train_stack(trials_of(task), task, "grouped", Patience(until=time.monotonic() - 1)) is None


def test_a_checkpoint_of_other_trials_is_not_taken(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    stop_after(monkeypatch, 5)
    assert train_stack(trials, task, "grouped", Patience(path, until=STRIKES)) is None
    monkeypatch.undo()
    others = [one.model_copy(update={"seed": 9}) for one in trials]
    bitwise(train_stack(others, task, "grouped", Patience(path)), train_stack(others, task, "grouped"))


def state_of(path):
    with path.open("rb") as file:
        return checkpoint.read_state(file)


def stopped(path, monkeypatch, updates=5, layout="grouped", **how):
    """A stack that was stopped after so many updates: its task and trials."""
    task = line(dropout=0.1)
    trials = trials_of(task)
    with monkeypatch.context() as patch:
        stop_after(patch, updates)
        assert train_stack(trials, task, layout, Patience(path, until=STRIKES, **how)) is None
    return task, trials


def test_a_checkpoint_of_another_form_is_not_taken(tmp_path, monkeypatch):
    """As one that an earlier version left, without a digest."""
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    torch.save(state_of(path), path)
    bitwise(train_stack(trials, task, "grouped", Patience(path)), train_stack(trials, task, "grouped"))


def starts_again(path, trials, task, layout="grouped", why=""):
    """A stack with a checkpoint that cannot be used: it says so, and ends as if there were none."""
    with pytest.warns(
        LabWarning, match=rf"the checkpoint .*stack\.pt cannot be used \(.*{why}.*; its 3 trials start"
    ) as t:
        ended = train_stack(trials, task, layout, Patience(path))
    assert len(t) == 1
    bitwise(ended, train_stack(trials, task, layout))
    assert {one.record.provenance.engine for one in ended} == {layout}


DAMAGES = {
    "empty": lambda bits: b"",
    "text": lambda bits: b"not a checkpoint",
    "cut": lambda bits: bits[:-500],
    "cut to its head": lambda bits: bits[:60],
    "longer": lambda bits: bits + b"more",
    "zeros at the end": lambda bits: bits[:-4096] + bytes(4096),
    "digest of another case": lambda bits: bits[:19] + bits[19:83].upper() + bits[83:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_checkpoint_is_named_and_its_trials_start_again(tmp_path, monkeypatch, damage):
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    path.write_bytes(damage(path.read_bytes()))
    starts_again(path, trials, task, why="damaged: it is not what was written")


def test_a_checkpoint_of_a_newer_version_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    path.write_bytes(path.read_bytes().replace(b"checkpoint 5", b"checkpoint 6", 1))
    starts_again(path, trials, task, why="a newer lrlab wrote it: go on with that one")


def test_a_checkpoint_that_can_not_be_opened_is_named_too(tmp_path, monkeypatch):
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    path.unlink()
    path.mkdir()
    starts_again(path, trials, task, why="Is a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_in_a_checkpoints_place_is_waited_for_by_nobody(tmp_path, monkeypatch):
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    for file in (path, path.with_suffix(".share")):
        file.unlink()
        os.mkfifo(file)
    assert share_done(path) == 0.0
    starts_again(path, trials, task, why="it is no plain file")


def test_of_100_bits_flipped_at_random_each_is_noticed(tmp_path, monkeypatch):
    path, draw = tmp_path / "stack.pt", random.Random(7)
    task, trials = stopped(path, monkeypatch, layout="loop")
    whole, stack = path.read_bytes(), Stack(trials, task, "loop")
    before = {name: tensor.clone() for name, tensor in stack.backend.tensors().items()}
    for _ in range(100):
        bits = bytearray(whole)
        bits[draw.randrange(len(bits))] ^= 1 << draw.randrange(8)
        path.write_bytes(bits)
        with pytest.raises(RunError, match="damaged: it is not what was written"):
            checkpoint.restore(stack, path)
        assert stack.t == 0
    assert all(torch.equal(tensor, before[name]) for name, tensor in stack.backend.tensors().items())
    path.write_bytes(whole)
    assert checkpoint.restore(stack, path)
    assert stack.t == 5


WRONG = {
    "before the beginning": lambda state: {"t": -1},
    "beyond the end": lambda state: {"t": 10**6},
    "another epoch": lambda state: {"epoch": 7},
    "a trial there is not": lambda state: {"rows": [0, 1, 3]},
    "a trial twice": lambda state: {"rows": [0, 1, 1]},
    "a member too few": lambda state: {"members": state["members"][1:]},
    "fewer losses": lambda state: {"losses": []},
    "losses of fewer trials": lambda state: {"losses": [loss[:1] for loss in state["losses"]]},
    "a weight that is missing": lambda state: {"parameters": dict(list(state["parameters"].items())[1:])},
    "weights of another shape": lambda state: {
        "parameters": {name: weight[:, :1] for name, weight in state["parameters"].items()}
    },
    "momentum of another shape": lambda state: {
        "optimizer": {
            slot: {name: held[:, :1] for name, held in tensors.items()} for slot, tensors in state["optimizer"].items()
        }
    },
    "an epoch with other fields": lambda state: {"members": [one | {"epochs": [{}]} for one in state["members"]]},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_state_that_the_stack_can_not_be_in_is_not_taken(tmp_path, monkeypatch, change):
    """As one that another program wrote, with a digest that is right."""
    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    state = state_of(path)
    with path.open("wb") as file:
        checkpoint.write_state(state | change(state), file)
    starts_again(path, trials, task)


def test_a_stack_whose_trials_have_all_diverged_goes_on(tmp_path):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = [trial(task, schedule="constant", peak=1000.0, seed=seed, budget="12 epochs") for seed in (1, 2)]
    whole = train_stack(trials, task, "grouped", Patience(path, every=0.0))
    assert {one.record.outcome for one in whole} == {"diverged"}
    assert state_of(path)["rows"] == []
    bitwise(train_stack(trials, task, "grouped", Patience(path)), whole)


def full(state, file):
    file.write(b"half of it")
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("where", ["torch", "fsync", "folder"])
def test_on_a_full_disk_training_goes_on_and_the_checkpoint_before_stands(tmp_path, monkeypatch, where):
    path = tmp_path / "deep" / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        if where == "torch":
            patch.setattr(torch, "save", full)
        elif where == "fsync":
            patch.setattr(os, "fsync", lambda number: full(None, io.BytesIO()))
        else:
            path.parent.rename(tmp_path / "elsewhere")
            path.parent.write_text("no folder")
        why = "File exists" if where == "folder" else "No space left on device"
        with pytest.warns(LabWarning, match=rf"cannot write checkpoints to .*deep: {why}; training goes on") as told:
            ended = train_stack(trials, task, "grouped", Patience(path, every=0.0))
    assert len({str(one.message) for one in told}) == 1
    bitwise(ended, train_stack(trials, task, "grouped"))
    if where != "folder":
        assert path.read_bytes() == before
        assert {file.name for file in path.parent.iterdir()} == {"stack.pt", "stack.share"}


def test_an_error_of_the_disk_that_torch_made_its_own_is_said_as_the_disk_did(tmp_path, monkeypatch):
    path = tmp_path / "stack.pt"

    class Full(io.BytesIO):
        def write(self, part):
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint._HashedFile, "write", Full.write)
        with pytest.warns(LabWarning, match="cannot write checkpoints to .*"):
            stopped(path, patch)
    assert not list(tmp_path.iterdir())


def test_a_share_that_can_not_be_written_is_no_matter(tmp_path, monkeypatch):
    path = tmp_path / "stack.pt"
    path.with_suffix(".share").mkdir()
    stopped(path, monkeypatch)
    assert state_of(path)["t"] == 5


def test_whatever_the_time_a_stack_gets_further(tmp_path):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    for done in range(1, 4):
        assert train_stack(trials, task, "grouped", Patience(path, until=0.0)) is None
        assert state_of(path)["t"] == done


def test_a_stack_trains_its_least_seconds_whatever_the_time(tmp_path, monkeypatch):
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    ticks = iter(range(10**9))
    monkeypatch.setattr(driver.time, "monotonic", lambda: 0.1 * next(ticks))
    train_stack(trials_of(task)[:2], task, "grouped", Patience(path, until=0.0, least=0.49, every=1000.0))
    assert state_of(path)["t"] == 5


def test_time_up_with_the_last_update_is_the_end_and_is_kept(tmp_path, monkeypatch):
    """The last look at the data may take long, and be ended from outside."""
    task, path = line(dropout=0.1), tmp_path / "stack.pt"
    trials = trials_of(task)[:2]
    stop_after(monkeypatch, 48)
    assert train_stack(trials, task, "grouped", Patience(path, until=STRIKES)) is not None
    assert state_of(path)["t"] == 48
    monkeypatch.undo()
    bitwise(train_stack(trials, task, "grouped", Patience(path)), train_stack(trials, task, "grouped"))


def test_what_fails_while_a_good_checkpoint_is_taken_up_is_no_damage(tmp_path, monkeypatch):
    """The stack is half of one then: it must not train on."""

    def fail(*_):
        raise RuntimeError("out of memory")

    path = tmp_path / "stack.pt"
    task, trials = stopped(path, monkeypatch)
    monkeypatch.setattr(TorchBackend, "load", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        train_stack(trials, task, "grouped", Patience(path))
