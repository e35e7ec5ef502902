"""Loss and metric per trial of a stack, during an update and on a whole split."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ..spec import Precision
from ..stats import ClassCounts
from ..tasks import Split, Task, chunks_of, stack_inputs
from ._backend import Backend
from ._measure import CHUNK, Measured, are_classes, batch_score_of, chunk_size, macro_f1, measure_chunks, outputs_of
from ._precision import dtype_of, rounding

CARD_CHUNK = 64_000  # examples x trials per forward pass on a graphics card, which a small pass leaves idle


def losses_of(task: Task, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
    """The loss of each trial, (K,). A task's own loss is asked trial by trial: it may take no other shape."""
    return task.objective.losses(outputs_KB, labels_KB)


def scores_of(task: Task, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
    """The metric of each trial, (K,) float64.

    task: its metric. outputs_KB, labels_KB: of a batch, (K, B, ...). losses_K: theirs, (K,).
    """
    if task.score is None:
        return task.objective.batch_scores(outputs_KB, labels_KB, losses_K)
    triples = zip(outputs_KB, labels_KB, losses_K.tolist(), strict=True)
    return torch.tensor([batch_score_of(task, *triple) for triple in triples], dtype=torch.float64)


class Tally:
    """How often each class was rightly predicted, true, predicted in the epoch so far, (K, 3, C), by each trial.

    None before the first batch, and where there are no classes to count. It lies where the outputs do, and the memory
    stays: a recorded update adds to it.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.counts_K3C: Tensor | None = None

    def add(self, outputs_KB: Tensor, labels_KB: Tensor) -> None:
        """Count a batch, outputs (K, B, C). Reads nothing back from a card."""
        if outputs_KB.ndim != 3 or not are_classes(self.task, outputs_KB):
            return
        size, _, classes = outputs_KB.shape
        if self.counts_K3C is None:
            self.counts_K3C = torch.zeros(size, 3, classes, dtype=torch.int64, device=outputs_KB.device)
        predicted_KB = outputs_KB.argmax(2)
        class_K3B = torch.stack([labels_KB, labels_KB, predicted_KB], dim=1)
        one_K3B = torch.ones_like(class_K3B)
        one_K3B[:, 0] = predicted_KB == labels_KB
        self.counts_K3C.scatter_add_(2, class_K3B, one_K3B)

    def take(self, size: int) -> list[float | None]:
        """The macro F1 of so many trials; counting starts over."""
        if self.counts_K3C is None:
            return [None] * size
        scores: list[float | None] = [macro_f1(ClassCounts(*counts_3C)) for counts_3C in self.counts_K3C.cpu().numpy()]
        self.counts_K3C.zero_()
        return scores

    def keep(self, columns: list[int]) -> None:
        """Forget all trials but these."""
        if self.counts_K3C is not None:
            self.counts_K3C = self.counts_K3C[columns]


def evaluate_stack(
    backend: Backend,
    task: Task,
    splits: Sequence[Split],
    which: Sequence[int],
    precision: Precision,
    fitted: Sequence[float | None] | None = None,
    keep: bool = False,
) -> list[Measured]:
    """What `evaluate` gives, for each trial of a stack.

    backend: the trials. task: its objective. splits: the examples, one that all share, or one for each seed, of one
    length. which: of each trial, the split it sees. precision: of the forward passes. fitted, keep: as in `evaluate`.
    """
    room = CHUNK if task.device.type == "cpu" else CARD_CHUNK
    chunk = chunk_size(task, splits[0], room, backend.size)
    chunks = _outputs_of_stack(backend, task, splits, precision, chunk)
    labels = [splits[own].labels for own in which]
    return measure_chunks(task, chunks, labels, [None] * len(labels) if fitted is None else fitted, keep)


@torch.no_grad()
def _outputs_of_stack(
    backend: Backend, task: Task, splits: Sequence[Split], precision: Precision, chunk: int
) -> Iterator[Tensor]:
    """Outputs (K, B, ...) of each trial for its own split, chunk by chunk, without augmentation."""
    if len(splits) == 1:
        yield from outputs_of(
            lambda inputs: backend.forward(stack_inputs([inputs]), False), task, splits[0], precision, chunk
        )
        return
    dtype = dtype_of(precision)
    for parts in zip(*(chunks_of(split.inputs, chunk) for split in splits), strict=True):
        inputs_SB = stack_inputs([task.prepare(inputs, dtype=dtype) for inputs in parts])
        with rounding(precision, task.device):
            outputs_KB = backend.forward(inputs_SB, False)
        yield outputs_KB.to(dtype)
