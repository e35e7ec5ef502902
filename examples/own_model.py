"""A task lrlab does not know: two moons with noise, and a small network. Try

lrlab compare examples/own_model.py:task constant cosine one_cycle --budget 60s
"""

import numpy as np
from torch import nn

from lrlab import Task


def model():
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))


def task():
    rng = np.random.default_rng(7)
    angle, labels = rng.uniform(0, np.pi, 1500), rng.integers(0, 2, 1500)
    moon = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inputs = np.where(labels[:, None] == 0, moon, [1.0, 0.5] - moon) + rng.normal(0, 0.25, (1500, 2))
    return Task.from_arrays(model=model, inputs=inputs, labels=labels)
