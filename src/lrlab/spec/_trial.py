"""Trial: one training, completely said."""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic_core import PydanticKnownError

from ..rules import Plan, Rule, moves_momentum
from ..schedules import Horizon, Span, WeightAverage, plain_name
from ._arm_text import text_of_arm
from ._noun import (
    PROTOCOL,
    AnyCase,
    AskedNoun,
    AverageField,
    BudgetField,
    Noun,
    PeakField,
    Real,
    ScheduleField,
    Settings,
    Truth,
    Whole,
    as_value_error,
    check_watched,
    key_around,
    omit_defaults,
    omit_empty,
)
from ._optimizer_text import optimizer_fields_of, refuse_more
from ._optimizers import OPTIMIZERS

SEEDS = 2**31
Seed = Annotated[Whole, Field(ge=0, lt=SEEDS)]
Precision = Literal["float32", "float64", "bfloat16"]
Watched = Literal["validation", "test"]
DecayFollows = Literal["rate", "shape"]
LATER = ("no_decay", "layer_decay", "accumulate", "decay_follows", "decay_schedule", "momentum_schedule")
ANY_LENGTH = Horizon(updates=1000, updates_per_epoch=100)  # whether a schedule moves momentum does not hang on it
OWN_TO_TRIALS = ("momentum", "weight_decay", "decay_follows", "decay_schedule", "momentum_schedule")  # in one stack


def _check_optimizer(name: Any) -> Any:
    """One of `OPTIMIZERS`, "-" and "_" alike; what pydantic would say of a word of a few."""
    if isinstance(name, str) and plain_name(name) in OPTIMIZERS:
        return plain_name(name)
    if isinstance(name, str):
        refuse_more(name)
    *names, last = (repr(known) for known in OPTIMIZERS)
    raise PydanticKnownError("literal_error", {"expected": f"{', '.join(names)} or {last}"})


def _fields_of_text(text: str) -> dict[str, Any]:
    """The fields of an optimizer's text; the name alone is judged where names are."""
    return optimizer_fields_of(text, Optimizer.model_fields) if "(" in text else {"name": text}


class Optimizer(AskedNoun):
    """The optimizer and what of it no schedule moves. `momentum` is SGD's or RMSprop's momentum, or Adam's beta1.

    alpha: RMSprop's share of the old mean square. clip: the largest norm of a trial's whole gradient, scaled down
    beyond it (Pascanu et al. 2013); None: never.
    no_decay: biases and the weights of norm layers have no weight decay. layer_decay: a layer's rate is that of the
    layer above it times this; the topmost has the whole rate. accumulate: batches whose mean gradient makes one update.
    decay_follows: "rate": the weight decay of update t is multiplied by its rate, as torch does; "shape": by its rate
    over the peak, so that another peak leaves it alone. decay_schedule, momentum_schedule: what weight decay and
    momentum are multiplied by from update to update, as a schedule's shape.
    Defaults are those here, unless the optimizer's entry has others (`usual`).
    A study file may give its name alone (`optimizer: adamw`), its text (`optimizer: "adamw(weight_decay=0.1)"`) or
    fields (`optimizer: {name: sgd, nesterov: true}`).
    """

    name: Annotated[str, BeforeValidator(_check_optimizer), AnyCase] = "sgd"
    momentum: Real = Field(default=0.9, ge=0, lt=1)
    nesterov: Truth = False
    weight_decay: Real = Field(default=0.0, ge=0, le=10)
    beta2: Real = Field(default=0.999, ge=0, lt=1)
    eps: Real = Field(default=1e-8, gt=0, le=1)
    alpha: Real = Field(default=0.99, ge=0, lt=1)
    clip: Real | None = Field(default=None, gt=0)
    no_decay: Truth = False
    layer_decay: Real = Field(default=1.0, gt=0, le=1)
    accumulate: Whole = Field(default=1, ge=1, le=10_000)
    decay_follows: Annotated[DecayFollows, AnyCase] = "rate"
    decay_schedule: ScheduleField | None = None
    momentum_schedule: ScheduleField | None = None

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without what was added later where that is not asked for, so that older records stay the same."""
        return omit_defaults(self, write(self), *LATER)

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        """A name alone; and what is usual for the optimizer, where nothing else is said."""
        fields = as_value_error(_fields_of_text)(data) if isinstance(data, str) else data
        name = fields.get("name") if isinstance(fields, dict) else None
        kind = OPTIMIZERS.get(plain_name(name)) if isinstance(name, str) else None
        if kind is None or not kind.usual:
            return fields
        usual = {each: value for each, value in kind.usual.items() if each != "nesterov" or fields.get("momentum") != 0}
        return {**usual, **fields}

    @model_validator(mode="after")
    def _fields_belong_together(self) -> "Optimizer":
        for what in ("decay_schedule", "momentum_schedule"):
            if isinstance(getattr(self, what), Rule):
                raise ValueError(
                    f"{what} is a schedule, but got the rule {getattr(self, what)}; write cosine or linear"
                )
        if self.decay_schedule is not None and self.decay_follows == "shape":
            raise ValueError("weight decay has a schedule of its own, or the rate's shape; leave out one of them")
        if self.momentum_schedule is not None and not OPTIMIZERS[self.name].momentum_argument:
            raise ValueError(f"{self.name} has no momentum to schedule; leave out momentum_schedule")
        if self.name == "prodigy" and self.layer_decay != 1:
            raise ValueError("prodigy finds one rate for all layers; leave out layer_decay, or take adamw")
        if self.nesterov and ("nesterov" not in OPTIMIZERS[self.name].fields or self.momentum == 0):
            able = " or ".join(name for name, kind in OPTIMIZERS.items() if "nesterov" in kind.fields)
            raise ValueError(f"nesterov needs {able} with momentum above 0, but got {self.name} with {self.momentum:g}")
        return self

    def __hash__(self) -> int:
        return self._content_hash

    @cached_property
    def _content_hash(self) -> int:
        """Kept, as thousands of trials share one optimizer."""
        return hash(tuple(str(getattr(self, name)) for name in type(self).model_fields))

    def renamed(self, fields: Mapping[str, Any]) -> "Optimizer":
        """The optimizer with other fields; with another name what is usual for that one, unless it was set here."""
        own = {name: value for name, value in self.to_dict().items() if name == "name" or value != self.usual(name)}
        return Optimizer(**(own | dict(fields)))

    def every_field(self) -> dict[str, Any]:
        """Its fields by name, those at their default too, which its JSON leaves out."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @property
    def decays_by_rate(self) -> bool:
        """Whether weights shrink by the rate, so that a higher peak shrinks them more."""
        return self.weight_decay > 0 and self.decay_follows == "rate"

    def usual(self, name: str) -> Any:
        """What a field is for this optimizer unless it is said."""
        return OPTIMIZERS[self.name].usual.get(name, type(self).model_fields[name].default)


class Trial(Noun):
    """Task x optimizer x schedule x peak x seed x budget. Its key says whether it was already done.

    schedule: a schedule, or a rule that drives one by the validation loss after each epoch.
    data: the task's fingerprint: arrays, split and, for a user's task, its source and version. Never a path.
    budget: a span of epochs or updates. evaluate_every: epochs between validations; the last epoch always has one.
    precision: of weights and arithmetic; under bfloat16 weights stay float32 and products are rounded (autocast).
    watch: "test" measures the test data, and F1, after every epoch too, as some published protocols do; such curves are
    marked and decide nothing.
    snapshots: epochs, counted from 1, after which the predictions for the test data are kept as arrays
    "snapshot-{epoch}", for a snapshot ensemble.
    settings: of a loop of the user's own, by name; those that are left out are as the loop has them.
    average: of the weights, which is evaluated in their place; None: the weights themselves. Training does not see it,
    but a rule does, by the validation loss.
    """

    task: str
    data: str
    optimizer: Optimizer
    schedule: ScheduleField
    peak: PeakField
    seed: Seed
    budget: BudgetField
    batch_size: Whole = Field(ge=1)
    evaluate_every: Whole = Field(default=1, ge=1)
    precision: Annotated[Precision, AnyCase] = "float32"
    watch: Annotated[Watched, AnyCase] = "validation"
    snapshots: tuple[Annotated[Whole, Field(ge=1)], ...] = ()
    settings: Settings = Field(default={})
    average: AverageField | None = None
    protocol: str = PROTOCOL

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without settings and average where there are none, so that older records stay the same text."""
        return omit_empty(write(self), "settings", "average")

    @model_validator(mode="after")
    def _rule_sees(self) -> "Trial":
        check_watched(self.schedule, self.evaluate_every)
        check_average(self.average, self.optimizer)
        check_momentum(self.schedule, self.optimizer)
        return self

    def __hash__(self) -> int:
        return hash((self.task, self.data, str(self.schedule), self.peak, self.seed, self.budget))  # no mapping has one

    @property
    def arm(self) -> str:
        """The schedule, and the average where there is one, as an arm's text has them."""
        return text_of_arm(self.schedule, self.average)

    def horizon(self, examples: int) -> Horizon:
        """The horizon over so many training examples; an epoch has examples // update_size updates."""
        return horizon_of(self.budget, examples // self.update_size)

    @property
    def update_size(self) -> int:
        """Examples of one update: those of a batch, times the batches that one update is made from."""
        return self.batch_size * self.optimizer.accumulate


class SeededTrials:
    """Trials that differ in their seed alone: one was checked, and of the others nothing else is new."""

    def __init__(self, trial: Trial) -> None:
        self._trial, self._key_of = trial, key_around(trial, "seed")

    def of(self, seed: int) -> Trial:
        """The trial of a seed, with its key. Raises a ValueError for a seed that no trial has."""
        if not 0 <= seed < SEEDS:
            raise ValueError(f"a seed is at least 0 and less than 2**31, but got {seed}; give another")
        trial = self._trial.varied(seed=seed)
        vars(trial)["key"] = self._key_of(seed)
        return trial


def alike(trial: Trial) -> str:
    """What trials that can be trained as one stack have in common, as a key.

    All but schedule, average, peak, seed and snapshots, and the optimizer's momentum and weight decay, with schedules.
    """
    own = {"schedule": "", "peak": 1.0, "seed": 0, "snapshots": (), "average": None}
    return trial.varied(**own, optimizer=_without_own(trial.optimizer)).key


def training_key(trial: Trial) -> str:
    """What trials that one training serves have in common, as a key: all but the average.

    Not under a rule: it sees the validation loss, which is the average's.
    """
    return trial.key if trial.average is None or isinstance(trial.schedule, Rule) else trial.varied(average=None).key


def trainings_of(trials: Iterable[Trial]) -> list[list[Trial]]:
    """The trials of each training, in the order of the first of each."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(training_key(trial), []).append(trial)
    return list(groups.values())


def check_average(average: WeightAverage | None, optimizer: Optimizer | None) -> None:
    """Raise a ValueError where the optimizer evaluates an average of its own already."""
    if average is None or optimizer is None or not getattr(OPTIMIZERS[optimizer.name], "evaluates", ""):
        return
    raise ValueError(f"{optimizer.name} evaluates an average of its own, but got +{average}; leave one of the two out")


def check_momentum(schedule: Plan, optimizer: Optimizer | None) -> None:
    """Raise a ValueError where the schedule moves a momentum that the optimizer does not have."""
    if optimizer is None or OPTIMIZERS[optimizer.name].momentum_argument or not moves_momentum(schedule, ANY_LENGTH):
        return
    raise ValueError(
        f"{schedule} moves the momentum, and {optimizer.name} has none; leave out momenta, or take an optimizer "
        f"that has one, such as adamw"
    )


@lru_cache
def _without_own(optimizer: Optimizer) -> Optimizer:
    """The optimizer without what each trial of a stack may have for itself."""
    plain = {name: Optimizer.model_fields[name].default for name in OWN_TO_TRIALS}
    return optimizer.varied(**plain | {"momentum": 0.0, "weight_decay": 0.0})


def horizon_of(budget: str, updates_per_epoch: int) -> Horizon:
    """The horizon a budget comes to, for example "5 epochs" of 15 updates: T = 75."""
    epoch = Horizon(updates=updates_per_epoch, updates_per_epoch=updates_per_epoch)
    return Horizon(updates=Span.parse(budget).updates(epoch), updates_per_epoch=updates_per_epoch)
