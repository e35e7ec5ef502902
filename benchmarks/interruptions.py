"""What an interruption costs: a killed worker, the work it repeats, and the checkpoints that keep this small.

    python benchmarks/interruptions.py           # writes benchmarks/results/interruptions.md
    python benchmarks/interruptions.py 3         # with so many kills of each case, in place of 10

A worker trains a job that does not end, and is killed (SIGKILL) 2 to 6 seconds after its third event. Of each kill:
until training goes on: from the kill to the next event of the job, less the time that the work since the checkpoint
takes at the pace of the attempt, and what of it a processor worked; and the work repeated: what was done since the
checkpoint that the next worker went on from. The share of checkpoints is measured apart, in one process, as the time
spent in writing them.
"""

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from lrlab import __version__, lab
from lrlab.engine import _patience, perform
from lrlab.execution import Processes, machine_words
from lrlab.execution._signs import work_of
from lrlab.spec import Begun, Checkpointed, EpochMeasured, JobEvent, TrainStack, TrainTrial, Trial
from lrlab.tasks import Task, get, resolve

RESULT = Path(__file__).parent / "results" / "interruptions.md"
KILLS, EVENTS, BETWEEN, CHECKPOINTS_FOR = 10, 3, (2.0, 6.0), 20.0
CASES = {
    "8 trials of digits/convnet": ("digits/convnet", "lanes", 8),
    "one of digits/convnet": ("digits/convnet", "reference", 1),
    "8 trials of digits/mlp": ("digits/mlp", "grouped", 8),
    "2 trials of 10 million weights": (f"{__file__}:large", "grouped", 2),
}
TEXT = """# What an interruption costs

Made by `benchmarks/interruptions.py`, which says what is measured.

{machine}

Workers killed while they train; {kills} kills of each case. Medians (and the largest).

| a worker trains | goes on after, s | of a processor, s | repeated, s | of the time | a checkpoint, MB | s | share |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

"Of a processor": what the new worker computes until it trains; on a machine with nothing else to do both are one.
"Of the time": the work repeated, where a kill comes every few seconds; and the time that writing checkpoints takes of a
training without kills, {seconds:g} s of it. Kills that are an hour apart repeat as many seconds each.
"""


def large() -> Task:
    """A task whose checkpoints are large: weights and momentum of 10 million numbers."""
    draw = np.random.default_rng(1)
    inputs, labels = draw.normal(size=(256, 1024)), np.arange(256) % 10

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(1024, 2560), nn.ReLU(), nn.Linear(2560, 2560), nn.ReLU(), nn.Linear(2560, 10))

    return Task.from_arrays(model=model, inputs=inputs, labels=labels)


class Moment(NamedTuple):
    """When a job said something: seconds, those of processors that its worker has used, of which attempt since the

    beginning, and how much was done.
    """

    time: float
    work: float
    attempt: int
    share: float
    begins: bool


def job_of(place: str, layout: str, size: int, folder: Path) -> TrainStack | TrainTrial:
    """A job that takes for ever."""
    where = resolve(place).where
    task = get(where)
    common = {"task": "it", "data": task.fingerprint, "schedule": "constant", "budget": "3000 epochs"}
    trials = tuple(
        Trial.model_validate(common | {"optimizer": {}, "peak": 0.001 * (1 + n), "seed": 1, "batch_size": 32})
        for n in range(size)
    )
    given = {"name": "job", "where": where, "checkpoint": str(folder / "it.pt")}
    if layout == "reference":
        return TrainTrial.model_validate(given | {"trial": trials[0]})
    return TrainStack.model_validate(given | {"trials": trials, "layout": layout})


class Killer:
    """Kills the one worker of an executor at random moments, each after a few events of its own, and notes when."""

    def __init__(self, executor: Processes, kills: int) -> None:
        self._executor, self._left, self._draw = executor, kills, random.Random(5)
        self.times: list[float] = []

    @property
    def over(self) -> bool:
        """Whether no kill is left."""
        return not self._left

    def kill_soon(self) -> None:
        """Kill within the next seconds."""
        self._left -= 1
        threading.Timer(self._draw.uniform(*BETWEEN), self._kill).start()

    def _kill(self) -> None:
        self.times.append(time.monotonic())
        os.kill(self._executor._workers[0].process.pid, signal.SIGKILL)


def moments_of(job: TrainStack | TrainTrial, executor: Processes, killer: Killer) -> Iterator[Moment]:
    """What the job says until it was heard after the last kill; one that failed is run again, as a study does."""
    attempt = heard = 0
    while True:
        for event in executor.run([job]):
            if not isinstance(event, Begun | EpochMeasured | Checkpointed):
                continue
            begins = isinstance(event, Begun)
            attempt, heard = (attempt + 1, 0) if begins else (attempt, heard + 1)
            work = work_of(executor._workers[0].process.pid) or 0.0
            yield Moment(time.monotonic(), work, attempt, event.share, begins)
            if heard == EVENTS and killer.over:
                return
            if heard == EVENTS:
                killer.kill_soon()


def kills_of(moments: list[Moment], times: list[float]) -> Iterator[tuple[float, float, float]]:
    """Of each kill: seconds until training goes on, those of a processor, and seconds of work repeated."""
    for killed in times:
        before = [moment for moment in moments if moment.time <= killed]
        after = [moment for moment in moments if moment.attempt == before[-1].attempt + 1]
        own = [moment for moment in before if moment.attempt == before[-1].attempt and not moment.begins]
        if len(after) < 3 or len(own) < 2:
            continue
        pace = _pace_of(after)
        done = own[-1].share + (killed - own[-1].time) / _pace_of([before[0], *own])
        begun, first, last = after[0], after[1], after[-1]
        new = first.share - begun.share
        work = first.work - new * (last.work - first.work) / max(last.share - first.share, 1e-12)
        yield first.time - killed - pace * new, work, pace * (done - begun.share)


def _pace_of(moments: list[Moment]) -> float:
    """Seconds for the whole of the job, by the moments but the first, at which a worker has only begun."""
    return (moments[-1].time - moments[1].time) / max(moments[-1].share - moments[1].share, 1e-12)


def share_of_checkpoints(job: TrainStack | TrainTrial) -> tuple[float, float, float]:
    """Megabytes of a checkpoint, seconds that one takes, and the share of all time."""
    taken: list[float] = []
    save = _patience.save

    def timed(run: _patience.Resumable, path: Path) -> None:
        begun = time.perf_counter()
        save(run, path)
        taken.append(time.perf_counter() - begun)

    _patience.save = timed
    begun = time.monotonic()
    events: list[JobEvent] = list(perform(job.model_copy(update={"until": begun + CHECKPOINTS_FOR})))
    _patience.save = save
    whole = time.monotonic() - begun
    assert events
    return (
        Path(job.checkpoint or "").stat().st_size / 1e6,
        median(taken),
        sum(taken[:-1]) / whole,
    )  # the last is the pause's


def row_of(name: str, place: str, layout: str, size: int, kills: int) -> str:
    """A case measured, as a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        job = job_of(place, layout, size, Path(folder))
        executor = Processes(1, lab.PRELOAD)
        killer = Killer(executor, kills)
        moments = list(moments_of(job, executor, killer))
        executor.close()
        measured = list(kills_of(moments, killer.times))
        went_on, work, repeated = zip(*measured, strict=True)
        whole = killer.times[-1] - moments[0].time
        Path(job.checkpoint or "").unlink()
        megabytes, seconds, share = share_of_checkpoints(job)
    cells = [
        f"{name} ({layout})",
        f"{median(went_on):.2f} ({max(went_on):.2f})",
        f"{median(work):.2f} ({max(work):.2f})",
        f"{median(repeated):.2f} ({max(repeated):.2f})",
        f"{sum(repeated) / whole:.1%}",
        f"{megabytes:.2g}",
        f"{seconds:.3f}",
        f"{share:.1%}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure every case and write the page."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    torch.set_num_threads(1)
    load = os.getloadavg()[0]
    machine = f"{machine_words()}; torch {torch.__version__}; lrlab {__version__}; load at the beginning {load:.1f}"
    rows = list[str]()
    for name, case in CASES.items():
        rows.append(row_of(name, *case, kills))
        print(rows[-1], flush=True)
        text = TEXT.format(machine=machine, kills=kills, rows="\n".join(rows), seconds=CHECKPOINTS_FOR)
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
