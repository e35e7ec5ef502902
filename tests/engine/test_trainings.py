"""Trials that differ in their average alone are trained once; each leaves the bits that it leaves apart."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import BACKENDS, Patience, _replay, is_available, train_stack
from lrlab.engine._averages import StackAverages
from lrlab.engine._checkpoint import read_state
from lrlab.engine._stack import Stack
from lrlab.engine._steps import run_to_end
from lrlab.engine._train_stack import stack_steps
from lrlab.engine._trainings import Look, Trainings
from support.stops import STRIKES, in_pieces, stop_after
from support.tasks import blobs, pictures, trial

HERE = [layout for layout in BACKENDS if is_available(layout)]
ALONE = [layout for layout in HERE if layout in ("loop", "channels_last", "lanes")]  # no sum runs over several trials
AVERAGES = (None, "ema(decay=0.7)", "swa(start=60%, every=2 updates)", "lawa(every=3 updates, last=3)")
PLANS = (("constant", 0.1, 1), ("constant", 0.1, 2), ("cosine", 0.05, 1))


def trials_of(task, plans=PLANS, **fields):
    """Of each training a trial for each average."""
    made = {"budget": "4 epochs"} | fields
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, average=average, **made)
        for plan, peak, seed in plans
        for average in AVERAGES
    ]


def content(trained):
    """All that a trial leaves but the time it took and the stack that it was in."""
    where = trained.record.provenance.model_copy(update={"stack": 1, "left_at": None, "shared_with": 0})
    same = {"train_seconds": 0.0, "evaluate_seconds": 0.0, "provenance": where}
    return trained.record.model_copy(update=same).to_json()


def assert_same(one, other):
    assert content(one) == content(other)
    assert one.arrays.keys() == other.arrays.keys()
    assert all(np.array_equal(one.arrays[name], array) for name, array in other.arrays.items())
    assert all(torch.equal(one.weights[name], tensor) for name, tensor in other.weights.items())


def apart(trials, task, layout, **options):
    """The same trials, in a stack of their own for each average; in the order of `trials`."""
    ended = {}
    for average in AVERAGES:
        own = [each for each in trials if str(each.average or "") == str(trial(task, average=average).average or "")]
        ended |= {each.record.trial.key: each for each in train_stack(own, task, layout, **options)}
    return [ended[each.key] for each in trials]


@pytest.mark.parametrize("layout", HERE)
@pytest.mark.parametrize("make", [lambda: blobs(dropout=0.3), pictures])
def test_each_leaves_the_bits_of_a_stack_without_the_others(layout, make):
    """Batch norm, dropout and augmentation; every layout, for both stacks are as large."""
    task = make()
    trials = trials_of(task)
    together = train_stack(trials, task, layout)
    assert {each.record.provenance.stack for each in together} == {len(PLANS)}
    assert {each.record.provenance.shared_with for each in together} == {len(AVERAGES) - 1}
    for own, other in zip(together, apart(trials, task, layout), strict=True):
        assert_same(own, other)


@pytest.mark.parametrize("layout", HERE)
def test_what_is_watched_and_kept_on_the_way_is_each_trials_own(layout):
    task = blobs()
    trials = trials_of(task, watch="test", snapshots=(1, 3), evaluate_every=2)
    together = train_stack(trials, task, layout)
    for own, other in zip(together, apart(trials, task, layout), strict=True):
        assert_same(own, other)
    plain, averaged = (each.arrays["snapshot-3"] for each in together[:2])
    assert not np.array_equal(plain, averaged)


@pytest.mark.parametrize("layout", HERE)
def test_one_that_is_stopped_at_any_update_goes_on_to_the_bit(layout, tmp_path, monkeypatch):
    """One training diverges on the way, with all of its trials."""
    task = blobs()
    trials = trials_of(task, (*PLANS, ("constant", 1e3, 1)), watch="test", budget="6 epochs")
    whole, patience = train_stack(trials, task, layout), Patience(tmp_path / "stack.pt", until=STRIKES)
    assert [each.record.diverged for each in whole] == [False] * 12 + [True] * 4
    assert len({each.record.diverged_at for each in whole[12:]}) == 1
    ended, stops = in_pieces(lambda: train_stack(trials, task, layout, patience), monkeypatch, updates=5)
    assert stops > 3
    for own, other in zip(ended, whole, strict=True):
        assert_same(own, other)


def test_a_checkpoint_has_every_trial_in_full(tmp_path, monkeypatch):
    task = blobs()
    trials, path = trials_of(task), tmp_path / "stack.pt"
    stop_after(monkeypatch, 5)
    assert train_stack(trials, task, "loop", Patience(path, until=STRIKES)) is None
    with path.open("rb") as file:
        state = read_state(file)
    assert {len(tensor) for tensor in state["parameters"].values()} == {len(trials)}
    assert {len(losses) for losses in state["losses"]} == {len(trials)}


@pytest.mark.parametrize("layout", ALONE)
def test_survivors_of_a_rung_go_on_without_those_they_shared_with(layout, tmp_path):
    """From two stacks, into one in which other trials share, and some none: lead or not."""
    task = pictures()
    trials = trials_of(task)
    whole = train_stack(trials, task, layout)
    paths = [tmp_path / "a.pt", tmp_path / "b.pt"]
    for path, part in zip(paths, (trials[:6], trials[6:]), strict=True):
        end = run_to_end(stack_steps(part, task, layout, Patience(path, rung="2 epochs")))
        assert [standing.trial for standing in end.standings] == [each.key for each in part]
        for standing in end.standings:
            (same,) = (each.record for each in whole if each.record.trial.key == standing.trial)
            assert standing.epochs == same.epochs[:2]
    chosen = (1, 2, 5, 6, 11)
    ended = train_stack(
        [trials[place] for place in chosen], task, layout, Patience(tmp_path / "c.pt", begin_from=paths)
    )
    for own, place in zip(ended, chosen, strict=True):
        assert_same(own, whole[place])


@pytest.mark.parametrize("row", [1, 3])
def test_one_whose_average_leaves_the_finite_numbers_leaves_alone(row, tmp_path, monkeypatch):
    """Its training goes on for the others; it is scored as any that diverged, stopped in between or not."""
    task = blobs()
    trials = trials_of(task, PLANS[:1])
    quiet, path = train_stack(trials, task, "loop"), tmp_path / "stack.pt"
    average_of = StackAverages._average_of

    def broken(averages, place):
        own = average_of(averages, place)
        return {name: tensor + torch.nan for name, tensor in own.items()} if place == row else own

    monkeypatch.setattr(StackAverages, "_average_of", broken)
    loud = train_stack(trials, task, "loop")
    per_epoch = loud[0].record.updates_per_epoch
    assert [each.record.diverged for each in loud] == [place == row for place in range(len(trials))]
    assert loud[row].record.diverged_at == loud[row].record.provenance.left_at == per_epoch
    for place in set(range(len(trials))) - {row}:
        assert_same(loud[place], quiet[place])
    with monkeypatch.context() as patch:
        stop_after(patch, 2 * per_epoch)
        assert train_stack(trials, task, "loop", Patience(path, until=STRIKES)) is None
    for own, other in zip(train_stack(trials, task, "loop", Patience(path)), loud, strict=True):
        assert_same(own, other)


def test_the_first_of_a_training_may_leave_it(monkeypatch):
    """Then another of its trials stands for it, and no column changes its place."""
    task = blobs()
    plans = (("constant", 0.1, 1), ("cosine", 0.05, 2))
    trials = [
        each
        for average in AVERAGES
        for each in trials_of(task, plans)
        if str(each.average or None) == str(trial(task, average=average).average)
    ]
    quiet = train_stack(trials, task, "grouped")
    end_epoch = Stack._end_epoch

    def leave(stack):
        epochs = end_epoch(stack)
        if stack.epoch == 2:
            stack._keep_rows(stack.rows[1:])
        return epochs

    monkeypatch.setattr(Stack, "_end_epoch", leave)
    stack = Stack(trials, task, "grouped")
    while not stack.finished:
        stack.advance()
    assert (stack.rows, stack.leads) == (list(range(1, len(trials))), [2, 1])
    assert [stack.members[row].epochs == list(quiet[row].record.epochs) for row in stack.rows] == [True] * 7


def test_trials_under_a_rule_are_not_shared():
    """A rule sees the loss of its own trial's average."""
    task = blobs()
    rule = trials_of(task, (("plateau(patience=0, threshold=0.05)+constant", 0.1, 1),))
    assert Trainings(rule).numbers == [0, 1, 2, 3]
    assert Trainings(trials_of(task)).numbers == [0] * 4 + [1] * 4 + [2] * 4


def test_a_trial_asked_for_twice_is_trained_twice():
    first, second, *_ = trials_of(blobs())
    assert Trainings([first, first, second]).numbers == [0, 1, 0]
    assert Trainings([first, second], share=False).numbers == [0, 1]


def test_trials_that_are_not_averaged_yet_are_looked_at_once():
    trials = trials_of(blobs())
    trainings, rows = Trainings(trials), [0, 1, 2, 5, 6, 9]
    begun = {1, 5, 9}
    assert trainings.looks(rows, begun.__contains__) == [
        Look(shown=[0, 6, 9], rows=[[0, 2], [6], [9]]),
        Look(shown=[1, 5, 9], rows=[[1], [5], []]),
    ]
    assert trainings.looks([], begun.__contains__) == []
    assert (trainings.leads(rows), trainings.columns(rows)) == ([0, 5, 9], [0, 0, 0, 1, 1, 2])


def test_the_seconds_of_a_training_are_shared_by_its_trials():
    """Together the records count what was trained, once."""
    task = blobs()
    trials = [*trials_of(task, PLANS[:1]), trial(task, schedule="cosine", budget="4 epochs")]
    records = [each.record for each in train_stack(trials, task, "loop")]
    sharing, alone = [record.train_seconds for record in records[:4]], records[4].train_seconds
    assert sum(sharing) == pytest.approx(alone)
    assert len({round(seconds, 12) for seconds in sharing}) == 1
    assert [record.provenance.shared_with for record in records] == [3, 3, 3, 3, 0]
    assert "shared_with" not in records[4].to_json()
    assert "shared_with" in records[0].to_json()
    assert type(records[0]).from_json(records[0].to_json()) == records[0]


def test_members_keep_their_own_epochs():
    task = blobs()
    stack = Stack(trials_of(task, PLANS[:1]), task, "loop")
    while not stack.finished:
        stack.advance()
    firsts = [member.epochs[0] for member in stack.members]
    assert len({epoch.train_loss for epoch in firsts}) == 1
    assert len({epoch.validation_loss for epoch in firsts}) > 1


def test_a_model_that_draws_numbers_of_its_own_draws_them_as_it_does_alone():
    """In evaluation too: every look begins where the first one does."""

    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3)

        def forward(self, x):
            return self.layer(x + 0.1 * torch.randn(x.shape).to(x))

    task = blobs().with_model(Noisy)
    trials = trials_of(task, PLANS[:1])
    for own, asked in zip(train_stack(trials, task, "loop"), trials, strict=True):
        assert_same(own, train_stack([asked], task, "loop")[0])


def test_recorded_updates_are_those_of_trainings(monkeypatch):
    class Again:
        def __init__(self, device):
            self.device = device

        def aside(self, update):
            update()

        def record(self, update):
            return update

    monkeypatch.setitem(_replay.RECORDERS, "cpu", Again)
    task = blobs(dropout=0.3)
    trials = trials_of(task, (("constant", 0.1, 2), ("constant", 1e3, 1), ("cosine", 0.05, 1)), budget="6 epochs")
    plain = train_stack(trials, task, "grouped")
    assert any(each.record.diverged for each in plain)
    for own, other in zip(train_stack(trials, task, "grouped", graph=True), plain, strict=True):
        assert_same(own, other)
