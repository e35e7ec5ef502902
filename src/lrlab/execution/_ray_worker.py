"""A job on a node of a cluster: its files brought, its events sent as they happen, its checkpoints taken back."""

import atexit
import io
import os
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ..spec import Begun, Checkpointed, Ended, EpochMeasured, Job, JobEvent, Warned
from ._failure import failure_of
from ._perform import ENDS, perform_job
from ._pickling import pack, unpack
from ._ray_address import SharedFolder
from ._ray_channel import Token
from ._ray_files import pack_files, state_of, unpack_files
from ._worker import take_environment

BEAT = 1.0  # seconds between two signs of life
GATHER = 0.1  # seconds in which more events come into a batch: each batch costs the driver's node some milliseconds
AT_ONCE = ("taken", "flush", "beat")
ANSWER = 30.0  # seconds after which a batch that nobody answered is sent again
FOLDER_SECONDS = 10.0  # between two looks at the folder of a job that says nothing of its checkpoints
SMALL = 1 << 16  # bytes of a file that goes to the driver too where checkpoints lie elsewhere
FENCED, SPENT = 3, 4  # exit codes of a worker whose attempt was given up, and of one that a job left unfit for others

_spent: list[str] = []  # the job that left this process unfit


class Brought(NamedTuple):
    """A file of the driver's, with those of its stem. digest: of its content. held: an object of the cluster."""

    place: str
    digest: str
    held: Any


class Order(NamedTuple):
    """What a worker is handed.

    job: packed. environment: the variables that are lrlab's. left: seconds until the job is to pause; None: never.
    brought: the files that it reads. state: what it goes on from, an object of the cluster; None: nothing.
    checkpoints: the address they go to, and the number of the run there; None: to the driver.
    """

    token: Token
    job: bytes
    environment: Mapping[str, str]
    left: float | None
    brought: tuple[Brought, ...]
    state: Any
    checkpoints: tuple[str, int] | None


class Done(NamedTuple):
    """The end of a job, packed, and its files where it can go on from them."""

    end: bytes
    files: bytes | None


def perform_order(order: Order, channel: Any) -> Done:
    """Do a job, whatever becomes of it. channel: the actor that hears of it."""
    if _spent:
        os._exit(SPENT)  # it has not begun, so that it costs no attempt; Ray starts another process
    take_environment(order.environment)
    sender = _Sender(order.token, channel)
    sender.send("taken", (_node_here(), os.getpid()))
    try:
        with (
            _printed_there(sender),
            tempfile.TemporaryDirectory(prefix="lrlab-job-", ignore_cleanup_errors=True) as folder,
        ):
            return _perform_here(order, sender, Path(folder))
    except Exception as error:  # before it began: what was sent cannot be read here
        return Done(pack(failure_of(error, order.token.job, order.token.attempt)), None)
    finally:
        sender.close()


def _perform_here(order: Order, sender: "_Sender", folder: Path) -> Done:
    job: Job = unpack(order.job)
    kept = job.kept_in()
    places = {brought.place: str(_bring_files(brought)) for brought in order.brought}
    if kept is not None:
        places[kept] = str(folder / Path(kept).name)
    job = job.moved(places)
    if order.left is not None:
        job = job.shifted(time.monotonic() + order.left)
    state = _State(order, job, sender)
    if order.state is not None:
        state.restore(import_module("ray").get(order.state))
    end: JobEvent | None = None
    for event in perform_job(job, order.token.attempt, tell=state.tell):
        if isinstance(event, ENDS):
            end = event
        else:
            state.tell(event)
    assert end is not None
    if end.spent:
        _spent.append(job.name)
    sender.flush()
    wanted = not isinstance(end, Ended) or bool(end.standings)
    return Done(_pack_end(end, order.token), state.last_files() if wanted else None)


def _pack_end(end: JobEvent, token: Token) -> bytes:
    try:
        return pack(end)
    except Exception as error:  # an end of a class that cannot be sent
        return pack(failure_of(error, token.job, token.attempt))


class _State:
    """What a job keeps on the disk, and its way to where it outlives this machine."""

    def __init__(self, order: Order, job: Job, sender: "_Sender") -> None:
        self._place = None if job.kept_in() is None else Path(str(job.kept_in()))
        self._token, self._sender = order.token, sender
        self._shared = None if order.checkpoints is None else SharedFolder(order.checkpoints[0])
        self._run = 0 if order.checkpoints is None else order.checkpoints[1]
        self._sent: object = ()
        self._looked = time.monotonic()

    def restore(self, packed: bytes | None) -> None:
        """Put what the job goes on from in its place; damaged, it is left out, and said."""
        if packed is None or self._place is None:
            return
        try:
            unpack_files(packed, self._place)
        except Exception as error:
            self._warn(f"{error}; it starts over")
        self._sent = state_of(self._place)

    def tell(self, event: JobEvent) -> None:
        """Send an event; after one that says that files are whole, those too."""
        self._sender.send("event", pack(event))
        now = time.monotonic()
        looks = isinstance(event, EpochMeasured) and now - self._looked >= FOLDER_SECONDS
        if isinstance(event, Checkpointed) or looks:
            self._looked = now
            self._send_files()
        if isinstance(event, Begun):  # whatever it dies of comes after that
            self._sender.flush()

    def last_files(self) -> bytes | None:
        """The files at the end; None where there are none, or they have gone already."""
        if self._place is None or state_of(self._place) == self._sent:
            return None
        try:
            return pack_files(self._place)
        except OSError:
            return None

    def _send_files(self) -> None:
        place = self._place
        if place is None or (now := state_of(place)) == self._sent:
            return
        self._sent = now
        try:
            packed = pack_files(place)
            if packed is not None and self._shared is not None:
                self._shared.write(place.name, (self._run, self._token.attempt), packed)
                packed = None if place.is_dir() else pack_files(place, SMALL)
        except Exception as error:  # a full disk, a storage that is away
            self._warn(f"a checkpoint cannot be written ({type(error).__name__}: {error}); it trains on without")
            return
        if packed is not None:
            self._sender.send("files", packed)
            self._sender.flush()  # else checkpoints could gather here faster than they go

    def _warn(self, text: str) -> None:
        self._sender.send("event", pack(Warned(job=self._token.job, attempt=self._token.attempt, text=text)))


class _Sender:
    """Sends batches in order from a thread of its own, so that no job waits for the net; an empty one is a beat."""

    def __init__(self, token: Token, channel: Any) -> None:
        self._token, self._channel, self._ray = token, channel, import_module("ray")
        self._queue: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._number = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._send_batches, daemon=True)
        self._thread.start()

    def send(self, kind: str, content: Any) -> None:
        """Have it sent."""
        self._queue.put((kind, content))

    def flush(self) -> None:
        """Wait until all is sent, for so long as that may take."""
        done = threading.Event()
        self._queue.put(("flush", done))
        done.wait(2 * ANSWER)

    def close(self) -> None:
        """Send no more."""
        self._closing.set()
        self._queue.put(("beat", None))
        self._thread.join(ANSWER)

    def _send_batches(self) -> None:
        while not self._closing.is_set():
            batch = self._next_batch()
            said = [message for message in batch if message[0] != "flush"]
            self._number += 1
            if said and not self._push_batch(said):
                os._exit(FENCED)  # the job runs elsewhere by now: every word and file of this one would be late
            for kind, content in batch:
                if kind == "flush":
                    content.set()

    def _next_batch(self) -> list[tuple[str, Any]]:
        batch: list[tuple[str, Any]] = []
        try:
            batch.append(self._queue.get(timeout=BEAT))
            until = time.monotonic() + GATHER
            while batch[-1][0] not in AT_ONCE:
                batch.append(self._queue.get(timeout=max(until - time.monotonic(), 0.0)))
            while True:
                batch.append(self._queue.get_nowait())
        except queue.Empty:
            return batch or [("beat", None)]

    def _push_batch(self, batch: list[tuple[str, Any]]) -> bool:
        """Whether the attempt is still wanted; pushed until it is answered."""
        while not self._closing.is_set():
            try:
                answer = self._channel.push.remote(self._token, self._number, batch)
                return bool(self._ray.get(answer, timeout=ANSWER))
            except Exception:  # the actor starts over, or the net is down: the driver decides, not this worker
                self._closing.wait(BEAT)
        return True


@contextmanager
def _printed_there(sender: _Sender) -> Iterator[None]:
    """What is printed goes to the driver, which shows it on its standard error."""
    printer: Any = _Printer(sender)
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = printer
    try:
        yield
    finally:
        printer.flush()
        sys.stdout, sys.stderr = before


class _Printer(io.TextIOBase):
    """A stream of text that is sent line by line."""

    def __init__(self, sender: _Sender) -> None:
        super().__init__()
        self._sender, self._held = sender, ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Send the lines that are whole by now."""
        lines, newline, self._held = (self._held + text).rpartition("\n")
        if newline:
            self._sender.send("printed", lines + newline)
        return len(text)

    def flush(self) -> None:
        """Send the rest."""
        if self._held:
            self._sender.send("printed", self._held)
            self._held = ""


def _bring_files(brought: Brought) -> Path:
    """Where a file of the driver's lies here; fetched once for each process, as long as it is among the last ones."""
    folder = _brought_folder() / brought.digest
    place = folder / Path(brought.place).name
    if not folder.is_dir():
        packed = import_module("ray").get(brought.held)
        if packed is None:
            return place  # there is none: whoever reads it says so
        half = folder.with_name(f"{folder.name}.half")
        unpack_files(packed, half / place.name)
        half.replace(folder)
    return place


@lru_cache(maxsize=1)
def _brought_folder() -> Path:
    """The folder of this process for what it was brought, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="lrlab-brought-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _node_here() -> str:
    with suppress(Exception):
        return str(import_module("ray").get_runtime_context().get_node_id())
    return ""
