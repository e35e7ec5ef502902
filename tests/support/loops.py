"""A training loop that trains nothing, in no time: its accuracy follows from rates, seed and settings."""

import random

import torch

import lrlab

TEXT = """
import random

import lrlab

{more}

@lrlab.trial(metric="accuracy", updates_per_epoch=5, settings={{"width": 8}}, peaks=[0.1, 0.3])
def train(run):
    noise = random.Random(run.seed)
    total = sum(run.rate(t) for t in range(run.updates)) / run.updates / run.peak
    score = 0.5 + 0.1 * total + 0.05 * (run.peak == 0.3) + 0.001 * run.settings["width"] + 0.01 * noise.random()
    for epoch in range(run.updates // 5):
        run.report(epoch=epoch, validation_loss=1 - score, validation_accuracy=score)
    run.finish(test_loss=1 - score, test_accuracy=score)
"""


def file_of(folder, name="train.py", more=""):
    """A file with the loop `train`."""
    path = folder / name
    path.write_text(TEXT.format(more=more))
    return path


def score_of(run):
    """What the loop of `train` reaches."""
    total = sum(run.rate(t) for t in range(run.updates)) / run.updates / run.peak
    noise = 0.01 * random.Random(run.seed).random()
    return 0.5 + 0.1 * total + 0.05 * (run.peak == 0.3) + 0.001 * run.settings["width"] + noise


@lrlab.trial(metric="accuracy", updates_per_epoch=5, settings={"width": 8}, peaks=[0.1, 0.3])
def train(run):
    score = score_of(run)
    for epoch in range(run.updates // 5):
        run.report(epoch=epoch, validation_loss=1 - score, validation_accuracy=score)
    run.finish(test_loss=1 - score, test_accuracy=score)


def make_optimizer(lr=0.5):
    """SGD over one weight."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
