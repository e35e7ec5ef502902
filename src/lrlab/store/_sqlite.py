"""Records in one SQLite file. A result is written once; one process writes.

Tables: record (one per trial, by its key), array (what is kept beside a record), plan (every study that was run, with
the fingerprint of its data, newest last), setup (what calibration found, by what was calibrated), stack (which trials
are trained as one, and how), member (the newest stack of each trial), program (of which parts a user's task consists,
by its fingerprint), failure (why a trial failed the last time; it goes once the trial has ended), standing (what was
measured of a trial up to a rung). Records and arrays carry a digest.
"""

import json
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from ..errors import LabWarning, StoreError
from ..spec import Record, Setup, StackPlan, Standing, Study
from ._disk import Disk
from ._file import ANOTHER, SAVE, open_to_read, try_patiently, usable_path
from ._rows import (
    DELETE_FAILURE,
    INSERT_ARRAY,
    INSERT_FAILURE,
    INSERT_MEMBER,
    INSERT_PROGRAM,
    INSERT_RECORD,
    INSERT_SETUP,
    INSERT_STACK,
    INSERT_STANDING,
    SCHEMA,
    digest,
    insert_study,
    now,
)
from ._texts import missing_class, read_text


class StoredStudy(NamedTuple):
    """A study that was run here.

    data: the fingerprint of its task's data. request: what was asked for, in the user's words; "" where a whole study
    was. date: when it was last run, in ISO 8601 and UTC; filled in when it is noted.
    """

    study: Study
    data: str
    request: str
    date: str = ""


class StoredFailure(NamedTuple):
    """Why a trial failed the last time it was run.

    message: in one line. traceback: where there is one, else "". date: when, in ISO 8601 and UTC.
    """

    message: str
    traceback: str
    date: str


class Store:
    """A store opened for reading, or by one process for writing. Use as a context manager.

    What the disk does not take is held in memory, with a LabWarning, tried again at each later writing, and written
    elsewhere by `close` where the disk still refuses it. A file that is deleted, renamed or replaced meanwhile is
    written again, with a LabWarning that says where.

    Raises StoreError where the file is no store, is missing, is damaged, cannot be opened, or is being written by
    another process.
    """

    def __init__(self, path: Path | str, *, write: bool = False) -> None:
        self._path = usable_path(path)
        self._disk: Disk | None = None
        if write:
            self._disk, self._schema = Disk(self._path), SCHEMA
            return
        if not self._path.exists():
            raise StoreError(f"there is no store at {self._path}; `lrlab run demo` makes one, or {ANOTHER}")
        self._read, self._schema = open_to_read(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(wait=kind is None)

    @property
    def path(self) -> Path:
        """Where the store lies: where it was opened, unless it had to be written again under another name."""
        return self._path if self._disk is None else self._disk.path

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
                _insert_record(database, record, arrays)

        try:
            self._write_change(insert)
        except sqlite3.IntegrityError:
            keys = ", ".join(record.trial.key for record, _ in rows)
            raise StoreError(f"one of the trials {keys} is already in {self.path}; a result is written once") from None
        except (sqlite3.Error, TypeError) as error:
            raise StoreError(f"cannot write to {self.path}: {error}; what was written before stands") from None

    def remove(self, key: str) -> None:
        """Forget a trial, with its arrays, as one that is damaged; the next run of its study trains it again."""

        def delete(database: sqlite3.Connection) -> None:
            database.execute("delete from array where key = ?", (key,))
            database.execute("delete from record where key = ?", (key,))

        self._write_change(delete)

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records there are, of those keys. Raises StoreError naming the first trial whose record is damaged."""
        records = {}
        for key in keys:
            row = self._first_row(
                f"select record, {self._digest_column} from record where key = ?", key, of=f" of trial {key}"
            )
            if row is not None:
                records[key] = self._read_record(key, *row)
        return records

    def array(self, key: str, name: str) -> bytes:
        """An array kept beside a record, in numpy's file format. Raises StoreError where it is missing or damaged."""
        query = f"select npy, {self._digest_column} from array where key = ? and name = ?"
        row = self._first_row(query, key, name, of=f" {name!r} of trial {key}")
        if row is None:
            raise StoreError(f"{self.path} holds no array {name!r} for trial {key}")
        npy, noted = row
        if not isinstance(npy, bytes) or noted not in (None, digest(key, name, npy)):
            raise self._damage_error(key, f"array {name!r} of trial {key}")
        return npy

    def has_array(self, key: str, name: str) -> bool:
        """Whether such an array is kept beside a record; imported records have fewer than those trained here."""
        return self._first_row("select 1 from array where key = ? and name = ?", key, name) is not None

    def __len__(self) -> int:
        return sum(rows[0][0] for rows in self._all_rows("select count(*) from record"))

    def add_study(self, stored: StoredStudy) -> None:
        """Note a study that is about to be run; the newest is what a report shows."""
        study = stored.study
        values = (study.name, study.to_json(), stored.data, stored.request, stored.date or now())
        self._write_change(lambda database: insert_study(database, values))

    def studies(self, *, needed: bool = False) -> list[StoredStudy]:
        """Every study that was run here, oldest first; one that cannot be read is left out, with a LabWarning.

        needed: raise a StoreError that says why where studies are noted, and none of them can be read.
        """
        studies, faults = self._read_studies()
        if needed and faults and not studies:
            raise StoreError(f"{self.path} holds no study that can be read: {faults[-1]}")
        for fault in faults:
            warnings.warn(f"{self.path} notes a study that cannot be read, which is left out: {fault}", LabWarning, 2)
        return studies

    def _read_studies(self) -> tuple[list[StoredStudy], list[str]]:
        """The studies that can be read, and what is wrong with each that cannot; oldest first."""
        held_and_file = self._all_rows("select study, data, request, added, name from plan order by id")
        rows = [row for rows in reversed(held_and_file) for row in rows]  # what is held back came last
        newest = {(text, data): place for place, (text, data, *_) in enumerate(rows)}
        studies, faults = [], []
        for text, data, request, date, name in (rows[place] for place in sorted(newest.values())):
            study = read_text(Study.from_json, text)
            if study is not None:
                studies.append(StoredStudy(study, data, request, date))
            else:
                missing = missing_class(Study.from_json, text)
                faults.append(f"{name}: {missing}" if missing else f"{text!r:.80}; run it again")
        return studies, faults

    def add_program(self, data: str, parts: Mapping[str, str]) -> None:
        """Note what the program of the task with this fingerprint is made of: a hash for each part, by its name."""
        values = (data, json.dumps(dict(parts), sort_keys=True), now())
        self._write_change(lambda database: database.execute(INSERT_PROGRAM, values))

    def program(self, data: str) -> dict[str, str]:
        """What `add_program` noted for this fingerprint; nothing where nothing is, as in stores of earlier versions."""
        row = self._first_row("select parts from program where data = ?", data) if self._schema >= 3 else None
        parts = None if row is None else read_text(json.loads, row[0])
        return parts if isinstance(parts, dict) else {}

    def add_failure(self, trials: Iterable[str], message: str, traceback: str = "") -> None:
        """Note why these trials (keys) failed, in place of what was noted before; it goes once a trial has ended."""
        rows = [(trial, message, traceback, now()) for trial in trials]
        self._write_change(lambda database: database.executemany(INSERT_FAILURE, rows))

    def failures(self, trials: Iterable[str]) -> dict[str, StoredFailure]:
        """Of those trials (keys) that failed the last time and have no record, why; in the order given."""
        failures: dict[str, StoredFailure] = {}
        for trial in trials if self._schema >= 4 else ():
            row = self._first_row("select message, traceback, added from failure where trial = ?", trial)
            if row is not None and self._first_row("select 1 from record where key = ?", trial) is None:
                failures[trial] = StoredFailure(*row)
        return failures

    def add_standings(self, standings: Iterable[Standing]) -> None:
        """Note how far trials were measured up to a rung, in place of what was noted before."""
        rows = [(standing.trial, standing.to_json(), now()) for standing in standings]
        self._write_change(lambda database: database.executemany(INSERT_STANDING, rows))

    def standings(self, trials: Iterable[str]) -> dict[str, Standing]:
        """How far those trials (keys) were measured that came to a rung; one that cannot be read is none."""
        found: dict[str, Standing] = {}
        for trial in trials if self._schema >= 5 else ():
            row = self._first_row("select standing from standing where trial = ?", trial)
            standing = None if row is None else read_text(Standing.from_json, row[0])
            if standing is not None:
                found[trial] = standing
        return found

    def add_setup(self, key: str, setup: Setup) -> None:
        """Note what calibration found for this key."""
        values = (key, setup.to_json(), now())
        self._write_change(lambda database: database.execute(INSERT_SETUP, values))

    def setup(self, key: str) -> Setup | None:
        """What calibration found for this key; None where it was not asked here, or cannot be read."""
        row = self._first_row("select setup from setup where key = ?", key)
        return None if row is None else read_text(Setup.from_json, row[0])

    def add_stacks(self, stacks: Iterable[StackPlan]) -> None:
        """Note how trials are about to be trained; a trial belongs to the newest stack it is in."""
        plans = [(stack.key, stack.to_json(), now()) for stack in stacks]
        members = [(trial, stack.key) for stack in stacks for trial in stack.trials]

        def insert(database: sqlite3.Connection) -> None:
            database.executemany(INSERT_STACK, plans)
            database.executemany(INSERT_MEMBER, members)

        self._write_change(insert)

    def stacks(self, trials: Iterable[str]) -> list[StackPlan]:
        """The stacks these trials (keys) belong to, each once; one that cannot be read is none."""
        stacks: dict[str, StackPlan] = {}
        for trial in trials:
            row = self._first_row(
                "select stack.key, plan from stack join member on member.stack = stack.key where trial = ?", trial
            )
            if row is not None and row[0] not in stacks:
                stack = read_text(StackPlan.from_json, row[1])
                if stack is not None:
                    stacks[row[0]] = stack
        return list(stacks.values())

    def wanted(self, stack: str) -> bool | None:
        """Whether a stack (its key) has trials that still belong to it and have no record; None: it is not noted.

        So has one from which another begins that is wanted.
        """
        if self._first_row("select 1 from stack where key = ?", stack) is None:
            return None
        if any(self.wanted(later) for later in self._begun_from(stack)):
            return True
        members = [
            trial for rows in self._all_rows("select trial from member where stack = ?", stack) for (trial,) in rows
        ]
        return any(self._first_row("select 1 from record where key = ?", trial) is None for trial in members)

    def _begun_from(self, stack: str) -> list[str]:
        """The stacks, by key, that begin from this one."""
        query = "select key, plan from stack where plan like ?"
        rows = [row for rows in self._all_rows(query, f'%"begin_from":[%"{stack}"%') for row in rows]
        plans = [(key, read_text(StackPlan.from_json, text)) for key, text in rows]
        return [key for key, plan in plans if plan is not None and stack in plan.begin_from]

    def _write_change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        if self._disk is None:
            raise StoreError(f"{self.path} was opened for reading; open it with write=True")
        self._disk.write(change)

    @property
    def _digest_column(self) -> str:
        """The column of digests; null in a store of an earlier version."""
        return "digest" if self._schema >= 3 else "null"

    def _first_row(self, query: str, *values: str, of: str = "") -> tuple[Any, ...] | None:
        """The first row that a question finds: in what is held back, then in the file."""
        return next((rows[0] for rows in self._all_rows(query, *values, of=of) if rows), None)

    def _all_rows(self, query: str, *values: str, of: str = "") -> list[list[tuple[Any, ...]]]:
        """The rows that a question finds in what is held back, and those in the file."""
        databases = [self._read] if self._disk is None else self._disk.databases
        try:
            return [
                try_patiently(self.path, lambda database=database: database.execute(query, values).fetchall())
                for database in databases
            ]
        except sqlite3.Error as error:
            raise StoreError(f"cannot read {self.path}{of}: {error}; {SAVE}, or {ANOTHER}") from None

    def _read_record(self, key: str, text: object, noted: str | None) -> Record:
        """The record of a row, if it is what was written. Raises StoreError naming the trial."""
        record = read_text(Record.from_json, text)
        whole = isinstance(text, str) and noted in (None, digest(key, text))
        missing = missing_class(Record.from_json, text) if record is None and whole else ""
        if missing:
            raise StoreError(f"the record of trial {key} in {self.path} cannot be read: {missing}")
        if record is None or record.trial.key != key:
            raise self._damage_error(key, f"record of trial {key}")
        if not whole:
            trial = record.trial
            raise self._damage_error(
                key, f"record of trial {key} ({trial.schedule} at {trial.peak:g}, seed {trial.seed}, of {trial.task})"
            )
        return record

    def _damage_error(self, key: str, what: str) -> StoreError:
        place = str(self.path.absolute())
        return StoreError(
            f"the {what} in {self.path} is not what was written there: the file was damaged or changed. Put a copy of "
            f"it in its place, or forget the trial and run its study again, which trains that one anew:\n"
            f'  python -c "from lrlab.store import Store; Store({place!r}, write=True).remove({key!r})"'
        )


def _insert_record(database: sqlite3.Connection, record: Record, arrays: Mapping[str, bytes]) -> None:
    key, text = record.trial.key, record.to_json()
    database.execute(INSERT_RECORD, (key, text, now(), digest(key, text)))
    rows = [(key, name, npy, digest(key, name, npy)) for name, npy in arrays.items()]
    database.executemany(INSERT_ARRAY, rows)
    database.execute(DELETE_FAILURE, (key,))
