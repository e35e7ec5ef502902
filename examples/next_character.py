"""A language model of your own on a text of your own: the next character, by a recurrent network. Try

lrlab compare examples/next_character.py:task constant cosine --optimizer adamw --epochs 5

Put your own text in the place of statistics.md. For a GPT no file like this is needed:
`lrlab compare "text/char-gpt(file=book.txt)" constant cosine --optimizer adamw`.
"""

from pathlib import Path

import numpy as np
from torch import nn

from lrlab import Task
from lrlab.objectives import NextToken

TEXT = Path(__file__).parents[1] / "docs" / "statistics.md"
WINDOW = 32  # characters the network sees at once
SIGNS = 128  # those of ASCII; any other is the last of them


class Characters(nn.Module):
    """Every character's score after each character of a window."""

    def __init__(self):
        super().__init__()
        self.signs = nn.Embedding(SIGNS, 32)
        self.memory = nn.GRU(32, 64, batch_first=True)
        self.head = nn.Linear(64, SIGNS)

    def forward(self, ids):
        states, _ = self.memory(self.signs(ids))
        return self.head(states)


def windows(ids):
    """Windows one after another, and the character that follows each of theirs."""
    count = (len(ids) - 1) // WINDOW
    return tuple(ids[start : start + count * WINDOW].reshape(count, WINDOW) for start in (0, 1))


def task():
    ids = np.array([min(ord(sign), SIGNS - 1) for sign in TEXT.read_text(encoding="utf-8")])
    first, second = int(0.8 * len(ids)), int(0.9 * len(ids))  # parts in their order: no sentence is in two of them
    return Task(
        model=Characters,
        train=windows(ids[:first]),
        validation=windows(ids[first:second]),
        test=windows(ids[second:]),
        objective=NextToken(characters=1),
    )
