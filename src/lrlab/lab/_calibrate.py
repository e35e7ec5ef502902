"""Which engine, how many trials a stack, how many processes: measured for this task on this machine, in seconds."""

from collections.abc import Iterator, Sequence
from math import inf
from time import perf_counter
from typing import Literal, NamedTuple

from ..errors import RunError
from ..execution import Executor, machine_slots
from ..spec import (
    LAYOUT_KINDS,
    ONE_BY_ONE,
    PLAIN_LOOP,
    Ended,
    Event,
    Failed,
    LayoutName,
    MeasurePace,
    Resources,
    Setup,
    Timing,
    Trial,
)

Engine = Literal["auto", "lanes", "stacked", "reference"]

COMPILED: dict[LayoutName, LayoutName] = {
    "grouped": "grouped_compiled",
    "loop": "loop_compiled",
    "channels_last": "loop_compiled",
}
SECONDS = 0.4  # the time given to each candidate
LONGEST = 15.0  # seconds that measuring one candidate may take, as foreseen
WORTH = 5.0  # seconds of work below which there is nothing to be gained by looking for more
GAIN = 5.0  # times what the last candidate took to measure, that the work must take for another to be measured
BEATEN = 2.5  # how many times slower than lanes a stack of torch's may be before larger ones are left out
CLOSE = 3.0  # a stack that gains less is compared with one by one once more: a busy machine changes by as much
ENOUGH = 0.97  # a larger stack must take at most this share of the time per trial to be worth its memory
SPARE = 0.8  # the share of free memory that is planned with
MARGIN = 1.3  # what a trial takes, over what its tensors come to


class Workload(NamedTuple):
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


class _Bench:
    """Measures a workload's candidates, and knows when one more would cost more than it can bring.

    spent: the seconds that the last measurement took, and all: together. best: the machine's seconds per update and
    trial so far. cut_short: whether it ever did. slots: as many processes as there are trials for. machines: on how
    many the executor's slots are.
    """

    def __init__(self, work: Workload, executor: Executor) -> None:
        self.work, self.executor = work, executor
        self.slots = min(executor.slots, work.total)
        self.machines = -(-executor.slots // machine_slots(executor))
        self.spent = self.all = 0.0
        self.best = float("inf")
        self.cut_short = False

    def count_fitting(self, single: Timing, processes: int) -> int:
        """How many trials at once, in each of so many processes, the free memory of the machines holds."""
        return int(self.machines * SPARE * single.free_bytes / (MARGIN * single.trial_bytes * processes))

    @property
    def seconds(self) -> float:
        """What the workload is to take, as fast as is known by now."""
        work = self.work
        return work.total * work.updates * self.best if work.seconds is None else work.seconds

    def is_worth_more(self, least: float = 0.0) -> bool:
        """Whether the workload takes long enough to look for a faster way, for these seconds at least."""
        cost = max(self.spent, least)
        worth = self.seconds > max(WORTH, GAIN * cost) and self.all + cost <= self.work.share
        self.cut_short = self.cut_short or not worth
        return worth

    def measure(self, layout: LayoutName, size: int, threads: int = 1, graph: bool = False) -> Timing:
        """Measure in every slot at once, or once where the process has all threads to itself; the slowest counts."""
        copies = self.slots if threads == 1 else 1
        jobs = _make_jobs(self.work, layout, size, copies, threads, graph)
        first = layout == ONE_BY_ONE and size == 1  # the first call in a process loads the task and warms up
        warm = _measure_at_once(self.executor, [job.model_copy(update={"seconds": 0.0}) for job in jobs] * first)
        start = perf_counter()
        slow = first and _is_slow(warm)
        ends = warm if slow else _measure_at_once(self.executor, jobs)
        self.spent = perf_counter() - start
        timing = _join_timings(ends, layout)
        if slow:
            self.spent = timing.update + timing.look
        self.all += self.spent
        if not timing.refused:
            self.best = min(self.best, timing.update / copies)
        return timing

    def measure_faster(self, layout: LayoutName, size: int) -> Timing:
        """The layout as it is or, on a graphics card, with recorded updates where they are faster."""
        plain = self.measure(layout, size)
        if self.work.device == "cpu" or plain.refused:
            return plain
        recorded = self.measure(layout, size, graph=True)
        return recorded if not recorded.refused and recorded.update < plain.update else plain


def _make_jobs(
    work: Workload, layout: LayoutName, size: int, copies: int, threads: int, graph: bool
) -> list[MeasurePace]:
    """The same measurement so many times, to be run side by side."""
    return [
        MeasurePace(
            name=f"{layout} {size} {copy}",
            resources=Resources(cores=threads, device=work.device),
            trials=tuple(work.sample[:size]),
            where=work.where,
            layout=layout,
            graph=graph,
            seconds=SECONDS,
        )
        for copy in range(copies)
    ]


def _measure_at_once(executor: Executor, jobs: Sequence[MeasurePace]) -> list[Event]:
    """The ends of measurements."""
    return [event for event in executor.run(jobs) if isinstance(event, Ended | Failed)]


def _is_slow(ends: Sequence[Event]) -> bool:
    """Whether one update took longer than a measurement may: it says enough."""
    return any(timing.mean >= SECONDS for timing in _timings_of(ends))


def _timings_of(ends: Sequence[Event]) -> list[Timing]:
    return [end.timing for end in ends if isinstance(end, Ended) and end.timing is not None]


def pace_now(work: Workload, setup: Setup, executor: Executor) -> Pace:
    """How fast the setup is at the moment, with whatever else the machine does; all its processes side by side."""
    size, copies = min(setup.size, len(work.sample)), min(setup.processes, executor.slots)
    jobs = _make_jobs(work, setup.layout, size, copies, setup.threads, setup.graph)
    timing = _join_timings(_measure_at_once(executor, jobs), setup.layout)
    if timing.refused:
        return Pace(setup.update or 0.0, setup.look or 0.0, 0.0)
    return Pace(timing.mean, timing.look, timing.build)


def _join_timings(ends: Sequence[Event], layout: LayoutName) -> Timing:
    """What measurements side by side come to: the slowest, with the least memory free."""
    failure = next((end for end in ends if isinstance(end, Failed)), None)
    if failure is not None and not LAYOUT_KINDS[layout].any_model:  # what the loop can train is trained all the same
        return Timing(refused=failure.message)
    if failure is not None:
        error = RunError(f"the task cannot be trained: {failure.message}", [failure.message])
        error.add_note(failure.traceback)
        raise error
    timings = _timings_of(ends)
    refused = next((timing for timing in timings if timing.refused), None)
    if refused is not None:
        return refused
    slowest = {name: max(getattr(timing, name) for timing in timings) for name in ("update", "mean", "look", "build")}
    most, least = max(timing.trial_bytes for timing in timings), min(timing.free_bytes for timing in timings)
    return timings[0].model_copy(update=slowest | {"trial_bytes": most, "free_bytes": least})


def calibrate(work: Workload, executor: Executor, engine: Engine) -> Setup:
    """The setup that trains the workload fastest.

    "stacked" asks for stacks of torch's wherever the model allows one, "lanes" for lanes wherever they take it, else
    for the same as "stacked". Raises RunError, with the engine's own words, where the task cannot be trained.
    """
    bench = _Bench(work, executor)
    single = bench.measure(ONE_BY_ONE, 1)
    if single.refused:  # one such model after the other, by the plain loop
        plain = bench.measure(PLAIN_LOOP, 1)
        setup = Setup(layout=PLAIN_LOOP, processes=bench.slots, device=work.device, why=single.refused)
        paces = {"update": plain.update, "look": plain.look}
        return setup if plain.refused else setup.model_copy(update=paces)
    processes = max(min(bench.slots, bench.count_fitting(single, 1)), 1)
    alone = Setup(
        layout=PLAIN_LOOP if engine == "reference" else ONE_BY_ONE,
        processes=processes,
        device=work.device,
        ratio=1.0,
        update=single.update,
        look=single.look,
    )
    if engine == "reference":
        return alone
    best = _find_best(bench, alone, single, engine)
    return best.model_copy(update={"enough_for": work.total * work.updates}) if bench.cut_short else best


def _find_best(bench: _Bench, alone: Setup, single: Timing, engine: Engine) -> Setup:
    """The fastest setup, after looking for as long as that is worth it."""
    if engine == "auto" and not bench.is_worth_more():
        return alone
    best = _pick_smallest(_measure_candidates(bench, alone, single, engine))
    if engine == "auto" and best.size > 1 and _cost_of(alone) < CLOSE * _cost_of(best) and bench.is_worth_more():
        best = _confirm_gain(bench, best, alone)
    many = bench.executor.slots > 1 and bench.machines == 1
    best = _try_threads(bench, best, single) if many and bench.is_worth_more() else best
    return best if bench.work.device == "cpu" else _try_compiled(bench, best, single)


def _confirm_gain(bench: _Bench, best: Setup, alone: Setup) -> Setup:
    """The stack, or one by one where a second measurement finds that as fast: the first was long ago."""
    again = bench.measure(ONE_BY_ONE, 1)
    if again.refused or _cost_of(best) <= ENOUGH * again.update / alone.processes:
        return best
    return alone.model_copy(update={"update": again.update, "look": again.look, "why": best.why})


def _try_compiled(bench: _Bench, best: Setup, single: Timing) -> Setup:
    """The same with its training passes compiled, where that saves more than compiling takes."""
    layout = COMPILED.get(best.layout)
    if layout is None or not bench.is_worth_more(LAYOUT_KINDS[layout].compiling):
        return best
    seconds = bench.seconds
    timing = bench.measure_faster(layout, best.size)
    if timing.refused:
        return best.model_copy(update={"why": _join_reasons(best.why, f"not compiled: {timing.refused}")})
    compiled = best.model_copy(update={"layout": layout} | _note_pace(timing, single.update))
    share = _cost_of(compiled) / _cost_of(best)
    return compiled if share <= ENOUGH and seconds * (1 - share) > LAYOUT_KINDS[layout].compiling else best


def _measure_candidates(bench: _Bench, alone: Setup, single: Timing, engine: Engine) -> list[Setup]:
    """What the engine may choose from, the smallest first, each with what kept the model from more."""
    in_lanes, out = ([], "") if engine == "stacked" else _measure_lanes(bench, alone, single, engine)
    if engine == "lanes" and in_lanes:
        return in_lanes
    if engine == "auto" and not bench.is_worth_more():
        return [alone, *in_lanes]
    alone = alone.model_copy(update={"why": out})
    limit = BEATEN * min((setup.update or 0.0 for setup in in_lanes), default=float("inf"))
    stacked, why = _measure_stacks(bench, alone, single, limit)
    alone = alone.model_copy(update={"why": _join_reasons(out, why)})
    if engine != "auto":
        return stacked or [alone]
    last = [_measure_channels_last(bench, alone)] if bench.is_worth_more() else []
    return sorted([alone, *last, *stacked, *in_lanes], key=lambda setup: setup.size)


def _join_reasons(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)


def _measure_channels_last(bench: _Bench, alone: Setup) -> Setup:
    """One by one with images in channels-last memory."""
    timing = bench.measure_faster("channels_last", 1)
    if timing.refused:
        return alone
    return alone.model_copy(update={"layout": "channels_last"} | _note_pace(timing, alone.update or 0.0))


def _note_pace(timing: Timing, single: float) -> dict[str, float | bool]:
    """What a setup notes of a measurement. single: seconds per update and trial, one by one."""
    return {"ratio": single / timing.update, "update": timing.update, "look": timing.look, "graph": timing.graph}


def _pick_smallest(setups: Sequence[Setup]) -> Setup:
    """The smallest stack that is as fast as the fastest, except for what noise can explain."""
    fastest = min(map(_cost_of, setups))
    return next(setup for setup in setups if ENOUGH * _cost_of(setup) <= fastest)


def _cost_of(setup: Setup) -> float:
    """Seconds of the machine per update and trial."""
    return (setup.update or 0.0) / setup.processes


def _measure_lanes(bench: _Bench, alone: Setup, single: Timing, engine: Engine) -> tuple[list[Setup], str]:
    """Setups of growing stacks in lanes, as long as they fit into memory; and what keeps the model out of lanes."""
    if bench.work.device != "cpu":
        return [], "lanes run on a processor alone" if engine == "lanes" else ""
    setups: list[Setup] = []
    sizes = LAYOUT_KINDS["lanes"].sizes
    memory = single  # a vector is filled up with lanes that are not used, and those take memory too
    for size in _sizes_up_to(_share_evenly(bench.work, alone.processes), sizes):
        long = setups and (size * (setups[-1].update or 0.0) > LONGEST / 2 or not bench.is_worth_more())
        if long or bench.count_fitting(memory, alone.processes) < max(size, sizes[0]):
            break
        timing = bench.measure("lanes", size)
        if timing.missing and engine == "auto":
            return [], "lanes are not compiled here"
        if timing.refused:
            return setups, f"not in lanes: {timing.refused}"
        memory = single.model_copy(update={"trial_bytes": timing.trial_bytes})
        if bench.count_fitting(memory, alone.processes) < size:
            break
        setups.append(alone.model_copy(update={"layout": "lanes", "size": size} | _note_pace(timing, single.update)))
    return setups, "" if setups else "too little memory for lanes"


def _measure_stacks(bench: _Bench, alone: Setup, single: Timing, limit: float) -> tuple[list[Setup], str]:
    """Setups of growing stacks, as long as they fit into memory; and, where a layout refuses the model, why.

    limit: seconds per update and trial; a stack that takes more is the last.
    """
    layout: LayoutName = "grouped"
    why = ""
    setups: list[Setup] = []
    most = min(bench.count_fitting(single, alone.processes), _share_evenly(bench.work, alone.processes))
    kind = LAYOUT_KINDS[layout]
    for size in _sizes_up_to(most, kind.sizes if bench.work.device == "cpu" else kind.card_sizes) if most > 1 else ():
        slow = setups and (size * single.update > LONGEST / 2 or (setups[-1].update or 0.0) > limit)
        if slow or (setups and not bench.is_worth_more()):
            break
        timing = bench.measure_faster(layout, size)
        if timing.refused and layout == "grouped":
            layout, why = "vmap", timing.refused
            timing = bench.measure_faster(layout, size)
        if timing.refused:
            break
        how = {"layout": layout, "size": size, "why": _join_reasons(alone.why, why)}
        setups.append(alone.model_copy(update=how | _note_pace(timing, single.update)))
    return setups, why


def _share_evenly(work: Workload, processes: int) -> int:
    """An equal share of the trials for each process."""
    return min(-(-work.total // processes), len(work.sample))


def _sizes_up_to(most: int, sizes: Sequence[int]) -> Iterator[int]:
    """The sizes to try, up to so many trials."""
    yield from (size for size in sizes if size < most)
    yield min(most, sizes[-1])


def _try_threads(bench: _Bench, best: Setup, single: Timing) -> Setup:
    """The same in one process with as many threads as there are slots, where that is faster."""
    if best.size * single.update > LONGEST / 2 or bench.work.device != "cpu":
        return best
    slots = bench.executor.slots
    timing = bench.measure(best.layout, best.size, threads=slots)
    threaded = best.model_copy(update={"processes": 1, "threads": slots, "update": timing.update, "look": timing.look})
    if timing.refused or _cost_of(threaded) > ENOUGH * _cost_of(best):
        return best
    return threaded.model_copy(update={"ratio": single.update / slots / _cost_of(threaded)})
