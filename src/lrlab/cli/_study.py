"""What `run` and `compare` share: run a study, then show what came out."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from rich.console import Console

from ..errors import StudyError, visible
from ..execution import Executor, Processes
from ..lab import (
    LEAST_SECONDS,
    PRELOAD,
    Keeper,
    Older,
    Prepared,
    crew_of,
    older_version,
    progress,
    run_study,
    seconds_for,
    setup_of,
    too_few_seeds,
)
from ..report import (
    Faults,
    answer,
    claim_sentence,
    claimed_first,
    fit_table,
    free_page,
    how_to_use,
    left_out_note,
    lines_to_paste,
    mark,
    plan_sentence,
    table,
    whole_duration,
    write_page,
)
from ..spec import Study, StudyResults, counted
from ..store import Store
from ._options import Means
from ._output import columns, say
from ._progress import ProgressWatch
from ._stop import since_start, tidily


@contextmanager
def start_workers(count: int | None) -> Iterator[Executor]:
    """Local processes, ended however the block ends, and by Ctrl-C too."""
    import torch  # noqa: F401  # before a stop becomes an exception, which its import does not take

    executor = Processes(count, PRELOAD)
    with tidily():
        try:
            yield executor
        finally:
            executor.close()


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


def run_and_show(
    prepared: Prepared,
    store: Store,
    executor: Executor,
    how: Means,
    page: Path | None,
    as_json: bool,
    *,
    request: str = "",
    keeper: Keeper | None = None,
) -> None:
    """Say what will be run, run it, print the answer, write the page. keeper: of a budget."""
    console = Console(stderr=True, highlight=False)
    study = prepared.study
    page = page_for(page, store.path, study, prepared.task.data)
    done = progress(study, prepared.task.data, store)
    setup = None
    if done.missing:
        say = measuring(study.task)
        setup = setup_of(prepared, store, executor, how.engine, how.device, say=say)
    seconds = None if setup is None else seconds_for(setup, done.missing, prepared.horizon, study.evaluate_every)
    if keeper is not None:
        seconds = keeper.seconds(done.missing)
    sentence = plan_sentence(study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)
    console.print(sentence, soft_wrap=True, markup=False)
    if done.missing and (older := older_version(prepared, store)):
        console.print(say_older(older, study.task), soft_wrap=True, markup=False)
    for remark in prepared.task.notes:
        console.print(f"- {remark}.", soft_wrap=True, markup=False)
    if done.missing and (why := too_few_seeds(study)):
        console.print(f"{why}.", style="yellow", soft_wrap=True, markup=False)
    crew = crew_of(prepared, executor, setup, say_until(how, console) if done.missing else None)
    with ProgressWatch(done.stored + done.missing) as watch:
        results = run_study(prepared, store, crew, watch, request, keeper)
    trials = counted(len(results.tuned) + len(results.confirmed), "record")
    took = f"{trials} in {visible(str(store.path))}; took {whole_duration(monotonic() - since_start())}"
    console.print(took, soft_wrap=True, markup=False)
    show(results, page, as_json)


def measuring(task: str, seconds: float | None = None) -> Callable[[], None]:
    """Says that the machine is being measured, and for how long at most."""
    most = "" if seconds is None else f", for {whole_duration(seconds)} at most"

    def say() -> None:
        text = f"measuring this machine{most}: how {task} trains fastest"
        Console(stderr=True, highlight=False).print(text, soft_wrap=True, markup=False)

    return say


def say_until(how: Means, console: Console) -> float | None:
    """When `--max-seconds` are up, counted from the start of the command; says it where that is too soon."""
    if how.max_seconds is None:
        return None
    until = since_start() + how.max_seconds
    if until - monotonic() < LEAST_SECONDS:
        late = (
            f"--max-seconds {how.max_seconds:g} are nearly over before training begins; what begins trains for "
            f"{LEAST_SECONDS:g} s all the same, so that each call gets further"
        )
        console.print(late, soft_wrap=True, markup=False)
    return until


def page_for(asked: Path | None, store: Path, study: Study, data: str) -> Path:
    """Where a study's report goes: where it is asked for, else beside the store, by the study's name.

    A report that lies there already stays, if it is of another study or of other data: then a number is added. Raises
    StudyError where there is no such folder.
    """
    page = asked or free_page(store.parent, study.name, mark(study, data))
    if not page.parent.is_dir():
        raise StudyError(f"there is no folder {page.parent} for the report; make it, or give another --page")
    return page


def show(results: StudyResults, page: Path, as_json: bool) -> None:
    """Print the table, the claims in words and the lines to paste, then write the page and say where it lies.

    A part that fails costs no other. Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    parts = {"the answer as JSON": lambda: print(json.dumps(summary(results, page, faults), indent=2))}
    if not as_json:
        parts = {
            "the table": lambda: _say_table(results),
            "the answer": lambda: say(answer(results), style="bold"),
            "the comparisons": lambda: _say_claims(results),
            "the lines to paste": lambda: _say_lines(results),
        }
    for name, part in parts.items():
        with faults.apart(name):
            part()
    with faults.apart(f"the page {page}"):
        write_page(results, page)
        if not as_json:
            say(f"The whole report: {page}", whole=True)
    faults.end()


def _say_table(results: StudyResults) -> None:
    """The table, a space before each line: so rows are told from sentences that begin with a schedule."""
    width = columns()
    found = fit_table(table(results), None if width is None else width - 1)
    say("\n".join(["", *(f" {line}" for line in found.lines), ""]), whole=True)
    if left_out_note(found):
        say(f"{left_out_note(found)}\n")


def _say_lines(results: StudyResults) -> None:
    if lines := lines_to_paste(results):
        say(f"\n{how_to_use(results)}\n\n{lines}", whole=True)


def _say_claims(results: StudyResults) -> None:
    for claim in claimed_first(results):
        say(f"- {claim_sentence(claim, results)}")


def summary(results: StudyResults, page: Path, faults: Faults) -> dict[str, object]:
    """The answer for scripts: table rows, claims and choices as plain data; None for words that cannot be made."""
    found: dict[str, object] = {
        "study": results.study.to_dict(),
        "answer": None,
        "metric": results.metric.to_dict(),
        "leader": results.leader,
        "rows": [row.to_dict() for row in results.rows],
        "claims": [claim.to_dict() for claim in results.claims],
        "choices": [choice.to_dict() for choice in results.choices],
        "trials": len(results.tuned) + len(results.confirmed),
        "page": str(page),
        "paste": None,
    }
    with faults.apart("the answer"):
        found["answer"] = answer(results)
    with faults.apart("the comparisons"):
        found["claims"] = [claim.to_dict() | {"text": claim_sentence(claim, results)} for claim in results.claims]
    with faults.apart("the lines to paste"):
        found["paste"] = lines_to_paste(results)
    return found
