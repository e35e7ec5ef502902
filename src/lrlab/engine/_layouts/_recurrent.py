"""Stacked counterparts of recurrent layers: K cells advance together, position by position."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from ._builder import Builder, Operation, refuse
from ._packing import BATCH, PackedValue


class _Cell(NamedTuple):
    """A recurrent layer's arithmetic. gates: how many times the hidden size its products have."""

    gates: int
    states: int
    step: Callable[[Tensor, Tensor, Tensor | None, tuple[Tensor, ...]], tuple[Tensor, ...]]


def _lstm(inputs: Tensor, weight: Tensor, _: Tensor | None, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    hidden, cell = state
    gates = torch.baddbmm(inputs, hidden, weight)
    take, forget, new, give = gates.chunk(4, -1)
    cell = torch.addcmul(forget.sigmoid() * cell, take.sigmoid(), new.tanh())
    return give.sigmoid() * cell.tanh(), cell


def _gru(inputs: Tensor, weight: Tensor, bias: Tensor | None, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    (hidden,) = state
    own = torch.bmm(hidden, weight) if bias is None else torch.baddbmm(bias, hidden, weight)
    reset, keep, new = inputs.chunk(3, -1)
    own_reset, own_keep, own_new = own.chunk(3, -1)
    new = torch.addcmul(new, (reset + own_reset).sigmoid(), own_new).tanh()
    return (torch.lerp(new, hidden, (keep + own_keep).sigmoid()),)


def _plain(function: Callable[[Tensor], Tensor]) -> Callable[..., tuple[Tensor, ...]]:
    def step(inputs: Tensor, weight: Tensor, _: Tensor | None, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (function(torch.baddbmm(inputs, state[0], weight)),)

    return step


CELLS = {
    "LSTM": _Cell(4, 2, _lstm),
    "GRU": _Cell(3, 1, _gru),
    "RNN_TANH": _Cell(1, 1, _plain(torch.tanh)),
    "RNN_RELU": _Cell(1, 1, _plain(torch.relu)),
}


def recurrent(b: Builder, op: Operation, x: PackedValue, state: Any = None) -> tuple[PackedValue, None]:
    """nn.LSTM, nn.GRU and nn.RNN from a state of zeros: the outputs; a state that is read is refused."""
    layer = cast(nn.RNNBase, op.module)
    if state is not None or op.used - {0}:
        refuse(op.where, "is given a state, or is asked for its last one (take it from the outputs)")
    odd = getattr(layer, "proj_size", 0) or (layer.dropout and layer.num_layers > 1)
    if odd or len(x.shape) != 3 or x.axis != int(not layer.batch_first):
        refuse(op.where, "is made or called in a way not known here (proj_size, dropout, no batch)")
    swap = not layer.batch_first
    value = b.packed(x, BATCH)
    for number in range(layer.num_layers):
        value = _layer(b, op, value, number, swap)
    return value, None


def _layer(b: Builder, op: Operation, x: PackedValue, number: int, swap: bool) -> PackedValue:
    """One layer, in one direction or both. swap: positions come before the batch."""
    layer = cast(nn.RNNBase, op.module)
    cell, hidden = CELLS[layer.mode], layer.hidden_size
    ends = [f"_l{number}", f"_l{number}_reverse"][: 1 + layer.bidirectional]
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    tensors = [[b.tensor(op, name + end) for name in names] for end in ends]

    def step(x: Tensor) -> Tensor:
        x = x.transpose(1, 2) if swap else x
        both = [_scan(x, own, cell, hidden, bool(place)) for place, own in enumerate(tensors)]
        joined = both[0] if len(both) == 1 else torch.cat(both, -1)
        return joined.transpose(1, 2) if swap else joined

    return b.add(step, x, shape=(*x.shape[:2], hidden * len(ends)))


def _scan(x: Tensor, tensors: list[Any], cell: _Cell, hidden: int, backwards: bool) -> Tensor:
    """Outputs (K, B, L, hidden) of inputs (K, B, L, ...); the products with the inputs are made at once."""
    size, batch, length = x.shape[:3]
    into, own, bias_in, bias_own = tensors
    if bias_own is not None and cell.gates != 3:  # a GRU's own bias is within a product
        bias_in, bias_own = bias_in + bias_own, None
    rows = x.transpose(1, 2).reshape(size, length * batch, -1)  # positions first, so that each is a slice
    made = torch.bmm(rows, into.transpose(1, 2))
    made = made if bias_in is None else made.add_(bias_in.unsqueeze(1))
    steps, weight = made.view(size, length, batch, -1).unbind(1), own.transpose(1, 2)
    bias = None if bias_own is None else bias_own.unsqueeze(1)
    state = tuple(x.new_zeros(size, batch, hidden) for _ in range(cell.states))
    found: list[Tensor] = []
    for inputs in reversed(steps) if backwards else steps:
        state = cell.step(inputs, weight, bias, state)
        found.append(state[0])
    return torch.stack(found[::-1] if backwards else found, 2)
