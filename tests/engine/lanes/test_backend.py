"""Lanes against torch's plain loop over many updates, and what a trial's numbers may not depend on."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine import block_size
from support.equivalence import Plain

pytestmark = pytest.mark.usefixtures("instruction_set")
SHAPE = (3, 8, 7)
WHICH = (0, 1, 1, 0, 1)
FULL = (0, 1) * 8  # fills whole registers of every instruction set, in both precisions
OPTIMIZERS = [
    {"name": "sgd"},
    {"name": "sgd", "nesterov": True, "clip": 0.3},
    {"name": "rmsprop", "alpha": 0.9, "eps": 1e-6},
    {"name": "rmsprop", "clip": 0.3},
    {"name": "adam", "beta2": 0.95, "eps": 1e-6},
    {"name": "adamw", "clip": 0.3, "eps": 1e-6},
]


def various():
    """A net with a layer of every kind."""

    def forward(m, x):
        x = F.relu(m.norm(m.stem(x)))
        x = F.relu(m.drop(m.same(x)) + x)
        x = m.pool(torch.cat([m.left(x), m.act(m.right(x)), x], 1))
        return m.head(m.last(m.hidden(m.act(m.mean(x)).flatten(1))))

    return Plain(
        forward,
        stem=nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False),
        norm=nn.BatchNorm2d(4),
        same=nn.Conv2d(4, 4, 3, padding=1, groups=2),
        drop=nn.Dropout2d(0.2),
        left=nn.Conv2d(4, 3, 1),
        right=nn.Conv2d(4, 2, (1, 3), padding=(0, 1)),
        act=nn.LeakyReLU(0.1),
        pool=nn.MaxPool2d(2, 1),
        mean=nn.AvgPool2d(2, 1, 1),
        hidden=nn.Linear(144, 6, bias=False),
        last=nn.Sequential(nn.BatchNorm1d(6), nn.Tanh(), nn.Dropout(0.3), nn.Sigmoid()),
        head=nn.Linear(6, 5),
    )


def values(found, seed=0):
    """Rates, momenta (some are zero) and decays (some are zero), each trial's own."""
    draws = np.random.default_rng(seed)
    count = len(found.which)
    momentum = draws.choice([0.0, 0.5, 0.9], count) if found.trial.optimizer.name != "adam" else draws.random(count)
    return found.values(draws.uniform(0.001, 0.02, count), momentum, draws.choice([0.0, 0.01, 0.1], count))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("own", [True, False], ids=["own inputs", "shared inputs"])
@pytest.mark.parametrize("settings", OPTIMIZERS, ids=str)
def test_every_optimizer_is_torchs(twin, settings, own, threads):
    found = twin(various, SHAPE, WHICH, threads=threads, **settings)
    for t in range(5):
        apart = found.step(t, values(found, t), own)
        worst = max(apart, key=apart.__getitem__)
        assert apart[worst] <= 1e-8, f"{worst} in update {t}"
    assert found.look() <= 1e-8


@pytest.mark.parametrize("momentum", [0.0, 0.9, [0.0, 0.9, 0.0, 0.5, 0.0]], ids=str)
@pytest.mark.parametrize("decay", [0.0, 0.1, [0.0, 0.1, 0.0, 0.0, 0.5]], ids=str)
@pytest.mark.parametrize(
    "settings", [{"name": "sgd", "nesterov": True}, {"name": "rmsprop"}, {"name": "adamw"}], ids=str
)
def test_momentum_and_decay_in_all_lanes_some_and_none(twin, settings, momentum, decay):
    found = twin(lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)), (4,), **settings)
    for t in range(4):
        assert max(found.step(t, found.values(0.01, momentum, decay)).values()) <= 1e-10


def test_momentum_that_comes_and_goes_finds_what_it_left(twin):
    found = twin(lambda: nn.Sequential(nn.Linear(4, 3)), (4,))
    for t, momentum in enumerate([0.9, 0.0, 0.0, [0.0, 0.5, 0.9, 0.0, 0.9], 0.9]):
        assert max(found.step(t, found.values(0.1, momentum)).values()) <= 1e-12


def test_squared_error_is_torchs(twin):
    found = twin(various, SHAPE, WHICH, squares=True)
    assert max(max(found.step(t, found.values(0.01)).values()) for t in range(3)) <= 1e-9


def test_a_frozen_weight_stays_and_an_unused_one_too(twin):
    def make():
        model = various()
        for frozen in (model.same, model.norm, model.left.weight, model.right.bias):
            frozen.requires_grad_(False)
        model.unused = nn.Linear(2, 2)
        return model

    found = twin(make, SHAPE, WHICH, threads=2)
    before = found.backends[0].tensors()
    for t in range(3):
        assert max(found.step(t).values()) <= 1e-9
    after = found.backends[0].tensors()
    for name in ("same.weight", "norm.bias", "left.weight", "right.bias", "unused.weight"):
        assert torch.equal(before[name], after[name])
    assert not torch.equal(before["norm.running_mean"], after["norm.running_mean"])
    assert after["norm.num_batches_tracked"].tolist() == [3] * 5


def alone(twin, **words):
    return twin(various, SHAPE, engines=("lanes",), **words)


def run(found, updates, first=0, spoil=None, given=None):
    """Updates of a lane backend alone; all that came of it, by name. spoil: trials of a huge rate, then NaN weights."""
    backend, outcome = found.backends[0], {}
    given = values(found, 1) if given is None else given
    if spoil is not None:
        given[0, spoil] = 1e30
        broken = backend.tensors()
        for tensor in broken.values():
            if tensor.is_floating_point():
                tensor[spoil[:1]] = torch.nan
        backend.load(broken, backend.state(), first)
    for t in range(first, first + updates):
        found.noises[0].t = t
        losses, outputs = backend.step(*found.batch_of(t), given, t)
        outcome |= {f"losses {t}": losses, f"outputs {t}": outputs}
    looked = backend.forward(torch.randn(1, 4, *SHAPE, generator=torch.Generator().manual_seed(3)), False)
    return outcome | {"looked": looked} | state_of(backend)


def state_of(backend):
    state = {f"{slot} {name}": one for slot, held in backend.state().items() for name, one in held.items()}
    return backend.tensors() | state


def differing(found, expected):
    assert found.keys() == expected.keys()
    return [name for name in found if not torch.equal(found[name], expected[name])]


def rows_of(found, rows):
    return {name: tensor[rows] for name, tensor in found.items()}


PRECISIONS = pytest.mark.parametrize("precision", ["float32", "float64"])
THREADS = pytest.mark.parametrize("threads", [1, 2])


@PRECISIONS
@THREADS
@pytest.mark.parametrize("settings", OPTIMIZERS[1::2], ids=str)
def test_a_trial_that_leaves_the_numbers_changes_no_bit_of_another(twin, precision, threads, settings):
    words = {"which": (0, 1) * 5, "precision": precision, "threads": threads, **settings}
    honest = run(alone(twin, **words), 3)
    broken = run(alone(twin, **words), 3, spoil=[1, 6, 9])
    others = [0, 2, 3, 4, 5, 7, 8]
    assert broken["losses 2"][[1]].isnan().all()
    assert not differing(rows_of(broken, others), rows_of(honest, others))


@PRECISIONS
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9, 16])
def test_neither_place_nor_number_of_trials_changes_a_bit(twin, precision, count):
    """The last ones first: the trials of a long stack, again in a shorter one and in reverse."""
    words = {"precision": precision, "name": "adamw", "clip": 0.3}
    whole = alone(twin, which=(0, 1, 1, 0) * 4, **words)
    rows = list(range(16))[: -count - 1 : -1]
    given = values(whole, 1)
    part = alone(twin, which=[whole.which[row] for row in rows], **words)
    part.backends[0].load(rows_of(whole.backends[0].tensors(), rows), part.backends[0].state(), 0)
    assert not differing(run(part, 3, given=given[:, rows]), rows_of(run(whole, 3), rows))


@PRECISIONS
@THREADS
def test_the_same_run_twice_is_the_same_to_the_bit(twin, precision, threads):
    words = {"which": WHICH, "precision": precision, "threads": threads, "batch": 7, "clip": 0.3}
    first = run(alone(twin, **words), 4)
    for _ in range(4):
        assert not differing(run(alone(twin, **words), 4), first)


@PRECISIONS
@pytest.mark.parametrize("settings", OPTIMIZERS[::2], ids=str)
def test_what_is_put_back_is_what_was_given_and_goes_on_to_the_same_bits(twin, precision, settings):
    words = {"which": (0, 1) * 5, "precision": precision, **settings}
    found, other = alone(twin, **words), alone(twin, **words)
    run(found, 2)
    kept = {name: tensor.clone() for name, tensor in state_of(found.backends[0]).items()}
    other.backends[0].load(found.backends[0].tensors(), found.backends[0].state(), 2)
    assert not differing(state_of(other.backends[0]), kept)
    assert not differing(run(other, 2, first=2), run(found, 2, first=2))
    assert differing(state_of(found.backends[0]), kept)


@pytest.fixture(params=[1, 2])
def _threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@PRECISIONS
@pytest.mark.usefixtures("_threads")
@pytest.mark.parametrize("rows", [[0], [9], [1, 3, 4], [8, 2, 5, 0], list(range(9))], ids=str)
def test_the_kept_go_on_to_the_same_bits_as_if_the_others_had_stayed(twin, precision, rows):
    words = {"which": (0, 1) * 5, "precision": precision, "name": "rmsprop", "threads": None}
    full, part = alone(twin, **words), alone(twin, **words)
    for found in (full, part):
        run(found, 2)
    part.backends[0].keep(rows)
    assert part.backends[0].size == len(rows)
    assert not differing(state_of(part.backends[0]), rows_of(state_of(full.backends[0]), rows))
    given = values(full, 1)
    part.which = [part.which[row] for row in rows]
    assert not differing(run(part, 2, first=2, given=given[:, rows]), rows_of(run(full, 2, first=2), rows))


def test_what_is_given_away_is_a_copy(twin):
    found = alone(twin, which=WHICH)
    before = {name: tensor.clone() for name, tensor in found.backends[0].tensors().items()}
    for tensor in found.backends[0].tensors().values():
        tensor.fill_(3)
    assert not differing(found.backends[0].tensors(), before)


def test_memory_of_a_trial_is_counted(twin):
    narrow, wide = (alone(twin, which=FULL, precision=one).backends[0] for one in ("float32", "float64"))
    weights = sum(tensor[0].numel() for tensor in wide.tensors().values())
    assert 8 * weights < wide.trial_bytes < 1 << 20
    assert narrow.trial_bytes < wide.trial_bytes


def test_gradients_of_equal_layers_share_their_memory(twin):
    """One more convolution and batch norm: more images, which are read again backward, and no more gradients."""
    batch, channels, side = 64, 4, 8

    def deep(count):
        blocks = [nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels)) for _ in range(count)]
        return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 5))

    taken = [alone_of(twin, partial(deep, count), (channels, side, side), batch) for count in (4, 5, 6)]
    images = 8 * batch * channels * side * side  # of one buffer, in float64
    for more in np.diff(taken):
        assert 1.5 * images < more < 2.5 * images


def alone_of(twin, make, shape, batch):
    """What a trial takes, of one register that is full."""
    which = (0, 1) * (block_size("lanes", "float64") // 2)
    return twin(make, shape, which=which, engines=("lanes",), batch=batch).backends[0].trial_bytes


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_more_threads_than_samples(twin, batch):
    def make():
        layers = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(48, 4)
        return nn.Sequential(*layers)

    found = twin(make, SHAPE, (0, 1), batch=batch, threads=4)
    for t in range(2):
        assert max(found.step(t).values()) <= 1e-12
        assert max(found.look(count) for count in (1, 3, 5, 40)) <= 1e-12
