"""What a run notes of itself beside its store, `records.db.live`, for those who look on: best effort, and bounded.

The file is written again every second or more seldom, never grows beyond its bounds, and goes when the run ends. What
goes wrong with it costs no run anything.
"""

import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from pydantic import ValidationError

from ..errors import shortened
from ..spec import (
    Begun,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Listener,
    LiveNotes,
    PhaseBegun,
    RunningTrial,
    Said,
    StudyBegun,
    StudyCut,
    TrialsStored,
)
from ._progress import Share

OFF = "LRLAB_LIVE"  # "0": nothing is noted
EVERY = 1.0  # seconds between two notes, at least, and
SPARING = 20.0  # times as long as the last one took
MOST_TRIALS, MOST_EPOCHS, MOST_SENTENCES, LONGEST = 60, 400, 5, 300
LARGEST = 2_000_000  # bytes of notes that are read
TRIES = 3  # that may fail one after the other before nothing is noted any more


def notes_place(store: Path) -> Path:
    """Where a run notes how it goes."""
    return Path(f"{store}.live")


def read_notes(store: Path) -> LiveNotes | None:
    """What the run that writes this store noted last; None where there is none, or it cannot be read."""
    place = notes_place(store)
    try:
        if place.stat().st_size > LARGEST:
            return None
        return LiveNotes.from_json(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError):
        return None


class LiveWriter:
    """Listens to a run, notes it, and passes every event on. Use as a context manager, while the store is locked."""

    def __init__(self, store: Path, listen: Listener) -> None:
        self._place, self._listen = notes_place(store), listen
        self._share, self._study = Share(), ""
        self._running: dict[str, list[float | None]] = {}
        self._jobs: dict[str, tuple[str, ...]] = {}
        self._said: deque[str] = deque(maxlen=MOST_SENTENCES)
        self._began = monotonic()
        self._next = 0.0
        self._tries = 0 if os.environ.get(OFF) == "0" else TRIES

    def __enter__(self) -> Listener:
        return self._hear if self._tries else self._listen

    def __exit__(self, *_: object) -> None:
        for place in (self._place, self._draft):
            with suppress(OSError):
                place.unlink(missing_ok=True)

    @property
    def _draft(self) -> Path:
        return self._place.with_name(f"{self._place.name}.part")

    def _hear(self, event: Event) -> None:
        try:
            self._note_event(event)
        except Exception:  # of any kind: a run goes on without notes
            self._tries -= 1
        self._listen(event)

    def _note_event(self, event: Event) -> None:
        self._share.tell(event)
        if isinstance(event, StudyBegun):
            self._study, self._began = event.name, monotonic()
        elif isinstance(event, PhaseBegun) and event.study is not None:
            self._study = event.study.name
        elif isinstance(event, Said | StudyCut):
            self._said.append(shortened(event.text, LONGEST))
        elif isinstance(event, TrialsStored):
            self._forget(record.trial.key for record in event.records)
        elif isinstance(event, Ended | Failed):
            self._forget(self._jobs.pop(event.job, ()))
        elif isinstance(event, Begun):
            self._jobs[event.job] = event.trials
            self._running |= {key: [] for key in event.trials}
        elif isinstance(event, EpochMeasured):
            self._note_epoch(event)
        if self._tries > 0 and monotonic() >= self._next:
            self._write_notes()

    def _note_epoch(self, event: EpochMeasured) -> None:
        for key, epoch in event.epochs.items():
            scores = self._running.get(key)
            if scores is not None and len(scores) < event.number <= MOST_EPOCHS:
                scores += [None] * (event.number - 1 - len(scores))  # of epochs before a checkpoint
                scores.append(epoch.validation_score)

    def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._running.pop(key, None)

    def _write_notes(self) -> None:
        start = monotonic()
        self._draft.write_text(self._notes().to_json(), encoding="utf-8")
        self._draft.replace(self._place)
        self._tries = TRIES
        self._next = start + max(EVERY, SPARING * (monotonic() - start))

    def _notes(self) -> LiveNotes:
        share, seconds = self._share, monotonic() - self._began
        done = min(share.done + share.through, share.total)
        keys = list(self._running)
        shown = keys[:: max(1, -(-len(keys) // MOST_TRIALS))]
        return LiveNotes(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            study=self._study,
            seconds=seconds,
            share=done / share.total if share.total else 0.0,
            left=share.left(seconds),
            said=tuple(self._said),
            running=tuple(RunningTrial(trial=key, curve=tuple(self._running[key])) for key in shown),
            count=len(keys),
        )
