"""Runs killed at random moments, and what that cost."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ._check import Content, content, faults_of_end, faults_of_store, rows
from ._faults import Orders, give_orders
from ._runs import RunEnd, Runs, make_folder
from ._studies import LONGER

WHOM = ("driver", "worker", "both", "group")
EVERY = 0.1  # seconds between two checkpoints, about an epoch of a stack
WORKERS = ("--workers", "2")
WHOLE_RUNS = 3


class Kill(NamedTuple):
    """One kill. after: seconds from the beginning. hit: how many processes. repeated: share of updates trained twice.

    seconds: of all runs together, until the study was done.
    """

    whom: str
    after: float
    hit: int
    repeated: float
    seconds: float
    faults: tuple[str, ...]


class Whole(NamedTuple):
    """What runs leave that nobody kills, how many updates of a trial they make, and how long they take."""

    content: Content
    answer: list[dict[str, object]]
    updates: int
    seconds: list[float]


def measure_whole(runs: Runs, orders: Orders, folder: Path) -> Whole:
    """Runs that nobody kills; the first, which measures this machine, does not count."""
    wholes = []
    for _ in range(WHOLE_RUNS + 1):
        make_folder(folder, LONGER)
        give_orders(orders, folder, None)
        end, updates = _run(runs, folder)
        assert end.code == 0, end.err
        assert runs.settle() == 0, "a process stayed"
        wholes.append(Whole(content(folder / "records.db"), rows(end.out), updates, [end.seconds]))
        _clear(folder)
    first, *others = wholes[1:]
    assert all(whole[:3] == first[:3] for whole in others), "two runs differ that nobody killed"
    return first._replace(seconds=[whole.seconds[0] for whole in wholes[1:]])


def kill_at_random(
    runs: Runs, orders: Orders, folder: Path, whole: Whole, count: int, seed: int, tell: Callable[[Kill], object]
) -> list[Kill]:
    """So many kills, each of a run of its own; the same command goes on after it."""
    draws = random.Random(seed)
    kills = []
    for number in range(count):
        whom, after = WHOM[number % len(WHOM)], draws.uniform(0.0, sorted(whole.seconds)[len(whole.seconds) // 2])
        make_folder(folder, LONGER)
        give_orders(orders, folder, None)
        kills.append(_kill_once(runs, folder, whole, whom, after))
        tell(kills[-1])
        _clear(folder)
    return kills


def _kill_once(runs: Runs, folder: Path, whole: Whole, whom: str, after: float) -> Kill:
    end, updates = _run(runs, folder, kill={"whom": whom, "after": after})
    seconds, hit, faults = end.seconds, end.hit, list(faults_of_end(end, whole.answer))
    if whom == "worker" and end.code != 0:
        faults.append(f"without a worker it ended with {end.code}: {end.err[-600:]!r}")
    if end.code != 0:
        end, more = _run(runs, folder)
        seconds, updates = seconds + end.seconds, updates + more
        faults += [f"again {words}" for words in faults_of_end(end, whole.answer)]
        faults += [] if end.code == 0 else [f"again it ended with {end.code}: {end.err[-600:]!r}"]
    if left := runs.settle():
        faults.append(f"{left} processes did not end")
    faults += faults_of_store(folder, whole.content)
    return Kill(whom, after, hit, updates / whole.updates - 1, seconds, tuple(faults))


def _run(runs: Runs, folder: Path, **more: object) -> tuple[RunEnd, int]:
    """A run, and how many updates of a trial it made."""
    noted = folder.with_name(f"{folder.name}.trained")
    noted.unlink(missing_ok=True)
    end = runs.run(folder, *WORKERS, every=EVERY, trained=str(noted), **more)
    return end, sum(map(int, noted.read_text(encoding="ascii").split())) if noted.exists() else 0


def _clear(folder: Path) -> None:
    shutil.rmtree(folder)
