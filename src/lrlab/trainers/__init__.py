"""Schedules and reports for the trainers people use: Lightning, transformers, Keras, optax; loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._missing import missing_library

if TYPE_CHECKING:
    from ._keras_callback import KerasCallback as KerasCallback
    from ._keras_schedule import KerasSchedule as KerasSchedule
    from ._lightning_callback import LightningCallback as LightningCallback
    from ._lightning_trial import lightning_trial as lightning_trial
    from ._optax_schedule import OptaxSchedule as OptaxSchedule
    from ._optax_schedule import optax_schedule as optax_schedule
    from ._transformers_callback import TransformersCallback as TransformersCallback
    from ._transformers_trial import transformers_trial as transformers_trial

_FILES = {
    "KerasCallback": "_keras_callback",
    "KerasSchedule": "_keras_schedule",
    "LightningCallback": "_lightning_callback",
    "OptaxSchedule": "_optax_schedule",
    "TransformersCallback": "_transformers_callback",
    "lightning_trial": "_lightning_trial",
    "optax_schedule": "_optax_schedule",
    "transformers_trial": "_transformers_trial",
}
__all__ = sorted(_FILES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module 'lrlab.trainers' has no attribute {name!r}; it has {', '.join(__all__)}")
    try:
        return getattr(import_module(f".{_FILES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        raise missing_library(f"lrlab.trainers.{name}", error) from error


def __dir__() -> list[str]:
    return list(__all__)
