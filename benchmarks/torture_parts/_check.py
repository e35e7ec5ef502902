"""What a run left, and whether it is what an uninterrupted run leaves."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from lrlab.store._pack import bytes_of, text_of

from ._runs import RunEnd

TIMES = ("train_seconds", "evaluate_seconds")  # of a record: all else must be equal
STACK = ("stack", "ratio", "left_at")  # of its provenance: other trials beside it change no bit of it
KEPT = {"records.db", "records.db.lock", "page.html", "study.yaml", "own.py"}
KILLED = -9
IN_WORDS = (  # the errors that a full or broken disk may end with
    "cannot open the store",
    "Everything else was shown",
    "stand at a rung that could not be kept",
    "the loop left nothing in run.folder to go on from",
    "which the loop is handed for its checkpoints",
    "records-rescued.db'; mend that and run again",
)
NEVER = ("Traceback", "a fault of lrlab's own", "Fatal Python error", "Segmentation fault")


class Content(NamedTuple):
    """What a store holds, times left out. stacks: with how many others a trial was trained, which may differ.

    by key, records as text, of arrays and standings a digest; how many there are of the rest."""

    records: dict[str, str]
    stacks: dict[str, str]
    arrays: dict[str, str]
    standings: dict[str, str]
    counts: dict[str, int]


def content(path: Path) -> Content:
    """What the file of a store holds, whatever lies beside it; times left out."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
        found = database.execute
        assert found("pragma integrity_check").fetchall() == [("ok",)]
        packed = found("select key, record, form from record").fetchall()
        read = {key: json.loads(text_of(text, form)) for key, text, form in packed}
        packed = found("select key, name, npy, form from array").fetchall()
        arrays = {f"{key} {name}": _digest(bytes_of(npy, form, database)) for key, name, npy, form in packed}
        standings = {key: _digest(text.encode()) for key, text in found("select trial, standing from standing")}
        counts = {table: found(f"select count(*) from {table}").fetchone()[0] for table in ("failure", "plan")}
    stacks = {key: json.dumps([record["provenance"].pop(name) for name in STACK]) for key, record in read.items()}
    records = {key: _without_times(record) for key, record in read.items()}
    return Content(records, stacks, arrays, standings, counts)


def rows(out: str) -> list[dict[str, Any]]:
    """The table of an answer in JSON, seconds left out."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in json.loads(out)["rows"]]


def faults_of_end(end: RunEnd, answer: Any) -> Iterator[str]:
    """What is wrong with how a run ended in which a call had gone wrong. answer: that of one without."""
    if end.code is None:
        yield f"it hung, {end.err[-300:]!r}"
    for words in NEVER:
        if words in end.err and end.code != KILLED:  # a worker that a killed driver was about to start says so
            yield f"it showed {words!r}: {end.err[-600:]!r}"
    if (end.code == 0 or end.out) and (not end.out or rows(end.out) != answer):
        yield "it gave another answer"
    last = end.err.strip().split("\n")[-1]
    if end.code and end.code != KILLED and not any(words in last for words in IN_WORDS):
        yield f"it ended with {end.code}: {last!r}"


def faults_of_store(folder: Path, reference: Content) -> Iterator[str]:
    """What is wrong with what the same command, run again without a fault, has left."""
    left = sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))
    left = [name for name in left if name not in KEPT]
    if left:
        yield f"left behind: {left}"
    try:
        there = content(folder / "records.db")
    except (sqlite3.Error, AssertionError) as error:
        yield f"the store cannot be read: {error!r}"
        return
    yield from _differences(there, reference)


def is_restacked(folder: Path, reference: Content) -> bool:
    """Whether some trials were trained beside others than in a run without a fault."""
    try:
        return content(folder / "records.db").stacks != reference.stacks
    except (sqlite3.Error, AssertionError):
        return False


def _differences(there: Content, reference: Content) -> Iterator[str]:
    """In what two stores differ, except for stacks."""
    for name, own in there._asdict().items():
        expected = own if name == "stacks" else getattr(reference, name)
        missing, more = sorted(expected.keys() - own.keys()), sorted(own.keys() - expected.keys())
        other = sorted(key for key in own.keys() & expected.keys() if own[key] != expected[key])
        if missing or more or other:
            fields = {field for key in other for field in _fields_apart(own[key], expected[key])}
            yield f"{name}: missing {missing}, too many {more}, different {other} {sorted(fields)}"


def _fields_apart(one: str, other: str) -> list[str]:
    """The fields, with both values, in which two records differ; of what is not a record none."""
    if not str(one).startswith("{"):
        return []
    left, right = json.loads(one), json.loads(other)
    return [f"{name}: {left[name]} is not {right[name]}"[:300] for name in left if left[name] != right.get(name)]


def _without_times(record: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in record.items() if name not in TIMES}, sort_keys=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
