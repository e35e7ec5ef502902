"""Recipe: a schedule with an average of weights or an optimizer of its own, `SCHEDULE[+AVERAGE][@OPTIMIZER]`."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..errors import ScheduleError, UnknownName
from ..rules import Plan, Rule, parse
from ..schedules import (
    AVERAGES,
    Schedule,
    UnpairedError,
    WeightAverage,
    parse_average,
    split_outside,
)
from ._arm_text import is_average, refuse_parts, split_arm, text_of_arm
from ._noun import AskedNoun, AverageField, ScheduleField, as_value_error, omit_empty, read_plan
from ._optimizer_text import optimizer_fields_of
from ._trial import Optimizer, check_average, check_momentum

FORMS = 'write "constant+ema(decay=0.999)", "constant@schedule_free_adamw" or "cosine+swa@adamw(weight_decay=0.1)"'
SHARED = (
    "weight_decay",
    "clip",
    "no_decay",
    "layer_decay",
    "accumulate",
)  # what an optimizer in an arm's text has from the study's, unless it is written


class Recipe(AskedNoun):
    """How an arm trains, where that is more than a schedule. average: None: the weights themselves are evaluated.

    optimizer: None: the study's.
    """

    schedule: ScheduleField
    average: AverageField | None = None
    optimizer: Optimizer | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_parts(cls, data: Any) -> Any:
        return refuse_parts(data)

    @model_serializer(mode="wrap")
    def _omit_none(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return omit_empty(write(self), "average", "optimizer")

    @model_validator(mode="after")
    def _check_parts(self) -> "Recipe":
        check_average(self.average, self.optimizer)
        check_momentum(self.schedule, self.optimizer)
        return self

    def __str__(self) -> str:
        arm = text_of_arm(self.schedule, self.average)
        return arm if self.optimizer is None else f"{arm}@{text_of_optimizer(self.optimizer)}"

    def __hash__(self) -> int:
        return hash(str(self))


ArmPlan: TypeAlias = Schedule | Rule | Recipe  # what is compared under one name


def read_arm(text: str, optimizer: Mapping[str, Any] | None = None) -> ArmPlan:
    """The schedule, rule or recipe that a text names; the inverse of `str`.

    optimizer: fields of the study's, whose weight decay and clip those of a recipe's own are unless it says others.
    Raises ScheduleError, UnknownName or StudyError.

    >>> print(read_arm("cosine"), read_arm("constant+ema(decay=0.99)@adamw(weight_decay=0.1)"))
    cosine constant+ema(decay=0.99)@adamw(weight_decay=0.1)
    """
    try:
        schedule, average, own = split_arm(text)
    except UnpairedError as error:
        raise ScheduleError(f"{error}; {FORMS}") from None
    if "@" in text and not own:
        raise ScheduleError(f'an optimizer stands after the "@", but read {text!r}; {FORMS}')
    if own and not (schedule or average):
        raise ScheduleError(
            f'the schedule that trains stands before the "@", but read {text!r}; write "constant@{own}"'
        )
    if is_average(schedule) or (average and not schedule):
        first, *rest = split_outside(schedule, "+") if schedule else [average]
        raise ScheduleError(
            f"an average stands after the schedule that trains, but read {text!r}; write "
            f'"{"+".join(rest).strip() or "constant"}+{first.strip()}"'
        )
    plan = _parse_schedule(schedule)
    if not (average or own):
        return plan
    return Recipe(
        schedule=plan,
        average=parse_average(average) if average else None,
        optimizer=read_optimizer(own, optimizer or {}) if own else None,
    )


def _parse_schedule(text: str) -> Plan:
    """The schedule or rule; a misspelt name after a "+" may be that of an average."""
    if any(is_average(part) for part in split_outside(text, "+")):
        raise ScheduleError(f"an average stands last, and there is one, but read {text!r}; {FORMS}")
    try:
        return parse(text)
    except UnknownName as error:
        if error.kind != "schedule" or "+" not in text:
            raise
        raise UnknownName("schedule or average", error.name, [*error.known, *AVERAGES]) from None


def read_optimizer(text: str, study: Mapping[str, Any]) -> Optimizer:
    """The optimizer a text names, `adamw` or `adamw(weight_decay=0.1)`. study: fields of the study's.

    Raises ScheduleError, UnknownName or StudyError.
    """
    own = optimizer_fields_of(text, Optimizer.model_fields)
    return Optimizer(**{field: study[field] for field in SHARED if field in study} | own)


def text_of_optimizer(optimizer: Optimizer) -> str:
    """The shortest text that leads back, `adamw(weight_decay=0.1)`."""
    fields = {name: getattr(optimizer, name) for name in Optimizer.model_fields if name != "name"}
    own = {name: value for name, value in fields.items() if value != optimizer.usual(name)}
    inside = ", ".join(f"{name}={field_text(value)}" for name, value in own.items())
    return f"{optimizer.name}({inside})" if inside else optimizer.name


def field_text(value: object) -> str:
    """A field's value as a text has it: true, false, none, a number of as many digits as it takes, or its own text."""
    if isinstance(value, float):
        return short if float(short := f"{value:g}") == value else repr(value)
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def plan_of(arm: ArmPlan) -> Plan:
    """What drives the rates of an arm."""
    return arm.schedule if isinstance(arm, Recipe) else arm


def parts_of_arm(arm: ArmPlan) -> dict[str, Any]:
    """An arm as fields of a `Candidate` or `Trial`: schedule, average, and the optimizer where it has its own."""
    if not isinstance(arm, Recipe):
        return {"schedule": arm}
    own = {} if arm.optimizer is None else {"optimizer": arm.optimizer}
    return {"schedule": arm.schedule, "average": arm.average, **own}


def _read_arm_field(value: Any) -> Any:
    """A field of a study: a text, a value made in Python, or fields of a schedule or of a recipe."""
    if isinstance(value, Schedule | Rule | Recipe):
        return value
    if isinstance(value, WeightAverage):
        raise ScheduleError(f"an average stands after the schedule that trains, but got {value}; {FORMS}")
    if isinstance(value, Mapping) and "schedule" in value:
        return Recipe.model_validate(value)
    if isinstance(value, str):
        return read_arm(value)
    return read_plan(value)


ArmField = Annotated[
    Schedule | Rule | Recipe,
    PlainValidator(as_value_error(_read_arm_field)),
    PlainSerializer(lambda arm: arm.to_dict()),
]
