"""How a study is run: the options that `compare` and `run` share, checked, and what they open."""

import math
import os
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
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
from ._checks import check_kinds, check_required
from ._cluster import HERE, RAY, TrainingPlace, check_place_device, check_place_workers, cluster_of, place_of
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


def read_run_options(
    *,
    store: Path | str | None,
    workers: int | None,
    engine: str,
    device: str,
    data_dir: Path | str | None,
    progress: ProgressOption,
    max_seconds: float | None = None,
    keep: bool = False,
    began: float | None = None,
    on: str | None = None,
    address: str | None = None,
    checkpoints: Path | str | None = None,
    trial_timeout: str | float | None = None,
    retry_failed: bool = False,
    track: str | Sequence[str] | None = None,
    watch: bool = False,
) -> RunOptions:
    """The caller's words, as `compare` has them, as one value. Raises StudyError or UnknownName for what cannot be."""
    place = place_of(on, address, checkpoints)
    check_kinds(store=store, workers=workers, max_seconds=max_seconds, data_dir=data_dir, began=began)
    check_required(engine=engine, device=device, keep=keep)
    device = device.strip().lower()
    check_place_device(place, device)
    options = RunOptions(
        store=store_place(store),
        workers=workers,
        engine=_engine_of(engine),
        device=device,
        max_seconds=max_seconds,
        keep=keep,
        data_dir=data_dir,
        progress=progress,
        began=monotonic() if began is None else began,
        place=place,
    )
    _check_limits(options)
    check_required(retry_failed=retry_failed, watch=watch)
    return options._replace(
        trial_timeout=None if trial_timeout is None else timeout_of(trial_timeout),
        retry_failed=retry_failed,
        track=() if track is None else trackers_of(track),
        watch=watch,
    )


def _engine_of(engine: str) -> Engine:
    """The engine that is named. Raises UnknownName."""
    name = engine.strip().lower()
    if name not in get_args(Engine):
        raise UnknownName("engine", name, get_args(Engine))
    return cast(Engine, name)


def _check_limits(options: RunOptions) -> None:
    """Raise StudyError for a time or a number of processes that cannot be."""
    seconds, workers = options.max_seconds, options.workers
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        raise StudyError(
            f"max_seconds is a number of seconds above 0, but got {seconds}; leave it out to go on to the end"
        )
    if workers is not None and not 0 <= workers <= MOST_WORKERS:
        raise StudyError(
            f"workers is a number of processes from 0 to {MOST_WORKERS}, but got {workers}; 0 trains in this process, "
            f"and as many as there are cores do where it is left out"
        )
    check_place_workers(options.place, workers)


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
    with closing(Processes(options.workers, PRELOAD, seen_devices(options.device))) as executor:
        yield executor


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
