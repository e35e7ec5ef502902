"""Batch-norm statistics under weights that were not trained with: estimated again on batches of the training data.

The statistics of an average are those of no trial. They are means over the first batches of an epoch before the first
one, updates -U .. -1 (of U an epoch), which the seed's own streams draw: order, augmentation and dropout. As
`torch.optim.swa_utils.update_bn`, but on a fixed number of batches.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..schedules import Horizon
from ..tasks import Inputs
from ._backend import Backend
from ._layouts import first_names

BATCHES = 40  # that statistics are estimated on; of an epoch with fewer, all of them


def statistics_updates(horizon: Horizon) -> range:
    """The updates before the first whose batches statistics are estimated on."""
    first = -horizon.updates_per_epoch
    return range(first, first + min(BATCHES, horizon.updates_per_epoch))


def norms_of(model: nn.Module) -> list[_BatchNorm]:
    """The layers that keep batch-norm statistics; of a model in training, none that stays in evaluation."""
    return [module for module in model.modules() if _keeps_statistics(module)]


def _keeps_statistics(module: nn.Module) -> TypeGuard[_BatchNorm]:
    return isinstance(module, _BatchNorm) and module.track_running_stats and module.training


@torch.no_grad()
def estimate_norms(model: nn.Module, passes: Iterable[Callable[[], object]]) -> None:
    """Estimate the statistics of a model again. passes: each runs a batch through it, in training mode."""
    norms = norms_of(model)
    momenta = [module.momentum for module in norms]
    for module in norms:
        module.reset_running_stats()
        module.momentum = None  # a mean of all batches
    for run in passes if norms else ():
        run()
    for module, momentum in zip(norms, momenta, strict=True):
        module.momentum = momentum


class NormBuffers(NamedTuple):
    """The names of a layer's statistics among the stacked tensors, and the share of a batch that one pass takes."""

    mean: str
    variance: str
    batches: str
    momentum: float

    @classmethod
    def of_model(cls, model: nn.Module) -> "list[NormBuffers]":
        """The buffers of every layer of `norms_of`; a layer of several names has the first alone."""
        first, found = first_names(model), dict[str, NormBuffers]()
        for name, module in model.named_modules():
            if _keeps_statistics(module):
                before = f"{name}." if name else ""
                mean, variance = first[f"{before}running_mean"], first[f"{before}running_var"]
                momentum = 1.0 if module.momentum is None else module.momentum
                buffers = cls(mean, variance, first[f"{before}num_batches_tracked"], momentum)
                found[buffers.mean] = buffers
        return list(found.values())


@torch.no_grad()
def statistics_under(
    backend: Backend, weights: dict[str, Tensor], norms: list[NormBuffers], batches: Iterable[tuple[Inputs, Tensor]]
) -> dict[str, Tensor]:
    """The statistics of K trials under these weights, by name, (K, ...) each; the backend is left as it was.

    A pass over one batch, from statistics of 0, leaves momentum times those of the batch.
    norms: the layers. batches: inputs (S, B, ...) and labels (K, B, ...) of each.
    """
    named = {name: each.momentum for each in norms for name in (each.mean, each.variance)}
    touched = [*weights, *named, *(each.batches for each in norms)]
    trained = {name: tensor.clone() for name, tensor in backend.tensors().items() if name in touched}
    empty = {name: torch.zeros_like(trained[name]) for name in touched if name not in weights}
    sums, count = {name: torch.zeros_like(trained[name]) for name in named}, 0
    backend.put(weights)
    for inputs_SB, labels_KB in batches:
        backend.put(empty)
        backend.observe(inputs_SB, labels_KB)
        after, count = backend.tensors(), count + 1
        for name, momentum in named.items():
            sums[name] += after[name] / momentum
    backend.put(trained)
    return {name: total / count for name, total in sums.items()}


def keep_others(tensors: dict[str, Tensor], own: Mapping[str, Tensor], columns: list[int]) -> dict[str, Tensor]:
    """The tensors (K, ...) in these columns, and in all others those that the trials have."""
    kept = {name: own[name].clone() for name in tensors}
    for name, tensor in tensors.items():
        kept[name][columns] = tensor[columns]
    return kept
