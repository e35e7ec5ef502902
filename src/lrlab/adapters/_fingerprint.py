"""What tells one function or class of the user's own from another when a run is resumed: a hash of what it does."""

import random
import sys
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch.nn import Module

from ..rules import Rule
from ..schedules import Schedule, class_fingerprint, is_own_module, parts_of, value_fingerprint

GENERATORS = np.random.Generator | np.random.RandomState | random.Random | torch.Generator


def fingerprint_own_classes(schedules: "list[Schedule | Rule]") -> str | None:
    """A fingerprint of the classes among these schedules, and those inside them, that are not lrlab's; None: all are.

    The fields of such a schedule are in its text; what it does with them is not.
    """
    classes = {type(part) for schedule in schedules for part in parts_of(schedule)}
    own = [cls for cls in classes if not cls.__module__.startswith("lrlab.")]
    return value_fingerprint(sorted(class_fingerprint(cls, partial(_parts_of, cls)) for cls in own)) if own else None


def fingerprint(value: object) -> str:
    """What a function or class does, as 16 hexadecimal digits: without what training changes in the values it reads."""
    return value_fingerprint(value, partial(_parts_of, value))


def _parts_of(reader: Any, value: Any) -> tuple[object, ...] | None:
    """Of a model all but its weights, of a generator its kind, of what an installed package has its name.

    reader: the function or class that reads them, whose own package counts, installed or not.
    """
    if isinstance(value, Module):
        kept = {name: part for name, part in vars(value).items() if name not in ("_parameters", "_buffers")}
        return type(value), kept
    if isinstance(value, GENERATORS):
        return (type(value),)
    if isinstance(value, type | FunctionType):
        module = sys.modules.get(str(value.__module__))
        if module is not None and not is_own_module(module, getattr(reader, "__module__", None)):
            return (f"{value.__module__}.{value.__qualname__}",)
    return None
