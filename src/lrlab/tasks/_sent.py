"""The folder of this process for what it sends to others, and what is read from there. Loads no torch."""

import atexit
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any


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
    file = sent_folder() / hashlib.sha256(content.getbuffer()).hexdigest()[:32]
    file.write_bytes(content.getbuffer())
    return file


def read_sent(file: Path) -> Any:
    """The value that `write_sent` wrote into that file. Raises OSError, and whatever making it anew raises."""
    with file.open("rb") as opened:
        folders = pickle.load(opened)
        sys.path += [folder for folder in folders if folder not in sys.path]
        return pickle.load(opened)
