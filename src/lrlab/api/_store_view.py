"""What a store shows by now, renewed in a thread of its own while somebody looks."""

import hashlib
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import NamedTuple

from ..errors import LabError
from ..lab import insights_of
from ..report import fault_body, html_answer, page_text, so_far_body
from ..spec import Record
from ..store import Store, StoredStudy, holder_of
from ._results import Results
from ._so_far import moment_of
from ._stored import refuse_unread, results_of

EVERY = 1.0  # seconds between two looks, at least, and
SPARING = 10.0  # times as long as the last look took
PATIENCE = 10.0  # seconds that a first look is waited for
LOOKED_AT = 30.0  # seconds after which nobody is taken to look


class StoreView(NamedTuple):
    """What is shown. body: HTML. title: the study's name. tag: another one for every other body."""

    body: str
    title: str
    tag: str


class StoreReader:
    """Reads a store while somebody looks, and shows how far its newest run is. Use as a context manager.

    What goes wrong is shown, and ends nothing: a store that is gone may come back.
    """

    def __init__(self, store: Path) -> None:
        self._place = store
        self._view = StoreView(fault_body("The store is being read.", store), "lrlab", "")
        self._asked = monotonic()
        self._told, self._stop = Condition(), Event()
        self._thread = Thread(target=self._read_on, daemon=True)
        self._opened: Store | None = None
        self._identity: tuple[int, int] | None = None
        self._known: dict[str, Record] = {}
        self._run = ""
        self._results: Results | None = None
        self._report: tuple[Results, str] | None = None
        self._one_report = Lock()

    def __enter__(self) -> "StoreReader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._told:
            self._told.notify_all()
        self._thread.join(timeout=2 * EVERY)

    def look(self) -> StoreView:
        """What there is to see; waits for the first look, or where nobody looked for long."""
        with self._told:
            stale = monotonic() - self._asked > LOOKED_AT or not self._view.tag
            self._asked = monotonic()
            if stale:
                self._told.notify_all()
                self._told.wait(timeout=PATIENCE)
            return self._view

    def report(self) -> str | None:
        """The whole report of the newest run, as HTML; None where it is not finished."""
        results = self._results
        if results is None:
            return None
        with self._one_report:
            if self._report is None or self._report[0] is not results:
                self._report = results, page_text(results.findings, insights_of(results.findings), results.made)
            return self._report[1]

    def _read_on(self) -> None:
        while not self._stop.is_set():
            start = monotonic()
            if start - self._asked <= LOOKED_AT:
                view = self._read_view()
                with self._told:
                    self._view = view
                    self._told.notify_all()
            pause = max(EVERY, SPARING * (monotonic() - start))
            with self._told:
                self._told.wait(timeout=pause)
            self._stop.wait(EVERY / 10)  # whoever asks again and again is not served more often
        self._close()

    def _read_view(self) -> StoreView:
        try:
            body, title = self._read_run(self._open())
        except Exception as error:  # of any kind: whatever lies there is shown in words, and looked at again
            self._close()
            self._results = None
            words = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            body, title = fault_body(words, self._place), "lrlab"
        return StoreView(body, title, hashlib.sha256(body.encode()).hexdigest()[:16])

    def _open(self) -> Store:
        """The store, opened again where another file lies there by now."""
        try:
            status = self._place.stat()
            identity = status.st_dev, status.st_ino
        except OSError:
            identity = None
        if self._opened is None or identity != self._identity:
            self._close()
            self._opened, self._identity = Store(self._place), identity
        return self._opened

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened, self._identity, self._known, self._run = None, None, {}, ""

    def _read_run(self, store: Store) -> tuple[str, str]:
        """The body that shows the newest run, and its title."""
        refuse_unread(store, None)
        studies = store.studies(needed=True)
        if not studies:
            writes = holder_of(store.path) is not None
            words = "A run is being prepared." if writes else "No study was run with this store yet."
            return fault_body(words, self._place), "lrlab"
        stored = studies[-1]
        if stored.key != self._run:
            self._run, self._known, self._results = stored.key, {}, None
        moment = moment_of(stored, store, self._known)
        if moment.found.finished:
            results = self._answered(stored, store)
            moment = moment._replace(answer=html_answer(results.findings), report=True, at=stored.date)
        else:
            self._results = None
        return so_far_body(moment), stored.study.name

    def _answered(self, stored: StoredStudy, store: Store) -> Results:
        if self._results is None:
            self._results = results_of(stored, store)
        return self._results
