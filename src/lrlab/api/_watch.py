"""`watch`: the newest run of a store as a page that renews itself, on this machine alone."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from ..errors import StudyError
from ..spec import Listener, Said, duration
from ..store import Store, holder_of
from ._checks import check_function, check_kinds
from ._durations import seconds_of
from ._places import store_place
from ._store_view import StoreReader
from ._watch_server import WatchServer

IDLE = "15m"
LOOK_EVERY = 0.5  # seconds between two looks at whether a run goes on
HIGHEST_PORT = 65535
LATELY, LINGER = 30.0, 6.0  # seconds since whoever looks asked last, and that such a one is waited for
SHOWN_AFTER = 1.5  # seconds after which what has ended is shown


def watch(
    store: Path | str | None = None,
    *,
    port: int | None = None,
    idle: str | float = IDLE,
    say: Callable[[str], None] | None = None,
) -> None:
    """Serve a page on 127.0.0.1 that shows the newest run of a store and renews itself, until it is idle or stopped.

    store: the file records are kept in; as `compare` has it unless given. port: any that is free unless given. idle:
    seconds, or a text such as "15m": it ends when for so long no run has written the store, and no page was asked for.
    say: is called with each sentence, the address first; unless given they are printed on standard error. Raises
    StoreError where there is no store, a LabError where the port cannot be had.
    """
    check_kinds(store=store, port=port)
    check_function("say", say, "each sentence")
    seconds = seconds_of(idle, "idle")
    if port is not None and not 0 <= port <= HIGHEST_PORT:
        raise StudyError(f"a port is a number from 0 to {HIGHEST_PORT}, but got {port}; leave it out for a free one")
    tell, place = say or _print_sentence, store_place(store)
    Store(place).close()  # says what is amiss before anything is served
    with StoreReader(place) as reader:
        server = WatchServer(reader, port or 0)
        try:
            tell(server.address)
            _wait_until_idle(server, place, seconds)
            tell(f"nobody looked and no run went on for {duration(seconds)}: stopped")
        finally:
            server.close()


@contextmanager
def watched(store: Path, wanted: bool, listen: Listener) -> Generator[None, None, None]:
    """Serve the page within the block, where that is wanted; its address is said. The store may be yet to be made.

    Whoever looks by the end is waited for a moment, so that the page ends with the answer. Raises LabError.
    """
    if not wanted:
        yield
        return
    with StoreReader(store) as reader:
        server = WatchServer(reader, 0)
        listen(Said(text=f"watch it: {server.address}", important=True))
        try:
            yield
            _wait_for_viewer(server)
        finally:
            server.close()


def _wait_for_viewer(server: WatchServer) -> None:
    """Until whoever looks has been shown the end, or has not come back for that."""
    end = monotonic()
    if end - server.polled < LATELY:
        while server.polled < end + SHOWN_AFTER and monotonic() - end < LINGER:
            sleep(LOOK_EVERY / 5)


def _wait_until_idle(server: WatchServer, store: Path, seconds: float) -> None:
    busy = monotonic()
    while True:
        if holder_of(store) is not None:
            busy = monotonic()
        if monotonic() - max(busy, server.seen) >= seconds:
            return
        sleep(min(LOOK_EVERY, seconds))


def _print_sentence(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
