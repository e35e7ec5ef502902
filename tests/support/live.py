"""A model, its optimizer and its data as a user holds them, and all of their state."""

import random
from collections import deque
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

import lrlab

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
