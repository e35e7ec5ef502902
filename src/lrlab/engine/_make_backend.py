"""The backends by name, and what this machine can run of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from ..errors import UnknownName
from ..native import library, missing
from ..spec import LAYOUT_KINDS, Precision, Trial
from ..tasks import Task
from ._backend import Backend
from ._layouts import COMPILED, LAYOUTS
from ._noise import Noise
from ._torch_backend import TorchBackend

LANES = "lanes"
BACKENDS = (LANES, *LAYOUTS, *COMPILED)


def has_lanes() -> bool:
    """Whether the compiled part that lanes are made of is here."""
    return missing() is None


def is_available(layout: str) -> bool:
    """Whether this machine can run the layout; which models it takes is another matter."""
    return LAYOUT_KINDS[layout].portable or has_lanes()


def block_size(layout: str, precision: Precision) -> int:
    """How many trials fill the layout, as a vector register does: a part of a block takes as long as all of it.

    1 where each trial counts for itself.
    """
    return library().lanes_width(precision == "float64") if layout == LANES and has_lanes() else 1


@contextmanager
def torch_aside(backend: Backend) -> Iterator[None]:
    """Torch keeps to one thread while a backend whose threads are its own is at work, such as lanes.

    For some milliseconds after each operation torch's threads wait by spinning, on the processors that it needs.
    """
    before = torch.get_num_threads()
    if before == 1 or not LAYOUT_KINDS[backend.name].own_threads:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def make_backend(
    name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
) -> Backend:
    """K models with their initial weights, dropout keyed (`key_dropout`). The models belong to the backend then.

    name: one of `BACKENDS`. which: the seed of each trial, as a position in `noise.seeds` and in the inputs. task: its
    loss and labels. trial: any of them, as they are alike. Raises UnknownName, and Unstackable for a model that the
    backend cannot train.
    """
    if name == LANES:
        from ._lanes import LaneBackend

        return LaneBackend(models, which, noise, task, trial)
    if name not in BACKENDS:
        raise UnknownName("layout", name, BACKENDS)
    return TorchBackend(name, models, which, noise, task, trial)
