"""Are whole numbers among the inputs amounts or tokens? The model says it."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ._prepare import is_whole
from ._seeded import seeded
from ._split import Split
from ._trees import call_model, first_leaf, leaves_of, map_inputs, take_examples

TRIED = 3  # examples


def are_tokens(splits: Mapping[str, Split], model: Callable[[], nn.Module]) -> bool:
    """Whether whole numbers stay what they are: where there are several inputs, or the model takes no float32.

    splits: as they were given. model: makes one.
    """
    inputs = splits["train"].inputs
    if not any(map(is_whole, leaves_of(inputs))):
        return False
    if isinstance(inputs, tuple | dict):
        return True
    index = torch.linspace(0, len(first_leaf(inputs)) - 1, TRIED).long()
    with seeded(0), torch.no_grad():
        return _refuses_floats(model, take_examples(inputs, index))


def as_numbers(split: Split) -> Split:
    """The same examples, whole numbers among the inputs as float32."""
    return Split(map_inputs(lambda leaf: leaf.float() if is_whole(leaf) else leaf, split.inputs), split.labels)


def _refuses_floats(make: Callable[[], nn.Module], inputs: Any) -> bool:
    """Whether a new model fails on float32, and on whole numbers only where they are too large for it."""
    try:
        model = make().eval()
    except Exception:  # said where the task is opened
        return False
    if _error_of(model, map_inputs(Tensor.float, inputs)) is None:
        return False
    failed = _error_of(model, inputs)
    embeds = any(isinstance(module, nn.Embedding | nn.EmbeddingBag) for module in model.modules())
    return failed is None or isinstance(failed, IndexError) or embeds


def _error_of(model: nn.Module, inputs: Any) -> Exception | None:
    try:
        call_model(model, inputs)
    except Exception as error:
        return error
    return None
