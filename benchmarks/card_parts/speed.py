"""Milliseconds per update and trial on a device: loops one would write, and lrlab's stacks, in turns.

    LRLAB_DATA=FOLDER python benchmarks/card_parts/speed.py OUT --device cuda --seconds 100

On the clock: updates of a whole training step, batches from memory on the device, augmentation, forward, backward, the
optimizer's step. Off the clock: reading data, making models, the first updates, recording of graphs. The rows of a case
take turns until its time is over. Writes OUT/speed.md and OUT/speed.json after each case.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

import lrlab
from lrlab.engine._measure import loss_of
from lrlab.engine._precision import rounding
from lrlab.engine._randomness import epoch_batches, generator, initial_model
from lrlab.engine._stack import Stack
from lrlab.errors import LabError
from lrlab.rules import parse
from lrlab.spec import Precision, Trial
from lrlab.tasks import Task, get

TASKS = {
    "smoke": ("cifar10/resnet18(images=256, size=8, test=500, width=0.125)", "text/char-gpt"),
    "full": ("cifar10/convnet", "text/char-gpt", "cifar10/resnet18", "cifar10/googlenet", "cifar10/resnet50"),
}
COMPILED = ("cifar10/convnet", "text/char-gpt")  # compiling takes about a minute a layout, and a lease is short
SIZES = {"smoke": (2,), "full": (1, 2, 4, 8)}
WARM_UP, SLICE = 5, 0.5  # updates; seconds of a turn
BATCHES = {"text/char-gpt": 32}  # any other: BATCH
BATCH = 128


class Row(NamedTuple):
    """A way to train: `update` does one of so many trials."""

    what: str
    trials: int
    update: Callable[[], object]


def rows_of(task: Task, name: str, precision: Precision, device: str, sizes: tuple[int, ...]) -> list[Row | str]:
    """Every row of a case; in place of one that cannot run here, why."""
    made, batch = task.to(device), batch_of(name)
    makers: list[tuple[str, Callable[[], Row]]] = [
        ("plain loop", lambda: plain_loop(made, precision, device, batch, compiled=False)),
        ("plain loop, torch.compile", lambda: plain_loop(made, precision, device, batch, compiled=True)),
        *(
            (f"{layout}, K={size}{', recorded' * graph}", stacked(made, name, precision, layout, size, graph))
            for layout, size, graph in ways(name, device, sizes)
        ),
    ]
    found: list[Row | str] = []
    for what, make in makers:
        if "compile" in what and device == "cpu":
            continue
        try:
            row = make()
            for _ in range(WARM_UP):
                row.update()
            found.append(row._replace(what=what))
        except (LabError, RuntimeError, torch.OutOfMemoryError) as error:
            found.append(f"{what}: {' '.join(str(error).split())[:160]}")
    return found


def ways(name: str, device: str, sizes: tuple[int, ...]) -> list[tuple[str, int, bool]]:
    """Layouts with their sizes, and whether updates are recorded; on a card the smallest and largest compiled too."""
    graphs = (False,) if device == "cpu" else (False, True)
    plain = [("loop" if size == 1 else "grouped", size, graph) for size in sizes for graph in graphs]
    compiled = sorted({sizes[0], sizes[-1]}) if device != "cpu" and name in COMPILED else []
    return plain + [
        ("loop_compiled" if size == 1 else "grouped_compiled", size, graph) for size in compiled for graph in graphs
    ]


def batch_of(name: str) -> int:
    return BATCHES.get(name, BATCH)


def plain_loop(task: Task, precision: Precision, device: str, batch: int, *, compiled: bool) -> Row:
    """What one would write: one model, images in channels-last memory, SGD with momentum, fused where torch has it."""
    model = initial_model(task.model, 0).to(device, memory_format=torch.channels_last)
    forward = torch.compile(model) if compiled else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
    batches = epoch_batches(len(task.train.inputs), batch, 0, 0).to(device)
    place = torch.device(device)
    count = 0

    def update() -> None:
        nonlocal count
        chosen = batches[count % len(batches)]
        inputs = task.prepare(task.train.inputs[chosen], generator=generator(place, 0, "augment", count))
        inputs = inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs
        with rounding(precision, place):
            loss = loss_of(task, forward(inputs), task.train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += 1

    return Row("", 1, update)


def stacked(task: Task, name: str, precision: Precision, layout: str, size: int, graph: bool) -> Callable[[], Row]:
    """lrlab's own, updates of the first epoch again and again."""

    def make() -> Row:
        trials = [
            Trial(
                task=name,
                data="benchmark",
                optimizer={"momentum": 0.9},
                schedule=parse("cosine"),
                peak=0.01 * 0.9**number,
                seed=0,
                budget="2 epochs",
                batch_size=batch_of(name),
                precision=precision,
            )
            for number in range(size)
        ]
        stack = Stack(trials, task, layout, graph)

        def update() -> None:
            stack.update()
            if stack.t == stack.epoch_end:
                stack.restart_epoch()

        return Row("", size, update)

    return make


def measure(rows: list[Row], device: str, seconds: float) -> dict[str, list[float]]:
    """Milliseconds per update and trial of every turn, by row, until the time is over; two turns each at least."""
    found: dict[str, list[float]] = {row.what: [] for row in rows}
    until = time.perf_counter() + seconds
    while rows and (time.perf_counter() < until or len(found[rows[-1].what]) < 2):
        for row in rows:
            count, start = 0, time.perf_counter()
            while time.perf_counter() < start + SLICE:
                row.update()
                count += 1
                if device != "cpu" and count % 8 == 0:
                    torch.cuda.synchronize(device)  # else the processor runs ahead of the card
            if device != "cpu":
                torch.cuda.synchronize(device)
            found[row.what].append((time.perf_counter() - start) / count / row.trials * 1e3)
    return found


def section(name: str, precision: str, found: dict[str, list[float]], refused: list[str]) -> str:
    """A table of one case."""
    if not found:
        return f"## {name}, {precision}\n\n" + "\n".join(f"- {why}" for why in refused) + "\n"
    first = statistics.median(found["plain loop"]) if "plain loop" in found else None
    lines = ["| row | ms per update and trial | x plain loop | n |", "| --- | ---: | ---: | ---: |"]
    for what, times in found.items():
        middle = statistics.median(times)
        ratio = "" if first is None else f"{first / middle:.2f}"
        lines.append(f"| {what} | {middle:.3f} ({min(times):.3f} to {max(times):.3f}) | {ratio} | {len(times)} |")
    return f"## {name}, {precision}\n\n" + "\n".join([*lines, "", *(f"- {why}" for why in refused)]) + "\n"


def machine(device: str) -> str:
    """Device, versions."""
    card = "processor" if device == "cpu" else torch.cuda.get_device_name(device)
    return (
        f"{card}; {platform.system()}; Python {platform.python_version()}; torch {torch.__version__}; "
        f"lrlab {lrlab.__version__}; batch {BATCH}, of tokens {BATCHES['text/char-gpt']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument("--scale", choices=sorted(TASKS), default="full")
    given = parser.parse_args()
    precisions: tuple[Precision, ...] = ("bfloat16", "float32")
    cases = [(task, precision) for precision in precisions for task in TASKS[given.scale]]
    texts: list[str] = []
    kept: list[dict[str, Any]] = []
    began = time.perf_counter()
    for number, (name, precision) in enumerate(cases):
        left = given.seconds - (time.perf_counter() - began)
        if left < 1:
            texts.append(f"No time was left for {name}, {precision}.\n")
            continue
        made = rows_of(get(name), name, precision, given.device, SIZES[given.scale])
        rows = [row for row in made if isinstance(row, Row)]
        refused = [row for row in made if isinstance(row, str)]
        found = measure(rows, given.device, left / (len(cases) - number) / 2)
        texts.append(section(name, precision, found, refused))
        kept.append({"task": name, "precision": precision, "milliseconds": found, "refused": refused})
        what = (
            f"# Milliseconds per update and trial\n\n{machine(given.device)}. Median (lowest to highest) of n turns.\n"
        )
        (given.out / "speed.md").write_text("\n".join([what, *texts]), encoding="utf-8")
        (given.out / "speed.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(texts[-1], flush=True)


if __name__ == "__main__":
    main()
