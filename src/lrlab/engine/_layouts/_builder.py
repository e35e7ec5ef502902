"""What the stacked counterparts of layers are written with: values, steps, stacked weights, and refusals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import torch
from torch import Tensor, nn

from ...errors import Unstackable
from .._noise import Masks
from ._packing import BATCH, CHANNELS, SHARED, PackedValue, TensorFunction, conversion, widened

Handler = Callable[..., Any]  # builder, operation and the plain call's arguments to a value, or to a tuple of them


class LayerPlace(NamedTuple):
    """Where in a model something is done: as errors call it, and the layer's name; "" in the model's own forward."""

    text: str
    layer: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Operation:
    """One operation of the plain model.

    where: as errors call it. target: the layer's dotted name. shape, dtype: of its output in the plain model, (B, ...).
    alone: nothing else reads its first input. used: of an operation with several outputs, which of them are read.
    """

    where: LayerPlace
    target: str
    module: nn.Module | None
    shape: tuple[int, ...]
    alone: bool
    dtype: torch.dtype = torch.float32
    used: frozenset[int] = frozenset({0})

    def inside(self, name: str, shape: tuple[int, ...] | None = None) -> "Operation":
        """The operation of a layer inside of this layer. name: its dotted name there. shape: of its output."""
        assert self.module is not None
        place, target = f"{self.target}.{name}", f"{self.where.layer}.{name}"
        inner = self.module.get_submodule(name)
        return Operation(LayerPlace(f"layer {target}", target), place, inner, shape or self.shape, False, self.dtype)


@dataclass(frozen=True)
class Stacked:
    """K trials: their stacked tensors by name, dropout's masks, and the seed of each."""

    size: int
    tensors: dict[str, Tensor]
    names: dict[str, str]  # of every tensor, by any of the model's names, the one it has in `tensors`
    noise: Masks
    which: tuple[int, ...]


def refuse(place: LayerPlace | str, why: str) -> NoReturn:
    """Raise Unstackable for this layer or operation."""
    layer = place.layer if isinstance(place, LayerPlace) else ""
    way_out = "this model's trials run one by one instead (layout 'vmap' or 'loop')"
    raise Unstackable(f"{place} {why}; {way_out}", layer)


class Builder:
    """Writes a program: a flat list of steps, each a function of values in numbered slots."""

    def __init__(self, stacked: Stacked, train: bool, batch: int, device: torch.device) -> None:
        self.batch, self.device = batch, device  # examples of the inputs; where they lie
        self.stacked, self.size, self.train = stacked, stacked.size, train
        self.place = LayerPlace("forward")  # of what is being built
        self.steps: list[tuple[TensorFunction, tuple[int, ...], int]] = []
        self.slots = 1  # slot 0 holds the inputs
        self.calls: dict[str, int] = {}  # how often each dropout layer was used so far
        self._packed: dict[tuple[int, str], PackedValue] = {}

    def add(
        self,
        step: TensorFunction,
        *values: PackedValue,
        shape: tuple[int, ...],
        packing: str | None = None,
        fresh: bool = False,
        axis: int | None = -1,
    ) -> PackedValue:
        """Add a step to the program; the value it gives.

        values: the inputs. shape: of the output, as the plain model has it. packing: of the output; that of the first
        input unless given. fresh, axis: as in `PackedValue`; axis -1: that of the first input.
        """
        axis = values[0].axis if axis == -1 else axis
        value = PackedValue(self.slots, packing or values[0].packing, shape, fresh, axis)
        self.steps.append((step, tuple(value.slot for value in values), value.slot))
        self.slots += 1
        return value

    def packed(self, value: PackedValue, packing: str) -> PackedValue:
        """The same value in this packing."""
        if value.packing == packing:
            return value
        if packing == CHANNELS and (value.axis != 0 or len(value.shape) < 2):
            refuse(self.place, f"reads {value.shape}, whose first dimension is not the batch")
        key = value.slot, packing
        if key not in self._packed:
            step = conversion(value.packing, packing, self.size, value.shape)
            self._packed[key] = self.add(step, value, shape=value.shape, packing=packing)
        return self._packed[key]._replace(axis=value.axis)

    def broadcast(
        self, step: TensorFunction, values: Sequence[PackedValue], shape: tuple[int, ...], fresh: bool = False
    ) -> PackedValue:
        """A step that treats every number alone, on values that broadcast as torch's do."""
        axis = broadcast_axis(values, shape, self.place)
        packings = {value.packing for value in values}
        if CHANNELS in packings:
            alike = all(len(v.shape) == len(shape) and v.shape[1] == shape[1] and v.axis == 0 for v in values)
            packing = CHANNELS if alike else BATCH
            values = [self.packed(value, packing) for value in values]
            packings = {packing}
        if BATCH not in packings:
            return self.add(step, *values, shape=shape, fresh=fresh, axis=axis)
        dims = len(shape)
        if all(len(value.shape) == dims for value in values if value.packing == BATCH):
            return self.add(step, *values, shape=shape, packing=BATCH, fresh=fresh, axis=axis)
        wide = [value.packing == BATCH for value in values]

        def widen(*tensors: Tensor) -> Tensor:
            return step(*[widened(x, dims) if own else x for x, own in zip(tensors, wide, strict=True)])

        return self.add(widen, *values, shape=shape, packing=BATCH, fresh=fresh, axis=axis)

    def tensor(self, operation: Operation, attribute: str) -> Tensor | None:
        """The stacked parameter or buffer (K, ...) of the operation's module; None where it has none."""
        if getattr(operation.module, attribute, None) is None:
            return None
        return self.named(f"{operation.target}.{attribute}" if operation.target else attribute)

    def named(self, name: str) -> Tensor:
        """The stacked parameter or buffer (K, ...) of this dotted name."""
        return self.stacked.tensors[self.stacked.names[name]]

    def constant(self, tensor: Tensor) -> PackedValue:
        """A tensor that is the same for all trials, and has no batch unless its first dimension is as long as one."""
        return self.add(lambda: tensor, shape=tuple(tensor.shape), packing=SHARED, axis=None)


def shifted(dim: int, x: PackedValue, where: LayerPlace) -> int:
    """A plain model's dimension of a value in the BATCH packing. Refuses the one along which the examples lie."""
    plain = dim % len(x.shape)
    if plain == x.axis:
        refuse(where, "works across the examples of a batch")
    return plain + 1


def broadcast_axis(values: Sequence[PackedValue], shape: tuple[int, ...], where: LayerPlace) -> int | None:
    """Where the examples lie in what several values broadcast to. Refuses values whose examples lie along two axes."""
    axes = {len(shape) - len(value.shape) + value.axis for value in values if value.axis is not None}
    if len(axes) > 1:
        refuse(
            where, f"broadcasts {' against '.join(str(value.shape) for value in values)}, each with a batch elsewhere"
        )
    return next(iter(axes), None)
