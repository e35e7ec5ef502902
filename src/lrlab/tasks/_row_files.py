"""One file of rows, parquet or Arrow: its columns, its rows, its names of classes. Loads polars when called.

An Arrow file is a stream, as `save_to_disk` of Hugging Face's datasets writes it, or a file with an index (Feather).
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import TaskError
from ._decode import import_extra

PARQUET, ARROW = ".parquet", ".arrow"
INFO = "dataset_info.json"  # names of classes, beside the Arrow files of a saved set
STATE = "state.json"  # of a saved set: which files hold it
INDEXED = b"ARROW1"  # the first bytes of an Arrow file with an index
STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"


def columns_of(file: Path) -> tuple[str, ...]:
    """The names of the columns. Raises TaskError where the file cannot be read."""
    polars = import_extra("polars")
    with _readable(file):
        if file.suffix.lower() == PARQUET:
            return tuple(polars.read_parquet_schema(file))
        with file.open("rb", buffering=0) as opened:
            indexed = _has_index(opened)
            return tuple(
                polars.read_ipc_schema(opened) if indexed else polars.read_ipc_stream(opened, n_rows=1).columns
            )


def read_rows(file: Path, columns: Sequence[str] | None = None) -> Any:
    """The rows as polars' frame. columns: those to read; None: all. Raises TaskError where the file cannot be read."""
    polars, wanted = import_extra("polars"), None if columns is None else list(columns)
    with _readable(file):
        if file.suffix.lower() == PARQUET:
            return polars.read_parquet(file, columns=wanted, glob=False, hive_partitioning=False)
        # No path: polars may take [ and * in it for a pattern. No buffer: polars reads on from where the system is.
        with file.open("rb", buffering=0) as opened:
            if _has_index(opened):
                return polars.read_ipc(opened, columns=wanted)
            _check_end(opened)
            return polars.read_ipc_stream(opened, columns=wanted)


def class_names_of(file: Path, label: str) -> tuple[str, ...]:
    """The names of a column's classes by number, as Hugging Face writes them; none where there is nothing of that kind.

    Raises TaskError where the file cannot be read.
    """
    try:
        if file.suffix.lower() == PARQUET:
            with _readable(file):
                metadata = import_extra("polars").read_parquet_metadata(file)
            features = json.loads(metadata["huggingface"])["info"]["features"]
        else:
            features = json.loads(info_of(file).read_text(encoding="utf-8"))["features"]
        names = features[label]["names"]
        values = [names[str(number)] for number in range(len(names))] if isinstance(names, dict) else list(names)
        return tuple(map(str, values))
    except (KeyError, TypeError, ValueError, FileNotFoundError):
        return ()


def info_of(file: Path) -> Path:
    """Where what an Arrow file itself does not say would be written: the names of classes."""
    return file.with_name(INFO)


def saved_files(folder: Path) -> tuple[Path, ...]:
    """The Arrow files of a set that `save_to_disk` wrote into a folder, in order; none where it is no such folder.

    What datasets keeps there of its own, cache-*.arrow, is no part of it. Raises TaskError where one is missing, or
    where the rows are chosen by a list of indices beside, as old versions wrote it.
    """
    state = folder / STATE
    try:
        kept = json.loads(state.read_text(encoding="utf-8"))
        files = tuple(folder / Path(each["filename"]).name for each in kept["_data_files"])
        chosen = bool(kept.get("_indices_data_files") or kept.get("_indices_files"))
    except FileNotFoundError:
        return ()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TaskError(f"{state} does not say which files hold the data: {error}; save the set again") from error
    if chosen:
        raise TaskError(f"{folder} holds a choice of rows as indices; save it again after dataset.flatten_indices()")
    missing = [file.name for file in files if not file.is_file()]
    if missing or not files:
        raise TaskError(f"{folder} lacks {', '.join(missing) or 'data files'}, which {STATE} names; save the set again")
    return files


def _has_index(opened: BinaryIO) -> bool:
    opened.seek(0)
    first = opened.read(len(INDEXED))
    opened.seek(0)
    return first == INDEXED


def _check_end(opened: BinaryIO) -> None:
    """A stream that was cut off between two batches reads like a whole one, but for its last bytes."""
    size = opened.seek(0, os.SEEK_END)
    opened.seek(max(0, size - len(STREAM_END)))
    last = opened.read()
    opened.seek(0)
    if last != STREAM_END:
        raise OSError("it has no end")


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """What polars cannot read is a TaskError."""
    polars = import_extra("polars")
    kind = "Arrow" if file.suffix.lower() == ARROW else "parquet"
    try:
        yield
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        first = str(error).partition("\n")[0]
        raise TaskError(
            f"{file} is no {kind} file that can be read, perhaps it was cut off: {first}; fetch it again"
        ) from error
