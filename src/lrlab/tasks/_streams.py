"""Examples that do not lie in memory: a function makes a loader, and that gives them batch by batch."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import TaskError
from ._items import split_item
from ._reading_progress import ReadingProgress
from ._room import free_memory
from ._seeded import seeded
from ._split import Sample, Split
from ._trees import leaves_of, map_inputs, rebuild

READ = 64  # examples of a batch, where no trial says how many
KEPT, MOST_BYTES = 512, 64 << 20  # examples of each split that are kept for looks at a few, and their bytes
ENDLESS = 10_000_000  # examples of a loader without a length after which no end is waited for
LABEL_SHARE = 4  # labels of what is evaluated lie in memory: a quarter of what is free at most
LOADER = "DataLoader(data, batch_size=batch_size)"
ORDER = "write shuffle=True and leave `generator` out: lrlab seeds torch's, numpy's and Python's own generators"

LoaderFactory = Callable[[int], Iterable[Any]]


class Stream(NamedTuple):
    """The examples of a split, which a loader gives again as often as it is asked.

    make: a loader that gives batches of so many examples. label: the key of the label, where batches are dicts.
    examples: how many it gives. labels: of all of them, (N, ...), in order, of what is evaluated; None of what is
    trained on. cut: whether an epoch ends after so many examples, though the loader gives more.
    """

    make: LoaderFactory
    label: str | None
    examples: int
    labels: Tensor | None
    cut: bool = False

    def batches(self, name: str, size: int) -> Iterator[Split]:
        """Every batch of a new loader, as it gives them. name: of the split, for errors."""
        yield from _batches_of(self.make, name, size, self.label)


class OpenedStreams(NamedTuple):
    """A stream, and some of its examples, which lie in memory."""

    stream: Stream
    sample: Sample


def open_stream(make: LoaderFactory, name: str, label: str | None, examples: int | None = None) -> OpenedStreams:
    """Look at what a loader gives: of what is evaluated at everything, of what is trained on at what must be known.

    name: of the split. label: as in `Stream`. examples: of an epoch of training, where that is said. Raises TaskError
    where it is no function, gives no batches or other ones each time, where batches differ in form, and where no end is
    in sight.
    """
    if not callable(make):
        raise TaskError(
            f"{name} must be a function of the batch size that makes a loader, but got {type(make).__name__}; write "
            f"{name}=lambda batch_size: {LOADER}"
        )
    _check_repeats(make, name, label)
    sample, labels, count = _look(make, name, label, examples)
    stream = Stream(make, label, count, torch.cat(labels) if name != "train" else None, examples is not None)
    return OpenedStreams(stream, Sample(*sample))


def note_order(make: LoaderFactory, label: str | None) -> tuple[str, ...]:
    """A sentence where the training batches are the same whatever the seed."""
    firsts = []
    for number in (1, 2):
        with seeded(number):
            firsts.append(next(_batches_of(make, "train", READ, label)))
    if not _are_equal(*firsts):
        return ()
    return (f"train: the loader gives the same batches for every seed and epoch; to have them shuffled, {ORDER}",)


def as_stored(split: Split, tokens: bool) -> Split:
    """A batch with the types that a task keeps. tokens: as in `Task`."""
    return Split(map_inputs(lambda leaf: _as_kept(leaf, tokens), split.inputs), as_label(split.labels))


def _as_kept(leaf: Tensor, tokens: bool) -> Tensor:
    if leaf.dtype in (torch.float16, torch.bool) or (leaf.dtype == torch.uint8 and leaf.ndim == 4):
        return leaf.float() if leaf.dtype == torch.bool and not tokens else leaf
    return leaf.long() if tokens and not leaf.is_floating_point() else leaf.float()


def as_label(labels: Tensor) -> Tensor:
    """Labels with the type that a task keeps."""
    return labels.float() if labels.is_floating_point() else labels.long()


def _batches_of(make: LoaderFactory, name: str, size: int, label: str | None) -> Iterator[Split]:
    """The batches of a new loader. Raises TaskError for what is none."""
    for number, batch in enumerate(_guarded(make, name, size)):
        inputs, labels, _ = split_item(batch, f"{name}: batch {number}", label, None)
        if isinstance(inputs, list) and all(isinstance(part, Tensor) for part in inputs):
            inputs = tuple(inputs)  # a loader makes lists of tuples
        tree = map_inputs(lambda leaf, number=number: _as_numbers(leaf, f"{name}: batch {number}"), inputs)
        answers = _as_numbers(labels, f"{name}: batch {number}, labels")
        yield Split(tree, answers.long() if answers.dtype == torch.bool else answers)


def _guarded(make: LoaderFactory, name: str, size: int) -> Iterator[Any]:
    """What a new loader gives. Raises TaskError where the user's own code fails."""
    try:
        batches = iter(make(size))
    except Exception as error:
        raise TaskError(
            f"{name}: making the loader failed: {_words_of_error(error)}; give a function of the batch size: "
            f"lambda batch_size: {LOADER}"
        ) from error
    number = 0
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except Exception as error:
            raise TaskError(
                f"{name}: the loader failed at batch {number}: {_words_of_error(error)}; go through it once by "
                f"yourself: for batch in make({size}): pass"
            ) from error
        yield batch
        number += 1


def _words_of_error(error: Exception) -> str:
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[-1]}" if words else type(error).__name__


def _as_numbers(value: Any, where: str) -> Tensor:
    """A tensor of finite numbers; with others a loss would not be finite, and the schedule would seem to blame."""
    tensor = _as_tensor(value, where)
    if tensor.is_floating_point() and not tensor.isfinite().all():
        wrong = ~tensor.isfinite().flatten(1).all(1) if tensor.ndim > 1 else ~tensor.isfinite()
        raise TaskError(
            f"{where}: values are not finite in {int(wrong.sum())} of {len(tensor)} examples, the first in example "
            f"{int(wrong.int().argmax())} of the batch, counted from 0; leave such examples out, or fill in a value"
        )
    return tensor


def _as_tensor(value: Any, where: str) -> Tensor:
    if isinstance(value, Tensor) and value.ndim:
        return value
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "buif":
        raise TaskError(
            f"{where}: a loader gives batches of examples, but here is the single number {array.item():g}; leave "
            f"batch_size=None out: lambda batch_size: {LOADER}"
        )
    if array.dtype.kind not in "buif" or array.ndim == 0:
        raise TaskError(
            f"{where}: a loader gives arrays of numbers, but got {type(value).__name__}; number text labels"
        )
    return torch.from_numpy(array)


def _check_repeats(make: LoaderFactory, name: str, label: str | None) -> None:
    """Raise TaskError where a loader is empty, or gives another first batch under the same seed."""
    firsts = []
    for _ in range(2):
        with seeded(0):
            firsts.append(next(_batches_of(make, name, READ, label), None))
    first, second = firsts
    if first is None or second is None:
        if first is None:
            why = f"gives no batch where {READ} examples of one are asked for: it is empty, or drops its only batch"
            raise TaskError(f"{name}: the loader {why}; leave drop_last out: lambda batch_size: {LOADER}")
        raise TaskError(
            f"{name}: the loader gives no batch the second time: it can be gone through once; make a new one in the "
            f"function: lambda batch_size: {LOADER}"
        )
    if len(first.labels) > READ:
        raise TaskError(
            f"{name}: the loader gives batches of {len(first.labels)} where {READ} are asked for; pass the size on: "
            f"lambda batch_size: {LOADER}"
        )
    if not _are_equal(first, second):
        raise TaskError(
            f"{name}: the loader gives another first batch under the same seed: it shuffles by a generator of its own, "
            f"or draws where no seed reaches; {ORDER}"
        )


def _are_equal(one: Split, other: Split) -> bool:
    pairs = zip((*leaves_of(one.inputs), one.labels), (*leaves_of(other.inputs), other.labels), strict=True)
    return all(a.shape == b.shape and _same_numbers(a, b) for a, b in pairs)


def _same_numbers(one: Tensor, other: Tensor) -> bool:
    """Whether all are equal, NaN to NaN."""
    return torch.equal(one, other) or bool(((one == other) | ((one != one) & (other != other))).all())


def _look(make: LoaderFactory, name: str, label: str | None, examples: int | None) -> tuple[Split, list[Tensor], int]:
    """Some examples, the labels of all that were looked at, and how many there are.

    examples: of an epoch of training, where that is said.
    """
    kept: list[Split] = []
    labels: list[Tensor] = []
    whole = name != "train"
    known = _count_items(make) if examples is None else examples
    bounds = _Bounds(name, known if examples is None else None)
    with seeded(0):
        for number, batch in enumerate(_batches_of(make, name, READ, label)):
            _check_alike(batch, kept[0] if kept else batch, f"{name}: batch {number}")
            if not kept or (len(kept) * READ < KEPT and sum(map(_bytes_of, kept)) < MOST_BYTES):
                kept.append(batch)
            elif known is not None and not whole:
                break
            labels.append(batch.labels)
            bounds.take(batch.labels, held=whole)
    return _join(kept), labels, bounds.count if whole or known is None else known


class _Bounds:
    """How much a loader may give while its end is waited for. known: how many examples, as it says itself."""

    def __init__(self, name: str, known: int | None) -> None:
        self.name, self.known, self.free = name, known, free_memory()
        self.count, self.held, self.progress = 0, 0, ReadingProgress()

    def take(self, labels: Tensor, held: bool) -> None:
        """One batch more. held: whether its labels stay in memory. Raises TaskError where it is too much."""
        self.count += len(labels)
        self.held += labels.nbytes if held else 0
        if self.known is not None and self.count > self.known:
            raise TaskError(
                f"{self.name}: the loader says that it has {self.known:,} examples, and gives more; let __len__ of its "
                "dataset return the number that __iter__ gives"
            )
        if self.known is None and self.count >= ENDLESS:
            raise TaskError(
                f"{self.name}: the loader does not say how many examples it has, and after {self.count:,} no end is in "
                f"sight; {self._way_out()}"
            )
        if self.held * LABEL_SHARE > self.free:
            raise TaskError(
                f"{self.name}: the labels of {self.count:,} examples take {self.held / 1e9:.2g} GB of memory, and "
                f"{self.free / 1e9:.2g} GB are free; {self._way_out()}"
            )
        self.progress.tell(self._words)

    def _way_out(self) -> str:
        if self.name == "train":
            return "say how many make an epoch, examples=10_000, or give its dataset a __len__"
        return "let it end after fewer, as by itertools.islice(items, n) in its dataset"

    def _words(self, seconds: float) -> str:  # noqa: ARG002
        of = " and no length is said: it must end by itself" if self.known is None else f" of {self.known:,}"
        return f"{self.name}: going through the loader once, {self.count:,} examples{of}"


def _bytes_of(batch: Split) -> int:
    return sum(leaf.nbytes for leaf in leaves_of(batch.inputs))


def _count_items(make: LoaderFactory) -> int | None:
    """How many examples a `DataLoader` has, as it says; None where one must go through it."""
    loader: Any = make(READ)
    try:
        count, batches = _draws_of(loader), len(loader)
    except (AttributeError, TypeError, NotImplementedError):
        return None
    return count if batches in (count // READ, -(-count // READ)) else None


def _draws_of(loader: Any) -> int:
    """How many examples a pass draws: as the sampler says, which may draw fewer than there are, else the data set."""
    try:
        return len(loader.sampler)
    except (AttributeError, TypeError, NotImplementedError):
        return len(loader.dataset)


def _check_alike(batch: Split, first: Split, where: str) -> None:
    forms = [
        [(leaf.dtype, leaf.shape[1:]) for leaf in (*leaves_of(part.inputs), part.labels)] for part in (batch, first)
    ]
    lengths = {len(leaf) for leaf in (*leaves_of(batch.inputs), batch.labels)}
    if forms[0] != forms[1] or len(lengths) > 1:
        raise TaskError(
            f"{where} holds {_words_of(batch)}, and the first {_words_of(first)}; give all batches one form, as by "
            "padding all to one length"
        )


def _words_of(batch: Split) -> str:
    return ", ".join(
        f"{name} {str(leaf.dtype).removeprefix('torch.')} {tuple(leaf.shape)}" for name, leaf in batch.named_tensors()
    )


def _join(parts: list[Split]) -> Split:
    columns = zip(*(leaves_of(part.inputs) for part in parts), strict=True)
    inputs = rebuild(parts[0].inputs, [torch.cat(column) for column in columns])
    return Split(inputs, torch.cat([part.labels for part in parts]))
