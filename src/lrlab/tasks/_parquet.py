"""Images in parquet files, as Hugging Face writes them, to one array. Loads polars and Pillow when called."""

import io
import json
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import TaskError, did_you_mean

IMAGE_COLUMNS = ("image", "img")
LABEL_COLUMNS = ("label", "fine_label", "labels")
# Modes of Pillow that are read, and what is made of them.
MODES = {"L": "L", "1": "L", "RGB": "RGB", "P": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}


class Images(NamedTuple):
    """pixels (N, C, H, W) uint8, C = 1 for grey and 3 for colours; labels (N,) int64; the classes' names, if known."""

    pixels: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


def needed(module: str) -> Any:
    """A module of the extra `data`. Raises TaskError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        package = {"PIL.Image": "pillow", "huggingface_hub": "huggingface-hub"}.get(module, module)
        raise TaskError(f'data sets of images need the package {package}: pip install "lrlab[data]"') from error


def read_images(files: Sequence[Path]) -> Images:
    """The images of all files, one after the other.

    Raises TaskError where a file cannot be read, columns are missing, an image cannot be decoded or has another shape
    than the first, or a label is no class.
    """
    shards = [_read_file(file) for file in files]
    rows = sum(len(labels) for _, labels, _ in shards)
    if len({names for _, _, names in shards}) > 1:
        raise TaskError(f"{_named(files)} have other names of classes each; write them anew with the same names")
    if rows == 0:
        raise TaskError(f"{_named(files)} holds no images; a data set needs at least one row")
    pixels = np.empty(0, dtype=np.uint8)
    row = 0
    for file, (encoded, _, _) in zip(files, shards, strict=True):
        for number, data in enumerate(encoded):
            place = f"{file.name}: row {number}"
            image = _decoded(data, place)
            if row == 0:
                pixels = np.empty((rows, *image.shape), dtype=np.uint8)
            if image.shape != pixels.shape[1:]:
                raise TaskError(
                    f"{place}: all images must have one size and the same channels, but this one is "
                    f"{_shape(image.shape)} and the first is {_shape(pixels.shape[1:])}; resize or convert them"
                )
            pixels[row] = image
            row += 1
    return Images(pixels, np.concatenate([labels for _, labels, _ in shards]), shards[0][2])


def _read_file(file: Path) -> tuple[Iterable[bytes | None], np.ndarray, tuple[str, ...]]:
    """The encoded images, the labels and the names of the classes."""
    polars = needed("polars")
    try:
        schema = polars.read_parquet_schema(file)
        image, label = _column(file, schema, IMAGE_COLUMNS), _column(file, schema, LABEL_COLUMNS)
        frame = polars.read_parquet(file, columns=[image, label])
        metadata = polars.read_parquet_metadata(file)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        first = str(error).partition("\n")[0]
        raise TaskError(
            f"{file} is no parquet file that can be read, perhaps it was cut off: {first}; fetch it again"
        ) from error
    encoded = frame[image]
    if isinstance(encoded.dtype, polars.Struct) and "bytes" in [field.name for field in encoded.dtype.fields]:
        encoded = encoded.struct.field("bytes")
    if encoded.dtype != polars.Binary:
        raise TaskError(
            f"{file.name}: column {image} must hold encoded images, as binary or as a struct with the field bytes, "
            f"but it is {frame[image].dtype}"
        )
    names = _class_names(metadata, label)
    return encoded, _labels(file, label, frame[label], len(names)), names


def _column(file: Path, columns: Iterable[str], wanted: tuple[str, ...]) -> str:
    found = next((name for name in wanted if name in columns), None)
    if found is None:
        hint = did_you_mean(wanted[0], columns)
        raise TaskError(f"{file.name} needs a column {' or '.join(wanted)}; {hint}; rename the column that is meant")
    return found


def _labels(file: Path, name: str, column: Any, classes: int) -> np.ndarray:
    """Whole numbers from 0, below the number of classes where names of classes say it."""
    if not column.dtype.is_integer():
        raise TaskError(f"{file.name}: column {name} must hold whole numbers, classes from 0, but it is {column.dtype}")
    if column.null_count():
        raise TaskError(f"{file.name}: row {column.is_null().arg_max()} has no {name}; remove such rows")
    labels = column.to_numpy().astype(np.int64)
    wrong = (labels < 0) | (labels >= classes if classes else False)
    if wrong.any():
        row = int(wrong.argmax())
        rule = f"lie in 0 .. {classes - 1}, as there are {classes} names of classes" if classes else "count from 0"
        raise TaskError(
            f"{file.name}: row {row} has {name} {labels[row]}, but labels must {rule}; mend or remove such rows"
        )
    return labels


def _class_names(metadata: dict[str, str], label: str) -> tuple[str, ...]:
    """The names that Hugging Face's metadata gives the classes; none where there is nothing of that kind."""
    try:
        names = json.loads(metadata["huggingface"])["info"]["features"][label]["names"]
        values = [names[str(number)] for number in range(len(names))] if isinstance(names, dict) else list(names)
        return tuple(map(str, values))
    except (KeyError, TypeError, ValueError):
        return ()


def _decoded(data: bytes | None, place: str) -> np.ndarray:
    """(C, H, W) uint8."""
    pillow = needed("PIL.Image")
    if data is None:
        raise TaskError(f"{place} has no image; remove such rows")
    try:
        with pillow.open(io.BytesIO(data)) as image:
            mode = MODES.get(image.mode)
            array = np.asarray(image if mode == image.mode else image.convert(mode)) if mode else image.mode
    except Exception as error:  # Pillow's decoders raise nearly everything
        raise TaskError(f"{place} is no image that can be decoded: {type(error).__name__}: {error}") from error
    if isinstance(array, str):
        raise TaskError(
            f"{place}: images must be grey or RGB with 8 bits a channel, but this one has Pillow's mode {array}; "
            "convert it"
        )
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def _shape(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[2]} with {shape[0]} channel{'s' if shape[0] > 1 else ''}"


def _named(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)
