"""The way out for a loss or metric that fails: other forms of outputs and labels are tried on it."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from ._broadcast import find_meeting

TensorForm = tuple[str, Tensor]  # what to do, in words ("" where nothing), and what comes of it


def way_out(measure: Callable[..., Any], outputs: Tensor, labels: Tensor) -> str:
    """What outputs and labels are, both (N, ...), and in which form the measure takes them, in words.

    Asked where `measure(outputs, labels)` fails. The first form that it takes is named; where there is none, the rule.
    """
    shapes = f"outputs of shape {_shape_words(outputs)} and labels of shape {_shape_words(labels)}"
    given = f"it got {shapes}, {_label_words(labels)}"
    for said_of_labels, of_labels in _label_forms(labels):
        for said, of_outputs in _output_forms(outputs, of_labels):
            if _takes_forms(measure, of_outputs, of_labels):
                return f"{given}; give {' and '.join(filter(None, (said_of_labels, said)))}, which it takes"
    if not labels.is_floating_point() and _takes_forms(measure, outputs, labels.long().clamp(min=0)):
        return f"{given}; remove examples without a class, or let the loss leave them out: ignore_index={labels.min()}"
    return f"{given}; give labels in the form it takes, or make it take these"


def _shape_words(tensor: Tensor) -> str:
    return str(("N", *tensor.shape[1:])).replace("'", "")


def _label_words(labels: Tensor) -> str:
    if labels.is_floating_point():
        return "floats"
    return f"whole numbers from {labels.min()} to {labels.max()}"


def _label_forms(labels: Tensor) -> Iterator[TensorForm]:
    """The labels themselves, with an axis less or more, as the other kind of number, and both."""
    shaped = [("", labels)]
    if labels.ndim > 1 and labels.shape[1] == 1:
        shaped.append(("[:, 0]", labels[:, 0]))
    if labels.ndim == 1:
        shaped.append(("[:, None]", labels[:, None]))
    yield from ((f"labels{axis}" if axis else "", form) for axis, form in shaped)
    if not labels.is_floating_point():
        yield from ((f"labels.astype('float32'){axis}", form.float()) for axis, form in shaped)
    elif torch.equal(labels, labels.round()):
        yield from ((f"labels.astype(int){axis}", form.long()) for axis, form in shaped)
    if labels.ndim == 2 and labels.shape[1] > 1:
        yield "labels.argmax(1)", labels.argmax(1)


def _output_forms(outputs: Tensor, labels: Tensor) -> Iterator[TensorForm]:
    """The outputs themselves, with the classes' axis in its place, as shares, and with one for each class."""
    yield "", outputs
    if outputs.ndim > 2:
        yield "outputs.movedim(-1, 1)", outputs.movedim(-1, 1)
    yield "outputs.sigmoid()", outputs.sigmoid()
    if outputs.ndim > 1 and not labels.is_floating_point() and int(labels.max()) >= outputs.shape[1]:
        count = int(labels.max()) + 1
        room = (0, 0) * (outputs.ndim - 2) + (0, count - outputs.shape[1])
        yield f"classes from 0 to {outputs.shape[1] - 1}, or the model's last layer {count} outputs", pad(outputs, room)


def _takes_forms(measure: Callable[..., Any], outputs: Tensor, labels: Tensor) -> bool:
    """Whether it makes a number of them, and not by broadcasting."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            float(measure(outputs.clone(), labels.clone()))
            return find_meeting(measure, outputs, labels) is None
    except Exception:
        return False
