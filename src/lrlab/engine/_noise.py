"""Dropout whose masks belong to (seed, update, layer): the same in every engine, whatever ran before or beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from ._randomness import generator

PER_CHANNEL = {nn.Dropout: False, nn.Dropout1d: True, nn.Dropout2d: True, nn.Dropout3d: True}


class Masks(Protocol):
    """Where a `KeyedDropout` has its masks from. round: goes up where a forward pass begins."""

    round: int

    def mask(
        self, layer: str, p: float, shape: Sequence[int], dtype: torch.dtype, device: torch.device, call: int = 0
    ) -> Tensor:
        """The masks of `Noise.mask`, whose arguments these are."""
        ...


class _MaskRequest(NamedTuple):
    """A mask that a layer asked for, as in `Noise.mask`."""

    layer: str
    p: float
    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device
    call: int


class Noise:
    """Dropout masks of S seeds. Set `t` before each update: masks of the update before are forgotten."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self.seeds = tuple(seeds)
        self.round = 0
        self._t = 0
        self._cache: dict[_MaskRequest, Tensor] = {}

    @property
    def t(self) -> int:
        """The update the masks are for."""
        return self._t

    @t.setter
    def t(self, t: int) -> None:
        if t != self._t:
            self._cache.clear()
        self._t = t
        self.begin()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Masks of other updates meanwhile; those there are stay where they lie, for a recorded graph reads them."""
        kept = self._t, self._cache
        self._cache = {}
        try:
            yield
        finally:
            self._t, self._cache = kept
            self.begin()

    def begin(self) -> None:
        """A forward pass begins: the next use of each layer is its first."""
        self.round += 1

    def mask(
        self, layer: str, p: float, shape: Sequence[int], dtype: torch.dtype, device: torch.device, call: int = 0
    ) -> Tensor:
        """Masks (S, *shape) of update t: 0 with probability p, else 1 / (1 - p).

        layer: the module's dotted name. shape: of one seed's mask. dtype, device: of the masks; those of float32 and
        float64 agree. call: which use of the layer in this pass, from 0. Kept until `t` changes.
        """
        request = _MaskRequest(layer, p, tuple(shape), dtype, device, call)
        if request not in self._cache:
            self._cache[request] = self._draw_mask(request)
        return self._cache[request]

    def redraw(self, t: int) -> None:
        """The masks there are, drawn again for update t into the same memory: a recorded graph reads them there."""
        self._t = t
        for request, mask in self._cache.items():
            mask.copy_(self._draw_mask(request))
        self.begin()

    def _draw_mask(self, request: _MaskRequest) -> Tensor:
        words = ("dropout", self._t, request.layer, *([request.call] if request.call else []))
        draws = torch.empty(len(self.seeds), *request.shape, device=request.device)
        for seed, draw in zip(self.seeds, draws, strict=True):
            draw.uniform_(generator=generator(request.device, seed, *words))
        kept = (draws >= request.p).to(request.dtype)
        return kept.div_(1 - request.p) if request.p < 1 else kept.zero_()


class KeyedDropout(nn.Module):
    """Dropout with the masks of `noise` for its seed `row`. per_channel: whole channels of (B, C, ...) are dropped."""

    def __init__(self, p: float, layer: str, per_channel: bool, noise: Masks) -> None:
        super().__init__()
        self.p, self.layer, self.per_channel, self.noise, self.row = p, layer, per_channel, noise, 0
        self.begin()

    def forward(self, inputs: Tensor) -> Tensor:
        """The inputs times the mask; in evaluation the inputs."""
        if not self.training or self.p == 0:
            return inputs
        shape = self.mask_shape(inputs.shape)
        masks = self.noise.mask(self.layer, self.p, shape, inputs.dtype, inputs.device, self._next_call())
        return inputs * masks[self.row]

    def begin(self) -> None:
        """The next use is the first of a pass."""
        self._round, self._calls = -1, 0

    def mask_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of one seed's mask for inputs of this shape: ones where a channel is dropped as a whole."""
        return (*shape[:2], *[1] * len(shape[2:])) if self.per_channel else tuple(shape)

    def extra_repr(self) -> str:
        """As torch shows its own dropout."""
        return f"p={self.p}, per_channel={self.per_channel}"

    def _next_call(self) -> int:
        """Which use in this pass it is, from 0: a layer used twice draws two masks."""
        self._calls = self._calls + 1 if self._round == self.noise.round else 0
        self._round = self.noise.round
        return self._calls


def key_dropout(model: nn.Module, noise: Noise) -> nn.Module:
    """Put `KeyedDropout` in place of every Dropout, Dropout1d, Dropout2d and Dropout3d. Returns the model.

    AlphaDropout and functional dropout stay: they draw from torch's global generator, and no layout takes them.
    """
    if type(model) in PER_CHANNEL:
        return _key_layer(model, "", noise)
    keyed: dict[nn.Module, KeyedDropout] = {}
    for name, module in list(model.named_modules(remove_duplicate=False)):
        if type(module) in PER_CHANNEL:
            parent, _, attribute = name.rpartition(".")
            if module not in keyed:
                keyed[module] = _key_layer(module, name, noise)
            setattr(model.get_submodule(parent), attribute, keyed[module])
    return model


def _key_layer(module: nn.Module, layer: str, noise: Noise) -> KeyedDropout:
    assert isinstance(module.p, float | int)
    keyed = KeyedDropout(float(module.p), layer, PER_CHANNEL[type(module)], noise)
    return keyed.train(module.training)
