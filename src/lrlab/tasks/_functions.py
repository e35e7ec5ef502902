"""Model, loss and metric of a task as functions: a class, a text or a network in their place is told from one."""

from collections.abc import Sequence
from typing import Any

from ..errors import TaskError, shortened

LONGEST = 60  # characters of a value in a message
FORMS = {
    "loss": ("(outputs, labels) that gives a scalar tensor", "nn.CrossEntropyLoss()"),
    "score": ("(outputs, labels) that gives a number", "lambda outputs, labels: float(...)"),
}


def check_functions(model: Any, loss: Any, score: Any) -> None:
    """Raise TaskError where a model is no function that makes one, or loss or score none of outputs and labels."""
    from torch import nn  # torch is loaded here, not before

    if isinstance(model, nn.Module):
        made = f"{_prefix(type(model))}{type(model).__name__}"
        raise TaskError(
            "model must be a function that makes a new model for each trial, but got a model that is made, "
            f"{type(model).__name__}; give what makes it: lambda: {made}(...)"
        )
    if not callable(model):
        raise TaskError(
            f"model must be a function that makes a model, but got {shortened(repr(model), LONGEST)}; give such as "
            "lambda: nn.Linear(8, 3)"
        )
    for what, given in (("loss", loss), ("score", score)):
        if given is not None:
            _check_function(what, given)


def loss_way(shape: Sequence[int]) -> str:
    """The way out for float labels of this shape without a loss.

    >>> loss_way((20, 3))
    'give loss=nn.CrossEntropyLoss() where each row has shares of classes, or loss=nn.MSELoss() for amounts'
    """
    if len(shape) == 2 and shape[1] > 1:
        return "give loss=nn.CrossEntropyLoss() where each row has shares of classes, or loss=nn.MSELoss() for amounts"
    return (
        "give loss=(outputs, labels) -> scalar tensor; if they are classes written as floats, give labels.astype(int)"
    )


def making_way(model: Any) -> str:
    """The way out where a class that needs arguments is given as the function that makes a model; "" else."""
    if not isinstance(model, type):
        return ""
    return f"; give a function that makes it: lambda: {_prefix(model)}{model.__name__}(...), with its arguments"


def _check_function(what: str, given: Any) -> None:
    form, example = FORMS[what]
    if isinstance(given, type):
        made = f"{_prefix(given)}{given.__name__}()"
        raise TaskError(f"{what} must be a function {form}, but got the class {given.__name__}; write {made}")
    if not callable(given):
        raise TaskError(
            f"{what} must be a function {form}, but got {shortened(repr(given), LONGEST)}; give such as {example}"
        )


def _prefix(kind: type) -> str:
    return "nn." if kind.__module__.startswith("torch.nn.") else ""
