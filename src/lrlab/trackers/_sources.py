"""Where runs come from: files, folders, frames and rows, each as raw tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunsError
from ._csv import read_csv
from ._encoding import decode_text, read_bytes
from ._json import read_json, table_of_rows
from ._parquet import read_parquet, table_of_frame
from ._raw_table import RawFile, RawTable, join_tables

if TYPE_CHECKING:
    pass

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq")
Source = "str | Path | polars.DataFrame | Iterable[str | Path] | Iterable[Mapping[str, Any]] | Any"


def read_source(source: Any) -> tuple[RawTable, tuple[str, ...]]:
    """All rows of a source as one table, and the names of its files as the user wrote them.

    Raises RunsError.
    """
    if isinstance(source, str | Path):
        return _read_paths([Path(source)]), (str(source),)
    if isinstance(source, Mapping):
        source = [dict(zip(source, row, strict=True)) for row in zip(*source.values(), strict=True)]
    if hasattr(source, "columns"):
        return table_of_frame(source, RawFile("the frame", by_row=True)), ()
    if not isinstance(source, Iterable):
        raise RunsError(f"runs are read from a path, paths, a frame or rows, not from {type(source).__name__}")
    items = list(source)
    if items and all(isinstance(item, str | Path) for item in items):
        return _read_paths([Path(item) for item in items]), tuple(str(item) for item in items)
    return table_of_rows(items, range(1, len(items) + 1), RawFile("the rows", by_row=True)), ()


def _read_paths(paths: Sequence[Path]) -> RawTable:
    """The rows of files and of all files in folders."""
    found = [file for path in paths for file in _list_files(path)]
    return join_tables([_read_file(path, file) for path, file in zip(found, _name_files(found), strict=True)])


def _list_files(path: Path) -> list[Path]:
    """The file, or those of a folder that hold rows, in order."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise RunsError(f"{path} is not there; write the path of a file of runs, or of a folder of them")
    found = [file for file in path.rglob("*") if file.is_file() and _holds_rows(file.relative_to(path))]
    if not found:
        raise RunsError(f"{path} holds no file of runs; such files end in {', '.join(ENDINGS)}")
    return sorted(found, key=_natural_order)


def _holds_rows(file: Path) -> bool:
    """Whether a file of a folder holds rows, by its name."""
    name = file.name.lower().removesuffix(".gz")
    return name.endswith(ENDINGS) and not any(part.startswith((".", "__MACOSX")) for part in file.parts)


def _natural_order(path: Path) -> list[tuple[int, str]]:
    """A key that puts seed_2 before seed_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", str(path))]


def _name_files(paths: Sequence[Path]) -> list[RawFile]:
    """Each file by the part of its path that no other shares, and the parts that may tell runs apart."""
    parts = [path.parts for path in paths]
    common = 0
    while (
        len(paths) > 1 and all(len(part) > common + 1 for part in parts) and len({part[common] for part in parts}) == 1
    ):
        common += 1
    if len(paths) == 1:
        common = len(parts[0]) - 1
    return [RawFile(str(Path(*part[common:])), part[common:]) for part in parts]


def _read_file(path: Path, file: RawFile) -> RawTable:
    """The rows of one file, by what is in it."""
    found = read_bytes(path)
    if found[:4] == b"PAR1":
        return read_parquet(found, file)
    text, notes = decode_text(found, file.name)
    read = read_json if text.lstrip()[:1] in ("{", "[") else read_csv
    table = read(text, file)
    return table.with_frame(table.frame, *notes)
