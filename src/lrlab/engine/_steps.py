"""Work done step by step, as a generator: run to its end, or with random numbers of its own."""

import random
from collections.abc import Generator
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..tasks import seeded

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_to_end(steps: Generator[Any, None, Result]) -> Result:
    """What the steps return; what they yield on their way is not looked at."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def draw_apart(
    steps: Generator[Item, None, Result], number: int, device: torch.device
) -> Generator[Item, None, Result]:
    """The same steps, whose random numbers are their own.

    Torch's, numpy's and Python's generators, and that of a graphics card, begin as `seeded` leaves them with this
    number, and go on from step to step; whoever looks at a step finds them as they were, and may draw.
    """
    own: _Generators | None = None
    try:
        while True:
            others = _read_generators(device)
            try:
                _set_generators(_seed_generators(number, device) if own is None else own, device)
                item = next(steps)
                own = _read_generators(device)
            except StopIteration as end:
                return end.value
            finally:
                _set_generators(others, device)
            yield item
    finally:
        steps.close()


class _Generators(NamedTuple):
    """Where the generators stand that code may draw from without saying so. card: None on a processor."""

    python: Any
    numpy: Any
    torch: Tensor
    card: Tensor | None


def _read_generators(device: torch.device) -> _Generators:
    card = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return _Generators(random.getstate(), np.random.get_state(), torch.get_rng_state(), card)  # noqa: NPY002


def _set_generators(states: _Generators, device: torch.device) -> None:
    random.setstate(states.python)
    np.random.set_state(states.numpy)  # noqa: NPY002
    torch.set_rng_state(states.torch)
    if states.card is not None:
        torch.cuda.set_rng_state(states.card, device)


def generator_values(device: torch.device) -> dict[str, Any]:
    """Where the generators stand, as plain values and tensors for a checkpoint; torch's own is "torch"."""
    states = _read_generators(device)
    version, numbers, spare = states.python
    kind, words, place, has_spare, spare_number = states.numpy
    return {
        "python": [version, list(numbers), spare],
        "numpy": [kind, torch.from_numpy(words.astype(np.int64)), place, has_spare, spare_number],
        "torch": states.torch,
        "card": states.card,
    }


def set_generators(values: dict[str, Any], device: torch.device) -> None:
    """Put the generators where `generator_values` found them."""
    version, numbers, spare = values["python"]
    kind, words, *rest = values["numpy"]
    card = None if values["card"] is None or device.type != "cuda" else values["card"].cpu()
    states = (version, tuple(numbers), spare), (kind, words.cpu().numpy().astype(np.uint32), *rest)
    _set_generators(_Generators(*states, values["torch"].cpu(), card), device)


def _seed_generators(number: int, device: torch.device) -> _Generators:
    with seeded(number):
        return _read_generators(device)
