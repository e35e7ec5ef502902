"""The compiled part's interface: the structs of `native/lanes/description.h`, and one net behind Python calls."""

import ctypes
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import RunError
from ...native import library


class LayerKind(IntEnum):
    """What a layer is. See `description.h` for what its numbers mean."""

    ENTRY = 0
    CONVOLUTION = 1
    BATCH_NORM = 2
    POOLING = 3
    POINTWISE = 4
    SUM = 5
    DROPOUT = 6
    LOSS = 7
    TOKENS = 8
    PLACES = 9
    LINEAR = 10
    ROW_NORM = 11
    CURVE = 12
    ATTENTION = 13


class Activation(IntEnum):
    """A pointwise layer."""

    RELU = 0
    LEAKY_RELU = 1
    TANH = 2
    SIGMOID = 3


class Curve(IntEnum):
    """A function of each number in a net of sequences."""

    RELU = 0
    TANH = 1
    SIGMOID = 2
    GELU = 3
    GELU_TANH = 4
    SILU = 5


class NetImage(ctypes.Structure):
    """An image between two layers: where it lies, and how large it is."""

    _fields_ = [(name, ctypes.c_int32) for name in ("buffer", "channel", "channels", "height", "width")]


class TensorShape(ctypes.Structure):
    """A tensor of weights or statistics."""

    _fields_ = [(name, ctypes.c_int32) for name in ("outputs", "inputs", "height", "width", "groups", "trained")]


class Layer(ctypes.Structure):
    """A layer, in numbers."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in ("kind", "in_", "in2", "out", "relu")),
        ("tensor", ctypes.c_int32 * 4),
        ("number", ctypes.c_int32 * 9),
        ("factor", ctypes.c_double * 2),
    ]


def describe_layer(
    kind: LayerKind,
    source: int = -1,
    second: int = -1,
    out: int = -1,
    tensors: tuple[int, ...] = (),
    numbers: tuple[int, ...] = (),
    factors: tuple[float, ...] = (),
) -> Layer:
    """A layer as the compiled part reads it; what is left out of tensors is -1, of numbers and factors 0."""
    layer = Layer(kind, source, second, out, 0)
    layer.tensor[:] = (*tensors, *[-1] * (4 - len(tensors)))
    layer.number[:] = (*numbers, *[0] * (9 - len(numbers)))
    layer.factor[:] = (*factors, *[0.0] * (2 - len(factors)))
    return layer


class Settings(ctypes.Structure):
    """What holds for the whole net."""

    _fields_ = [
        *((name, ctypes.c_int32) for name in ("trials", "batch", "workers", "optimizer", "nesterov")),
        *((name, ctypes.c_double) for name in ("beta2", "eps", "alpha", "clip")),
        ("cache", ctypes.c_int64),
    ]


class _NetBatch(ctypes.Structure):
    _fields_ = [
        ("inputs", ctypes.c_void_p),
        ("seeds", ctypes.c_int32),
        ("samples", ctypes.c_int32),
        ("seed", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("masks", ctypes.c_void_p),
        ("rates", ctypes.c_void_p),
        ("losses", ctypes.c_void_p),
        ("outputs", ctypes.c_void_p),
    ]


class Description(NamedTuple):
    """A net's images, tensors and layers."""

    images: Sequence[NetImage]
    tensors: Sequence[TensorShape]
    layers: Sequence[Layer]


class Net:
    """A compiled net. Raises RunError where it cannot be made, such as for want of memory.

    dtype: float32 or float64, of everything that goes in and out.
    """

    def __init__(self, description: Description, settings: Settings, dtype: torch.dtype) -> None:
        self._library, self.dtype, self.settings = library(), dtype, settings
        self._handle = ctypes.c_void_p()
        arrays: list[Any] = []
        for structs in description:
            arrays += [(type(structs[0]) * len(structs))(*structs), len(structs)]
        wide = int(dtype == torch.float64)
        self._call_library("lanes_create", *arrays, ctypes.byref(settings), wide, ctypes.byref(self._handle))

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._library.lanes_free(self._handle)

    @property
    def bytes(self) -> int:
        """Memory for weights, gradients and images, of all trials."""
        self._library.lanes_bytes.restype = ctypes.c_int64
        return self._library.lanes_bytes(self._handle)

    def read(self, tensor: int, slot: int, into: Tensor) -> None:
        """A tensor of all trials, (K, ...) contiguous; slot -1 is the tensor itself, from 0 the optimizer's state."""
        for trial in range(self.settings.trials):
            self._call_library("lanes_read", self._handle, tensor, slot, trial, ctypes.c_void_p(into[trial].data_ptr()))

    def write(self, tensor: int, slot: int, numbers: Tensor) -> None:
        """What `read` gives, put back."""
        for trial in range(self.settings.trials):
            self._call_library(
                "lanes_write", self._handle, tensor, slot, trial, ctypes.c_void_p(numbers[trial].data_ptr())
            )

    def train(
        self, inputs: Tensor, which: NDArray[np.int32], labels: Tensor, masks: Sequence[Tensor], rates: NDArray[Any]
    ) -> tuple[Tensor, Tensor]:
        """One update: losses (K,) and outputs (K, B, C) before it.

        inputs: (S, B, C, H, W). which: each trial's seed as a row of inputs and masks. labels: (K, B, ...). masks: of
        each dropout layer. rates: (6, K) float64.
        """
        losses = np.empty(self.settings.trials)
        pointers = (ctypes.c_void_p * max(len(masks), 1))(*(mask.data_ptr() for mask in masks))
        batch = self._describe_batch(inputs, which)
        batch.labels, batch.masks = labels.data_ptr(), ctypes.cast(pointers, ctypes.c_void_p)
        batch.rates, batch.losses = rates.ctypes.data, losses.ctypes.data
        outputs = self._run_net("lanes_train", batch)
        return torch.from_numpy(losses).to(self.dtype), outputs

    def evaluate(self, inputs: Tensor, which: NDArray[np.int32]) -> Tensor:
        """Outputs (K, B, C) in evaluation."""
        return self._run_net("lanes_evaluate", self._describe_batch(inputs, which))

    outputs: tuple[int, ...] = (1,)  # shape of what the net gives for a sample

    def _describe_batch(self, inputs: Tensor, which: NDArray[np.int32]) -> _NetBatch:
        batch = _NetBatch()
        batch.inputs, batch.seeds, batch.samples = inputs.data_ptr(), len(inputs), inputs.shape[1]
        batch.seed = which.ctypes.data
        return batch

    def _run_net(self, name: str, batch: _NetBatch) -> Tensor:
        outputs = torch.empty(self.settings.trials, batch.samples, *self.outputs, dtype=self.dtype)
        batch.outputs = outputs.data_ptr()
        self._call_library(name, self._handle, ctypes.byref(batch))
        return outputs

    def _call_library(self, name: str, *arguments: Any) -> None:
        if getattr(self._library, name)(*arguments) != 0:
            self._library.lanes_error.restype = ctypes.c_char_p
            raise RunError(f"the lane engine: {self._library.lanes_error().decode()}")
