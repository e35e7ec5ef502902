"""Rows of token ids of several lengths: padded to one length, or put end to end and cut into windows."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import TaskError, shortened

IGNORED = -100  # the label of a position that does not count, as torch has it
Rows: TypeAlias = Sequence[NDArray[np.int64]]


def pad_rows(
    rows: Sequence[Any], value: int = 0, length: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Rows of whole numbers of several lengths as one array (N, L), and a mask (N, L) that is True where a row goes.

    value: what stands behind the end of a row. length: L; that of the longest row where it is not given. Raises
    TaskError where a row is longer, or is none of whole numbers.

    >>> ids, mask = pad_rows([[5, 6, 7], [8]])
    >>> ids.tolist(), mask.tolist()
    ([[5, 6, 7], [8, 0, 0]], [[True, True, True], [True, False, False]])
    """
    read = [_read_row(place, row) for place, row in enumerate(rows)]
    count_N = np.array([len(row) for row in read], dtype=np.int64)
    longest = int(count_N.max(initial=0))
    width = longest if length is None else length
    if longest > width:
        place = int(count_N.argmax())
        raise TaskError(f"row {place} has {longest} numbers, more than length={width}; cut it, as in row[:{width}]")
    mask = np.arange(width) < count_N[:, None]
    padded = np.full(mask.shape, value, dtype=np.int64)
    padded[mask] = np.concatenate([*read, np.empty(0, dtype=np.int64)])
    return padded, mask


def windows(ids: Any, context: int, *, end: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids, cut into inputs (N, L) and labels (N, L) with L = context: each label is the id that comes next.

    ids: one text, a row of ids; or several, a sequence of rows, which are put end to end. A window may then hold the
    end of one and the start of the next. end: an id that is put after each text. N is as many whole windows as there
    are; what is left over is dropped. Raises TaskError where there is no whole window.

    >>> inputs, labels = windows([1, 2, 3, 4, 5, 6], 2)
    >>> inputs.tolist(), labels.tolist()
    ([[1, 2], [3, 4]], [[2, 3], [4, 5]])
    """
    if isinstance(context, bool) or not isinstance(context, int) or context < 1:
        raise TaskError(f"`context` must be a whole number from 1, but got {context!r}; 64 is usual for small models")
    several = isinstance(ids, list | tuple) and len(ids) > 0 and hasattr(ids[0], "__len__")
    rows = [_read_row(place, row) for place, row in enumerate(ids if several else [ids])]
    ends = np.array([] if end is None else [end], dtype=np.int64)
    stream = np.concatenate([np.empty(0, dtype=np.int64), *(part for row in rows for part in (row, ends))])
    count = (len(stream) - 1) // context
    if count < 1:
        raise TaskError(
            f"there are {len(stream)} ids, and a window of context={context} with its labels takes {context + 1}; give "
            "more text, or a smaller context"
        )
    last = count * context
    return stream[:last].reshape(count, context), stream[1 : last + 1].reshape(count, context)


def is_ragged(values: Any) -> bool:
    """Whether these are rows of whole numbers of several lengths."""
    listed = isinstance(values, list | tuple) or (isinstance(values, np.ndarray) and values.dtype == object)
    if not listed or len(values) == 0 or not all(_is_row(row) for row in values):
        return False
    return len({len(row) for row in values}) > 1


def _is_row(row: Any) -> bool:
    """Whether it is one row of whole numbers, as far as its first says."""
    if isinstance(row, list | tuple):
        return not row or (isinstance(row[0], int | np.integer) and not isinstance(row[0], bool))
    kind = getattr(getattr(row, "dtype", None), "kind", "i" if "int" in str(getattr(row, "dtype", "")) else "")
    return getattr(row, "ndim", 0) == 1 and kind in "ui"


def _read_row(place: int, row: Any) -> NDArray[np.int64]:
    try:
        read = np.asarray(row)
    except Exception as error:  # of whatever the row is
        raise TaskError(f"row {place} is no row of whole numbers: {error}; give token ids") from error
    if read.ndim != 1 or (read.size and read.dtype.kind not in "ui"):
        raise TaskError(
            f"row {place} must be a row of whole numbers, but is {shortened(repr(row), 60)}; give token "
            "ids, one text a row"
        )
    return read.astype(np.int64)


class Padded(dict[str, Any]):
    """Pairs (inputs, labels) by split, rows of several lengths padded, and what was done, in words."""

    notes: tuple[str, ...] = ()


def pad_ragged(parts: Mapping[str, Any], value: int, labelled: bool) -> Padded:
    """The same pairs of inputs and labels, rows of several lengths padded to the longest of all splits.

    value: what inputs are padded with. labelled: whether labels may be one a token; they are padded with IGNORED.
    Raises TaskError where a row of labels is not as long as its inputs.
    """
    padded = Padded(parts)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TaskError(f"`pad` must be a whole number, the id that stands for no token, but got {value!r}; 0 is usual")
    pairs = {name: list(pair) for name, pair in parts.items() if type(pair) in (tuple, list) and len(pair) == 2}
    if labelled:
        _check_lengths(pairs)
    leaves = {key: None for inputs, _ in pairs.values() if isinstance(inputs, Mapping) for key in inputs}
    notes = []
    for leaf in leaves or [None]:
        held = {name: pair[0] if leaf is None else _get(pair[0], leaf) for name, pair in pairs.items()}
        words = f"inputs {leaf!r}" if leaf else "inputs"
        for name, (array, sentence) in _pad_all(held, value, words).items():
            pairs[name][0] = array if leaf is None else {**pairs[name][0], leaf: array}
            notes.append(sentence)
    labels = {name: pair[1] for name, pair in pairs.items()} if labelled else {}
    for name, (array, sentence) in _pad_all(labels, IGNORED, "labels").items():
        pairs[name][1] = array
        notes.append(sentence)
    padded.update({name: tuple(pair) for name, pair in pairs.items()})
    padded.notes = tuple(dict.fromkeys(notes))
    return padded


def _get(inputs: Any, leaf: str) -> Any:
    return inputs.get(leaf) if isinstance(inputs, Mapping) else None


def _pad_all(held: Mapping[str, Any], value: int, what: str) -> dict[str, tuple[NDArray[np.int64], str]]:
    """Every split's rows, padded to one length, with a sentence; nothing where none is ragged."""
    if not any(map(is_ragged, held.values())):
        return {}
    lengths = {name: [len(row) for row in rows] for name, rows in held.items() if rows is not None}
    width = max(max(counts, default=0) for counts in lengths.values())
    shortest = min(min(counts, default=0) for counts in lengths.values())
    arrays = {name: pad_rows(held[name], value, width)[0] for name in lengths}
    taken = what != "labels" and any(
        bool((rows[mask] == value).any()) for rows, mask in (pad_rows(held[name], value, width) for name in lengths)
    )
    also = (
        f"; {value} is a token among them too, so that the model cannot tell which: give another `pad`" if taken else ""
    )
    sentence = f"{what}: rows of {shortest} to {width} numbers are padded with {value} to {width}{also}"
    return {name: (array, sentence) for name, array in arrays.items()}


def _check_lengths(pairs: Mapping[str, list[Any]]) -> None:
    """Raise TaskError where a row of labels is not as long as its row of inputs, both of several lengths."""
    for name, (inputs, labels) in pairs.items():
        if not (is_ragged(inputs) and is_ragged(labels)) or len(inputs) != len(labels):
            continue
        wrong = [place for place, (row, own) in enumerate(zip(inputs, labels, strict=True)) if len(row) != len(own)]
        if wrong:
            row = wrong[0]
            raise TaskError(
                f"{name} labels: row {row} has {len(labels[row])} labels for {len(inputs[row])} tokens; give a label "
                f"for each token, {IGNORED} where none counts"
            )
