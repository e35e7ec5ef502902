"""Loss and metric per trial of a stack, during an update and on a whole split."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..spec import Precision
from ..tasks import Split, Task
from ._layouts import Layout
from ._measure import CHUNK, Measured, loss_of, measured, outputs_of, score_of


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


def evaluate_stack(layout: Layout, task: Task, split: Split, precision: Precision) -> list[Measured]:
    """What `evaluate` gives, for each trial of a stack."""
    chunk = max(CHUNK // layout.size, 1)
    chunks = outputs_of(lambda inputs: layout.forward(inputs[None], False), task, split, precision, chunk)
    outputs_KN = torch.cat(list(chunks), dim=1)
    return [measured(task, outputs, split.labels) for outputs in outputs_KN]
