"""lrlab's own rows: trials of a task as stacks, in torch's layouts and in lanes, and as its calibration runs them."""

from functools import cache

from lrlab.engine._malloc import keep_freed_memory
from lrlab.engine._stack import Stack
from lrlab.execution import Processes
from lrlab.lab import PRELOAD
from lrlab.lab._calibrate import Workload, calibrate
from lrlab.native import missing
from lrlab.rules import parse
from lrlab.spec import Setup, Trial
from lrlab.tasks import get

from ._cases import CASES, Case
from ._frame import Budget, Loop, Measurement, launch
from ._watch import Watch

SCHEDULES = ("constant", "cosine", "one_cycle")
EVALUATED = 1000  # test images
MANY = 10_000  # updates of the study calibration is asked for


def stacked(
    name: str, case: Case, layout: str, *, size: int, processes: int = 2, threads: int = 1, seeds: int = 1
) -> Loop:
    """So many processes, in each so many trials as one stack, of so many seeds."""
    setup = Setup.model_validate({"layout": layout, "size": size, "processes": processes, "threads": threads})

    def run(budget: Budget) -> Measurement:
        return _run(case, setup, seeds, budget)

    what = f"lrlab, {_words(setup)}" + f", {seeds} seeds" * (seeds > 1)
    return Loop(name, what, case, run, missing=(missing() or "") if layout == "lanes" else "")


def calibrated(name: str, case: Case) -> Loop:
    """What `lrlab run` would choose for a study of 32 trials, or as many as fill the stacks."""

    def run(budget: Budget) -> Measurement:
        return _run(case, _chosen(case.name), 1, budget)

    return Loop(name, "lrlab, as calibration chose", case, run)


def choice(case: Case) -> str:
    """What calibration chose, in words."""
    return _words(_chosen(case.name))


def train(watch: Watch, *, case: str, folder: str, process: int, layout: str, size: int, seeds: int) -> None:  # noqa: ARG001  the frame gives every worker a folder
    """What each process does: the stack's updates, again and again those of the first epoch; nothing is validated."""
    keep_freed_memory()
    task = get(CASES[case].task)
    stack = Stack(_trials(CASES[case], size, seeds, first=process * seeds), task, layout)
    watch.begin()
    while True:
        losses_K = stack.update()
        done = watch.over(losses_K.mean(), trials=size)
        if stack.t == stack.epoch_end:
            stack.restart_epoch()
        if done:
            break
    some = task.head(test=EVALUATED)
    look = len(task.test.labels) / len(some.test.labels)
    with stack.at_evaluation() as weights:
        watch.evaluate(lambda: stack.evaluate(weights, some.test), scale=look, trials=size)


def _run(case: Case, setup: Setup, seeds: int, budget: Budget) -> Measurement:
    arguments = {"case": case.name, "layout": setup.layout, "size": setup.size, "seeds": seeds}
    slots = {"processes": setup.processes, "threads": setup.threads}
    return launch(f"{__name__}:train", arguments, budget, **slots, trials=setup.size)


def _trials(case: Case, size: int, seeds: int, first: int = 0) -> list[Trial]:
    """So many trials: schedules and rates in turn, seed by seed."""
    return [
        Trial(
            task=case.task,
            data="benchmark",
            optimizer={"name": case.optimizer, "momentum": 0.9},
            schedule=parse(SCHEDULES[k % len(SCHEDULES)]),
            peak=case.rate * 0.8 ** (k % 8),
            seed=first + k * seeds // size,
            budget="100 epochs",
            batch_size=case.batch,
        )
        for k in range(size)
    ]


@cache
def _chosen(name: str) -> Setup:
    case = CASES[name]
    executor = Processes(preload=PRELOAD)
    try:
        return calibrate(Workload(_trials(case, 32, 1), 64, MANY, case.task), executor, "auto")
    finally:
        executor.close()


def _words(setup: Setup) -> str:
    several = f"{setup.processes} process{'es' * (setup.processes > 1)} of {setup.threads} thread"
    return f"{several}{'s' * (setup.threads > 1)}, {setup.size} trial{'s' * (setup.size > 1)} each, {setup.layout}"
