"""Every point at which a call can go wrong, and one of them tried."""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ._check import Content, content, faults_of_end, faults_of_store, is_restacked, rows
from ._faults import FAULTS, KINDS, PLACES, ROLES, Orders, give_orders
from ._runs import Runs, make_folder

KILL, WITHIN, FULL, IO, SHORT = range(1, len(FAULTS))
SEND = KINDS.index("send")
BYTES = (KINDS.index("write"), SEND)  # calls that may be done by half
LASTING = KINDS.index("write")  # from such a call on a disk may stay full
STARTS = ("", "after a kill", "after a full disk")  # from where a run begins: from nothing, or where another ended


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
    """From where runs begin: a folder that is copied; and how many calls a run from there makes."""

    folder: Path
    counts: list[list[list[int]]]

    def calls(self, role: int, kind: int) -> int:
        """How many calls of this kind there are."""
        return sum(self.counts[role][kind])


class Reference(NamedTuple):
    """What a run without a fault leaves and answers; and from where runs begin, one for each of STARTS."""

    content: Content
    answer: list[dict[str, object]]
    starts: list[Start]


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


def make_reference(runs: Runs, orders: Orders, folder: Path) -> Reference:
    """A run without a fault, and the starts, which stay beside the folder."""
    make_folder(folder)
    give_orders(orders, folder, None)
    end = runs.run(folder)
    assert end.code == 0, end.err
    reference = Reference(content(folder / "records.db"), rows(end.out), [])
    shutil.rmtree(folder)
    begun = folder.with_name("start-0")
    reference.starts.append(_count_calls(make_folder(begun), runs, orders, folder, reference))
    writes = reference.starts[0].calls(0, LASTING)
    for number, fault, lasting in ((1, KILL, False), (2, FULL, True)):
        point = Point(0, LASTING, writes * 3 // 5, fault, lasting)
        ended = _end_early(point, runs, orders, folder, begun.with_name(f"start-{number}"))
        reference.starts.append(_count_calls(ended, runs, orders, folder, reference))
    return reference


def _end_early(point: Point, runs: Runs, orders: Orders, folder: Path, kept: Path) -> Path:
    """What a run leaves that ended at this point; what it could not write lies beside the store then."""
    give_orders(orders, folder, point)
    runs.run(make_folder(folder))
    assert runs.settle() == 0, "a process stayed"
    for file in runs.scratch.glob("records-rescued.db"):
        shutil.move(file, folder)
    assert (folder / ("records-rescued.db" if point.lasting else "records-checkpoints")).exists()
    return folder.rename(kept)


def _count_calls(begun: Path, runs: Runs, orders: Orders, folder: Path, reference: Reference) -> Start:
    """How many calls a run without a fault makes from here on."""
    shutil.copytree(begun, folder)
    give_orders(orders, folder, None)
    end = runs.run(folder)
    assert runs.settle() == 0, "a process stayed"
    counts = [[list(by_place) for by_place in by_kind] for by_kind in orders.counts]
    assert not [*faults_of_end(end, reference.answer), *faults_of_store(folder, reference.content)]
    shutil.rmtree(folder)
    return Start(begun, counts)


def faults_of(kind: int, start: int = 0) -> Iterator[tuple[int, bool]]:
    """The ways in which a call of this kind can go wrong, and whether for good; of later starts a few."""
    yield KILL, False
    if kind in BYTES:
        yield WITHIN, False
    if kind != SEND:
        yield FULL, False
    if kind in BYTES and not start:
        yield SHORT, False
    if kind != SEND and not start:
        yield IO, False
    if kind == LASTING and not start:
        yield FULL, True


def all_points(reference: Reference) -> list[Point]:
    """Every point there is, and after the last of each kind one more, which is to find no call.

    Of later starts those in the driver alone, which takes in there what was left.
    """
    return [
        Point(role, kind, number, *fault, start)
        for start, begun in enumerate(reference.starts)
        for role in range(len(ROLES) if not start else 1)
        for kind in range(len(KINDS))
        if begun.calls(role, kind)
        for fault in faults_of(kind, start)
        for number in range(1, begun.calls(role, kind) + 2)
    ]


def draw_points(points: Sequence[Point], share: float, seed: int) -> list[Point]:
    """A share of the points, drawn at random, in random order."""
    chosen = list(points)
    random.Random(seed).shuffle(chosen)
    return chosen[: round(share * len(chosen))]


def try_point(point: Point, runs: Runs, orders: Orders, folder: Path, reference: Reference) -> Tried:
    """Run the study with a fault at this point, then the same command without one; what is wrong after that."""
    shutil.copytree(reference.starts[point.start].folder, folder)
    give_orders(orders, folder, point)
    first = runs.run(folder)
    fired, place, path = bool(orders.fired), PLACES[orders.fired_place], orders.fired_path.decode()
    give_orders(orders, folder, None)
    faults = [f"at first {words}" for words in faults_of_end(first, reference.answer)]
    again = runs.run(folder)
    faults += [f"again {words}" for words in faults_of_end(again, reference.answer)]
    if again.code != 0:
        faults.append(f"again it ended with {again.code}: {again.err[-600:]!r}")
    if left := runs.settle():
        faults.append(f"{left} processes did not end")
    faults += faults_of_store(folder, reference.content)
    restacked = is_restacked(folder, reference.content)
    shutil.rmtree(folder)
    runs.clear_scratch()
    codes, seconds = (first.code, again.code), first.seconds + again.seconds
    said = first.err.strip().split("\n")[-1] if first.code else ""
    return Tried(point, fired, place, path.replace(str(folder), ""), codes, tuple(faults), seconds, said, restacked)
