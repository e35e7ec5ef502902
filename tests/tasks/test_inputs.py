"""Inputs as they are: tokens, float16, several arrays; what is refused, with the way out."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import (
    Augment,
    Normalize,
    Split,
    Task,
    call_model,
    chunks_of,
    first_leaf,
    leaves_of,
    map_inputs,
    named_leaves,
    rebuild,
    stack_inputs,
    take_examples,
)
from lrlab.tasks._fit import check_fit, check_own

COUNT, LENGTH, VOCABULARY = 40, 6, 9
RNG = np.random.default_rng(0)
IDS = RNG.integers(1, VOCABULARY, (COUNT, LENGTH))
MASK = IDS > 2
X = RNG.normal(size=(COUNT, LENGTH)).astype(np.float32)
Y = np.arange(COUNT) % 3


class Reader(nn.Module):
    """Tokens, of which a mask may leave some out."""

    def __init__(self, vocabulary=VOCABULARY):
        super().__init__()
        self.table, self.head = nn.Embedding(vocabulary, 4), nn.Linear(4, 3)

    def forward(self, ids, mask=None):
        vectors = self.table(ids)
        if mask is None:
            return self.head(vectors.mean(1))
        kept = mask.unsqueeze(2).float()
        return self.head((vectors * kept).sum(1) / kept.sum(1).clamp(min=1))


class Both(nn.Module):
    """Numbers and tokens."""

    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(VOCABULARY, 4), nn.Linear(LENGTH + 4, 3)

    def forward(self, numbers, ids):
        return self.head(torch.cat([numbers, self.table(ids).mean(1)], 1))


def linear():
    return nn.Linear(LENGTH, 3)


def task(model, inputs, **others):
    return Task.from_arrays(model=model, inputs=inputs, labels=Y, **others)


def types(made):
    return {name: tensor.dtype for name, tensor in made.train.named_tensors() if name != "labels"}


@pytest.mark.parametrize("given", [np.int64, np.int32, np.uint8, np.uint16])
def test_whole_numbers_stay_where_the_model_takes_no_others(given):
    made = task(Reader, IDS.astype(given))
    assert made.tokens
    assert types(made) == {"inputs": torch.int64}
    assert made.prepare(made.train.inputs).dtype == torch.int64
    assert made.prepare(made.train.inputs, dtype=torch.float64).dtype == torch.int64
    check_own(made, "reader")


def test_whole_numbers_are_amounts_where_the_model_takes_those_and_the_key_is_as_ever():
    made = task(linear, IDS)
    assert not made.tokens
    assert types(made) == {"inputs": torch.float32}
    assert made.fingerprint == task(linear, IDS.astype(np.float32)).fingerprint
    check_own(made, "linear")


def test_a_model_that_makes_whole_numbers_of_floats_goes_on_getting_floats():
    class Old(Reader):
        def forward(self, ids):
            return super().forward(ids.long())

    assert types(task(Old, IDS)) == {"inputs": torch.float32}


def test_the_user_may_say_what_whole_numbers_are():
    assert types(task(linear, IDS, tokens=True)) == {"inputs": torch.int64}
    assert types(task(Reader, IDS, tokens=False)) == {"inputs": torch.float32}
    with pytest.raises(TaskError, match=r"cannot take inputs of shape \(6,\).*"):
        check_fit(task(linear, IDS, tokens=True), "linear")


def test_a_model_that_cannot_be_made_or_run_is_told_where_the_task_is_opened():
    def broken():
        raise ValueError("no model today")

    with pytest.raises(TaskError, match=r"making the model failed: ValueError: no model today"):
        check_fit(task(broken, IDS), "broken")


def test_a_split_of_whole_numbers_stays_and_is_cast_as_ever():
    parts = Split(torch.from_numpy(IDS), torch.from_numpy(Y))
    made = Task(model=linear, train=parts, validation=None, test=parts)
    assert made.train is parts
    assert made.prepare(parts.inputs).dtype == torch.float32


def test_float16_is_kept_and_counts_as_the_float32_of_the_same_values():
    half = X.astype(np.float16)
    made = task(linear, half)
    assert types(made) == {"inputs": torch.float16}
    assert made.prepare(made.train.inputs).dtype == torch.float32
    whole = task(linear, half.astype(np.float32))
    assert (made.fingerprint, made.arrays) == (whole.fingerprint, whole.arrays)


FORMS = [
    ({"ids": IDS, "mask": MASK}, Reader, {"inputs.ids": torch.int64, "inputs.mask": torch.bool}),
    ({"mask": MASK, "ids": torch.from_numpy(IDS)}, Reader, {"inputs.mask": torch.bool, "inputs.ids": torch.int64}),
    ((IDS, MASK), Reader, {"inputs.0": torch.int64, "inputs.1": torch.bool}),
    ((X, IDS), Both, {"inputs.0": torch.float32, "inputs.1": torch.int64}),
    ({"ids": IDS.tolist()}, Reader, {"inputs.ids": torch.int64}),
]


@pytest.mark.parametrize(("inputs", "model", "found"), FORMS)
def test_several_inputs_go_to_the_model_as_it_takes_them(inputs, model, found):
    made = task(model, inputs)
    assert types(made) == found
    check_own(made, "task")
    few = made.head(train=4)
    assert few.examples == 4
    assert len(first_leaf(few.train.inputs)) == 4
    assert few.fingerprint != made.fingerprint
    assert made.to("cpu") is made


def test_several_inputs_are_split_and_drawn_together():
    made = task(Reader, {"ids": IDS, "mask": MASK}, split="fresh")
    for own in (made, made.of_seed(3)):
        for _, split in own.splits():
            assert torch.equal(split.inputs["mask"], split.inputs["ids"] > 2)
    assert not torch.equal(made.of_seed(3).train.labels, made.of_seed(4).train.labels)


def test_a_tuple_of_rows_is_one_array_as_ever():
    made = task(linear, tuple(X))
    assert types(made) == {"inputs": torch.float32}
    assert made.fingerprint == task(linear, X).fingerprint


def test_a_name_of_an_input_counts():
    first, second = task(Reader, {"ids": IDS}), task(Reader, {"idx": IDS})
    assert first.arrays != second.arrays


REFUSED = [
    ({"ids": IDS, "a mask": MASK}, r"names of the model's arguments.*'a mask'; write dict\(ids="),
    ({}, r"write dict\(ids="),
    ({"ids": IDS, "mask": MASK[:9]}, r"as many examples, but got {'ids': 40, 'mask': 9}; give each a row"),
    ((IDS, MASK[:9]), r"as many examples, but got {'0': 40, '1': 9}; give each a row"),
    ({"ids": np.array(["a"] * COUNT)}, r"inputs\['ids'\] must be an array of numbers"),
]


@pytest.mark.parametrize(("inputs", "words"), REFUSED)
def test_what_are_no_inputs_is_refused(inputs, words):
    with pytest.raises(TaskError, match=words):
        task(Reader, inputs)


def test_splits_must_have_one_form():
    pair = {"ids": IDS, "mask": MASK}, Y
    with pytest.raises(TaskError, match=r"one form, but got .*give all of them the same arrays"):
        Task(model=Reader, train=pair, validation=None, test=(IDS, Y))
    with pytest.raises(TaskError, match=r"the inputs 'mask' of all splits must have one shape"):
        Task(model=Reader, train=pair, validation=None, test=({"ids": IDS, "mask": MASK[:, :2]}, Y))


def test_a_mask_of_another_length_is_named():
    with pytest.raises(
        TaskError, match=r"the mask mask has 2 places an example and ids 6; give the mask a place for each"
    ):
        check_fit(task(Reader, {"ids": IDS, "mask": MASK[:, :2]}), "reader")


def test_an_argument_that_the_model_does_not_take_is_named():
    with pytest.raises(TaskError, match=r"its forward takes ids, mask, and the inputs are ids, masks; name them so"):
        check_fit(task(Reader, {"ids": IDS, "masks": MASK}), "reader")


@pytest.mark.parametrize("extra", [{"augment": Augment(flip=True)}, {"normalize": Normalize((0.5,), (0.5,))}])
def test_augmentation_is_for_images_alone(extra):
    with pytest.raises(TaskError, match=r"augment and normalize are for images alone, .*give the images alone"):
        task(Reader, {"ids": IDS, "mask": MASK}, **extra)


def test_images_beside_others_are_divided_by_255():
    images = RNG.integers(0, 256, (COUNT, 1, 2, 3), dtype=np.uint8)
    made = task(Both, {"numbers": images, "ids": IDS})
    prepared = made.prepare(take_examples(made.train.inputs, slice(3)))
    assert torch.equal(prepared["numbers"], made.train.inputs["numbers"][:3] / 255)
    assert prepared["ids"].data_ptr() != made.train.inputs["ids"].data_ptr()  # a model may write there


def test_trees():
    one, tree = torch.arange(6).view(3, 2), {"a": torch.arange(3), "b": torch.ones(3, 2)}
    assert [name for name, _ in named_leaves(one)] == [""]
    assert [name for name, _ in named_leaves((one, one))] == [
        "0",
        "1",
    ]
    assert leaves_of(tree) == [tree["a"], tree["b"]] or len(leaves_of(tree)) == 2
    assert rebuild((one,), [5]) == (5,)
    assert rebuild(one, [5]) == 5
    assert map_inputs(len, tree) == {"a": 3, "b": 3}
    assert [first_leaf(part).tolist() for part in chunks_of(tree, 2)] == [[0, 1], [2]]
    assert take_examples(tree, torch.tensor([2, 0]))["a"].tolist() == [2, 0]
    assert stack_inputs([tree, tree])["b"].shape == (2, 3, 2)
    assert stack_inputs([one]).shape == (1, 3, 2)
    assert call_model(lambda **given: sorted(given), tree) == ["a", "b"]
    assert call_model(lambda *given: len(given), (one, one)) == 2
