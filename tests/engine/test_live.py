"""Short trainings on live objects leave everything as it was, bit for bit, however they end."""

import copy
import random
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

import lrlab
from lrlab.engine import live_run
from lrlab.engine._live import _batches
from lrlab.engine._live._keepers import keeper_of
from lrlab.engine._live._optimizer import optimizer_at
from support.live import RATES, everything, find, make, train


@pytest.mark.parametrize("how", [{}, {"optimizer": "adamw"}, {"optimizer": "tensor"}, {"sampler": True}])
def test_training_goes_on_bit_for_bit_as_without_a_range_test(how):
    expected = train(make(**how), 2)
    world = make(**how)
    before = everything(world)
    parameters = [id(parameter) for parameter in world.model.parameters()]
    buffer = world.model.seen
    tested = find(world)
    assert everything(world) == before
    assert [id(parameter) for parameter in world.model.parameters()] == parameters
    assert world.model.seen is buffer
    assert train(world, 2) == expected
    assert len(tested.test.losses) >= len(RATES)


def test_loading_the_door_draws_no_random_number():
    program = "import random; before = random.getstate(); import lrlab; lrlab.find; assert random.getstate() == before"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.slow
def test_workers_that_stay_are_taken_up_again():
    expected = train(make(workers=1), 2)
    world = make(workers=1)
    kept = world.loader._iterator
    find(world)
    assert world.loader._iterator is kept
    assert train(world, 2) == expected


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("after", [1, 7, 25])
def test_an_interruption_restores_all(error, after):
    world = make()
    before, count = everything(world), [0]

    def loss(outputs, targets):
        count[0] += 1
        if count[0] > after:
            raise error
        return nn.functional.cross_entropy(outputs, targets)

    with pytest.raises(error):
        lrlab.find(world.model, world.optimizer, world.loader, loss, rates=RATES, updates=10, seeds=2)
    assert everything(world) == before


def test_a_loader_that_raises_restores_all():
    world = make()
    before = everything(world)

    class Torn:
        inner = None

        def __iter__(self):
            yield from list(self.inner)[:2]
            raise OSError("torn")

    torn = Torn()
    torn.inner = world.loader

    with pytest.raises(OSError, match="torn"):
        lrlab.find(world.model, world.optimizer, torn, nn.CrossEntropyLoss(), rates=RATES, updates=10)
    assert everything(world) == before


def test_a_plain_loop_from_the_same_start_has_the_same_losses():
    world = make()
    batches = list(world.loader) * 2
    with live_run(world.model, world.optimizer, batches, nn.CrossEntropyLoss(), None, 10, 1) as run:
        found = run.losses_at(0.02)
    twin = make()
    batches = list(twin.loader) * 2
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    twin.model.train()
    for group, rate in zip(twin.optimizer.param_groups, (0.02, 0.004), strict=True):
        group["lr"] = rate
    losses = []
    for inputs, targets in batches[:10]:
        loss = nn.functional.cross_entropy(twin.model(inputs), targets)
        twin.optimizer.zero_grad()
        loss.backward()
        twin.optimizer.step()
        losses.append(loss.item())
    assert found == [sum(losses[-2:]) / 2]


def test_groups_keep_their_ratio_and_a_tensor_stays_one():
    world = make()
    world.optimizer.param_groups[1]["initial_lr"] = 0.025
    copied = optimizer_at(world.optimizer, 0.2)
    assert [group["lr"] for group in copied.param_groups] == pytest.approx([0.2, 0.1])
    assert [group["lr"] for group in world.optimizer.param_groups] == pytest.approx([0.045, 0.009])
    tensor = optimizer_at(make("tensor").optimizer, 0.5).param_groups[0]["lr"]
    assert torch.is_tensor(tensor)
    assert tensor.item() == 0.5


def test_schedulers_of_lrlab_and_hooks_see_no_step():
    world, steps = make(), []
    scheduler = lrlab.Scheduler(world.optimizer, "cosine", updates=100, peak=0.1)
    world.optimizer.register_step_post_hook(lambda *_: steps.append(1))
    before = scheduler.state_dict()
    find(world)
    assert steps == []
    assert scheduler.state_dict() == before


def test_an_optimizer_that_needs_a_closure():
    assert find(make("lbfgs")).test.optimizer == "LBFGS"


def test_batches_of_other_shapes():
    torch.manual_seed(0)
    left, right = torch.randn(64, 4), torch.randn(64, 4)
    targets = (left * right).sum(1, keepdim=True)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))

        def forward(self, left, right, labels=None):
            outputs = self.inner(torch.cat([left, right], 1))
            return outputs if labels is None else {"loss": nn.functional.mse_loss(outputs, labels)}

    model = Two()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    several = [(left[i : i + 16], right[i : i + 16], targets[i : i + 16]) for i in range(0, 64, 16)]
    named = [OrderedDict(left=a, right=b, labels=c) for a, b, c in several]
    how = {"rates": (0.001, 0.03, 1.0), "updates": 12, "seeds": 2}
    tests = [
        lrlab.find(model, optimizer, several, nn.MSELoss(), **how),
        lrlab.find(model, optimizer, named, **how),
        lrlab.find(
            model,
            optimizer,
            named,
            batch_loss=lambda model, batch: nn.functional.mse_loss(
                model(batch["left"], batch["right"]), batch["labels"]
            ),
            **how,
        ),
    ]
    assert tests[0].test.losses == tests[1].test.losses == tests[2].test.losses


def test_what_a_model_does_to_a_batch_in_place_is_not_seen_again():
    batches = [(torch.ones(4, 6), torch.zeros(4, dtype=torch.long))]
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 3))

    def loss(model, batch):
        batch[0].mul_(2)
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    lrlab.find(model, torch.optim.SGD(model.parameters(), 0.1), batches, batch_loss=loss, rates=RATES, updates=10)
    assert torch.equal(batches[0][0], torch.ones(4, 6))


def test_batches_beyond_memory_lie_on_disk_and_change_nothing(monkeypatch):
    plain = find(make()).test
    monkeypatch.setattr(_batches, "IN_MEMORY", 1000)
    assert find(make()).test == plain


def test_containers_and_generators_are_kept_by_content():
    inner = {"list": [1, 2], "array": np.zeros(2), "rng": np.random.default_rng(1), "tensor": torch.zeros(2)}
    value = {"inner": inner, "set": {1}, "tuple": ([3],), "legacy": np.random.RandomState(2), "py": random.Random(3)}
    keeper, twin = keeper_of(value), copy.deepcopy(value)
    inner["list"].append(5)
    inner["array"] += 1
    inner["tensor"] += 1
    value["set"].clear()
    value["tuple"][0].append(1)
    value["new"] = 1
    inner["rng"].random(), value["legacy"].rand(), value["py"].random()
    assert keeper() is value
    assert value["inner"] is inner
    assert "new" not in value
    assert (inner["list"], value["set"], value["tuple"]) == ([1, 2], {1}, ([3],))
    assert inner["array"].tolist() == inner["tensor"].tolist() == [0, 0]
    assert inner["rng"].random() == twin["inner"]["rng"].random()
    assert (value["legacy"].rand(), value["py"].random()) == (twin["legacy"].rand(), twin["py"].random())
