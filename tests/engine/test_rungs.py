"""Stacks that end at a rung, and the trials that go on from there in others: as if they had never been cut."""

import numpy as np
import pytest
import torch

from lrlab.engine import BACKENDS, Patience, is_available, train, train_stack
from lrlab.engine._gather import gather_rows
from lrlab.engine._steps import run_to_end
from lrlab.engine._train_stack import stack_steps
from lrlab.errors import LabWarning
from lrlab.spec import EpochMeasured, Standing
from support.stops import STRIKES, in_pieces
from support.tasks import blobs, line, trial

HERE = [layout for layout in BACKENDS if is_available(layout)]
ALONE = ("loop", "channels_last", "lanes")  # layouts in which no sum runs over several trials


def trials_of(task, **fields):
    """Rules, schedules, two seeds, one that diverges in the second epoch."""
    plans = (
        ("plateau(patience=0, threshold=0.5)+constant", 0.02, 1),
        ("cosine", 0.05, 1),
        ("constant", 1000.0, 1),
        ("plateau(patience=0, threshold=0.5)+constant", 0.04, 2),
        ("linear", 0.03, 2),
        ("constant", 0.01, 2),
    )
    made = {"budget": "6 epochs", "batch_size": 9} | fields
    return [trial(task, schedule=plan, peak=peak, seed=seed, **made) for plan, peak, seed in plans]


def to_rung(trials, task, layout, path, rung, begin_from=()):
    return run_to_end(stack_steps(trials, task, layout, Patience(path, rung=rung, begin_from=begin_from)))


def content(trained):
    """All that a trial leaves but the time it took and the stack that it was in."""
    where = trained.record.provenance.model_copy(update={"stack": 1, "left_at": None})
    same = {"train_seconds": 0.0, "evaluate_seconds": 0.0, "provenance": where}
    return trained.record.model_copy(update=same).to_json()


def assert_same(one, other, layout, exact=True):
    assert one.record.trial == other.record.trial
    if exact and layout in ALONE:
        assert content(one) == content(other)
    for name, array in other.arrays.items():
        bound = 0.0 if exact and layout in ALONE else 1e-4
        np.testing.assert_allclose(one.arrays[name], array, rtol=bound, atol=bound)
    assert one.record.outcome == other.record.outcome
    mine, theirs = one.record.epochs, other.record.epochs
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert a.train_loss == pytest.approx(b.train_loss, rel=1e-4)
        assert a.validation_loss == pytest.approx(b.validation_loss, rel=1e-4)


def needs(task, layout):
    """The task as the layout takes it."""
    return blobs(dropout=0.3) if layout == "lanes" else task


@pytest.mark.parametrize("layout", HERE)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_survivors_of_two_stacks_go_on_as_if_never_cut(tmp_path, layout, optimizer):
    """Two rungs; after the first, one stack takes trials from both, with rules, momentum or Adam's means, dropout."""
    task = needs(line(dropout=0.3), layout)
    settings = {"name": optimizer, "momentum": 0.9}
    trials = [one.model_copy(update={"optimizer": type(one.optimizer)(**settings)}) for one in trials_of(task)]
    whole = {one.record.trial.key: one for one in train_stack(trials, task, layout)}
    paths = [tmp_path / "a.pt", tmp_path / "b.pt", tmp_path / "c.pt"]
    ends = [
        to_rung(part, task, layout, path, "2 epochs")
        for part, path in zip((trials[:3], trials[3:]), paths, strict=False)
    ]
    diverged = [one.record.trial.key for end in ends for one in end.trained]
    stood = {one.trial: one for end in ends for one in end.standings}
    assert stood.keys() | set(diverged) == {one.key for one in trials}
    for key, standing in stood.items():
        assert len(standing.epochs) == 2
        assert Standing.of_record(whole[key].record).updates == standing.updates
    survivors = [trials[row] for row in (0, 3, 4)]
    middle = to_rung(survivors, task, layout, paths[2], "3 epochs", paths[:2])
    assert [len(one.epochs) for one in middle.standings] == [3, 3, 3]
    last = [survivors[row] for row in (0, 2)]
    ended = train_stack(last, task, layout, Patience(tmp_path / "d.pt", begin_from=[paths[2]]))
    for one in ended:
        assert_same(one, whole[one.record.trial.key], layout)
    assert [one.record.provenance.stack for one in ended] == [2, 2]


@pytest.mark.parametrize("layout", HERE)
def test_a_survivor_equals_the_plain_loop(tmp_path, layout):
    task = needs(blobs(), layout)
    trials = [trial(task, schedule="linear", peak=peak, seed=1, budget="4 epochs") for peak in (0.01, 0.03, 0.1)]
    to_rung(trials, task, layout, tmp_path / "a.pt", "25%")
    (one,) = train_stack(trials[1:2], task, layout, Patience(None, begin_from=[tmp_path / "a.pt"]))
    assert_same(one, train(trials[1], task), layout, exact=False)


def test_the_epochs_before_the_rung_are_not_trained_again(tmp_path):
    task = line()
    trials = trials_of(task)[3:5]
    to_rung(trials, task, "grouped", tmp_path / "a.pt", "4 epochs")
    events = list(stack_steps(trials[:1], task, "grouped", Patience(None, begin_from=[tmp_path / "a.pt"])))
    assert [event.number for event in events if isinstance(event, EpochMeasured)] == [5, 6]


def test_a_trial_that_diverges_before_a_rung_has_ended_there(tmp_path):
    task = line()
    trials = trials_of(task)
    end = to_rung(trials[:3], task, "grouped", tmp_path / "a.pt", "50%")
    assert [one.record.trial for one in end.trained] == [trials[2]]
    whole = train_stack(trials[:3], task, "grouped")
    assert content(end.trained[0]) == content(whole[2])


def test_a_rung_beyond_the_end_cuts_nothing(tmp_path):
    task = line()
    trials = trials_of(task, budget="1 epochs")[:2]
    end = to_rung(trials, task, "loop", tmp_path / "a.pt", "50%")
    assert not end.standings
    assert [one.record.trial for one in end.trained] == trials


def test_killed_on_the_way_to_a_rung_and_after_it_the_end_is_the_same(tmp_path, monkeypatch):
    """Stopped after every update, at both stages."""
    task = line(dropout=0.3)
    trials = trials_of(task)[3:]
    whole = train_stack(trials, task, "loop")

    def pieces_of(trials, path, rung, begin_from=()):
        patience = Patience(path, until=STRIKES, rung=rung, begin_from=begin_from)
        end, stops = in_pieces(lambda: run_to_end(stack_steps(trials, task, "loop", patience)), monkeypatch, updates=2)
        assert stops
        return end

    first = pieces_of(trials, tmp_path / "a.pt", "2 epochs")
    assert len(first.standings) == 3
    again = to_rung(trials, task, "loop", tmp_path / "a.pt", "2 epochs")  # the answer was lost: it is given again
    assert again.standings == first.standings
    last = pieces_of(trials[:2], tmp_path / "b.pt", "", [tmp_path / "a.pt"])
    for one, other in zip(last.trained, whole[:2], strict=True):
        assert_same(one, other, "loop")


def test_without_the_checkpoints_of_the_rung_survivors_start_again_and_end_the_same(tmp_path):
    task = line()
    trials = trials_of(task)[:2]
    whole = train_stack(trials, task, "loop")
    with pytest.warns(LabWarning, match="are there no more; its 2 trials start again"):
        ended = train_stack(trials, task, "loop", Patience(None, begin_from=[tmp_path / "gone.pt"]))
    for one, other in zip(ended, whole, strict=True):
        assert_same(one, other, "loop")
    (tmp_path / "bad.pt").write_bytes(b"lrlab checkpoint 5\n" + b"x" * 100)
    with pytest.warns(LabWarning, match="damaged.*; its 2 trials start again"):
        train_stack(trials, task, "loop", Patience(None, begin_from=[tmp_path / "bad.pt"]))


def test_stacks_that_stand_at_different_updates_do_not_make_one(tmp_path):
    task = line()
    trials = trials_of(task)
    to_rung(trials[:1], task, "loop", tmp_path / "a.pt", "1 epochs")
    to_rung(trials[4:], task, "loop", tmp_path / "b.pt", "2 epochs")
    both = Patience(None, begin_from=[tmp_path / "a.pt", tmp_path / "b.pt"])
    with pytest.warns(LabWarning, match=r"stand at updates \[.*\] of other stacks"):
        train_stack([trials[0], trials[4]], task, "loop", both)


def test_what_is_gathered_holds_copies_of_its_trials_alone():
    states = [
        {
            "trials": [f"{name}{k}" for k in range(2)],
            "layout": "loop",
            "t": 4,
            "epoch": 1,
            "rows": [0, 1] if name == "a" else [1],
            "parameters": {"w": torch.arange(2.0 if name == "a" else 1.0)[:, None] + start},
            "buffers": {},
            "optimizer": {"momentum": {"w": torch.zeros(2 if name == "a" else 1, 1)}},
            "losses": [],
            "scores": [],
            "counts": None,
            "generator": torch.zeros(1),
            "members": [{"name": f"{name}{k}"} for k in range(2)],
        }
        for name, start in (("a", 0.0), ("b", 10.0))
    ]
    found = gather_rows(states, ["b1", "a1", "b0"])
    assert found is not None
    assert found["rows"] == [0, 1]
    assert found["parameters"]["w"].flatten().tolist() == [10.0, 1.0]
    assert [member["name"] for member in found["members"]] == ["b1", "a1", "b0"]
    assert gather_rows(states, ["a0", "c0"]) is None
    assert gather_rows([], ["a0"]) is None


def test_a_rung_that_a_full_disk_does_not_take_is_waited_for(tmp_path, monkeypatch):
    task, path = line(), tmp_path / "a.pt"
    trials = trials_of(task)
    expected = to_rung(trials, task, "grouped", tmp_path / "b.pt", "2 epochs").standings

    def full(state, file):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.warns(LabWarning, match=r"No space .*they wait until it can be"):
            assert to_rung(trials, task, "grouped", path, "2 epochs") == ([], [], False)
        gone = to_rung(trials[2:3], task, "grouped", tmp_path / "c.pt", "2 epochs")
    assert (len(gone.trained), gone.standings, gone.kept) == (1, [], True)  # which leaves nothing to keep
    assert to_rung(trials, task, "grouped", path, "2 epochs").standings == expected
