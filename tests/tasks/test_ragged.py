"""Rows of several lengths: padded, or put end to end and cut into windows."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import Task, pad_rows, windows

ROWS = st.lists(st.lists(st.integers(0, 50), max_size=9), min_size=1, max_size=12)


def model():
    return nn.Sequential(nn.Embedding(60, 4), nn.Flatten(), nn.LazyLinear(3))


@given(ROWS, st.integers(-3, 3))
def test_padding_keeps_every_row(rows, value):
    padded, mask = pad_rows(rows, value)
    assert [list(row[own]) for row, own in zip(padded, mask, strict=True)] == rows
    assert (padded[~mask] == value).all()
    assert padded.shape == (len(rows), max(map(len, rows)))


@given(ROWS, st.integers(1, 6), st.none() | st.just(99))
def test_windows_hold_the_stream_and_what_comes_next(rows, context, end):
    stream = [number for row in rows for number in [*row, *([] if end is None else [end])]]
    count = (len(stream) - 1) // context
    if count < 1:
        with pytest.raises(TaskError, match=r"give more text, or a smaller context"):
            windows(rows, context, end=end)
        return
    inputs, labels = windows(rows, context, end=end)
    assert inputs.shape == labels.shape == (count, context)
    assert inputs.ravel().tolist() == stream[: count * context]
    assert labels.ravel().tolist() == stream[1 : count * context + 1]


def test_one_text_is_a_row_of_ids_in_any_form():
    for ids in ([1, 2, 3, 4, 5], np.arange(1, 6), torch.arange(1, 6)):
        inputs, labels = windows(ids, 2)
        assert (inputs.tolist(), labels.tolist()) == ([[1, 2], [3, 4]], [[2, 3], [4, 5]])


@pytest.mark.parametrize("context", [0, -1, 1.5, True])
def test_a_context_is_a_number(context):
    with pytest.raises(TaskError, match=r"whole number from 1.*64 is usual"):
        windows([1, 2, 3], context)


BAD = [
    (([["a"]], 0, None), "row 0 must be a row of whole numbers.*give token ids"),
    (([[1], [1.5]], 0, None), "row 1 must be a row of whole numbers"),
    (([[1, 2, 3]], 0, 2), r"row 0 has 3 numbers, more than length=2; cut it, as in row\[:2\]"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_what_are_no_rows_is_refused(arguments, words):
    with pytest.raises(TaskError, match=words):
        pad_rows(*arguments)


def ragged(count=30):
    return [list(range(1, 2 + place % 5)) for place in range(count)]


def test_a_task_pads_rows_to_the_longest_of_all_splits_and_says_so():
    task = Task.from_arrays(model=model, inputs=ragged(), labels=np.arange(30) % 3)
    assert task.train.inputs.shape == (18, 5)
    assert task.train.inputs.dtype == torch.int64
    assert task.reading_notes[0] == "inputs: rows of 1 to 5 numbers are padded with 0 to 5"
    parts = {"train": (ragged(), Y30), "validation": (ragged(3), Y30[:3]), "test": ([[7], [8] * 8], [0, 1])}
    task = Task(model=model, **parts, pad=59)
    assert task.test.inputs.tolist() == [[7] + [59] * 7, [8] * 8]
    assert task.train.inputs.shape == (30, 8)


Y30 = np.arange(30) % 3


def test_rows_in_a_dict_are_padded_too():
    task = Task.from_arrays(model=model, inputs={"input": ragged()}, labels=Y30)
    assert task.train.inputs["input"].shape == (18, 5)
    assert task.reading_notes[0].startswith("inputs 'input': rows of 1 to 5")


def test_padding_that_is_a_token_too_is_said():
    task = Task.from_arrays(model=model, inputs=ragged(), labels=Y30, pad=3)
    words = "3 is a token among them too, so that the model cannot tell which: give another `pad`"
    assert words in task.reading_notes[0]


def token_loss(outputs, labels):
    return nn.functional.cross_entropy(outputs.flatten(0, 1), labels.flatten())


def test_labels_of_each_token_are_padded_with_the_label_that_counts_for_nothing():
    labels = [[number % 3 for number in row] for row in ragged()]
    task = Task.from_arrays(model=lambda: nn.Embedding(60, 3), inputs=ragged(), labels=labels, loss=token_loss)
    for _, split in task.splits():
        assert torch.equal(split.labels == -100, split.inputs == 0)
    labels[4] = labels[4][:-1]
    with pytest.raises(TaskError, match=r"row 4 has 4 labels for 5 tokens; give a label for each token, -100"):
        Task.from_arrays(model=lambda: nn.Embedding(60, 3), inputs=ragged(), labels=labels, loss=token_loss)


def test_the_number_that_pads_is_a_whole_one():
    with pytest.raises(TaskError, match=r"`pad` must be a whole number.*0 is usual"):
        Task.from_arrays(model=model, inputs=ragged(), labels=Y30, pad=0.5)


def test_rows_of_other_things_are_refused_as_ever():
    with pytest.raises(TaskError, match=r"numpy makes none of it.*give rows of one shape"):
        Task.from_arrays(model=model, inputs=[[0.5], [0.5, 1.5]] * 15, labels=Y30)
