"""How much memory a trial of a stack takes, and how much there is."""

import torch
from torch import Tensor

from ..schedules import Horizon
from ..spec import OPTIMIZERS, Trial
from ..tasks import Task, call_model, free_memory, take_examples
from ._measure import loss_of
from ._noise import Noise, key_dropout
from ._precision import dtype_of, rounding
from ._randomness import initial_model

BYTES_PER_UPDATE = 100  # tables of four fields, while they are made; the rates as they are kept and sent
BYTES_PER_EPOCH = 2000  # what was measured, as an object and as text


def trial_bytes(trial: Trial, task: Task) -> int:
    """Bytes one trial adds to a stack: weights, gradients, the optimizer's state, what backward needs of a batch."""
    noise = Noise([trial.seed])
    model = key_dropout(initial_model(task.model, trial.seed), noise).to(task.device)
    model = model.to(dtype_of(trial.precision)).train()
    inputs = task.prepare(take_examples(task.train.inputs, slice(trial.batch_size)), dtype=dtype_of(trial.precision))
    weights = {tensor.untyped_storage().data_ptr(): tensor for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor),
        rounding(trial.precision, task.device),
    ):
        loss = loss_of(task, call_model(model, inputs), task.train.labels[: trial.batch_size])
    del loss
    size = sum(parameter.nbytes for parameter in model.parameters() if parameter.requires_grad)
    fixed = sum(tensor.nbytes for tensor in weights.values()) - size
    return size * (2 + len(OPTIMIZERS[trial.optimizer.name].slots)) + fixed + sum(kept.values())


def course_bytes(horizon: Horizon) -> int:
    """Bytes that the length of a trial takes, whatever its model: tables, rates and their copies, what epochs gave."""
    return BYTES_PER_UPDATE * horizon.updates + BYTES_PER_EPOCH * horizon.epochs


def free_bytes(device: torch.device) -> int:
    """Bytes that can still be taken: of the graphics card, or of the machine within the limit of its container."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return free_memory()
