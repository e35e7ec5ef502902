"""What one store holds, taken into another."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from ..errors import StoreError
from ..spec import Record, counted
from ._rows import insert_program, insert_range_test, insert_record, insert_standings, insert_study
from ._sqlite import Store

AT_ONCE = 100  # records that are read at once
TOLD = {"train_seconds", "evaluate_seconds", "provenance"}  # of two runs of one trial these differ, and mean nothing


class StoreMerge(NamedTuple):
    """What came of merging stores.

    path: the store that took the others in. added: records that it lacked. same: those it had with the same numbers,
    whatever the times and machines. different: keys of trials of which the two have different numbers.
    """

    path: Path
    added: int
    same: int
    different: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{counted(self.added, 'record')} added to {self.path}, {self.same} were there with the same numbers"]
        if self.different:
            lines.append(
                f"{counted(len(self.different), 'trial')} with different numbers, of which {self.path} keeps its own; "
                f"`lrlab store forget KEY` has one trained again:"
            )
            lines += [f"- {key}" for key in self.different]
        return "\n".join(lines)


def merge_stores(into: Store, others: list[Store]) -> StoreMerge:
    """Take into a store what others hold: records it lacks, with their arrays, and what is noted beside them.

    A trial that both have counts as the same where all but times and provenance is equal; else it is named, and stays
    as it is here. One of another version of a class of the user's own is passed by, with a LabWarning. What a store
    holds goes in as one: where something of it is damaged, or the merging is stopped, nothing of it does, and what came
    of the stores before it stays. Raises StoreError.
    """
    added = same = 0
    different: list[str] = []
    for other in others:
        if other.path.resolve() == into.path.resolve():
            raise StoreError(f"{other.path} cannot be merged into itself; name another store")
        counts = _take_in(into, other)
        added, same = added + counts.added, same + counts.same
        different += counts.different
    return StoreMerge(into.path, added, same, tuple(dict.fromkeys(different)))


class _Counts(NamedTuple):
    added: int
    same: int
    different: list[str]


def _take_in(into: Store, other: Store) -> _Counts:
    """Records and notes of one store, in one transaction: records without their study would be of none, and swept."""
    counts: list[_Counts] = []

    def insert(database: sqlite3.Connection) -> None:
        counts.append(_merge_records(database, into, other))
        _merge_notes(database, into, other)

    into.change(insert)
    return counts[-1]


def _merge_records(database: sqlite3.Connection, into: Store, other: Store) -> _Counts:
    """The records, with their arrays. database: the file of the store that takes them in."""
    added = same = 0
    different: list[str] = []
    keys = other.record_keys()
    for start in range(0, len(keys), AT_ONCE):
        theirs = other.get(keys[start : start + AT_ONCE])
        own = into.get(theirs)
        new = [record for key, record in theirs.items() if key not in own]
        for record in new:
            insert_record(database, record.trial.key, record.to_json(), _arrays_of(record, other))
        unlike = [key for key, record in own.items() if _numbers(record) != _numbers(theirs[key])]
        different += unlike
        added, same = added + len(new), same + len(own) - len(unlike)
    return _Counts(added, same, different)


def _arrays_of(record: Record, store: Store) -> dict[str, bytes]:
    key = record.trial.key
    return {name: store.array(key, name) for name in store.array_names(key)}


def _numbers(record: Record) -> dict[str, object]:
    """A record without what two runs of one trial may differ in."""
    return {name: value for name, value in record.to_dict().items() if name not in TOLD}


def _merge_notes(database: sqlite3.Connection, into: Store, other: Store) -> None:
    """Studies by the time they were last run, standings at rungs, range tests, programs of tasks."""
    own = into.studies()
    known = {stored.identity for stored in own}
    fresh = [stored for stored in other.studies() if stored.identity not in known]
    if fresh:
        for stored in sorted([*own, *fresh], key=lambda stored: stored.date):
            insert_study(database, stored.values)
    theirs = other.standings(other.noted_standings())
    there = into.standings(theirs)
    insert_standings(database, {key: standing.to_json() for key, standing in theirs.items() if key not in there})
    tests = into.range_tests()
    for key, test in other.range_tests().items():
        if key not in tests:
            insert_range_test(database, key, test.to_json())
    for stored in fresh:
        program = other.program(stored.data)
        if program and not into.program(stored.data):
            insert_program(database, stored.data, program)
