"""What hangs on live objects is restored too, and what cannot be is refused."""

import functools
import itertools
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, IterableDataset

import lrlab
from lrlab.engine._live import _batches
from lrlab.errors import StudyError
from support.live import RATES, find, make


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
