"""Writing to the file of a store, through a full disk, a lock, or the loss of the file itself.

What cannot be written is held in memory, in tables as the file's, and goes to the file with the next writing that
succeeds. A file that was deleted or renamed is still open here: all of it is written again. So it is where the log
(`-wal`, `-shm`) was deleted, of which the file itself lacks nothing: it takes in the log with every writing.
"""

import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import LabWarning, StoreError
from ._file import LOG, SAVE, count_in, free_path, identity, log_identity, open_to_write, try_patiently
from ._lock import StoreLock
from ._rows import copy_rows, make_tables

DatabaseChange = Callable[[sqlite3.Connection], object]


class Disk:
    """The file of a store, opened by the one process that writes it. Raises StoreError where that cannot be.

    path: where it lies now. databases: where rows are to be looked for, in this order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = StoreLock(path)
        self._held: sqlite3.Connection | None = None
        try:
            self._file = open_to_write(path)
            self._note_files()
            self._rows = _count_records(self._file)
            self._take_rescued()
        except BaseException:
            self._lock.release()
            raise

    @property
    def databases(self) -> list[sqlite3.Connection]:
        """What is held back, if anything is, and the file."""
        return [self._file] if self._held is None else [self._held, self._file]

    @property
    def behind(self) -> bool:
        """Whether something is held back that the file has not."""
        return self._held is not None

    def write(self, change: DatabaseChange, *, hold: bool = True) -> None:
        """Make the change in the file, with all that was held back; where the disk refuses, hold it back too.

        hold: False for a change of what the file holds already, which cannot be made in memory.

        Raises sqlite3.IntegrityError, and others that are the change's own fault; of a change that is not to be held
        also sqlite3.OperationalError, where the disk refuses.
        """
        try:
            self._restore_file()
            self._write_to_file(change)
        except sqlite3.OperationalError as error:
            if not hold:
                raise
            first, held = self._held is None, self._hold_back()
            with held:
                change(held)
            if first:
                _warn(
                    f"cannot write to {self.path}: {error}. The run goes on: what is measured is held in memory, and "
                    f"written as soon as that is possible"
                )

    def close(self, wait: bool) -> None:
        """Write what was held back, here or, where that cannot be, elsewhere; close the file and let others write.

        wait: for minutes where another program holds the file. Raises StoreError where it could be written nowhere.
        """
        try:
            try:
                self._restore_file()
                if self._held is not None:
                    try_patiently(self.path, lambda: self._write_to_file(lambda _: None), None if wait else 0.0)
                self._confirm_records()
            except _RecordsLost:
                raise
            except (sqlite3.Error, StoreError) as error:
                self._rescue_held(error)
        finally:
            for database in self.databases:
                database.close()
            self._lock.release()

    def _write_to_file(self, change: DatabaseChange) -> None:
        """Make the change in the file, with all that was held back: whole or not at all."""
        try:
            with self._file:
                before = _count_records(self._file)
                if self._held is not None:
                    copy_rows(self._held, self._file)
                change(self._file)
                more = _count_records(self._file) - before
            self._rows += more
            self._take_log()
        finally:
            self._seen = identity(self.path) or self._seen
        if self._held is not None:
            self._held.close()
            self._held = None

    def _hold_back(self) -> sqlite3.Connection:
        if self._held is None:
            self._held = sqlite3.connect(":memory:")
            make_tables(self._held)
        return self._held

    def _restore_file(self) -> None:
        """Write everything again where the file is no longer at its place. Raises sqlite3.OperationalError."""
        there, log = identity(self.path), log_identity(self.path)
        # Between two writings nobody but this process makes the file longer or shorter, and none at all these two.
        if there == self._seen and log == self._log:
            return
        place = free_path(self.path)
        if there is None:
            self._move_file("deleted or renamed", self.path)
        elif there != self._seen:
            self._move_file("replaced or overwritten", place)
        else:
            self._move_file("left without its log (-wal or -shm)", self.path)

    def _move_file(self, what: str, place: Path) -> None:
        """Write everything again, and say so. Raises sqlite3.OperationalError."""
        before = self.path
        try:
            self._write_again(place)
        except (OSError, StoreError, sqlite3.DatabaseError) as error:
            raise sqlite3.OperationalError(f"the file was {what}, and cannot be written again ({error})") from None
        rows = _count_records(self._file)
        _warn(f"{before} was {what} during the run; all that it held, {rows} records, is in {self.path} now")

    def _take_log(self) -> bool:
        """Write what is in the log to the file itself; whether nothing is left, as where another program reads."""
        try:
            busy, pages, taken = self._file.execute("pragma wal_checkpoint(passive)").fetchone()
        except sqlite3.Error:  # the log has it
            return False
        return not busy and pages == taken

    def _confirm_records(self) -> None:
        """See that the file of this name holds the records of this run; else write it again. Raises StoreError."""
        if self._held is not None or not self._take_log():
            return
        try:
            own = _count_records(self._file)
            if count_in(self.path) < own:
                self._move_file("changed by another program", self.path)
        except sqlite3.Error as error:
            raise _RecordsLost(f"the records of this run cannot be read from {self.path}: {error}; {SAVE}") from None
        if own < self._rows:
            raise _RecordsLost(
                f"{self._rows - own} of the {self._rows} records that were in {self.path} are no longer there: another "
                f"program changed it, or deleted its log; the same command measures them again"
            )

    def _write_again(self, path: Path) -> None:
        """The open file as a new one at a path that is free, and go on with that."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _rescue_path(path)
        _copy_store(self._file, part)
        self._lock.release()
        self._lock = StoreLock(path)
        self._leave_file()
        part.replace(path)
        self.path = path
        self._file = open_to_write(path)
        self._note_files()

    def _note_files(self) -> None:
        """Which files are open."""
        self._seen, self._log = identity(self.path), log_identity(self.path)

    def _leave_file(self) -> None:
        """Close the file that is no longer at its place, so that no other one takes its log for its own."""
        with suppress(sqlite3.Error, OSError):
            if self._is_gone():
                self._file.execute("pragma wal_checkpoint(truncate)")  # else a renamed file lacks what came last
            elif identity(self.path) != self._seen:
                os.truncate(f"{self.path}-wal", 0)  # else closing writes it into what was put there
        self._file.close()
        for end in LOG:
            Path(f"{self.path}{end}").unlink(missing_ok=True)

    def _is_gone(self) -> bool:
        """Whether the open file has no longer its name: another one lies there, or none."""
        there = identity(self.path)
        return there is None or self._seen is None or there[:2] != self._seen[:2]

    def _rescue_held(self, error: Exception) -> None:
        """Write what is held back to a file of its own, with all else where that is not in the file of this name."""
        apart = self._is_gone() or log_identity(self.path) != self._log
        for aside in (False, True):
            try:
                folder = _private_folder() if aside else self.path.parent
                place = _rescue_path(folder / self.path.name)
                _copy_store(self._file if apart else self._hold_back(), place, self._hold_back())
            except (OSError, sqlite3.Error):
                continue
            there = f"; move it to {self.path.parent}" if aside else ""
            _warn(
                f"cannot write to {self.path}: {error}. What was measured since is in {place}{there}: the next run "
                f"takes it from there"
            )
            return
        lost = self._hold_back().execute("select count(*) from record").fetchone()[0]
        raise StoreError(
            f"cannot write to {self.path}: {error}; nor to {tempfile.gettempdir()}: the last {lost} records are lost, "
            f"what was written before stands; free some space and run again"
        )

    def _take_rescued(self) -> None:
        """Take in what an earlier run could not write here."""
        place = _rescue_path(self.path)
        if not place.is_file():
            return
        rescued = open_to_write(place)
        try:
            self.write(lambda database: copy_rows(rescued, database))
        finally:
            rescued.close()
        if self._held is None:
            with suppress(OSError):  # taken in once more it changes nothing
                place.unlink()


class _RecordsLost(StoreError):
    """Records that are in no file any more; nothing is left that could be written."""


def _count_records(database: sqlite3.Connection) -> int:
    return database.execute("select count(*) from record").fetchone()[0]


def _warn(text: str) -> None:
    warnings.warn(text, LabWarning, stacklevel=2)


def _rescue_path(path: Path) -> Path:
    """Where what could not be written to a store is kept."""
    return path.with_name(f"{path.stem}-rescued{path.suffix}")


def _private_folder() -> Path:
    """A new folder among the temporary ones: stores of several projects have one name. Raises OSError."""
    return Path(tempfile.mkdtemp(prefix="lrlab-"))


def _copy_store(source: sqlite3.Connection, place: Path, more: sqlite3.Connection | None = None) -> None:
    """A store as a new file, with what another holds besides: whole, or what lay there stays.

    Raises OSError, sqlite3.Error.
    """
    draft = place.with_name(f"{place.name}.part")
    try:
        draft.unlink(missing_ok=True)
        _fill_copy(draft, source, more)
        draft.replace(place)
    except (OSError, sqlite3.Error):
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _fill_copy(place: Path, source: sqlite3.Connection, more: sqlite3.Connection | None) -> None:
    target = sqlite3.connect(place)
    try:
        source.backup(target)
        if more is not None:
            with target:
                copy_rows(more, target)
        verdict = target.execute("pragma quick_check").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    finally:
        target.close()
