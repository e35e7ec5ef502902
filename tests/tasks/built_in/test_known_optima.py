"""Tasks on numbers against what theory or another solver says."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes as of_sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, r2_score

from lrlab.engine import train_stack
from lrlab.tasks import get
from lrlab.tasks._built_in import _diabetes
from lrlab.tasks._built_in._generated import eigenvalues
from support.tasks import trial


def arrays(task):
    return {name: tuple(part.double().numpy() for part in split) for name, split in task.splits()}


def trained(task, count=1, **fields):
    trials = [trial(task, seed=seed, **fields) for seed in range(1, count + 1)]
    return [done.record for done in train_stack(trials, task, "grouped")]


def test_the_diabetes_are_scikit_learns(monkeypatch):
    wanted = of_sklearn(return_X_y=True, scaled=False)
    read = _diabetes.load_diabetes()
    monkeypatch.setattr(_diabetes, "FILES", ("elsewhere",))
    for measured, target in (read, _diabetes.load_diabetes()):
        assert np.array_equal(measured, wanted[0])
        assert np.array_equal(target, wanted[1])
    task = get("diabetes/linear")
    inputs = torch.cat([split.inputs for _, split in task.splits()])
    assert len(inputs) == 442
    assert inputs.mean(0).abs().max() < 1e-5
    assert inputs.std(0, correction=0) == pytest.approx(np.ones(10), abs=1e-5)


def test_a_linear_model_of_diabetes_comes_to_least_squares():
    task = get("diabetes/linear")
    parts = arrays(task)
    solved = LinearRegression().fit(*parts["train"])
    best = r2_score(parts["test"][1], solved.predict(parts["test"][0]))
    assert 0.3 < best < 0.6  # as published for this data: about half of the variance
    (record,) = trained(task, schedule="cosine", peak=0.03, budget="200 epochs", batch_size=53)
    assert record.test.score == pytest.approx(best, abs=0.01)


def test_every_split_of_the_quadratic_has_the_same_known_loss():
    task = get("quadratic/noisy(condition=50, dim=12, noise=2)")
    parts = arrays(task)
    solved, *_ = np.linalg.lstsq(*parts["train"], rcond=None)
    rng = np.random.default_rng(0)
    others = solved + rng.normal(size=(12, 5))
    losses = {name: ((x @ others - y) ** 2).mean(0) for name, (x, y) in parts.items()}
    for name, (x, y) in parts.items():
        hessian = 2 * x.T @ x / len(x)
        assert np.sort(np.linalg.eigvalsh(hessian))[::-1] == pytest.approx(eigenvalues(12, 50), abs=1e-5)
        assert ((x @ solved - y) ** 2).mean() == pytest.approx(4, abs=1e-4)  # noise squared
        assert losses[name] == pytest.approx(losses["train"], rel=1e-4)
    assert np.sqrt(((solved) ** 2).sum()) == pytest.approx(np.sqrt(12), abs=1e-3)  # 1 along each of the axes


def without_replacement(h, rate, batch, count):
    """The excess of the loss at an epoch's end, where an epoch's batches hold each example once.

    The noise of an epoch's m batches sums to zero, so one of them against another correlates by -1 / (m - 1).
    """
    m = count // batch
    noise = 2 * h / batch * (1 - batch / count) * count / (count - 1)  # its variance, for noise 1
    kept = (1 - rate * h[:, None]) ** np.arange(m)
    squares, total = (kept**2).sum(1), kept.sum(1) ** 2
    spread = rate**2 * noise * (squares - (total - squares) / (m - 1)) / (1 - (1 - rate * h) ** (2 * m))
    return (h / 2 * spread).sum()


@pytest.mark.parametrize("rate", [0.3, 0.1])
def test_sgd_at_a_constant_rate_leaves_the_loss_that_the_formula_says(rate):
    task = get("quadratic/noisy(condition=10, dim=8)")
    settings = {"schedule": "constant", "peak": rate, "budget": "20 epochs", "batch_size": 64}
    records = trained(task, 48, optimizer={"name": "sgd", "momentum": 0}, **settings)
    excess = [epoch.validation_loss - 1 for record in records for epoch in record.epochs[10:]]
    assert np.mean(excess) == pytest.approx(without_replacement(eigenvalues(8, 10), rate, 64, 2048), rel=0.15)


def test_the_logistic_optimum_is_scikit_learns():
    task = get("logistic")
    (inputs, labels), tests = arrays(task)["train"], arrays(task)["test"]
    solved = LogisticRegression(C=1e8, tol=1e-10, max_iter=10_000).fit(inputs, labels)
    wanted = log_loss(tests[1], solved.predict_proba(tests[0]))
    assert 0.6 * np.log(2) < wanted < 0.8 * np.log(2)  # classes overlap, and can be told apart
    (record,) = trained(task, schedule="cosine", peak=0.3, budget="60 epochs", batch_size=64)
    assert record.test.loss == pytest.approx(wanted, abs=0.005)
