"""Tasks of choose.py that lrlab does not have: few examples, wrong labels, fine-tuning, text."""

import pydoc_data.topics
from collections.abc import Callable
from functools import cache, partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor, nn

from lrlab import Task

CONTEXT = 10  # characters from which the next one is told
ALPHABET = " abcdefghijklmnopqrstuvwxyz.,()"


def body() -> nn.Sequential:
    """What images become features in."""
    first, second = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())


def network() -> nn.Module:
    return nn.Sequential(body(), nn.Linear(64, 10))


def shuffled_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """All 1,797 of them, inputs (N, 1, 8, 8) in [0, 1]."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    return (images[order].reshape(-1, 1, 8, 8) / 16).astype(np.float32), labels[order]


def small_data() -> Task:
    """100 digits to train on."""
    x, y = shuffled_digits()
    return Task(model=network, train=(x[:100], y[:100]), validation=(x[100:400], y[100:400]), test=(x[400:], y[400:]))


def noisy_labels() -> Task:
    """Of the 1,000 training labels 30 % are drawn again, at random; validation and test have the true ones."""
    x, y = shuffled_digits()
    rng = np.random.default_rng(1)
    wrong, drawn = rng.random(1000) < 0.3, rng.integers(0, 10, 1000)
    train = x[:1000], np.where(wrong, drawn, y[:1000])
    return Task(model=network, train=train, validation=(x[1000:1300], y[1000:1300]), test=(x[1300:], y[1300:]))


def half_of_digits(first: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The five digits from this one on, as classes 0 to 4."""
    x, y = shuffled_digits()
    chosen = (y >= first) & (y < first + 5)
    return x[chosen], y[chosen] - first


@cache
def trained_body(first: int) -> dict[str, Tensor]:
    """The body's weights after 20 epochs of Adam on five digits."""
    x, y = (torch.from_numpy(part) for part in half_of_digits(first))
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(0)
        model = nn.Sequential(body(), nn.Linear(64, 5))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        for _ in range(20):
            for rows in torch.randperm(len(x)).split(32):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
                optimizer.step()
    return {name: value.detach().clone() for name, value in model[0].state_dict().items()}


def tuned_network(first: int) -> nn.Module:
    """A body trained on five digits, whose weights move on, under a new head."""
    trained = body()
    trained.load_state_dict(trained_body(first))
    return nn.Sequential(trained, nn.Linear(64, 5))


def fine_tuning(before: int = 0, after: int = 5) -> Task:
    """The digits 5 to 9, of which 200 train a network whose body was trained on 0 to 4."""
    x, y = half_of_digits(after)
    train, validation, test = ((x[part], y[part]) for part in (slice(200), slice(200, 400), slice(400, None)))
    return Task(model=partial(tuned_network, before), train=train, validation=validation, test=test)


def fine_tuning_again() -> Task:
    """The same the other way round: trained on 5 to 9, and on with 0 to 4."""
    return fine_tuning(5, 0)


def next_character() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(CONTEXT * len(ALPHABET), 64), nn.ReLU(), nn.Linear(64, len(ALPHABET)))


class Transformer(nn.Module):
    """One block, its norms first, of two heads; the last place tells the next character."""

    def __init__(self, width: int = 32, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.embed, self.places = nn.Linear(len(ALPHABET), width), nn.Parameter(0.02 * torch.randn(CONTEXT, width))
        self.before, self.between, self.after = (nn.LayerNorm(width) for _ in range(3))
        self.mixed, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.out = nn.Linear(width, len(ALPHABET))

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.embed(inputs) + self.places
        x = x + self.joined(self.attend(self.before(x)))
        x = x + self.narrow(nn.functional.gelu(self.wide(self.between(x))))
        return self.out(self.after(x)[:, -1])

    def attend(self, x: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(-2, -3) for part in self.mixed(x).chunk(3, dim=-1)
        )
        weights = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
        return (weights @ value).transpose(-2, -3).flatten(-2)


def text(model: Callable[[], nn.Module] = next_character) -> Task:
    """The next character after ten, in the text of Python's language reference; inputs (N, 10, 31), one-hot."""
    letters = " ".join(pydoc_data.topics.topics[name] for name in sorted(pydoc_data.topics.topics)).lower()
    codes = np.array([ALPHABET.index(letter) for letter in " ".join(letters.split()) if letter in ALPHABET])
    one_hot = np.eye(len(ALPHABET), dtype=np.float32)

    def examples(start: int, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        places = start + 7 * np.arange(count)  # contexts overlap a little; parts of the text do not
        return one_hot[codes[places[:, None] + np.arange(CONTEXT)]], codes[places + CONTEXT]

    train, validation, test = examples(0, 6000), examples(100_000, 2000), examples(200_000, 4000)
    return Task(model=model, train=train, validation=validation, test=test)


def text_transformer() -> Task:
    """The same under a small Transformer."""
    return text(Transformer)
