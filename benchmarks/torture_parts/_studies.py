"""The studies that are tortured: small ones, each with a program of its own."""

from typing import NamedTuple


class Study(NamedTuple):
    """A study's file, and the program of its task."""

    text: str
    program: str = ""


STACKED_TEXT = """\
name: small
task: own.py
schedules: [constant, cosine, plateau(patience=0)+constant]
budget: 2 epochs
batch_size: 18
tune: {peaks: [0.03, 0.3], extend: 0, seeds: 1, halving: {rungs: [1], pilot: 0}}
confirm: {seeds: 2}
"""
STACKED_PROGRAM = '''\
"""Three clouds of points, and a small network."""

import numpy as np
from torch import nn

from lrlab.tasks import Task

draws = np.random.default_rng(3)
labels = np.arange(60) % 3
angles = 2 * np.pi * labels / 3
inputs = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + draws.normal(size=(60, 2))
task = Task.from_arrays(
    model=lambda: nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3)),
    inputs=inputs,
    labels=labels,
)
'''
LOOP_TEXT = """\
name: loop
task: own.py
schedules: [constant, plateau(patience=0)+linear]
budget: 3 epochs
tune: {peaks: [0.03, 0.3], extend: 0, seeds: 1, halving: {rungs: [1], pilot: 0}}
confirm: {seeds: 2}
"""
LOOP_PROGRAM = '''\
"""A training loop without torch, which keeps a checkpoint after every epoch."""

import json
from contextlib import suppress

import lrlab


@lrlab.trial(metric="loss", updates_per_epoch=2)
def train(run):
    file = run.folder / "state.json"
    epoch, weight = json.loads(file.read_text()) if file.exists() else (0, 1.0 + run.seed / 10)
    while 2 * epoch < run.updates:
        for t in (2 * epoch, 2 * epoch + 1):
            weight -= run.rate(t) * weight
        epoch += 1
        run.report(epoch=epoch, validation_loss=weight * weight)
        with suppress(OSError):
            beside = file.with_name("state.part")
            beside.write_text(json.dumps([epoch, weight]))
            beside.replace(file)
        if run.should_stop:
            return
    run.finish(test_loss=weight * weight)
'''
LONGER_TEXT = """\
name: longer
task: digits/mlp
schedules: [constant, cosine, plateau(patience=2)+constant]
budget: 12 epochs
batch_size: 32
tune: {peaks: [0.03, 0.3], extend: 0, seeds: 1, halving: {rungs: [4], pilot: 0}}
confirm: {seeds: 2}
"""

STACKED = Study(STACKED_TEXT, STACKED_PROGRAM)  # a checkpoint after every update
LOOP = Study(LOOP_TEXT, LOOP_PROGRAM)
LONGER = Study(LONGER_TEXT)
