"""`lrlab verify`: the stack compared with the plain loop on a task, in double and in single precision."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...errors import TaskError, Unstackable
from ...rules import parse
from ...schedules import Ema
from ...spec import (
    LAYOUT_KINDS,
    OPTIMIZERS,
    Optimizer,
    Precision,
    Trial,
    complete_optimizer_fields,
    make_optimizer,
    takes_suggestion,
)
from .._prepare import open_task

if TYPE_CHECKING:
    from ...engine import Deviation
    from ...loops import OwnLoop
    from ...tasks import Task

CHECKS: tuple[tuple[Precision, int], ...] = (("float64", 50), ("float32", 1), ("float32", 20))
DECAY = 0.9  # of the average: of 20 updates it forgets the first
PLANS = ("constant", "cosine", "linear", "constant")
LOOKED_AT = 64  # examples of validation and test: what is verified is training
RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10)  # peaks; a lower one where trials diverge


class Verified(NamedTuple):
    """One check: the layout, the precision, the updates, and the deviation of each tensor, the largest first.

    optimizer: that trained. suggested: whether that is the task's own suggestion.
    """

    layout: str
    precision: Precision
    updates: int
    deviations: "list[Deviation]"
    optimizer: Optimizer = Optimizer()
    suggested: bool = False

    @property
    def verdict(self) -> Literal["equal", "not equal", "cannot tell"]:
        """Whether every tensor lies within its bound, and whether that says anything."""
        if not all(deviation.equal for deviation in self.deviations):
            return "not equal"
        return "equal" if all(deviation.telling for deviation in self.deviations) else "cannot tell"

    @property
    def equal(self) -> bool:
        """Whether every tensor lies within a bound that says something."""
        return self.verdict == "equal"


def _rates_of(optimizer: str) -> tuple[float, ...]:
    """Peaks for this optimizer, the highest first: at most a usual one, where its rates mean something else."""
    kind = OPTIMIZERS[optimizer]
    return RATES if kind.compiled is not None else tuple(kind.peaks[1] * rate / RATES[0] for rate in RATES)


def verify_task(
    asked: "str | Task | OwnLoop", *, layout: str, batch_size: int, fields: Mapping[str, object] | None
) -> list[Verified]:
    """Train trials of a task, two seeds and three schedules, as a stack and one by one.

    asked: the task, as `open_task` takes it. layout: of the stack; "auto" is lanes where they take the model, else
    grouped, else vmap. batch_size: of the trials. fields: of their optimizer, as far as the user says them; where they
    name none, the one that the task suggests trains, else SGD.

    Raises TaskError where there are fewer examples than a batch has, LabErrors as `open_task` does, and Unstackable
    where the model cannot be stacked.
    """
    from ...engine import torch_settings

    with torch_settings(1):  # batches are small: more threads would wait for each other
        return _verify_opened(asked, layout, batch_size, fields)


def _verify_opened(
    asked: "str | Task | OwnLoop", layout: str, batch_size: int, fields: Mapping[str, object] | None
) -> list[Verified]:
    from ...tasks import get

    opened_task = open_task(asked)
    optimizer = make_optimizer(complete_optimizer_fields(fields, opened_task.suggested))
    if batch_size > opened_task.examples:
        raise TaskError(
            f"{opened_task.name} has {opened_task.examples} training examples; give a --batch-size of at most that"
        )
    task = get(opened_task.where).head(validation=LOOKED_AT, test=LOOKED_AT)
    checks, chosen = [], dict[Precision, str]()
    for precision, updates in CHECKS:
        first = Trial(
            task=opened_task.name,
            data=opened_task.data,
            optimizer=optimizer,
            peak=_rates_of(optimizer.name)[0],
            budget=f"{updates} updates",
            batch_size=batch_size,
            precision=precision,
            schedule=parse(PLANS[0]),
            seed=1,
        )
        if precision not in chosen:
            chosen[precision] = _fastest_layout(_trials_like(first), task) if layout == "auto" else layout
        deviations = _deviations_of(first, task, chosen[precision])
        suggested = takes_suggestion(fields, opened_task.suggested)
        checks.append(Verified(chosen[precision], precision, updates, deviations, optimizer, suggested))
    return checks


def _trials_like(first: Trial) -> list[Trial]:
    """Trials like the first, of two seeds and three schedules; one more shares the last one's training, averaged.

    Not where the optimizer evaluates an average of its own.
    """
    pairs = zip(PLANS, (1, 1, 2, 2), strict=True)
    trials = [first.model_copy(update={"schedule": parse(plan), "seed": seed}) for plan, seed in pairs]
    if OPTIMIZERS[first.optimizer.name].evaluates:
        return trials
    return [*trials, trials[-1].model_copy(update={"average": Ema(decay=DECAY)})]


def _deviations_of(first: Trial, task: "Task", layout: str) -> "list[Deviation]":
    """The deviations at the highest of the peaks at which no trial diverges. Raises TaskError where all do."""
    from ...engine import verify

    rates = _rates_of(first.optimizer.name)
    for peak in rates:
        deviations = verify(_trials_like(first.model_copy(update={"peak": peak})), task, layout)
        if deviations is not None:
            return deviations
    raise TaskError(
        f"{first.task} diverges at every peak from {rates[0]:g} to {rates[-1]:g}, so nothing is compared; scale its "
        "inputs and labels to about 1"
    )


def _fastest_layout(trials: list[Trial], task: "Task") -> str:
    """The layout that is the fastest as a rule, of those that can hold the task's model."""
    stacked = [layout for layout, kind in LAYOUT_KINDS.items() if kind.stacked and not kind.compiling]
    return next((layout for layout in stacked[:-1] if _can_hold(layout, trials, task)), stacked[-1])


def _can_hold(layout: str, trials: list[Trial], task: "Task") -> bool:
    """Whether the layout can hold the task's model."""
    from ...engine import train_stack

    try:
        train_stack([trial.model_copy(update={"budget": "1 updates"}) for trial in trials], task, layout)
    except Unstackable:
        return False
    return True
