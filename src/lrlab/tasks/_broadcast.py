"""Do outputs and labels meet only by broadcasting? Then every output is compared with every label, and nothing is said.

Asked of a user's loss or metric in two ways: by watching torch's functions as they run, and, for what is computed
elsewhere, by what the value does when labels change places.
"""

import inspect
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

Shape = tuple[int, ...]
LossOrScore = Callable[[Tensor, Tensor], Any]
OUTPUTS, LABELS = frozenset({"outputs"}), frozenset({"labels"})
DRAWS = 3  # random outputs of each kind, and orders of the labels
SAME = 1e-5  # relative: values that differ by less are taken for equal


class Meeting(NamedTuple):
    """The shapes with which outputs and labels meet, and the shape they are stretched to.

    stretched: None where they meet in shapes that are not seen; outputs and labels are then as they were given.
    """

    outputs: Shape
    labels: Shape
    stretched: Shape | None


def find_meeting(measure: LossOrScore, outputs: Tensor, labels: Tensor) -> Meeting | None:
    """Where a loss or metric lets outputs (B, ...) and labels (B, ...) meet only by broadcasting; None: it does not.

    B must be the size of no other axis. What cannot be watched is let through.
    """
    watch = _MeetingWatch(outputs, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of outputs that are no model's, and of shapes, which are refused in words
        try:
            with watch:
                measure(outputs, labels)
        except Exception:  # a loss that minds being watched
            watch.meeting = None
        return (
            watch.meeting or _meet_out_of_sight(measure, outputs, labels) or _meet_one_output(measure, outputs, labels)
        )


class _MeetingWatch(TorchFunctionMode):
    """Follows which values are made of outputs alone, and which of labels alone."""

    def __init__(self, outputs: Tensor, labels: Tensor) -> None:
        super().__init__()
        self.whole = {OUTPUTS: outputs.numel(), LABELS: labels.numel()}
        self.count = len(outputs)
        self.meeting: Meeting | None = None
        self._of = {id(outputs): OUTPUTS, id(labels): LABELS}
        self._kept: list[Tensor] = [outputs, labels]  # a tensor that is gone would leave its id to another

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = list(_tensors_in((*args, *kwargs.values())))
        made_of = [self._of.get(id(tensor), frozenset()) for tensor in given]  # before it runs: it may change in place
        result = func(*args, **kwargs)
        if self.meeting is None and OUTPUTS in made_of and LABELS in made_of:
            self._note_meeting(func, args, kwargs, given, made_of, result)
        for tensor in _tensors_in((result,)):
            self._of[id(tensor)] = frozenset().union(*made_of)
            self._kept.append(tensor)
        return result

    def _note_meeting(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        given: list[Tensor],
        made_of: list[frozenset[str]],
        result: Any,
    ) -> None:
        """Note a pair of values that this function stretches."""
        whole = _call_unreduced(func, args, kwargs)
        shapes = {tuple(tensor.shape) for tensor in _tensors_in((result if whole is None else whole,))}
        pairs = [
            (left, right)
            for left, kind in zip(given, made_of, strict=True)
            for right, other_kind in zip(given, made_of, strict=True)
            if kind == OUTPUTS and other_kind == LABELS
        ]
        for left, right in pairs[:1] if whole is not None else pairs:  # a loss of torch's: its input and its target
            stretched = _broadcast_shape(left, right)
            if stretched not in shapes or left.shape == right.shape:
                continue
            narrow = stretched == right.shape and left.ndim == right.ndim and self._are_whole(left, right)
            if whole is not None or narrow or crossed(left, right, self.count):
                self.meeting = Meeting(tuple(left.shape), tuple(right.shape), stretched)
                return

    def _are_whole(self, left: Tensor, right: Tensor) -> bool:
        return (left.numel(), right.numel()) == (self.whole[OUTPUTS], self.whole[LABELS])


def crossed(left: Tensor, right: Tensor, count: int) -> bool:
    """Whether the examples, the first axis of both, would lie along two axes once the shapes are stretched."""
    alike = all(tuple(tensor.shape).count(count) == 1 and tensor.shape[0] == count for tensor in (left, right))
    stretched = _broadcast_shape(left, right)
    return alike and left.ndim != right.ndim and stretched is not None and stretched.count(count) == 2


def _broadcast_shape(left: Tensor, right: Tensor) -> Shape | None:
    try:
        return tuple(torch.broadcast_shapes(left.shape, right.shape))
    except RuntimeError:
        return None


def _call_unreduced(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """What a loss of torch's gives without its mean or sum; None for other functions."""
    try:
        given = inspect.signature(func).bind(*args, **kwargs)
        if "reduction" not in inspect.signature(func).parameters:
            return None
        given.arguments |= {"reduction": "none"}
        given.arguments.pop("reduce", None)
        given.arguments.pop("size_average", None)
        result = func(*given.args, **given.kwargs)
    except Exception:  # a function written in C has no signature
        return None
    return result if isinstance(result, Tensor) else None


def _tensors_in(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors_in(value)
        elif isinstance(value, dict):
            yield from _tensors_in(value.values())


def _meet_out_of_sight(measure: LossOrScore, outputs: Tensor, labels: Tensor) -> Meeting | None:
    """The same for what torch does not compute.

    Where every output meets every label the value stays when labels change places, whatever the outputs are; and it
    does not stay in another form of outputs or labels, with an axis of 1 more or less, in which they meet one by one.
    What holds outputs and labels together by their distributions alone stays in every form.
    """
    if len(labels.unique(dim=0)) < 2:  # equal labels may change places as they like
        return None
    draws = torch.Generator().manual_seed(0)
    drawn_outputs = list(_random_outputs(outputs, labels, draws))
    orders = [torch.randperm(len(labels), generator=draws) for _ in range(DRAWS)]
    if _is_paired(measure, drawn_outputs, labels, orders) is not False:
        return None
    for shape, labels_shape in _other_forms(tuple(outputs.shape), tuple(labels.shape)):
        reshaped = [drawn.reshape(shape) for drawn in drawn_outputs]
        paired = _is_paired(measure, reshaped, labels.reshape(labels_shape), orders)
        if paired is False and len(shape) == len(labels_shape):  # it holds all pairs on purpose
            return None
        if paired:
            seen = crossed(outputs, labels, len(outputs)) and outputs.numel() == labels.numel()
            stretched = _broadcast_shape(outputs, labels) if seen else None
            return Meeting(tuple(outputs.shape), tuple(labels.shape), stretched)
    return None


def _is_paired(measure: LossOrScore, drawn_outputs: list[Tensor], labels: Tensor, orders: list[Tensor]) -> bool | None:
    """Whether it matters which label goes with which output; None where there are too few numbers to tell."""
    numbers = 0
    for outputs in drawn_outputs:
        value = _value_of(measure, outputs, labels)
        if value is None:
            continue
        for order in orders:
            other = _value_of(measure, outputs, labels[order])
            if other is not None and not _are_close(value, other):
                return True
            numbers += other is not None
    return False if numbers > DRAWS else None


def _other_forms(outputs: Shape, labels: Shape) -> Iterator[tuple[Shape, Shape]]:
    """Other shapes of outputs and labels: axes of 1 left out; an axis for labels beside outputs that have one."""
    flat, label_shape = ((shape[0], *(size for size in shape[1:] if size != 1)) for shape in (outputs, labels))
    forms = [(flat, label_shape), (outputs, label_shape), (flat, labels)]
    if len(labels) == 1 < len(outputs):
        forms.append((outputs, (*labels, 1)))
    yield from (form for form in dict.fromkeys(forms) if form != (outputs, labels))


def _meet_one_output(measure: LossOrScore, outputs: Tensor, labels: Tensor) -> Meeting | None:
    """Whether one output (B, 1) is compared with each of several labels (B, K), by what torch does not compute.

    Then the same output K times over makes no difference, other outputs do, and labels may change their columns.
    """
    if outputs.ndim != 2 or labels.ndim != 2 or outputs.shape[1] != 1 or labels.shape[1] == 1:
        return None
    draws = torch.Generator().manual_seed(0)
    differs = False
    for drawn in _random_outputs(outputs, labels, draws):
        value, wide = _value_of(measure, drawn, labels), drawn.expand(labels.shape).clone()
        others = [_value_of(measure, wide, labels), _value_of(measure, drawn, labels.roll(1, 1))]
        if value is None or not all(_are_close(value, other) for other in others):
            return None
        wide[:, 1:] = drawn[torch.randperm(len(drawn), generator=draws)]
        differs = differs or not _are_close(value, _value_of(measure, wide, labels))
    stretched = tuple(labels.shape)
    return Meeting(tuple(outputs.shape), stretched, stretched) if differs else None


def _random_outputs(outputs: Tensor, labels: Tensor, draws: torch.Generator) -> Iterator[Tensor]:
    """Outputs of other values: shares, numbers around 0, numbers like the labels."""
    mean, spread = labels.double().mean().item(), labels.double().std().item()
    for _ in range(DRAWS):
        yield torch.rand(outputs.shape, generator=draws).to(outputs.dtype)
        normal = torch.randn(outputs.shape, generator=draws).to(outputs.dtype)
        yield normal
        yield mean + spread * normal


def _value_of(measure: LossOrScore, outputs: Tensor, labels: Tensor) -> float | None:
    """The number it gives; None where it gives none for such outputs or labels."""
    try:
        value = float(measure(outputs.clone(), labels.clone()))
    except Exception:
        return None
    return value if math.isfinite(value) else None


def _are_close(value: float, other: float | None) -> bool:
    return other is not None and abs(value - other) <= SAME * max(abs(value), abs(other))
