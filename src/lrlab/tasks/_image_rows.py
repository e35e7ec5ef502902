"""Images in files of rows, parquet or Arrow, as Hugging Face writes them, to one array. Loads polars when called."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import TaskError, did_you_mean
from ._decode import Images, import_extra, stack_images
from ._labels import places_of, values_of
from ._row_files import class_names_of, columns_of, read_rows

IMAGE_COLUMNS = ("image", "img")
LABEL_COLUMNS = ("label", "fine_label", "labels")


class _Shard(NamedTuple):
    """One file. labels (N,): int64, or text."""

    encoded: Iterable[bytes | None]
    labels: np.ndarray
    names: tuple[str, ...]


def read_images(files: Sequence[Path], size: int | None = None) -> Images:
    """The images of all files, one after the other.

    Labels that are text become the places of their values in sorted order, over all files. size: the side that images
    of several sizes are shrunk to.
    Raises TaskError where a file cannot be read, columns are missing, an image cannot be decoded or has another shape
    than the first, or a label is no class.
    """
    shards = [_read_file(file) for file in files]
    rows = sum(len(shard.labels) for shard in shards)
    if len({(shard.names, shard.labels.dtype.kind) for shard in shards}) > 1:
        raise TaskError(f"{_file_names(files)} name their classes in other ways; write them again with the same names")
    if rows == 0:
        raise TaskError(f"{_file_names(files)} holds no images; a data set needs at least one row")
    encoded = (
        (f"{file.name}: row {number}", data)
        for file, shard in zip(files, shards, strict=True)
        for number, data in enumerate(shard.encoded)
    )
    pixels, mixed = stack_images(encoded, rows, size)
    labels, shrunk_to = np.concatenate([shard.labels for shard in shards]), size if mixed else None
    if labels.dtype.kind != "U":
        return Images(pixels, labels, shards[0].names, shrunk_to=shrunk_to)
    values = values_of([labels])
    return Images(pixels, places_of(labels, values), tuple(values.tolist()), by_value=True, shrunk_to=shrunk_to)


def _read_file(file: Path) -> _Shard:
    polars, columns = import_extra("polars"), columns_of(file)
    image, label = _find_column(file, columns, IMAGE_COLUMNS), _find_column(file, columns, LABEL_COLUMNS)
    frame = read_rows(file, [image, label])
    encoded = frame[image]
    if isinstance(encoded.dtype, polars.Struct) and "bytes" in [field.name for field in encoded.dtype.fields]:
        encoded = encoded.struct.field("bytes")
    if encoded.dtype != polars.Binary:
        raise TaskError(
            f"{file.name}: column {image} must hold encoded images, as binary or as a struct with the field bytes, "
            f"but it is {frame[image].dtype}"
        )
    column = frame[label]
    if column.dtype == polars.Boolean:
        column = column.cast(polars.Int8).replace_strict({0: "False", 1: "True"}, return_dtype=polars.String)
    if column.dtype in (polars.String, polars.Categorical, polars.Enum):
        return _Shard(encoded, _read_words(file, label, column.cast(polars.String)), ())
    names = class_names_of(file, label)
    return _Shard(encoded, _read_numbers(file, label, column, len(names)), names)


def _find_column(file: Path, columns: Iterable[str], wanted: tuple[str, ...]) -> str:
    column = next((name for name in wanted if name in columns), None)
    if column is None:
        hint = did_you_mean(wanted[0], columns)
        if wanted is IMAGE_COLUMNS and any(name in columns for name in ("text", "sentence")):
            hint = f"it has {', '.join(columns)}: texts are read by text/classify(data=FOLDER or hub:OWNER/NAME)"
        raise TaskError(f"{file.name} needs a column {' or '.join(wanted)}; {hint}; rename the column that is meant")
    return column


def _read_numbers(file: Path, name: str, column: Any, classes: int) -> np.ndarray:
    """Whole numbers from 0, below the number of classes where names of classes say it."""
    if not column.dtype.is_integer():
        raise TaskError(
            f"{file.name}: column {name} must hold whole numbers, text or booleans, a class an image, but it is "
            f"{column.dtype}; convert it"
        )
    _check_no_nulls(file, name, column)
    if len(column) and column.max() > np.iinfo(np.int64).max:
        raise TaskError(f"{file.name}: column {name} goes up to {column.max()}, beyond 2^63; write labels as text")
    labels = column.to_numpy().astype(np.int64)
    wrong = (labels < 0) | (labels >= classes if classes else False)
    if wrong.any():
        row = int(wrong.argmax())
        rule = f"lie in 0 .. {classes - 1}, as there are {classes} names of classes" if classes else "count from 0"
        raise TaskError(
            f"{file.name}: row {row} has {name} {labels[row]}, but labels must {rule}; mend or remove such rows"
        )
    return labels


def _read_words(file: Path, name: str, column: Any) -> np.ndarray:
    """Labels that are text, none of it empty."""
    _check_no_nulls(file, name, column)
    labels = np.array(column.to_list(), dtype=str)
    if (labels == "").any():
        raise TaskError(f"{file.name}: row {int((labels == '').argmax())} has empty text as {name}; remove such rows")
    return labels


def _check_no_nulls(file: Path, name: str, column: Any) -> None:
    if column.null_count():
        raise TaskError(f"{file.name}: row {column.is_null().arg_max()} has no {name}; remove such rows")


def _file_names(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)
