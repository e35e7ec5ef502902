"""The contexts in which a model's forward computes, such as `torch.no_grad()`: a traced graph has none of them."""

from collections.abc import Callable, Mapping

import torch
from torch._C import _autograd  # type: ignore[attr-defined]
from torch.overrides import _get_current_function_mode_stack

from ._builder import refuse


def _saved_hooks() -> object:
    """What is done to tensors that are kept for the backward pass; torch's own hooks keep them as they are."""
    hooks = _autograd._top_saved_tensors_default_hooks(True)
    return hooks if hooks and not str(hooks[0].__module__).startswith("torch.") else None


_CONTEXTS: Mapping[str, Callable[[], object]] = {
    "without gradients (torch.no_grad, set_grad_enabled)": torch.is_grad_enabled,
    "in inference mode": torch.is_inference_mode_enabled,
    "under autocast": lambda: (torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")),
    "under a mode that may change every function": lambda: len(_get_current_function_mode_stack()),
    "with hooks on the tensors kept for backward": _saved_hooks,
}


def contexts() -> dict[str, object]:
    """Those of this moment."""
    return {name: read() for name, read in _CONTEXTS.items()}


def check_contexts(kind: str, begun: Mapping[str, object]) -> None:
    """Refuse a model of this kind whose forward is not in the contexts any more in which it began."""
    for name, read in _CONTEXTS.items():
        if read() != begun[name]:
            refuse(kind, f"computes a part of its forward {name}, or the rest")
