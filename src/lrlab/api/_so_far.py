"""`so_far`: a run in the middle, going on or stopped; nothing is trained, and nothing is answered early."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..lab import so_far as found_so_far
from ..report import (
    Moment,
    fitted_text,
    near_path,
    run_page,
    running_words,
    so_far_body,
    so_far_head,
    so_far_sentences,
    so_far_table,
    write_so_far_page,
)
from ..spec import LiveNotes, Record, SoFar
from ..store import Store, StoredStudy, holder_of
from ._checks import check_kinds
from ._live_notes import read_notes
from ._places import store_place, writable_folder
from ._stored import stored_run


class RunSoFar:
    """A run as far as it is by now: it prints as text, and in a notebook shows its page.

    findings: all of it as plain data. running: whether a run writes the store by now. notes: what that says of itself;
    None: nothing. store: the file with the records, as an absolute path.
    """

    def __init__(self, moment: Moment, store: Path) -> None:
        self._moment, self.store = moment, store.absolute()  # the program may change its folder

    @property
    def findings(self) -> SoFar:
        """How far it is, as plain data."""
        return self._moment.found

    @property
    def running(self) -> bool:
        """Whether a run writes the store by now."""
        return self._moment.written

    @property
    def notes(self) -> LiveNotes | None:
        """What the run that goes on says of itself: time left, trials under way."""
        return self._moment.notes

    def page(self, path: Path | str | None = None) -> Path:
        """Write it as one HTML file; where it lies. path: where the run's page will lie, unless given.

        Raises a LabError where it cannot be written.
        """
        check_kinds(path=path)
        folder = writable_folder(self.store.parent)
        usual = near_path(run_page(folder, self.findings.study, self._moment.data))
        place = usual if path is None else Path(path)
        write_so_far_page(self._moment, place)
        return place

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON takes it, with its words."""
        told = {"text": self.sentences(), "running": self.running, "at": self._moment.at}
        notes = None if self.notes is None else self.notes.to_dict()
        return told | {"so_far": self.findings.to_dict(), "notes": notes}

    def sentences(self) -> list[str]:
        """How far it is, what is being decided, what is decided."""
        under_way = running_words(self.findings, self.notes)
        own = so_far_sentences(self.findings, self.notes, self.running)
        return [so_far_head(self.findings), *own, *([under_way] if under_way else [])]

    def text(self, width: int | None = None) -> str:
        """Words and table. width: the characters of a line that the table must fit; None: as wide as it is."""
        return "\n".join([*self.sentences(), self.table(width)])

    def table(self, width: int | None = None) -> str:
        """A line for each schedule. width: as `text` has it."""
        return fitted_text(so_far_table(self.findings), width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return so_far_body(self._moment)


def so_far(store: Path | str | None = None, study: str | None = None) -> RunSoFar:
    """How far a run is, while another process goes on with it or after it was stopped; nothing is trained.

    What is decided is what planned looks have decided by now. Test scores of looks that were not reached are not shown.
    store: the file records are kept in; as `compare` has it unless given. study: its name or a run's key; the last run
    unless given. Raises StoreError, UnknownName.
    """
    check_kinds(store=store, study=study)
    with Store(store_place(store)) as opened:
        return RunSoFar(moment_of(stored_run(opened, study), opened, {}), opened.path)


def moment_of(stored: StoredStudy, store: Store, known: dict[str, Record]) -> Moment:
    """A run as it is now. known: records that were read before, to which what is read now is added."""
    found = found_so_far(stored, store, known)
    written, notes = holder_of(store.path) is not None, None
    if written:
        notes = read_notes(store.path)
        # A run may still prepare, or be another study's that has not begun.
        notes = notes if notes is not None and notes.study in ("", stored.study.name) else None
    return Moment(found, stored.data, datetime.now(UTC).isoformat(timespec="seconds"), notes, written)
