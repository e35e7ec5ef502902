"""A training on disk: written whole or not at all, read as plain tensors and values."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

import torch

from ..errors import RunError
from ._gather import gather_rows
from ._stack import Stack

KIND, FORM = b"lrlab checkpoint ", 5  # another form has another number
HEAD = b"%b%d\n" % (KIND, FORM)  # before the digest
BEFORE = (b"lrlab checkpoint 3\n", b"lrlab checkpoint 4\n")
DIGEST = 64  # hexadecimal digits of SHA-256
ZIP = b"PK"  # how checkpoints began that had no digest
SHARE = ".share"  # of the file beside a checkpoint that says how much of the stack is done: read while the stack runs


class Resumable(Protocol):
    """A training that a checkpoint holds: a stack, or a trial of the plain loop.

    share: how much of it is done, from 0 to 1.
    """

    device: torch.device

    @property
    def share(self) -> float: ...

    def snapshot(self) -> dict[str, Any]:
        """All that is not made again, as plain values and tensors."""
        ...

    def can_restore(self, state: dict[str, Any]) -> bool:
        """Whether a snapshot is of this training. Raises ValueError where it is, but can be of no such state."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where a snapshot was taken."""
        ...


def save(run: Resumable, path: Path) -> None:
    """Write a training. Raises RunError where the disk does not take it; what stood there before then still stands."""
    state, beside = run.snapshot(), path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            write_state(state, file)
        beside.replace(path)
    except BaseException as error:  # Ctrl-C too leaves no half of a file
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if not isinstance(error, OSError | RuntimeError):  # torch turns some errors of the disk into its own
            raise
        cause = error if isinstance(error, OSError) else error.__context__
        why = cause.strerror if isinstance(cause, OSError) else str(error).splitlines()[0]
        raise RunError(f"cannot write checkpoints to {path.parent}: {why}") from error
    with suppress(OSError):  # it is only shown
        path.with_suffix(SHARE).write_text(f"{run.share:.9f}", encoding="ascii")


def restore(run: Resumable, path: Path) -> bool:
    """Put a fresh training where the checkpoint stands. False, and nothing changed, where there is none of this one.

    Raises RunError, and nothing is changed, where it is damaged or cannot be read.
    """
    return _restore_state(run, [path], lambda states: states[0])


def restore_rows(stack: Stack, paths: Sequence[Path]) -> bool:
    """Put a fresh stack where the checkpoints of other stacks have its trials. False and RunError as of `restore`."""
    return _restore_state(stack, paths, lambda states: gather_rows(states, stack.keys))


def _restore_state(
    run: Resumable, paths: Sequence[Path], make: Callable[[list[dict[str, Any]]], dict[str, Any] | None]
) -> bool:
    path = paths[0]
    try:
        states = list[dict[str, Any]]()
        for path in paths:
            if path.is_fifo() or path.is_char_device():
                raise ValueError("it is no plain file")  # of a pipe or a device the end may never come
            with path.open("rb") as file:
                state = read_state(file, run.device)
            if state is None:
                return False
            states.append(state)
        state = make(states)
        if state is None or not run.can_restore(state):
            return False
    except (FileNotFoundError, NotADirectoryError):
        return False
    except MemoryError:
        raise
    except Exception as error:  # what can be wrong with a file raises all kinds of errors, with long advice
        why = str(error) if isinstance(error, OSError | ValueError) else type(error).__name__
        raise RunError(f"the checkpoint {path} cannot be used ({why.splitlines()[0]})") from error
    run.restore(state)
    return True


def write_state(state: dict[str, Any], file: BinaryIO) -> None:
    """Write a state after its digest, and have it on the disk."""
    file.write(HEAD + bytes(DIGEST))
    hashed = _HashedFile(file)
    torch.save(state, cast(IO[bytes], hashed))
    file.seek(len(HEAD))
    file.write(hashed.sha256.hexdigest().encode("ascii"))
    file.flush()
    os.fsync(file.fileno())


def read_state(file: BufferedReader, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """What `write_state` wrote; None for the form of an earlier version.

    Raises ValueError where a bit is another, and for the form of a later version.
    """
    head = file.read(len(HEAD))
    if head.startswith(ZIP) or head in BEFORE:
        return None
    noted = file.read(DIGEST)
    start = file.tell()
    is_whole = hashlib.file_digest(file, "sha256").hexdigest().encode("ascii") == noted
    if is_whole and _is_newer(head):
        raise ValueError("a newer lrlab wrote it: go on with that one")
    if head != HEAD or not is_whole:
        raise ValueError("damaged: it is not what was written")
    file.seek(start)
    return torch.load(file, map_location=device, weights_only=True)


def _is_newer(head: bytes) -> bool:
    """Whether a file begins as a checkpoint of a later form does."""
    number = head.removeprefix(KIND).removesuffix(b"\n")
    return head.startswith(KIND) and number.isdigit() and int(number) > FORM


def share_done(path: Path) -> float:
    """How much of a training is done, 0 to 1, as its checkpoint says; 0 where there is none."""
    try:
        beside = path.with_suffix(SHARE)
        share = float(beside.read_text(encoding="ascii")) if beside.is_file() else 0.0
    except (OSError, ValueError):
        return 0.0
    return share if 0 <= share <= 1 else 0.0


def remove(path: Path) -> None:
    """Remove a checkpoint, if there is one; what the system does not remove, a later run does."""
    for file in (path, path.with_suffix(SHARE)):
        with suppress(OSError):
            file.unlink()


class _HashedFile:
    """A file that is written once from its place on, with the digest of what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, part: bytes) -> int:
        """Write a part."""
        self.sha256.update(part)
        return self.file.write(part)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.file.flush()
