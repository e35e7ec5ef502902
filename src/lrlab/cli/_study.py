"""What `run` and `compare` share: run a study, then show what came out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, time

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from ..errors import StudyError
from ..execution import Executor, Processes
from ..export import rule_lines, torch_lines
from ..lab import (
    PRELOAD,
    Crew,
    Older,
    Prepared,
    Progress,
    older_version,
    planned_trials,
    progress,
    run_study,
    seconds_for,
    setup_of,
)
from ..report import answer, claim_sentence, claimed_first, table, write_page
from ..rules import Rule
from ..spec import Results, Setup, Study, horizon_of
from ..store import Store
from ._options import Means, duration
from ._progress import ProgressWatch

WIDTH = 200  # wider than any table


@contextmanager
def start_workers(count: int | None) -> Iterator[Executor]:
    """Local processes, ended however the block ends."""
    executor = Processes(count, PRELOAD)
    try:
        yield executor
    finally:
        executor.close()


def say_plan(study: Study, done: Progress, seconds: float | None, setup: Setup | None) -> str:
    """What is about to run and how long it will take, before it begins."""
    what = f"{len(study.labels)} {'arms' if study.arms else 'schedules'}"
    confirmed = len(study.labels) * len(study.confirm.seeds)
    tuned = planned_trials(study) - confirmed
    grid = f" x {len(study.tune.peaks)} peaks x {len(study.tune.seeds)} seeds" if study.schedules else ""
    if study.arms and tuned:
        grid = f", {tuned // len(study.tune.seeds)} candidates x {len(study.tune.seeds)} seeds"
    shape = (
        f"{study.task}: {what}{f'{grid} to tune, then' if tuned else ','} {len(study.confirm.seeds)} "
        f"{'fresh ' if tuned else ''}seeds each: {planned_trials(study)} trials of {study.budget}"
    )
    if not done.missing:
        return f"{shape}. All {done.stored} are done: nothing is run twice."
    before = f", {done.stored} of them done before" if done.stored else ""
    time = f"; about {duration(seconds)} {say_setup(setup)}" if seconds is not None and setup is not None else ""
    return f"{shape}{before}{time}."


def say_older(older: Older, task: str) -> str:
    """That another version of a user's task did some of it before, and what becomes of that.

    >>> say_older(Older(12, 34, ("net.py", "the model")), "mine:task")
    '12 of 34 done before by another version of net.py: run again; --keep uses the old records instead'
    """
    before = f"{older.done} of {older.total} done before"
    if not older.same_data:
        return f"{before} with other data: run again"
    files = [part for part in older.changed if part.endswith(".py")] or [*older.changed[:1], task][:1]
    return f"{before} by another version of {' and '.join(files)}: run again; --keep uses the old records instead"


def say_setup(setup: Setup) -> str:
    """How trials are run, in words.

    >>> say_setup(Setup(layout="grouped", size=16, processes=2, ratio=4.26))
    'on 2 processes, 16 trials stacked in each, 4.3 times as fast as one by one'
    >>> say_setup(Setup(layout="lanes", size=16, processes=2, ratio=21.0))
    'on 2 processes, 16 trials in lanes in each, 21.0 times as fast as one by one'
    """
    threads = f" of {setup.threads} threads" if setup.threads > 1 else ""
    words = f"on {setup.processes} process{'es' * (setup.processes > 1)}{threads}"
    if setup.size == 1 and setup.layout != "lanes":
        return words
    trials = f"{setup.size} trial{'s' * (setup.size > 1)} {'in lanes' if setup.layout == 'lanes' else 'stacked'}"
    against = "one by one" if setup.size > 1 else "in torch"
    return f"{words}, {trials} in each, {setup.ratio or 1:.1f} times as fast as {against}"


def run_and_show(
    prepared: Prepared,
    store: Store,
    executor: Executor,
    how: Means,
    page: Path | None,
    as_json: bool,
    *,
    request: str = "",
) -> None:
    """Say what will be run, run it, write the page, print the answer."""
    console = Console(stderr=True, highlight=False)
    study, start = prepared.study, monotonic()
    page = page or default_page(store.path, study.name)
    if not page.parent.is_dir():
        raise StudyError(f"there is no folder {page.parent} for the report; make it, or give another --page")
    done = progress(study, prepared.task.data, store)
    setup = setup_of(prepared, store, executor, how.engine, how.device) if done.missing else None
    seconds = None if setup is None else seconds_for(setup, done.missing, prepared.horizon, study.evaluate_every)
    console.print(say_plan(study, done, seconds, setup), soft_wrap=True, markup=False)
    if done.missing and (older := older_version(prepared, store)):
        console.print(say_older(older, study.task), soft_wrap=True, markup=False)
    until = None if how.max_seconds is None else time() + how.max_seconds
    crew = Crew(executor, setup or Setup(layout="reference"), prepared.task.where, until)
    with ProgressWatch(done.stored + done.missing) as watch:
        results = run_study(prepared, store, crew, watch, request)
    show(results, page, as_json)
    took = f"{len(store)} records in {store.path}; took {duration(monotonic() - start)}"
    console.print(took, soft_wrap=True, markup=False)


def default_page(store: Path, name: str) -> Path:
    """Where a study's report lies unless the user says otherwise."""
    return store.parent / f"{name}.html"


def show(results: Results, page: Path, as_json: bool) -> None:
    """Write the page; print the table, the claims in words, where the page lies, and the lines to paste."""
    write_page(results, page)
    if as_json:
        print(json.dumps(summary(results, page), indent=2))
        return
    # Rich takes 80 columns for granted where the output is no terminal, and would cut cells.
    console = Console(highlight=False, width=max(WIDTH, Console().width))
    header, rows = table(results)
    ink = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in header:
        ink.add_column(column, no_wrap=True, justify="left" if column == header[0] else "right")
    for row in rows:
        ink.add_row(*map(escape, row))  # "[cosine, linear]" is no style of Rich's
    console.print(ink)
    console.print(answer(results), style="bold", soft_wrap=True, markup=False)
    for claim in claimed_first(results):
        console.print(f"- {claim_sentence(claim, results)}", soft_wrap=True, markup=False)
    console.print(f"\nTo use it in a loop of your own:\n\n{lines_to_paste(results)}", soft_wrap=True, markup=False)
    console.print(f"The whole report: {page}", soft_wrap=True, markup=False)


def lines_to_paste(results: Results) -> str:
    """Plain PyTorch for the leading schedule at its chosen peak."""
    study = results.study
    record = next(record for record in results.confirmed if study.label_of(record.trial) == results.leader)
    plan = record.trial.schedule
    rest = {
        "peak": record.trial.peak,
        "horizon": horizon_of(study.budget, record.updates_per_epoch),
        "optimizer": record.trial.optimizer.name,
        "settings": record.trial.optimizer.model_dump(exclude={"name"}),
    }
    return rule_lines(plan, **rest) if isinstance(plan, Rule) else torch_lines(plan, **rest)


def summary(results: Results, page: Path) -> dict[str, object]:
    """The answer for scripts: table rows, claims and choices as plain data."""
    return {
        "study": results.study.to_dict(),
        "answer": answer(results),
        "metric": results.metric.to_dict(),
        "leader": results.leader,
        "rows": [row.to_dict() for row in results.rows],
        "claims": [claim.to_dict() | {"text": claim_sentence(claim, results)} for claim in results.claims],
        "choices": [choice.to_dict() for choice in results.choices],
        "trials": len(results.tuned) + len(results.confirmed),
        "page": str(page),
        "paste": lines_to_paste(results),
    }
