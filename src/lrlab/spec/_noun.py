"""What every noun is: a frozen value that refuses unknown fields, goes to JSON and back, and has a content key."""

import hashlib
import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, Strict, ValidationError
from pydantic_core import PydanticCustomError

from ..errors import LabError, StudyError, shortened, visible
from ..rules import Plan, Rule, from_dict, parse
from ..schedules import Schedule, Span, checked_peak, class_fingerprint, is_own
from ._mistakes import words_of_mistakes

LONGEST_SETTING = 200  # characters of a setting's name, or of its text
PROTOCOL = "1.0"  # the measuring rules; records of two protocols never share a table


class Noun(BaseModel):
    """A frozen value. `to_json` and `from_json` are inverse; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON takes it."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """One canonical line of JSON: sorted fields, no spaces; the same on every machine and in every field order."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        return cls.model_validate_json(text)

    @property
    def key(self) -> str:
        """A hash of the content: 16 hexadecimal digits of SHA-256 over the canonical JSON of what is not a default.

        Defaults stay out, so that a field which a later version adds to a noun or a schedule orphans no record; a
        default that changes is a new protocol. A schedule or rule of the user's own counts with what its class does.
        """
        text = json.dumps(_given(self), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class AskedNoun(Noun):
    """A noun that users make themselves: a mistake in its fields is a StudyError, as in a study file."""

    if not TYPE_CHECKING:  # type checkers know the fields

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise StudyError(words_of_mistakes(error, type(self))) from None

        __init__.__pydantic_base_init__ = True  # nouns made of JSON, or inside others, are made as before


def _given(value: Any) -> Any:
    """Nouns, schedules and rules as plain data without the fields that are at their default; protocols always stay."""
    if isinstance(value, tuple | list):
        return [_given(part) for part in value]
    if isinstance(value, Noun):
        default = {name: field.default for name, field in type(value).model_fields.items()}
        head = {"protocol": getattr(value, "protocol")} if "protocol" in default else {}  # noqa: B009 - a Noun has none
    elif isinstance(value, Schedule | Rule):
        default, head = value.parameters(), {"name": value.name}
        if is_own(type(value)):  # what its fields mean, its class alone says; no field can be called "class"
            head |= {"class": class_fingerprint(type(value))}
    else:
        return value
    given = {name: getattr(value, name) for name in default}
    return {name: _given(part) for name, part in given.items() if part != default[name]} | head


def _as_value_error(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Pydantic gathers ValueErrors with their place; some of ours are LookupErrors."""

    def checked(value: Any) -> Any:
        try:
            return check(value)
        except LabError as error:
            raise ValueError(str(error)) from error

    return checked


def _no_word(value: Any) -> Any:
    """True would count as 1, and "0.1" as 0.1: a slip of the keyboard more often than not."""
    if isinstance(value, bool | str | bytes):
        raise PydanticCustomError("number_wanted", "Input should be a number")
    return value


def omit_empty(written: dict[str, Any], *names: str) -> dict[str, Any]:
    """The fields of a noun as written, without those of these names that are empty."""
    return {name: value for name, value in written.items() if name not in names or value}


def omit_defaults(noun: Noun, written: dict[str, Any], *names: str) -> dict[str, Any]:
    """The fields of a noun as written, without those of these names that are at their default."""
    fields = type(noun).model_fields
    plain = {name for name in names if getattr(noun, name) == fields[name].default}
    return {name: value for name, value in written.items() if name not in plain}


def _plain_word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _plan(value: Any) -> Plan:
    if isinstance(value, Mapping):
        if not isinstance(value.get("name"), str):
            raise ValueError("a schedule given by its fields needs a name, as in {name: cosine, floor: 0.1}")
        return from_dict(value)
    return value if isinstance(value, Schedule | Rule) else parse(value)


def check_watched(plan: Plan, evaluate_every: int) -> None:
    """Raise a ValueError where a rule would not see, after every epoch, the value it watches: the validation loss."""
    if not isinstance(plan, Rule) or plan.watches == "nothing":
        return
    if plan.watches == "higher":
        raise ValueError(
            f"{plan} waits for a value that grows, but what a trial shows its rule is the validation loss; "
            f"write goal=min"
        )
    if evaluate_every != 1:
        raise ValueError(
            f"{plan} watches the validation loss of every epoch, but evaluate_every is {evaluate_every}; "
            f"leave evaluate_every at 1, or take a schedule that watches nothing"
        )


def _budget(value: Any) -> str:
    span = Span.parse(value)
    if span.unit == "%":
        raise ValueError(f'a budget is a length of its own, but got "{value}"; write "5 epochs" or "500 updates"')
    return str(span)


def _check_settings(value: Any) -> Any:
    """Names that Python can write, each with a finite number or a text. A mapping of the same settings in any order."""
    if not isinstance(value, Mapping):
        got = shortened(repr(value), 100)
        raise ValueError(f'settings are names with values, as in {{"weight_decay": 0.0001}}, but got {got}')
    for name, setting in value.items():
        if not (isinstance(name, str) and name.isidentifier() and len(name) <= LONGEST_SETTING):
            got = shortened(repr(name), 100)
            raise ValueError(f"a setting has a name such as weight_decay, but got {got}; write one")
        _check_setting(name, setting)
    return {name: value[name] for name in sorted(value)}


def _check_setting(name: str, setting: object) -> None:
    number = isinstance(setting, int | float) and not isinstance(setting, bool) and isfinite(setting)
    text = isinstance(setting, str) and len(setting) <= LONGEST_SETTING
    if not (number or text):
        got = shortened(repr(setting), 100)
        raise ValueError(f"the setting {name} is a finite number or a short text, but got {got}; give one of these")


Real = Annotated[float, BeforeValidator(_no_word)]
Whole = Annotated[int, BeforeValidator(_no_word)]
Truth = Annotated[bool, Strict()]
AnyCase = BeforeValidator(_plain_word)  # for a word of a few: AdamW is adamw
Shown = Annotated[str, AfterValidator(visible)]  # a name people see: what would move their terminal's cursor is escaped
SettingValue = int | float | str
Settings = Annotated[dict[str, SettingValue], BeforeValidator(_check_settings)]
ScheduleField = Annotated[Plan, BeforeValidator(_as_value_error(_plan)), PlainSerializer(lambda plan: plan.to_dict())]
PeakField = Annotated[Real, AfterValidator(_as_value_error(checked_peak))]
BudgetField = Annotated[str, BeforeValidator(_as_value_error(_budget))]
