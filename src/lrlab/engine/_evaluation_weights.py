"""Weights that only evaluation uses, put in the place of those that are trained, and those back again, bit for bit.

`TrialRun.evaluation_tensors` and `Stack.evaluation_tensors` say which they are: none, unless the optimizer or an
average has its own. Every look at data goes through `EvaluationWeights`: epochs, snapshots, the last one, and what is
saved.
"""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

Tensors = dict[str, Tensor]


class Holder(Protocol):
    """What holds weights and buffers by name: a trial of the plain loop, or the backend of a stack."""

    def tensors(self) -> Tensors:
        """Weights and buffers by name, detached; the memory may be its own."""
        ...

    def put(self, tensors: Tensors) -> None:
        """Give these tensors these values; all others stay."""
        ...


class EvaluationWeights:
    """While a block runs: evaluation's weights are in place from the first `place` on; behind it, the training ones.

    holder: whose weights. make: evaluation's, by name, those alone that differ; asked once at most, and not where
    nothing is evaluated, for it may take as long as an epoch (batch norm's statistics are estimated again).
    """

    def __init__(self, holder: Holder, make: Callable[[], Tensors]) -> None:
        self._holder, self._make = holder, make
        self._trained: Tensors | None = None

    def __enter__(self) -> "EvaluationWeights":
        return self

    def place(self) -> None:
        """Put evaluation's weights in place, unless they are."""
        if self._trained is None:
            own = self._make()
            self._trained = {name: self._holder.tensors()[name].clone() for name in own} if own else {}
            if own:
                self._holder.put(own)

    def __exit__(self, *_: object) -> None:
        if self._trained:
            self._holder.put(self._trained)
        self._trained = None
