"""What it costs to make a loop of your own a trial, and whether it answers as lrlab's own engine does.

    python benchmarks/own_loop.py             # writes benchmarks/results/own_loop.md

Cost: a plain PyTorch loop on scikit-learn's digits, with the same curve set by hand (`group["lr"] = rates[t]`), by
torch's LambdaLR, and as a trial under `@lrlab.trial` (`run.scheduler`, a report after every epoch, the record at the
end). The contenders take turns within each repeat; the clock is the processor's, so that what else the machine does is
left out. Off the clock: starting the process, importing, loading the data.

Equality: the digits and their MLP under three schedules, by lrlab's engine and by the plain loop, ten seeds: the rates
of every update, the accuracies, and the verdicts. The two draw other batches and first weights from a seed.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

import lrlab
from lrlab.execution import machine_words
from lrlab.lab import as_array
from lrlab.loops import open_loop, perform_loop
from lrlab.spec import RunLoop, Trial
from lrlab.store import Store
from lrlab.tasks import Task, get

RESULT = Path(__file__).parent / "results" / "own_loop.md"
REPEATS, EPOCHS, BATCH, PEAK = 12, 24, 32, 0.1
SCHEDULE = "warmup(span=10%)+cosine"
COMPARED = ["constant", "cosine", SCHEDULE]
WIDE = "digits/convnet, wide"
MODELS = {"an MLP": "digits/mlp", "a ConvNet": "digits/convnet", "a wider ConvNet": WIDE}
UPDATES, COMPARED_EPOCHS = EPOCHS * (1000 // BATCH), 8


def fit(place: str, seed: int, peak: float, updates: int, advance_of: Callable, report: Callable) -> nn.Module:
    """The loop. advance_of: makes of an optimizer what follows its steps. report: is given what was measured."""
    torch.manual_seed(seed)
    task = task_of(place)
    model, (inputs, labels) = make_wide() if place == WIDE else task.model(), task.train
    optimizer = torch.optim.SGD(model.parameters(), lr=peak, momentum=0.9)
    advance, length, t = advance_of(optimizer), len(inputs) // BATCH, 0
    for epoch in range(updates // length):
        order = torch.randperm(len(inputs))
        for start in range(0, length * BATCH, BATCH):
            batch = order[start : start + BATCH]
            loss = nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            t += 1
            advance()
        report(epoch=epoch, train_loss=loss.item(), **evaluate(model, task.validation, "validation"))
    return model


def task_of(place: str) -> Task:
    return get(place.partition(",")[0])


def make_wide() -> nn.Module:
    """A network of 60,000 parameters, whose updates take milliseconds, as most people's do."""
    return nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(64 * 64, 10)),
    )


@torch.no_grad()
def evaluate(model: nn.Module, split: tuple, name: str) -> dict[str, float]:
    outputs = model(split[0])
    return {
        f"{name}_loss": nn.functional.cross_entropy(outputs, split[1]).item(),
        f"{name}_accuracy": (outputs.argmax(1) == split[1]).float().mean().item(),
    }


def make_loop(place: str) -> lrlab.loops.OwnLoop:
    @lrlab.trial(metric="accuracy", updates_per_epoch=1000 // BATCH, version=place)
    def train(run: lrlab.loops.Run) -> None:
        model = fit(place, run.seed, run.peak, run.updates, lambda optimizer: run.scheduler(optimizer).step, run.report)
        run.finish(**evaluate(model, task_of(place).test, "test"))

    return train


def by_hand(optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    horizon = lrlab.Horizon(updates=UPDATES, updates_per_epoch=1000 // BATCH)
    rates = iter(lrlab.parse(SCHEDULE).bind(peak=PEAK, horizon=horizon)(np.arange(UPDATES + 1)).tolist())
    group = optimizer.param_groups[0]

    def advance() -> None:
        group["lr"] = next(rates)

    advance()
    return advance


def by_lambda(optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    curve = lrlab.parse(SCHEDULE).bind(peak=1.0, horizon=lrlab.Horizon(updates=UPDATES, updates_per_epoch=31))
    factors = curve(np.arange(UPDATES + 1)).tolist()
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: factors[t]).step


def plain_trial(place: str, advance_of: Callable) -> None:
    model = fit(place, 0, PEAK, UPDATES, advance_of, lambda **_: None)
    evaluate(model, task_of(place).test, "test")


def as_trial(opened: object, folder: Path) -> None:
    trial = Trial(
        task=opened.name,
        data=opened.data,
        optimizer="sgd",
        schedule=SCHEDULE,
        peak=PEAK,
        seed=0,
        budget=f"{UPDATES} updates",
        batch_size=1,
    )
    job = RunLoop(name="one", trial=trial, where=opened.where, folder=str(folder), validated=True)
    *_, end = perform_loop(job)
    assert end.trained, end


def measure_costs(place: str) -> dict[str, list[float]]:
    """Seconds of the processor of each contender, in every repeat."""
    opened, folder = open_loop(make_loop(place), send=False), Path(tempfile.mkdtemp())
    contenders = {
        "by hand": lambda: plain_trial(place, by_hand),
        "LambdaLR": lambda: plain_trial(place, by_lambda),
        "as a trial": lambda: as_trial(opened, folder),
    }
    for run in contenders.values():
        run()
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for repeat in range(REPEATS):
        for name in names[repeat % 3 :] + names[: repeat % 3]:
            begin = time.process_time()
            contenders[name]()
            costs[name].append(time.process_time() - begin)
    return costs


def spread(values: list[float], digits: int = 2) -> str:
    low, median, high = statistics.quantiles(values, n=4)
    return f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def cost_lines() -> list[str]:
    lines = ["| | by hand, ms | LambdaLR, ms | as a trial, ms | over by hand, % | over LambdaLR, % |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    for words, place in MODELS.items():
        costs = measure_costs(place)
        ours = costs["as a trial"]
        over = [
            [100 * (mine / theirs - 1) for mine, theirs in zip(ours, costs[name], strict=True)]
            for name in ("by hand", "LambdaLR")
        ]
        cells = [spread([1000 * value for value in costs[name]], 1) for name in costs] + [spread(part) for part in over]
        lines.append(f"| {words} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return lines


def equality_lines() -> list[str]:
    options = {"epochs": COMPARED_EPOCHS, "peaks": [0.03, 0.1, 0.3], "seeds": 10, "progress": False}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "records.db"
        engine = lrlab.compare("digits/mlp", COMPARED, batch_size=BATCH, store=store, **options)
        own = lrlab.compare(make_loop("digits/mlp"), COMPARED, store=store, name="own", **options)
        with Store(store) as records:
            same, total = compare_rates(records, engine, own)
    lines = [f"{same} of {total} trials of equal schedule, peak and seed have the same rates, to the bit.", ""]
    lines += ["| schedule | peak | accuracy by the engine, % | peak | by the plain loop, % |"]
    lines += ["| --- | ---: | --- | ---: | --- |"]
    for label in engine.study.labels:
        rows = [next(row for row in answer.rows if row.label == label) for answer in (engine, own)]
        cells = [f"{row.peak:g} | {row.score:.2%} ({row.low:.2%} to {row.high:.2%})" for row in rows]
        lines.append(f"| {label} | {' | '.join(cells).replace('%', '')} |")
    for name, answer in (("the engine", engine), ("the plain loop", own)):
        said = [f"{claim.a} and {claim.b}: {claim.verdict or 'not separated'}" for claim in answer.verdicts]
        lines += ["", f"By {name}, the leader is {answer.leader}; better of {'; '.join(said)}."]
    return lines


def compare_rates(records: Store, engine: lrlab.Results, own: lrlab.Results) -> tuple[int, int]:
    """How many pairs of trials have the same rates, and how many pairs there are."""
    sides = [
        {(str(row["schedule"]), row["peak"], row["seed"]): row["key"] for row in answer.trials().iter_rows(named=True)}
        for answer in (engine, own)
    ]
    shared = sides[0].keys() & sides[1].keys()
    pairs = [[as_array(records.array(side[what], "rates")) for side in sides] for what in shared]
    return sum(np.array_equal(mine, theirs) for mine, theirs in pairs), len(pairs)


def main() -> None:
    torch.set_num_threads(1)
    lines = [
        "# What it costs to make a loop of your own a trial, and whether it answers as the engine does",
        "",
        "Made by `benchmarks/own_loop.py`, which says what is measured.",
        "",
        f"{machine_words()}; Python {platform.python_version()}; torch {torch.__version__}; lrlab {lrlab.__version__}; "
        f"one thread; load of the machine {os.getloadavg()[0]:.1f}.",
        "",
        "## Cost",
        "",
        f"Trials of {UPDATES} updates, {EPOCHS} epochs of batches of {BATCH}: milliseconds of the processor, and by "
        f"how much a trial takes longer than the bare loop of the same repeat; median (and quartiles) of {REPEATS}.",
        "",
        *cost_lines(),
        "",
        "## Equality",
        "",
        f"digits/mlp, {COMPARED_EPOCHS} epochs, three peaks tuned on two seeds, ten fresh seeds.",
        "",
        *equality_lines(),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
