"""Does the model fit the data? Asked before anything is trained."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import TaskError
from ..objectives import LOSS, Classification, Objective
from ..stats import LARGEST
from ._base import Task
from ._broadcast import Meeting, Shape, find_meeting
from ._factory import make_model, make_two_models
from ._graph import check_graph
from ._seeded import seeded, states
from ._split import Split, spread_positions
from ._trees import Inputs, call_model, shapes_of, take_examples
from ._vocabulary import LookupWatch, unlike_inputs
from ._way_out import way_out

COUNTS = (5, 7, 11, 13)  # examples: as many as no other axis has, so that one can tell the axes apart
ALIKE = 1e-5  # numbers that differ by less are taken for equal
NEAR = 1e-3  # relative, of one loss computed in two ways
LOOKED_AT = 100  # examples of each split on which loss and metric must be numbers


def check_fit(task: Task, name: str) -> None:
    """Run model, loss and metric on a few examples. Raises TaskError where they do not fit each other."""
    with seeded(0), torch.no_grad():
        _check_on_examples(task, name, make_model(task, name))


def check_own(task: Task, name: str) -> tuple[nn.Module, nn.Module]:
    """`check_fit` for a task that nobody has tried: its factory, its randomness, numbers before training. Two models.

    Raises TaskError where two models of one seed differ or share memory, where a loss or metric is no number on
    untrained weights, or where what runs in training belongs to no seed.
    """
    models = own_models(task, name)
    check_running(task, name, models[0])
    return models


def own_models(task: Task, name: str) -> tuple[nn.Module, nn.Module]:
    """The two models of `check_own`. Raises TaskError where they differ or share memory."""
    with seeded(0), torch.no_grad():
        return make_two_models(task, name)


def check_running(task: Task, name: str, model: nn.Module) -> None:
    """The rest of `check_own`: what is run on examples, which takes its time with a large model."""
    with seeded(0), torch.no_grad():
        _check_on_examples(task, name, model)
        for _, split in task.splits():
            _check_numbers(task, name, model, split)
        _check_draws(task, name)


def _check_on_examples(task: Task, name: str, model: nn.Module) -> None:
    labels, outputs = _run_examples(task, name, model.eval())
    if not isinstance(outputs, Tensor) or outputs.ndim == 0 or len(outputs) != len(labels):
        shape = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise TaskError(
            f"{name}: the model must give one output per example, but gave {shape} for {len(labels)} examples; "
            f"{_tensor_way(outputs, len(labels))}"
        )
    if task.given_objective is not None:
        _check_objective(task, name, outputs, labels)
    elif task.classes is not None and task.loss is None and (outputs.ndim != 2 or outputs.shape[1] < task.classes):
        _check_outputs(task, name, Classification(), outputs, {"all": torch.tensor([task.classes - 1])})
    for what, measure in (("loss", task.loss), ("metric", task.score)):
        if measure is not None:
            _check_measure(name, what, measure, outputs, labels)


def _tensor_way(outputs: Any, count: int) -> str:
    """How a model's forward would give one tensor of so many rows."""

    def fits(value: Any) -> bool:
        return isinstance(value, Tensor) and value.ndim > 0 and len(value) == count

    if isinstance(outputs, Mapping):
        fitting = [key for key, value in outputs.items() if fits(value)]
        key = "logits" if "logits" in fitting or not fitting else fitting[0]
        return f"let its forward end with `return outputs[{key!r}]`"
    if isinstance(outputs, tuple | list):
        place = next((place for place, value in enumerate(outputs) if fits(value)), 0)
        return f"let its forward end with `return outputs[{place}]`"
    if fits(getattr(outputs, "logits", None)):
        return "let its forward end with `return outputs.logits`"
    return "let its forward return a tensor (N, ...), a row for each of N examples"


def _check_outputs(task: Task, name: str, objective: Objective, outputs: Tensor, labels: Mapping[str, Tensor]) -> None:
    try:
        objective.check_outputs(outputs, labels, task.class_names)
    except TaskError as error:
        raise TaskError(f"{name}: {error}") from None


def _check_objective(task: Task, name: str, outputs: Tensor, labels: Tensor) -> None:
    """Raise TaskError where outputs do not fit the objective, or its loss is no number of them."""
    objective, known = task.objective, {part: split.labels for part, split in task.splits()}
    _check_outputs(task, name, objective, outputs, known)
    loss = task.objective.loss(outputs, labels)
    if not abs(loss.item()) <= LARGEST:
        raise TaskError(
            f"{name}: on untrained weights and {len(labels)} examples the loss is {loss.item():g}, no number that can "
            "be compared; return finite outputs there, or scale the data"
        )
    _check_losses(task.objective, name, outputs, labels, loss.item())


def _check_losses(objective: Objective, name: str, outputs: Tensor, labels: Tensor, loss: float) -> None:
    """Raise TaskError where an objective's loss of one trial is not that of a stack, or not the one it records."""
    kind = type(objective).__name__
    try:
        stacked = objective.losses(outputs[None], labels[None])
        recorded = objective.scores(outputs, labels)[LOSS]
    except Exception as error:
        raise TaskError(
            f"{name}: {kind} fails on {len(labels)} examples: {type(error).__name__}: {error}; give it `losses`, "
            "`sums` and `totals` that take outputs (K, B, ...)"
        ) from error
    if tuple(stacked.shape) != (1,) or not _is_near(stacked.item(), loss):
        shown = f"{stacked.item():g}" if stacked.numel() == 1 else f"the shape {tuple(stacked.shape)}"
        raise TaskError(
            f"{name}: {kind}.loss gives {loss:g}, and losses {shown} for the same examples as a stack of one trial; "
            "change both alike, as by torch.stack([self.loss(o, y) for o, y in zip(outputs_KB, labels_KB)])"
        )
    if not math.isnan(recorded) and not _is_near(recorded, loss):  # of examples none of which counts there is none
        raise TaskError(
            f"{name}: {kind}.loss gives {loss:g}, but the loss that it records is {recorded:g} for the same examples; "
            'let totals give it as "loss", of what sums adds up'
        )


def _is_near(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=NEAR, abs_tol=ALIKE * NEAR)


def _run_examples(task: Task, name: str, model: nn.Module) -> tuple[Tensor, Any]:
    """Labels and outputs of a few training examples, as many as no other axis has."""
    run = _run_few(task, name, model, COUNTS[0])
    for count in COUNTS[1:]:
        labels, outputs = run
        shape = outputs.shape[1:] if isinstance(outputs, Tensor) else ()
        if len(labels) not in (*shape, *labels.shape[1:], task.classes):
            break
        run = _run_few(task, name, model, count)
    return run


def _run_few(task: Task, name: str, model: nn.Module, count: int) -> tuple[Tensor, Any]:
    """So many training examples, spread over all of them, and what the model gives; of few, some come twice."""
    train = task.train
    index = torch.linspace(0, len(train.labels) - 1, count, device=train.labels.device).long()
    few = train.take(index)
    return few.labels, _run_model(task, name, model, few.inputs)


def _run_model(task: Task, name: str, model: nn.Module, inputs: Inputs) -> Any:
    prepared = task.prepare(inputs)
    watch = LookupWatch(model)
    try:
        with watch:
            outputs = call_model(model, prepared)
    except Exception as error:
        watch.check_tokens(task, name, prepared)
        why = watch.explain(prepared, error) or unlike_inputs(model, prepared)
        if why:
            raise TaskError(f"{name}: {why}") from error
        raise TaskError(
            f"{name}: the model cannot take inputs of shape {shapes_of(inputs)}: {type(error).__name__}: {error}"
        ) from error
    watch.check_tokens(task, name, prepared)
    return outputs


def _check_measure(name: str, what: str, measure: Callable[..., Any], outputs: Tensor, labels: Tensor) -> None:
    """A loss or metric runs, gives one number, leaves what it is given as it is, and does not broadcast."""
    given = outputs.clone(), labels.clone()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Using a target size")  # refused below, with both shapes
            value = measure(*given)
        if what == "metric":
            float(value)
    except Exception as error:
        raise TaskError(
            f"{name}: the {what} failed on {len(labels)} examples: {type(error).__name__}: "
            f"{str(error).rstrip('.')}; {way_out(measure, outputs, labels)}"
        ) from error
    if what == "loss" and (not isinstance(value, Tensor) or value.ndim != 0):
        raise TaskError(f"{name}: the loss must return one number as a scalar tensor; take its mean")
    _check_unchanged(name, what, (outputs, labels), given)
    met = find_meeting(measure, outputs, labels)
    if met is not None:
        raise TaskError(f"{name}: {_broadcast_words(what, met, len(outputs))}")


def _check_unchanged(name: str, what: str, before: tuple[Tensor, Tensor], after: tuple[Tensor, Tensor]) -> None:
    """A loss or metric leaves outputs and labels as they are."""
    for kind, given, left in zip(("outputs", "labels"), before, after, strict=True):
        if given.shape != left.shape or not torch.equal(given.nan_to_num(), left.nan_to_num()):
            raise TaskError(
                f"{name}: the {what} changes its {kind} in place, and what is measured after it would see that; "
                f"work on a copy: {kind}.clone()"
            )


def _broadcast_words(what: str, met: Meeting, count: int) -> str:
    """What happens, with both shapes, and the ways out."""

    def shape(sizes: Shape) -> str:
        return f"({', '.join('N' if size == count else str(size) for size in sizes)}{',' * (len(sizes) == 1)})"

    if met.stretched is None:
        return (
            f"the {what} of outputs of shape {shape(met.outputs)} and labels of shape {shape(met.labels)} is the same "
            f"whichever label goes with which output: somewhere in it they fit only by broadcasting, every output "
            f"against every label; give both one shape where they meet, as with outputs.flatten() and "
            f"labels.flatten()"
        )
    pair = f"the {what} holds outputs of shape {shape(met.outputs)} against labels of shape {shape(met.labels)}"
    head = f"{pair}, which fit only by broadcasting, to {shape(met.stretched)}"
    if len(met.outputs) == len(met.labels):
        return (
            f"{head}; give the model's last layer as many outputs as there are labels, {shape(met.labels)}, "
            f"or the labels the shape of the outputs, {shape(met.outputs)}"
        )
    wide, narrow = ("outputs", "labels") if len(met.outputs) > len(met.labels) else ("labels", "outputs")
    axes = [axis for axis, size in enumerate(getattr(met, wide)) if size == 1]
    axis = axes[0] if axes else 1
    added = f"{narrow}[:, None]" if axis == 1 else f"{narrow}.unsqueeze({axis})"
    return f"{head}: every output against every label; give the {narrow} an axis, {added}, or {wide}.squeeze({axis})"


def _check_numbers(task: Task, name: str, model: nn.Module, split: Split) -> None:
    """Loss and metric are numbers before anything is learned: a trial that diverges is scored with such weights."""
    index = spread_positions(len(split.labels), LOOKED_AT).to(split.labels.device)
    few = split.take(index)
    outputs, labels = _run_model(task, name, model, few.inputs), few.labels
    loss = task.objective.loss if task.loss is None else task.loss
    _check_number(name, "loss", loss, outputs, labels)
    if split is task.train:
        check_graph(name, loss, outputs, labels)
    if task.score is None or split is task.train:  # a batch without a metric is let through
        return
    try:
        _check_number(name, "metric", task.score, outputs, labels)
    except TaskError:
        if not _is_rest(task, split, len(labels)):
            raise
        # A few may lack what the metric needs, such as an example of each class; it is asked of the whole split alone.
        outputs, labels = _run_whole(task, name, model, split)
        _check_number(name, "metric", task.score, outputs, labels)


def _check_number(name: str, what: str, measure: Callable[..., Any], outputs: Tensor, labels: Tensor) -> None:
    """Raise TaskError where a loss or a metric of these outputs is no number, or another one when it is asked again."""
    labels = labels.clone()
    given = outputs.clone(), labels.clone()
    try:
        with torch.random.fork_rng(devices=[]):
            value = float(measure(*given))
        again = float(measure(outputs.clone(), labels.clone()))
    except Exception as error:
        raise TaskError(
            f"{name}: the {what} failed on {len(labels)} examples: {type(error).__name__}: {error}"
        ) from error
    _check_unchanged(name, what, (outputs, labels), given)
    if not abs(value) <= LARGEST:
        why = "is no number" if math.isnan(value) else f"is {value:g}, beyond what can be compared ({LARGEST:g})"
        raise TaskError(
            f"{name}: on untrained weights and {len(labels)} examples the {what} {why}, so a trial that learns "
            f"nothing could not be scored; return a finite number there, or scale the data"
        )
    if not math.isclose(value, again, rel_tol=ALIKE, abs_tol=ALIKE):
        raise TaskError(
            f"{name}: the {what} gives {value:g} and then {again:g} for the same outputs and labels: what it draws "
            f"or counts belongs to no seed; draw from torch's own generator, or leave it out"
        )


def _is_rest(task: Task, split: Split, count: int) -> bool:
    """Whether a split has more examples than so many."""
    return count < len(split.labels) or task.stream_of(split) is not None


def _run_whole(task: Task, name: str, model: nn.Module, split: Split) -> tuple[Tensor, Tensor]:
    """Outputs and labels of a whole split."""
    part = next(part for part, own in task.splits() if own is split)
    starts = range(0, len(split.labels), LOOKED_AT)
    pieces = (split.take(slice(start, start + LOOKED_AT)) for start in starts)
    batches = task.batches(part, LOOKED_AT) if part in task.streams else pieces
    ran = [(_run_model(task, name, model, batch.inputs), batch.labels) for batch in batches]
    outputs, labels = zip(*ran, strict=True)
    return torch.cat(outputs), torch.cat(labels)


def _check_draws(task: Task, name: str) -> None:
    """What a model does in training belongs to its seed: it draws from torch's generator, and counts in buffers.

    The others would go on from trial to trial, and from one model of a stack to the next.
    """
    batch = take_examples(task.train.inputs, slice(COUNTS[0]))
    model, twin = _seeded_model(task, name), _seeded_model(task, name)
    kept = {key: buffer.clone() for key, buffer in model.named_buffers()}
    before = states()
    try:
        with torch.random.fork_rng(devices=[]):
            first = call_model(model, task.prepare(batch))
    except Exception:  # what fails in training says so there, with its own words
        return
    after = zip(("Python", "numpy"), before, states(), strict=True)
    moved = [kind for kind, earlier, later in after if earlier != later]
    if moved:
        raise TaskError(
            f"{name}: the model draws from {moved[0]}'s generator while it runs, and such draws belong to no seed; "
            f"draw from torch's, or use nn.Dropout"
        )
    for key, buffer in model.named_buffers():
        if key in kept and buffer.shape == kept[key].shape:
            buffer.copy_(kept[key])
    for network in (twin, model):
        with torch.random.fork_rng(devices=[]):
            again = call_model(network, task.prepare(batch))
        if not _are_alike(first, again):
            raise TaskError(
                f"{name}: the model gives other outputs for the same batch, weights and seed while it trains: what it "
                f"draws or counts belongs to no seed; draw from torch's own generator, and count in a buffer "
                f"(register_buffer)"
            )


def _seeded_model(task: Task, name: str) -> nn.Module:
    with seeded(0):
        return make_model(task, name).train()


def _are_alike(outputs: Any, others: Any) -> bool:
    if not (isinstance(outputs, Tensor) and isinstance(others, Tensor)):
        return True
    return outputs.shape == others.shape and torch.allclose(outputs, others, rtol=ALIKE, atol=ALIKE, equal_nan=True)
