"""A class, a text or a network in the place of a function is named with what to write."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from lrlab import Metric, Task
from lrlab.errors import TaskError
from lrlab.tasks._fit import check_own

X = np.arange(60, dtype=np.float32).reshape(20, 3) / 60
CLASSES, AMOUNTS = np.arange(20) % 3, X[:, :1]
METRIC = Metric(name="m", higher_is_better=True)


def opened(model=lambda: nn.Linear(3, 3), labels=CLASSES, **fields):
    task = Task.from_arrays(model=model, inputs=X, labels=labels, **fields)
    check_own(task, "mine")
    return task


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"loss": nn.CrossEntropyLoss}, r"got the class CrossEntropyLoss; write nn\.CrossEntropyLoss\(\)"),
        ({"loss": nn.MSELoss, "labels": AMOUNTS}, r"got the class MSELoss; write nn\.MSELoss\(\)"),
        ({"loss": "mse"}, r"loss must be a function \(outputs, labels\).* but got 'mse'; give such as nn\."),
        ({"loss": cross_entropy, "score": "acc", "metric": METRIC}, r"score must be a function .* but got 'acc'"),
        ({"loss": cross_entropy, "score": nn.L1Loss, "metric": METRIC}, r"score .* write nn\.L1Loss\(\)"),
        ({"model": nn.Linear(3, 3)}, r"got a model that is made, Linear; .*: lambda: nn\.Linear\(\.\.\.\)"),
        (
            {"model": nn.Linear},
            r"making the model failed: TypeError: .*; .* makes it: lambda: nn\.Linear\(\.\.\.\), with",
        ),
        ({"model": "mlp"}, r"model must be a function that makes a model, but got 'mlp'; give such as lambda"),
    ],
)
def test_what_is_no_function_is_named_with_what_to_write(fields, message):
    with pytest.raises(TaskError, match=message):
        opened(**fields)


def of_numpy(outputs, labels):
    return torch.tensor(float(np.square(outputs.detach().numpy() - labels.numpy()).mean()))


@pytest.mark.parametrize("loss", [of_numpy, lambda outputs, labels: mse_loss(outputs.detach(), labels)])
def test_a_loss_that_torch_cannot_follow_is_refused_where_the_task_is_opened(loss):
    with pytest.raises(TaskError, match=r"does not depend on the outputs by torch.*return the tensor"):
        opened(lambda: nn.Linear(3, 1), AMOUNTS, loss=loss)


class Shift(nn.Linear):
    def __init__(self):
        super().__init__(3, 3)


class Squares:
    def __call__(self, outputs, labels):
        return (outputs - labels).square_().mean()


def test_whatever_can_be_called_is_taken():
    opened(Shift, loss=nn.CrossEntropyLoss())
    opened(lambda: nn.Linear(3, 1), AMOUNTS, loss=Squares())
    opened(lambda: nn.Linear(3, 1), AMOUNTS, loss=lambda outputs, labels: outputs.sub_(0).sub(labels).square().mean())


def test_rows_of_shares_get_a_loss_that_takes_them():
    shares = np.full((20, 3), 1 / 3, dtype=np.float32)
    with pytest.raises(TaskError, match=r"give loss=nn\.CrossEntropyLoss\(\) where each row has shares of classes"):
        opened(labels=shares)
    opened(labels=shares, loss=nn.CrossEntropyLoss())
    with pytest.raises(TaskError, match=r"classes written as floats, give labels\.astype\(int\)"):
        opened(labels=shares[:, 0])
