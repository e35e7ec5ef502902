"""Texts and their labels in CSV and parquet files. Loads polars when called."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import TaskError, UnknownName
from .._decode import import_extra
from .._folder import VARIABLE, DataFiles, data_files, data_folder
from .._image_files import folders_of

TEXT_COLUMNS = ("text", "sentence", "content", "review", "document", "title")
LABEL_COLUMNS = ("label", "labels", "class", "category", "target", "sentiment")


class LabelledTexts(NamedTuple):
    """Texts, and the label of each: text or whole numbers, (N,)."""

    texts: list[str]
    labels: np.ndarray


def read_table(file: Path) -> LabelledTexts:
    """The texts and labels of a file whose name ends with .csv, .tsv or .parquet.

    The columns are the first there are of `TEXT_COLUMNS` and `LABEL_COLUMNS`, whatever their case.
    Raises TaskError where it is no such file, where a column is missing, or a row lacks its text or label.
    """
    frame = _read_frame(file)
    text, label = _find_column(file, frame, TEXT_COLUMNS), _find_column(file, frame, LABEL_COLUMNS)
    for column in (text, label):
        if frame[column].null_count():
            row = frame[column].is_null().arg_max()
            raise TaskError(f"{file.name}: row {row} has no {column}; fill it in, or remove such rows")
    labels = frame[label]
    if labels.dtype.is_float():
        raise TaskError(
            f"{file.name}: column {label} holds numbers with a point, and a label is a class: text, or a whole number; "
            "convert it"
        )
    texts = frame[text].cast(import_extra("polars").String).to_list()
    return LabelledTexts(
        texts, labels.to_numpy() if labels.dtype.is_integer() else np.array(labels.to_list(), dtype=str)
    )


def read_tables(files: tuple[Path, ...]) -> LabelledTexts:
    """The rows of all files, one after the other."""
    tables = [read_table(file) for file in files]
    return LabelledTexts(
        [text for table in tables for text in table.texts], np.concatenate([each.labels for each in tables])
    )


def find_tables(name: str) -> DataFiles:
    """The parquet files of a sub-folder of the data folder. Raises TaskError or UnknownName, with the way out."""
    folder = data_folder()
    if folder is None:
        raise TaskError(
            f"data={name} needs a data folder, and none is set: give --data-dir FOLDER, or set {VARIABLE}=FOLDER, "
            f"where FOLDER/{name} holds train*.parquet; or name one table, file=PATH"
        )
    if not (folder / name).is_dir():
        raise UnknownName("data set", name, {path.name for path in folders_of(folder)})
    found = data_files(folder / name)
    if found.classes:
        raise TaskError(f"{folder / name} holds image files; texts are in train*.parquet, or in one table, file=PATH")
    return found


def _read_frame(file: Path) -> Any:
    polars = import_extra("polars")
    kind = file.suffix.lower()
    if kind not in (".csv", ".tsv", ".parquet"):
        raise TaskError(f"{file.name} is no table: its name must end with .csv, .tsv or .parquet; rename or convert it")
    try:
        if kind == ".parquet":
            return polars.read_parquet(file, glob=False, hive_partitioning=False)
        separator = "\t" if kind == ".tsv" else ","
        return polars.read_csv(file, separator=separator, infer_schema=False, glob=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        first = str(error).partition("\n")[0]
        way = (
            "write the table anew" if kind == ".parquet" else "write the table anew, in UTF-8 and with quotes in pairs"
        )
        raise TaskError(f"{file.name} cannot be read as {kind[1:]}: {first}; {way}") from error


def _find_column(file: Path, frame: Any, wanted: tuple[str, ...]) -> str:
    by_name = {name.strip().lower(): name for name in reversed(frame.columns)}
    found = next((by_name[name] for name in wanted if name in by_name), None)
    if found is None:
        raise TaskError(
            f"{file.name} needs a column {' or '.join(wanted)}, but has {', '.join(map(repr, frame.columns))}; "
            "rename the column that is meant, in the first line"
        )
    twins = [name for name in frame.columns if name.strip().lower().partition("_duplicated_")[0] == found.lower()]
    if len(twins) > 1:
        raise TaskError(
            f"{file.name} has {len(twins)} columns {found}, and it is not known which is meant; rename the others, in "
            "the first line"
        )
    return found
