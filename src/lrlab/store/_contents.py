"""All that a store holds, row by row: what is whole, what is not, and what costs a trial."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..spec import RangeTest, Record, Setup, StackPlan, Standing, Study, planned_rates
from ._pack import SHARED, Unreadable, bytes_of, inflate, text_of
from ._read_rows import version_of
from ._rows import COPIED, INSERT_MEMBER, digest, insert_array, insert_study, make_tables
from ._scan import readable_rows
from ._texts import missing_class, read_text

MOST_PAGES = 20  # damaged pages that are named
RATES = "rates"  # kept beside every record
NOTES = {  # what else is noted: columns that the digest is of, from which version, and who reads the text in the second
    "setup": ("key, setup", 6, Setup.from_json),
    "stack": ("key, plan", 6, StackPlan.from_json),
    "program": ("data, parts", 6, str),
    "failure": ("trial, message, traceback, added", 6, str),
    "standing": ("trial, standing", 6, Standing.from_json),
    "range_test": ("key, test", 7, RangeTest.from_json),
}
SINCE = {"setup": 2, "stack": 2, "member": 2, "program": 3, "failure": 4, "standing": 5, "content": 6, "range_test": 7}


class StoreFault(NamedTuple):
    """Something in a store that is not what was written.

    what: in words. trial: the key of the trial whose record it makes useless; "" where it costs none.
    """

    what: str
    trial: str = ""


class Contents:
    """What a store holds, read once from its beginning to its end, as it was at one moment: a run may go on writing.

    records: the trials, by key, whose records and arrays are whole, each with the names of its arrays. faults: what is
    not as it was written.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("begin")
        self._schema = database.execute("pragma user_version").fetchone()[0]
        self.faults: list[StoreFault] = [StoreFault(words) for words in _page_faults(database)]
        self.faults += [StoreFault(words) for words in self._table_faults()]
        self.records: dict[str, set[str]] = {}
        self._restored: dict[tuple[str, str], bytes] = {}
        self._read_records()
        self._read_arrays()
        for table in (*NOTES, "plan"):
            for _ in self._notes(table, self.faults):
                pass

    def write(self, place: Path) -> None:
        """All that is whole as a store of the newest version. Raises sqlite3.Error, OSError."""
        target = sqlite3.connect(place)
        try:
            target.execute("pragma journal_mode = wal")
            make_tables(target)
            with target:
                self._write_records(target)
                for table in NOTES:
                    target.executemany(COPIED[table][1], self._notes(table))
                for values in self._notes("plan"):
                    insert_study(target, values)
                known = {key for (key,) in target.execute("select key from stack")}
                members = (row for row in self._rows("member", "trial, stack") if row[1] in known)
                target.executemany(INSERT_MEMBER, members)
                target.execute("delete from failure where trial in (select key from record)")
            target.execute("pragma wal_checkpoint(truncate)")
        finally:
            target.close()

    def _table_faults(self) -> list[str]:
        """Tables of the newest version that are not there, or lack a column."""
        found: list[str] = []
        for table, (columns, _) in COPIED.items():
            if self._schema < max(6, SINCE.get(table, 1)):
                continue
            try:
                self._database.execute(f"select {columns} from {table} limit 0")
            except (sqlite3.Error, UnicodeDecodeError) as error:
                found.append(f"the table {table}: {error}")
        return found

    def _rows(self, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
        if self._schema < SINCE.get(table, 1):
            return iter(())
        return readable_rows(self._database, table, columns)

    def _columns(self, first: str, since: int, last: str) -> str:
        """Columns, the last of them null in a store from before that version."""
        return f"{first}, {last if self._schema >= since else 'null'}"

    def _record_rows(self) -> Iterator[tuple[Any, ...]]:
        """key, record, added, digest, form, names of arrays; form 0 and no names in stores of earlier versions."""
        own = "form, arrays" if self._schema >= 6 else "0, ''"
        noted = "digest" if self._schema >= 3 else "null"
        return self._rows("record", f"key, record, added, {noted}, {own}")

    def _array_rows(self) -> Iterator[tuple[Any, ...]]:
        own = "form" if self._schema >= 6 else "0"
        return self._rows("array", f"{self._columns('key, name, npy', 3, 'digest')}, {own}")

    def _read_records(self) -> None:
        for key, value, _, noted, form, names in self._record_rows():
            try:
                text = text_of(value, form)
                record = read_text(Record.from_json, text)
                whole = isinstance(key, str) and noted in (None, digest(key, text))
                if not whole or (record is None and not missing_class(Record.from_json, text)):
                    raise Unreadable("its content is another")
                if record is not None and record.trial.key != key and not version_of(record, text, key, noted):
                    raise Unreadable("it is of another trial")
            except Unreadable:
                self.faults.append(StoreFault(f"the record of trial {key!s:.40}", str(key)))
                continue
            if key in self.records:
                continue
            self.records[key] = {RATES, *(names.split() if isinstance(names, str) else ())}

    def _read_arrays(self) -> None:
        """Which arrays are whole; a record that lacks one is to be trained again, if the rates cannot be restored."""
        there: dict[str, dict[str, str | None]] = {}
        broken: list[tuple[str, str, str | None]] = []
        for key, name, value, noted, form in self._array_rows():
            try:
                npy = bytes_of(value, form, self._database)
                if noted not in (None, digest(key, name, npy)):
                    raise Unreadable("its content is another")
                there.setdefault(key, {})[name] = noted
            except (Unreadable, sqlite3.Error, AttributeError):
                broken.append((key, name, noted))
        of_rates = self._records_of({key for key, name, _ in broken if name == RATES and key in self.records})
        for key, name, noted in broken:
            if key in self.records and not self._restore(key, name, noted, of_rates.get(key)):
                self._lose(key, f"the array {name!s:.40} of trial {key}")
            elif key in self.records:
                there.setdefault(key, {})[name] = noted
        named = self.records.keys() | {fault.trial for fault in self.faults}
        for key in sorted((there.keys() | self._indexed()) - named):
            self.faults.append(StoreFault(f"the record of trial {key!s:.40}, of which only parts are left", key))
        for key in list(self.records):
            missing = sorted(self.records[key] - there.get(key, {}).keys())
            if missing and self._schema >= 6:
                self._lose(key, f"the array {missing[0]} of trial {key} is missing")
            else:
                self.records[key] = set(there.get(key, {}))

    def _indexed(self) -> set[str]:
        """Keys that the index has, which lies on other pages than the records."""
        keys = set[str]()
        with suppress(sqlite3.Error):
            for (key,) in self._database.execute("select key from record order by key"):
                keys.add(str(key))
        return keys

    def _lose(self, key: str, words: str) -> None:
        del self.records[key]
        self.faults.append(StoreFault(words, key))

    def _restore(self, key: str, name: str, noted: str | None, record: Record | None) -> bool:
        """Whether a damaged array follows from its trial, to the bit: the rates of a schedule do on a like machine."""
        rates = planned_rates(record) if name == RATES and record is not None else None
        if rates is None:
            return False
        file = io.BytesIO()
        np.save(file, rates)
        npy = file.getvalue()
        if noted != digest(key, name, npy):
            return False
        self._restored[key, name] = npy
        self.faults.append(StoreFault(f"the array {name} of trial {key}, which follows from its schedule"))
        return True

    def _records_of(self, keys: set[str]) -> dict[str, Record]:
        """The records of these trials, looked for row by row: the index may be damaged."""
        found: dict[str, Record] = {}
        for key, value, _, _, form, _ in self._record_rows() if keys else ():
            if key in keys - found.keys():
                with suppress(Unreadable):
                    record = read_text(Record.from_json, text_of(value, form))
                    found |= {} if record is None or record.trial.key != key else {key: record}
        return found

    def _write_records(self, target: sqlite3.Connection) -> None:
        _, insert_content = COPIED["content"]
        contents = self._wanted_contents()
        target.executemany(insert_content, self._content_rows(contents))
        _, insert_record = COPIED["record"]
        for key, value, added, _, form, _ in self._record_rows():
            if key in self.records:
                noted = digest(key, text_of(value, form))
                names = " ".join(sorted(self.records[key]))
                target.execute(insert_record, (key, value, added, noted, form, names))
        _, insert_row = COPIED["array"]
        for key, name, value, _, form in self._array_rows():
            if key not in self.records or name not in self.records[key]:
                continue
            if (key, name) in self._restored:
                insert_array(target, key, name, self._restored[key, name])
            else:
                noted = digest(key, name, bytes_of(value, form, self._database))
                target.execute(insert_row, (key, name, value, noted, form))

    def _wanted_contents(self) -> set[str]:
        return {value for key, _, value, _, form in self._array_rows() if form == SHARED and key in self.records}

    def _content_rows(self, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
        if self._schema < SINCE["content"]:
            return
        for noted, npy in readable_rows(self._database, "content", "digest, npy", wanted):
            try:
                if noted in wanted and noted == digest(inflate(npy)):
                    yield noted, npy
            except Unreadable:
                continue

    def _notes(self, table: str, faults: list[StoreFault] | None = None) -> Iterator[tuple[Any, ...]]:
        """The rows of a table of notes that are whole, as they are inserted; the others go to the faults."""
        if table == "plan":
            yield from self._plans(faults)
            return
        columns, since, read = NOTES[table]
        more = "" if "added" in columns else ", added"
        count = columns.count(",") + 1
        for row in self._rows(table, self._columns(columns + more, since, "digest")):
            own = row[:count]
            if row[-1] in (None, digest(*own)) and (read is str or read_text(read, own[1]) is not None):
                yield (*row[:-1], digest(*own))
            elif faults is not None:
                faults.append(StoreFault(f"a row of {table}: {own[0]!s:.40}"))

    def _plans(self, faults: list[StoreFault] | None) -> Iterator[tuple[Any, ...]]:
        for row in self._rows("plan", self._columns("id, name, study, data, request, added", 6, "digest")):
            text = row[2]
            readable = read_text(Study.from_json, text) is not None or missing_class(Study.from_json, text)
            if row[-1] in (None, digest(*row[:-1])) and readable:
                yield row[1:6]
            elif faults is not None:
                faults.append(StoreFault(f"the study {row[1]!s:.40}, which the same command notes again"))


def _page_faults(database: sqlite3.Connection) -> list[str]:
    """What sqlite finds amiss with the pages, in words."""
    try:
        found = [row[0] for row in database.execute(f"pragma integrity_check({MOST_PAGES})")]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [f"pages of the file: {error}"]
    return [f"pages of the file: {' '.join(str(words).split())}" for words in found if words != "ok"]
