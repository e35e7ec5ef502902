"""On which machines a study runs: this one, or a Ray cluster."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from ..errors import StudyError, UnknownName, shortened
from ..execution import RayCluster
from ..lab import check_device
from ..spec import Listener, Said
from ._checks import check_kinds

RAY = "ray"
PLACES = ("here", RAY)
DESCRIBE = "lrlab.lab:machine_kind"  # asked on every node


class TrainingPlace(NamedTuple):
    """on: "here" or "ray". address: of a cluster, None: as `RayCluster` has it. checkpoints: theirs, likewise."""

    on: str = "here"
    address: str | None = None
    checkpoints: str | None = None


HERE = TrainingPlace()


def place_of(on: str | None, address: str | None, checkpoints: str | os.PathLike[str] | None) -> TrainingPlace:
    """The caller's words, as `compare` has them. Raises StudyError or UnknownName for what cannot be."""
    check_kinds(on=on, address=address, checkpoints=checkpoints)
    on = "here" if on is None else on.strip().lower()
    if on not in PLACES:
        raise UnknownName("place", on, PLACES)
    given = {"address": address, "checkpoints": checkpoints}
    stray = [name for name, value in given.items() if value is not None]
    if on != RAY and stray:
        are, them = ("is", "it") if len(stray) == 1 else ("are", "them")
        raise StudyError(f'{" and ".join(stray)} {are} of a cluster; write on="ray" (--on ray), or leave {them} out')
    address = None if address is None or not address.strip() else address.strip()
    return TrainingPlace(on, address, None if checkpoints is None else os.fspath(checkpoints))


def check_place_device(place: TrainingPlace, device: str) -> None:
    """Raise StudyError where torch cannot run on that device there, as far as is known here."""
    if place.on != RAY:
        check_device(device)
    elif device not in ("cpu", "cuda"):
        raise StudyError(
            f'on a cluster a device is "cpu" or "cuda", for Ray says which card, but got {shortened(device, 100)!r}'
        )


def check_place_workers(place: TrainingPlace, workers: int | None) -> None:
    """Raise StudyError for a cluster with no worker."""
    if place.on == RAY and workers == 0:
        raise StudyError('workers=0 trains in this process, and on="ray" elsewhere; leave one of them out')


@contextmanager
def cluster_of(
    place: TrainingPlace, most: int | None, device: str, listen: Listener
) -> Generator[RayCluster, None, None]:
    """A cluster, given back however the block ends. most: jobs at once; None: as many as it has cores or cards."""

    def say(text: str) -> None:
        listen(Said(text=f"{text}.", important=True))

    cluster = RayCluster(place.address, most, device, place.checkpoints, DESCRIBE, say)
    try:
        yield cluster
    finally:
        cluster.close()
