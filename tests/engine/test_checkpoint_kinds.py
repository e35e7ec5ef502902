"""Every optimizer, averages, tokens in every layout, loaders: stopped again and again, they end with the same bits."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.engine import BACKENDS, Patience, is_available, train, train_stack
from lrlab.engine._reference import trial_steps
from lrlab.engine._steps import run_to_end
from lrlab.errors import Unstackable
from lrlab.models import gpt as gpt_model
from lrlab.spec import LAYOUT_KINDS, OPTIMIZERS
from lrlab.tasks import Task
from support.stops import STRIKES, in_pieces
from support.tasks import blobs, tokens, trial

HERE = [layout for layout in BACKENDS if is_available(layout) and not LAYOUT_KINDS[layout].compiling]
AVERAGES = ("ema(decay=0.7)", "swa(start=40%)", "lawa(every=3 updates, last=3)")
SETTINGS = {"weight_decay": 0.1, "decay_follows": "shape", "momentum_schedule": "linear"}


def content(trained):
    quiet = trained.record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0})
    arrays = {name: array.tobytes() for name, array in trained.arrays.items()}
    return quiet.to_json(), arrays, {name: tensor.numpy().tobytes() for name, tensor in trained.weights.items()}


def stacked(trials, task, layout, path, monkeypatch, updates=7):
    """Stopped, it ends as whole."""
    try:
        whole = train_stack(trials, task, layout)
    except Unstackable:
        assert layout == "lanes"
        pytest.skip("lanes do not hold it")
    ended, stops = in_pieces(
        lambda: train_stack(trials, task, layout, Patience(path, until=STRIKES)), monkeypatch, updates
    )
    assert stops >= 2
    assert list(map(content, ended)) == list(map(content, whole))
    return whole


def plain(asked, task, path, monkeypatch):
    whole = train(asked, task)
    begin = lambda: run_to_end(trial_steps(asked, task, Patience(path, until=STRIKES)))  # noqa: E731
    ended, stops = in_pieces(begin, monkeypatch, updates=1)
    assert stops >= 2
    assert content(ended) == content(whole)


def settings_of(name):
    own = {"momentum_schedule": "linear"} if OPTIMIZERS[name].momentum_argument else {}
    return {"name": name, "weight_decay": 0.1, "decay_follows": "shape"} | own


@pytest.mark.parametrize("layout", HERE)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stack_under_any_optimizer(name, layout, tmp_path, monkeypatch):
    task, peak = blobs(dropout=0.3), OPTIMIZERS[name].peaks[1]
    how = {"optimizer": settings_of(name), "budget": "4 epochs"}
    plans = (("cosine", peak, 1), ("constant", peak / 3, 2), ("plateau(patience=0)+constant", peak, 2))
    trials = [trial(task, schedule=plan, peak=rate, seed=seed, **how) for plan, rate, seed in plans]
    whole = stacked(trials, task, layout, tmp_path / "a.pt", monkeypatch)
    assert len({one.weights[next(iter(one.weights))].sum().item() for one in whole}) == len(trials)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_plain_trial_under_any_optimizer(name, tmp_path, monkeypatch):
    task = blobs(dropout=0.3)
    how = {"optimizer": settings_of(name), "peak": OPTIMIZERS[name].peaks[1], "budget": "4 epochs"}
    plain(trial(task, **how), task, tmp_path / "a.pt", monkeypatch)


def gpt():
    """A text that counts up, in windows, and a GPT."""
    ids = (np.cumsum(np.random.default_rng(2).choice(3, size=1300, p=[0.2, 0.6, 0.2])) % 7).astype(np.int64)
    model = lambda: gpt_model(vocabulary=7, context=12, blocks=1, dim=8, heads=2)  # noqa: E731
    rows = ids[: 13 * 100].reshape(100, 13)
    return Task.from_arrays(model=model, inputs=rows[:, :-1], labels=rows[:, 1:], objective=tokens().objective)


@pytest.mark.parametrize("layout", HERE)
@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize(
    ("make", "average"), [(tokens, None), *((tokens, average) for average in AVERAGES), (gpt, None), (gpt, AVERAGES[0])]
)
def test_a_stack_of_tokens(make, average, layout, tmp_path, monkeypatch):
    task = make()
    how = {"optimizer": {"name": "adamw", "weight_decay": 0.1}, "budget": "5 epochs", "average": average}
    trials = [trial(task, peak=peak, seed=seed, **how) for peak, seed in ((0.01, 1), (0.03, 2), (0.01, 2))]
    stacked(trials, task, layout, tmp_path / "a.pt", monkeypatch, updates=3)


def streamed():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(120, 4, generator=generator)
    y = (x[:, 0] > 0).long()

    def make(part, shuffle):
        return lambda size: DataLoader(TensorDataset(x[part], y[part]), batch_size=size, shuffle=shuffle)

    cuts = {"train": slice(80), "validation": slice(80, 100), "test": slice(100, 120)}
    parts = {name: make(part, name == "train") for name, part in cuts.items()}
    return Task.from_loaders(model=lambda: torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.BatchNorm1d(2)), **parts)


@pytest.mark.parametrize("average", [None, *AVERAGES])
@pytest.mark.parametrize("name", ["sgd", "schedule_free_sgd", "schedule_free_adamw", "muon"])
def test_a_trial_of_loaders(name, average, tmp_path, monkeypatch):
    if average is not None and OPTIMIZERS[name].evaluates:
        return  # refused, as it has an average of its own
    task = streamed()
    how = {"optimizer": {"name": name}, "peak": OPTIMIZERS[name].peaks[1], "budget": "5 epochs", "average": average}
    plain(trial(task, **how), task, tmp_path / "a.pt", monkeypatch)
