"""What the machine can do at most in float32, and what a case asks of it."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ._cases import Case, arrays, make_model

SOURCE = Path(__file__).with_name("peak.cpp")
FLAGS = ("-O3", "-std=c++17", "-march=native", "-ffp-contract=fast")
ROUNDS, SECONDS = 5, 0.3
PRODUCTS = nn.Conv2d, nn.ConvTranspose2d, nn.Linear
SIDE = 2048  # of the matrices where there is no compiler


class Peak(NamedTuple):
    """GFLOP/s of all cores at once, and of what."""

    gflops: float
    what: str

    def __str__(self) -> str:
        return f"peak {self.gflops:.0f} GFLOP/s by {self.what}"


def peak() -> Peak:
    """The median of a few rounds in which every core is busy for a moment."""
    with tempfile.TemporaryDirectory() as folder:
        program = _compiled(Path(folder))
        command = [str(program)] if program else [sys.executable, "-m", f"{__package__}._peak"]
        rounds = _rounds([*command, str(SECONDS)])
    return Peak(statistics.median(rounds), "multiply-adds in registers" if program else "torch's matrix product")


@cache
def operations(case: Case, folder: str) -> float:
    """FLOP of one update of one trial: 2 for each multiply-add of convolutions and linear layers, nothing else.

    Forward, backward to the weights and backward to the inputs take as many each; the gradient of the images themselves
    is not needed.
    """
    images = arrays(case, folder, "train")[0][:1]
    inputs = torch.from_numpy(images)
    inputs = inputs if case.own else inputs.permute(0, 3, 1, 2).float()
    model = make_model(case, images).eval()
    every, first = 0, 0

    def count(layer: nn.Module, given: tuple[Any, ...], out: Tensor) -> None:
        nonlocal every, first
        assert isinstance(layer, PRODUCTS)
        reads = given[0] if isinstance(layer, nn.ConvTranspose2d) else out  # the side each of whose numbers meets a row
        made = reads.numel() * layer.weight[0].numel()
        every += made
        first += made * (given[0].data_ptr() == inputs.data_ptr())

    for layer in model.modules():
        if isinstance(layer, PRODUCTS):
            layer.register_forward_hook(count)
    with torch.no_grad():
        model(inputs)
    return 2.0 * case.batch * (3 * every - first)


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compiled(folder: Path) -> Path | None:
    """The program of `peak.cpp`; None where there is no compiler, or none that takes it."""
    if shutil.which("g++") is None:
        return None
    program = folder / "peak"
    done = subprocess.run(["g++", *FLAGS, str(SOURCE), "-o", str(program)], check=False)  # it says itself what is wrong
    return program if done.returncode == 0 else None


def _rounds(command: list[str]) -> list[float]:
    """GFLOP/s of all cores together, round by round. The first, in which they start, is not counted."""
    pipe, folder = subprocess.PIPE, Path(__file__).parents[1]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True)
        for _ in range(cores())
    ]
    try:
        return [_round(running) for _ in range(ROUNDS + 1)][1:]
    finally:
        for one in running:
            one.kill()
            one.communicate()


def _round(running: list[subprocess.Popen[str]]) -> float:
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    return sum(float(one.stdout.readline()) for one in running if one.stdout)


def main() -> None:
    """What `peak.cpp` does, by the product of two matrices."""
    torch.set_num_threads(1)
    left, right = torch.rand(2, SIDE, SIDE)
    for _ in sys.stdin:
        begin, times = time.perf_counter(), 0
        while time.perf_counter() - begin < float(sys.argv[1]):
            torch.mm(left, right)
            times += 1
        print(2e-9 * SIDE**3 * times / (time.perf_counter() - begin), flush=True)


if __name__ == "__main__":
    main()
