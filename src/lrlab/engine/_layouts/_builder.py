"""What the stacked counterparts of layers are written with: values, steps, stacked weights, and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from torch import Tensor, nn

from ...errors import Unstackable
from .._noise import Noise
from ._packing import BATCH, CHANNELS, SHARED, PackedValue, TensorFunction, conversion


class LayerPlace(NamedTuple):
    """Where in a model something is done: as errors call it, and the layer's name; "" in the model's own forward."""

    text: str
    layer: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Operation:
    """One operation of the plain model.

    where: as errors call it. target: the layer's dotted name. shape: of its output, (B, ...). alone: nothing else reads
    its first input.
    """

    where: LayerPlace
    target: str
    module: nn.Module | None
    shape: tuple[int, ...]
    alone: bool


@dataclass(frozen=True)
class Stacked:
    """K trials: their stacked tensors by name, dropout's masks, and the seed of each."""

    size: int
    tensors: dict[str, Tensor]
    names: dict[str, str]  # of every tensor, by any of the model's names, the one it has in `tensors`
    noise: Noise
    which: tuple[int, ...]


def refuse(place: LayerPlace | str, why: str) -> NoReturn:
    """Raise Unstackable for this layer or operation."""
    layer = place.layer if isinstance(place, LayerPlace) else ""
    way_out = "this model's trials run one by one instead (layout 'vmap' or 'loop')"
    raise Unstackable(f"{place} {why}; {way_out}", layer)


class Builder:
    """Writes a program: a flat list of steps, each a function of values in numbered slots."""

    def __init__(self, stacked: Stacked, train: bool) -> None:
        self.stacked, self.size, self.train = stacked, stacked.size, train
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
    ) -> PackedValue:
        """Add a step to the program; the value it gives.

        values: the inputs. shape: of the output, as the plain model has it. packing: of the output; that of the first
        input unless given. fresh: as in `PackedValue`.
        """
        value = PackedValue(self.slots, packing or values[0].packing, shape, fresh)
        self.steps.append((step, tuple(value.slot for value in values), value.slot))
        self.slots += 1
        return value

    def packed(self, value: PackedValue, packing: str) -> PackedValue:
        """The same value in this packing."""
        if value.packing == packing:
            return value
        key = value.slot, packing
        if key not in self._packed:
            step = conversion(value.packing, packing, self.size, value.shape)
            self._packed[key] = self.add(step, value, shape=value.shape, packing=packing)
        return self._packed[key]

    def alike(self, values: Sequence[PackedValue]) -> list[PackedValue]:
        """The values in one packing, the one that moves the least."""
        packings = {value.packing for value in values}
        packing = CHANNELS if CHANNELS in packings else BATCH if BATCH in packings else SHARED
        if any(value.shape[1:2] != values[0].shape[1:2] for value in values) and packing == CHANNELS:
            packing = BATCH  # a broadcast over channels would reach into other trials
        return [self.packed(value, packing) for value in values]

    def tensor(self, operation: Operation, attribute: str) -> Tensor | None:
        """The stacked parameter or buffer (K, ...) of the operation's module; None where it has none."""
        if getattr(operation.module, attribute) is None:
            return None
        name = f"{operation.target}.{attribute}" if operation.target else attribute
        return self.stacked.tensors[self.stacked.names[name]]


def shifted(dim: int, dims: int, where: LayerPlace) -> int:
    """A plain model's dimension, of `dims`, in the BATCH packing. Refuses the batch's own."""
    plain = dim % dims
    if plain == 0:
        refuse(where, "works across the examples of a batch")
    return plain + 1
