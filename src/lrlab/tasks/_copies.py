"""What an object of any class is made of, as Python would copy it, and the exact text of arrays."""

import copyreg
import hashlib
import random
import weakref
from collections.abc import Iterator
from types import BuiltinMethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

# What another look finds changed though nobody set it: its state is no setting.
CHANGING = (
    *(Iterator, random.Random, np.random.Generator, np.random.RandomState, np.random.BitGenerator, torch.Generator),
    *(weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet),
)
# Modules whose objects keep what they have computed, or how many there were before them.
CACHING = ("lrlab", "torch._ops", "torch.utils.hooks")
PIECE = 1000  # examples at a time
MANY_PARTS = 10_000  # beyond, a container that is no list holds data
TYPED = "biufcmM"  # kinds of arrays whose bytes are their values


def copied_parts(value: Any) -> list[Any]:
    """What an object is made again from: its class or a function, arguments, state, items. Empty where it cannot be."""
    module = type(value).__module__
    if isinstance(value, CHANGING) or any(f"{module}.".startswith(f"{name}.") for name in CACHING):
        return []
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
        if isinstance(reduced, str):
            return [reduced]
        function, args, state, items, pairs = [*reduced, None, None, None][:5]
        return [function, args, state, *(_listed(part) for part in (items, pairs) if part is not None)]
    except Exception:  # locks, open files and the like; and a class of others may raise anything
        return []


def _listed(items: Iterator[Any]) -> list[Any]:
    parts = [part for part, _ in zip(items, range(MANY_PARTS + 1), strict=False)]
    return parts if len(parts) <= MANY_PARTS else [len(parts)]


def bound_object(value: Any) -> Any | None:
    """The object that a method written in C is bound to; None for none, and for a module or a class."""
    owner = value.__self__ if isinstance(value, BuiltinMethodType) else None
    return None if isinstance(owner, ModuleType | type) else owner


def hash_bytes(data: bytes | bytearray) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def hash_array(array: np.ndarray) -> str | None:
    """The exact values of an array; None for one of objects or of fields, whose parts say it."""
    if array.dtype.char in "gG":  # long doubles: among their bytes are some that nobody set
        return str(array.tolist())
    if array.dtype.kind not in TYPED:
        return None
    return hash_bytes(np.ascontiguousarray(array).tobytes())


def feed_array(digest: "hashlib._Hash", name: str, tensor: Tensor) -> None:
    """Tell a digest the name, type, shape and values of a tensor. float16 counts as the float32 of the same values."""
    half = tensor.dtype == torch.float16
    kind = np.dtype(np.float32) if half else tensor[:0].cpu().numpy().dtype
    digest.update(f"{name} {kind.str} {tuple(tensor.shape)}\n".encode())
    for part in tensor.split(PIECE) if half else (tensor,):  # not all of it twice in memory
        digest.update((part.float() if half else part).cpu().contiguous().numpy().data)


def hash_tensor(tensor: Tensor) -> str:
    """The exact values of a tensor; of one without any, such as a meta tensor, nothing."""
    try:
        dense = tensor.detach().cpu() if tensor.layout == torch.strided else tensor.detach().cpu().to_dense()
        flat = dense.resolve_conj().resolve_neg().flatten().contiguous()
        return hash_bytes(flat.view(torch.uint8).numpy().tobytes())
    except (RuntimeError, TypeError, NotImplementedError):
        return ""
