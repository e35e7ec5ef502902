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


class Point(NamedTuple):
    """The nth call of a kind in a role, and how it goes wrong. lasting: it stays so, as a full disk does."""

    role: int
    kind: int
    number: int
    fault: int
    lasting: bool = False

    @property
    def name(self) -> str:
        """In words."""
        what = FAULTS[self.fault] + (" from then on" if self.lasting else "")
        return f"{ROLES[self.role]}, {KINDS[self.kind]} {self.number}: {what}"


class Reference(NamedTuple):
    """What a run without a fault leaves and answers, and how many calls of each kind it makes, by role and place."""

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


def make_reference(runs: Runs, orders: Orders, folder: Path) -> Reference:
    """A run without a fault."""
    make_folder(folder)
    give_orders(orders, folder, None)
    end = runs.run(folder)
    assert end.code == 0, end.err
    assert runs.settle() == 0, "a process stayed"
    counts = [[list(by_place) for by_place in by_kind] for by_kind in orders.counts]
    reference = Reference(content(folder / "records.db"), rows(end.out), counts)
    assert not list(faults_of_store(folder, reference.content))
    shutil.rmtree(folder)
    return reference


def faults_of(kind: int) -> Iterator[tuple[int, bool]]:
    """The ways in which a call of this kind can go wrong, and whether for good."""
    yield KILL, False
    if kind in BYTES:
        yield from ((WITHIN, False), (SHORT, False))
    if kind != SEND:
        yield from ((FULL, False), (IO, False))
    if kind == LASTING:
        yield FULL, True


def all_points(reference: Reference) -> list[Point]:
    """Every point there is, and after the last of each kind one more, which is to find no call."""
    return [
        Point(role, kind, number, *fault)
        for role in range(len(ROLES))
        for kind in range(len(KINDS))
        if reference.calls(role, kind)
        for fault in faults_of(kind)
        for number in range(1, reference.calls(role, kind) + 2)
    ]


def draw_points(points: Sequence[Point], share: float, seed: int) -> list[Point]:
    """A share of the points, drawn at random, in random order."""
    chosen = list(points)
    random.Random(seed).shuffle(chosen)
    return chosen[: round(share * len(chosen))]


def try_point(point: Point, runs: Runs, orders: Orders, folder: Path, reference: Reference) -> Tried:
    """Run the study with a fault at this point, then the same command without one; what is wrong after that."""
    make_folder(folder)
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
    codes, seconds = (first.code, again.code), first.seconds + again.seconds
    said = first.err.strip().split("\n")[-1] if first.code else ""
    return Tried(point, fired, place, path.replace(str(folder), ""), codes, tuple(faults), seconds, said, restacked)
