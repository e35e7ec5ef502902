"""How a study is run: the options that `compare` and `run` share, checked, and what they open."""

import math
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import NamedTuple, cast, get_args

from ..errors import StudyError, UnknownName
from ..execution import Executor, Inline, Processes
from ..lab import PRELOAD, Engine, Workshop, seen_devices
from ..spec import Listener
from ..store import Store
from ..trackers import TrackerPlace, Tracking, trackers_of
from ._checks import check_kinds, required
from ._cluster import HERE, RAY, TrainingPlace, check_place_device, check_place_workers, cluster_of
from ._durations import timeout_of
from ._live_notes import LiveWriter
from ._places import store_place
from ._progress import ProgressOption, listening
from ._watch import watched

MOST_WORKERS = 1024


class RunOptions(NamedTuple):
    """How a study is run, as `compare` has it. workers: None: as many as cores; 0: in this process.

    began, max_seconds: when time began to count, as `time.monotonic` has it, and how long from then. trial_timeout: in
    seconds. place: on which machines. watch: serve a page that shows it meanwhile.
    """

    store: Path
    workers: int | None
    engine: Engine
    device: str
    max_seconds: float | None
    keep: bool
    data_dir: Path | str | None
    progress: ProgressOption
    began: float
    trial_timeout: float | None = None
    retry_failed: bool = False
    track: tuple[TrackerPlace, ...] = ()
    place: TrainingPlace = HERE
    watch: bool = False

    @property
    def until(self) -> float | None:
        """When training pauses; None: at its end."""
        return None if self.max_seconds is None else self.began + self.max_seconds


def check_options(
    store: Path | str | None,
    workers: int | None,
    engine: str,
    device: str,
    max_seconds: float | None,
    keep: bool,
    data_dir: Path | str | None,
    progress: ProgressOption,
    began: float | None,
    place: TrainingPlace = HERE,
) -> RunOptions:
    """The caller's words, as `compare` has them, as one value. Raises StudyError or UnknownName for what cannot be."""
    check_kinds(store=store, workers=workers, max_seconds=max_seconds, data_dir=data_dir, began=began)
    check_kinds(engine=required("engine", engine), device=required("device", device), keep=required("keep", keep))
    device, engine = device.strip().lower(), engine.strip().lower()
    check_place_device(place, device)
    if engine not in get_args(Engine):
        raise UnknownName("engine", engine, get_args(Engine))
    if max_seconds is not None and not (math.isfinite(max_seconds) and max_seconds > 0):
        raise StudyError(
            f"max_seconds is a number of seconds above 0, but got {max_seconds}; leave it out to go on to the end"
        )
    if workers is not None and not 0 <= workers <= MOST_WORKERS:
        raise StudyError(
            f"workers is a number of processes from 0 to {MOST_WORKERS}, but got {workers}; 0 trains in this process, "
            f"and as many as there are cores do where it is left out"
        )
    began = monotonic() if began is None else began
    check_place_workers(place, workers)
    where, how = store_place(store), cast(Engine, engine)
    return RunOptions(where, workers, how, device, max_seconds, keep, data_dir, progress, began, place=place)


def with_failures(options: RunOptions, trial_timeout: str | float | None, retry_failed: bool) -> RunOptions:
    """The options with what is done about trials that hang or failed, as `compare` has it. Raises StudyError."""
    check_kinds(retry_failed=required("retry_failed", retry_failed))
    seconds = None if trial_timeout is None else timeout_of(trial_timeout)
    return options._replace(trial_timeout=seconds, retry_failed=retry_failed)


def with_trackers(options: RunOptions, track: str | Sequence[str] | None) -> RunOptions:
    """The options with the trackers that are written to, as `compare` has them. Raises StudyError or UnknownName."""
    return options if track is None else options._replace(track=trackers_of(track))


def with_page(options: RunOptions, watch: bool) -> RunOptions:
    """The options with a page to watch, or without. Raises StudyError."""
    check_kinds(watch=required("watch", watch))
    return options._replace(watch=watch)


one_at_a_time = RLock()  # runs of two threads would share generators, the environment, standard output


@contextmanager
def opened(options: RunOptions) -> Generator[Workshop, None, None]:
    """What a run needs, closed however the block ends. A run of another thread waits until then."""
    with (
        one_at_a_time,
        data_from(options.data_dir),
        listening(options.progress) as listen,
        Store(options.store, write=True) as store,
        tracked(options, store, listen) as tracking,
        LiveWriter(options.store, tracking) as told,
        watched(options.store, options.watch, told),
        open_executor(options, listen) as executor,
    ):
        yield Workshop(store, executor, told, options.engine, options.device, options.until)


@contextmanager
def tracked(options: RunOptions, store: Store, listen: Listener) -> Generator[Listener, None, None]:
    """Who listens, with the trackers that are written to; what they lack is waited for a while at the end."""
    if not options.track:
        yield listen
        return
    with Tracking(options.track, options.store, lambda key: store.array(key, "rates"), listen) as tracking:
        yield tracking


@contextmanager
def open_executor(options: RunOptions, listen: Listener = lambda _: None) -> Generator[Executor, None, None]:
    """Local processes, this one, or a cluster; ended however the block ends. listen: is told what is worth it."""
    if options.place.on == RAY:
        with cluster_of(options.place, options.workers, options.device, listen) as cluster:
            yield cluster
        return
    if options.workers == 0:
        yield Inline()
        return
    executor = Processes(options.workers, PRELOAD, seen_devices(options.device))
    try:
        yield executor
    finally:
        executor.close()


@contextmanager
def data_from(folder: Path | str | None) -> Generator[None, None, None]:
    """Make a data folder known to this process, and to those it starts, within the block. None: as it is."""
    before = os.environ.get("LRLAB_DATA")
    if folder is not None:
        os.environ["LRLAB_DATA"] = os.path.realpath(Path(folder).expanduser())
    try:
        yield
    finally:
        if folder is not None:
            os.environ.pop("LRLAB_DATA", None)
            if before is not None:
                os.environ["LRLAB_DATA"] = before
