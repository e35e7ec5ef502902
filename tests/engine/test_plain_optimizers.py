"""The plain optimizers against their papers' formulas, written out in numpy, and against their authors' packages."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine._plain_optimizers import (
    Lamb,
    Lion,
    Muon,
    Prodigy,
    RMSprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Signum,
)
from lrlab.engine._plain_optimizers._muon import COEFFICIENTS, orthogonalize

UPDATES = 12
RATES = [0.1 * (1 - t / UPDATES) for t in range(UPDATES)]
START = np.random.default_rng(1).normal(size=(3, 4))
TARGET = np.random.default_rng(2).normal(size=(3, 4))


def gradient_at(weight):
    """Of the sum of (w - target)^2 (w - target + 2), which is no plain bowl."""
    gap = weight - TARGET
    return 3 * gap**2 + 4 * gap


def run_torch(optimizer_of, rates=RATES, evaluated=None):
    """The weights after each update of an optimizer over one matrix, at these rates, as numpy has them."""
    weight = nn.Parameter(torch.tensor(START))
    optimizer = optimizer_of([weight])
    course = []
    for rate in rates:
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight.grad = torch.tensor(gradient_at(weight.detach().numpy()))
        optimizer.step()
        course.append((weight if evaluated is None else evaluated(optimizer, weight)).detach().clone().numpy())
    return np.array(course)


def run_numpy(step):
    """The weights after each update of `step(weight, gradient, rate, number)`."""
    weight, course = START.copy(), []
    for number, rate in enumerate(RATES, 1):
        weight = step(weight, gradient_at(weight), rate, number)
        course.append(weight)
    return np.array(course)


def same(course, other, bound=1e-12):
    np.testing.assert_allclose(course, other, rtol=bound, atol=bound)


def test_lion_is_its_papers_algorithm():
    mean = np.zeros_like(START)

    def step(weight, gradient, rate, number):
        nonlocal mean
        moved = weight - rate * (np.sign(0.8 * mean + 0.2 * gradient) + 0.1 * weight)
        mean = 0.95 * mean + 0.05 * gradient
        return moved

    same(run_torch(lambda p: Lion(p, betas=(0.8, 0.95), weight_decay=0.1)), run_numpy(step))


def test_signum_is_its_papers_algorithm_and_sign_sgd_without_momentum():
    mean = np.zeros_like(START)

    def step(weight, gradient, rate, number):
        nonlocal mean
        mean = 0.8 * mean + 0.2 * gradient
        return weight - rate * (np.sign(mean) + 0.1 * weight)

    same(run_torch(lambda p: Signum(p, momentum=0.8, weight_decay=0.1)), run_numpy(step))
    plain = run_numpy(lambda weight, gradient, rate, _: weight - rate * np.sign(gradient))
    same(run_torch(lambda p: Signum(p, momentum=0)), plain)


def test_lamb_is_its_papers_algorithm():
    first, second = np.zeros_like(START), np.zeros_like(START)

    def step(weight, gradient, rate, number):
        nonlocal first, second
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        scaled = first / (1 - 0.9**number) / (np.sqrt(second / (1 - 0.99**number)) + 1e-6)
        direction = scaled + 0.1 * weight
        return weight - rate * np.linalg.norm(weight) / np.linalg.norm(direction) * direction

    same(run_torch(lambda p: Lamb(p, betas=(0.9, 0.99), weight_decay=0.1)), run_numpy(step))


def test_lamb_moves_weights_that_are_zero():
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.ones(2)
    Lamb([weight], lr=0.1).step()
    assert weight.tolist() == pytest.approx([-0.1, -0.1], rel=1e-4)


def by_hand(matrix):
    """Newton and Schulz's iteration through the singular values, which it changes one by one."""
    left, sizes, right = np.linalg.svd(matrix, full_matrices=False)
    a, b, c = COEFFICIENTS
    sizes = sizes / np.linalg.norm(matrix)
    for _ in range(5):
        sizes = a * sizes + b * sizes**3 + c * sizes**5
    return left @ np.diag(sizes) @ right


@pytest.mark.parametrize("nesterov", [True, False])
def test_muon_is_its_papers_algorithm(nesterov):
    mean = np.zeros_like(START)

    def step(weight, gradient, rate, number):
        nonlocal mean
        mean = 0.9 * mean + 0.1 * gradient
        direction = 0.9 * mean + 0.1 * gradient if nesterov else mean
        return weight - rate * (0.2 * math.sqrt(4) * by_hand(direction) + 0.1 * weight)

    optimizer = run_torch(lambda p: Muon(p, betas=(0.9, 0.95), weight_decay=0.1, nesterov=nesterov))
    same(optimizer, run_numpy(step), 1e-10)


def test_muon_is_torchs_to_the_rounding_of_bfloat16():
    torchs = getattr(torch.optim, "Muon", None)
    if torchs is None:
        pytest.skip("this torch has no Muon")
    theirs = run_torch(lambda p: torchs(p, momentum=0.9, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"))
    ours = run_torch(lambda p: Muon(p, betas=(0.9, 0.95), weight_decay=0.1))
    np.testing.assert_allclose(ours, theirs, atol=0.03)


def test_what_is_no_matrix_has_adamw_under_muon():
    ours = run_torch(lambda p: Muon([{"params": p, "matrices": False}], betas=(0.9, 0.99), weight_decay=0.1))
    same(ours, run_torch(lambda p: torch.optim.AdamW(p, betas=(0.9, 0.99), weight_decay=0.1)))


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (1, 4), (2, 3, 5)])
def test_singular_values_are_driven_towards_one(shape):
    made = orthogonalize(torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64))
    sizes = torch.linalg.svdvals(made)
    assert (sizes > 0.3).all()
    assert (sizes < 1.3).all()


def test_schedule_free_sgd_is_its_papers_algorithm():
    """Equations 3 to 5 of the paper, with x and z kept and y made; c is the share of the squared rates."""
    fast, mean, squares, course = START.copy(), START.copy(), 0.0, []
    for rate in RATES:
        trained = (1 - 0.8) * fast + 0.8 * mean
        fast = fast - rate * (gradient_at(trained) + 0.1 * trained)
        squares += RATES[0] ** 2  # of the largest rate so far
        share = RATES[0] ** 2 / squares
        mean = (1 - share) * mean + share * fast
        course.append(mean)
    evaluated = lambda optimizer, weight: optimizer.evaluation_weights()[weight]  # noqa: E731
    ours = run_torch(lambda p: ScheduleFreeSGD(p, momentum=0.8, weight_decay=0.1), evaluated=evaluated)
    same(ours, course)


@pytest.mark.parametrize("rates", [RATES, [0.0, 0.05, *RATES]])
def test_schedule_free_is_its_authors_package(rates):
    package = pytest.importorskip("schedulefree")

    def made(kind, **settings):
        def make(parameters):
            optimizer = kind(parameters, lr=1.0, **settings)
            optimizer.train()
            return optimizer

        return make

    pair = {"weight_decay": 0.1, "betas": (0.8, 0.99)}
    same(
        run_torch(lambda p: ScheduleFreeAdamW(p, **pair), rates),
        run_torch(made(package.AdamWScheduleFree, **pair), rates),
        1e-10,
    )
    one = {"weight_decay": 0.1, "momentum": 0.8}
    same(
        run_torch(lambda p: ScheduleFreeSGD(p, **one), rates),
        run_torch(made(package.SGDScheduleFree, **one), rates),
        1e-10,
    )


@pytest.mark.parametrize("rates", [[1.0] * 30, [0.0, 0.5, 1.0, *np.linspace(1, 0, 20)]])
def test_prodigy_is_its_authors_package(rates):
    package = pytest.importorskip("prodigyopt")
    ours = run_torch(lambda p: Prodigy(p, betas=(0.8, 0.99), weight_decay=0.1), rates)
    theirs = lambda p: package.Prodigy(p, betas=(0.8, 0.99), weight_decay=0.1, safeguard_warmup=True)  # noqa: E731
    same(ours, run_torch(theirs, rates), 1e-8)
    assert abs(ours[-1] - START).max() > 1e-4


def test_lion_is_a_package_s():
    package = pytest.importorskip("lion_pytorch")
    theirs = run_torch(lambda p: package.Lion(p, lr=1.0, betas=(0.8, 0.95), weight_decay=0.1))
    same(run_torch(lambda p: Lion(p, betas=(0.8, 0.95), weight_decay=0.1)), theirs)


def test_rmsprop_may_begin_without_momentum():
    """The running direction begins where the momentum is first above 0; torch's class stops there."""
    momenta, square, direction = [0.0, 0.0, 0.5, 0.0, 0.9, *[0.7] * (UPDATES - 5)], 0.0, 0.0

    def step(weight, gradient, rate, number):
        nonlocal square, direction
        square = 0.9 * square + 0.1 * gradient**2
        scaled = gradient / (np.sqrt(square) + 1e-8)
        if momenta[number - 1]:
            direction = momenta[number - 1] * direction + scaled
        return weight - rate * (direction if momenta[number - 1] else scaled)

    class Moving(RMSprop):
        def step(self, closure=None):
            self.param_groups[0]["momentum"] = momenta[self.done]
            self.done += 1
            return super().step(closure)

    Moving.done = 0
    same(run_torch(lambda weights: Moving(weights, alpha=0.9)), run_numpy(step))
