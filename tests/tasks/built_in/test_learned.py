"""What the tasks on text and pixels come to in a short training, against what simpler means reach."""

import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from lrlab.engine import train_stack
from lrlab.tasks import get
from support.tasks import trial

pytestmark = pytest.mark.slow


def learned(task, **fields):
    (done,) = train_stack([trial(task, optimizer="adamw", schedule="constant", **fields)], task, "grouped")
    return done.record.test


def test_a_gpt_is_better_than_any_table_of_pairs():
    task = get("text/char-gpt")
    pairs = np.zeros((600, 600))
    np.add.at(pairs, tuple(part.numpy().ravel() for part in task.test), 1)
    shares = pairs / pairs.sum(1, keepdims=True).clip(1)
    entropy = -(pairs * np.log2(shares.clip(1e-9))).sum() / pairs.sum()  # of the test text itself: no table does better
    test = learned(task, peak=0.003, budget="2 epochs", batch_size=32)
    assert 1 < test.scores["bits_per_character"] < entropy


def test_lines_are_told_apart_as_well_as_by_naive_bayes():
    task = get("text/classify")

    def count_words(split):
        return np.array([np.bincount(ids[ids > 0], minlength=2000) for ids in split.inputs.numpy()])

    simple = MultinomialNB().fit(count_words(task.train), task.train.labels)
    reached = simple.score(count_words(task.test), task.test.labels)
    assert 0.5 < reached < 0.9
    assert learned(task, peak=0.01, budget="6 epochs", batch_size=32).score > reached - 0.03


def test_pixels_are_told_apart_better_than_by_the_commonest_class():
    task = get("digits/segment")
    background = (task.test.labels == 0).double().mean().item() / 11  # mean IoU of background everywhere
    assert learned(task, peak=0.03, budget="10 epochs", batch_size=32).score > 2 * background
