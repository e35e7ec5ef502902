"""The tables of a store, digests of what they hold, and rows taken from one store to another."""

import hashlib
import sqlite3
from datetime import UTC, datetime

APPLICATION = 0x6C726C62  # "lrlb" in the file's header says whose it is
SCHEMA = 5
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
}
INSERT_RECORD = "insert into record values (?, ?, ?, ?)"
INSERT_ARRAY = "insert into array values (?, ?, ?, ?)"
INSERT_PLAN = "insert into plan (name, study, data, request, added) values (?, ?, ?, ?, ?)"
INSERT_SETUP = "insert or replace into setup values (?, ?, ?)"
INSERT_STACK = "insert or replace into stack values (?, ?, ?)"
INSERT_MEMBER = "insert or replace into member values (?, ?)"
INSERT_PROGRAM = "insert or replace into program values (?, ?, ?)"
INSERT_FAILURE = "insert or replace into failure values (?, ?, ?, ?)"
INSERT_STANDING = "insert or replace into standing values (?, ?, ?)"
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


def digest(*parts: str | bytes) -> str:
    """SHA-256, in 64 hexadecimal digits, over the parts, each after its length."""
    sha = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        sha.update(len(content).to_bytes(8, "big"))
        sha.update(content)
    return sha.hexdigest()


def insert_study(database: sqlite3.Connection, values: tuple[str, str, str, str, str]) -> None:
    """Write a study (name, study, data, request, time) as the newest; one of the same study and data goes."""
    database.execute("delete from plan where study = ? and data = ?", values[1:3])
    database.execute(INSERT_PLAN, values)


def copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Write all that one store holds into another; records that are there stay as they are."""
    for table, insert in (
        ("record", INSERT_RECORD.replace("insert", "insert or ignore", 1)),
        ("array", INSERT_ARRAY.replace("insert", "insert or ignore", 1)),
        ("setup", INSERT_SETUP),
        ("stack", INSERT_STACK),
        ("member", INSERT_MEMBER),
        ("program", INSERT_PROGRAM),
        ("failure", INSERT_FAILURE),
        ("standing", INSERT_STANDING),
    ):
        target.executemany(insert, source.execute(f"select * from {table}"))
    target.execute("delete from failure where trial in (select key from record)")
    for values in source.execute("select name, study, data, request, added from plan order by id"):
        insert_study(target, values)


def now() -> str:
    """The time, for people who look into the file."""
    return datetime.now(UTC).isoformat(timespec="seconds")
