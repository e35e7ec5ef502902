"""The folder of this process for what it sends to others, and what is read from there. Loads no torch.

What lies there is pickled, and reading that runs code. So nothing is read but a file that still is what was written, in
a folder where nobody else may write.
"""

import atexit
import hashlib
import os
import pickle
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from ..errors import TaskError

NAMED = 32  # hexadecimal digits of a file's SHA-256 that are its name


@lru_cache(maxsize=1)
def sent_folder() -> Path:
    """The folder of this process for what it sends, removed at its end."""
    folder, owner = Path(tempfile.mkdtemp(prefix="lrlab-tasks-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not at the end of a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def write_sent(value: Any, dump: Callable[[Any, IO[bytes]], None]) -> Path:
    """Write a value into a file of that folder, named for what it holds. dump: pickles it.

    Raises OSError, and whatever pickling raises.
    """
    content = BytesIO()
    pickle.dump([str(Path(folder).resolve()) for folder in sys.path], content)  # first: what follows imports from there
    dump(value, content)
    file = sent_folder() / hashlib.sha256(content.getbuffer()).hexdigest()[:NAMED]
    file.write_bytes(content.getbuffer())
    return file


def read_sent(file: Path) -> Any:
    """The value that `write_sent` wrote into that file.

    Raises OSError, TaskError where it is no such file, and whatever making it again raises.
    """
    check_private(file.parent)
    with file.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest()[:NAMED] != file.name:
            raise TaskError(f"{file} is not what was sent; only what the program that made it wrote is read")
        opened.seek(0)
        folders = pickle.load(opened)
        sys.path += [folder for folder in folders if folder not in sys.path]
        return pickle.load(opened)


def check_private(folder: Path) -> None:
    """Raise TaskError where others than this user can have written into a folder; OSError where it is not there."""
    found = folder.lstat()
    ours = not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
    if not (stat.S_ISDIR(found.st_mode) and ours):
        raise TaskError(
            f"others than this user may write into {folder}, so that what lies there may be anybody's; only what a "
            f"program of yours sends is read"
        )
