"""(b) and (b'): the loop one would write by hand. Data in memory, trials in as many processes as there are cores."""

import ctypes
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  torch's own name for it

from ._cases import CASES, Case, arrays, make_model
from ._frame import Budget, Loop, Measurement, launch
from ._watch import Watch

EVALUATED = 250  # test images per forward pass
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h


def independent(
    name: str, case: Case, *, processes: int, threads: int, channels_last: bool | None = None, tuned: bool = False
) -> Loop:
    """So many processes, one trial each. `tuned`: glibc keeps freed memory instead of giving it back to the system."""
    layout = case.channels_last if channels_last is None else channels_last
    arguments = {"case": case.name, "channels_last": layout, "tuned": tuned}

    def run(budget: Budget) -> Measurement:
        return launch(f"{__name__}:train", arguments, budget, processes=processes, threads=threads)

    several = f"{processes} process{'es' * (processes > 1)} of {threads} thread{'s' * (threads > 1)}"
    what = f"loop in memory, {several}" + ", channels last" * layout + ", malloc tuned" * tuned
    return Loop(name, what, case, run)


def train(watch: Watch, *, case: str, folder: str, process: int, channels_last: bool, tuned: bool) -> None:
    """What each process does; the trials differ in their seed and rate."""
    if tuned:
        keep_memory()
    chosen = CASES[case]
    images, labels = arrays(chosen, folder, "train")
    model = make_model(chosen, images)
    form = torch.channels_last if channels_last else torch.contiguous_format
    model = model.to(memory_format=form)
    optimizer = _optimizer(chosen, model, process)
    watch.begin()
    for inputs, targets in _batches(chosen, images, labels):
        loss = _loss(chosen, model(inputs.contiguous(memory_format=form) if inputs.ndim == 4 else inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if watch.over(loss):
            break
    held_out, answers = (torch.from_numpy(array) for array in arrays(chosen, folder, "test"))
    some = slice(chosen.tests)
    ready = held_out[some] if chosen.own else _scaled(chosen, held_out[some].permute(0, 3, 1, 2))
    ready = ready.contiguous(memory_format=form) if ready.ndim == 4 else ready
    look = accuracy if chosen.loss == "classes" else partial(_mean_loss, chosen)
    watch.evaluate(lambda: look(model, ready, answers[some]), scale=len(answers) / len(ready))


def _loss(case: Case, outputs: Tensor, targets: Tensor) -> Tensor:
    if case.loss == "numbers":
        return F.mse_loss(outputs, targets)
    if case.loss == "pixels":
        return F.cross_entropy(outputs, targets)
    return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())


@torch.no_grad()
def _mean_loss(case: Case, model: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    model.eval()
    pairs = zip(inputs.split(EVALUATED), labels.split(EVALUATED), strict=True)
    return sum(_loss(case, model(x), y).item() * len(y) for x, y in pairs) / len(labels)


def _optimizer(case: Case, model: nn.Module, process: int) -> torch.optim.Optimizer:
    """Torch's fused one, the fastest it has."""
    rate = case.rate * 0.8**process
    if case.optimizer == "adamw":
        return torch.optim.AdamW(model.parameters(), lr=rate, fused=True)
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, fused=True)


@torch.no_grad()
def accuracy(model: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    model.eval()
    pairs = zip(inputs.split(EVALUATED), labels.split(EVALUATED), strict=True)
    right = sum((model(x).argmax(-1) == y).sum().item() for x, y in pairs)
    return right / labels.numel()


def keep_memory() -> None:
    """No mapping of single blocks, no trimming, 256 MiB at a time: the same pages serve update after update."""
    mallopt = ctypes.CDLL(None).mallopt
    for option, value in ((M_MMAP_THRESHOLD, 2**30), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, 2**28)):
        mallopt(option, value)


def _batches(case: Case, images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[Tensor, Tensor]]:
    """Epoch after epoch, shuffled, without the last short batch."""
    targets = torch.from_numpy(labels)
    augmented = case.crop or case.flip
    ready = torch.from_numpy(images) if case.own else _padded(case, images)
    ready = ready if augmented or case.own else _scaled(case, ready)
    while True:
        for chosen in torch.randperm(len(labels)).split(case.batch):
            if len(chosen) < case.batch:
                continue
            yield _augment(case, ready.numpy(), chosen) if augmented else ready[chosen], targets[chosen]


def _padded(case: Case, images: np.ndarray) -> Tensor:
    around = (case.crop,) * 2
    padded = np.pad(images.transpose(0, 3, 1, 2), ((0, 0), (0, 0), around, around))
    return torch.from_numpy(padded).contiguous()


def _augment(case: Case, padded: np.ndarray, chosen: Tensor) -> Tensor:
    """Crops, some of them mirrored. A copy of each crop beat every batched gather tried: 0.8 ms against 1.5 to 4."""
    count, size = len(chosen), padded.shape[-1] - 2 * case.crop
    batch = np.empty((count, padded.shape[1], size, size), np.uint8)
    corners = torch.randint(2 * case.crop + 1, (2, count)).tolist()
    mirrored = (torch.rand(count) < 0.5 * case.flip).tolist()
    for k, (n, top, left, mirror) in enumerate(zip(chosen.tolist(), *corners, mirrored, strict=True)):
        crop = padded[n, :, top : top + size, left : left + size]
        batch[k] = crop[..., ::-1] if mirror else crop
    return _scaled(case, torch.from_numpy(batch))


def _scaled(case: Case, images: Tensor) -> Tensor:
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (case.source.mean, case.source.std))
    return torch.mul(images, 1 / (case.source.top * std)).sub_(mean / std)
