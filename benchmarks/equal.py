"""The same trainings by the plain loop and as a stack; and a stack that was killed, and went on.

    LRLAB_DATA=FOLDER python benchmarks/equal.py     # writes benchmarks/results/equal.md

The published ConvNet on CIFAR-10 for 30 epochs at rates of 0.1, 0.01 and 0.001, halved every five epochs; batch 128,
SGD with momentum 0.9, crops and flips, one seed. The two run side by side, a process of one thread each, so their
seconds are not the engines' speed: `engine.py` measures that.
"""

import argparse
import multiprocessing
import os
import pickle
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from engine_parts._page import machine

from lrlab.engine import Patience, Trained, train, train_stack
from lrlab.engine._verify import deviation
from lrlab.rules import parse
from lrlab.spec import Trial
from lrlab.tasks import get

RESULT = Path(__file__).parent / "results" / "equal.md"
TASK = "cifar10/convnet"
RATES = (0.1, 0.01, 0.001)
KILLS = 3


def trials(epochs: int) -> list[Trial]:
    return [
        Trial(
            task=TASK,
            data=get(TASK).fingerprint,
            schedule=parse("step(gamma=0.5, every=5 epochs)"),
            optimizer={"momentum": 0.9},
            peak=rate,
            seed=0,
            budget=f"{epochs} epochs",
            batch_size=128,
        )
        for rate in RATES
    ]


def plain(epochs: int) -> list[Trained]:
    torch.set_num_threads(1)
    return [train(trial, get(TASK)) for trial in trials(epochs)]


def stacked(epochs: int, checkpoint: Path | None = None, answer: Path | None = None) -> list[Trained]:
    torch.set_num_threads(1)
    ended = train_stack(trials(epochs), get(TASK), "grouped", Patience(checkpoint, every=1.0))
    assert ended is not None
    if answer is not None:
        answer.write_bytes(pickle.dumps(ended))
    return ended


def killed(epochs: int, kills: int) -> list[Trained]:
    """The stack, its process killed so many times, a second after a checkpoint of its own; then left alone."""
    with TemporaryDirectory() as folder:
        checkpoint, answer = Path(folder) / "stack.pt", Path(folder) / "answer"
        for life in range(kills + 1):
            before = checkpoint.stat().st_mtime_ns if life else 0
            process = multiprocessing.Process(target=stacked, args=(epochs, checkpoint, answer))
            process.start()
            while life < kills and not (checkpoint.exists() and checkpoint.stat().st_mtime_ns > before):
                assert process.is_alive(), "the stack ended before it could be killed"
                time.sleep(0.1)
            if life < kills:
                time.sleep(1.0)
                os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        return pickle.loads(answer.read_bytes())


def same_bits(one: Trained, other: Trained) -> bool:
    """Whether records, arrays and weights are equal to the bit, except for the time they took."""
    bare = [each.record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0}) for each in (one, other)]
    arrays = all(np.array_equal(one.arrays[name], other.arrays[name]) for name in other.arrays)
    return bare[0] == bare[1] and arrays and all(torch.equal(one.weights[n], w) for n, w in other.weights.items())


def table(loop: list[Trained], stack: list[Trained]) -> str:
    lines = [
        "| rate | test accuracy, plain loop (%) | test accuracy, stack (%) | test loss, plain loop | test loss, stack "
        "| validation accuracy, both (%) | largest deviation of a weight |",
        "| ---: |" + " ---: |" * 6,
    ]
    for one, other in zip(loop, stack, strict=True):
        a, b = one.record, other.record
        far = max(deviation(other.weights[name], weight) for name, weight in one.weights.items())
        lines.append(
            f"| {a.trial.peak:g} | {100 * a.test.score:.2f} | {100 * b.test.score:.2f} | {a.test.loss:.4f} | "
            f"{b.test.loss:.4f} | {100 * a.validation.score:.2f}, {100 * b.validation.score:.2f} | {far:.1e} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30)
    epochs = parser.parse_args().epochs
    get(TASK)  # decoded and cached before two processes ask for it
    start = time.monotonic()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        loop, stack = (job.result() for job in (pool.submit(plain, epochs), pool.submit(stacked, epochs)))
    whole = stacked(2)
    pairs = zip(killed(2, KILLS), whole, strict=True)
    bits = "the same to the bit" if all(same_bits(*pair) for pair in pairs) else "NOT the same to the bit"
    text = (
        f"# The same trainings by the plain loop and as a stack\n\n{table(loop, stack)}\n\n"
        f"{TASK}, {epochs} epochs, rates halved every five epochs, batch 128, SGD with momentum 0.9, seed 0, float32. "
        f"Over so many updates rounding alone drives two float32 trainings apart: `docs/engine.md`.\n\n"
        f"A stack of the same three trials over 2 epochs, its process killed {KILLS} times: records, arrays, weights "
        f"are {bits} as those of a stack that was left alone.\n\n"
        f"{machine()}. Took {time.monotonic() - start:.0f} s. Made by `benchmarks/equal.py`.\n"
    )
    print(text)
    if epochs == 30:
        RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
