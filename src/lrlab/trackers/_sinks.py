"""Trackers by name: what each needs, and where it writes."""

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..errors import StudyError, UnknownName, shortened
from ._sink import Destination, Sink
from ._sink_mlflow import MlflowSink, find_mlflow, without_password
from ._sink_optuna import OptunaSink
from ._sink_tensorboard import TensorBoardSink
from ._sink_trackio import TrackioSink, find_trackio
from ._sink_wandb import WandbSink, find_wandb

PROJECT = "lrlab"  # unless another is named


class TrackerKind(NamedTuple):
    """What is known of a tracker.

    module: what it needs. extra: of this package, which brings it. make: its sink, of where. usual: where, unless that
    is said. beside: of one that writes to a folder or file, its usual name beside the store; "": of another.
    phases: how the names of those begin of which it takes the trials. find: where that lies indeed.
    """

    module: str
    extra: str
    make: Callable[[str], Sink]
    usual: str = ""
    beside: str = ""
    phases: str = ""
    find: Callable[[str], Destination] = Destination


KINDS = {
    "mlflow": TrackerKind("mlflow", "mlflow", MlflowSink, find=find_mlflow),
    "optuna": TrackerKind("optuna", "search", lambda where: OptunaSink(Path(where)), beside="optuna.db", phases="tune"),
    "tensorboard": TrackerKind(
        "tensorboardX", "tensorboard", lambda where: TensorBoardSink(Path(where)), beside="tensorboard"
    ),
    "trackio": TrackerKind("trackio", "trackio", TrackioSink, usual=PROJECT, find=find_trackio),
    "wandb": TrackerKind("wandb", "wandb", WandbSink, usual=PROJECT, find=find_wandb),
}


class TrackerPlace(NamedTuple):
    """A tracker by name, and where in it: a folder, file, address or project; "": as is usual."""

    name: str
    where: str = ""

    @property
    def kind(self) -> TrackerKind:
        """What is known of it."""
        return KINDS[self.name]

    def target(self, beside: Path) -> str:
        """Where it writes, wherever this program runs. beside: the folder of the store."""
        if not self.kind.beside:
            return self.where or self.kind.usual
        return str((Path(self.where).expanduser() if self.where else beside / self.kind.beside).resolve())

    def destination(self, beside: Path) -> Destination:
        """Where its runs lie indeed: what it writes to, in the environment of this program."""
        target = self.target(beside)
        return Destination(target, (Path(target),)) if self.kind.beside else self.kind.find(target)

    def __str__(self) -> str:
        return f"{self.name}:{without_password(self.where)}" if self.where else self.name


def trackers_of(asked: str | Sequence[str]) -> tuple[TrackerPlace, ...]:
    """Trackers as they are written, `wandb` or `tensorboard:runs`.

    Raises UnknownName for one that is not known, StudyError for one that is not installed.
    """
    texts = [asked] if isinstance(asked, str) or not isinstance(asked, Iterable) else list(asked)
    if not all(isinstance(text, str) for text in texts):
        got = shortened(repr(asked), 100)
        raise StudyError(f'trackers are texts, but got {got}; write "wandb", or ["tensorboard:runs", "wandb"]')
    places = tuple(dict.fromkeys(map(_read_place, texts)))
    for place in places:
        _check_installed(place.name)
    return places


def _read_place(text: str) -> TrackerPlace:
    name, _, where = text.strip().partition(":")
    name = name.strip().lower()
    if name not in KINDS:
        raise UnknownName("tracker", name, KINDS)
    return TrackerPlace(name, where.strip())


def _check_installed(name: str) -> None:
    kind = KINDS[name]
    if find_spec(kind.module) is None:
        raise StudyError(
            f"writing to {name} needs the package {kind.module}, which is not here; "
            f'install it with pip install "lrlab[{kind.extra}]"'
        )
