"""What tests that compare two engines share: a task of images, trials, faults to be found."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from lrlab.engine import Deviation, _stack_batches, verify
from lrlab.engine._first_update import FirstUpdate
from lrlab.engine._noise import Noise
from lrlab.models import MODELS
from lrlab.spec import Optimizer, Precision, Trial
from lrlab.tasks import Augment, Normalize, Task

from .tasks import trial

if TYPE_CHECKING:
    import pytest

SIZE, COUNT, CLASSES = 16, 80, 4
PLANS = (("constant", 0.01, 1), ("cosine", 0.01, 1), ("linear", 0.01, 2), ("constant", 0.005, 2))


class Plain(nn.Module):
    """Submodules by name, and a forward given as a function: small models in few lines."""

    def __init__(self, forward: Callable[..., Any], **modules: nn.Module) -> None:
        super().__init__()
        self.run = forward
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, inputs: Any) -> Any:
        """What the given function makes of them."""
        return self.run(self, inputs)


def found_by_verify(
    trials: Sequence[Trial], task: Task, layout: str, monkeypatch: "pytest.MonkeyPatch"
) -> list[Deviation]:
    """What `verify` finds of a stack that does not look at its own first update, and so refuses nothing."""
    monkeypatch.setattr(FirstUpdate, "_compare", lambda *_: None)
    found = verify(trials, task, layout)
    assert found is not None
    return found


def images(model: str) -> Task:
    """Colour images of four classes, a coarse pattern each under noise, augmented; and a narrow built-in model."""
    rng = np.random.default_rng(5)
    labels = np.arange(COUNT) % CLASSES
    patterns = rng.integers(60, 196, size=(CLASSES, 3, 4, 4)).repeat(SIZE // 4, 2).repeat(SIZE // 4, 3)
    noise = rng.normal(0, 20, size=(COUNT, 3, SIZE, SIZE))
    return Task.from_arrays(
        model=partial(MODELS[model], channels=3, classes=CLASSES, size=SIZE, width=0.125),
        inputs=np.clip(patterns[labels] + noise, 0, 255).astype(np.uint8),
        labels=labels,
        augment=Augment(crop=2, flip=True, cutout=3),
        normalize=Normalize((0.5, 0.4, 0.5), (0.2, 0.3, 0.2)),
    )


def trials(task: Task, precision: Precision, updates: int, **optimizer: Any) -> list[Trial]:
    """Four trials of two seeds, three schedules and two peaks."""
    fields = {"optimizer": Optimizer(**optimizer), "batch_size": 16, "precision": precision}
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, budget=f"{updates} updates", **fields)
        for plan, peak, seed in PLANS
    ]


def a_mask_shared_by_all_seeds(monkeypatch: "pytest.MonkeyPatch") -> None:
    """A fault: dropout is that of the first seed."""
    honest = Noise.mask

    def mask(self: Noise, *arguments: Any, **words: Any) -> Any:
        masks = honest(self, *arguments, **words)
        return masks[:1].expand_as(masks)

    monkeypatch.setattr(Noise, "mask", mask)


def one_augmentation_for_all_seeds(monkeypatch: "pytest.MonkeyPatch") -> None:
    """A fault: batches and augmentation are those of seed 1."""
    honest = _stack_batches.generator
    monkeypatch.setattr(_stack_batches, "generator", lambda device, _, *words: honest(device, 1, *words))
