"""`compare`: the shortest way to an answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from ..errors import StudyError
from ..lab import (
    Budget,
    OpenedTask,
    Workshop,
    asked_before,
    budget_request,
    fit_budget,
    fit_length,
    fit_seeds,
    kept_version,
    loop_keeper,
    prepare,
    seeds_request,
    usual_seed_words,
)
from ..spec import ArmPlan, Optimizer, Said, SettingValue, TransferPlace
from ._checks import check_kinds, check_peaks, check_schedules, check_settings, check_task
from ._cluster import RAY
from ._halving import HalvingOption, with_halving
from ._looks import look_fields
from ._names import refuse_no_schedules
from ._opening import open_in_time
from ._options import ProgressOption, RunOptions, opened, read_run_options
from ._question import Question, ask, length_of, study_fields, study_name
from ._results import Results
from ._search import search_of
from ._training import train_and_answer
from ._transfer import STUDY_SHARE, TransferWords, carry, check_transfer, read_places, split_task

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task


def compare(
    task: "str | Path | Task | OwnLoop",
    schedules: Sequence[str | ArmPlan],
    *,
    budget: str | float | None = None,
    epochs: float | None = None,
    updates: int | None = None,
    peaks: Sequence[float] | None = None,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    batch_size: int = 32,
    settings: Mapping[str, SettingValue | Sequence[SettingValue]] | None = None,
    halving: HalvingOption = None,
    tune: str | Sequence[str] | Mapping[str, str | None] | None = None,
    search: str | None = None,
    trials: int | None = None,
    scale_rate: str | None = None,
    tuning_seeds: int = 2,
    seeds: int | None = None,
    looks: Sequence[int] | str | None = None,
    margin: float | None = None,
    name: str | None = None,
    store: Path | str | None = None,
    workers: int | None = None,
    engine: str = "auto",
    device: str = "cpu",
    max_seconds: float | None = None,
    keep: bool = False,
    data_dir: Path | str | None = None,
    split: str | None = None,
    transfer: TransferWords = None,
    trial_timeout: str | float | None = None,
    retry_failed: bool = False,
    track: str | Sequence[str] | None = None,
    on: str | None = None,
    address: str | None = None,
    checkpoints: Path | str | None = None,
    watch: bool = False,
    progress: ProgressOption = True,
    began: float | None = None,
) -> Results:
    """Find out which of these schedules is best on a task, each at its own best peak, and how sure that is.

    Each schedule's peak is tuned on validation data. The best settings are trained again on fresh seeds, paired across
    schedules, and compared on test data. Records are stored as they come: the same call goes on, and trains none twice.

    task: a name (`"digits/convnet"`), a file of your own (`"net.py:task"`, or a training loop under `@lrlab.trial`,
    `"train.py:train"`), or a `Task` or loop itself, which is sent to the workers.
    schedules: texts such as `"warmup(span=5%)+cosine"`, or schedules and rules.
    budget: how long all of it may take: seconds, or `"90s"`, `"5m"`, `"1h30m"`. Default: 5 minutes.
    epochs, updates: the length of a trial, instead. A loop needs one of them; a budget beside it limits the seeds.
    peaks: peak rates to try. Default: the optimizer's usual ones. The grid grows where the best is at its edge, and is
    refined around it.
    optimizer: a name, fields (`{"name": "sgd", "momentum": 0.9}`), or an `Optimizer`. Default: what the task suggests,
    else SGD.
    batch_size: examples in a batch.
    settings: for a loop, values to try of each, `{"weight_decay": [1e-4, 1e-3]}`, tuned together with the peak.
    seeds: fresh seeds to confirm on. Default: as many as the questions need (10; for 8 schedules 12), and 30 where that
    is quick.
    tuning_seeds: seeds each peak is tried on; the best two have 4 more.
    looks: numbers of seeds at which questions may be decided, the last of them all, such as [12, 20, 30], or "auto".
    Only schedules in an open question go on. Default: all seeds are run and looked at once.
    margin: the largest difference that would not matter: in points of a share (0.5 is half a point), else in its unit.
    Two that are shown to be within it count as equal. Default: what the test data can resolve, or 5 % of another
    metric, 1 % of one per token.
    halving: stop settings that are behind at a rung: "auto", "hyperband", or ends of epochs, "2,3" or "25%,50%".
    tune: what to search instead of a grid of peaks, `"peak,warmup.span=0%..20%,momentum=0.8..0.99"`, or ranges by name.
    A schedule's text may have ranges too, `"cosine(floor=0..0.1)"`.
    search: "tpe" (the default), "cmaes", "sobol", "random" or "grid".
    trials: settings to try for each schedule, each on every tuning seed. Default: 30.
    scale_rate: in a search over `batch_size`, whose peaks are then those of `batch_size` here: "linear" multiplies a
    peak by the batch's size over that, "sqrt" by its root. Default: "none".
    name: the study's name. Default: from the task.
    store: the file records are kept in. Default: LRLAB_STORE, or `lrlab-results/records.db`.
    workers: processes. Default: one for each core; 0 trains in this process.
    engine: "auto" (measured), "lanes", "stacked" or "reference".
    device: "cpu", "cuda" (all cards that torch sees) or one of them, "cuda:1".
    max_seconds: stop at a checkpoint after so long.
    keep: use the records of your task from before its program changed.
    data_dir: the folder with image data. Default: LRLAB_DATA.
    progress: a bar on standard error, nothing (False), or a function that is called with every event.
    split: "fresh": each seed draws its own split of all examples, for data that lrlab splits (digits).
    transfer: where to ask the claims again, `"width=1/2,2; budget=2"`, or `{"width": [0.5, 2]}`: how far they carry. Of
    a budget of seconds, a study not run before then gets half.
    trial_timeout: how long a trial may take, written like a budget. One that takes longer is ended, and fails.
    retry_failed: train only the trials that failed last time.
    track: where else to write the trials, `"wandb"`, or `["tensorboard:runs", "mlflow:http://127.0.0.1:5000"]`.
    on: "here" (the default), or "ray": on a Ray cluster.
    address: of the Ray cluster: "auto", "HOST:PORT" or "ray://HOST:PORT". Default: RAY_ADDRESS, else a cluster of this
    machine's cores is started.
    checkpoints: a folder that the cluster's nodes share, or an address of fsspec's ("s3://bucket/folder"). Default:
    they are sent to this machine.
    watch: serve a page on 127.0.0.1 that shows the run while it goes on; its address is printed first.
    began: when time began to count, as `time.monotonic` gives it. Default: now.

    Raises a LabError: StudyError, TaskError, UnknownName for wrong arguments; ClusterError for a cluster that does not
    work; RunError where trials failed; TimeUp when time is up; Unfinished where only failed trials were trained. What
    was measured is stored before.
    """
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
    check_kinds(margin=margin)
    places, task = read_places(transfer), task if split is None else split_task(task, split)
    confirm = look_fields(looks, seeds)
    if margin is not None:
        confirm["margin"] = float(margin)
    own_name = study_name(check_task(task), name)
    fields = study_fields(own_name, optimizer, batch_size, tuning_seeds, seeds, confirm=confirm)
    named = check_schedules(schedules)
    if not named:
        refuse_no_schedules(check_task(task), "compare")
    tried, own = check_peaks(peaks), check_settings(settings)  # what is read once may be an iterator
    searched = search_of(tune, search, trials, named, tried, own, scale_rate)
    fields["tune"] = with_halving(searched, halving)
    question = ask(task, named, budget, length_of(epochs, updates), tried, own, fields)
    seeds_open = seeds is None and "seeds" not in confirm
    return _answer_question(question, options, seeds_open, places)


def _answer_question(
    question: Question, options: RunOptions, seeds_open: bool, places: tuple[TransferPlace, ...]
) -> Results:
    """Run the study, within its budget if it has one, and carry its answer.

    seeds_open: whether the pace decides how many confirm.
    """
    with opened(options) as workshop:
        task = open_in_time(
            question.task, options.trial_timeout, send=options.workers != 0, away=options.place.on == RAY
        )
        task = kept_version(task, workshop.store) if options.keep else task
        check_transfer(places, task, question.length)
        if task.loop is not None:
            results = _answer_loop(question, task, workshop, options, seeds_open)
        else:
            results = _answer_task(question, task, workshop, options, seeds_open, bool(places))
        left = None if question.seconds is None else question.seconds - (monotonic() - options.began)
        return carry(results, places, task, workshop, options, left) if places else results


def _answer_task(
    question: Question, task: OpenedTask, workshop: Workshop, options: RunOptions, seeds_open: bool, shared: bool
) -> Results:
    """Run the study of a task. shared: its budget is for places too, so that it has half, unless it had all before."""
    draft = question.draft(task)
    prepared = prepare(draft, task)
    seconds = question.seconds
    if seconds is None and seeds_open:
        fitted = fit_seeds(prepared, workshop)
        return train_and_answer(fitted, workshop, options, seeds_request(prepared.study, task.data))
    if seconds is None:
        return train_and_answer(prepared, workshop, options)
    has_length = bool(question.length)
    request = budget_request(draft, task.data, seconds, seeds_open=seeds_open, has_length=has_length)
    if shared and asked_before(task.data, request, workshop.store) is None:
        seconds *= STUDY_SHARE
        request = budget_request(draft, task.data, seconds, seeds_open=seeds_open, has_length=has_length)
    fit = fit_length if has_length else fit_budget
    prepared, keeper = fit(prepared, Budget(seconds, options.began), request, workshop, seeds_open)
    return train_and_answer(prepared, workshop, options, request, keeper)


def _answer_loop(
    question: Question, task: OpenedTask, workshop: Workshop, options: RunOptions, seeds_open: bool
) -> Results:
    """Run the study of a loop of the user's own. Raises StudyError where nobody says how long a trial is."""
    if not question.length:
        raise StudyError(
            f"how long a trial of {task.name} is to be is not known before it runs; give updates=2000 or epochs=5 "
            "(--updates, --epochs)"
        )
    prepared, seconds = prepare(question.draft(task), task), question.seconds
    if seeds_open and (words := usual_seed_words(prepared.study)):
        workshop.listen(Said(text=f"{words}."))
    if seconds is None:
        return train_and_answer(prepared, workshop, options)
    keeper = loop_keeper(prepared, Budget(seconds, options.began), workshop)
    return train_and_answer(prepared, workshop, options, "", keeper)
