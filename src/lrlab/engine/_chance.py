"""What validation data give without learning: a constant prediction, and a trial's initial weights. Suffix C: classes.

Nothing here changes a trial: its random numbers, weights and scores are what they would be without.
"""

import math
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from ..spec import Chance, Level, Precision
from ..tasks import Split, Task, call_model, leaves_of, seeded
from ._constant import constants_of, spread_as
from ._measure import (
    Measured,
    are_classes,
    chunk_size,
    evaluate,
    loss_of,
    measure_chunks,
    measured,
    outputs_of,
    score_of,
    split_labels,
    split_outputs,
    task_metric,
)
from ._precision import dtype_of
from ._randomness import initial_model

CLEARLY = 1e-3  # of a loss, as a share of it: what a fitted constant has to lie below those that need no fit

_KNOWN: WeakKeyDictionary[Task, dict[tuple[int, Precision], Chance | None]] = WeakKeyDictionary()
_CONSTANT: WeakKeyDictionary[Task, dict[Precision, Level]] = WeakKeyDictionary()


def chance_of(task: Task, seed: int, precision: Precision) -> Chance | None:
    """Chance for a seed's initial weights; measured once per task, seed and precision. None without validation data."""
    known = _KNOWN.setdefault(task, {})
    if (seed, precision) not in known:
        known[seed, precision] = _measure_chance(task, seed, precision)
    return known[seed, precision]


def _measure_chance(task: Task, seed: int, precision: Precision) -> Chance | None:
    split = task.validation
    if split is None:
        return None
    measure = _levels_by_sums if task.objective.by_sums else _levels_of_outputs
    with seeded(0), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metrics complain of constant predictions
        model = initial_model(task.model, seed).to(task.device, dtype_of(precision)).eval()
        constant, untrained = measure(task, model, split, precision)
    return Chance(constant=constant, untrained=untrained, examples=task.count_examples("validation"))


def _levels_of_outputs(task: Task, model: nn.Module, split: Split, precision: Precision) -> tuple[Level, Level]:
    """The best constant and the untrained weights, had of all outputs at once."""
    chunks = split_outputs(partial(call_model, model), task, split, precision)
    outputs, labels = torch.cat(list(chunks)).cpu(), split_labels(task, split).cpu()
    constant = _known_constant(task, split, precision, partial(_best_constant, task, outputs, labels))
    return constant, _level_of(task, outputs, labels)


def _levels_by_sums(task: Task, model: nn.Module, split: Split, precision: Precision) -> tuple[Level, Level]:
    """The same of an objective that measures by sums: no outputs of a whole split are held."""

    def find() -> Level:
        few, labels = split.take(slice(1)), split_labels(task, split)
        (like,) = outputs_of(partial(call_model, model), task, few, precision)
        size, constants = chunk_size(task, split), task.objective.constants(like, labels)
        return _best_of(task, [_level_of_constant(task, each, labels, size) for each in constants])

    constant = _known_constant(task, split, precision, find)
    return constant, _as_level(evaluate(model, task, split, precision))


def _known_constant(task: Task, split: Split, precision: Precision, find: Callable[[], Level]) -> Level:
    """The best constant; found once for a task and a precision."""
    known = _CONSTANT.setdefault(task, {})
    if precision not in known:
        # Where all labels or all inputs are the same, a constant is not chance but all there is to learn.
        learnable = _has_variety(split_labels(task, split)) and any(map(_has_variety, leaves_of(split.inputs)))
        known[precision] = find() if learnable else Level()
    return known[precision]


def _level_of_constant(task: Task, constant: Tensor, labels: Tensor, size: int) -> Level:
    count = len(labels)
    lengths = (min(size, count - start) for start in range(0, count, size))
    chunks = (constant.expand(length, *constant.shape[1:])[None] for length in lengths)
    return _as_level(*measure_chunks(task, chunks, [labels], [None]))


def _as_level(found: Measured) -> Level:
    return Level(
        loss=found.loss if math.isfinite(found.loss) else None,
        score=found.score if math.isfinite(found.score) else None,
    )


def _best_constant(task: Task, outputs: Tensor, labels: Tensor) -> Level:
    """The best loss and the best score of constant predictions; None: not known.

    For a loss of a user's own one is fitted as well. Where that loss is a usual one, the fit is no better: it knows the
    training labels alone.
    """
    levels = [
        _level_of(task, spread_as(constant, outputs), labels) for constant in _usual_constants(task, outputs, labels)
    ]
    if task.loss is not None:
        fitted = [_level_of(task, spread_as(constant, outputs), labels) for constant in constants_of(task, outputs)]
        usual = _lowest_loss(levels)
        if _lowest_loss(fitted) < usual - CLEARLY * abs(usual if math.isfinite(usual) else 0.0):
            levels += fitted
    return _best_of(task, levels)


def _best_of(task: Task, levels: list[Level]) -> Level:
    """The lowest loss and the best score of any."""
    scores = [level.score for level in levels if level.score is not None]
    best = max if task_metric(task).higher_is_better else min
    lowest = _lowest_loss(levels)
    return Level(loss=lowest if math.isfinite(lowest) else None, score=best(scores, default=None))


def _lowest_loss(levels: list[Level]) -> float:
    return min((level.loss for level in levels if level.loss is not None), default=math.inf)


def _has_variety(examples: Tensor) -> bool:
    return bool((examples != examples[:1]).any())


def _usual_constants(task: Task, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
    """Predictions that look at no input, (1, ...), each for all examples: one of them is the best for the usual losses.

    Of classes: the logarithms of their shares. Of numbers: mean, median, and the mean as a logit where it is a share.
    None where outputs and labels are of another kind. See `constants_of` for those.
    """
    if task.given_objective is not None:
        yield from task.given_objective.constants(outputs, labels)
    elif outputs.ndim == 2 and are_classes(task, outputs):
        share_C = torch.bincount(labels, minlength=outputs.shape[1]).to(outputs.dtype) / len(labels)
        yield share_C.clamp(min=1e-6).log()[None]
    elif labels.is_floating_point() and labels.shape == outputs.shape:
        mean = labels.to(outputs.dtype).mean(0)
        yield mean[None]
        yield labels.to(outputs.dtype).median(0).values[None]
        if ((labels >= 0) & (labels <= 1)).all():
            yield mean.clamp(1e-6, 1 - 1e-6).logit()[None]


def _level_of(task: Task, outputs: Tensor, labels: Tensor) -> Level:
    """Loss and score of these outputs. A user's function may fail on such outputs: then they are not known."""
    if task.given_objective is not None:
        return _as_level(measured(task, outputs, labels))
    try:
        loss = loss_of(task, outputs, labels).item()
    except Exception:
        return Level()
    try:
        score = score_of(task, outputs, labels, loss)
    except Exception:
        score = math.nan
    return Level(loss=loss if math.isfinite(loss) else None, score=score if math.isfinite(score) else None)
