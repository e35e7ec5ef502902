"""The optimizer that a task suggests, where nobody names one."""

from collections.abc import Mapping
from typing import Any

from ..errors import LabError, StudyError, shortened
from ..schedules import plain_name
from ._optimizers import OPTIMIZERS
from ._recipe import read_optimizer, text_of_optimizer
from ._study import Study
from ._trial import Optimizer
from ._unread import unread_words
from ._yaml import make_optimizer, validate_fields

FORM = 'write "adamw", "adamw(weight_decay=0.1)", {"name": "adamw", "weight_decay": 0.1} or an Optimizer'


def read_suggestion(asked: object) -> Optimizer:
    """An optimizer by its text, by its fields or as it is. Raises a LabError that names the form.

    >>> text_of_optimizer(read_suggestion("adamw(weight_decay=0.1)"))
    'adamw(weight_decay=0.1)'
    """
    if isinstance(asked, Optimizer):
        return asked
    try:
        if isinstance(asked, str):
            return read_optimizer(asked, {})
        if isinstance(asked, Mapping) and "name" in asked:
            return make_optimizer(dict(asked))
    except (LabError, ValueError) as error:
        raise StudyError(f"{error}; {FORM}") from None
    raise StudyError(f"an optimizer has a name, but got {shortened(repr(asked), 100)}; {FORM}")


def complete_optimizer_fields(fields: Mapping[str, object] | None, suggested: Optimizer | None) -> dict[str, Any]:
    """The fields of an optimizer: what the user says, and where that names none, of the one that the task suggests.

    >>> complete_optimizer_fields({"momentum": 0.5}, None)
    {'name': 'sgd', 'momentum': 0.5}
    >>> complete_optimizer_fields({"weight_decay": 0.2}, Optimizer(name="lion"))["name"]
    'lion'

    Raises StudyError for a field that the optimizer does not read.
    """
    own = {"name": "sgd"} if suggested is None or not takes_suggestion(fields, suggested) else suggested.to_dict()
    found = own | dict(fields or {})
    if isinstance(found["name"], str) and plain_name(found["name"]) in OPTIMIZERS:
        found["name"] = plain_name(found["name"])
    if words := unread_words(found["name"], fields or {}):
        raise StudyError(words)
    return found


def takes_suggestion(fields: Mapping[str, object] | None, suggested: Optimizer | None) -> bool:
    """Whether the task suggests an optimizer, and the user's fields name none."""
    return suggested is not None and "name" not in (fields or {})


def with_suggestion(study: Study, suggested: Optimizer | None) -> Study:
    """The study under the optimizer that its task suggests, unless it names one. Raises StudyError."""
    own = {name: getattr(study, name) for name in study.model_fields_set}
    optimizer = own.get("optimizer")
    named = {} if optimizer is None else {name: getattr(optimizer, name) for name in optimizer.model_fields_set}
    if not takes_suggestion(named, suggested) or study.tunes_optimizer:
        return study
    return validate_fields(
        Study, own | {"optimizer": complete_optimizer_fields(named, suggested), "optimizer_from": "task"}
    )


def suggestion_sentence(study: Study) -> str:
    """Says that the task's own suggestion trains; "" where the user named an optimizer, or one for every arm."""
    own = study.own_optimizers
    if study.optimizer_from != "task" or (own and all(own)):
        return ""
    others = ", for arms that name no other" if any(own) else ""
    return f"the optimizer is {text_of_optimizer(study.optimizer)}, which {study.task} suggests{others}"
