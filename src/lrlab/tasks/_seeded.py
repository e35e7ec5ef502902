"""Every generator that code of a user's may draw from without saying so, seeded together."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

LEGACY = 2**32  # numpy's own generator takes seeds below this


@contextmanager
def seeded(number: int) -> Iterator[None]:
    """Torch's, numpy's and Python's own generators, seeded with a number from 0; afterwards they are as they were."""
    import torch

    python, numbers = random.getstate(), np.random.get_state()  # noqa: NPY002  it is this one that users' code draws from
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number)
        random.seed(number)
        np.random.seed(number % LEGACY)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numbers)  # noqa: NPY002


def states() -> tuple[Any, Any]:
    """Where Python's and numpy's own generators stand; to be compared."""
    numbers = np.random.get_state()  # noqa: NPY002
    return random.getstate(), tuple(np.asarray(part).tobytes() for part in numbers)
