"""Networks of random shapes in lanes; run by test_safety.py as a program: isa, nets, sequences or planted."""

import copy
import ctypes
import random
import sys
import time

import numpy as np
import torch
from torch import nn

from lrlab.engine._first_update import FirstUpdate
from lrlab.engine._make_backend import make_backend
from lrlab.engine._noise import Noise, key_dropout
from lrlab.errors import Unstackable
from lrlab.native import isa
from lrlab.objectives import NextToken
from lrlab.spec import Optimizer
from lrlab.tasks import Task
from support.tasks import trial

NETWORKS = 60


class Block(nn.Module):
    """Branches that are joined, then added to; what the shape allows."""

    def __init__(self, draw, channels):
        super().__init__()
        kernel, dilation = draw.choice([1, 3, 5]), draw.choice([1, 2])
        wide = draw.randint(1, 6)
        self.left = nn.Conv2d(channels, wide, kernel, padding=dilation * (kernel // 2), dilation=dilation)
        self.right = nn.Conv2d(channels, channels, (1, 3), padding=(0, 1), groups=channels)
        self.norm, self.mix = nn.BatchNorm2d(wide + 2 * channels), nn.Conv2d(wide + 2 * channels, channels, 1)

    def forward(self, x):
        y = torch.cat([self.left(x), x, torch.relu(self.right(x))], 1)
        return torch.relu(self.mix(torch.relu(self.norm(y))) + x)


def network(draw, shape):
    """A network for images of this shape, and how many numbers it gives."""
    layers, channels, (height, width) = [], shape[0], shape[1:]
    for _ in range(draw.randint(1, 4)):
        layer, channels = drawn(draw, channels, height, width)
        layers.append(layer)
        with torch.no_grad():
            height, width = nn.Sequential(*layers).eval()(torch.zeros(1, *shape)).shape[2:]
    squashes = [nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.LeakyReLU(0.2)]
    outputs, hidden = draw.randint(2, 9), draw.randint(1, 9)
    layers += [nn.Conv2d(channels, channels, 1), draw.choice(squashes), nn.Flatten(), nn.Dropout(draw.choice([0, 0.4]))]
    layers += [nn.Linear(channels * height * width, hidden), nn.BatchNorm1d(hidden), nn.Linear(hidden, outputs)]
    return nn.Sequential(*layers).train(), outputs


def drawn(draw, channels, height, width):
    """A layer, and its channels."""
    kind = draw.choice(["convolution", "convolution", "block", "pooling", "adaptive", "dropout"])
    kernel = draw.randint(1, min(5, height)), draw.randint(1, min(5, width))
    stride, half = (draw.randint(1, 3), draw.randint(1, 3)), (draw.randint(0, kernel[0] // 2), kernel[1] // 2)
    if kind == "convolution":
        groups = draw.choice([number for number in (1, 2, 3) if channels % number == 0])
        wide, padding = groups * draw.randint(1, 9), (draw.randint(0, 3), draw.randint(0, 3))
        return nn.Conv2d(channels, wide, kernel, stride, padding, 1, groups, draw.random() < 0.5), wide
    if kind == "block":
        return Block(draw, channels), channels
    if kind == "pooling":
        return draw.choice([nn.MaxPool2d, nn.AvgPool2d])(kernel, stride, half), channels
    if kind == "adaptive":
        return nn.AdaptiveAvgPool2d((1, None)), channels
    return draw.choice([nn.Dropout, nn.Dropout2d])(0.3), channels


def backend_of(draw, number):
    """A lane backend of a random network, and what a batch of it looks like."""
    shape = draw.randint(1, 4), draw.randint(1, 9), draw.randint(1, 9)
    which = [draw.randint(0, 1) for _ in range(draw.randint(1, 9))]
    precision, batch = draw.choice(["float32", "float64"]), draw.randint(1, 11)
    torch.manual_seed(number)
    model, outputs = network(draw, shape)
    inputs, labels = torch.zeros(outputs, *shape), torch.arange(outputs)
    task = Task(model=lambda: model, train=(inputs, labels), validation=None, test=(inputs, labels))
    names = {"name": draw.choice(["sgd", "adam", "adamw", "rmsprop"]), "clip": draw.choice([None, 0.1])}
    one = trial(task, optimizer=Optimizer(**names), batch_size=batch, precision=precision)
    noise = Noise((1, 2))
    torch.set_num_threads(draw.randint(1, 2))
    models = [key_dropout(model, noise).to(getattr(torch, precision)) for _ in which]
    return make_backend("lanes", models, which, noise, task, one), noise, shape, batch, outputs


def exercise(draw, number):
    """Updates, an evaluation, and a smaller stack that goes on."""
    backend, noise, shape, batch, outputs = backend_of(draw, number)
    for t in range(3):
        noise.t = t
        labels = torch.randint(outputs, (backend.size, batch))
        backend.step(torch.randn(draw.choice([1, 2]), batch, *shape), labels, np.full((3, backend.size), 0.01), t)
        backend.forward(torch.randn(1, draw.randint(1, 30), *shape), False)
        backend.load(backend.tensors(), backend.state(), t)
        if backend.size > 1:
            backend.keep(draw.sample(range(backend.size), backend.size - 1))


def nets(exercise, seed):
    """As many networks as asked for; says how many."""
    draw, made, refused, began = random.Random(seed), 0, 0, time.perf_counter()
    while made < NETWORKS:
        try:
            exercise(draw, made + refused)
            made += 1
        except Unstackable:
            refused += 1
            assert refused < NETWORKS
    print(f"{made} networks, {refused} refused, {time.perf_counter() - began:.0f} s")


class Decoder(nn.Module):
    """A decoder of random widths: heads of a few numbers, curves and norms by chance, the table used twice or not."""

    def __init__(self, draw, vocabulary, length):
        super().__init__()
        self.heads = draw.randint(1, 4)
        dim, wide = self.heads * draw.randint(1, 11), draw.randint(1, 40)
        self.words, self.places = nn.Embedding(vocabulary, dim), nn.Parameter(torch.randn(length, dim))
        self.mix, self.out = nn.Linear(dim, 3 * dim, bias=draw.random() < 0.5), nn.Linear(dim, dim)
        self.first, self.second = (draw.choice([nn.LayerNorm, nn.RMSNorm])(dim) for _ in range(2))
        self.up, self.down = nn.Linear(dim, wide), nn.Linear(wide, dim)
        self.curve = draw.choice([nn.GELU, nn.SiLU, nn.ReLU, nn.Tanh])()
        self.head, self.causal = nn.Linear(dim, vocabulary, bias=False), draw.random() < 0.7
        if draw.random() < 0.5:
            self.head.weight = self.words.weight

    def forward(self, ids):
        b, t = ids.shape
        x = self.words(ids) + self.places[:t]
        q, k, v = (y.view(b, t, self.heads, -1).transpose(1, 2) for y in self.mix(self.first(x)).chunk(3, -1))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, -1))
        return self.head(x + self.down(self.curve(self.up(self.second(x)))))


def exercise_sequences(draw, number):
    """As `exercise`, of a net of sequences."""
    vocabulary, length, batch = draw.randint(1, 30), draw.randint(1, 19), draw.randint(1, 7)
    torch.manual_seed(number)
    model = Decoder(draw, vocabulary, length)
    which = [draw.randint(0, 1) for _ in range(draw.randint(1, 5))]
    precision = draw.choice(["float32", "float64"])
    split = torch.randint(vocabulary, (8, length)), torch.randint(vocabulary, (8, length))
    task = Task(model=lambda: model, train=split, validation=None, test=split, objective=NextToken(), tokens=True)
    settings = {"name": draw.choice(["sgd", "adam", "adamw", "rmsprop"]), "clip": draw.choice([None, 0.1])}
    one = trial(task, optimizer=Optimizer(**settings), batch_size=batch, precision=precision)
    torch.set_num_threads(draw.randint(1, 2))
    models = [copy.deepcopy(model).to(getattr(torch, precision)) for _ in which]
    backend = make_backend("lanes", models, which, Noise((1, 2)), task, one)
    for t in range(3):
        ids = torch.randint(vocabulary, (2, batch, length))
        labels = torch.randint(vocabulary, (backend.size, batch, length))
        labels[:, 0, : length // 2] = -100
        backend.step(ids, labels, np.full((3, backend.size), 0.01), t)
        backend.forward(torch.randint(vocabulary, (1, draw.randint(1, 9), length)), False)
        backend.load(backend.tensors(), backend.state(), t)
        if backend.size > 1:
            backend.keep(draw.sample(range(backend.size), backend.size - 1))


def planted():
    """Weights are read from a buffer that is one number too short."""
    backend = backend_of(random.Random(7), 0)[0]
    name, place = next(iter(backend._model.tensors.items()))
    short, net = backend.tensors()[name][0].flatten()[1:].clone(), backend._net
    net._call_library("lanes_write", net._handle, place, -1, 0, ctypes.c_void_p(short.data_ptr()))


if __name__ == "__main__":
    # Here only: a collector of doctests imports this file. Torch's plain passes are not what is looked at.
    FirstUpdate._compare = lambda *_: None
    modes = {
        "isa": lambda: print(isa()),
        "nets": lambda: nets(exercise, 7),
        "sequences": lambda: nets(exercise_sequences, 11),
        "planted": planted,
    }
    modes[sys.argv[1]]()
