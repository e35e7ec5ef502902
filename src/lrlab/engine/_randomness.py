"""Everything random in a trial, each from its own stream of the trial's seed.

The streams depend on the seed alone, so two trials of one seed share initial weights, batches, augmentation and dropout
masks whatever their schedules: their difference is paired. Each epoch's order and each update's augmentation have a
stream of their own, so they can be made without those before, and a run goes on anywhere.
"""

import hashlib
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..tasks import seeded


def stream(seed: int, *words: str | int) -> int:
    """A 63-bit number for this seed and purpose, the same on every machine (Python's own hash is salted)."""
    text = "/".join(str(word) for word in (seed, *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(device: torch.device, seed: int, *words: str | int) -> torch.Generator:
    """A generator at the start of the stream of this seed and purpose."""
    return torch.Generator(device).manual_seed(stream(seed, *words))


def initial_model(factory: Callable[[], nn.Module], seed: int) -> nn.Module:
    """The model with the seed's initial weights, whichever generator they are drawn from. Leaves all as they were."""
    with seeded(stream(seed, "weights")):
        return factory()


def epoch_batches(examples: int, batch_size: int, seed: int, epoch: int) -> Tensor:
    """The examples of each batch of an epoch, shape (examples // batch_size, batch_size); the rest is left out.

    examples: how many there are. seed: the trial's. epoch: counted from 0.
    """
    order = torch.randperm(examples, generator=generator(torch.device("cpu"), seed, "order", epoch))
    count = examples // batch_size
    return order[: count * batch_size].view(count, batch_size)
