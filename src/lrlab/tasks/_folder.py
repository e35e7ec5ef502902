"""Where data lies: the data folder, and the files of a data set in it."""

import os
from pathlib import Path
from typing import NamedTuple

from ..errors import TaskError, UnknownName, shortened
from ._datasets import DATA_SETS
from ._image_files import HELD_OUT, folders_of, image_parts
from ._row_files import saved_files
from ._shards import check_shards

VARIABLE = "LRLAB_DATA"


class DataFiles(NamedTuple):
    """The files of a data set. test: empty where it has none, then a part of train is taken.

    classes: their names, where each file is an image in a folder named after its class; none for files of rows.
    """

    train: tuple[Path, ...]
    test: tuple[Path, ...]
    classes: tuple[str, ...] = ()


def data_folder() -> Path | None:
    """The folder with a sub-folder for each data set: LRLAB_DATA, which `--data-dir` sets. None where it is not set."""
    text = os.environ.get(VARIABLE, "").strip()
    return real_place(text) if text else None


def real_place(text: str) -> Path:
    """A path without links, as far as it is there. Raises TaskError where it is of a user who is not."""
    try:
        return Path(os.path.realpath(Path(text).expanduser()))  # of a loop of links `Path.resolve` raises
    except (RuntimeError, ValueError, OSError) as error:
        raise TaskError(f"there can be no folder {shortened(text, 100)!r}: {error}; name another") from None


def dataset_folder(dataset: str) -> Path:
    """The sub-folder of a data set. Raises TaskError or UnknownName, with the ways to get the data."""
    folder = data_folder()
    hub = f"hub:{DATA_SETS[dataset].hub}/MODEL" if dataset in DATA_SETS else "hub:owner/name/MODEL"
    ways = (
        f"give --data-dir FOLDER, or set {VARIABLE}=FOLDER, where FOLDER/{dataset} holds train*.parquet and "
        f"test*.parquet, or a folder of images for each class; or name the task {hub} to fetch the data from the "
        "Hugging Face hub"
    )
    if folder is None:
        raise TaskError(f"{dataset} needs a data folder, and none is set: {ways}")
    if not folder.is_dir():
        raise TaskError(f"there is no data folder {folder}: {ways}")
    if not (folder / dataset).is_dir():
        if dataset in DATA_SETS:
            raise TaskError(f"the data folder {folder} has no {dataset}: {ways}")
        raise UnknownName("data set", dataset, {"digits", *DATA_SETS, *(path.name for path in folders_of(folder))})
    return folder / dataset


def data_files(folder: Path) -> DataFiles:
    """The files of a data set in a folder: of rows, parquet or Arrow, or else images in a folder for each class.

    Raises TaskError where there are none, several sets, or a part of one; and where the folder cannot be read.
    """
    try:
        rows = _find_data_set(folder)
        if rows is not None:
            return rows
        images = image_parts(folder)
    except OSError as error:
        raise TaskError(f"{folder} cannot be read: {error.strerror or error}; give a folder that can") from error
    if images is None:
        raise TaskError(
            f"{folder} holds no training data: it needs train*.parquet, and perhaps test*.parquet, "
            "there or in its sub-folder data; or what save_to_disk of datasets wrote; or train/CLASS/ with images for "
            "each class, or CLASS/"
        )
    return DataFiles(*images)


def _find_data_set(folder: Path) -> DataFiles | None:
    """The files of a folder in the Hugging Face layout; None where there are none.

    They are train*.parquet and test*.parquet, or lie in folders train and test, there as parquet or as `save_to_disk`
    writes them; in the folder itself, in `data`, or in its one other sub-folder (or that named default). Without test
    files, validation*, valid* or val* serve as test. A folder can also be one saved set that has no parts.
    """
    alone = saved_files(folder)
    if alone:
        return DataFiles(alone, ())
    sets = {place: files for place in (folder, folder / "data") if (files := _find_parts(place)).train}
    if not sets:
        sets = {place: files for place in folders_of(folder) if (files := _find_parts(place)).train}
        sets = {place: files for place, files in sets.items() if place.name == "default"} or sets
    if len(sets) > 1:
        places = ", ".join(str(place.relative_to(folder)) for place in sets)
        raise TaskError(f"{folder} holds several data sets: {places}; copy one of them into a folder of its own")
    return next(iter(sets.values()), None)


def _find_parts(folder: Path) -> DataFiles:
    test = next((files for name in HELD_OUT if (files := _find_files(folder, name))), ())
    return DataFiles(_find_files(folder, "train"), test)


def _find_files(folder: Path, name: str) -> tuple[Path, ...]:
    files = sorted(folder.glob(f"{name}*.parquet")) or sorted(folder.glob(f"{name}/[!.]*.parquet"))
    check_shards(files)
    return tuple(files) or saved_files(folder / name)
