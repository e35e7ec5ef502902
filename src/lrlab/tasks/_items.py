"""The items of a `torch.utils.data.Dataset`, read once into arrays."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset

from ..errors import TaskError, shortened
from ._decode import read_mask, read_picture
from ._reading_progress import ReadingProgress
from ._room import free_memory
from ._seeded import seeded

LABELS = (
    "labels",
    "label",
    "y",
    "target",
    "targets",
)  # keys under which an item has its label, the first that is there
LOADERS = "Task.from_loaders, which reads batch by batch"
SPLITTING = 2  # how many times the data are in memory while they are split
ARRAY_BYTES = 200  # that an array of its own takes beside its numbers, as each part of an item is until all are there
KINDS = {"b": "a boolean", "i": "a whole number", "u": "a whole number", "f": "a number", "U": "text", "S": "text"}


class Items(NamedTuple):
    """What the items hold: inputs, an array or list of rows, or a tuple or dict of such; labels; groups, if any."""

    inputs: Any
    labels: Any
    groups: Any
    notes: tuple[str, ...]


class _Item(NamedTuple):
    """One item, its parts by name: inputs by place or key, the label, the group."""

    inputs: dict[str, np.ndarray]
    label: np.ndarray
    group: Any
    form: type  # tuple, dict, or object for one input


def read_items(dataset: Any, what: str, label: str | None = None, group: str | None = None) -> Items:
    """Read every item of a data set once.

    what: as errors call it. label, group: the keys of an item's label and of its group, where items are dicts. Raises
    TaskError where items are of varied form, type or shape, or do not fit into memory.
    """
    with seeded(0):
        items = _iterate(dataset, what)
        first = _read_item(next(items, None), f"{what}: item 0", label, group)
        count = _count_of(dataset)
        room = _Room(first, count, what)
        columns = _Columns(first, count, what)
        progress = ReadingProgress()
        for number, item in enumerate(items, 1):
            if count is not None and number >= count:
                raise TaskError(
                    f"{what} says that it has {_items_words(count)}, and gives more; let __len__ return the number of "
                    "items that __iter__ gives"
                )
            read = _read_item(item, f"{what}: item {number}", label, group)
            room.take(read)
            columns.add(read)
            progress.tell(partial(_time_words, what, number, count))
    if count not in (None, columns.count):
        raise TaskError(
            f"{what} says that it has {_items_words(count or 0)}, and gives {columns.count:,}; let __len__ return the "
            "number of items that __iter__ gives"
        )
    return columns.items(_note_draws(dataset, what, first, label, group))


class _Columns:
    """The parts of all items so far, each as an array; as a list where rows are of several lengths."""

    def __init__(self, first: _Item, count: int | None, what: str) -> None:
        self.first, self.what = first, what
        parts = {**{f"an input {key}".strip(): value for key, value in first.inputs.items()}, "a label": first.label}
        self.columns = {name: _Column(value, count) for name, value in parts.items()}
        self.groups: list[Any] = []
        self.count = 0
        self.add(first)

    def add(self, item: _Item) -> None:
        """Raises TaskError where the item is not like the first."""
        if item.form is not self.first.form or item.inputs.keys() != self.first.inputs.keys():
            raise TaskError(
                f"{self.what}: item {self.count} has the inputs {', '.join(item.inputs) or 'none'} and item 0 "
                f"{', '.join(self.first.inputs)}; give every item the same parts"
            )
        values = *item.inputs.values(), item.label
        for (name, column), value in zip(self.columns.items(), values, strict=True):
            column.add(value, f"{self.what}: item {self.count} has {name}")
        self.groups.append(item.group)
        self.count += 1

    def items(self, notes: tuple[str, ...]) -> Items:
        """All of them."""
        *inputs, labels = (column.values() for column in self.columns.values())
        if self.first.form is dict:
            whole: Any = dict(zip(self.first.inputs, inputs, strict=True))
        else:
            whole = tuple(inputs) if self.first.form is tuple else inputs[0]
        grouped = None if self.first.group is None else self.groups
        return Items(whole, labels, grouped, notes)


class _Column:
    """One part of every item: an array that is filled, or a list of rows of whole numbers of several lengths."""

    def __init__(self, first: np.ndarray, count: int | None) -> None:
        self.first, self.kind = first, first.dtype.kind
        self.rows: list[np.ndarray] | None = [] if self.kind in "US" or count is None or _is_row(first) else None
        self.array = np.empty((max(count or 0, 1), *first.shape) if self.rows is None else 0, dtype=first.dtype)
        self.filled = 0

    def add(self, value: np.ndarray, where: str) -> None:
        """Raises TaskError where it is of another type or shape."""
        if KINDS.get(value.dtype.kind) != KINDS.get(self.kind):
            raise TaskError(
                f"{where} of {KINDS.get(value.dtype.kind, value.dtype)} ({shortened(repr(value.tolist()), 40)}), and "
                f"item 0 {KINDS.get(self.kind, self.first.dtype)}; give all items one type"
            )
        if value.shape != self.first.shape and not (_is_row(value) and _is_row(self.first)):
            raise TaskError(
                f"{where} of shape {value.shape}, and item 0 of {self.first.shape}; give all items one shape, as "
                "by a transform that resizes or cuts; rows of token ids alone may be of several lengths"
            )
        if self.rows is not None:
            self.rows.append(value)
        else:
            if value.dtype != self.array.dtype:  # a wider type, which this one would cut off
                self.array = self.array.astype(np.result_type(value, self.array), copy=False)
            self.array[self.filled] = value
        self.filled += 1

    def values(self) -> Any:
        """All of them; rows of several lengths as a list."""
        if self.rows is None:
            return self.array[: self.filled]
        return np.stack(self.rows) if len({row.shape for row in self.rows}) == 1 else self.rows


def _is_row(value: np.ndarray) -> bool:
    """Whether it is a row of whole numbers, such as token ids."""
    return value.ndim == 1 and value.dtype.kind in "ui"


def _iterate(dataset: Any, what: str) -> Iterator[Any]:
    """Its items in order. Raises TaskError where it is no data set, and where reading an item fails."""
    if isinstance(dataset, DataLoader):
        raise TaskError(
            f"{what} is a DataLoader, whose items are batches; give loader.dataset, or the loader to {LOADERS}"
        )
    count = _count_of(dataset)
    if count is not None and _is_indexed(dataset):
        source: Iterable[Any] = (dataset[place] for place in range(count))
    elif isinstance(dataset, Iterable) and not isinstance(dataset, str | Mapping):
        source = dataset
    elif isinstance(dataset, Dataset):
        raise TaskError(
            f"{what} is a Dataset without a length: give {type(dataset).__name__} a __len__ that returns the number of "
            "its items"
        )
    else:
        raise TaskError(
            f"{what} must be a torch.utils.data.Dataset, or a sequence of pairs (x, y), but got "
            f"{type(dataset).__name__}; for arrays use Task.from_arrays"
        )
    items, number = iter(source), 0
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except Exception as error:  # of the user's own code
            raise TaskError(
                f"{what}: reading item {number} failed: {type(error).__name__}: {error}; lrlab asks for items "
                "0 .. len(dataset) - 1"
            ) from error
        yield item
        number += 1


def _is_indexed(dataset: Any) -> bool:
    return hasattr(dataset, "__getitem__") and not isinstance(dataset, str | Mapping | IterableDataset)


def _count_of(dataset: Any) -> int | None:
    try:
        return len(dataset)
    except (TypeError, NotImplementedError):
        return None
    except Exception as error:  # of the user's own code
        raise TaskError(
            f"the dataset: its length cannot be read: {type(error).__name__}: {error}; let __len__ return the number "
            "of items"
        ) from error


def split_item(item: Any, where: str, label: str | None, group: str | None) -> tuple[Any, Any, Any]:
    """Inputs, label and group of an item, or of a batch. Raises TaskError where it has no label.

    where: as errors call it. label, group: their keys, where it is a dict.
    """
    if isinstance(item, tuple | list) and len(item) >= 2:
        named = {"groups": group, "label": label}
        name = next((name for name, key in named.items() if key is not None), None)
        if name is not None:
            more = ", or give groups as an array, a key for each item" if name == "groups" else ""
            raise TaskError(
                f"{where} has {len(item)} parts and no keys, so nothing in it is called {named[name]!r}; let items be "
                f"dicts, or leave {name}= out, the last part being the label{more}"
            )
        *inputs, answer = item
        return inputs[0] if len(inputs) == 1 else tuple(inputs), answer, None
    if not isinstance(item, Mapping):
        given = "nothing: it is empty" if item is None else f"a {type(item).__name__}"
        raise TaskError(f"{where} is {given}; an item is a pair (x, y), or a dict with a label")
    parts = dict(item)
    key = label or next((key for key in LABELS if key in parts), None)
    missing = [name for name in (key, group) if name is not None and name not in parts]
    if key is None or missing or len(parts) < 2:
        wanted = f"no {missing[0]!r}" if missing else "no label under any of " + ", ".join(LABELS)
        raise TaskError(
            f'{where} has the keys {", ".join(map(str, parts))}, and {wanted}; name the one that has it: label="..."'
        )
    answer, own = parts.pop(key), parts.pop(group) if group is not None else None
    return parts if len(parts) > 1 else next(iter(parts.values())), answer, own


def _read_item(item: Any, where: str, label: str | None, group: str | None) -> _Item:
    """The parts of an item. Raises TaskError where it has no label, or parts that are no numbers."""
    inputs, answer, own = split_item(item, where, label, group)
    leaves, form = _leaves_of(inputs)
    read = {
        key: _as_value(value, f"{where}, input {key}".removesuffix(", input "), False) for key, value in leaves.items()
    }
    return _Item(read, _as_value(answer, f"{where}, label", True), own, form)


def _leaves_of(inputs: Any) -> tuple[dict[str, Any], type]:
    """Inputs by name, and their form. A tuple of arrays is several; a list or tuple of numbers is one."""
    if isinstance(inputs, Mapping):
        return dict(inputs), dict
    if isinstance(inputs, tuple) and inputs and all(_is_part(part) for part in inputs):
        return {str(place): part for place, part in enumerate(inputs)}, tuple
    return {"": inputs}, object


def _is_part(value: Any) -> bool:
    return hasattr(value, "__array__") or isinstance(value, list | tuple) or _is_picture(value)


def _is_picture(value: Any) -> bool:
    """Whether it is an image of Pillow's."""
    return hasattr(value, "getbands") and hasattr(value, "convert")


def _as_value(value: Any, where: str, labelled: bool) -> np.ndarray:
    """A part of an item as an array. Pictures are uint8 (C, H, W); those that are labels (H, W), a class each pixel."""
    if _is_picture(value):
        return (read_mask if labelled else read_picture)(value, where)
    try:
        array = value.detach().cpu().float().numpy() if _is_bfloat16(value) else np.asarray(_on_processor(value))
    except Exception as error:
        raise TaskError(f"{where}: numpy makes no array of it: {error}; give numbers of one shape") from error
    if array.dtype.kind not in KINDS or (array.dtype.kind in "US" and not labelled):
        way = "; give token ids, as a tokenizer makes them" if array.dtype.kind in "US" else "; give numbers"
        raise TaskError(f"{where} is {shortened(repr(value), 60)}, of type {type(value).__name__}{way}")
    return array


def _on_processor(value: Any) -> Any:
    return value.detach().cpu() if isinstance(value, Tensor) else value


def _is_bfloat16(value: Any) -> bool:
    return isinstance(value, Tensor) and str(value.dtype) == "torch.bfloat16"


class _Room:
    """What fits into memory. Raises TaskError where so many items like the first, or those read so far, do not."""

    def __init__(self, first: _Item, count: int | None, what: str) -> None:
        self.count, self.what, self.free = count, what, free_memory()
        self.read, self.taken = 0, 0
        each = _bytes_of(first)
        if count is not None and each * count * SPLITTING > self.free:
            raise TaskError(
                f"{what} takes {each * count / 1e9:.1f} GB ({count:,} items of {each:,} bytes), {self._way_out()}"
            )
        self.take(first)

    def take(self, item: _Item) -> None:
        """One item more, which lies in memory."""
        self.read += 1
        parts = 0 if self.count is not None else ARRAY_BYTES * (len(item.inputs) + 1)
        self.taken += _bytes_of(item) + parts
        if self.taken * SPLITTING > self.free:
            total = "and it does not say how many more come" if self.count is None else f"of {self.count:,}"
            raise TaskError(
                f"{self.what} takes {self.taken / 1e9:.1f} GB after {self.read:,} items, {total}: {self._way_out()}"
            )

    def _way_out(self) -> str:
        fewer = "torch.utils.data.Subset(dataset, range(n))"
        if self.count is None:
            fewer = "let __iter__ end, as by itertools.islice(items, n)"
        return (
            f"{SPLITTING} times that while it is split, and {self.free / 1e9:.1f} GB of memory are free; use "
            f"{LOADERS}, or fewer items: {fewer}"
        )


def _bytes_of(item: _Item) -> int:
    return sum(value.nbytes for value in (*item.inputs.values(), item.label))


def _time_words(what: str, done: int, count: int | None, seconds: float) -> str:
    """How far reading is after so long."""
    if count is None:
        left = "; it does not say how many it has, and must end by itself: Ctrl-C stops it"
    else:
        left = f" of {count:,}; about {(count - done) * seconds / done:.0f} s to go"
    return f"{what}: reading it into memory, {done:,} items{left}"


def _items_words(count: int) -> str:
    return f"{count:,} item{'s' * (count != 1)}"


def _note_draws(dataset: Any, what: str, first: _Item, label: str | None, group: str | None) -> tuple[str, ...]:
    """A sentence where item 0 is another each time it is asked for."""
    if _count_of(dataset) is None or not _is_indexed(dataset):
        return ()
    with seeded(1):
        again = _read_item(dataset[0], what, label, group)
    same = all(
        one.shape == other.shape and np.array_equal(one, other)
        for one, other in zip((*first.inputs.values(), first.label), (*again.inputs.values(), again.label), strict=True)
    )
    if same:
        return ()
    return (
        f"{what}: item 0 is another each time it is read: random changes in it are drawn once, for all epochs; leave "
        f"them out and give augment=Augment(...), or use {LOADERS}",
    )
