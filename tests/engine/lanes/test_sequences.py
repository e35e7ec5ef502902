"""Nets of sequences, compiled, against torch: outputs, losses, weights, optimizer; and what is refused."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine import verify
from lrlab.engine._lanes import _backend as lane_backend
from lrlab.engine._make_backend import make_backend
from lrlab.engine._noise import Noise
from lrlab.engine._verify import deviation
from lrlab.errors import Unstackable
from lrlab.models import gpt
from lrlab.objectives import NextToken
from lrlab.spec import Optimizer
from lrlab.tasks import Task
from support.equivalence import PLANS
from support.tasks import trial

pytestmark = pytest.mark.usefixtures("instruction_set")
V, L, D, WHICH = 19, 7, 12, [0, 1, 1]


class Decoder(nn.Module):
    """A decoder in other words than ours: positions by arange, heads by split and view, the table used twice."""

    def __init__(self, dim=D, heads=3, causal=True, curve=nn.GELU, norm=nn.LayerNorm):
        super().__init__()
        self.words, self.places = nn.Embedding(V, dim, padding_idx=0), nn.Embedding(L + 2, dim)
        self.q, self.k, self.v = (nn.Linear(dim, dim) for _ in range(3))
        self.first, self.second, self.heads, self.causal = norm(dim), norm(dim), heads, causal
        self.up, self.curve, self.down = nn.Linear(dim, 30), curve(), nn.Linear(30, dim)
        self.head = nn.Linear(dim, V, bias=False)
        self.head.weight = self.words.weight

    def forward(self, ids):
        b, t = ids.size()
        x = self.words(ids) + self.places(torch.arange(t, device=ids.device))
        h = self.first(x)
        q, k, v = (f(h).view(b, t, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + y.transpose(1, 2).reshape(b, t, -1)
        return self.head(x + self.down(self.curve(self.up(self.second(x)))))


class Split(nn.Module):
    """Queries, keys and values side by side, cut by split; RMS norm."""

    def __init__(self, cut="split"):
        super().__init__()
        self.words, self.all, self.norm, self.head = (
            nn.Embedding(V, D),
            nn.Linear(D, 3 * D, bias=False),
            nn.RMSNorm(D),
            nn.Linear(D, V),
        )
        self.cut = cut

    def forward(self, ids):
        made = self.all(self.norm(self.words(ids)))
        parts = made.split(D, dim=-1) if self.cut == "split" else torch.chunk(made, 3, -1)
        q, k, v = (part.unflatten(-1, (2, D // 2)).transpose(1, 2) for part in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3)
        return self.head(torch.tanh(y.transpose(1, 2).flatten(2)))


NETS = {
    "gpt": lambda: gpt(V, L, D, 3, 2),
    "wider than a vector": lambda: gpt(V, L + 1, 40, 2, 1),
    "decoder": Decoder,
    "not causal": lambda: Decoder(causal=False, curve=nn.SiLU),
    "relu, RMS norm": lambda: Decoder(heads=1, curve=nn.ReLU, norm=nn.RMSNorm),
    "split": Split,
    "chunk": lambda: Split("chunk"),
    "no attention": lambda: nn.Sequential(nn.Embedding(V, 5), nn.Linear(5, 9), nn.Sigmoid(), nn.Linear(9, V)),
}


def task_of(make, count=12, length=L):
    ids = torch.randint(V, (count, length + 1), generator=torch.Generator().manual_seed(3))
    labels = ids[:, 1:].clone()
    labels[::2, :2] = -100
    split = ids[:, :-1].contiguous(), labels
    return Task(model=make, train=split, validation=split, test=split, objective=NextToken(), tokens=True)


def backends(make, precision="float64", threads=1, length=L, **optimizer):
    task = task_of(make, length=length)
    torch.manual_seed(0)
    models = [make().to(getattr(torch, precision)) for _ in WHICH]
    made = trial(task, optimizer=Optimizer(**{"name": "adamw", "weight_decay": 0.1} | optimizer), precision=precision)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return [make_backend(n, copy.deepcopy(models), WHICH, Noise([1, 2]), task, made) for n in ("lanes", "loop")]
    finally:
        torch.set_num_threads(before)


def everything(backend):
    state = {f"{slot} {name}": one for slot, held in backend.state().items() for name, one in held.items()}
    return {name: tensor.clone() for name, tensor in (backend.tensors() | state).items()}


def batch_of(t, length=L, own=True):
    draws = torch.Generator().manual_seed(t)
    ids = torch.randint(V, (2 if own else 1, 4, length), generator=draws)
    labels = torch.randint(V, (len(WHICH), 4, length), generator=draws)
    labels[:, 0, : length // 2] = -100
    return ids, labels


def values_of(rate=0.01, momentum=0.9, decay=0.1):
    return np.stack([np.full(len(WHICH), one) for one in (rate, momentum, decay)])


@pytest.mark.parametrize(("precision", "within"), [("float64", 1e-10), ("float32", 2e-5)])
@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_a_net_of_sequences_is_the_plain_network(make, precision, within):
    lanes, loop = backends(make, precision, name="sgd")
    for t in range(3):
        ids, labels = batch_of(t, own=t != 1)
        found, expected = (backend.step(ids, labels, values_of(rate=0.1), t) for backend in (lanes, loop))
        assert deviation(found[0], expected[0]) <= within
        assert deviation(found[1], expected[1]) <= within
    here, there = everything(lanes), everything(loop)
    assert here.keys() == there.keys()
    assert max(deviation(here[name], there[name]) for name in here) <= within
    ids = batch_of(9)[0][:1, :3]
    with torch.no_grad():
        assert deviation(lanes.forward(ids, False), loop.forward(ids, False)) <= within


@pytest.mark.parametrize("optimizer", [{"name": "adamw"}, {"name": "rmsprop"}, {"name": "adamw", "clip": 0.1}], ids=str)
def test_its_optimizers_and_threads_are_those_of_every_stack(optimizer):
    lanes, loop = backends(NETS["gpt"], threads=2, **optimizer)
    for t in range(4):
        for backend in (lanes, loop):
            backend.step(*batch_of(t), values_of(), t)
    here, there = everything(lanes), everything(loop)
    assert max(deviation(here[name], there[name]) for name in here) <= 1e-8


def test_not_a_number_in_one_trial_changes_no_bit_of_another_nor_do_threads():
    found = []
    for broken, threads in ((False, 1), (True, 1), (False, 3)):
        lanes, _ = backends(NETS["gpt"], "float32", threads)
        if broken:
            tensors = lanes.tensors()
            for tensor in tensors.values():
                tensor[1] = torch.nan
            lanes.put(tensors)
        losses, outputs = lanes.step(*batch_of(0), values_of(), 0)
        assert losses[1].isnan().item() == broken
        found.append([tensor[[0, 2]] for tensor in (losses, outputs, *everything(lanes).values())])
    for other in found[1:]:
        assert all(torch.equal(one, two) for one, two in zip(found[0], other, strict=True))


def test_the_kept_go_on_as_they_were():
    lanes, loop = backends(NETS["gpt"])
    for backend in (lanes, loop):
        backend.step(*batch_of(0), values_of(), 0)
        backend.keep([0, 2])
    ids, labels = batch_of(1)
    found, expected = (b.step(ids, labels[[0, 2]], values_of()[:, [0, 2]], 1)[0] for b in (lanes, loop))
    assert deviation(found, expected) <= 1e-10


def test_shorter_sequences_than_the_model_takes():
    lanes, loop = backends(NETS["decoder"], length=L - 2)
    found, expected = (b.step(*batch_of(0, L - 2), values_of(), 0)[1] for b in (lanes, loop))
    assert deviation(found, expected) <= 1e-10


def test_verify_finds_lanes_equal_and_a_planted_fault(monkeypatch):
    task = task_of(NETS["gpt"], 40)
    fields = {"optimizer": Optimizer(name="adamw"), "batch_size": 8, "precision": "float64", "budget": "6 updates"}
    trials = [trial(task, schedule=plan, peak=peak, seed=seed, **fields) for plan, peak, seed in PLANS]
    assert all(found.equal for found in verify(trials, task, "lanes"))
    honest = lane_backend.Net.train

    def neighbours(self, inputs, which, labels, masks, rates):
        return honest(self, inputs, which, labels, masks, np.roll(rates, 1, axis=1).copy())

    monkeypatch.setattr(lane_backend.Net, "train", neighbours)
    assert not all(found.equal for found in verify(trials, task, "lanes"))


def test_the_exponential_is_torch_s_over_its_whole_range():
    """By sigmoid and softmax, which it is behind: large and small numbers, and none."""

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.head = nn.Embedding(V, V), nn.Linear(V, V)

        def forward(self, ids):
            return torch.sigmoid(self.words(ids))

    lanes, loop = backends(Scaled, "float32", name="sgd")
    wide = torch.linspace(-120, 120, V * V).view(V, V).expand(len(WHICH), V, V).contiguous()
    for backend in (lanes, loop):
        backend.put({"words.weight": wide})
    ids = torch.arange(V)[None, : L * 2].view(1, 2, L)
    with torch.no_grad():
        found, expected = lanes.forward(ids, False), loop.forward(ids, False)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-37)


class Odd(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.run, self.words, self.head = forward, nn.Embedding(V, D), nn.Linear(D, V)
        self.twice, self.table = nn.Linear(D, D), nn.Parameter(torch.ones(D))

    def forward(self, ids):
        return self.run(self, ids)


def twice_the_same(m, ids):
    x = m.twice(m.words(ids)).unflatten(2, (2, -1)).transpose(1, 2)
    return m.head(F.scaled_dot_product_attention(x, x, x).transpose(1, 2).flatten(2))


def masked(m, ids):
    x = m.words(ids).unflatten(2, (2, -1)).transpose(1, 2)
    mask = torch.ones(ids.size(1), ids.size(1)).tril().bool()
    return m.head(F.scaled_dot_product_attention(x, x, x, mask).transpose(1, 2).flatten(2))


REFUSED = {
    "twice": (twice_the_same, r"scaled_dot_product_attention\(\) in forward reads a part of a value twice"),
    "mask": (masked, r"scaled_dot_product_attention\(\) in forward has a mask or drops"),
    "product": (lambda m, ids: m.head(m.words(ids) * m.words(ids)), r"mul\(\) in forward is not compiled"),
    "number": (lambda m, ids: m.head(m.words(ids) + 1), r"add\(\) in forward adds something else than two values"),
    "row": (
        lambda m, ids: m.head(m.words(ids) + m.table),
        r"add\(\) in forward adds something else than a row for each",
    ),
    "turned": (
        lambda m, ids: m.head(m.words(ids).transpose(0, 1)).transpose(0, 1),
        "layer head reads a part of a value",
    ),
}


@pytest.mark.parametrize(("forward", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_compiled_is_refused_by_name(forward, says):
    with pytest.raises(Unstackable, match=says + ".*; it is not run in lanes"):
        backends(lambda: Odd(forward))


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (nn.ELU(), r"layer 1 \(ELU\) is not compiled"),
        (nn.LayerNorm((L, D)), "layer 1 normalises more than the channels of a position"),
        (nn.GroupNorm(1, L), r"layer 1 \(GroupNorm\) is not compiled"),
    ],
)
def test_layers_that_are_not_compiled_are_refused(layer, says):
    with pytest.raises(Unstackable, match=says):
        backends(lambda: nn.Sequential(nn.Embedding(V, D), copy.deepcopy(layer), nn.Linear(D, V)))


def test_a_token_beyond_the_table_is_an_error_and_not_a_read_beyond_memory():
    from lrlab.errors import RunError

    lanes, _ = backends(NETS["gpt"])
    ids, labels = batch_of(0)
    with pytest.raises(RunError, match="a token beyond the table"):
        lanes.step(ids + V, labels, values_of(), 0)
    with pytest.raises(RunError, match="a label beyond the outputs"):
        lanes.step(ids, labels.clamp(min=0) + V, values_of(), 0)
    assert math.isfinite(lanes.step(ids, labels, values_of(), 0)[0].sum().item())
