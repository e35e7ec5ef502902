"""Short trainings on live objects leave everything as it was, bit for bit, however they end."""

import copy
import functools
import itertools
import random
import subprocess
import sys
from collections import OrderedDict, deque
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset, TensorDataset, WeightedRandomSampler

import lrlab
from lrlab.engine import live_run
from lrlab.engine._live import _batches
from lrlab.engine._live._keepers import keeper_of
from lrlab.engine._live._optimizer import optimizer_at
from lrlab.errors import StudyError

RATES = (0.001, 0.1, 10.0)


class Counting(nn.Module):
    """A network with batch norm, dropout, a buffer that is replaced, and attributes that forward changes."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.drop = nn.Linear(6, 16), nn.BatchNorm1d(16), nn.Dropout(0.3)
        self.last = nn.Linear(16, 3)
        self.register_buffer("seen", torch.zeros(()), persistent=False)
        self.calls, self.history = 0, deque(maxlen=3)

    def forward(self, inputs):
        self.calls += 1
        self.history.append(self.calls)
        self.seen = self.seen + len(inputs)
        noise = random.random() + np.random.rand()  # noqa: NPY002
        return self.last(self.drop(torch.relu(self.norm(self.first(inputs))))) + 0.01 * noise


def make(optimizer="sgd", workers=0, sampler=False):
    """Model, optimizer over two groups, scheduler and loader, after an epoch of training."""
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    inputs = torch.randn(96, 6)
    data = TensorDataset(inputs, (inputs @ torch.randn(6, 3)).argmax(1))
    model = Counting()
    groups = [{"params": model.first.parameters(), "lr": 0.05}, {"params": model.last.parameters(), "lr": 0.01}]
    kinds = {
        "sgd": lambda: torch.optim.SGD(groups, momentum=0.9),
        "adamw": lambda: torch.optim.AdamW(groups, amsgrad=True),
        "tensor": lambda: torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01)),
        "lbfgs": lambda: torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=2),
    }
    made = kinds[optimizer]()
    order = torch.Generator().manual_seed(5)
    drawn = WeightedRandomSampler(torch.ones(96), 96, generator=order) if sampler else None
    loader = DataLoader(
        data,
        16,
        shuffle=None if sampler else True,
        sampler=drawn,
        generator=order,
        num_workers=workers,
        persistent_workers=bool(workers),
    )
    world = SimpleNamespace(model=model, optimizer=made, loader=loader)
    world.scheduler = torch.optim.lr_scheduler.StepLR(made, 1, 0.9)
    train(world, 1)
    return world


def train(world, epochs):
    """Losses of some epochs, and what every generator gives next."""
    losses = []
    world.model.train()
    for _ in range(epochs):
        for inputs, targets in world.loader:

            def closure(inputs=inputs, targets=targets):
                world.optimizer.zero_grad()
                loss = nn.functional.cross_entropy(world.model(inputs), targets)
                loss.backward()
                return loss

            losses.append(float(world.optimizer.step(closure).detach()))
        world.scheduler.step()
    world.model.eval()
    drawn = torch.rand(1).item(), random.random(), np.random.rand()  # noqa: NPY002
    return losses, drawn, world.loader.generator.get_state().tolist()


def everything(world):
    """All state there is, as one comparable value."""
    model, optimizer = world.model, world.optimizer
    tensors = [*model.state_dict().values(), model.seen, *(p.grad for p in model.parameters() if p.grad is not None)]
    state = [value for values in optimizer.state.values() for value in values.values()]
    numbers = [part.tolist() if torch.is_tensor(part) else repr(part) for part in [*tensors, *state]]
    return (
        numbers,
        [module.training for module in model.modules()],
        (model.calls, list(model.history)),
        [{name: repr(value) for name, value in group.items() if name != "params"} for group in optimizer.param_groups],
        (torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()),  # noqa: NPY002
        world.loader.generator.get_state().tolist(),
        world.scheduler.state_dict(),
    )


def find(world, **more):
    how = {"rates": RATES, "updates": 10, "seeds": 2} | more
    return lrlab.find(world.model, world.optimizer, world.loader, nn.CrossEntropyLoss(), **how)


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


class Helped(nn.Module):
    """A network whose state lies in a plain object, one with slots among them, and in an expanded buffer."""

    class Slotted:
        __slots__ = ("calls",)

    def __init__(self):
        super().__init__()
        self.inner, self.helper = nn.Linear(6, 3), SimpleNamespace(mean=torch.zeros(3), deep=[self.Slotted()])
        self.helper.deep[0].calls = 0
        self.register_buffer("wide", torch.zeros(1).expand(3))

    def forward(self, inputs):
        outputs = self.inner(inputs)
        self.helper.mean = 0.9 * self.helper.mean + 0.1 * outputs.detach().mean(0)
        self.helper.deep[0].calls += 1
        return outputs + self.helper.mean * self.helper.deep[0].calls + self.wide


class CountingLoss:
    def __init__(self):
        self.calls = 0

    def take(self, outputs, targets):
        self.calls += 1
        return nn.functional.cross_entropy(outputs, targets)


class CountingData(Dataset):
    """Examples with noise of its own, and a file that it reads on and on."""

    def __init__(self, place):
        self.rng, self.seen, self.file = np.random.default_rng(1), np.zeros(4), place.open("rb")
        self.change = nn.BatchNorm1d(6)

    def __len__(self):
        return 48

    def __getitem__(self, number):
        self.seen[number % 4] += 1
        noise = self.rng.random() + self.file.read(1)[0] + self.seen.sum()
        return self.change(torch.full((2, 6), float(noise)) + torch.eye(2, 6))[0].detach(), number % 3


class KeepingSGD(torch.optim.SGD):
    """Counts in an attribute, in place; takes no closure."""

    def __init__(self, parameters):
        super().__init__(parameters, 0.05)
        self.count = torch.zeros(())

    def step(self):
        self.count += 1
        return super().step()


def test_what_hangs_on_the_objects_is_restored_too(tmp_path):
    place = tmp_path / "noise"
    place.write_bytes(bytes(range(256)) * 20)

    def goes_on(tested):
        torch.manual_seed(0)
        model, loss = Helped(), CountingLoss()
        data = [CountingData(place), CountingData(place)]
        optimizer, loader = KeepingSGD(model.parameters()), DataLoader(ConcatDataset(data), 16, shuffle=True)
        if tested:
            lrlab.find(model, optimizer, loader, functools.partial(loss.take), rates=RATES, updates=10, seeds=2)
        losses = []
        for inputs, targets in loader:
            optimizer.zero_grad()
            losses.append(loss.take(model(inputs), targets))
            losses[-1].backward()
            optimizer.step()
        seen = [(one.seen.tolist(), one.file.tell(), one.change.running_mean.tolist()) for one in data]
        for one in data:
            one.file.close()
        return (
            [float(one.detach()) for one in losses],
            seen,
            loss.calls,
            optimizer.count.item(),
            model.helper.deep[0].calls,
        )

    assert goes_on(True) == goes_on(False)


def test_seeds_differ_though_a_loader_gives_the_same_batches_again():
    torch.manual_seed(0)
    model, batches = nn.Linear(6, 3), [(torch.randn(8, 6), torch.randint(0, 3, (8,))) for _ in range(5)]
    found = lrlab.find(model, torch.optim.SGD(model.parameters(), 0.1), batches, nn.CrossEntropyLoss(), updates=10)
    assert all(len(set(losses)) == 3 for losses in found.test.losses if None not in losses)


def test_a_loader_that_writes_over_its_last_batch():
    torch.manual_seed(0)
    model, batches = nn.Linear(6, 3), [(torch.randn(8, 6), torch.randint(0, 3, (8,))) for _ in range(6)]

    class Reusing:
        def __iter__(self):
            held = torch.empty(8, 6)
            for inputs, targets in batches:
                yield held.copy_(inputs), targets

    found = [
        lrlab.find(model, torch.optim.SGD(model.parameters(), 0.1), loader, nn.CrossEntropyLoss(), updates=10).test
        for loader in (batches, Reusing())
    ]
    assert found[0] == found[1]


def test_gradients_are_computed_wherever_it_is_called():
    expected = find(make()).test
    for surrounding in (torch.no_grad, torch.inference_mode):
        world = make()
        with surrounding():
            assert find(world).test == expected


def test_batches_that_do_not_fit_on_the_disk_say_so(monkeypatch):
    monkeypatch.setattr(_batches, "IN_MEMORY", 1000)
    monkeypatch.setattr(_batches.shutil, "disk_usage", lambda _: SimpleNamespace(free=500))
    with pytest.raises(StudyError, match="give fewer updates"):
        find(make())


class Holding(IterableDataset):
    def __init__(self, held):
        self.held = held

    def __iter__(self):
        yield from [(torch.zeros(6), 0)] * 8


def test_a_file_in_the_midst_of_its_lines_is_refused():
    world = make()
    with Path(__file__).open(encoding="utf-8") as file:
        next(file)
        world.loader = DataLoader(Holding(file), 4)
        with pytest.raises(StudyError, match="open it in __iter__"):
            find(world)


def counting(world):
    world.model.numbers = itertools.count()
    return world.model


def frozen(world):
    world.model.requires_grad_(False)
    return world.optimizer


class Stream(IterableDataset):
    def __init__(self):
        self.left = 5

    def __iter__(self):
        return self

    def __next__(self):
        return torch.zeros(6), 0


def holding(world):
    world.optimizer.inner = torch.optim.SGD(world.model.parameters(), 0.1)
    return world.optimizer


def zero_first(world):
    for group, rate in zip(world.optimizer.param_groups, (0.0, 0.1), strict=True):
        group["lr"] = group["initial_lr"] = rate
    return world.optimizer


def hooked(world):
    world.model.last.bias.register_post_accumulate_grad_hook(lambda _: None)
    return world.optimizer


def without_rate(world):
    del world.optimizer.param_groups[0]["lr"]
    return world.optimizer


@pytest.mark.parametrize(
    ("change", "way_out"),
    [
        (lambda w: {"loader": iter(w.loader)}, "give the DataLoader itself"),
        (lambda w: {"loader": DataLoader(Stream(), 4)}, "list of batches"),
        (
            lambda w: {"loader": DataLoader(Holding(iter(range(9))), 4)},
            "Holding.held is a range_iterator.*list of batches",
        ),
        (lambda w: {"model": counting(w)}, "count in a number"),
        (lambda w: {"optimizer": torch.optim.SGD(nn.Linear(2, 2).parameters(), 0.1)}, "after the model"),
        (lambda w: {"optimizer": frozen(w)}, "requires_grad_"),
        (lambda w: {"loss": lambda out, _: out.mean().item()}, "before .item"),
        (lambda w: {"loss": lambda out, _: out.mean().detach()}, "without detach"),
        (lambda w: {"loader": 3}, "give a DataLoader or a list"),
        (lambda w: {"loader": []}, "give one that has data"),
        (lambda w: {"loader": [torch.zeros(4, 6)]}, "batch_loss=lambda"),
        (lambda w: {"model": print}, "or a task's name"),
        (lambda w: {"model": nn.ReLU()}, "give a model that has"),
        (lambda w: {"model": nn.LazyLinear(2)}, "run one batch through it"),
        (lambda w: {"optimizer": w.scheduler}, "find\\(model, optimizer, loader, loss\\)"),
        (lambda w: {"optimizer": holding(w)}, "give find that one"),
        (lambda w: {"optimizer": zero_first(w)}, "give the first group a rate"),
        (lambda w: {"optimizer": hooked(w)}, "remove the hook"),
        (lambda w: {"optimizer": without_rate(w)}, "give each group one"),
        (lambda w: {"loss": None}, "nn.CrossEntropyLoss"),
        (lambda w: {"loss": 3}, "give nn.CrossEntropyLoss"),
        (lambda w: {"loss": nn.CrossEntropyLoss(reduction="none")}, "take its mean"),
        (lambda w: {"loss": lambda out, _: out.mean() * float("nan")}, "mend the data"),
        (lambda w: {"batch_loss": lambda model, batch: model(batch[0]).mean()}, "give one: loss"),
        (lambda w: {"loss": None, "loader": [{"inputs": torch.zeros(4, 6)}]}, "give loss, or batch_loss"),
    ],
)
def test_what_cannot_be_trained_says_the_way_out(change, way_out):
    world = make()
    what = {"model": world.model, "optimizer": world.optimizer, "loader": world.loader, "loss": nn.CrossEntropyLoss()}
    what |= change(world)
    batch_loss = what.pop("batch_loss", None)
    with pytest.raises(StudyError, match=way_out):
        lrlab.find(*what.values(), batch_loss=batch_loss, rates=RATES, updates=10, seeds=2)
