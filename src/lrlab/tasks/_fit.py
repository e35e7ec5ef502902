"""Does the model fit the data? Asked before anything is trained."""

import torch
from torch import Tensor, nn

from ..errors import TaskError
from ._base import Task


def check_fit(task: Task, name: str) -> None:
    """Run model, loss and metric on two examples. Raises TaskError where they do not fit each other."""
    inputs, labels = task.train.inputs[:2], task.train.labels[:2]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = _made(task, name).eval()
        try:
            outputs = model(task.prepare(inputs))
        except Exception as error:
            raise TaskError(
                f"{name}: the model cannot take inputs of shape {tuple(inputs.shape[1:])}: "
                f"{type(error).__name__}: {error}"
            ) from error
    if not isinstance(outputs, Tensor) or outputs.ndim == 0 or len(outputs) != len(inputs):
        shape = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise TaskError(
            f"{name}: the model must give one output per example, but gave {shape} for {len(inputs)} examples"
        )
    if task.classes is not None and task.loss is None and (outputs.ndim != 2 or outputs.shape[1] < task.classes):
        raise TaskError(
            f"{name}: labels go up to {task.classes - 1}, so the model must give at least {task.classes} outputs per "
            f"example, but it gives {tuple(outputs.shape[1:])}; set its last layer to {task.classes} outputs"
        )
    _check_measures(task, name, outputs, labels)


def _made(task: Task, name: str) -> nn.Module:
    try:
        model = task.model()
    except TaskError as error:
        raise TaskError(f"{name}: {error}") from error
    except Exception as error:
        raise TaskError(f"{name}: making the model failed: {type(error).__name__}: {error}") from error
    if not isinstance(model, nn.Module):
        raise TaskError(f"{name}: `model` must return a torch.nn.Module, but returned {type(model).__name__}")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TaskError(f"{name}: the model has no parameter to train")
    return model


def _check_measures(task: Task, name: str, outputs: Tensor, labels: Tensor) -> None:
    if task.loss is not None:
        try:
            value = task.loss(outputs, labels)
        except Exception as error:
            raise TaskError(f"{name}: the loss failed on two examples: {type(error).__name__}: {error}") from error
        if not isinstance(value, Tensor) or value.ndim != 0:
            raise TaskError(f"{name}: the loss must return one number as a scalar tensor; take its mean")
    if task.score is not None:
        try:
            float(task.score(outputs, labels))
        except Exception as error:
            raise TaskError(f"{name}: the metric failed on two examples: {type(error).__name__}: {error}") from error
