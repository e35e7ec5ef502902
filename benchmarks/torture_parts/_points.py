"""Every point at which a call can go wrong, and one of them tried."""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ._check import Content, content, faults_of_end, faults_of_store, is_restacked, rows
from ._faults import FAULTS, KINDS, PLACES, ROLES, Orders, give_orders
from ._runs import Runs, make_folder
from ._studies import LOOP, STACKED

KILL, WITHIN, FULL, IO, SHORT = range(1, len(FAULTS))
SEND = KINDS.index("send")
BYTES = (KINDS.index("write"), SEND)  # calls that may be done by half
LASTING = KINDS.index("write")  # from such a call on a disk may stay full
STARTS = ("", "after a kill", "after a full disk", "own loop")  # from nothing, or where a run ended; another study
LOOP_START = 3


class Point(NamedTuple):
    """The nth call of a kind in a role, and how it goes wrong.

    lasting: it stays so, as a full disk does. start: from where the run begins, one of STARTS.
    """

    role: int
    kind: int
    number: int
    fault: int
    lasting: bool = False
    start: int = 0

    @property
    def name(self) -> str:
        """In words."""
        what = FAULTS[self.fault] + (" from then on" if self.lasting else "")
        start = STARTS[self.start] and f"{STARTS[self.start]}, "
        return f"{start}{ROLES[self.role]}, {KINDS[self.kind]} {self.number}: {what}"


class Start(NamedTuple):
    """From where runs begin, a folder that is copied; what a run from there leaves and answers without a fault.

    counts: how many calls of each kind it makes, by role and place.
    """

    folder: Path
    content: Content
    answer: list[dict[str, object]]
    counts: list[list[list[int]]]

    def calls(self, role: int, kind: int) -> int:
        """How many calls of this kind there are."""
        return sum(self.counts[role][kind])


class Tried(NamedTuple):
    """What came of a point. fired: whether there was such a call. place, path: of the file. codes: of both runs.

    said: the last words of a first run that ended with an error. restacked: whether trials came into other stacks.
    """

    point: Point
    fired: bool
    place: str
    path: str
    codes: tuple[int | None, ...]
    faults: tuple[str, ...]
    seconds: float
    said: str
    restacked: bool


def make_starts(runs: Runs, orders: Orders, folder: Path) -> list[Start]:
    """From where runs begin, one for each of STARTS, in folders beside this one."""
    beside = [folder.with_name(f"start-{number}") for number in range(len(STARTS))]
    fresh = _run_from(make_folder(beside[0], STACKED), runs, orders, folder)
    starts = [fresh]
    for number, fault, lasting in ((1, KILL, False), (2, FULL, True)):
        point = Point(0, LASTING, fresh.calls(0, LASTING) * 3 // 5, fault, lasting)
        starts.append(_run_from(_end_early(point, runs, orders, folder, beside[number]), runs, orders, folder))
        assert (starts[-1].content, starts[-1].answer) == (fresh.content, fresh.answer)
    return [*starts, _run_from(make_folder(beside[LOOP_START], LOOP), runs, orders, folder)]


def _run_from(begun: Path, runs: Runs, orders: Orders, folder: Path) -> Start:
    """What a run without a fault leaves that begins there."""
    shutil.copytree(begun, folder)
    give_orders(orders, folder, None)
    end = runs.run(folder)
    assert end.code == 0, end.err
    assert runs.settle() == 0, "a process stayed"
    counts = [[list(by_place) for by_place in by_kind] for by_kind in orders.counts]
    start = Start(begun, content(folder / "records.db"), rows(end.out), counts)
    assert not list(faults_of_store(folder, start.content))
    shutil.rmtree(folder)
    return start


def _end_early(point: Point, runs: Runs, orders: Orders, folder: Path, kept: Path) -> Path:
    """What a run leaves that ended at this point; what it could not write lies beside the store then."""
    give_orders(orders, make_folder(folder, STACKED), point)
    runs.run(folder)
    assert runs.settle() == 0, "a process stayed"
    for file in runs.scratch.glob("lrlab-*/records-rescued.db"):
        shutil.move(file, folder)
    assert (folder / ("records-rescued.db" if point.lasting else "records-checkpoints")).exists()
    return folder.rename(kept)


def faults_of(kind: int) -> Iterator[tuple[int, bool]]:
    """The ways in which a call of this kind can go wrong, and whether for good."""
    yield KILL, False
    if kind in BYTES:
        yield from ((WITHIN, False), (SHORT, False))
    if kind != SEND:
        yield from ((FULL, False), (IO, False))
    if kind == LASTING:
        yield FULL, True


def tried_faults(start: int, role: int, kind: int) -> list[tuple[int, bool]]:
    """The ways that are tried: all of them in a run from nothing, a few in others."""
    tried = {0: (0, 1, 2), LOOP_START: (0, 2)}.get(start, (0,))
    few = (KILL, WITHIN, FULL) if role else (KILL,) if start == LOOP_START else (KILL, FULL)
    ways = faults_of(kind) if role in tried else ()
    return [(fault, lasting) for fault, lasting in ways if not start or (fault in few and not lasting)]


def all_points(starts: Sequence[Start]) -> list[Point]:
    """Every point there is, and after the last of each kind one more, which is to find no call.

    After a kill and a full disk kills and a full disk in the driver, which takes in there what was left; of a loop of
    the user's own kills of both, and a full disk in the worker.
    """
    return [
        Point(role, kind, number, *fault, start)
        for start, begun in enumerate(starts)
        for role in range(len(ROLES))
        for kind in range(len(KINDS))
        if begun.calls(role, kind)
        for fault in tried_faults(start, role, kind)
        for number in range(1, begun.calls(role, kind) + 2)
    ]


def draw_points(points: Sequence[Point], share: float, seed: int) -> list[Point]:
    """A share of the points, drawn at random, in random order."""
    chosen = list(points)
    random.Random(seed).shuffle(chosen)
    return chosen[: round(share * len(chosen))]


def try_point(point: Point, runs: Runs, orders: Orders, folder: Path, start: Start) -> Tried:
    """Run the study with a fault at this point, then the same command without one; what is wrong after that."""
    shutil.copytree(start.folder, folder)
    give_orders(orders, folder, point)
    first = runs.run(folder)
    left = 0 if orders.fired else runs.settle()  # what ends after the driver makes calls too
    fired, place, path = bool(orders.fired), PLACES[orders.fired_place], orders.fired_path.decode()
    give_orders(orders, folder, None)
    faults = [f"at first {words}" for words in faults_of_end(first, start.answer)]
    again = runs.run(folder)
    faults += [f"again {words}" for words in faults_of_end(again, start.answer)]
    if again.code != 0:
        faults.append(f"again it ended with {again.code}: {again.err[-600:]!r}")
    if left := left + runs.settle():
        faults.append(f"{left} processes did not end")
    faults += faults_of_store(folder, start.content)
    restacked = is_restacked(folder, start.content)
    shutil.rmtree(folder)
    runs.clear_scratch()
    codes, seconds = (first.code, again.code), first.seconds + again.seconds
    said = first.err.strip().split("\n")[-1] if first.code else ""
    return Tried(point, fired, place, path.replace(str(folder), ""), codes, tuple(faults), seconds, said, restacked)
