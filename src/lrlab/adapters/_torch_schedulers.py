"""Torch's own schedulers of an optimizer: which are alive, and by what those just built multiplied its rates."""

import gc
import math
from collections.abc import Iterator

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, MultiplicativeLR, ReduceLROnPlateau, SequentialLR
from torch.optim.swa_utils import SWALR

from ._groups import as_float
from ._nesting import unwrap_optimizer

KEEPING = (MultiplicativeLR, ReduceLROnPlateau, SWALR)  # when they are built, they keep the rates they find


class TorchSchedulers:
    """The schedulers of torch's kind that are alive over an optimizer, without lrlab's.

    An optimizer does not know its schedulers, nor which were built since its last update, so they are looked for among
    all objects: once for a scheduler that is built, and only where the rates leave it open.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._made_updates = getattr(optimizer, "_opt_called", False)  # under one of them, which may be gone
        self._alive = list(_alive_over(optimizer, unwrap_optimizer(optimizer)))
        begun = {id(part) for part in _parts_of_begun_sequences(self._alive)}
        self._fresh = [
            one
            for one in self._alive
            if vars(one).get("last_epoch") == 0 and not hasattr(one, "_schedulers") and id(one) not in begun
        ]

    def has_fresh(self) -> bool:
        """Whether one was just built: its first step is yet to come."""
        return bool(self._fresh)

    def first_factors(self, count: int) -> list[float] | None:
        """By what those just built multiplied the rates of so many groups; None: that cannot be told."""
        factors = [1.0] * count
        for one in self._fresh:
            if isinstance(one, KEEPING):
                continue
            closed_form = getattr(one, "_get_closed_form_lr", None)
            if closed_form is None:  # it may have set them, whatever they were
                return None
            for at, (value, base) in enumerate(zip(closed_form(), one.base_lrs, strict=True)):
                factors[at] *= as_float(value) / as_float(base) if base else 1.0
        return factors

    def may_have_written(self, at: int, rate: float) -> bool:
        """Whether one of them may have written a group's rate: it wrote this one last, or is gone."""
        begun = [one for one in self._alive if all(one is not new for new in self._fresh)]
        if not begun:
            return self._made_updates
        last = [one._last_lr[at] for one in begun if at < len(one._last_lr)]
        return any(math.isclose(as_float(value), rate, rel_tol=1e-6) for value in last)


def _alive_over(*optimizers: Optimizer) -> Iterator[LRScheduler]:
    for one in gc.get_objects():
        if issubclass(type(one), LRScheduler):  # isinstance would run code of proxies
            fields = vars(one)
            if "_last_lr" in fields and any(fields.get("optimizer") is optimizer for optimizer in optimizers):
                yield one  # lrlab's have it as a property


def _parts_of_begun_sequences(schedulers: list[LRScheduler]) -> Iterator[LRScheduler]:
    """A part whose turn begins is at 0 as one just built; the sequence inside another is at 1 when it is built."""
    sequences = [one for one in schedulers if isinstance(one, SequentialLR)]
    inside = {id(part) for one in sequences for part in _parts(one)}
    for one in sequences:
        if one.last_epoch > 0 and id(one) not in inside:
            yield from _parts(one)


def _parts(scheduler: LRScheduler) -> Iterator[LRScheduler]:
    for part in getattr(scheduler, "_schedulers", ()):
        yield part
        yield from _parts(part)
