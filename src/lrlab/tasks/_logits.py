"""Does a model give a logit a class? Its outputs say it, where a loss of the user's own takes the labels."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ._seeded import seeded
from ._trees import call_model


def gives_logits(make: Callable[[], nn.Module], inputs: Any, classes: int) -> bool:
    """Whether a new model gives (B, C) of prepared inputs (B, ...), for so many classes at least.

    True for one that fails on them, too: that is said where the task is opened.
    """
    with seeded(0), torch.no_grad():
        try:
            outputs = call_model(make().eval(), inputs)
        except Exception:
            return True
    return isinstance(outputs, Tensor) and outputs.ndim == 2 and outputs.shape[1] >= classes
