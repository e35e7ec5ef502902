"""Small tasks for tests: they train in a few milliseconds."""

import numpy as np
import torch
from torch import nn

from lrlab.objectives import Classification, MultiLabel, NextToken, PerPixel, Regression
from lrlab.spec import Metric, Optimizer, Study, Trial
from lrlab.tasks import Augment, Task

BLOBS_FILE = '''"""Three clouds of points and a linear model, for tests."""

from support.tasks import blobs as task
'''


def blobs(count: int = 120, classes: int = 3, dropout: float = 0.0) -> Task:
    """Clouds of points in the plane, one a class, and a small network."""
    rng = np.random.default_rng(3)
    labels = np.arange(count) % classes
    centres = 2 * np.stack([np.cos(2 * np.pi * labels / classes), np.sin(2 * np.pi * labels / classes)], axis=1)
    inputs = centres + rng.normal(size=(count, 2))
    return Task.from_arrays(
        model=lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, classes)),
        inputs=inputs,
        labels=labels,
    )


def line(count: int = 60, dropout: float | None = None) -> Task:
    """A straight line to be found by a linear model: labels are numbers, the loss is squared error.

    dropout: with it, of two linear layers around it; at a peak of 1000 either model diverges within a few updates.
    """

    def model() -> nn.Module:
        if dropout is None:
            return nn.Linear(3, 1)
        return nn.Sequential(nn.Linear(3, 8), nn.Dropout(dropout), nn.Linear(8, 1))

    rng = np.random.default_rng(4)
    inputs = rng.normal(size=(count, 3))
    return Task.from_arrays(
        model=model,
        inputs=inputs,
        labels=inputs @ np.array([[1.0], [-2.0], [0.5]]) + 0.1 * rng.normal(size=(count, 1)),
        loss=lambda outputs, labels: ((outputs - labels) ** 2).mean(),
        metric=Metric(name="mean absolute error", higher_is_better=False),
        score=lambda outputs, labels: (outputs - labels).abs().mean().item(),
    )


def pictures(count: int = 160) -> Task:
    """Noise in three shades of grey, augmented in every way, and a network with batch norm and dropout."""

    def model() -> nn.Module:
        layers = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3)
        return nn.Sequential(*layers, nn.Linear(256, 3))

    rng = np.random.default_rng(5)
    labels = np.arange(count) % 3
    pixels = rng.integers(0, 120, size=(count, 3, 8, 8)) + 60 * labels[:, None, None, None]
    augment = Augment(crop=2, flip=True, cutout=3)
    return Task.from_arrays(model=model, inputs=pixels.astype(np.uint8), labels=labels, augment=augment)


def trial(task: Task, **changes: object) -> Trial:
    """A short trial of a small task; any field can be changed."""
    fields = {
        "task": "blobs",
        "data": task.fingerprint,
        "optimizer": Optimizer(),
        "schedule": "cosine",
        "peak": 0.1,
        "seed": 1,
        "budget": "3 epochs",
        "batch_size": 16,
    }
    return Trial.model_validate(fields | changes)


def study(task: str, **changes: object) -> Study:
    """A study of a few short trials: two schedules, two peaks, four fresh seeds; any field can be changed."""
    fields = {
        "name": "small",
        "task": task,
        "schedules": ("constant", "cosine"),
        "budget": "2 epochs",
        "batch_size": 16,
        "tune": {"peaks": (0.03, 0.1), "seeds": 1, "extend": 1},
        "confirm": {"seeds": 4},
    }
    return Study.model_validate(fields | changes)


def same_weights(a: nn.Module, b: nn.Module) -> bool:
    """Whether two models have the same parameters, bit for bit."""
    return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def amounts(count: int = 60, **fields: object) -> Task:
    """A curve in noise, labels (N,) about 5 with the unit kg, and a small network."""
    rng = np.random.default_rng(6)
    inputs = rng.normal(size=(count, 3))
    labels = 5 + 3 * np.tanh(inputs[:, 0] - inputs[:, 1]) + 0.3 * rng.normal(size=count)
    return Task.from_arrays(
        model=lambda: nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1)),
        inputs=inputs,
        labels=labels,
        **{"objective": Regression(unit="kg")} | fields,
    )


class TokenNet(nn.Module):
    """The next of 5 tokens by the last one and a bias: (B, L) int64 to (B, L, 5)."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(5, 6), nn.Linear(6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.embed(x)))


def tokens(count: int = 60, **fields: object) -> Task:
    """Texts of 6 tokens that mostly count up; some positions, of some texts, do not count."""
    rng = np.random.default_rng(7)
    ids = np.cumsum(rng.choice(3, size=(count, 7), p=[0.2, 0.6, 0.2]), axis=1) % 5
    labels = ids[:, 1:].copy()
    labels[::4, 4:] = -100
    objective = NextToken(characters=1)
    return Task.from_arrays(model=TokenNet, inputs=ids[:, :-1], labels=labels, **{"objective": objective} | fields)


def pixels(count: int = 40, **fields: object) -> Task:
    """Squares on noise, a class for each pixel of 6 x 6, and two convolutions; the border does not count."""
    rng = np.random.default_rng(8)
    labels = np.zeros((count, 6, 6), dtype=np.int64)
    for place, (row, column) in enumerate(rng.integers(0, 4, size=(count, 2))):
        labels[place, row : row + 3, column : column + 3] = 1 + place % 2
    inputs = labels[:, None] + 0.3 * rng.normal(size=(count, 1, 6, 6))
    labels[:, 0] = -100

    def model() -> nn.Module:
        return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 1))

    return Task.from_arrays(model=model, inputs=inputs, labels=labels, **{"objective": PerPixel()} | fields)


def tags(count: int = 60, **fields: object) -> Task:
    """Three labels of their own an example, and a small network."""
    rng = np.random.default_rng(9)
    inputs = rng.normal(size=(count, 4))
    return Task.from_arrays(
        model=lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)),
        inputs=inputs,
        labels=(inputs[:, :3] + 0.5 * rng.normal(size=(count, 3)) > 0.3).astype(int),
        **{"objective": MultiLabel()} | fields,
    )


def clouds(count: int = 90, **fields: object) -> Task:
    """Three clouds of unequal size under an objective of classes."""
    rng = np.random.default_rng(10)
    labels = np.minimum(np.arange(count) % 6, 2)
    inputs = rng.normal(size=(count, 2)) + 2 * np.stack([labels == 0, labels == 1], axis=1)
    objective = Classification(class_weights="balanced", label_smoothing=0.1)
    return Task.from_arrays(
        model=lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3)),
        inputs=inputs,
        labels=labels,
        **{"objective": objective} | fields,
    )


OBJECTIVE_TASKS = {"classes": clouds, "labels": tags, "amounts": amounts, "tokens": tokens, "pixels": pixels}
