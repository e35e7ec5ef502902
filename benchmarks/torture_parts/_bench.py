"""What trying points needs, made once: the library, the modules to import, how trials are stacked; and the tries."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path
from queue import Queue
from time import monotonic
from typing import NamedTuple

from ._faults import Orders, compile_library, map_orders
from ._points import Point, Start, Tried, make_starts, try_point
from ._runs import Runs, make_folder
from ._studies import STACKED

SETUP = {"layout": "grouped", "size": 4, "processes": 1, "threads": 1, "enough_for": None}  # the same on any machine


class Place(NamedTuple):
    """Where one point at a time is tried."""

    runs: Runs
    orders: Orders
    folder: Path


class Bench(NamedTuple):
    """Places to try points at, so many at once, and from where runs begin, one for each of STARTS."""

    places: list[Place]
    starts: list[Start]

    def try_points(
        self, points: Sequence[Point], tell: Callable[[Tried], object] = lambda _: None, seconds: float = inf
    ) -> list[Tried]:
        """Try the points, each wherever a place is free. tell: is told of each as it comes.

        seconds: after which no other is begun.
        """
        until = monotonic() + seconds
        free: Queue[Place] = Queue()
        for place in self.places:
            free.put(place)

        def attempt(point: Point) -> Tried | None:
            place = free.get()
            try:
                if monotonic() >= until:
                    return None
                tried = try_point(point, *place, self.starts[point.start])
            finally:
                free.put(place)
            tell(tried)
            return tried

        with ThreadPoolExecutor(len(self.places)) as pool:
            return [tried for tried in pool.map(attempt, points) if tried is not None]


@contextmanager
def open_bench(folder: Path, jobs: int) -> Iterator[Bench]:
    """A bench in a folder of its own, of which nothing is left after it. jobs: points to be tried at once."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    library = compile_library(folder)
    modules = _find_modules(folder, library)
    _fix_setup(folder)
    with ExitStack() as stack:
        places = []
        for number in range(jobs):
            orders = map_orders(folder / f"orders-{number}")
            runs = stack.enter_context(Runs(folder, library, folder / f"orders-{number}", modules, folder / "imported"))
            places.append(Place(runs, orders, folder / f"study-{number}"))
        yield Bench(places, make_starts(*places[0]))
    shutil.rmtree(folder)


def _find_modules(folder: Path, library: Path) -> list[str]:
    """What a run imports, as one that trains in the process itself has it at its end; and this machine is measured."""
    map_orders(folder / "orders")
    with Runs(folder, library, folder / "orders") as runs:
        for name, words in (("measured", ()), ("imported", ("--workers", "0"))):
            end = runs.run(make_folder(folder / name, STACKED), *words, modules=str(folder / f"{name}.json"))
            assert end.code == 0, end.err
    return [name for name in json.loads((folder / "imported.json").read_text(encoding="utf-8")) if name != "__main__"]


def _fix_setup(folder: Path) -> None:
    """Have trials stacked alike on every machine, whatever was measured."""
    (file,) = {
        path for path in (folder / "cache" / "setups").iterdir() if json.loads(path.read_text())["processes"] == 1
    }
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | SETUP), encoding="utf-8")
