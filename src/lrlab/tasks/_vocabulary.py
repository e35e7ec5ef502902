"""What a model looks up in its tables: tokens that it has no row for, and sequences longer than it has places for."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.overrides import TorchFunctionMode

from ..errors import TaskError
from ._base import Task
from ._trees import Inputs, named_leaves

LOOKUPS = (F.embedding, F.embedding_bag)


class _Lookup(NamedTuple):
    """A look into a table, a weight (rows, ...): at which rows."""

    places: Tensor
    table: Tensor

    @property
    def fits(self) -> bool:
        """Whether the table has all of these rows."""
        return not self.places.numel() or 0 <= int(self.places.min()) <= int(self.places.max()) < len(self.table)


class LookupWatch(TorchFunctionMode):
    """Notes what is looked up in tables while it is on."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.lookups: list[_Lookup] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Called by torch instead of each of its functions."""
        named = kwargs or {}
        if func in LOOKUPS:
            both = [*args, *(named[key] for key in ("input", "weight") if key in named)][:2]
            if len(both) == 2 and all(isinstance(part, Tensor) for part in both) and not both[0].is_floating_point():
                self.lookups.append(_Lookup(*both))
        return func(*args, **named)

    def check_tokens(self, task: Task, name: str, prepared: Inputs) -> None:
        """Raise TaskError where a split has a token that is looked up in a table without a row for it."""
        for lookup in self.lookups:
            for leaf, tensor in named_leaves(prepared):
                if not tensor.is_floating_point() and _is_of(lookup.places, tensor):
                    _check_tokens(task, name, leaf, len(lookup.table), self._name_of(lookup.table))

    def explain(self, prepared: Inputs, error: Exception) -> str:
        """Why the model failed, in words; "" where its tables are not the reason."""
        lengths = [tensor.shape[1] for _, tensor in named_leaves(prepared) if tensor.ndim > 1]
        for lookup in self.lookups:
            if not lookup.fits:
                highest, rows = int(lookup.places.max()), len(lookup.table)
                if highest + 1 in lengths:
                    return _too_long(highest + 1, self._name_of(lookup.table), rows)
                return (
                    f"it looks up row {highest} of {self._name_of(lookup.table)}, which has {rows}; give it more rows"
                )
        numbers = set(map(int, re.findall(r"\b[0-9]{1,9}\b", str(error))))
        for name, tensor in (*self.model.named_parameters(), *self.model.named_buffers()):
            for length in lengths:
                places = [size for size in tensor.shape if size in numbers and 1 < size < length]
                if length in numbers and places:
                    return _too_long(length, name, places[0])
        return ""

    def _name_of(self, table: Tensor) -> str:
        return next((name for name, tensor in self.model.named_parameters() if tensor is table), "its table")


def _too_long(length: int, name: str, places: int) -> str:
    return (
        f"sequences of {length} are longer than the model takes: {name} has {places} places; cut them, as "
        f"lrlab.tasks.windows(ids, {places}) does, or give the model a context of {length}"
    )


def _is_of(index: Tensor, leaf: Tensor) -> bool:
    """Whether what is looked up are these inputs, or a part of their memory."""
    if index.untyped_storage().data_ptr() == leaf.untyped_storage().data_ptr():
        return True
    return index.shape == leaf.shape and torch.equal(index, leaf.to(index.dtype))


def _check_tokens(task: Task, name: str, leaf: str, rows: int, table: str) -> None:
    for split_name, split in task.splits():
        tokens = dict(named_leaves(split.inputs))[leaf]
        if not tokens.numel() or 0 <= int(tokens.min()) <= int(tokens.max()) < rows:
            continue
        outside = ((tokens < 0) | (tokens >= rows)).nonzero()[0].tolist()
        token, place = int(tokens[tuple(outside)]), f", place {', '.join(map(str, outside[1:]))}" * (len(outside) > 1)
        more = f"give it {int(tokens.max()) + 1} rows" if token >= rows else "number tokens from 0"
        raise TaskError(
            f"{name}: token {token} ({split_name}{f' {leaf}' * bool(leaf)}, example {outside[0]}{place}, counted from 0"
            f") is outside the vocabulary: {table} has {rows} rows, for tokens 0 to {rows - 1}; {more}, or leave such "
            "tokens out"
        )
