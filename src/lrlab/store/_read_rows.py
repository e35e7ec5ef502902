"""Records and arrays of rows, each held to its digest; an error names the trial of one that is not what was written."""

import shlex
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import StoreError
from ..spec import Record, RecordReader, own_classes
from ._pack import Unreadable, bytes_of, text_of
from ._questions import AT_ONCE
from ._rows import digest
from ._texts import changed_classes, missing_class

Row = tuple[Any, ...]  # key, value, digest, form


class OtherVersion(NamedTuple):
    """A record that is whole, of a trial with classes of the user's own that are others by now; their names."""

    trial: str
    classes: tuple[str, ...]


def version_of(record: Record | None, text: str, key: str, noted: str | None) -> tuple[str, ...]:
    """The classes of the user's own, by name, that are others now than when a row was written; none where none is.

    Only of a row that is what was written, as its digest says: the key, which says so too, is that of other classes.
    """
    if noted is None or noted != digest(key, text):
        return ()
    if record is None:
        return changed_classes(Record.from_json, text)
    return () if record.trial.key == key else own_classes(record.trial)


def checked_records(rows: Iterable[Row], path: Path) -> Iterator[tuple[str, Record | OtherVersion]]:
    """The records of rows, if they are what was written, by key. Raises StoreError naming the first that is not."""
    reader, remaining = RecordReader(), iter(rows)
    while some := list(islice(remaining, AT_ONCE)):
        texts = [_text_or_none(value, form) for _, value, _, form in some]
        records = reader.read([text or "" for text in texts])
        for (key, _, noted, _), text, record in zip(some, texts, records, strict=True):
            yield key, _checked_record(key, text, noted, record, path)


def _checked_record(
    key: str, text: str | None, noted: str | None, record: Record | None, path: Path
) -> Record | OtherVersion:
    """The record of a row as it was read, if it is what was written. Raises StoreError naming the trial."""
    if text is None:
        raise _damage_error(key, f"record of trial {key}", path)
    whole = noted in (None, digest(key, text))
    if record is not None and record.trial.key == key and whole:
        return record
    classes = version_of(record, text, key, noted)
    if classes:
        return OtherVersion(key, classes)
    missing = missing_class(Record.from_json, text) if record is None and whole else ""
    if missing:
        raise StoreError(f"the record of trial {key} in {path} cannot be read: {missing}")
    if record is None or record.trial.key != key:
        raise _damage_error(key, f"record of trial {key}", path)
    trial = record.trial
    words = f"{trial.arm} at {trial.peak:g}, seed {trial.seed}, of {trial.task}"
    raise _damage_error(key, f"record of trial {key} ({words})", path)


def words_of_versions(classes: tuple[str, ...], key: str, path: Path) -> str:
    """What is said of records of other versions of these classes, of which this trial is one."""
    names = " and ".join(f"`{name}`" for name in classes)
    return (
        f"{path} holds records of another version of {names}, trial {key} among them: the code of your class, or the "
        f"version of Python, was another. They are whole and passed by; give that version back to use them, or take "
        f"them out by their keys:\n  {_forget_command(key, path)}"
    )


def checked_array(database: sqlite3.Connection, row: Row, name: str, path: Path) -> bytes:
    """The array of a row in a database, if it is what was written. Raises StoreError naming the trial."""
    key, value, noted, form = row
    what = f"array {name!r} of trial {key}"
    try:
        npy = bytes_of(value, form, database)
    except (Unreadable, sqlite3.Error):
        raise _damage_error(key, what, path) from None
    if noted not in (None, digest(key, name, npy)):
        raise _damage_error(key, what, path)
    return npy


def _text_or_none(value: object, form: int) -> str | None:
    """The text of a row; None where it cannot be unpacked."""
    try:
        return text_of(value, form)
    except Unreadable:
        return None


def _damage_error(key: str, what: str, path: Path) -> StoreError:
    return StoreError(
        f"the {what} in {path} is not what was written there: the file was damaged or changed. Put a copy of it in its "
        f"place, or forget the trial and run its study again, which trains that one again:\n"
        f"  {_forget_command(key, path)}"
    )


def _forget_command(key: str, path: Path) -> str:
    return f"lrlab store forget {key} --store {shlex.quote(str(path.absolute()))}"
