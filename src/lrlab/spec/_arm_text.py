"""An arm's text, `SCHEDULE[+AVERAGE][@OPTIMIZER]`, cut into its parts; and words where some of them do not belong."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..schedules import AVERAGES, NAME, UnpairedError, plain_name, split_outside


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
    average = parts.pop() if len(parts) > 1 and is_average(parts[-1]) else ""
    return ArmText("+".join(parts).strip(), average.strip(), "@".join(after).strip())


def text_of_arm(schedule: object, average: object | None) -> str:
    """An arm's text, of the schedule and the average where there is one.

    >>> text_of_arm("warmup+constant", None), text_of_arm("cosine", "ema(decay=0.99)")
    ('warmup+constant', 'cosine+ema(decay=0.99)')
    """
    return str(schedule) if average is None else f"{schedule}+{average}"


def is_average(text: str) -> bool:
    """Whether a text names an average of weights."""
    name = NAME.match(text.strip())
    return name is not None and plain_name(name[0]) in AVERAGES


def more_than_schedule(text: str) -> ArmText | None:
    """The parts of a text that has an average or an optimizer beside its schedule; None of any other.

    >>> more_than_schedule("cosine"), more_than_schedule("cosine+ema").average
    (None, 'ema')
    """
    if "+" not in text and "@" not in text:
        return None
    try:
        parts = split_arm(text)
    except UnpairedError:
        return None
    return parts if parts.average or parts.optimizer else None


def fields_beside(parts: ArmText) -> str:
    """The parts as fields of a file that stand beside each other, those there are.

    >>> fields_beside(split_arm("cosine+ema(decay=0.99)@adamw"))
    'schedule: cosine, average: "ema(decay=0.99)", optimizer: adamw'
    """
    named = {"schedule": parts.schedule or "constant", "average": parts.average, "optimizer": parts.optimizer}
    return ", ".join(f"{name}: {_quoted(text)}" for name, text in named.items() if text)


def refuse_parts(fields: Any) -> Any:
    """The fields of a candidate or a recipe. Raises ValueError where the schedule's text has parts of other fields."""
    text = fields.get("schedule") if isinstance(fields, Mapping) else None
    parts = more_than_schedule(text) if isinstance(text, str) else None
    if parts is not None:
        raise ValueError(f"each part has a field of its own, but read {text!r}; write {fields_beside(parts)}")
    return fields


def _quoted(text: str) -> str:
    """A text as YAML takes it between braces."""
    return f'"{text}"' if "(" in text else text
