"""Text to token ids, by a vocabulary of what occurs most often in training data."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PADDING, UNKNOWN = (
    0,
    1,
)  # ids of no token: after a text has ended, and for one not in the vocabulary
WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")  # a run of letters, a run of digits, any other sign

Ids = NDArray[np.int64]


class Vocabulary(NamedTuple):
    """Tokens by id, from 2 on; the most frequent first, equally frequent ones in alphabetical order."""

    tokens: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many ids there are, padding and unknown among them."""
        return len(self.tokens) + 2

    def encode(self, texts: Sequence[Sequence[str]], length: int) -> Ids:
        """The first `length` tokens of each text as ids (N, length), padded at the end."""
        places = {token: number for number, token in enumerate(self.tokens, start=2)}
        ids = np.full((len(texts), length), PADDING, dtype=np.int64)
        for row, tokens in zip(ids, texts, strict=True):
            kept = [places.get(token, UNKNOWN) for token in tokens[:length]]
            row[: len(kept)] = kept
        return ids


def split_tokens(text: str, kind: str) -> list[str]:
    """A text in lower case as "words" (runs of letters, runs of digits, other signs) or as "characters".

    >>> split_tokens("Is x_1 <= 42?", "words")
    ['is', 'x', '_', '1', '<', '=', '42', '?']
    """
    lower = text.lower()
    return WORD.findall(lower) if kind == "words" else list(lower)


def count_tokens(texts: Iterable[Sequence[str]], most: int) -> Vocabulary:
    """The vocabulary of texts, each a sequence of tokens: at most `most` ids, padding and unknown among them."""
    counts = Counter(token for text in texts for token in text)
    frequent = sorted(counts, key=lambda token: (-counts[token], token))
    return Vocabulary(tuple(frequent[: most - 2]))
