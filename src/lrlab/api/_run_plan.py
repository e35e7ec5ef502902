"""`plan_run`: what a study would train and how long that takes, before anything is trained."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from ..lab import Prepared, Workshop, open_task, prepare, progress, seconds_of, setup_of, with_usual_seeds
from ..publications import Publication, kept_folder, open_publication
from ..report import plan_sentence
from ..spec import Study, counted, duration, with_suggestion
from ..store import copy_store
from ._checks import check_kinds, check_required, check_task
from ._opening import load_torch
from ._options import ProgressOption, RunOptions, opened, read_run_options
from ._run import study_of

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task


class PartPlan(NamedTuple):
    """What a study, or a part of a published one, would train.

    study: its name. stored: its trials that are there, which are not trained again. missing: about how many would be
    trained. seconds: about how long that takes here; None: not known before one has run. words: all of it in words.
    """

    study: str
    stored: int
    missing: int
    seconds: float | None
    words: str


class RunPlan(NamedTuple):
    """What a run would train; it prints as text.

    title: of a published study, with its scale; "" of others. parts: of each study its name, how many of its trials are
    `stored` and `missing`, the `seconds` that these take, and all of it in `words`.
    """

    title: str
    parts: tuple[PartPlan, ...]

    @property
    def missing(self) -> int:
        """About how many trials would be trained."""
        return sum(part.missing for part in self.parts)

    @property
    def seconds(self) -> float | None:
        """About how long all of it takes here; None: not known before a trial has run."""
        known = [part.seconds for part in self.parts if part.seconds is not None]
        return sum(known) if len(known) == len(self.parts) else None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, with its words."""
        told = {"title": self.title, "missing": self.missing, "seconds": self.seconds, "text": str(self)}
        return told | {"parts": [part._asdict() for part in self.parts]}

    def __str__(self) -> str:
        time = "" if self.seconds is None else f", about {duration(self.seconds)}"
        total = [f"In all {counted(self.missing, 'trial')} to train{time}."] if len(self.parts) > 1 else []
        words = [part.words for part in self.parts]
        return "\n".join([*filter(None, [self.title]), *words, *total, "Nothing was trained, and nothing stored."])


def plan_run(
    study: Study | Path | str,
    *,
    task: "str | Path | Task | OwnLoop | None" = None,
    scale: str | None = None,
    results: Path | str = "results",
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    data_dir: Path | str | None = None,
    allow_code: bool = False,
    progress: ProgressOption = True,
) -> RunPlan:
    """Say what `run` would train and about how long that takes on this machine. Trains nothing and stores nothing.

    The pace is measured once, in seconds, and remembered for all stores. The arguments are those of `run`, and so are
    the errors.
    """
    check_kinds(scale=scale)
    check_required(results=results, allow_code=allow_code)
    options = read_run_options(
        store=store, workers=workers, engine=engine, device=device, data_dir=data_dir, progress=progress
    )
    named = study_of(study, scale, allow_code or task is not None)
    with _copied(options) as copied, opened(copied) as workshop:
        load_torch()
        if isinstance(named, Publication):
            folder = kept_folder(Path(results), named)
            parts, title = open_publication(named, folder, workshop.store).parts, f"{named.title}, scale {named.scale}"
        else:
            usual = named if isinstance(study, Study) else with_usual_seeds(named)
            opened_task = open_task(usual.task if task is None else check_task(task), send=options.workers != 0)
            parts, title = (prepare(with_suggestion(usual, opened_task.suggested), opened_task),), ""
        return RunPlan(title, tuple(_plan_parts(parts, workshop)))


@contextmanager
def _copied(options: RunOptions) -> Generator[RunOptions, None, None]:
    """The options with a copy of the store, which is gone after the block: of the store itself nothing is changed."""
    with TemporaryDirectory(prefix="lrlab-plan-") as folder:
        copy = Path(folder) / options.store.name
        if options.store.exists():
            copy_store(options.store, copy)
        yield options._replace(store=copy)


def _plan_parts(parts: tuple[Prepared, ...], workshop: Workshop) -> Iterator[PartPlan]:
    for part in parts:
        study, done = part.study, progress(part.study, part.task.data, workshop.store)
        setup, seconds = None, None if done.missing else 0.0
        if done.missing:
            setup = setup_of(part, workshop)
            if setup.update is not None:  # of a loop of the user's own nobody knows
                seconds = seconds_of(part, setup, done.missing, done.trainings)
        words = plan_sentence(study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)
        yield PartPlan(study.name, done.stored, done.missing, seconds, words)
