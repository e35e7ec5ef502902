"""Built-in networks of tokens and pixels, stacked and by the plain loop; faults planted in their layers are found."""

import numpy as np
import pytest

from lrlab.engine import verify
from lrlab.engine._layouts import _attention, _modules, _tokens
from lrlab.errors import Unstackable
from lrlab.models import gpt, text_classifier, unet
from lrlab.objectives import NextToken, PerPixel
from lrlab.spec import Optimizer
from lrlab.tasks import Task
from support.equivalence import PLANS, found_by_verify
from support.tasks import trial

V, L = 13, 6


def language():
    ids = np.random.default_rng(0).integers(0, V, size=(40, L + 1))
    split = {"inputs": ids[:, :-1], "labels": ids[:, 1:]}
    return Task.from_arrays(model=lambda: gpt(V, L, 8, 2, 1), objective=NextToken(), **split)


def texts():
    ids = np.random.default_rng(1).integers(1, V, size=(40, L))
    ids[::3, 4:] = 0
    return Task.from_arrays(model=lambda: text_classifier(V, 3, 8), inputs=ids, labels=ids[:, 0] % 3)


def pixels():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, size=(40, 8, 8))
    inputs = (labels[:, None] + rng.normal(size=(40, 1, 8, 8))).astype(np.float32)
    return Task.from_arrays(model=lambda: unet(1, 3, 4), inputs=inputs, labels=labels, objective=PerPixel())


def made(task, precision="float64"):
    settings = {"optimizer": Optimizer(name="adamw"), "batch_size": 8, "budget": "6 updates", "precision": precision}
    return [trial(task, schedule=p, peak=r / 10, seed=s, **settings) for p, r, s in PLANS]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("make", [language, texts, pixels])
def test_networks_of_tokens_and_pixels_are_stacked_exactly(make, precision):
    task = make()
    rows = verify(made(task, precision), task, "grouped")
    assert all(row.equal for row in rows), rows[:3]


def a_neighbours_table(monkeypatch):
    """Tokens are looked up in the table of the next trial."""
    honest = _tokens.look_up

    def look_up(b, op, ids, table, padding):
        return honest(b, op, ids, table.roll(1, 0), padding)

    monkeypatch.setattr(_tokens, "look_up", look_up)


def a_neighbours_scale(monkeypatch):
    """Layer norm has the weights of the next trial."""
    honest = _tokens._normalised

    def normalised(b, op, x, function, dims):
        made = honest(b, op, x, function, dims)
        return b.add(lambda y: y + 1e-6 * y.roll(1, 0), made, shape=made.shape)

    monkeypatch.setattr(_tokens, "_normalised", normalised)


def attention_that_looks_ahead(monkeypatch):
    """The causal mask is left out."""
    honest = _attention._attend
    monkeypatch.setattr(_attention, "_attend", lambda x, options: honest(x, options | {"is_causal": False}))


def check_it_is_found(task, monkeypatch):
    """The stack's own look at its first update refuses it; without that look its records are not equal."""
    with pytest.raises(Unstackable, match="computes other numbers than the stack made of it"):
        verify(made(task), task, "grouped")
    assert not all(row.equal for row in found_by_verify(made(task), task, "grouped", monkeypatch))


@pytest.mark.parametrize("fault", [a_neighbours_table, a_neighbours_scale, attention_that_looks_ahead])
def test_a_planted_fault_is_found(fault, monkeypatch):
    fault(monkeypatch)
    check_it_is_found(language(), monkeypatch)


def test_a_raised_pixel_of_another_trial_is_found(monkeypatch):
    """The bias of a transposed convolution is that of the next trial."""
    honest = _modules.with_bias

    def with_bias(outputs, bias):
        return honest(outputs + 1e-6 * outputs.detach().roll(1, 1), bias)

    monkeypatch.setattr(_modules, "with_bias", with_bias)
    check_it_is_found(pixels(), monkeypatch)
