"""What one store holds, taken into another."""

from pathlib import Path
from typing import NamedTuple

from ..errors import StoreError
from ..spec import Record, counted
from ._sqlite import Store

AT_ONCE = 100  # records that are written as one
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
    as it is here. Raises StoreError where something is damaged; what was taken in before stays.
    """
    added = same = 0
    different: list[str] = []
    for other in others:
        if other.path.resolve() == into.path.resolve():
            raise StoreError(f"{other.path} cannot be merged into itself; name another store")
        keys = other.record_keys()
        for start in range(0, len(keys), AT_ONCE):
            theirs = other.get(keys[start : start + AT_ONCE])
            own = into.get(theirs)
            new = [record for key, record in theirs.items() if key not in own]
            into.add_all([(record, _arrays_of(record, other)) for record in new])
            unlike = [key for key, record in own.items() if _numbers(record) != _numbers(theirs[key])]
            different += unlike
            added, same = added + len(new), same + len(own) - len(unlike)
        _merge_notes(into, other)
    return StoreMerge(into.path, added, same, tuple(dict.fromkeys(different)))


def _arrays_of(record: Record, store: Store) -> dict[str, bytes]:
    key = record.trial.key
    return {name: store.array(key, name) for name in store.array_names(key)}


def _numbers(record: Record) -> dict[str, object]:
    """A record without what two runs of one trial may differ in."""
    return {name: value for name, value in record.to_dict().items() if name not in TOLD}


def _merge_notes(into: Store, other: Store) -> None:
    """Studies by the time they were last run, standings at rungs, range tests, programs of tasks."""
    known = {(stored.study, stored.data) for stored in into.studies()}
    fresh = [stored for stored in other.studies() if (stored.study, stored.data) not in known]
    if fresh:
        for stored in sorted([*into.studies(), *fresh], key=lambda stored: stored.date):
            into.add_study(stored)
    theirs = other.standings(other.noted_standings())
    own = into.standings(theirs)
    into.add_standings(standing for key, standing in theirs.items() if key not in own)
    tests = into.range_tests()
    for key, test in other.range_tests().items():
        if key not in tests:
            into.add_range_test(key, test)
    for stored in fresh:
        program = other.program(stored.data)
        if program and not into.program(stored.data):
            into.add_program(stored.data, program)
