"""Recipe: a schedule with an average of weights or an optimizer of its own, `SCHEDULE[+AVERAGE][@OPTIMIZER]`."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import PlainSerializer, PlainValidator, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..errors import ScheduleError, UnknownName
from ..rules import Plan, Rule, parse
from ..schedules import (
    AVERAGES,
    NAME,
    Schedule,
    UnpairedError,
    WeightAverage,
    parse_average,
    plain_name,
    split_fields,
    split_name,
    split_outside,
)
from ._noun import AskedNoun, AverageField, ScheduleField, as_value_error, omit_empty, read_plan
from ._optimizers import OPTIMIZERS
from ._trial import Optimizer, check_average

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

    @model_serializer(mode="wrap")
    def _omit_none(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return omit_empty(write(self), "average", "optimizer")

    @model_validator(mode="after")
    def _check_parts(self) -> "Recipe":
        check_average(self.average, self.optimizer)
        return self

    def __str__(self) -> str:
        average = "" if self.average is None else f"+{self.average}"
        return f"{self.schedule}{average}{'' if self.optimizer is None else f'@{text_of_optimizer(self.optimizer)}'}"

    def __hash__(self) -> int:
        return hash(str(self))


ArmPlan: TypeAlias = Schedule | Rule | Recipe  # what is compared under one name


class ArmText(NamedTuple):
    """The parts of an arm's text; "" where there is none."""

    schedule: str
    average: str
    optimizer: str


def split_arm(text: str) -> ArmText:
    """An arm's text cut into its parts; none of them is read. Raises UnpairedError.

    >>> split_arm("warmup+constant + ema(decay=0.99) @ adamw")
    ArmText(schedule='warmup+constant', average='ema(decay=0.99)', optimizer='adamw')
    """
    body, *after = split_outside(text, "@")
    parts = split_outside(body, "+")
    name = NAME.match(parts[-1].strip())
    average = parts.pop() if len(parts) > 1 and name and plain_name(name[0]) in AVERAGES else ""
    return ArmText("+".join(parts).strip(), average.strip(), "@".join(after).strip())


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
    if (name := NAME.match(schedule)) and plain_name(name[0]) in AVERAGES:
        raise ScheduleError(
            f'an average stands after the schedule that trains, but read {text!r}; write "constant+{schedule}"'
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
    try:
        return parse(text)
    except UnknownName as error:
        if error.kind != "schedule" or "+" not in text:
            raise
        if plain_name(error.name) in AVERAGES:
            raise ScheduleError(f"an average stands last, and there is one, but read {text!r}; {FORMS}") from None
        raise UnknownName("schedule or average", error.name, [*error.known, *AVERAGES]) from None


def read_optimizer(text: str, study: Mapping[str, Any]) -> Optimizer:
    """The optimizer a text names, `adamw` or `adamw(weight_decay=0.1)`. study: fields of the study's.

    Raises ScheduleError, UnknownName or StudyError.
    """
    head = split_name(text)
    if head is None or NAME.fullmatch(head.name) is None:
        raise ScheduleError(f"an optimizer is a name and its fields in parentheses, but read {text!r}; {FORMS}")
    name = plain_name(head.name)
    if name not in OPTIMIZERS:
        raise UnknownName("optimizer", head.name, OPTIMIZERS)
    told: dict[str, Any] = {field: study[field] for field in SHARED if field in study}
    for item in split_fields(head.inside):
        field = plain_name(item.name)
        if not item.complete:
            raise ScheduleError(f"{name}: fields are given by name, but read {item.text!r}; {FORMS}")
        if field not in Optimizer.model_fields or field == "name":
            raise UnknownName(
                "field of an optimizer", item.name, [key for key in Optimizer.model_fields if key != "name"]
            )
        _check_read(name, field)
        told[field] = _read_field(item.value)
    return Optimizer(name=name, **told)


def _check_read(name: str, field: str) -> None:
    """Raise ScheduleError for a field that other optimizers read and this one does not: it would change nothing."""
    readers = [other for other, kind in OPTIMIZERS.items() if field in kind.fields]
    if readers and name not in readers:
        raise ScheduleError(
            f"{name} does not read {field}, as {', '.join(readers[:3])} do; leave it out, or take one of its own: "
            f"{', '.join(OPTIMIZERS[name].fields)}"
        )


def _read_field(text: str) -> Any:
    """A field's value: a number, true, false or none, or the text itself, which the optimizer judges."""
    words: dict[str, Any] = {"true": True, "false": False, "none": None}
    try:
        return words[text.lower()] if text.lower() in words else float(text)
    except ValueError:
        return text


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
