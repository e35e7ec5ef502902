"""Image tasks: a data set, cut into three splits once for all its tasks, under a built-in model."""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import torch

from ..errors import TaskError
from ..models import MODELS
from ._augment import Augment, Normalize
from ._base import Split, Task
from ._cache import cached_images
from ._datasets import KNOWN
from ._folder import Parts, dataset_folder, parquet_files
from ._hub import fetch
from ._names import HUB, ImageTask
from ._parquet import Images
from ._splits import SPLIT_SEED

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1  # of the training images, where nothing else is given
CHUNK = 1000  # images at a time: numbers wider than a byte are never made of all of them


class _Dataset(NamedTuple):
    """Splits that all tasks of a data set share, its classes and the constants of its training part."""

    train: Split
    validation: Split | None
    test: Split
    classes: int
    names: tuple[str, ...]
    normalize: Normalize


def image_task(wanted: ImageTask) -> Task:
    """The task a name asks for. Raises TaskError where the data is missing, is damaged or does not fit the options."""
    data = _dataset(_parts(wanted.dataset), wanted.dataset, wanted.validation, wanted.size)
    channels, height, width = data.train.inputs.shape[1:]
    if height != width:
        raise TaskError(
            f"{wanted}: the built-in models need square images, but these are {height}x{width}; "
            f"give size={min(height, width)} to shrink them to a square"
        )
    if wanted.images is not None and wanted.images > len(data.train.labels):
        raise TaskError(
            f"{wanted}: `images` must be at most the {len(data.train.labels)} training images that are left after "
            f"{0 if data.validation is None else len(data.validation.labels)} went to validation"
        )
    if wanted.test is not None and wanted.test > len(data.test.labels):
        raise TaskError(f"{wanted}: `test` must be at most the {len(data.test.labels)} test images there are")
    task = Task(
        model=partial(MODELS[wanted.model], channels=channels, classes=data.classes, size=height, width=wanted.width),
        train=data.train,
        validation=data.validation,
        test=data.test,
        version="1",
        augment=_augment(wanted, channels, height),
        normalize=data.normalize,
    )
    task.class_names = data.names
    return task.head(train=wanted.images, test=wanted.test)


def _parts(dataset: str) -> Parts:
    return fetch(dataset.removeprefix(HUB)) if dataset.startswith(HUB) else parquet_files(dataset_folder(dataset))


def _augment(wanted: ImageTask, channels: int, side: int) -> Augment | None:
    """Crops by an eighth of the side, squares of half of it: 4 and 16 pixels for 32x32, as is usual there."""
    known = KNOWN.get(wanted.dataset)
    usual = known.augment if known else "crop+flip" if channels == 3 else "none"
    parts = (wanted.augment or usual).split("+")
    if parts == ["none"]:
        return None
    return Augment(
        crop=min(max(1, side // 8), side - 1) if "crop" in parts else 0,
        flip="flip" in parts,
        cutout=max(1, side // 2) if "cutout" in parts else 0,
    )


@lru_cache(maxsize=2)
def _dataset(parts: Parts, name: str, validation: int | None, size: int | None) -> _Dataset:
    """The splits: test as the data has it, else the last fifth of a fixed shuffle; before it, validation."""
    train = _shrunk(cached_images(parts.train), size)
    test = _shrunk(cached_images(parts.test), size) if parts.test else None
    classes = _check_parts(name, train, test)
    total = len(train.labels)
    held_out = 0 if test else max(1, round(TEST_SHARE * total))
    count = max(1, round(VALIDATION_SHARE * (total - held_out))) if validation is None else validation
    if count + held_out >= total:
        raise TaskError(
            f"{name}: of {total} training images, {count} cannot go to validation and {held_out} to test, for none are "
            "left; give `validation` a smaller number, or the data set more images"
        )
    order = np.random.Generator(np.random.PCG64(SPLIT_SEED)).permutation(total)
    first, middle, last = np.split(order, [total - held_out - count, total - held_out])
    kept = _split(train, first)
    known = KNOWN.get(name)
    return _Dataset(
        train=kept,
        validation=_split(train, middle) if count else None,
        test=_split(test, np.arange(len(test.labels))) if test else _split(train, last),
        classes=classes,
        names=train.names,
        normalize=known.normalize if known else _constants(kept.inputs.numpy()),
    )


def _split(images: Images, chosen: np.ndarray) -> Split:
    # Chosen by positions, which copies what is mapped from disk: the tensors must not change when the file does.
    return Split(torch.from_numpy(np.asarray(images.pixels[chosen])), torch.from_numpy(images.labels[chosen]))


def _check_parts(name: str, train: Images, test: Images | None) -> int:
    """The number of classes. Raises TaskError where train and test are not of one kind."""
    classes = len(train.names) or 1 + int(train.labels.max())
    if test is None:
        return classes
    shapes = train.pixels.shape[1:], test.pixels.shape[1:]
    if shapes[0] != shapes[1]:
        raise TaskError(
            f"{name}: train has images of shape {shapes[0]} and test of {shapes[1]} (channels, height, width); "
            "both must be alike"
        )
    if test.names != train.names:
        raise TaskError(f"{name}: train and test have other names of classes each; write them anew with the same names")
    if int(test.labels.max()) >= classes:
        raise TaskError(
            f"{name}: train has the classes 0 .. {classes - 1}, but test has a label {int(test.labels.max())}; "
            "remove such images, or move some to train"
        )
    return classes


def _shrunk(images: Images, size: int | None) -> Images:
    """Down-sampled to size x size by the mean over areas, rounded to whole grey values, halves up.

    A pixel of the source that lies in two areas counts in each by the part of it that lies there. Whole numbers all the
    way: the same images on every machine.
    """
    count, channels, height, width = images.pixels.shape
    if size is None or (height, width) == (size, size):
        return images
    if size > min(height, width):
        raise TaskError(f"`size` must be at most the side of the images, but got {size} for {height}x{width}")
    rows, columns = _overlaps(height, size), _overlaps(width, size)
    small = np.empty((count, channels, size, size), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        chunk = images.pixels[start : start + CHUNK].astype(np.float64)  # exact: the sums stay far below 2**53
        sums = (rows @ chunk @ columns.T).astype(np.int64)
        small[start : start + CHUNK] = (2 * sums + height * width) // (2 * height * width)
    return images._replace(pixels=small)


def _overlaps(side: int, size: int) -> np.ndarray:
    """(size, side): how much of source pixel j lies in area i, in units of 1/size of a pixel; rows sum to `side`."""
    area, pixel = np.arange(size)[:, None] * side, np.arange(side)[None, :] * size
    return np.clip(np.minimum(area + side, pixel + size) - np.maximum(area, pixel), 0, None).astype(np.float64)


def _constants(pixels: np.ndarray) -> Normalize:
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
