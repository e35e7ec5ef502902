"""Files of a hostile case, laid into its folder."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

Files = Mapping[str, bytes | str | Callable[[Path], object]]


def lay(folder: Path, files: Files) -> None:
    """Make them in that folder, in the order given.

    Each is bytes, a function that makes it at its place, or a word: "fifo", "socket", "zero" (a link to a device
    without end), "folder", "link:TARGET", or "closed:TEXT", a file that nobody may read.
    """
    for name, what in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, bytes):
            place.write_bytes(what)
        elif isinstance(what, str):
            _lay_word(place, what)
        else:
            what(place)


def _lay_word(place: Path, what: str) -> None:
    word, _, rest = what.partition(":")
    if word == "fifo":
        os.mkfifo(place)
    elif word == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(place))
    elif word == "zero":
        place.symlink_to("/dev/zero")
    elif word == "link":
        place.symlink_to(rest)
    elif word == "closed":
        place.write_text(rest)
        place.chmod(0)
    else:
        place.mkdir(exist_ok=True)
