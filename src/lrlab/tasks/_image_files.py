"""Images as files, a folder for each class: found, and read into one array."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import TaskError
from ._decode import Images, stack_images
from ._labels import values_of

LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")  # of archives and file managers
SUFFIXES = frozenset(
    (".avif", ".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp")
)
HELD_OUT = ("test", "validation", "valid", "val")
# Folders of these names alone are parts of a data set, not classes of it.
NO_CLASSES = frozenset(("train", *HELD_OUT, "images", "labels", "masks", "annotations"))


def visible(folder: Path) -> list[Path]:
    """What is in a folder, by name; nothing hidden, and no litter."""
    paths = (path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in LITTER)
    return sorted(paths, key=lambda path: path.name)


def folders_of(folder: Path) -> list[Path]:
    """The sub-folders of a folder, by name."""
    return [path for path in visible(folder) if path.is_dir()]


def image_parts(folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...], tuple[str, ...]] | None:
    """The training files, the test files and the names of the classes; None where there are no folders of images.

    Either train/CLASS/FILE, and perhaps test/CLASS/FILE (else validation, valid or val), or CLASS/FILE; in the folder,
    its sub-folder `data` or its only one. Raises TaskError where a class is empty, nested, missing from train or alone.
    """
    within = _folders_within(folder)
    by_name = {path.name.lower(): path for path in within}
    if "train" in by_name and folders_of(by_name["train"]):
        train = _files_by_class(by_name["train"])
        held_out = next((by_name[name] for name in HELD_OUT if name in by_name and folders_of(by_name[name])), None)
        test = _files_by_class(held_out) if held_out else {}
    elif any(map(_has_images, within)) and not set(by_name) <= NO_CLASSES:
        _check_full(within)
        train, test = {path.name: _files_of_class(path) for path in within}, {}
    else:
        return None
    if len(train) == 1:
        raise TaskError(
            f"{folder} has images of one class alone, {next(iter(train))!r}, and there is nothing to tell apart; give "
            "each class a folder of its own"
        )
    strange = sorted(set(test) - set(train))
    if strange:
        raise TaskError(
            f"{folder}: test has the classes {', '.join(map(repr, strange))}, and train has no such folders; remove "
            "them, or move some of their images to train"
        )
    names = tuple(values_of([np.array(list(train))]).tolist())
    in_order = [tuple(file for name in names for file in part.get(name, ())) for part in (train, test)]
    return in_order[0], in_order[1], names


def _folders_within(folder: Path) -> list[Path]:
    """The folders where parts or classes are looked for: those within, or within `data` or the only one, if any."""
    within = folders_of(folder)
    inner = within[0] if len(within) == 1 else folder / "data"
    if inner.name == "train" or (len(within) > 1 and (folder / "train").is_dir()) or not inner.is_dir():
        return within
    return folders_of(inner) or within


def _check_full(classes: list[Path]) -> None:
    """Raise TaskError where some of these folders, which lie beside each other, have no images."""
    bare = [repr(path.name) for path in classes if not _has_images(path)]
    if bare:
        raise TaskError(
            f"{classes[0].parent} has a folder of images for each class, but there are none in {', '.join(bare)}; put "
            "some into it, or remove it"
        )


def _has_images(folder: Path) -> bool:
    return any(path.suffix.lower() in SUFFIXES for path in visible(folder))


def _files_by_class(folder: Path) -> dict[str, list[Path]]:
    return {path.name: _files_of_class(path) for path in folders_of(folder)}


def _files_of_class(folder: Path) -> list[Path]:
    """The files of a class."""
    paths = visible(folder)
    nested = next((path for path in paths if path.is_dir()), None)
    if nested is not None:
        raise TaskError(f"{folder} is a class, and its files are images, but it has a folder {nested.name}; move it up")
    if not paths:
        raise TaskError(f"{folder} is a class without images; put some into it, or remove it")
    return paths


def read_files(files: Sequence[Path], names: tuple[str, ...], size: int | None = None) -> Images:
    """The images of all files; each belongs to the class its folder is named after.

    size: the side that images of several sizes are shrunk to. Raises TaskError where a file is no image, or images are
    of several sizes and no size is given.
    """
    number = {name: place for place, name in enumerate(names)}
    encoded = ((f"{file.parent.name}/{file.name}", _read_content(file)) for file in files)
    pixels, mixed = stack_images(encoded, len(files), size)
    labels = np.array([number[file.parent.name] for file in files], dtype=np.int64)
    return Images(pixels, labels, names, shrunk_to=size if mixed else None)


def _read_content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TaskError(f"{file} cannot be read: {error.strerror or error}; mend or remove it") from error
