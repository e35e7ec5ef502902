"""A comparison asked from Python: a model and data made right here, in a script without a main guard. Try

python examples/script.py
"""

import numpy as np
import polars
from torch import nn

import lrlab


def make_network():
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))


rng = np.random.default_rng(7)
angle, labels = rng.uniform(0, np.pi, 1500), rng.integers(0, 2, 1500)
moon = np.stack([np.cos(angle), np.sin(angle)], axis=1)
inputs = np.where(labels[:, None] == 0, moon, [1.0, 0.5] - moon) + rng.normal(0, 0.25, (1500, 2))
task = lrlab.Task.from_arrays(model=make_network, inputs=inputs, labels=labels, name="moons")

results = lrlab.compare(task, ["constant", "cosine", lrlab.parse("warmup(span=5%)+one_cycle")], budget="30s")
print(results)

print("\nThe records behind it, as a frame:")
confirmed = results.trials().filter(phase="confirm")
print(confirmed.group_by("label", "peak", maintain_order=True).agg(polars.mean("test_score", "test_loss")))
print(f"\nThe whole report: {results.page()}")
