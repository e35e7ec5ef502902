"""Weights that a trial's loss does not use, always or at times: torch's optimizers leave them as they are."""

import inspect

import numpy as np
import pytest
import torch
from torch import nn

from lrlab import lab
from lrlab.engine import LAYOUTS, has_lanes, train, train_stack
from lrlab.engine._checkpoint import restore, save
from lrlab.engine._gather import gather_rows
from lrlab.engine._idle import COUNTLESS, UNUSED
from lrlab.engine._stack import Stack
from lrlab.errors import Unstackable
from lrlab.lab._stacking import run_missing
from lrlab.spec import OPTIMIZERS, Setup
from lrlab.store import Store
from support.executors import Altering
from support.tasks import blobs, trial
from support.watching import Watching


class Spare(nn.Module):
    """Has a layer and a number that nothing uses."""

    def __init__(self):
        super().__init__()
        self.layer, self.spare, self.number = nn.Linear(2, 3), nn.Linear(2, 3), nn.Parameter(torch.ones(()))

    def forward(self, inputs):
        return self.layer(inputs)


class Experts(nn.Module):
    """One of two experts may have no example in a batch, and is not asked then."""

    def __init__(self, limit=3.9):
        super().__init__()
        self.usual, self.rare, self.limit = nn.Linear(2, 3), nn.Linear(2, 3), limit

    def forward(self, inputs):
        far = inputs.norm(dim=1) > self.limit
        outputs = self.usual(inputs)
        return torch.where(far[:, None], self.rare(inputs), outputs) if far.any() else outputs


class Late(nn.Module):
    """Uses a second layer from its sixth update on."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 3), nn.Linear(2, 3)
        self.register_buffer("updates", torch.zeros(()))

    def forward(self, inputs):
        if self.training:
            self.updates += 1
        return self.first(inputs) + self.second(inputs) if self.updates > 5 else self.first(inputs)


def task_of(model):
    return blobs(classes=3).with_model(model)


def trials_of(task, name, count=2, **fields):
    peaks, fields = OPTIMIZERS[name].peaks, {"precision": "float64"} | fields
    pairs = ((1, peaks[0]), (1, peaks[1]), (2, peaks[1]))[:count]
    return [
        trial(task, seed=seed, peak=peak, optimizer={"name": name, "weight_decay": 0.1}, **fields)
        for seed, peak in pairs
    ]


def close_to_plain(found, trials, task):
    for one, asked in zip(found, trials, strict=True):
        for name, tensor in train(asked, task).weights.items():
            torch.testing.assert_close(one.weights[name], tensor, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_never_used_stays_as_it_was_under_every_optimizer(name):
    task = task_of(Spare)
    trials = trials_of(task, name, budget="10 updates")
    found = train_stack(trials, task, "loop")
    close_to_plain(found, trials, task)
    assert torch.equal(found[0].weights["number"], torch.ones((), dtype=torch.float64))


@pytest.mark.parametrize("layout", [*LAYOUTS, *["lanes"] * has_lanes()])
def test_what_is_never_used_stays_as_it_was_in_every_layout(layout):
    task = task_of(Spare)
    trials = trials_of(task, "adamw", 3, budget="10 updates")
    close_to_plain(train_stack(trials, task, layout), trials, task)


@pytest.mark.parametrize("name", COUNTLESS)
def test_an_expert_that_is_not_asked_waits(name):
    task = task_of(Experts)
    trials = trials_of(task, name, 3)
    used = [bool((batch.norm(dim=1) > 3.9).any()) for batch in task.train.inputs.split(16)]
    assert 0 < sum(used) < len(used)  # asked in some batches and not in others
    close_to_plain(train_stack(trials, task, "loop"), trials, task)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - set(COUNTLESS)))
def test_where_the_optimizer_counts_updates_such_a_model_is_refused(name):
    task = task_of(Late)
    with pytest.raises(Unstackable, match=rf"second\.weight is trained in some .* {name} counts .*--engine reference"):
        train_stack(trials_of(task, name), task, "loop")


@pytest.mark.parametrize("layout", ["loop", "channels_last"])
def test_a_checkpoint_knows_what_was_never_used(tmp_path, layout):
    task = task_of(Late)

    def stopped(name):
        trials = trials_of(task, name)
        stack, again = Stack(trials, task, layout), Stack(trials, task, layout)
        for _ in range(3):
            stack.update()
        save(stack, tmp_path / name)
        assert restore(again, tmp_path / name)
        return again

    counting = stopped("adamw")
    for _ in range(2):
        counting.update()
    with pytest.raises(Unstackable, match="counts the updates of each"):
        counting.update()
    other, whole = stopped("sgd"), Stack(trials_of(task, "sgd"), task, layout)
    for _ in range(4):
        other.update()
    for _ in range(7):
        whole.update()
    for name, tensor in whole.backend.tensors().items():
        assert torch.equal(other.backend.tensors()[name], tensor)


def test_trials_of_other_stacks_bring_what_they_never_used():
    task = task_of(Spare)
    both = trials_of(task, "adamw")
    states = []
    for one in both:
        stack = Stack([one], task, "loop")
        stack.update()
        states.append(stack.snapshot())
    assert states[0]["optimizer"][UNUSED]["spare.weight"].tolist() == [True]
    del states[1]["optimizer"][UNUSED]
    gathered = gather_rows(states, [one.key for one in both])
    assert gathered["optimizer"][UNUSED]["spare.weight"].tolist() == [True, False]
    together = Stack(both, task, "loop")
    assert together.can_restore(gathered)


def test_a_study_trains_such_a_model_with_the_plain_loop(tmp_path):
    """The late layer shows itself in the middle of a training, in the stack and in the trial alone."""
    source = "import torch\nfrom torch import nn\nfrom support.tasks import blobs\n" + inspect.getsource(Late)
    (tmp_path / "late.py").write_text(f"{source}\ndef task():\n    return blobs(classes=3).with_model(Late)\n")
    place = lab.open_task(f"{tmp_path / 'late.py'}:task")
    task = task_of(Late)
    asked = [
        one.model_copy(update={"task": place.name, "data": place.data})
        for one in trials_of(task, "adamw", budget="9 updates")
    ]
    with Store(tmp_path / "late.db", write=True) as store:
        crew = lab.Crew(Altering(), Setup(layout="loop", size=2), place.where)
        records = run_missing(asked, store, crew, Watching(may_fail=True))
    assert [records[one.key].provenance.engine for one in asked] == ["reference"] * 2
    assert all(np.isfinite(records[one.key].test.loss) for one in asked)
