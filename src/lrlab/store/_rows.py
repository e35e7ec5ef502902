"""The tables of a store, digests of what they hold, and rows taken from one store to another."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ._pack import DEFLATED, LONG, SHARED, deflate

APPLICATION = 0x6C726C62  # "lrlb" in the file's header says whose it is
SCHEMA = 7
TABLES = """
create table record (key text primary key, record text not null, added text not null);
create table array (key text not null references record, name text not null, npy blob not null,
                    primary key (key, name));
create table plan (id integer primary key, name text not null, study text not null, data text not null,
                   request text not null, added text not null);
"""
# What a store of each version lacks to be one of the next.
STEPS = {
    1: """
create table setup (key text primary key, setup text not null, added text not null);
create table stack (key text primary key, plan text not null, added text not null);
create table member (trial text primary key, stack text not null references stack);
""",
    2: """
alter table record add column digest text not null default '';
alter table array add column digest text not null default '';
update record set digest = digest_of(key, record);
update array set digest = digest_of(key, name, npy);
create table program (data text primary key, parts text not null, added text not null);
""",
    3: """
create table failure (trial text primary key, message text not null, traceback text not null, added text not null);
""",
    4: """
create table standing (trial text primary key, standing text not null, added text not null);
""",
    # Rows that are there stay as they are, form 0, so that a large store is not written again by being opened.
    5: """
alter table record add column form integer not null default 0;
alter table record add column arrays text not null default '';
alter table array add column form integer not null default 0;
create table content (digest text primary key, npy blob not null) without rowid;
alter table plan add column digest text not null default '';
alter table setup add column digest text not null default '';
alter table stack add column digest text not null default '';
alter table program add column digest text not null default '';
alter table failure add column digest text not null default '';
alter table standing add column digest text not null default '';
update plan set digest = digest_of(id, name, study, data, request, added);
update setup set digest = digest_of(key, setup);
update stack set digest = digest_of(key, plan);
update program set digest = digest_of(data, parts);
update failure set digest = digest_of(trial, message, traceback, added);
update standing set digest = digest_of(trial, standing);
""",
    6: """
create table range_test (key text primary key, test text not null, added text not null, digest text not null);
""",
}
INSERT_RECORD = "insert into record (key, record, added, digest, form, arrays) values (?, ?, ?, ?, ?, ?)"
INSERT_ARRAY = "insert into array (key, name, npy, digest, form) values (?, ?, ?, ?, ?)"
INSERT_CONTENT = "insert or ignore into content (digest, npy) values (?, ?)"
INSERT_PLAN = "insert into plan (id, name, study, data, request, added, digest) values (?, ?, ?, ?, ?, ?, ?)"
INSERT_SETUP = "insert or replace into setup (key, setup, added, digest) values (?, ?, ?, ?)"
INSERT_STACK = "insert or replace into stack (key, plan, added, digest) values (?, ?, ?, ?)"
INSERT_MEMBER = "insert or replace into member (trial, stack) values (?, ?)"
INSERT_PROGRAM = "insert or replace into program (data, parts, added, digest) values (?, ?, ?, ?)"
INSERT_FAILURE = "insert or replace into failure (trial, message, traceback, added, digest) values (?, ?, ?, ?, ?)"
INSERT_STANDING = "insert or replace into standing (trial, standing, added, digest) values (?, ?, ?, ?)"
INSERT_RANGE_TEST = "insert or replace into range_test (key, test, added, digest) values (?, ?, ?, ?)"
DELETE_FAILURE = "delete from failure where trial = ?"


def make_tables(database: sqlite3.Connection, version: int = 0) -> None:
    """Bring a store of this version to the newest, whole or not at all; 0: nothing is there yet."""
    database.create_function("digest_of", -1, digest, deterministic=True)
    steps = "".join(STEPS[step] for step in range(max(version, 1), SCHEMA))
    head = f"pragma application_id = {APPLICATION}; pragma user_version = {SCHEMA};"
    try:
        database.executescript(f"begin; {'' if version else TABLES} {steps} {head} commit;")
    except sqlite3.Error:
        database.rollback()
        raise


def digest(*parts: str | bytes | int) -> str:
    """SHA-256, in 64 hexadecimal digits, over the parts, each after its length."""
    sha = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode()
        sha.update(len(content).to_bytes(8, "big"))
        sha.update(content)
    return sha.hexdigest()


def insert_study(database: sqlite3.Connection, values: tuple[str, str, str, str, str]) -> None:
    """Write a study (name, study, data, request, time) as the newest; one of the same study and data goes."""
    database.execute("delete from plan where study = ? and data = ?", values[1:3])
    place = database.execute("select coalesce(max(id), 0) + 1 from plan").fetchone()[0]
    database.execute(INSERT_PLAN, (place, *values, digest(place, *values)))


def insert_record(database: sqlite3.Connection, key: str, text: str, arrays: Mapping[str, bytes]) -> None:
    """Write a record and its arrays, packed; what was noted of its failure goes. Raises sqlite3.Error."""
    names = " ".join(sorted(arrays))  # so that one that is missing is missed
    database.execute(INSERT_RECORD, (key, deflate(text.encode()), now(), digest(key, text), DEFLATED, names))
    for name, npy in arrays.items():
        insert_array(database, key, name, npy)
    database.execute(DELETE_FAILURE, (key,))


def insert_array(database: sqlite3.Connection, key: str, name: str, npy: bytes) -> None:
    """Write an array, packed; a long one once for all that are equal. Raises sqlite3.Error."""
    value, form = npy, SHARED
    if len(npy) < LONG:
        value, form = deflate(npy), DEFLATED
    else:
        value = digest(npy)
        there = database.execute("select 1 from content where digest = ?", (value,)).fetchone()
        if there is None:
            database.execute(INSERT_CONTENT, (value, deflate(npy)))
    database.execute(INSERT_ARRAY, (key, name, value, digest(key, name, npy), form))


def insert_standings(database: sqlite3.Connection, texts: Mapping[str, str]) -> None:
    """Note how far trials were measured, by key; what was noted of why they failed goes. Raises sqlite3.Error."""
    rows = [(key, text, now(), digest(key, text)) for key, text in texts.items()]
    database.executemany(INSERT_STANDING, rows)
    database.executemany(DELETE_FAILURE, [(key,) for key in texts])


def insert_range_test(database: sqlite3.Connection, key: str, text: str) -> None:
    """Note a range test, in place of what was noted before. Raises sqlite3.Error."""
    database.execute(INSERT_RANGE_TEST, (key, text, now(), digest(key, text)))


def insert_program(database: sqlite3.Connection, data: str, parts: Mapping[str, str]) -> None:
    """Note what the program of a task with this fingerprint is made of. Raises sqlite3.Error."""
    text = json.dumps(dict(parts), sort_keys=True)
    database.execute(INSERT_PROGRAM, (data, text, now(), digest(data, text)))


COPIED = {
    "content": ("digest, npy", INSERT_CONTENT),
    "record": ("key, record, added, digest, form, arrays", INSERT_RECORD.replace("insert", "insert or ignore", 1)),
    "array": ("key, name, npy, digest, form", INSERT_ARRAY.replace("insert", "insert or ignore", 1)),
    "setup": ("key, setup, added, digest", INSERT_SETUP),
    "stack": ("key, plan, added, digest", INSERT_STACK),
    "member": ("trial, stack", INSERT_MEMBER),
    "program": ("data, parts, added, digest", INSERT_PROGRAM),
    "failure": ("trial, message, traceback, added, digest", INSERT_FAILURE),
    "standing": ("trial, standing, added, digest", INSERT_STANDING),
    "range_test": ("key, test, added, digest", INSERT_RANGE_TEST),
}


def copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Write all that one store of the newest version holds into another; records that are there stay as they are."""
    for table, (columns, insert) in COPIED.items():
        target.executemany(insert, source.execute(f"select {columns} from {table}"))
    target.execute("delete from failure where trial in (select key from record)")
    for values in source.execute("select name, study, data, request, added from plan order by id"):
        insert_study(target, values)


def now() -> str:
    """The time, for people who look into the file."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_whole(row: tuple[Any, ...]) -> bool:
    """Whether a row is what was written: its last column is the digest of the others, or null in an old store."""
    return row[-1] is None or row[-1] == digest(*row[:-1])
