"""Tasks of a `torch.utils.data.Dataset`: which of two kinds of sentence is it? Words are token ids.

Read once into memory, trials are stacked; read batch by batch by loaders, they are not. Try

lrlab compare examples/own_dataset.py:in_memory constant cosine --budget 60s
"""

import numpy as np
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

from lrlab import Task
from lrlab.tasks import pad_rows

VOCABULARY, LONGEST = 50, 12  # id 0 is padding


class Sentences(Dataset):
    """Sentences of two kinds, each with favourite words of its own; an item is a dict, as a tokenizer's."""

    def __init__(self, count=1200):
        rng = np.random.default_rng(11)
        self.labels = rng.integers(0, 2, count)
        lengths = rng.integers(3, LONGEST + 1, count)
        self.rows = [
            np.where(rng.random(length) < 0.25, rng.integers(1, 11, length) + 10 * label, rng.integers(21, 50, length))
            for label, length in zip(self.labels, lengths, strict=True)
        ]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        return {"ids": self.rows[place].tolist(), "author": place // 4, "label": int(self.labels[place])}


class Padded(Sentences):
    """The same, each padded to one length, as loaders need them: a pair of ids and label."""

    def __getitem__(self, place):
        ids, _ = pad_rows([self.rows[place]], length=LONGEST)
        return ids[0], int(self.labels[place])


class MeanOfWords(nn.Module):
    """The mean of the words' vectors, padding left out, through a small network."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, 16)
        self.network = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, ids):
        there = (ids != 0).unsqueeze(2).to(self.words.weight.dtype)
        return self.network((self.words(ids) * there).sum(1) / there.sum(1).clamp(min=1))


def in_memory():
    """Read once; sentences of one author stay in one split."""
    return Task.from_dataset(Sentences(), model=MeanOfWords, groups="author")


def from_loaders():
    """Read batch by batch, again in every epoch: for data that do not fit into memory."""
    parts = [Subset(Padded(), range(*ends)) for ends in ((0, 800), (800, 1000), (1000, 1200))]
    train, validation, test = parts
    return Task.from_loaders(
        model=MeanOfWords,
        train=lambda batch_size: DataLoader(train, batch_size=batch_size, shuffle=True),
        validation=lambda batch_size: DataLoader(validation, batch_size=batch_size),
        test=lambda batch_size: DataLoader(test, batch_size=batch_size),
    )
