"""Data sets of images, cut into three splits once for all tasks of them."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import TaskError
from ._augment import Normalize
from ._cache import cached_images
from ._datasets import DATA_SETS
from ._decode import Images
from ._folder import DataFiles, data_files, data_folder
from ._labels import mapping_words, places_of, values_of
from ._shrink import CHUNK, shrink
from ._split import Split
from ._splits import parts_of_sizes, room_for_all, stratified_parts
from ._trees import first_leaf

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1  # of the training images, where nothing else is given


class SharedSplits(NamedTuple):
    """Splits that all tasks of a data set share, its classes and the constants of its training part.

    notes: how labels became classes, in words.
    """

    train: Split
    validation: Split | None
    test: Split
    classes: int
    names: tuple[str, ...]
    normalize: Normalize
    notes: tuple[str, ...]


def read_folder(folder: Path | str, *, size: int | None, validation: int | None) -> SharedSplits:
    """The images of a folder of the user's: see `Task.from_folder`."""
    for option, value, least in (("size", size, 1), ("validation", validation, 0)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            raise TaskError(
                f"`{option}` must be a whole number from {least}, but got {value!r}; leave it out, or mend it"
            )
    place = _find_folder(folder)
    # What is remembered by its files' names would be stale where a notebook has changed them.
    return read_splits.__wrapped__(data_files(place), place.name, validation, size)


@lru_cache(maxsize=2)
def read_splits(parts: DataFiles, name: str, validation: int | None, size: int | None) -> SharedSplits:
    """The splits: test as the data has it, else a fifth of a fixed shuffle; and of what is left, validation.

    parts: the files. name: the data set's, by which those that are built in are known. validation, size: as in
    `Task.from_folder`, None where they are not given.
    """
    train = _read_images(parts.train, parts.classes, size)
    test = _read_images(parts.test, parts.classes, size) if parts.test else None
    train, test, notes = _align_classes(name, train, test)
    known = DATA_SETS.get(name)
    first, middle, last = _split_positions(name, train.labels, test is not None, validation)
    kept = _take_split(train, first)
    return SharedSplits(
        train=kept,
        validation=_take_split(train, middle) if len(middle) else None,
        test=_take_split(test, np.arange(len(test.labels))) if test else _take_split(train, last),
        classes=len(train.names) or 1 + int(train.labels.max()),
        names=train.names,
        normalize=known.normalize if known else _channel_constants(first_leaf(kept.inputs).numpy()),
        notes=notes,
    )


def _find_folder(folder: Path | str) -> Path:
    """The folder itself, or the sub-folder of the data folder. Raises TaskError where there is neither."""
    within, asked = data_folder(), Path(folder).expanduser()
    places = [asked, *([] if within is None or asked.is_absolute() else [within / asked])]
    folder_there = next((place.resolve() for place in places if place.is_dir()), None)
    if folder_there is None:
        raise TaskError(
            f"there is no folder {' or '.join(map(str, places))}; give the path of a folder with train*.parquet, or "
            "with a folder of images for each class, from where you are or from the data folder"
        )
    return folder_there


def _read_images(files: tuple[Path, ...], classes: tuple[str, ...], size: int | None) -> Images:
    return _shrink_images(cached_images(files, classes=classes, size=size), size)


def _split_positions(
    name: str, labels: NDArray[np.int64], tested: bool, validation: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Which training images train, are validation, and test. tested: there are test images beside them.

    Each class in proportion where no split is given. Beside test images, and of the data sets that are built in,
    validation is the end of a plain shuffle.
    """
    total, plain = len(labels), tested or name in DATA_SETS
    parts = 1 + (validation != 0) + (not tested)
    room = 0 if plain else room_for_all(labels, parts)
    held_out = 0 if tested else max(1, room, round(TEST_SHARE * total))
    count = max(1, room, round(VALIDATION_SHARE * (total - held_out))) if validation is None else validation
    if count + held_out >= total:
        raise TaskError(
            f"{name}: of {total} training images, {count} cannot go to validation and {held_out} to test, for none are "
            "left; give `validation` a smaller number, or the data set more images"
        )
    sizes = total - held_out - count, count, held_out
    first, middle, last = parts_of_sizes(total, sizes) if plain else stratified_parts(labels, sizes)
    return first, middle, last


def _align_classes(name: str, train: Images, test: Images | None) -> tuple[Images, Images | None, tuple[str, ...]]:
    """Train and test with one numbering of classes, and what was done for it, in words.

    Names that are labels of each part are those of train. Numbers without names that leave gaps are mapped.
    """
    if test is not None and train.by_value and test.by_value:
        strange = sorted(set(test.names) - set(train.names))
        if strange:
            raise TaskError(
                f"{name}: test has the classes {', '.join(map(repr, strange))}, which train lacks; remove such images, "
                "or move some to train"
            )
        number = {word: place for place, word in enumerate(train.names)}
        places = np.array([number[word] for word in test.names])
        test = test._replace(labels=places[test.labels], names=train.names)
    _check_alike(name, train, test)
    if train.by_value:
        return train, test, (mapping_words(np.array(train.names)),)
    values = values_of([train.labels] if test is None else [train.labels, test.labels])
    if train.names or np.array_equal(values, np.arange(len(values))):
        return train, test, ()
    names = tuple(map(str, values.tolist()))
    train = train._replace(labels=places_of(train.labels, values), names=names)
    test = test and test._replace(labels=places_of(test.labels, values), names=names)
    return train, test, (mapping_words(values),)


def _take_split(images: Images, chosen: np.ndarray) -> Split:
    # Chosen by positions, which copies what is mapped from disk: the tensors must not change when the file does.
    return Split(torch.from_numpy(np.asarray(images.pixels[chosen])), torch.from_numpy(images.labels[chosen]))


def _check_alike(name: str, train: Images, test: Images | None) -> None:
    """Raises TaskError where train and test are not of one kind."""
    classes = len(train.names) or 1 + int(train.labels.max())
    if test is None:
        return
    shapes = train.pixels.shape[1:], test.pixels.shape[1:]
    if shapes[0] != shapes[1]:
        raise TaskError(
            f"{name}: train has images of shape {shapes[0]} and test of {shapes[1]} (channels, height, width); "
            "both must be alike"
        )
    if test.names != train.names:
        raise TaskError(
            f"{name}: train and test name their classes in other ways; write them again with the same names"
        )
    if int(test.labels.max()) >= classes:
        raise TaskError(
            f"{name}: train has the classes 0 .. {classes - 1}, but test has a label {int(test.labels.max())}; "
            "remove such images, or move some to train"
        )


def _shrink_images(images: Images, size: int | None) -> Images:
    """Down-sampled to size x size, as `shrink` does it. Raises TaskError where the images are smaller."""
    height, width = images.pixels.shape[2:]
    if size is None:
        return images
    if size > min(height, width):
        raise TaskError(f"`size` must be at most the side of the images, but got {size} for {height}x{width}")
    return images._replace(pixels=shrink(images.pixels, size))


def _channel_constants(pixels: np.ndarray) -> Normalize:
    """Mean and standard deviation of each channel of (N, C, H, W), on the scale 0..1, from counts of grey values."""
    counts = np.zeros((pixels.shape[1], 256), dtype=np.int64)
    for start in range(0, len(pixels), CHUNK):
        for channel, count in enumerate(counts):
            count += np.bincount(pixels[start : start + CHUNK, channel].ravel(), minlength=256)
    values, weights = np.arange(256) / 255, counts / counts.sum(axis=1, keepdims=True)
    mean = weights @ values
    std = np.sqrt((weights * (values - mean[:, None]) ** 2).sum(axis=1))
    # A channel of one value has nothing to scale. Rounded, so that no machine's last digit makes another task of it.
    return Normalize(mean.round(4).tolist(), np.where(std < 1e-3, 1.0, std).round(4).tolist())
