"""Batches of a user's loader, drawn once and given out as often as rates are tried; what is much lies on disk."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ...errors import StudyError

IN_MEMORY = 1 << 30  # bytes of batches


class Shelf:
    """Batches by number, as they were drawn. Use as a context manager: what lies on disk goes with it."""

    def __init__(self) -> None:
        self._batches: list[Any] = []
        self._bytes = 0
        self._folder = tempfile.TemporaryDirectory(prefix="lrlab-find-")

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, batch: Any, count: int) -> None:
        """Keep a batch, one of so many. Raises StudyError where these do not fit on the disk."""
        sizes: list[int] = []
        map_tensors(batch, lambda tensor: sizes.append(tensor.nelement() * tensor.element_size()))
        self._bytes += sum(sizes)
        if self._bytes <= IN_MEMORY:
            self._batches.append(batch)
            return
        self._check_space(count)
        place = Path(self._folder.name) / f"{len(self._batches)}.pt"
        torch.save(batch, place)
        self._batches.append(place)

    def _check_space(self, count: int) -> None:
        room, wanted = shutil.disk_usage(self._folder.name).free, self._bytes // (len(self) + 1) * (count - len(self))
        if wanted > room:
            raise StudyError(
                f"{count} batches take {self._bytes // (len(self) + 1) * count / 1e9:.1f} GB, and {self._folder.name} "
                f"has room for {room / 1e9:.1f}; give fewer updates, or a TMPDIR with more room"
            )

    def get(self, number: int, device: torch.device) -> Any:
        """A batch on a device, its tensors copies: what a model does to them in place is not seen again."""
        batch = self._batches[number]
        if isinstance(batch, Path):
            batch = torch.load(batch, weights_only=False)  # our own file
        return map_tensors(batch, lambda tensor: tensor.to(device, copy=True))


def check_loader(loader: object) -> Iterable[Any]:
    """The loader, if it can be gone through again and again. Raises StudyError."""
    if isinstance(loader, Iterator):
        raise StudyError(
            f"the loader is an iterator ({type(loader).__name__}), whose position cannot be restored; give the "
            f"DataLoader itself, or a list of batches: list(itertools.islice(iterator, 100))"
        )
    if not isinstance(loader, Iterable) or isinstance(loader, str | Mapping):
        raise StudyError(f"the loader gives batches, but got {type(loader).__name__}; give a DataLoader or a list")
    data = cast("object", getattr(loader, "dataset", None))
    if isinstance(data, Iterator):
        raise StudyError(
            f"the loader's data set is an iterator ({type(data).__name__}), whose position cannot be restored; give a "
            f"list of batches: list(itertools.islice(loader, 100))"
        )
    return cast("Iterable[Any]", loader)


def fill(shelf: Shelf, loader: Iterable[Any], count: int) -> None:
    """Draw so many batches, going through the loader as often as it takes. Raises StudyError where it is empty."""
    persistent = hasattr(loader, "_iterator")
    if persistent:
        vars(loader)["_iterator"] = None  # worker processes of our own, not those of the user's own epochs
    own = isinstance(loader, list | tuple | DataLoader)  # any other may write the next batch over the last one
    while len(shelf) < count:
        before = len(shelf)
        for batch in loader:
            shelf.add(batch if own else map_tensors(batch, Tensor.clone), count)
            if len(shelf) == count:
                break
        if len(shelf) == before:
            raise StudyError("the loader gives no batch; give one that has data")


def map_tensors(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """The value with every tensor changed, in tuples, lists and mappings; anything else as it is."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        changed = {key: map_tensors(part, change) for key, part in items.items()}
        return _of_kind(items, changed)
    if isinstance(value, tuple | list):
        parts = [map_tensors(part, change) for part in cast("list[Any]", value)]
        return type(cast("Any", value))(*parts) if hasattr(value, "_fields") else type(cast("Any", value))(parts)
    return value


def _of_kind(items: Mapping[Any, Any], changed: dict[Any, Any]) -> Any:
    """A mapping of the kind it was, where that can be made of a dict; transformers' batches can."""
    if type(items) is dict:
        return changed
    try:
        return type(cast("Any", items))(changed)
    except TypeError:
        return changed
