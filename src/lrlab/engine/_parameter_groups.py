"""Which of a model's weights an optimizer treats in which way: matrices, weight decay, the rate of each layer.

A model's modules are taken in the order in which it holds them; whatever has a weight of two dimensions or more begins
a layer, and what follows without one, such as a norm, belongs to it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn

from ..spec import OPTIMIZERS, Optimizer


class ParameterGroup(NamedTuple):
    """Weights, by name, that are updated alike.

    optimizer: whose arithmetic. rate, decay: what their rate and weight decay are multiplied by.
    """

    names: tuple[str, ...]
    optimizer: str
    rate: float = 1.0
    decay: float = 1.0


class _Weight(NamedTuple):
    """A trained weight: its name and place. layer: counted from 0."""

    name: str
    leaf: str
    module: nn.Module
    tensor: Tensor
    layer: int


def parameter_groups(model: nn.Module, settings: Optimizer) -> list[ParameterGroup]:
    """The groups of a model's trained weights, in the order of their first weights; one where all are alike.

    Names are those of `named_parameters`: a weight of two names has the first.
    """
    weights = list(_trained_weights(model))
    rest, top = OPTIMIZERS[settings.name].rest, max((weight.layer for weight in weights), default=0)
    head = _head_of(model) if rest else None
    groups: dict[ParameterGroup, list[str]] = {}
    for weight in weights:
        group = ParameterGroup(
            names=(),
            optimizer=settings.name if not rest or _is_matrix(weight, head) else rest,
            rate=settings.layer_decay ** (top - weight.layer),
            decay=0.0 if settings.no_decay and _is_bias_or_norm(weight) else 1.0,
        )
        groups.setdefault(group, []).append(weight.name)
    return [group._replace(names=tuple(names)) for group, names in groups.items()]


def _trained_weights(model: nn.Module) -> Iterator[_Weight]:
    layer, seen = -1, set[Tensor]()
    for path, module in model.named_modules():
        own = [(leaf, tensor) for leaf, tensor in module.named_parameters(recurse=False) if tensor not in seen]
        layer += any(tensor.ndim > 1 for _, tensor in own)
        for leaf, tensor in own:
            seen.add(tensor)
            if tensor.requires_grad:
                yield _Weight(f"{path}.{leaf}" if path else leaf, leaf, module, tensor, max(layer, 0))


def _head_of(model: nn.Module) -> Tensor | None:
    """The last matrix of the model: what its outputs are made by. It may be tied to an embedding."""
    tensors = [tensor for _, tensor in model.named_parameters(remove_duplicate=False) if tensor.ndim > 1]
    return tensors[-1] if tensors else None


def _is_matrix(weight: _Weight, head: Tensor | None) -> bool:
    """Whether it is a matrix inside the network: no embedding, no head, no norm, nothing that is no layer's weight."""
    embeds = isinstance(weight.module, nn.Embedding | nn.EmbeddingBag)
    hidden = weight.tensor is not head and weight.tensor.ndim > 1 and "weight" in weight.leaf
    return hidden and not embeds and not _is_bias_or_norm(weight)


def _is_bias_or_norm(weight: _Weight) -> bool:
    return "bias" in weight.leaf or "norm" in type(weight.module).__name__.lower()
