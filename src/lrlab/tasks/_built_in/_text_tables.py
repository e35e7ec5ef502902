"""Texts and their labels in CSV, parquet and Arrow files, of the hub too. Loads polars when called."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...errors import TaskError, UnknownName, did_you_mean
from .._decode import import_extra
from .._folder import VARIABLE, DataFiles, data_files, data_folder
from .._hub import fetch
from .._image_files import folders_of
from .._names import HUB
from .._row_files import ARROW, PARQUET, class_names_of, read_rows

TEXT_COLUMNS = ("text", "sentence", "content", "review", "document", "title")
SEPARATORS = {".csv": ",", ".tsv": "\t"}
LABEL_COLUMNS = ("label", "labels", "class", "category", "target", "sentiment")


class LabelledTexts(NamedTuple):
    """Texts, and the label of each: text or whole numbers, (N,). names: of the classes by number, where they are known.

    columns: where they stood, in words.
    """

    texts: list[str]
    labels: np.ndarray
    names: tuple[str, ...] = ()
    columns: str = ""


class Columns(NamedTuple):
    """The columns that a user names; "" where they are to be found."""

    text: str = ""
    label: str = ""


FOUND = Columns()


def read_table(file: Path, columns: Columns = FOUND) -> LabelledTexts:
    """The texts and labels of a file whose name ends with .csv, .tsv, .parquet or .arrow.

    columns: those that are named; else they are the first there are of `TEXT_COLUMNS` and `LABEL_COLUMNS`, whatever
    their case. Raises TaskError where it is no such file, where a column is missing, or a row lacks its text or label.
    """
    frame = _read_frame(file)
    text = _find_column(file, frame, "text", columns.text, TEXT_COLUMNS)
    label = _find_column(file, frame, "label", columns.label, LABEL_COLUMNS)
    for column in (text, label):
        if frame[column].null_count():
            row = frame[column].is_null().arg_max()
            raise TaskError(f"{file.name}: row {row} has no {column}; fill it in, or remove such rows")
    words = f"texts are in column {text}, labels in column {label}"
    names = () if file.suffix.lower() in SEPARATORS else class_names_of(file, label)
    return LabelledTexts(
        _texts_of(file, frame, text), _labels_of(file, frame[label], label, len(names)), names, f"{file.name}: {words}"
    )


def _texts_of(file: Path, frame: Any, column: str) -> list[str]:
    polars = import_extra("polars")
    kind = frame[column].dtype
    if kind not in (polars.String, polars.Categorical, polars.Enum):
        words = [name for name in frame.columns if frame[name].dtype in (polars.String, polars.Categorical)]
        way = f"columns of text are {', '.join(words)}: name one, text={words[0]}" if words else "no column is of text"
        raise TaskError(f"{file.name}: column {column} holds {kind}, and no text; {way}")
    return frame[column].cast(polars.String).to_list()


def _labels_of(file: Path, labels: Any, column: str, classes: int) -> np.ndarray:
    """Labels as whole numbers or text. classes: how many have names; 0: none."""
    polars = import_extra("polars")
    if labels.dtype.is_float():
        raise TaskError(
            f"{file.name}: column {column} holds numbers with a point, and a label is a class: text, or a whole "
            "number; convert it, or name another column, label=NAME"
        )
    if labels.dtype in (polars.List, polars.Struct, polars.Binary) or isinstance(labels.dtype, polars.Array):
        raise TaskError(
            f"{file.name}: column {column} holds {labels.dtype}, and a text has one class here; name another column, "
            "label=NAME, or make a task of your own with objective=MultiLabel()"
        )
    if not labels.dtype.is_integer():
        return np.array(labels.to_list(), dtype=str)
    numbers = labels.to_numpy()
    wrong = (numbers < 0) | (numbers >= classes) if classes else np.zeros(len(numbers), bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise TaskError(
            f"{file.name}: row {row} has {column} {numbers[row]}, but its {classes} classes are 0 .. {classes - 1}; "
            "sets whose test labels are kept secret have -1 there: copy the other files into a sub-folder of the data "
            "folder"
        )
    return numbers


def read_tables(files: tuple[Path, ...], columns: Columns) -> LabelledTexts:
    """The rows of all files, one after the other. Raises TaskError where classes have other names in each."""
    tables = [read_table(file, columns) for file in files]
    if len({(table.names, table.labels.dtype.kind) for table in tables}) > 1:
        named = ", ".join(file.name for file in files)
        raise TaskError(f"{named} have other classes each; write them again with the same ones")
    texts = [text for table in tables for text in table.texts]
    return LabelledTexts(texts, np.concatenate([each.labels for each in tables]), tables[0].names, tables[0].columns)


def find_tables(name: str) -> DataFiles:
    """The parquet files of a sub-folder of the data folder, or of a set on the hub.

    Raises TaskError or UnknownName, with the way out.
    """
    if name.startswith(HUB):
        return fetch(name.removeprefix(HUB))
    folder = data_folder()
    if folder is None:
        raise TaskError(
            f"data={name} needs a data folder, and none is set: give --data-dir FOLDER, or set {VARIABLE}=FOLDER, "
            f"where FOLDER/{name} holds train*.parquet; or name one table, file=PATH, or a set, data=hub:OWNER/NAME"
        )
    if not (folder / name).is_dir():
        raise UnknownName("data set", name, {path.name for path in folders_of(folder)})
    found = data_files(folder / name)
    if found.classes:
        raise TaskError(f"{folder / name} holds image files; texts are in train*.parquet, or in one table, file=PATH")
    return found


def _read_frame(file: Path) -> Any:
    """The table, as polars' frame."""
    polars = import_extra("polars")
    kind = file.suffix.lower()
    if kind in (PARQUET, ARROW):
        return read_rows(file)
    if kind not in SEPARATORS:
        known = ", ".join((*SEPARATORS, PARQUET))
        raise TaskError(f"{file.name} is no table: its name must end with {known} or {ARROW}; rename or convert it")
    try:
        return polars.read_csv(file, separator=SEPARATORS[kind], infer_schema=False, glob=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        first = str(error).partition("\n")[0]
        raise TaskError(
            f"{file.name} cannot be read as {kind[1:]}: {first}; write it again, in UTF-8 and with quotes in pairs"
        ) from error


def _find_column(file: Path, frame: Any, option: str, named: str, wanted: tuple[str, ...]) -> str:
    """The column that is named, or the first there is of those wanted."""
    there = ", ".join(map(repr, frame.columns))
    if named and named not in frame.columns:
        raise TaskError(f"{file.name} has no column {named!r}; {did_you_mean(named, frame.columns)} (columns: {there})")
    if named:
        return named
    by_name = {name.strip().lower(): name for name in reversed(frame.columns)}
    found = next((by_name[name] for name in wanted if name in by_name), None)
    if found is None:
        raise TaskError(
            f"{file.name} needs a column {' or '.join(wanted)}, but has {there}; say which is meant, {option}=NAME, or "
            "rename it"
        )
    twins = [name for name in frame.columns if name.strip().lower().partition("_duplicated_")[0] == found.lower()]
    if len(twins) > 1:
        raise TaskError(
            f"{file.name} has {len(twins)} columns {found}, and it is not known which is meant; rename the others, in "
            "the first line"
        )
    return found
