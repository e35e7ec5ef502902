"""Records in one SQLite file. A result is written once; one process writes.

Tables: record (one per trial, by its key), array (what is kept beside a record), plan (every study that was run, with
the fingerprint of its data, newest last), setup (what calibration found, by what was calibrated), stack (which trials
are trained as one, and how), member (the newest stack of each trial), program (of which parts a user's task consists,
by its fingerprint), failure (why a trial failed the last time; it goes once the trial has ended), standing (what was
measured of a trial up to a rung), range_test (the newest of a task, optimizer and batch size). Records and arrays carry
a digest.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Self

from ..errors import StoreError, warn_caller
from ..spec import RangeTest, Record, Setup, StackPlan, Standing
from ._collecting import collector_paused
from ._disk import DatabaseChange, Disk
from ._file import open_to_read, usable_path
from ._noted_studies import UnreadStudy, read_studies
from ._questions import AT_ONCE, OpenedFile, Questions
from ._read_rows import OtherVersion, checked_array, checked_records, words_of_versions
from ._rows import (
    INSERT_FAILURE,
    INSERT_MEMBER,
    INSERT_SETUP,
    INSERT_STACK,
    SCHEMA,
    digest,
    insert_program,
    insert_range_test,
    insert_record,
    insert_standings,
    insert_study,
    is_whole,
    now,
)
from ._stored import StoredFailure, StoredStudy
from ._texts import read_text


class Store:
    """A store opened for reading, or by one process for writing. Use as a context manager.

    What is added and the disk does not take is held in memory, with a LabWarning, tried again at each later writing,
    and written elsewhere by `close` where the disk still refuses it. A file that is deleted, renamed or replaced
    meanwhile is written again, with a LabWarning that says where.

    Raises StoreError where the file is no store, is missing, is damaged, cannot be opened, or is being written by
    another process.
    """

    def __init__(self, path: Path | str, *, write: bool = False) -> None:
        self._path = usable_path(path)
        self._disk: Disk | None = None
        self._told = set[UnreadStudy | tuple[str, ...]]()  # what a warning said is left out: studies, classes
        self._seen = dict[str, Record]()  # what was read by the one who writes: nobody else changes it
        if write:
            self._disk, self._schema = Disk(self._path), SCHEMA
            self._rows = Questions(self._disk)
            return
        self._read, self._schema = open_to_read(self._path)
        self._rows = Questions(OpenedFile(self._path, self._read))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(wait=kind is None)

    @property
    def path(self) -> Path:
        """Where the store lies: where it was opened, unless it had to be written again under another name."""
        return self._path if self._disk is None else self._disk.path

    @property
    def behind(self) -> bool:
        """Whether something is held in memory that the disk did not take."""
        return self._disk is not None and self._disk.behind

    def close(self, wait: bool = True) -> None:
        """Write what was held back, close the file and let others write.

        wait: for minutes, where another program holds the file. Raises StoreError where records could be written
        nowhere.
        """
        if self._disk is None:
            self._read.close()
        else:
            self._disk.close(wait)

    def add(self, record: Record, arrays: Mapping[str, bytes]) -> None:
        """Write a record and its arrays (numpy's file format), whole or not at all. A trial is written once."""
        self.add_all([(record, arrays)])

    def add_all(self, records: Iterable[tuple[Record, Mapping[str, bytes]]]) -> None:
        """Write several records with their arrays, as `add` does: all of them or none."""
        rows = list(records)

        def insert(database: sqlite3.Connection) -> None:
            for record, arrays in rows:
                insert_record(database, record.trial.key, record.to_json(), arrays)

        try:
            self._write_change(insert)
        except sqlite3.IntegrityError:
            keys = ", ".join(record.trial.key for record, _ in rows)
            raise StoreError(f"one of the trials {keys} is already in {self.path}; a result is written once") from None
        except (sqlite3.Error, TypeError) as error:
            raise StoreError(f"cannot write to {self.path}: {error}; what was written before stands") from None

    def remove(self, *keys: str) -> None:
        """Forget trials, with all that is noted of them; the next run of their study trains them again.

        Raises StoreError where the file cannot be written: then none is forgotten.
        """

        def delete(database: sqlite3.Connection) -> None:
            for table, column in (("array", "key"), ("record", "key"), ("failure", "trial"), ("standing", "trial")):
                database.executemany(f"delete from {table} where {column} = ?", [(key,) for key in keys])

        self._change_file(delete, "no trial is forgotten; end the program that holds it, or free some space")
        for key in keys:
            self._seen.pop(key, None)

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records there are, of those keys. Raises StoreError naming the first trial whose record is damaged.

        Those of another version of a class of the user's own are passed by, which a LabWarning says once.
        """
        wanted = list(keys)
        found = self._read_records(key for key in wanted if key not in self._seen)
        records = {key: record for key, record in found.items() if isinstance(record, Record)}
        for key, other in found.items():
            if isinstance(other, OtherVersion) and other.classes not in self._told:
                self._told.add(other.classes)
                warn_caller(words_of_versions(other.classes, key, self.path))
        if self._disk is not None:
            self._seen |= records
        return {key: found for key in wanted if (found := self._seen.get(key) or records.get(key))}

    def other_versions(self, keys: Iterable[str]) -> set[str]:
        """Which of those trials (keys) have a record of another version of a class of the user's own."""
        found = self._read_records(key for key in keys if key not in self._seen)
        return {key for key, record in found.items() if isinstance(record, OtherVersion)}

    def _read_records(self, keys: Iterable[str]) -> dict[str, Record | OtherVersion]:
        columns = f"key, record, {self._digest_column}, {self._form_column}"
        rows = self._rows.by_key(f"select {columns} from record where key in (?)", keys)
        with collector_paused():
            return dict(checked_records(rows, self.path))

    def array(self, key: str, name: str) -> bytes:
        """An array kept beside a record, in numpy's file format. Raises StoreError where it is missing or damaged."""
        query = f"select key, npy, {self._digest_column}, {self._form_column} from array where key = ? and name = ?"
        found = self._rows.first_in(query, key, name, of=f" {name!r} of trial {key}")
        if found is None:
            raise StoreError(f"{self.path} holds no array {name!r} for trial {key}")
        return checked_array(*found, name, self.path)

    def arrays(self, keys: Iterable[str], name: str) -> Iterator[bytes | None]:
        """The array of this name beside each of these records, in their order, read many at once; None: it has none.

        Raises StoreError at the first that is damaged.
        """
        columns = f"key, npy, {self._digest_column}, {self._form_column}"
        query, remaining = f"select {columns} from array where name = ? and key in (?)", iter(keys)
        while some := list(islice(remaining, AT_ONCE)):
            found = {row[0]: (database, row) for database, row in self._rows.by_key_in(query, some, name)}
            for key in some:
                yield checked_array(*found[key], name, self.path) if key in found else None

    def has_array(self, key: str, name: str) -> bool:
        """Whether such an array is kept beside a record; imported records have fewer than those trained here."""
        return self._rows.first("select 1 from array where key = ? and name = ?", key, name) is not None

    def array_names(self, key: str) -> list[str]:
        """The names of the arrays kept beside a record, in order."""
        return sorted(
            {name for rows in self._rows.all("select name from array where key = ?", key) for (name,) in rows}
        )

    def __len__(self) -> int:
        return sum(rows[0][0] for rows in self._rows.all("select count(*) from record"))

    def record_keys(self) -> list[str]:
        """The keys of all trials that have a record, in the order in which they were written."""
        held_and_file = self._rows.all("select key from record order by rowid")
        return list(dict.fromkeys(key for rows in reversed(held_and_file) for (key,) in rows))

    def add_study(self, stored: StoredStudy) -> None:
        """Note a study that is about to be run; the newest is what a report shows."""
        values = stored.values
        self._write_change(lambda database: insert_study(database, values))

    def studies(self, *, needed: bool = False) -> list[StoredStudy]:
        """Every study that was run here, oldest first; one that cannot be read is left out, with a LabWarning, once.

        needed: raise a StoreError that says why where studies are noted, and none of them can be read.
        """
        noted = self.noted_studies()
        studies = [each for each in noted if isinstance(each, StoredStudy)]
        unread = [each for each in noted if isinstance(each, UnreadStudy)]
        if needed and unread and not studies:
            raise StoreError(f"{self.path} holds no study that can be read: {unread[-1].words}")
        for each in unread:
            if each not in self._told:
                self._told.add(each)
                warn_caller(f"{self.path} notes a study that cannot be read, which is left out: {each.words}")
        return studies

    def noted_studies(self) -> list[StoredStudy | UnreadStudy]:
        """Every study that was run here, oldest first, and in its place what there is of one that cannot be read."""
        held_and_file = self._rows.all(
            f"select study, data, request, added, name, id, {self._noted} from plan order by id"
        )
        return read_studies([row for rows in reversed(held_and_file) for row in rows])  # what is held back came last

    def add_program(self, data: str, parts: Mapping[str, str]) -> None:
        """Note what the program of the task with this fingerprint is made of: a hash for each part, by its name."""
        self._write_change(lambda database: insert_program(database, data, parts))

    def program(self, data: str) -> dict[str, str]:
        """What `add_program` noted for this fingerprint; nothing where nothing is, as in stores of earlier versions."""
        query = f"select data, parts, {self._noted} from program where data = ?"
        row = self._rows.first(query, data) if self._schema >= 3 else None
        parts = None if row is None or not is_whole(row) else read_text(json.loads, row[1])
        return parts if isinstance(parts, dict) else {}

    def add_failure(self, trials: Iterable[str], message: str, traceback: str = "") -> None:
        """Note why these trials (keys) failed, in place of what was noted before; it goes once a trial has ended."""
        date = now()
        rows = [(key, message, traceback, date, digest(key, message, traceback, date)) for key in trials]
        self._write_change(lambda database: database.executemany(INSERT_FAILURE, rows))

    def failures(self, trials: Iterable[str]) -> dict[str, StoredFailure]:
        """Of those trials (keys) that failed the last time and have no record, why; in the order given."""
        wanted = list(trials) if self._schema >= 4 else []
        query = f"select trial, message, traceback, added, {self._noted} from failure where trial in (?)"
        noted = {row[0]: row for row in self._rows.by_key(query, wanted) if is_whole(row)}
        ended = self.ended(noted)
        return {key: StoredFailure(*noted[key][1:4]) for key in wanted if key in noted and key not in ended}

    def ended(self, trials: Iterable[str]) -> set[str]:
        """Which of the trials (keys) have a record, whether or not it can be read."""
        return {key for (key,) in self._rows.by_key("select key from record where key in (?)", trials)}

    def add_standings(self, standings: Iterable[Standing]) -> None:
        """Note how far trials were measured up to a rung, in place of what was noted before, and of why they failed."""
        texts = {standing.trial: standing.to_json() for standing in standings}
        self._write_change(lambda database: insert_standings(database, texts))

    def standings(self, trials: Iterable[str]) -> dict[str, Standing]:
        """How far those trials (keys) were measured that came to a rung; one that cannot be read is none."""
        query = f"select trial, standing, {self._noted} from standing where trial in (?)"
        rows = self._rows.by_key(query, trials if self._schema >= 5 else ())
        found = {row[0]: read_text(Standing.from_json, row[1]) for row in rows if is_whole(row)}
        return {key: standing for key, standing in found.items() if standing is not None and standing.trial == key}

    def noted_standings(self) -> list[str]:
        """The trials (keys) of which it is noted how far they were measured."""
        rows = self._rows.all("select trial from standing") if self._schema >= 5 else []
        return list(dict.fromkeys(trial for some in rows for (trial,) in some))

    def add_range_test(self, key: str, test: RangeTest) -> None:
        """Note a range test under this key, in place of what was noted before."""
        text = test.to_json()
        self._write_change(lambda database: insert_range_test(database, key, text))

    def range_tests(self) -> dict[str, RangeTest]:
        """The range tests that are noted, by key; one that cannot be read is none."""
        held_and_file = self._rows.all("select key, test, digest from range_test") if self._schema >= 7 else []
        rows = [row for rows in reversed(held_and_file) for row in rows if is_whole(row)]
        tests = {key: read_text(RangeTest.from_json, text) for key, text, _ in rows}
        return {key: test for key, test in tests.items() if test is not None}

    def add_setup(self, key: str, setup: Setup) -> None:
        """Note what calibration found for this key."""
        text = setup.to_json()
        values = (key, text, now(), digest(key, text))
        self._write_change(lambda database: database.execute(INSERT_SETUP, values))

    def setup(self, key: str) -> Setup | None:
        """What calibration found for this key; None where it was not asked here, or cannot be read."""
        row = self._rows.first(f"select key, setup, {self._noted} from setup where key = ?", key)
        return None if row is None or not is_whole(row) else read_text(Setup.from_json, row[1])

    def add_stacks(self, stacks: Iterable[StackPlan]) -> None:
        """Note how trials are about to be trained; a trial belongs to the newest stack it is in."""
        texts = [(stack, stack.to_json()) for stack in stacks]
        plans = [(stack.key, text, now(), digest(stack.key, text)) for stack, text in texts]
        members = [(trial, stack.key) for stack, _ in texts for trial in stack.trials]

        def insert(database: sqlite3.Connection) -> None:
            database.executemany(INSERT_STACK, plans)
            database.executemany(INSERT_MEMBER, members)

        self._write_change(insert)

    def stacks(self, trials: Iterable[str]) -> list[StackPlan]:
        """The stacks these trials (keys) belong to, each once; one that cannot be read is none."""
        wanted = list(trials)
        member = dict(self._rows.by_key("select trial, stack from member where trial in (?)", wanted))
        query = f"select key, plan, {self._noted} from stack where key in (?)"
        keys = dict.fromkeys(member[trial] for trial in wanted if trial in member)
        rows = {row[0]: row for row in self._rows.by_key(query, keys) if is_whole(row)}
        plans = {key: read_text(StackPlan.from_json, rows[key][1]) for key in keys if key in rows}
        mine = {stack for trial, stack in member.items() if (plan := plans.get(stack)) and trial in plan.trials}
        return [plan for key, plan in plans.items() if plan is not None and key in mine]

    def planned(self) -> list[str]:
        """The trials (keys) that are noted as belonging to a stack and have no record."""
        keys = (
            [key for rows in self._rows.all("select trial from member") for (key,) in rows] if self._schema >= 2 else []
        )
        ended = self.ended(keys)
        return [key for key in dict.fromkeys(keys) if key not in ended]

    def forget_plans(self, trials: Iterable[str]) -> None:
        """Let these trials (keys) belong to no stack. Raises StoreError."""
        rows = [(key,) for key in trials]
        self.change(lambda database: database.executemany("delete from member where trial = ?", rows))

    def wanted(self, stack: str) -> bool | None:
        """Whether a stack (its key) has trials that still belong to it and have no record; None: it is not noted.

        So has one from which another begins that is wanted.
        """
        if self._rows.first("select 1 from stack where key = ?", stack) is None:
            return None
        waiting, seen = [stack], {stack}  # of stacks that begin from one another in a circle, each is looked at once
        while waiting:
            one = waiting.pop()
            members = [
                key for rows in self._rows.all("select trial from member where stack = ?", one) for (key,) in rows
            ]
            if not self.ended(members).issuperset(members):
                return True
            later = set(self._begun_from(one)) - seen
            waiting += later
            seen |= later
        return False

    def _begun_from(self, stack: str) -> list[str]:
        """The stacks, by key, that begin from this one."""
        query = f"select key, plan, {self._noted} from stack where plan like ?"
        rows = [row for rows in self._rows.all(query, f'%"begin_from":[%"{stack}"%') for row in rows if is_whole(row)]
        plans = [(key, read_text(StackPlan.from_json, text)) for key, text, _ in rows]
        return [key for key, plan in plans if plan is not None and stack in plan.begin_from]

    def change(self, change: DatabaseChange) -> None:
        """Make a change in the file of the store, as whoever tidies it up needs. Raises StoreError."""
        self._seen.clear()
        self._change_file(change, "what was written before stands")

    def _change_file(self, change: DatabaseChange, stands: str) -> None:
        """Make a change of what the file holds, in the file alone. stands: what is so where that cannot be."""
        try:
            self._write_change(change, hold=False)
        except sqlite3.Error as error:
            raise StoreError(f"cannot write to {self.path}: {error}; {stands}") from None

    def _write_change(self, change: DatabaseChange, *, hold: bool = True) -> None:
        if self._disk is None:
            raise StoreError(f"{self.path} was opened for reading; open it with write=True")
        self._disk.write(change, hold=hold)

    @property
    def _digest_column(self) -> str:
        """The column of digests of records and arrays; null in a store of an earlier version."""
        return "digest" if self._schema >= 3 else "null"

    @property
    def _noted(self) -> str:
        """The column of digests of all else; null in a store of an earlier version."""
        return "digest" if self._schema >= 6 else "null"

    @property
    def _form_column(self) -> str:
        """How a value lies there; as it is, in a store of an earlier version."""
        return "form" if self._schema >= 6 else "0"
