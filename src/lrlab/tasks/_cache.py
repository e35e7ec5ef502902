"""Images decoded once: kept as numpy files in the user's cache folder, under the hash of the files they came from."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from filelock import FileLock

from ..errors import TaskError
from ._decode import Images
from ._folder import real_place
from ._image_files import read_files
from ._image_rows import read_images
from ._row_files import ARROW, info_of

# Of the files below, and of the rules by which images are decoded; another one has another place.
# 2: turned as EXIF says, and nothing transparent. 3: no more than 8 bits a channel.
FORMAT = 3
ARRAYS = ("pixels.npy", "labels.npy")
ABOUT = "about.json"


def cache_folder() -> Path:
    """LRLAB_CACHE, or lrlab in the user's cache folder (XDG_CACHE_HOME, else ~/.cache)."""
    own = os.environ.get("LRLAB_CACHE", "").strip()
    if own:
        return real_place(own)
    return real_place(os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache") / "lrlab"


ImageReader = Callable[[Sequence[Path], int | None], Images]


def cached_images(
    files: Sequence[Path], read: ImageReader = read_images, *, classes: tuple[str, ...] = (), size: int | None = None
) -> Images:
    """What `read` makes of the files, from the cache where it is there; pixels are mapped from disk, not loaded.

    classes: their names, where the files are images in folders named so. size: the side that images of several sizes
    are shrunk to; images of one size stay as they are.
    An entry that is damaged is made again. Raises TaskError where the cache cannot be written, and leaves nothing then.
    """
    if classes:
        read = partial(_read_classes, classes)
    place = cache_folder() / f"images-{_key_of(files, classes)}"
    images = _load_either(place, size)
    if images is not None:
        return images
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock"):
            images = _load_either(place, size)  # another process may have made it while this one waited
            if images is None:
                read_now = read(files, size)
                _store_entry(_place_of_size(place, read_now.shrunk_to), read_now)
                images = _load_either(place, size)
    except OSError as error:
        raise TaskError(
            f"decoded images cannot be kept in {place.parent}: {error.strerror or error}; make room there, or set "
            "LRLAB_CACHE to a folder that has it"
        ) from error
    if images is None:
        raise TaskError(f"what was written to {place} does not read back; set LRLAB_CACHE to a folder on another disk")
    return images


def _read_classes(classes: tuple[str, ...], files: Sequence[Path], size: int | None) -> Images:
    return read_files(files, classes, size)


def _place_of_size(place: Path, size: int | None) -> Path:
    return place if size is None else place.with_name(f"{place.name}-{size}")


def _load_either(place: Path, size: int | None) -> Images | None:
    """The images in their one size, or else shrunk to this one."""
    images = _load_entry(place)
    return images if images is not None or size is None else _load_entry(_place_of_size(place, size))


def _key_of(files: Sequence[Path], classes: tuple[str, ...]) -> str:
    digest = hashlib.sha256(json.dumps([FORMAT, *classes]).encode())
    for file in (*files, *_names_beside(files)):
        if file.exists() and not file.is_file():  # a pipe may never end
            raise TaskError(f"{file} is a folder, a pipe or a device, and no plain file; take it out of the data set")
        try:
            digest.update(_hash_file(file).encode() + (json.dumps(file.parent.name).encode() if classes else b""))
        except OSError as error:
            raise TaskError(f"{file} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()[:32]


def _names_beside(files: Sequence[Path]) -> list[Path]:
    """The files that name the classes of Arrow files."""
    beside = {info_of(file) for file in files if file.suffix.lower() == ARROW}
    return sorted(path for path in beside if path.is_file())


def _hash_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _load_entry(place: Path) -> Images | None:
    """The images of an entry; None where there is none, or it is not what was written."""
    try:
        about = json.loads((place / ABOUT).read_text(encoding="utf-8"))
        if about["hashes"] != {name: _hash_file(place / name) for name in ARRAYS}:
            return None
        pixels, labels = (np.load(place / name, mmap_mode="r", allow_pickle=False) for name in ARRAYS)
        return Images(pixels, np.array(labels), tuple(about["names"]), about["by_value"], about["shrunk_to"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store_entry(place: Path, images: Images) -> None:
    """Write an entry whole or not at all: aside, then renamed. Raises OSError."""
    # Not through a memory map: on a full disk that ends the process instead of raising an error.
    aside = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        for name, array in zip(ARRAYS, (images.pixels, images.labels), strict=True):
            np.save(aside / name, array, allow_pickle=False)
        hashes = {name: _hash_file(aside / name) for name in ARRAYS}
        about = {"names": images.names, "by_value": images.by_value, "shrunk_to": images.shrunk_to, "hashes": hashes}
        (aside / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)  # what is there is damaged
        aside.rename(place)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
