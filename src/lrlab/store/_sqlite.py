"""Records in one SQLite file. A result is written once; one process writes.

Tables: record (one per trial, by its key), array (what is kept beside a record), plan (every study that was run, with
the fingerprint of its data, newest last), setup (what calibration found, by what was calibrated), stack (which trials
are trained as one, and how), member (the newest stack of each trial), program (of which parts a user's task consists,
by its fingerprint).
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Self

from filelock import FileLock, Timeout

from ..errors import StoreError
from ..spec import Record, Setup, StackPlan, Study

APPLICATION = 0x6C726C62  # "lrlb" in the file's header says whose it is
SCHEMA = 2
TABLES = """
create table record (key text primary key, record text not null, added text not null);
create table array (key text not null references record, name text not null, npy blob not null,
                    primary key (key, name));
create table plan (id integer primary key, name text not null, study text not null, data text not null,
                   request text not null, added text not null);
"""
# Since version 2; a store of version 1 is given these.
STACK_TABLES = """
create table setup (key text primary key, setup text not null, added text not null);
create table stack (key text primary key, plan text not null, added text not null);
create table member (trial text primary key, stack text not null references stack);
"""
# Made where it is first needed: stores of one version may have it or not.
PROGRAM_TABLE = "create table if not exists program (data text primary key, parts text not null, added text not null)"


class Plan(NamedTuple):
    """A study that was run here, the fingerprint of its task's data, and what was asked for in the user's words."""

    study: Study
    data: str
    request: str


class Store:
    """A store opened for reading, or by one process for writing. Use as a context manager.

    Raises StoreError where the file is no store, is missing, cannot be opened, or is being written by another process.
    """

    def __init__(self, path: Path | str, *, write: bool = False) -> None:
        self.path = Path(path)
        self._lock = FileLock(f"{self.path}.lock") if write else None
        self._database = self._open(write)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let others write."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def add(self, record: Record, arrays: Mapping[str, bytes]) -> None:
        """Write a record and its arrays (numpy's file format), whole or not at all. A trial is written once."""
        self.add_all([(record, arrays)])

    def add_all(self, records: Iterable[tuple[Record, Mapping[str, bytes]]]) -> None:
        """Write several records with their arrays, as `add` does: all of them or none."""
        rows = list(records)
        try:
            with self._database:
                for record, arrays in rows:
                    self._insert(record, arrays)
        except sqlite3.IntegrityError:
            keys = ", ".join(record.trial.key for record, _ in rows)
            raise StoreError(f"one of the trials {keys} is already in {self.path}; a result is written once") from None
        except sqlite3.Error as error:
            raise StoreError(f"cannot write to {self.path}: {error}; what was written before stands") from None

    def _insert(self, record: Record, arrays: Mapping[str, bytes]) -> None:
        key = record.trial.key
        self._database.execute("insert into record values (?, ?, ?)", (key, record.to_json(), _now()))
        rows = [(key, name, npy) for name, npy in arrays.items()]
        self._database.executemany("insert into array values (?, ?, ?)", rows)

    def get(self, keys: Iterable[str]) -> dict[str, Record]:
        """The records there are, of those keys."""
        found = {}
        for key in keys:
            row = self._database.execute("select record from record where key = ?", (key,)).fetchone()
            if row is not None:
                found[key] = Record.from_json(row[0])
        return found

    def array(self, key: str, name: str) -> bytes:
        """An array kept beside a record, in numpy's file format."""
        row = self._database.execute("select npy from array where key = ? and name = ?", (key, name)).fetchone()
        if row is None:
            raise StoreError(f"{self.path} holds no array {name!r} for trial {key}")
        return row[0]

    def has_array(self, key: str, name: str) -> bool:
        """Whether such an array is kept beside a record; imported records have fewer than those trained here."""
        query = "select 1 from array where key = ? and name = ?"
        return self._database.execute(query, (key, name)).fetchone() is not None

    def __len__(self) -> int:
        return self._database.execute("select count(*) from record").fetchone()[0]

    def add_plan(self, plan: Plan) -> None:
        """Note a study that is about to be run; the newest is what a report shows."""
        with self._database:
            text = plan.study.to_json()
            self._database.execute("delete from plan where study = ? and data = ?", (text, plan.data))
            values = (plan.study.name, text, plan.data, plan.request, _now())
            self._database.execute(
                "insert into plan (name, study, data, request, added) values (?, ?, ?, ?, ?)", values
            )

    def plans(self) -> list[Plan]:
        """Every study that was run here, oldest first."""
        rows = self._database.execute("select study, data, request from plan order by id").fetchall()
        return [Plan(Study.from_json(study), data, request) for study, data, request in rows]

    def add_program(self, data: str, parts: Mapping[str, str]) -> None:
        """Note what the program of the task with this fingerprint is made of: a hash for each part, by its name."""
        with self._database:
            self._database.execute(PROGRAM_TABLE)
            values = (data, json.dumps(dict(parts), sort_keys=True), _now())
            self._database.execute("insert or replace into program values (?, ?, ?)", values)

    def program(self, data: str) -> dict[str, str]:
        """What `add_program` noted for this fingerprint; nothing where nothing is."""
        if not self._database.execute("select 1 from sqlite_master where name = 'program'").fetchone():
            return {}
        row = self._database.execute("select parts from program where data = ?", (data,)).fetchone()
        return {} if row is None else json.loads(row[0])

    def add_setup(self, key: str, setup: Setup) -> None:
        """Note what calibration found for this key."""
        with self._database:
            self._database.execute("insert or replace into setup values (?, ?, ?)", (key, setup.to_json(), _now()))

    def setup(self, key: str) -> Setup | None:
        """What calibration found for this key; None where it was not asked here."""
        row = self._database.execute("select setup from setup where key = ?", (key,)).fetchone()
        return None if row is None else Setup.from_json(row[0])

    def add_stacks(self, stacks: Iterable[StackPlan]) -> None:
        """Note how trials are about to be trained; a trial belongs to the newest stack it is in."""
        with self._database:
            for stack in stacks:
                self._database.execute(
                    "insert or replace into stack values (?, ?, ?)", (stack.key, stack.to_json(), _now())
                )
                rows = [(trial, stack.key) for trial in stack.trials]
                self._database.executemany("insert or replace into member values (?, ?)", rows)

    def stacks(self, trials: Iterable[str]) -> list[StackPlan]:
        """The stacks these trials (keys) belong to, each once."""
        found: dict[str, StackPlan] = {}
        for trial in trials:
            row = self._database.execute(
                "select stack.key, plan from stack join member on member.stack = stack.key where trial = ?", (trial,)
            ).fetchone()
            if row is not None and row[0] not in found:
                found[row[0]] = StackPlan.from_json(row[1])
        return list(found.values())

    def _open(self, write: bool) -> sqlite3.Connection:
        if not write and not self.path.exists():
            raise StoreError(f"there is no store at {self.path}; `lrlab run demo` makes one, or give another --store")
        try:
            if self._lock is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._lock.acquire(timeout=0)
            database = sqlite3.connect(self.path)
        except Timeout:
            raise StoreError(
                f"{self.path} is being written by another run; wait for it, or give another --store"
            ) from None
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open the store {self.path}: {error}; give another --store") from None
        try:
            self._recognize(database, write)
        except BaseException:
            database.close()
            if self._lock is not None:
                self._lock.release()
            raise
        return database

    def _recognize(self, database: sqlite3.Connection, write: bool) -> None:
        """Make the tables in a new file; refuse a file that is not ours."""
        try:
            application = database.execute("pragma application_id").fetchone()[0]
            schema = database.execute("pragma user_version").fetchone()[0]
            tables = database.execute("select count(*) from sqlite_master").fetchone()[0]
            if write and application == 0 and tables == 0:
                database.execute("pragma journal_mode = wal")
                head = f"pragma application_id = {APPLICATION}; pragma user_version = {SCHEMA};"
                database.executescript(f"begin; {TABLES} {STACK_TABLES} {head} commit;")
                application, schema = APPLICATION, SCHEMA
            if write and application == APPLICATION and schema == 1:
                database.executescript(f"begin; {STACK_TABLES} pragma user_version = {SCHEMA}; commit;")
                schema = SCHEMA
            database.execute("pragma synchronous = normal")
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} is not a store of lrlab: {error}; give another --store") from None
        if application != APPLICATION:
            raise StoreError(f"{self.path} is not a store of lrlab, but another program's file; give another --store")
        if not 1 <= schema <= SCHEMA:
            raise StoreError(
                f"{self.path} has store version {schema}, this lrlab reads 1 to {SCHEMA}; use another --store or lrlab"
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
