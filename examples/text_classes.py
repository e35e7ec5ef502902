"""Texts and their classes from a CSV file, words as tokens, and a network of your own. Try

lrlab compare examples/text_classes.py:task constant cosine --optimizer adamw --epochs 5

Put your own table in the place of reviews.csv. Where words and a mean of their vectors are enough, no file like this is
needed: `lrlab compare "text/classify(file=reviews.csv)" constant cosine --optimizer adamw`.
"""

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
from torch import nn

from lrlab import Task

TABLE = Path(__file__).with_name("reviews.csv")
WORDS, LENGTH = 300, 16  # ids of the vocabulary, 0 for padding and 1 for any other word; words of a text


class Classifier(nn.Module):
    """The largest of every feature over the words, from a convolution over three words at a time."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(WORDS, 16)
        self.features = nn.Conv1d(16, 32, 3, padding=1)
        self.head = nn.Linear(32, 2)

    def forward(self, ids):
        features = self.features(self.tokens(ids).transpose(1, 2)).relu()
        return self.head(features.amax(2))


def task():
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [re.findall(r"\w+", row["text"].lower()) for row in rows]
    counts = Counter(word for text in texts[: len(texts) // 2] for word in text)
    places = {word: number for number, (word, _) in enumerate(counts.most_common(WORDS - 2), start=2)}
    ids = np.zeros((len(texts), LENGTH), dtype=np.int64)
    for row, text in zip(ids, texts, strict=True):
        row[: len(text)] = [places.get(word, 1) for word in text[:LENGTH]]
    return Task.from_arrays(model=Classifier, inputs=ids, labels=np.array([row["label"] for row in rows]))
