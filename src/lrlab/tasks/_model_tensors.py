"""The tensors of a model by name; nothing here loads torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


def named_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Its parameters, then its buffers; a tied tensor once, by its first name."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}
