"""Ranges inside the text of a schedule, as in "warmup(span=0%..20%)+cosine": taken out, and searched for it alone."""

import re
from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple

from ..errors import LabError
from ..rules import RULES
from ..schedules import AVERAGES, SCHEDULES, UnpairedError, plain_name, split_fields, split_name, split_outside
from ._recipe import read_arm
from ._trial import Optimizer

SPREAD = re.compile(r"\.\.|\|")  # what a range or choices have, and no value of a field


class CutText(NamedTuple):
    """A schedule's text without its ranges, and these by name, as `warmup.span`."""

    text: str
    ranges: dict[str, str]


def cut_ranges(text: str) -> CutText:
    """Take the ranges out of a schedule's text; a field that must be given stays at the beginning of its range.

    >>> cut_ranges("warmup(span=0%..20%)+cosine(floor=0..0.1, power=2)")
    CutText(text='warmup+cosine(power=2)', ranges={'warmup.span': '0%..20%', 'cosine.floor': '0..0.1'})
    """
    if not SPREAD.search(text):
        return CutText(text, {})
    try:
        body, *after = split_outside(text, "@")
        parts = [_cut_part(part.strip()) for part in split_outside(body, "+")]
    except UnpairedError:
        return CutText(text, {})  # which the reader of schedules will say better
    ranges = {name: each for part in parts for name, each in part.ranges.items()}
    return CutText("@".join(["+".join(part.text for part in parts), *map(str.strip, after)]), ranges)


def _cut_part(text: str) -> CutText:
    """One schedule with its fields."""
    head = split_name(text)
    if head is None or not head.inside.strip():
        return CutText(text, {})
    name, kept, ranges = plain_name(head.name), list[str](), dict[str, str]()
    cls = SCHEDULES.look_up(name) or RULES.look_up(name) or AVERAGES.look_up(name)
    defaults = cls.parameters() if cls else {}
    for field in split_fields(head.inside):
        plain = plain_name(field.name)
        if not SPREAD.search(field.value):
            kept.append(field.text)
        elif re.search(r"[(\[]", field.value):
            inner = cut_ranges(field.value)
            kept.append(f"{field.name}={inner.text}")
            ranges |= inner.ranges
        else:
            ranges[f"{name}.{plain}"] = field.value
            if defaults.get(plain, MISSING) is MISSING:
                kept.append(f"{field.name}={re.split(SPREAD, field.value)[0].strip()}")
    return CutText(f"{head.name}({', '.join(kept)})" if kept else head.name, ranges)


def take_ranges(data: Any) -> Any:
    """The fields of a study, with ranges inside its schedules' texts as those of its search.

    Optimizers in these texts have what they share with the study's.
    """
    if not isinstance(data, dict) or not isinstance(data.get("schedules"), list | tuple):
        return data
    return _settle_optimizers(_cut_all(data))


def _settle_optimizers(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a study, with texts that name an optimizer read. Those that cannot be read are refused later."""
    fields = _fields_of_optimizer(data)
    return data | {"schedules": [settled_arm(each, fields) for each in data["schedules"]]}


def _fields_of_optimizer(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a study's optimizer, as far as they are written; none of what its task suggests."""
    if data.get("optimizer_from") == "task":
        return {}
    study = data.get("optimizer")
    return study.to_dict() if isinstance(study, Optimizer) else study if isinstance(study, Mapping) else {}


def settled_arm(arm: Any, study: Mapping[str, Any]) -> Any:
    """An arm whose text names an optimizer, read; any other, and one that cannot be read, as it is.

    study: fields of the study's optimizer, which those of an arm's own share.
    """
    if not isinstance(arm, str) or "@" not in arm:
        return arm
    try:
        return read_arm(arm, study)
    except (LabError, ValueError):
        return arm


def _cut_all(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a study, with ranges inside its schedules' texts as those of its search."""
    cuts = [cut_ranges(each) if isinstance(each, str) else CutText(each, {}) for each in data["schedules"]]
    fields = _fields_of_optimizer(data)
    own = {_label_of(cut.text, fields): cut.ranges for cut in cuts if cut.ranges}
    tune = data.get("tune", {})
    if not own or not isinstance(tune, dict):
        return data
    search: Any = tune.get("search") or {}
    search = {"sampler": search} if isinstance(search, str) else search
    if not isinstance(search, dict):
        return data
    tune = tune | {"search": search | {"own": own | search.get("own", {})}}
    return data | {"schedules": [cut.text for cut in cuts], "tune": tune}


def _label_of(text: str, study: Mapping[str, Any]) -> str:
    """The schedule's label, where it can be read."""
    try:
        return str(read_arm(text, study))
    except LabError:
        return text
