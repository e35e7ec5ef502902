"""What is drawn after `set_generators` is what was drawn after `read_generators`, after a checkpoint too."""

import io
import random

import numpy as np
import torch

from lrlab.trainers._generators import read_generators, set_generators


def draw():
    return [random.random(), np.random.rand(), torch.rand(1).item(), random.gauss(0, 1), np.random.randn()]  # noqa: NPY002


def test_drawing_goes_on_from_a_checkpoint():
    for odd in range(2):
        draws = [draw() for _ in range(odd)]
        file = io.BytesIO()
        torch.save(read_generators(), file)
        expected = draw()
        draw()
        file.seek(0)
        set_generators(torch.load(file, weights_only=True))
        assert draw() == expected
        assert expected not in draws
