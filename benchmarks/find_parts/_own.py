"""A user's MLP, ConvNet and small transformer in plain torch: full grids by a plain loop, tests by `lrlab.find`."""

import math
import pydoc_data.topics
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import lrlab
from lrlab.lab import usual_rates
from lrlab.spec import RangeTest
from lrlab.tasks import get, resolve

from ._rivals import sweep_rates as swept

LETTERS = 16  # of a line of text


class Encoder(nn.Module):
    """A block of a causal transformer that guesses the next letter."""

    def __init__(self, kinds: int, width: int = 16) -> None:
        super().__init__()
        self.letters, self.places = nn.Embedding(kinds, width), nn.Embedding(LETTERS, width)
        layer = nn.TransformerEncoderLayer(width, 2, 4 * width, dropout=0.1, batch_first=True, norm_first=True)
        self.blocks, self.head = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False), nn.Linear(width, kinds)

    def forward(self, text: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(text.shape[1])
        inside = self.letters(text) + self.places(torch.arange(text.shape[1]))
        return self.head(self.blocks(inside, mask=mask, is_causal=True)).transpose(1, 2)


def _images(name: str, train: int) -> tuple[TensorDataset, TensorDataset]:
    task = get(resolve(name).where)
    sets = []
    for split, count in ((task.train, train), (task.validation, 1000)):
        inputs = task.prepare(split.inputs[:count], generator=torch.Generator().manual_seed(0))
        sets.append(TensorDataset(inputs, split.labels[:count]))
    return sets[0], sets[1]


def _text() -> tuple[TensorDataset, TensorDataset]:
    raw = "".join(pydoc_data.topics.topics.values())[:100_000]
    kinds = {letter: number for number, letter in enumerate(sorted(set(raw)))}
    codes = torch.tensor([kinds[letter] for letter in raw])
    lines = codes[: len(codes) // (LETTERS + 1) * (LETTERS + 1)].view(-1, LETTERS + 1)
    lines = lines[torch.randperm(len(lines), generator=torch.Generator().manual_seed(0))]
    return TensorDataset(lines[300:, :-1], lines[300:, 1:]), TensorDataset(lines[:300, :-1], lines[:300, 1:])


def _mlp() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
    )


def _convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16),
        nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


class OwnCase(NamedTuple):
    """A model of the user's own. optimizer: its name, as our usual rates have it. batch: examples of one."""

    name: str
    model: Callable[[], nn.Module]
    data: Callable[[], tuple[TensorDataset, TensorDataset]]
    optimizer: str
    length: int
    batch: int
    plans: tuple[str, ...] = ("constant", "again")

    def rates(self) -> tuple[float, ...]:
        return usual_rates(self.optimizer)

    def build(self, data: TensorDataset, seed: int, rate: float = 0.1) -> tuple[nn.Module, Any, DataLoader]:
        torch.manual_seed(seed)
        model = self.model()
        made = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
        optimizer = made if self.optimizer == "sgd" else torch.optim.AdamW(model.parameters(), rate)
        order = torch.Generator().manual_seed(seed)
        return model, optimizer, DataLoader(data, self.batch, shuffle=True, drop_last=True, generator=order)

    def train(self, data: TensorDataset, seed: int, rates: list[float]) -> tuple[nn.Module, list[float]]:
        """The model after one update at each of the rates, and the losses; stopped where they are not finite."""
        model, optimizer, loader = self.build(data, seed)
        model.train()
        losses: list[float] = []
        while len(losses) < len(rates):
            for inputs, targets in loader:
                optimizer.param_groups[0]["lr"] = rates[len(losses)]
                loss = nn.functional.cross_entropy(model(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                if len(losses) == len(rates) or not math.isfinite(losses[-1]):
                    break
            if not math.isfinite(losses[-1]):
                break
        return model, losses

    def grid(self, plan: str) -> list[tuple[float, float, float]]:
        """(rate, minus the mean validation loss, that loss) over five seeds, in full; "again": five others."""
        train, held = self.data()
        falling = [0.5 + 0.5 * math.cos(math.pi * t / self.length) for t in range(self.length)]
        shape = falling if plan == "cosine" else [1.0] * self.length
        seeds = range(5, 10) if plan == "again" else range(5)
        rows = []
        for rate in self.rates():
            found = [
                self._held_loss(self.train(train, seed, [rate * part for part in shape])[0], held) for seed in seeds
            ]
            rows.append((rate, -sum(found) / 5, sum(found) / 5))
        return rows

    def _held_loss(self, model: nn.Module, held: TensorDataset) -> float:
        model.eval()
        with torch.no_grad():
            inputs, targets = held.tensors
            loss = nn.functional.cross_entropy(model(inputs), targets).item()
        return loss if math.isfinite(loss) else 1e9

    def range_test(self, repetition: int) -> RangeTest:
        model, optimizer, loader = self.build(self.data()[0], 1000 + repetition)
        return lrlab.find(model, optimizer, loader, nn.functional.cross_entropy, length=self.length).test

    def sweep(self, repetition: int) -> list[float]:
        _, losses = self.train(self.data()[0], 1000 + repetition, swept())
        return losses + [math.nan] * (len(swept()) - len(losses))


OWN = (
    OwnCase("own MLP, sgd", _mlp, lambda: _images("digits/mlp", 1000), "sgd", 400, 32, ("constant", "cosine", "again")),
    OwnCase("own ConvNet, adamw", _convnet, lambda: _images("digits/convnet", 1000), "adamw", 240, 32),
    OwnCase("own transformer, adamw", lambda: Encoder(100), _text, "adamw", 160, 16),
)
