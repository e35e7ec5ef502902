"""Names that trainers log under, as a trial knows them; and what is not a number is left out."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import TaskError
from lrlab.trainers._logged_values import PARTS, find_final_values, find_values


@pytest.mark.parametrize(
    ("logged", "part", "expected"),
    [
        ({"val_loss": 1.0, "train_loss": 2.0}, "validation", {"validation_loss": 1.0}),
        ({"valid/acc": 1.0}, "validation", {"validation_accuracy": 1.0}),
        ({"eval_f1/macro": 0.5, "loss": 3.0, "epoch": 1}, "validation", {"validation_f1_macro": 0.5}),
        ({"train_loss": 2.0, "trainer_loss": 3.0}, "train", {"train_loss": 2.0}),
        ({"test_loss": 2.0, "val_loss": 1.0}, "test", {"test_loss": 2.0}),
        ({"val_": 1.0, "value": 2.0, "validity": 3.0}, "validation", {}),
    ],
)
def test_names(logged, part, expected):
    assert find_values(logged, part, {}) == expected


def test_names_that_the_user_gave_come_first():
    logged = {"top1": 0.9, "val_accuracy": 0.8}
    assert find_values(logged, "validation", {"top1": "validation_accuracy"}) == {"validation_accuracy": 0.9}
    assert find_values({"val_top1": 0.9}, "validation", {"val_top1": "validation_accuracy"}) == {
        "validation_accuracy": 0.9
    }


@pytest.mark.parametrize("one", [1, 1.0, np.float32(1), np.array([1.0]), torch.tensor(1.0), torch.tensor([1])])
def test_one_number_is_a_number(one):
    assert find_values({"val_loss": one}, "validation", {}) == {"validation_loss": 1.0}


@pytest.mark.parametrize(
    "other", ["1.0", None, [1.0], np.zeros(2), np.zeros(0), torch.zeros(2), torch.zeros(0), {"a": 1}]
)
def test_what_is_no_one_number_is_left_out(other):
    assert find_values({"val_loss": other, "val_accuracy": 0.5}, "validation", {}) == {"validation_accuracy": 0.5}


@given(st.sampled_from(sorted(PARTS)), st.sampled_from("_/"), st.from_regex(r"[a-z]\w{0,9}", fullmatch=True))
def test_a_name_has_one_part_and_keeps_the_rest(prefix, between, rest):
    logged = {f"{prefix}{between}{rest}": 1.0}
    found = [find_values(logged, part, {}) for part in ("train", "validation", "test")]
    (name,) = {**found[0], **found[1], **found[2]}
    assert name == f"{PARTS[prefix]}_{'accuracy' if rest == 'acc' else rest}"
    assert sum(map(len, found)) == 1


WAYS = {"call": "callback.finish(by_name)", "naming": "log it as test_acc"}


def test_final_values_are_those_of_test_data():
    assert find_final_values({"test_acc": 0.5, "epoch": 1}, {}, **WAYS) == {"test_accuracy": 0.5}
    assert find_final_values({"acc": 0.5}, {"acc": "test_accuracy"}, **WAYS) == {"test_accuracy": 0.5}


@pytest.mark.parametrize(
    ("measured", "got"),
    [([0.5, 0.25], r"\[0.5, 0.25\], a list"), (0.5, "0.5, a float"), (np.ones((3, 3)), r"array\(\[\[.*, a ndarray")],
)
def test_final_values_without_names_are_refused_with_the_call_to_write(measured, got):
    with pytest.raises(TaskError, match=rf"numbers by name, but got {got}; write callback.finish\(by_name\)$") as error:
        find_final_values(measured, {}, **WAYS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (
            {"loss": 1, "acc": 1},
            r'given loss, acc, and no .*; log it as test_acc, or .*names=\{"acc": "test_accuracy"\}',
        ),
        ({"val_loss": 1}, r"given val_loss, and no number of test data by its name; log it"),
        ({"test_acc": "high"}, r"given test_acc, and no number"),
        ({}, r"given nothing, and no number"),
    ],
)
def test_final_values_of_other_data_are_refused_with_the_names_that_came(measured, words):
    with pytest.raises(TaskError, match=words):
        find_final_values(measured, {}, **WAYS)
