"""Task with images: types, fingerprints, and its ways to make another task."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab import Augment, Normalize, Task
from lrlab.errors import TaskError
from lrlab.tasks import Split
from lrlab.tasks._splits import shuffled_parts

X = np.random.default_rng(1).integers(0, 256, (30, 3, 4, 4), dtype=np.uint8)
Y = np.arange(30) % 5


def model():
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 5))


def make(inputs=X, **others):
    return Task.from_arrays(model=model, inputs=inputs, labels=Y, **others)


def test_uint8_images_stay_what_they_are():
    assert make().train.inputs.dtype == torch.uint8
    assert make(torch.from_numpy(X)).fingerprint == make().fingerprint
    for other in (X.reshape(30, 48), X.reshape(30, 3, 4, 4, 1), X.astype(np.int64), X.astype(np.float64)):
        assert make(other).train.inputs.dtype == torch.float32


def test_fingerprints_of_float_tasks_are_those_of_records_made_before():
    floats = np.arange(60, dtype=np.float64).reshape(20, 3) / 7
    parts = [(floats[part], (np.arange(20) % 4)[part]) for part in shuffled_parts(20, (0.6, 0.2))]
    given = dict(zip(("train", "validation", "test"), parts, strict=True))
    assert Task(model=model, **given).fingerprint == "6e12783b4529b2ce"
    numbers = {"labels": floats[:, :1], "loss": nn.functional.mse_loss, "version": "3"}
    assert Task.from_arrays(model=model, inputs=floats, **numbers).fingerprint == "2b6e087a48c765f5"


def test_the_fingerprint_sees_the_type_the_augmentation_and_the_normalisation():
    half = Normalize((0.5,) * 3, (0.5,) * 3)
    tasks = [
        make(),
        make(X.astype(np.float32)),
        make(augment=Augment(flip=True)),
        make(augment=Augment(crop=1)),
        make(normalize=half),
        make(normalize=Normalize((0.5,) * 3, (0.25,) * 3)),
        make(augment=Augment(flip=True), normalize=half),
    ]
    assert len({task.fingerprint for task in tasks}) == len(tasks)


def test_a_split_is_taken_without_a_copy_and_checked():
    split = Split(torch.from_numpy(X), torch.from_numpy(Y))
    whole = Task(model=model, train=split, validation=split, test=split)
    assert whole.train.inputs is split.inputs
    with pytest.raises(TaskError, match="as many labels as inputs"):
        Task(model=model, train=Split(split.inputs, split.labels[1:]), validation=split, test=split)


def test_splits_of_different_types_are_refused():
    with pytest.raises(TaskError, match=r"must have one type, but got .*'test': 'float32'.*uint8 stays uint8"):
        Task(model=model, train=(X, Y), validation=(X, Y), test=(X / 255, Y))


def test_the_head_keeps_the_first_examples_and_the_classes():
    whole = make()
    small = whole.head(train=2, test=100)
    assert [len(split.labels) for _, split in small.splits()] == [
        2,
        len(whole.validation.labels),
        len(whole.test.labels),
    ]
    assert torch.equal(small.train.inputs, whole.train.inputs[:2])
    assert small.train.inputs.data_ptr() == whole.train.inputs.data_ptr()
    first = Task(model=model, train=(X, Y), validation=(X, Y), test=(X, Y)).head(train=2, validation=2, test=2)
    assert max(int(split.labels.max()) for _, split in first.splits()) == 1
    assert first.classes == 5
    assert small.fingerprint != whole.fingerprint
    assert whole.head().fingerprint == whole.fingerprint
    with pytest.raises(TaskError, match="`validation` must be at least 1, but got 0; leave it out to keep all"):
        whole.head(validation=0)


def test_another_model_has_the_same_data():
    whole = make(augment=Augment(flip=True))
    other = whole.with_model(lambda: nn.Linear(1, 1))
    assert isinstance(other.model(), nn.Linear)
    assert isinstance(whole.model(), nn.Sequential)
    assert other.train.inputs is whole.train.inputs
    assert (other.augment, other.fingerprint) == (whole.augment, whole.fingerprint)


def test_a_task_moves_to_a_device():
    whole = make(normalize=Normalize((0.5,) * 3, (0.5,) * 3))
    assert whole.to("cpu") is whole
    there = whole.to("meta")
    assert {tensor.device.type for _, split in there.splits() for tensor in split} == {"meta"}
    assert there.classes == whole.classes
    assert there.prepare(there.train.inputs).shape == (18, 3, 4, 4)
    assert whole.train.inputs.device.type == "cpu"
