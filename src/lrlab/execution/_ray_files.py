"""Files of a job as bytes, on their way to another machine and back."""

import hashlib
import io
import os
import shutil
import tarfile
from contextlib import suppress
from pathlib import Path

from ..errors import RunError

HEAD = b"lrlab files 1\n"  # before the digest
DIGEST = 32  # bytes of SHA-256
FOLDER, FILE = "folder", "file"  # what is written for their own names: each place has another


def pack_files(place: Path, least: int = 0) -> bytes | None:
    """A folder, or a file and those of its stem beside it, such as `a.pt` and `a.share`; None where there is nothing.

    least: bytes from which a file is left out; 0: none is. Raises OSError.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as archive:
        if place.is_dir():
            archive.add(place, FOLDER)
        else:
            for file in files_beside(place):
                if not least or file.stat().st_size < least:
                    archive.add(file, FILE + file.suffix)
        empty = not archive.getmembers()
    content = packed.getvalue()
    return None if empty else HEAD + hashlib.sha256(content).digest() + content


def unpack_files(packed: bytes, place: Path) -> None:
    """Put what `pack_files` packed there, in place of what stands there. Raises OSError; RunError where it is damaged.

    What stood there before is replaced file by file, each whole or not at all; of a folder, all of it.
    """
    content = packed[len(HEAD) + DIGEST :]
    if not packed.startswith(HEAD) or hashlib.sha256(content).digest() != packed[len(HEAD) :][:DIGEST]:
        raise RunError(f"what was sent for {place.name} is damaged: it is not what was packed; it is left out")
    aside = place.with_name(f"{place.name}.{os.getpid()}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(aside, filter="data")  # names that lead out of the folder are refused
        if (aside / FOLDER).is_dir():
            shutil.rmtree(place, ignore_errors=True)
            (aside / FOLDER).replace(place)
        else:
            for file in aside.iterdir():
                file.replace(place.with_name(place.stem + file.suffix))
    except tarfile.TarError as error:
        raise RunError(f"what was sent for {place.name} is damaged: {error}; it is left out") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def files_beside(place: Path) -> list[Path]:
    """A file and those of its stem in its folder, in order; what is not there is left out."""
    with suppress(OSError):
        return sorted(file for file in place.parent.iterdir() if file.stem == place.stem and file.is_file())
    return []


def state_of(place: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether files there were changed: names, sizes, times."""
    files = [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else files_beside(place)
    noted = []
    for file in files:
        with suppress(OSError):
            about = file.stat()
            noted.append((str(file.relative_to(place.parent)), about.st_size, about.st_mtime_ns))
    return tuple(sorted(noted))
