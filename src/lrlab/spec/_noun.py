"""What every noun is: a frozen value that refuses unknown fields, goes to JSON and back, and has a content key."""

import hashlib
import json
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache, cached_property
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, Strict, ValidationError
from pydantic_core import PydanticCustomError

from ..errors import LabError, ScheduleError, StudyError, shortened, visible
from ..rules import Plan, Rule, from_dict, parse
from ..schedules import (
    CatalogueEntry,
    Schedule,
    Span,
    WeightAverage,
    average_from_dict,
    checked_peak,
    class_fingerprint,
    is_own,
    parse_average,
    parts_of,
)
from ._arm_text import more_than_schedule
from ._mistakes import words_of_mistakes

LONGEST_SETTING = 200  # characters of a setting's name, or of its text
PLAIN = (str, int, float, type(None))
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
MOST_SHARED = 500
PROTOCOL = "1.0"  # the measuring rules; records of two protocols never share a table

_PLANS = dict[str, Plan]()  # by their fields as JSON, which tells 1 from 1.0
NounKind = TypeVar("NounKind", bound="Noun")
_SHARED = dict[int, tuple[Any, Any]]()  # parts by identity, held so that no other gets it, with what was given of them


class Noun(BaseModel):
    """A frozen value. `to_json` and `from_json` are inverse; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON takes it."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """One canonical line of JSON: sorted fields, no spaces; the same on every machine and in every field order."""
        return CANONICAL.encode(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        return cls.model_validate_json(text)

    def __hash__(self) -> int:
        """As pydantic's, and also where a field is a mapping, or a class of the user's own has no hash."""
        values = tuple(map(self.__dict__.get, _defaults(type(self))))
        try:
            return hash(values)
        except TypeError:
            return _hash_parts(values)

    @cached_property
    def key(self) -> str:
        """A hash of the content: 16 hexadecimal digits of SHA-256 over the canonical JSON of what is not a default.

        Defaults stay out, so that a field which a later version adds to a noun or a schedule orphans no record; a
        default that changes is a new protocol. A schedule or rule of the user's own counts with what its class does.
        """
        return hashlib.sha256(CANONICAL.encode(_given(self)).encode()).hexdigest()[:16]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values, which are not checked. It has a key of its own."""
        copied = super().model_copy(update=update, deep=deep)
        _keep_fields(vars(copied), type(self))
        return copied

    def varied(self, **values: Any) -> Self:
        """As `model_copy`, for thousands of copies: all else is shared with this noun, which never changes."""
        own = vars(self) | values
        _keep_fields(own, type(self))
        return make_noun(type(self), own, self.__pydantic_fields_set__)


def make_noun(noun: type[NounKind], values: dict[str, Any], given: set[str]) -> NounKind:
    """A noun of these fields, which were checked; its own from now on. given: the names of those that were given."""
    made = noun.__new__(noun)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", given)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def _keep_fields(values: MutableMapping[str, Any], noun: type[Noun]) -> None:
    """Take out what was computed of a noun's fields and kept with them, as its key: another noun has its own."""
    fields = _defaults(noun)
    if len(values) > len(fields):
        for name in values.keys() - fields.keys():
            del values[name]


def key_around(noun: Noun, field: str) -> Callable[[object], str]:
    """The key of a noun like this one by its value of one field, which is plain and has no default.

    As `key` has it, for thousands of nouns: what stands before the field in their JSON, and behind it, is written once.
    """
    given = _given(noun)
    before = CANONICAL.encode({name: value for name, value in given.items() if name < field})[:-1]
    after = CANONICAL.encode({name: value for name, value in given.items() if name > field})[1:]
    head = f'{before}{"," * (before != "{")}"{field}":'.encode()
    begun, tail = hashlib.sha256(head), f"{',' * (after != '}')}{after}".encode()

    def key_of(value: object) -> str:
        sha = begun.copy()
        sha.update(CANONICAL.encode(value).encode() + tail)
        return sha.hexdigest()[:16]

    return key_of


def _hash_parts(value: object) -> int:
    """A hash that equal values share; whatever has none itself counts by its parts, or not at all."""
    if isinstance(value, Mapping):
        return hash(frozenset((name, _hash_parts(part)) for name, part in value.items()))
    if isinstance(value, tuple):
        return hash(tuple(map(_hash_parts, value)))
    try:
        return hash(value)
    except TypeError:
        return 0


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
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple | list):
        return [_given(part) for part in value]
    if isinstance(value, Noun):
        default = _defaults(type(value))
        given = {name: own for name, own in value.__dict__.items() if name in default and own != default[name]}
        head = {"protocol": getattr(value, "protocol")} if "protocol" in default else {}  # noqa: B009 - a Noun has none
    elif isinstance(value, CatalogueEntry):
        default, head = value.parameters(), {"name": value.name}
        given = {name: getattr(value, name) for name in default if getattr(value, name) != default[name]}
        if is_own(type(value)):  # what its fields mean, its class alone says; no field can be called "class"
            head |= {"class": class_fingerprint(type(value))}
    else:
        return value
    return {name: _given_part(part) for name, part in given.items()} | head


def _given_part(part: Any) -> Any:
    """As `_given`, but of an optimizer or schedule that thousands of trials share only once.

    By identity: cosine(power=1) and cosine(power=1.0) are equal, and are written as two texts.
    """
    if isinstance(part, PLAIN):
        return part
    if not isinstance(part, Noun | CatalogueEntry) or is_own(type(part)):
        return _given(part)
    known = _SHARED.get(id(part))
    if known is None or known[0] is not part:
        if len(_SHARED) >= MOST_SHARED:
            _SHARED.clear()
        known = _SHARED[id(part)] = part, _given(part)
    return known[1]


@cache
def _defaults(noun: type[Noun]) -> dict[str, Any]:
    """The fields of a noun with their defaults; pydantic's own mark where one must be given."""
    return {name: field.default for name, field in noun.model_fields.items()}


def as_value_error(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The check with ValueErrors for its LabErrors: pydantic gathers those with their place."""

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


def read_plan(value: Any) -> Plan:
    """A schedule or rule by its text, its fields, or as it is. Raises a ValueError or LabError."""
    if isinstance(value, Mapping):
        if not isinstance(value.get("name"), str):
            raise ValueError("a schedule given by its fields needs a name, as in {name: cosine, floor: 0.1}")
        _refuse_more(value["name"])
        return _known_plan(value)
    if isinstance(value, Schedule | Rule):
        return value
    if isinstance(value, str):
        _refuse_more(value)
    return parse(value)


def _refuse_more(text: str) -> None:
    """Raise ScheduleError for the text of an arm that is more than a schedule."""
    parts = more_than_schedule(text)
    if parts is not None:
        what = " and ".join(["an average"] * bool(parts.average) + ["an optimizer"] * bool(parts.optimizer))
        raise ScheduleError(
            f"a schedule alone stands here, but read {shortened(text, 100)!r} with {what}; write "
            f"{parts.schedule or 'constant'}"
        )


def _read_average(value: Any) -> WeightAverage:
    """An average of weights by its text, its fields, or as it is."""
    if isinstance(value, WeightAverage):
        return value
    return average_from_dict(value) if isinstance(value, Mapping) else parse_average(str(value))


def _known_plan(fields: Mapping[str, Any]) -> Plan:
    """The schedule or rule of these fields; thousands of records share one, unless its class is the user's own."""
    try:
        text = CANONICAL.encode(fields)
    except (TypeError, ValueError):  # no fields of a file
        return from_dict(fields)
    plan = _PLANS.get(text)
    if plan is None:
        plan = from_dict(fields)
        if len(_PLANS) < MOST_SHARED and not any(is_own(type(part)) for part in parts_of(plan)):
            _PLANS[text] = plan
    return plan


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
    try:
        span = Span.parse(value)
    except ScheduleError as error:  # a part of the run is no budget
        raise ValueError(str(error).replace('"20%", ', "")) from error
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
ScheduleField = Annotated[
    Plan, BeforeValidator(as_value_error(read_plan)), PlainSerializer(lambda plan: plan.to_dict())
]
PeakField = Annotated[Real, AfterValidator(as_value_error(checked_peak))]
BudgetField = Annotated[str, BeforeValidator(as_value_error(_budget))]
AverageField = Annotated[
    WeightAverage,
    BeforeValidator(as_value_error(_read_average)),
    PlainSerializer(lambda average: average.to_dict()),
]
