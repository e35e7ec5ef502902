"""Which engine, how many trials a stack, how many processes: measured for this task on this machine, in seconds."""

from collections.abc import Iterator, Sequence
from math import inf
from time import perf_counter
from typing import Any, Literal, NamedTuple

from ..errors import RunError
from ..execution import Done, Executor
from ..spec import LayoutName, Setup, Trial

Engine = Literal["auto", "lanes", "stacked", "reference"]

MEASURE = "lrlab.engine:measure"
SIZES = (4, 8, 16, 32)  # trials a stack; on a processor nothing was ever gained beyond 32
CARD_SIZES = (8, 32, 64, 128, 256)  # on a graphics card, which is wider
LANE_SIZES = (8, 16, 32)  # in lanes; fewer trials than a vector has take as long
SECONDS = 0.4  # the time given to each candidate
LONGEST = 15.0  # seconds that measuring one candidate may take, as foreseen
WORTH = 5.0  # seconds of work below which there is nothing to be gained by looking for more
GAIN = 5.0  # times what the last candidate took to measure, that the work must take for another to be measured
BEATEN = 2.5  # how many times slower than lanes a stack of torch's may be before larger ones are left out
ENOUGH = 0.97  # a larger stack must take at most this share of the time per trial to be worth its memory
SPARE = 0.8  # the share of free memory that is planned with
MARGIN = 1.3  # what a trial takes, over what its tensors come to


class Job(NamedTuple):
    """What is to be run: examples of its trials in the order of stacking, how many there will be, and their updates.

    where: the task's place. device: "cpu" or torch's name of a graphics card.
    seconds: what it will be made to take, whatever the pace; None: all updates, however long.
    share: seconds that measuring may take, or what measuring one by one takes where that is more.
    """

    sample: Sequence[Trial]
    total: int
    updates: int
    where: str
    device: str = "cpu"
    seconds: float | None = None
    share: float = inf


class Pace(NamedTuple):
    """How fast a setup is now: seconds per trial in each process of an update and a look, and to build a stack."""

    update: float
    look: float
    build: float


class _Found(NamedTuple):
    """What a measurement gave: seconds per trial in each process, and memory; or why the layout refuses the model.

    missing: the layout is not there at all, whatever the model.
    """

    update: float
    look: float
    trial_bytes: int
    free_bytes: int
    unstackable: str
    graph: bool = False
    missing: bool = False
    mean: float = 0.0
    build: float = 0.0


class _Bench:
    """Measures a job's candidates, and knows when one more would cost more than it can bring.

    spent: the seconds that the last measurement took, and all: together. best: the machine's seconds per update and
    trial so far. cut_short: whether it ever did. slots: as many processes as there are trials for.
    """

    def __init__(self, job: Job, executor: Executor) -> None:
        self.job, self.executor = job, executor
        self.slots = min(executor.slots, job.total)
        self.spent = self.all = 0.0
        self.best = float("inf")
        self.cut_short = False

    def worth_more(self) -> bool:
        """Whether the job, as fast as is known by now, takes long enough to look for a faster way."""
        job = self.job
        work = job.total * job.updates * self.best if job.seconds is None else job.seconds
        worth = work > max(WORTH, GAIN * self.spent) and self.all + self.spent <= job.share
        self.cut_short = self.cut_short or not worth
        return worth

    def measure(self, layout: str, size: int, threads: int = 1, graph: bool = False) -> _Found:
        """Measure in every slot at once, or once where the process has all threads to itself; the slowest counts."""
        payload = _payload(self.job, layout, size, threads, graph)
        copies = self.slots if threads == 1 else 1
        first = layout == "loop" and size == 1  # the first call in a process loads the task and warms up
        warm = list(self.executor.call_all(MEASURE, [payload | {"seconds": 0.0}] * copies)) if first else []
        start = perf_counter()
        slow = first and _slow(warm)
        ends = warm if slow else list(self.executor.call_all(MEASURE, [payload] * copies))
        self.spent = perf_counter() - start
        found = _joint(ends, layout)._replace(graph=graph)
        if slow:
            self.spent = found.update + found.look
        self.all += self.spent
        if not found.unstackable:
            self.best = min(self.best, found.update / copies)
        return found

    def faster(self, layout: str, size: int) -> _Found:
        """The layout as it is or, on a graphics card, with recorded updates where they are faster."""
        plain = self.measure(layout, size)
        if self.job.device == "cpu" or plain.unstackable:
            return plain
        recorded = self.measure(layout, size, graph=True)
        return recorded if not recorded.unstackable and recorded.update < plain.update else plain


def _payload(job: Job, layout: str, size: int, threads: int, graph: bool) -> dict[str, Any]:
    return {
        "trials": [trial.to_dict() for trial in job.sample[:size]],
        "where": job.where,
        "layout": layout,
        "threads": threads,
        "device": job.device,
        "graph": graph,
        "seconds": SECONDS,
    }


def _slow(ends: Sequence[Done]) -> bool:
    """Whether one update took longer than a measurement may: it says enough."""
    return any(end.result is not None and end.result.get("mean", 0.0) >= SECONDS for end in ends)


def pace_now(job: Job, setup: Setup, executor: Executor) -> Pace:
    """How fast the setup is at the moment, with whatever else the machine does; all its processes side by side."""
    size = min(setup.size, len(job.sample))
    payload = _payload(job, setup.layout, size, setup.threads, setup.graph)
    found = _joint(list(executor.call_all(MEASURE, [payload] * min(setup.processes, executor.slots))), setup.layout)
    if found.unstackable:
        return Pace(setup.update or 0.0, setup.look or 0.0, 0.0)
    return Pace(found.mean, found.look, found.build)


def _joint(ends: Sequence[Done], layout: str) -> _Found:
    """What measurements side by side come to."""
    failure = next((end.failure for end in ends if end.failure), None)
    if failure is not None and layout not in ("loop", "reference"):  # what the loop can train is trained all the same
        return _Found(0.0, 0.0, 1, 0, failure.message)
    if failure is not None:
        error = RunError(f"the task cannot be trained: {failure.message}")
        error.add_note(failure.traceback)
        raise error
    results: list[dict[str, Any]] = [end.result for end in ends if end.result]
    refused = next((result for result in results if "unstackable" in result), None)
    if refused is not None:
        return _Found(0.0, 0.0, 1, 0, refused["unstackable"], missing=refused.get("missing", False))
    return _Found(
        max(result["update"] for result in results),
        max(result["look"] for result in results),
        max(result["trial_bytes"] for result in results),
        min(result["free_bytes"] for result in results),
        "",
        mean=max(result.get("mean", result["update"]) for result in results),
        build=max(result.get("build", 0.0) for result in results),
    )


def calibrate(job: Job, executor: Executor, engine: Engine) -> Setup:
    """The setup that trains the job fastest.

    "stacked" asks for stacks of torch's wherever the model allows one, "lanes" for lanes wherever they take it, else
    for the same as "stacked". Raises RunError, with the engine's own words, where the task cannot be trained.
    """
    bench = _Bench(job, executor)
    single = bench.measure("loop", 1)
    if single.unstackable:  # one such model after the other, by the plain loop
        plain = bench.measure("reference", 1)
        setup = Setup(layout="reference", processes=bench.slots, device=job.device, why=single.unstackable)
        paces = {"update": plain.update, "look": plain.look}
        return setup if plain.unstackable else setup.model_copy(update=paces)
    processes = max(min(bench.slots, _fitting(single, 1)), 1)
    alone = Setup(
        layout="reference" if engine == "reference" else "loop",
        processes=processes,
        device=job.device,
        ratio=1.0,
        update=single.update,
        look=single.look,
    )
    if engine == "reference":
        return alone
    best = _best(bench, alone, single, engine)
    return best.model_copy(update={"enough_for": job.total * job.updates}) if bench.cut_short else best


def _best(bench: _Bench, alone: Setup, single: _Found, engine: Engine) -> Setup:
    """The fastest setup, after looking for as long as that is worth it."""
    if engine == "auto" and not bench.worth_more():
        return alone
    best = _smallest(_candidates(bench, alone, single, engine))
    return _threaded(bench, best, single) if bench.executor.slots > 1 and bench.worth_more() else best


def _candidates(bench: _Bench, alone: Setup, single: _Found, engine: Engine) -> list[Setup]:
    """What the engine may choose from, the smallest first, each with what kept the model from more."""
    laned, out = ([], "") if engine == "stacked" else _laned(bench, alone, single, engine)
    if engine == "lanes" and laned:
        return laned
    if engine == "auto" and not bench.worth_more():
        return [alone, *laned]
    alone = alone.model_copy(update={"why": out})
    limit = BEATEN * min((setup.update or 0.0 for setup in laned), default=float("inf"))
    stacked, why = _stacked(bench, alone, single, limit)
    alone = alone.model_copy(update={"why": _joined(out, why)})
    if engine != "auto":
        return stacked or [alone]
    last = [_last(bench, alone)] if bench.worth_more() else []
    return sorted([alone, *last, *stacked, *laned], key=lambda setup: setup.size)


def _joined(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)


def _last(bench: _Bench, alone: Setup) -> Setup:
    """One by one with images in channels-last memory."""
    seen = bench.faster("channels_last", 1)
    if seen.unstackable:
        return alone
    return alone.model_copy(update={"layout": "channels_last"} | _paces(seen, alone.update or 0.0))


def _paces(seen: _Found, single: float) -> dict[str, float | bool]:
    """What a setup notes of a measurement. single: seconds per update and trial, one by one."""
    return {"ratio": single / seen.update, "update": seen.update, "look": seen.look, "graph": seen.graph}


def _smallest(setups: Sequence[Setup]) -> Setup:
    """The smallest stack that is as fast as the fastest, but for what noise can explain."""
    fastest = min(map(_cost, setups))
    return next(setup for setup in setups if ENOUGH * _cost(setup) <= fastest)


def _cost(setup: Setup) -> float:
    """Seconds of the machine per update and trial."""
    return (setup.update or 0.0) / setup.processes


def _laned(bench: _Bench, alone: Setup, single: _Found, engine: Engine) -> tuple[list[Setup], str]:
    """Setups of growing stacks in lanes, as long as they fit into memory; and what keeps the model out of lanes."""
    if bench.job.device != "cpu":
        return [], "lanes run on a processor alone" if engine == "lanes" else ""
    found: list[Setup] = []
    memory = single  # a vector is filled up with lanes that are not used, and those take memory too
    for size in _sizes(_share(bench.job, alone.processes), LANE_SIZES):
        long = found and (size * (found[-1].update or 0.0) > LONGEST / 2 or not bench.worth_more())
        if long or _fitting(memory, alone.processes) < max(size, LANE_SIZES[0]):
            break
        seen = bench.measure("lanes", size)
        if seen.missing and engine == "auto":
            return [], "lanes are not compiled here"
        if seen.unstackable:
            return found, f"not in lanes: {seen.unstackable}"
        memory = single._replace(trial_bytes=seen.trial_bytes)
        if _fitting(memory, alone.processes) < size:
            break
        found.append(alone.model_copy(update={"layout": "lanes", "size": size} | _paces(seen, single.update)))
    return found, "" if found else "too little memory for lanes"


def _stacked(bench: _Bench, alone: Setup, single: _Found, limit: float) -> tuple[list[Setup], str]:
    """Setups of growing stacks, as long as they fit into memory; and, where a layout refuses the model, why.

    limit: seconds per update and trial; a stack that takes more is the last.
    """
    layout: LayoutName = "grouped"
    why = ""
    found: list[Setup] = []
    most = min(_fitting(single, alone.processes), _share(bench.job, alone.processes))
    for size in _sizes(most, SIZES if bench.job.device == "cpu" else CARD_SIZES) if most > 1 else ():
        slow = found and (size * single.update > LONGEST / 2 or (found[-1].update or 0.0) > limit)
        if slow or (found and not bench.worth_more()):
            break
        seen = bench.faster(layout, size)
        if seen.unstackable and layout == "grouped":
            layout, why = "vmap", seen.unstackable
            seen = bench.faster(layout, size)
        if seen.unstackable:
            break
        how = {"layout": layout, "size": size, "why": _joined(alone.why, why)}
        found.append(alone.model_copy(update=how | _paces(seen, single.update)))
    return found, why


def _share(job: Job, processes: int) -> int:
    """An equal share of the trials for each process."""
    return min(-(-job.total // processes), len(job.sample))


def _sizes(most: int, sizes: Sequence[int]) -> Iterator[int]:
    """The sizes to try, up to so many trials."""
    yield from (size for size in sizes if size < most)
    yield min(most, sizes[-1])


def _fitting(single: _Found, processes: int) -> int:
    """How many trials at once, in each of so many processes, the free memory holds."""
    return int(SPARE * single.free_bytes / (MARGIN * single.trial_bytes * processes))


def _threaded(bench: _Bench, best: Setup, single: _Found) -> Setup:
    """The same in one process with as many threads as there are slots, where that is faster."""
    if best.size * single.update > LONGEST / 2 or bench.job.device != "cpu":
        return best
    slots = bench.executor.slots
    seen = bench.measure(best.layout, best.size, threads=slots)
    one = best.model_copy(update={"processes": 1, "threads": slots, "update": seen.update, "look": seen.look})
    if seen.unstackable or _cost(one) > ENOUGH * _cost(best):
        return best
    return one.model_copy(update={"ratio": single.update / slots / _cost(one)})
