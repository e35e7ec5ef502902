"""The best constant prediction, for losses and labels of many kinds."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from lrlab.engine import train
from lrlab.engine._chance import chance_of
from lrlab.engine._constant import constants_of
from lrlab.spec import Metric
from lrlab.tasks import Task
from support.tasks import trial

COUNT = 500
QUANTILES = torch.tensor([0.1, 0.5, 0.9])
WEIGHT = torch.tensor([0.1, 0.9])


def rare(signal):
    """Yes for about 15 %."""
    return signal > 1.0


def several(signal):
    return np.stack([rare(signal), rare(-signal), np.abs(signal) > 1], 1)


def places(signal):
    return np.stack([rare(signal), rare(-signal), rare(signal)], 1).astype(int)


def masks(signal):
    return np.tile(rare(signal)[:, None, None], (1, 4, 4)).astype(int)


def rates(signal):
    return np.random.default_rng(2).poisson(np.exp(2 + signal / 2)).astype("float32")


def logit(labels):
    return torch.logit(labels.float().mean(0, keepdim=True))


def shares(labels, classes=2):
    return torch.bincount(labels.flatten(), minlength=classes).div(labels.numel()).log()


def softplus_of(number):
    return torch.log(torch.expm1(number))


def flat(width, then=None):
    return lambda: nn.Sequential(nn.Linear(3, width), then or nn.Identity())


# what: labels of a signal, model, loss, and the best constant for training labels
KINDS = {
    "squeezed squared error": (
        lambda signal: (3 + signal).astype("float32"),
        flat(1),
        lambda outputs, labels: functional.mse_loss(outputs.squeeze(1), labels),
        lambda labels: labels.mean(),
    ),
    "far from 0": (
        lambda signal: (3000 + signal).astype("float32"),
        lambda: nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)),
        lambda outputs, labels: functional.huber_loss(outputs[:, 0], labels),
        lambda labels: labels.median(),
    ),
    "binary, whole labels": (
        lambda signal: rare(signal).astype(int),
        flat(1),
        lambda outputs, labels: functional.binary_cross_entropy_with_logits(outputs[:, 0], labels.float()),
        logit,
    ),
    "masks": (masks, flat(32, nn.Unflatten(1, (2, 4, 4))), nn.CrossEntropyLoss(), lambda x: shares(x)[:, None, None]),
    "weighted masks": (
        masks,
        flat(32, nn.Unflatten(1, (2, 4, 4))),
        nn.CrossEntropyLoss(weight=WEIGHT),
        lambda labels: (shares(labels) + WEIGHT.log())[:, None, None],
    ),
    "sequences": (
        places,
        flat(6, nn.Unflatten(1, (3, 2))),
        lambda outputs, labels: functional.cross_entropy(outputs.transpose(1, 2), labels),
        shares,
    ),
    "one-hot": (
        lambda signal: np.eye(2, dtype="float32")[rare(signal).astype(int)],
        flat(2),
        nn.CrossEntropyLoss(),
        lambda labels: labels.mean(0).log(),
    ),
    "weighted classes": (
        lambda signal: rare(signal).astype(int),
        flat(2),
        nn.CrossEntropyLoss(weight=WEIGHT),
        lambda labels: shares(labels) + WEIGHT.log(),
    ),
    "weighted positives": (
        lambda signal: rare(signal).astype("float32")[:, None],
        flat(1),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([9.0])),
        lambda labels: logit(labels) + np.log(9),
    ),
    "counts": (
        lambda signal: rates(signal)[:, None],
        flat(1),
        nn.PoissonNLLLoss(),
        lambda labels: labels.mean().log(),
    ),
    "counts, whole": (
        lambda signal: rates(signal).astype(int),
        flat(1),
        lambda outputs, labels: functional.poisson_nll_loss(outputs[:, 0], labels.float()),
        lambda labels: labels.float().mean().log(),
    ),
    "several labels": (
        lambda signal: several(signal).astype(int),
        flat(3),
        lambda outputs, labels: functional.binary_cross_entropy_with_logits(outputs, labels.float()),
        logit,
    ),
    "mean and variance": (
        lambda signal: (3 + signal).astype("float32"),
        flat(2),
        lambda outputs, labels: functional.gaussian_nll_loss(
            outputs[:, 0], labels, functional.softplus(outputs[:, 1]) + 1e-3
        ),
        lambda labels: torch.stack([labels.mean(), softplus_of(labels.var() - 1e-3)]),
    ),
    "quantiles": (
        lambda signal: (3 + signal).astype("float32")[:, None],
        flat(3),
        lambda outputs, labels: torch.maximum(
            QUANTILES * (labels - outputs), (QUANTILES - 1) * (labels - outputs)
        ).mean(),
        lambda labels: labels.flatten().quantile(QUANTILES),
    ),
}

PEAKS = {"masks": 1.0, "weighted masks": 1.0, "counts": 0.01, "counts, whole": 0.01, "mean and variance": 0.01}


def made(kind, learnable=False, **others):
    labels, model, loss, _ = KINDS[kind]
    inputs = np.random.default_rng(0).normal(size=(COUNT, 3))
    signal = 1.2 * inputs[:, 0] if learnable else np.random.default_rng(1).normal(size=COUNT)
    return Task.from_arrays(model=model, inputs=inputs, labels=labels(signal), loss=loss, **others)


@pytest.mark.parametrize(
    ("kind", "precision"),
    [*((kind, "float32") for kind in KINDS), ("masks", "float64"), ("counts", "float64"), ("sequences", "float64")],
)
def test_the_best_constant_of_any_loss(kind, precision):
    task = made(kind)
    labels, like = task.validation.labels, task.model()(task.validation.inputs).detach()
    constant = KINDS[kind][3](task.train.labels).expand_as(like)
    expected = task.loss(constant, labels).item()
    assert chance_of(task, 1, precision).constant.loss == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("learnable", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "far from 0"])
def test_noise_is_not_learned_and_what_is_there_is(kind, learnable):
    peak = PEAKS.get(kind, 0.1)
    task = made(kind, learnable)
    record = train(trial(task, peak=peak, budget="6 epochs", batch_size=32), task).record
    assert not record.diverged
    assert record.learned is learnable


@pytest.mark.parametrize("kind", ["masks", "weighted masks", "sequences"])
def test_a_metric_gets_outputs_as_a_model_makes_them(kind):
    shapes = set()
    axis = 2 if kind == "sequences" else 1

    def score(outputs, labels):
        shapes.add((*outputs.shape, *labels.shape))
        outputs.view(-1)[:1] += 0.0  # needs memory of its own, in order
        return (outputs.argmax(axis) == labels).float().mean().item()

    task = made(kind, metric=Metric(name="accuracy", share=True), score=score)
    held = task.validation.labels
    assert chance_of(task, 1, "float32").constant.score == pytest.approx((held == 0).float().mean().item())
    assert len(shapes) == 1


def failing(outputs, labels):
    if (outputs == outputs[:1]).all():
        raise ValueError("undefined")
    return outputs.mean()


@pytest.mark.parametrize(
    "loss",
    [
        failing,
        lambda outputs, labels: (outputs / outputs.std(0)).mean() * labels.mean(),
        lambda outputs, labels: outputs.std(),  # 0, and no number for a gradient
        lambda outputs, labels: (outputs * np.inf).mean(),
    ],
)
def test_a_loss_that_fails_on_constants_costs_nothing(loss):
    labels = np.arange(20.0)[:, None]
    task = Task.from_arrays(
        model=flat(2), inputs=np.random.default_rng(0).normal(size=(20, 3)), labels=labels, loss=loss
    )
    found = chance_of(task, 1, "float32")
    assert found.constant.loss in (None, 0.0)


def test_a_loss_without_a_lowest_constant_has_none_that_is_fitted():
    labels = np.arange(20.0)[:, None] - 5
    inputs = np.random.default_rng(0).normal(size=(20, 3))
    task = Task.from_arrays(
        model=flat(2), inputs=inputs, labels=labels, loss=lambda outputs, labels: (outputs * labels).mean()
    )
    assert chance_of(task, 1, "float32").constant.loss > -1e7


def test_a_loss_without_gradients_is_given_the_usual_constants():
    task = made("squeezed squared error")
    plain = Task.from_arrays(
        model=flat(1),
        inputs=task.train.inputs,
        labels=task.train.labels,
        loss=lambda outputs, labels: torch.tensor(float(((outputs[:, 0] - labels) ** 2).mean())),
    )
    found = chance_of(plain, 1, "float32").constant.loss
    assert found == pytest.approx(plain.validation.labels.var().item(), rel=0.1)


def test_labels_that_repeat_are_fitted_all_the_same():
    count, period = 20_000, 10
    labels = (np.arange(count) % period == 0).astype("float32")
    part = np.random.default_rng(0).normal(size=(count, 3)), labels
    task = Task(
        model=flat(1),
        train=part,
        validation=part,
        test=part,
        loss=lambda outputs, labels: functional.binary_cross_entropy_with_logits(outputs[:, 0], labels),
    )
    expected = -(0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    assert chance_of(task, 1, "float32").constant.loss == pytest.approx(expected, rel=1e-3)


def test_labels_below_0_that_the_loss_leaves_out_are_no_classes():
    task = made("masks")
    task.train.labels[:, 0] = -100
    constants = list(constants_of(task, torch.zeros(4, 2, 4, 4)))
    expected = shares(task.train.labels[:, 1:]).diff().item()
    assert constants[1].flatten().diff().item() == pytest.approx(expected, rel=0.01)
    task.train.labels[:] = -100
    assert list(constants_of(task, torch.zeros(4, 2, 4, 4))) == []


def test_a_fit_draws_nothing_leaves_the_loss_alone_and_gives_the_same_again():
    scale = nn.Parameter(torch.ones(1))

    def loss(outputs, labels):
        random.random()
        return ((outputs[:, 0] * scale - labels) ** 2).mean() * (1 + torch.rand(1).item())

    first, again = (
        Task.from_arrays(model=flat(1), inputs=np.random.default_rng(0).normal(size=(50, 3)), labels=labels, loss=loss)
        for labels in [np.arange(50.0)] * 2
    )
    before, python = torch.random.get_rng_state(), random.getstate()
    assert chance_of(first, 1, "float32") == chance_of(again, 1, "float32")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert random.getstate() == python
    assert scale.grad is None
