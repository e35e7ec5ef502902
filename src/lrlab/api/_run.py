"""`run`: a study by name, from a file or made in Python, and published studies."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError, TaskError, UnknownName, shortened
from ..lab import STUDIES, find_study, finished_task, kept_version, prepare, usual_seed_words, with_usual_seeds
from ..publications import (
    PUBLICATIONS,
    Publication,
    PublicationResults,
    find_publication,
    is_published,
    run_publication,
)
from ..spec import Said, Study, TransferPlace, load_study, with_suggestion
from ._checks import check_kinds, check_required, check_task
from ._cluster import RAY
from ._names import refuse_task
from ._opening import load_torch, open_in_time
from ._options import ProgressOption, RunOptions, opened, read_run_options
from ._results import Results
from ._training import train_and_answer
from ._transfer import TransferWords, carry, check_transfer, read_places

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

DEFAULT_SCALE = "reduced"


def run(
    study: Study | Path | str,
    *,
    task: "str | Path | Task | OwnLoop | None" = None,
    scale: str | None = None,
    results: Path | str = "results",
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    keep: bool = False,
    data_dir: Path | str | None = None,
    transfer: TransferWords = None,
    trial_timeout: str | float | None = None,
    retry_failed: bool = False,
    track: str | Sequence[str] | None = None,
    allow_code: bool = False,
    on: str | None = None,
    address: str | None = None,
    checkpoints: Path | str | None = None,
    watch: bool = False,
    progress: ProgressOption = True,
    began: float | None = None,
) -> Results | PublicationResults:
    """Run a study, or what is missing of it, and answer it.

    study: a `Study`, the path of a YAML file, or a name; a published study's name gives `PublicationResults`. If a file
    names no confirm seeds, lrlab takes as many as its questions need, 10 or more.
    task: a task, or a training loop of your own, in place of the study's: as in `compare`.
    scale: of a published study: "smoke", "reduced" (the default), "standard" (of two of them) or "full".
    results: the folder with the kept results of published studies.
    allow_code: run the code that a study file names as its task, `net.py:task`; without that such a file is refused.

    The other arguments are those of `compare`, and so are the errors.
    """
    check_kinds(scale=scale)
    check_required(results=results, allow_code=allow_code)
    options = read_run_options(
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        data_dir=data_dir,
        progress=progress,
        max_seconds=max_seconds,
        keep=keep,
        began=began,
        on=on,
        address=address,
        checkpoints=checkpoints,
        trial_timeout=trial_timeout,
        retry_failed=retry_failed,
        track=track,
        watch=watch,
    )
    plan, places = study_of(study, scale, allow_code or task is not None), read_places(transfer)
    with opened(options) as workshop:
        if isinstance(plan, Publication):
            load_torch()
            _refuse_failures(plan, options, places)
            return run_publication(plan, workshop, results=Path(results), began=options.began)
        if not isinstance(study, Study) and (usual := with_usual_seeds(plan)) != plan:
            plan = usual
            workshop.listen(Said(text=f"{usual_seed_words(plan)}."))
        named = plan.task if task is None else check_task(task)
        finished = None if task is not None or keep or places else finished_task(plan, workshop.store)
        if finished is None:
            load_torch()
        send, away = options.workers != 0, options.place.on == RAY
        opened_task = finished or open_in_time(named, options.trial_timeout, send=send, away=away)
        opened_task = kept_version(opened_task, workshop.store) if keep else opened_task
        check_transfer(places, opened_task, plan.budget)
        plan = with_suggestion(plan, opened_task.suggested)
        answered = train_and_answer(prepare(plan, opened_task), workshop, options)
        return carry(answered, places, opened_task, workshop, options) if places else answered


def _refuse_failures(publication: Publication, options: RunOptions, places: tuple[TransferPlace, ...]) -> None:
    if places:
        raise StudyError(
            f"a transfer is of one study, and {publication.name} is several; leave it out, or compare two schedules on "
            f"a task of it"
        )
    if options.trial_timeout is not None or options.retry_failed:
        raise StudyError(
            f"trial_timeout and retry_failed are for studies of one task, and {publication.name} is several; leave "
            f"them out, and the same command trains what failed again"
        )


def study_of(study: Study | Path | str, scale: str | None, allow_code: bool = False) -> Study | Publication:
    """The study that is meant. allow_code: a file may name code of its own. Raises UnknownName or StudyError."""
    if not isinstance(study, str | Path | Study):  # pyright: ignore[reportUnnecessaryIsInstance]
        got = shortened(repr(study), 100)
        raise StudyError(f'a study is a name such as "demo", a YAML file or a lrlab.Study, but got {got}; give one')
    if isinstance(study, str) and not study.lower().endswith((".yaml", ".yml")):
        plan = _find_by_name(study, scale)
    else:
        check = _check_task_name if allow_code else _check_plain_task
        plan = study if isinstance(study, Study) else load_study(Path(study), {"task": check})
    if scale is not None and isinstance(plan, Study):
        known = ", ".join(PUBLICATIONS)
        raise StudyError(f"--scale is for published studies ({known}), but {plan.name} is not one; leave it out")
    return plan


def _find_by_name(name: str, scale: str | None) -> Study | Publication:
    """A published study at that scale, or another study."""
    if is_published(name):
        return find_publication(name, scale or DEFAULT_SCALE)
    try:
        return find_study(name)
    except UnknownName:
        refuse_task(name)
        raise UnknownName("study", name, {**STUDIES, **PUBLICATIONS}) from None


def _check_task_name(name: str) -> None:
    from ..tasks import resolve

    resolve(name)


def _check_plain_task(name: str) -> None:
    """As `_check_task_name`; raises TaskError where it is code, which a file that is data may not have run."""
    from ..tasks import is_user_task

    _check_task_name(name)
    if is_user_task(name):
        raise TaskError(
            f"{shortened(name, 100)} is code, and a study file runs none by itself; look what it does, and allow it: "
            f"--allow-code (in Python allow_code=True)"
        )
