"""Loss and metric per trial of a stack, during an update and on a whole split."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..spec import Precision
from ..tasks import Split, Task
from ._measure import CHUNK, Measured, are_classes, loss_of, macro_f1, measured, outputs_of, score_of

if TYPE_CHECKING:
    from ._backend import Backend

CARD_CHUNK = 64_000  # examples x trials per forward pass on a graphics card, which a small pass leaves idle


def losses_of(task: Task, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
    """The loss of each trial, (K,). A task's own loss is asked trial by trial: it may take no other shape."""
    if task.loss is None:
        size, batch = outputs_KB.shape[:2]
        every = cross_entropy(outputs_KB.flatten(0, 1), labels_KB.flatten(), reduction="none")
        return every.view(size, batch).mean(1)
    pairs = zip(outputs_KB, labels_KB, strict=True)
    return torch.stack([loss_of(task, outputs, labels) for outputs, labels in pairs])


def scores_of(task: Task, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
    """The metric of each trial, (K,) float64."""
    if task.score is None and task.classes is not None:
        return (outputs_KB.argmax(2) == labels_KB).double().mean(1)
    if task.score is None:
        return losses_K.double()
    triples = zip(outputs_KB, labels_KB, losses_K.tolist(), strict=True)
    return torch.tensor([score_of(task, *triple) for triple in triples], dtype=torch.float64)


class Tally:
    """Confusion counts (K, C, C) of each trial's predictions in the epoch so far, kept where the outputs are.

    None before the first, and where there are no classes to count. The memory stays: a recorded update adds to it.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.counts_KCC: Tensor | None = None

    def add(self, outputs_KB: Tensor, labels_KB: Tensor) -> None:
        """Count a batch, outputs (K, B, C). Reads nothing back from a card."""
        if outputs_KB.ndim != 3 or not are_classes(self.task, outputs_KB):
            return
        size, _, classes = outputs_KB.shape
        if self.counts_KCC is None:
            self.counts_KCC = torch.zeros(size, classes, classes, dtype=torch.int64, device=outputs_KB.device)
        cell_KB = labels_KB * classes + outputs_KB.argmax(2)
        self.counts_KCC.view(size, -1).scatter_add_(1, cell_KB, torch.ones_like(cell_KB))

    def take(self, size: int) -> list[float | None]:
        """The macro F1 of so many trials; counting begins anew."""
        if self.counts_KCC is None:
            return [None] * size
        found: list[float | None] = [macro_f1(counts_CC) for counts_CC in self.counts_KCC.cpu().numpy()]
        self.counts_KCC.zero_()
        return found

    def keep(self, columns: list[int]) -> None:
        """Forget all trials but these."""
        if self.counts_KCC is not None:
            self.counts_KCC = self.counts_KCC[columns]


def evaluate_stack(backend: "Backend", task: Task, split: Split, precision: Precision) -> list[Measured]:
    """What `evaluate` gives, for each trial of a stack."""
    room = CHUNK if split.inputs.device.type == "cpu" else CARD_CHUNK
    chunk = max(room // backend.size, 1)
    chunks = outputs_of(lambda inputs: backend.forward(inputs[None], False), task, split, precision, chunk)
    outputs_KN = torch.cat(list(chunks), dim=1)
    return [measured(task, outputs, split.labels) for outputs in outputs_KN]
