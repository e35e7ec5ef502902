"""A folder that every machine reaches: checkpoints of jobs under way, at any address that fsspec knows."""

import uuid
from importlib import import_module
from typing import Any

from ..errors import ClusterError, visible

MARK = ".try"
WAY_OUT = "give an address that every node can write to, or leave out --checkpoints: they are sent to this machine then"
HERE_ALONE = ("memory", "local-memory")  # kinds of addresses that only one process sees


class SharedFolder:
    """An address that was tried: files are written to it by attempts, the newest counts.

    A writer has names of its own, so that one who is late overwrites nobody's file.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._files, self._folder = _open_address(address)

    def leave_mark(self) -> str:
        """The name of a small file that was written there, and read. Raises ClusterError where that fails."""
        name = f"lrlab-{uuid.uuid4().hex[:12]}{MARK}"
        try:
            self._files.makedirs(self._folder, exist_ok=True)
            self._files.pipe_file(f"{self._folder}/{name}", name.encode())
            there = self._files.cat_file(f"{self._folder}/{name}")
        except Exception as error:  # every kind of storage raises its own
            raise ClusterError(
                f"checkpoints cannot be written to {visible(self.address)}: {type(error).__name__}: {error}; {WAY_OUT}"
            ) from error
        if there != name.encode():
            raise ClusterError(f"{visible(self.address)} gives back other bytes than were written; {WAY_OUT}")
        return name

    def sees(self, mark: str) -> bool:
        """Whether a mark that another machine left is seen here."""
        self._files.invalidate_cache()
        return bool(self._files.exists(f"{self._folder}/{mark}"))

    def remove_mark(self, mark: str) -> None:
        """Remove a mark. Raises what fsspec raises."""
        self._files.rm_file(f"{self._folder}/{mark}")

    def next_run(self) -> int:
        """A number for a run, above all that wrote here. Raises what fsspec raises."""
        numbers = [number for file in self._list_files() if (number := _number_of(file)) is not None]
        return max(numbers, default=(0, 0))[0] + 1

    def write(self, name: str, number: tuple[int, int], packed: bytes) -> None:
        """Write a file of this name. number: the run and the attempt; a later one counts. Raises what fsspec raises."""
        self._files.makedirs(self._folder, exist_ok=True)
        whole = f"{self._folder}/{name}.{number[0]}.{number[1]}"
        self._files.pipe_file(f"{whole}.part", packed)
        self._files.mv(f"{whole}.part", whole)  # a reader finds all of it or nothing

    def newest(self, name: str) -> bytes | None:
        """The newest file of this name; None where there is none. Raises what fsspec raises."""
        found = self._names_of(name)
        return self._files.cat_file(max(found)[1]) if found else None

    def remove(self, name: str) -> None:
        """Remove every file of this name. Raises what fsspec raises."""
        for _, file in self._names_of(name):
            self._files.rm_file(file)

    def _names_of(self, name: str) -> list[tuple[tuple[int, int], str]]:
        """Each file of this name, after its numbers."""
        files = [file for file in self._list_files() if file.rsplit("/", 1)[-1].rsplit(".", 2)[0] == name]
        return [(number, file) for file in files if (number := _number_of(file)) is not None]

    def _list_files(self) -> list[str]:
        self._files.invalidate_cache()
        try:
            return self._files.ls(self._folder, detail=False)
        except FileNotFoundError:
            return []


def _number_of(file: str) -> tuple[int, int] | None:
    """The run and the attempt that a file was written in; None of a half."""
    parts = file.rsplit(".", 2)[1:]
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(part.isdigit() for part in parts) else None


def _open_address(address: str) -> tuple[Any, str]:
    """The file system of an address, and the folder in it. Raises ClusterError for one that cannot be."""
    fsspec: Any = import_module("fsspec")  # comes with torch
    kind = address.partition("://")[0] if "://" in address else "file"
    if kind in HERE_ALONE:
        raise ClusterError(
            f"--checkpoints {visible(address)} lies in the memory of one process, and no other sees it; give a folder "
            "that all nodes share, or an address such as s3://bucket/folder"
        )
    try:
        files, folder = fsspec.core.url_to_fs(address)
    except Exception as error:  # an unknown kind, or a library that is not installed
        raise ClusterError(
            f"--checkpoints {visible(address)} cannot be opened: {type(error).__name__}: {error}; "
            "give a folder that all nodes share, or an address that fsspec knows"
        ) from error
    return files, folder.rstrip("/")
