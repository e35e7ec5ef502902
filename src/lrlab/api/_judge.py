"""`judge`: verdicts on runs that were made anywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from ..errors import RunsError
from ..judging import JudgeOptions, judge_runs
from ..trackers import RunTable, read_runs
from ._checks import check_kinds
from ._judged import Judged


def judge(
    runs: str | Path | Sequence[Any] | Any,
    *,
    arm: str | Sequence[str] | None = None,
    seed: str | None = None,
    metric: str | None = None,
    value: str | None = None,
    step: str | None = None,
    higher_is_better: bool | None = None,
    questions: Literal["leader", "baseline", "pairs"] | None = None,
    baseline: str | None = None,
    leader: str | None = None,
    leader_by: str | None = None,
    at_step: float | None = None,
    target: float | None = None,
    area: bool = False,
    margin: float | None = None,
) -> Judged:
    """Say which arms are better, how sure that is, and what is undecided, for runs that were made anywhere.

    Runs are paired by seed where they share seeds, else compared as two samples. A verdict needs a p below 0.05 after
    adjustment for all questions: by flips of whole seeds where all share them, else by Holm. A pair without a
    difference may be shown to be "within" the margin. Otherwise it is "undecided", with the difference that so many
    runs can show, and how many are needed.

    runs: a file, several, or a folder of them; a frame of polars or pandas; or rows as dicts.
    arm, seed, metric, value, step: the columns. Default: guessed, and the answer says what was guessed.
    higher_is_better: of the metric, if its name does not say.
    questions: "leader", the best arm against each other one; "baseline", each against the one named; "pairs", all.
    Default: "baseline" where only that is given, else "leader".
    baseline, leader: arms by name. A leader that you name must have been known before these runs.
    leader_by: the metric by which the leader is picked. Without it the leader is picked on the values judged, and all
    pairs count.
    at_step, target, area: for runs with steps, judge the value at a step, the steps to a target, or the area under the
    curve. Default: the final value.
    margin: the largest difference that would not matter to you; in points, for shares. Default: a point, or 5 % of the
    best arm's mean, 1 % of a metric per token, rounded.

    Raises a LabError: RunsError for what cannot be read or judged, with file and line; UnknownName for arms and columns
    that are not there.
    """
    named = {"baseline": baseline, "leader": leader, "leader_by": leader_by}
    check_kinds(arm=arm, seed=seed, metric=metric, value=value, step=step, higher_is_better=higher_is_better, **named)
    check_kinds(at_step=at_step, target=target, area=area, margin=margin)
    _check_texts(arm=arm, seed=seed, metric=metric, value=value, step=step, **named)
    options = JudgeOptions(
        higher_is_better=higher_is_better,
        questions=questions,
        at_step=at_step,
        target=target,
        area=area,
        margin=margin,
        **{name: text or "" for name, text in named.items()},
    )
    columns = {"arm": arm, "seed": seed, "value": value, "step": step, "higher_is_better": higher_is_better}
    table = _read_metrics(runs, metric, options.leader_by, columns)
    if options.leader_by:  # as its column is called
        options = replace(options, leader_by=table.metrics[-1])
    return Judged(judge_runs(table, options))


def _check_texts(**given: str | Sequence[str] | None) -> None:
    """Refuse a name that is empty, as that of a variable that was never set: what was meant would be guessed."""
    for name, text in given.items():
        if text is not None and not "".join(text).strip(" ,"):
            raise RunsError(f"{name} is empty; write a name, or leave it out")


def _read_metrics(runs: Any, metric: str | None, leader_by: str, columns: dict[str, Any]) -> RunTable:
    """The runs with the metric to judge and the one that picks the leader, if one does, last."""
    if isinstance(runs, Iterator):  # they may be read twice
        runs = list(cast("Iterator[Any]", runs))
    first = read_runs(runs, metric=metric, **columns)
    if not leader_by:
        return first
    both = read_runs(runs, metric=[first.metrics[0], leader_by], **columns)
    return replace(both, guessed=tuple(dict.fromkeys([*first.guessed, *both.guessed])))
