"""What is asked of a user's task when it is opened: a new model each time, of one seed, and numbers before training."""

import copy
import os
import random
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrlab.errors import TaskError
from lrlab.spec import Metric
from lrlab.tasks import Augment, Task, seeded
from lrlab.tasks._fit import check_own

INPUTS, LABELS = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 3
ONCE = nn.Linear(4, 3)
BODY = nn.Linear(4, 8)
OWN_NUMPY = np.random.default_rng(0)
OWN_TORCH = torch.Generator().manual_seed(0)
CALLS = []


def task(model, **others):
    return Task.from_arrays(**{"model": model, "inputs": INPUTS, "labels": LABELS} | others)


@lru_cache
def cached():
    return nn.Linear(4, 3)


class Wrapped(nn.Module):
    """A new module around one that is always the same."""

    def __init__(self):
        super().__init__()
        self.inner = ONCE

    def forward(self, inputs):
        return self.inner(inputs)


class Tied(nn.Linear):
    """A new layer on a tensor that is always the same."""

    def __init__(self):
        super().__init__(4, 3)
        self.weight.data = ONCE.weight.data


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda: ONCE, "one and the same module each time"),
        (cached, "one and the same module each time"),
        (lambda: nn.Sequential(BODY, nn.Linear(8, 3)), r"share 0.bias, 0.weight: .*copy.deepcopy"),
        (Wrapped, r"share inner.bias, inner.weight"),
        (Tied, r"share weight"),
        (lambda: copy.copy(ONCE), r"share bias, weight"),
    ],
)
def test_a_factory_whose_models_share_is_refused(factory, message):
    with pytest.raises(TaskError, match=f"mine: .*{message}"):
        check_own(task(factory), "mine")


def drawn(weights):
    layer = nn.Linear(4, 3)
    layer.weight.data = torch.as_tensor(weights, dtype=torch.float32).reshape(3, 4)
    return layer


def growing():
    CALLS.append(1)
    return nn.Sequential(nn.Linear(4, 4 + len(CALLS)), nn.Linear(4 + len(CALLS), 3))


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        (lambda: drawn(OWN_NUMPY.normal(size=12)), "other values of weight"),
        (lambda: drawn(np.random.default_rng().normal(size=12)), "other values of weight"),
        (lambda: drawn(torch.randn(12, generator=OWN_TORCH)), "other values of weight: the seed decides nothing"),
        (lambda: drawn(np.frombuffer(os.urandom(12), dtype=np.uint8).copy()), "torch.initial_seed"),
        (growing, "models of different layers or shapes"),
    ],
)
def test_a_factory_that_the_seed_does_not_govern_is_refused(factory, message):
    with pytest.raises(TaskError, match=f"mine: under one seed .*{message}"):
        check_own(task(factory), "mine")


def reseeding(seed):
    def make():
        seed()
        return drawn(np.random.normal(size=12))  # noqa: NPY002

    return make


@pytest.mark.parametrize(
    ("seed", "kind"),
    [
        (lambda: torch.manual_seed(0), "torch"),
        (lambda: torch.random.manual_seed(7), "torch"),
        (lambda: (torch.manual_seed(0), torch.rand(3)), "torch"),
        (lambda: np.random.seed(0), "numpy"),  # noqa: NPY002
        (lambda: random.seed(0), "Python"),
    ],
)
def test_a_factory_that_seeds_for_itself_is_refused(seed, kind):
    with pytest.raises(TaskError, match=rf"mine: `model` seeds {kind}'s generator itself, .*copy\.deepcopy"):
        check_own(task(reseeding(seed)), "mine")


def seeded_inside():
    draws = np.random.default_rng(torch.initial_seed() % 2**63)
    return drawn(draws.normal(size=12))


def shuffled_by_python():
    order = list(range(12))
    random.shuffle(order)
    return drawn(order)


@pytest.mark.parametrize(
    "factory",
    [
        lambda: nn.Linear(4, 3),
        lambda: copy.deepcopy(ONCE),
        lambda: drawn(np.random.normal(size=12)),  # noqa: NPY002
        lambda: drawn(np.zeros(12)),
        seeded_inside,
        shuffled_by_python,
        lambda: nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3)),
    ],
)
def test_a_factory_that_the_seed_governs_is_taken(factory):
    models = check_own(task(factory), "mine")
    assert models[0] is not models[1]


@pytest.mark.parametrize(
    "factory",
    [
        lambda: nn.LazyLinear(3),
        lambda: nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(3)),
    ],
)
def test_a_lazy_model_is_whole_and_belongs_to_the_seed(factory):
    made = task(factory)
    check_own(made, "mine")
    with seeded(1):
        first, other = made.model(), made.model()
    with seeded(1):
        again = made.model()
    assert first.training
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    assert any(not torch.equal(one, two) for one, two in zip(first.parameters(), other.parameters(), strict=True))
    assert not any(nn.parameter.is_lazy(parameter) for parameter in first.parameters())


class Noisy(nn.Linear):
    """Adds what a function draws while it trains."""

    def __init__(self, draw):
        super().__init__(4, 3)
        self.draw = draw

    def forward(self, inputs):
        return super().forward(inputs + self.draw() * self.training)


@pytest.mark.parametrize(("draw", "kind"), [(np.random.normal, "numpy"), (random.random, "Python")])
def test_a_model_that_draws_elsewhere_while_it_runs_is_refused(draw, kind):
    with pytest.raises(TaskError, match=f"draws from {kind}'s generator while it runs, .*draw from torch's"):
        check_own(task(lambda: Noisy(draw)), "mine")
    check_own(task(lambda: Noisy(lambda: torch.rand(()))), "mine")


def counter():
    number = [0]

    def count():
        number[0] += 1
        return number[0]

    return count


class Counting(nn.Linear):
    """Counts its own calls."""

    def __init__(self, kept=False):
        super().__init__(4, 3)
        if kept:
            self.register_buffer("calls", torch.zeros(()))
        else:
            self.calls = 0

    def forward(self, inputs):
        self.calls += 1
        return super().forward(inputs) * float(self.calls)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: OWN_NUMPY.normal(),
        lambda: torch.rand((), generator=OWN_TORCH),
        random.Random(0).random,
        counter(),
        lambda: float(CALLS.append(1) or len(CALLS)),
    ],
)
def test_what_belongs_to_no_seed_while_a_model_trains_is_refused(draw):
    with pytest.raises(TaskError, match=r"same batch, weights and seed .*register_buffer"):
        check_own(task(lambda: Noisy(draw)), "mine")


def test_a_model_may_count_in_a_buffer_alone():
    with pytest.raises(TaskError, match=r"same batch, weights and seed .*register_buffer"):
        check_own(task(Counting), "mine")
    check_own(task(lambda: Counting(kept=True)), "mine")


@pytest.mark.parametrize(
    "model",
    [
        lambda: nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3)),
        lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(4, 8)), nn.Linear(8, 3)),
        lambda: nn.Sequential(nn.Linear(4, 8), nn.RReLU(), nn.Linear(8, 3)),
        lambda: Noisy(lambda: torch.randn(4)),
        lambda: nn.Sequential(
            nn.Unflatten(1, (1, 4)), nn.TransformerEncoderLayer(4, 2, 8), nn.Flatten(), nn.Linear(4, 3)
        ),
    ],
)
def test_what_belongs_to_the_seed_while_a_model_trains_is_taken(model):
    check_own(task(model), "mine")


@pytest.mark.parametrize(
    "draw", [np.random.rand, random.random, OWN_NUMPY.normal, counter(), lambda: torch.rand((), generator=OWN_TORCH)]
)
def test_a_loss_or_metric_that_belongs_to_no_seed_is_refused(draw):
    loss = {"loss": lambda outputs, labels: nn.functional.cross_entropy(outputs, labels) + draw()}
    with pytest.raises(TaskError, match=r"the loss gives .* and then .* draw from torch's own generator"):
        check_own(task(lambda: nn.Linear(4, 3), **loss), "mine")
    with pytest.raises(TaskError, match=r"the metric gives .* and then .* draw from torch's own generator"):
        check_own(task(lambda: nn.Linear(4, 3), **scored(lambda outputs: float(draw()))), "mine")


def test_a_loss_may_draw_from_torch():
    loss = {"loss": lambda outputs, labels: nn.functional.cross_entropy(outputs + torch.randn(3), labels)}
    check_own(task(lambda: nn.Linear(4, 3), **loss), "mine")


@pytest.mark.parametrize("kind", ["outputs", "labels"])
@pytest.mark.parametrize("count", [14, 24])
def test_a_metric_that_changes_only_many_examples_in_place_is_refused(kind, count):
    def score(outputs, labels):
        if len(labels) >= count:
            {"outputs": outputs, "labels": labels}[kind].add_(1)
        return 0.5

    own = {
        "metric": Metric(name="own"),
        "score": score,
        "inputs": np.tile(INPUTS, (3, 1)),
        "labels": np.tile(LABELS, 3),
    }
    with pytest.raises(TaskError, match=rf"the metric changes its {kind} in place, .*{kind}.clone"):
        check_own(task(lambda: nn.Linear(4, 3), **own), "mine")


def scored(value):
    return {"metric": Metric(name="own"), "score": lambda outputs, labels: value(outputs)}


@pytest.mark.parametrize(
    ("others", "message"),
    [
        (scored(lambda outputs: float("nan")), "the metric is no number, so .*return a finite number"),
        (scored(lambda outputs: float("inf")), "the metric is inf, beyond"),
        (scored(lambda outputs: 1e300), r"the metric is 1e\+300, beyond what can be compared \(1e\+150\)"),
        (scored(lambda outputs: np.float64(-2e150)), "beyond what can be compared"),
        (scored(lambda outputs: torch.tensor(float("nan"))), "the metric is no number"),
        (scored(lambda outputs: 10**400), "the metric failed on 5 examples: OverflowError"),
        (scored(lambda outputs: torch.ones(3)), "the metric failed on 5 examples"),
        (scored(lambda outputs: None), "the metric failed on 5 examples: TypeError"),
        (scored(lambda outputs: 1 / (8 - len(outputs))), "the metric failed on 8 examples: ZeroDivisionError"),
        ({"loss": lambda outputs, labels: outputs.sum() * float("inf")}, "the loss is "),
        ({"loss": lambda outputs, labels: (outputs * torch.nan).sum()}, "the loss is no number"),
        ({"inputs": INPUTS * 1e38}, "the loss is "),
    ],
)
def test_what_is_no_number_before_training_is_refused(others, message):
    with pytest.raises(TaskError, match=f"mine: .*{message}"):
        check_own(task(lambda: nn.Linear(4, 3), **others), "mine")


@pytest.mark.parametrize(
    "value", [0.5, 1, True, np.float32(0.5), torch.tensor(0.5), torch.tensor([[0.5]]), -1e149, 10**20]
)
def test_a_metric_may_be_any_number(value):
    check_own(task(lambda: nn.Linear(4, 3), **scored(lambda outputs: value)), "mine")


def images(labels, augment, side=8, dtype=np.float32):
    shape = (20, 1, side, side)
    pixels = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    loss = None if labels == () else nn.functional.mse_loss
    values = np.arange(20) % 3 if labels == () else np.zeros((20, *labels), dtype)
    return Task.from_arrays(model=nn.Identity, inputs=pixels, labels=values, augment=augment, loss=loss)


@pytest.mark.parametrize("augment", [Augment(flip=True), Augment(crop=2), Augment(flip=True, crop=1, cutout=3)])
@pytest.mark.parametrize("labels", [(8, 8), (1, 8, 8), (3, 8, 8), (4, 4), (5, 2)])
def test_labels_with_places_in_moved_images_are_refused(labels, augment):
    with pytest.raises(TaskError, match=r"crop and flip move the images, and labels of .*leave crop and flip out"):
        images(labels, augment)


@pytest.mark.parametrize(("side", "dtype"), [(8, np.int64), (8, np.uint8), (6, np.int32), (5, bool)])
def test_a_class_for_each_pixel_in_a_row_has_places_too(side, dtype):
    with pytest.raises(TaskError, match=r"crop and flip move the images, .*or move images and labels before they beco"):
        images((side**2,), Augment(flip=True), side, dtype)


@pytest.mark.parametrize("augment", [Augment(flip=True), Augment(crop=2), Augment(flip=True, crop=1, cutout=3)])
@pytest.mark.parametrize(("count", "dtype"), [(64, np.float32), (64, float), (63, np.float32), (63, int), (1, int)])
def test_as_many_amounts_as_pixels_are_no_places(count, dtype, augment):
    assert images((count,), augment, dtype=dtype).augment == augment


@pytest.mark.parametrize(
    ("labels", "augment"),
    [((8, 8), Augment(cutout=3)), ((8, 8), None), ((), Augment(flip=True)), ((4,), Augment(crop=1))],
)
def test_labels_that_need_not_move_are_taken(labels, augment):
    assert images(labels, augment).augment == augment


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"inputs": np.where(INPUTS.max() == INPUTS, 1e300, INPUTS)}, "inputs go beyond 3.4e38, .*scale them"),
        ({"labels": np.full(40, 1e60), "loss": nn.functional.mse_loss}, "labels go beyond 3.4e38"),
        (
            {"labels": np.full(40, 2**64 - 3, dtype=np.uint64)},
            r"go up to \d+, beyond 2\^63; give smaller",
        ),
        ({"labels": [2**70] * 40}, r"labels go beyond 2\^63; give smaller numbers"),
    ],
)
def test_numbers_too_large_for_their_type_are_refused(others, message):
    with pytest.raises(TaskError, match=message):
        task(lambda: nn.Linear(4, 3), **others)


def area_under_curve(outputs, labels):
    """The share of pairs of both classes that are in order; no number where a class is missing."""
    first, second = outputs[labels == 0, 0], outputs[labels == 1, 0]
    return float((second[:, None] > first).float().mean())


def sorted_by_class(count, seconds):
    labels = (torch.arange(count) >= count - seconds).long()
    return torch.randn(count, 4, generator=torch.Generator().manual_seed(0)), labels


def ranked(kind, seconds):
    """A task that is judged by the area under the curve, with so many validation examples of the second class."""
    how = {"model": lambda: nn.Linear(4, 2), "metric": Metric(name="auc"), "score": area_under_curve}
    few, many = sorted_by_class(20, 10), sorted_by_class(2000, seconds)
    if kind == "memory":
        return Task(train=few, validation=many, test=few, **how)
    make = lambda part: lambda size: DataLoader(TensorDataset(*part), batch_size=size)  # noqa: E731
    return Task.from_loaders(train=make(few), validation=make(many), test=make(few), **how)


@pytest.mark.parametrize("kind", ["memory", "loaders"])
def test_a_metric_is_asked_of_examples_of_every_class_however_they_are_sorted(kind):
    for seconds in (1000, 3):
        check_own(ranked(kind, seconds), "mine")
    with pytest.raises(TaskError, match="on untrained weights and 2000 examples the metric is no number"):
        check_own(ranked(kind, 0), "mine")
