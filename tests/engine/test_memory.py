"""What a stack takes is what its tensors come to, and stays within it."""

import json
import subprocess
import sys

import pytest
import torch
from torch import nn

from lrlab.engine._memory import course_bytes, free_bytes, trial_bytes
from lrlab.schedules import Horizon
from lrlab.tasks import Task, _room
from support.tasks import blobs, trial

MEASURE = """
import json, sys
from functools import partial
from pathlib import Path
import numpy as np
import torch
from lrlab.engine._memory import trial_bytes
from lrlab.engine._stack import Stack
from lrlab.models import MODELS
from lrlab.tasks import Task, _room
from support.tasks import trial

torch.set_num_threads(1)

def resident(which):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(which))

model, count = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)
task = Task.from_arrays(
    model=partial(MODELS[model], channels=3, classes=10, size=32, width=0.25 if "net1" in model else 1.0),
    inputs=rng.integers(0, 256, (800, 3, 32, 32), dtype=np.uint8),
    labels=np.arange(800) % 10,
)
made = [trial(task, peak=0.01 / (1 + k), budget="3 updates", batch_size=128) for k in range(count)]
warm = Stack([one.model_copy(update={"batch_size": 2}) for one in made], task, "grouped")
warm.update()  # code and kernels are loaded
del warm
before = resident("VmRSS")
stack = Stack(made, task, "grouped")
for _ in range(3):
    stack.update()
print(json.dumps({"grown": resident("VmHWM") - before, "each": trial_bytes(made[0], task)}))
"""


def test_the_bytes_of_a_trial_are_counted_by_hand():
    base = blobs()
    task = Task(model=lambda: nn.Linear(2, 3), train=base.train, validation=base.validation, test=base.test)
    weights = (2 * 3 + 3) * 4
    sgd = trial_bytes(trial(task, batch_size=16), task)
    adam = trial_bytes(trial(task, batch_size=16, optimizer="adam"), task)
    assert adam - sgd == weights
    kept = sgd - 3 * weights  # weights, gradients, momentum
    assert 16 * 3 * 4 <= kept <= 3 * 16 * (2 + 3 + 3 + 2) * 4  # at least the logits; inputs, logits, chances, labels


def test_twice_the_batch_takes_twice_the_activations():
    task = blobs(count=600)
    small, large = (trial_bytes(trial(task, batch_size=size), task) for size in (100, 200))
    least = trial_bytes(trial(task, batch_size=1), task)
    assert large - least == pytest.approx(2 * (small - least), rel=0.05)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from Linux's /proc")
@pytest.mark.parametrize(("model", "count"), [("convnet", 16), ("lenet", 16), ("cnn", 8), ("resnet18", 4)])
def test_a_stack_stays_within_its_share(model, count):
    """Peak memory within 1.3 times what the trials come to, and what a process of torch needs anyway."""
    command = [sys.executable, "-c", MEASURE, model, str(count)]
    for _ in range(3):  # what the system's allocator keeps beside differs from process to process
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        if found["grown"] <= 1.3 * count * found["each"] + 64 * 2**20:
            return
    pytest.fail(f"{model}: {found}")


def test_the_tighter_of_two_bounds_counts(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("1000000\n")
    monkeypatch.setattr(_room, "CGROUP", tmp_path)
    assert free_bytes(torch.device("cpu")) == 4_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_bytes(torch.device("cpu")) > 4_000_000
    monkeypatch.setattr(_memory.Path, "read_text", _refuse)  # a system that says nothing
    assert free_bytes(torch.device("cpu")) > 1 << 30


def _refuse(*_, **__):
    raise OSError


def test_the_length_of_a_trial_takes_memory_too():
    """More than the rates of its updates, in double precision."""
    short, long = (course_bytes(Horizon(updates=count, updates_per_epoch=10)) for count in (1000, 10**12))
    assert 8 * 1000 < short < 10**6
    assert long == 10**9 * short
