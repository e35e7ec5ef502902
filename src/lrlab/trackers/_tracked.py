"""TrackedRun: a run as trackers keep it: a name, its settings, and values of metrics by step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from ..errors import RunsError
from ._metrics import find_metric_names
from ._raw_table import FILE, LINE, RawFile, RawTable

SHOWN = 5  # names of runs in a note


@dataclass
class TrackedRun:
    """A run of a tracker.

    name: as the tracker shows it. place: for messages. settings: by dotted names, such as "config.seed", as text.
    parts: of the path of its files, where that may say arm and seed. ended: whether it ended as it should.
    metric, step, value: of each value, in the order in which they were written.
    """

    name: str
    place: str
    settings: dict[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    ended: bool = True
    metric: list[str] = field(default_factory=list)
    step: list[float | None] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, metric: str, step: float | None, value: float) -> None:
        """Take down a value."""
        self.metric.append(metric)
        self.step.append(step)
        self.value.append(value)


def table_of_runs(runs: Sequence[TrackedRun], asked: Sequence[str], source: str) -> RawTable:
    """Runs as a long table, each a file of its own, of the metrics asked for; the last value of a step counts.

    Raises RunsError: no run has measured anything, several metrics may be meant. UnknownName: none has what is asked.
    """
    import polars

    names = dict.fromkeys(chain.from_iterable(run.metric for run in runs))
    if not names:
        raise RunsError(f"{source} holds no run that measured anything; check that it is the right one")
    metrics, note = find_metric_names(list(names), asked)
    runs = [_fill_broken(run, metrics[0]) for run in runs]
    columns = {
        "metric": [run.metric for run in runs],
        "step": [run.step for run in runs],
        "value": [run.value for run in runs],
    }
    kinds = {"metric": polars.String, "step": polars.Float64, "value": polars.Float64}
    lists = {name: list(chain.from_iterable(parts)) for name, parts in columns.items()}
    owner = polars.Series(FILE, range(len(runs)), dtype=polars.UInt32).gather(
        list(chain.from_iterable([number] * len(run.metric) for number, run in enumerate(runs)))
    )
    shown = polars.Series("run_name", [run.name for run in runs], dtype=polars.String).gather(owner)
    frame = polars.DataFrame(lists, schema=kinds).with_columns(owner, shown, polars.lit(None, polars.Int64).alias(LINE))
    frame = frame.filter(polars.col("metric").is_in(metrics))
    kept = frame.unique([FILE, "metric", "step"], keep="last", maintain_order=True)
    files = tuple(RawFile(run.place, run.parts, facts=run.settings) for run in runs)
    notes = [note, *_say_what_is_odd(runs, set(kept[FILE]), frame.height - kept.height, metrics[0])]
    return RawTable(kept, files, tuple(note for note in notes if note), metrics)


def _fill_broken(run: TrackedRun, metric: str) -> TrackedRun:
    """A run that broke off before its metric was measured has no number there; others are as they were."""
    if run.ended or not run.metric or metric in run.metric:
        return run
    return replace(run, metric=[*run.metric, metric], step=[*run.step, None], value=[*run.value, math.nan])


def _say_what_is_odd(runs: Sequence[TrackedRun], measured: set[int], again: int, metric: str) -> list[str]:
    """Sentences on runs without the metric, on those that did not end, and on values written twice."""
    idle = [run.name for number, run in enumerate(runs) if number not in measured]
    broken = [run.name for number, run in enumerate(runs) if not run.ended and number in measured]
    notes = []
    if idle:
        notes.append(f"left out, as they measured no {metric}: {_shorten_names(idle)}")
    if broken:
        notes.append(f"broke off, and count as far as they came, or as without a value: {_shorten_names(broken)}")
    if again:
        notes.append(f"{again} values were written again at their step; the last counts")
    return notes


def _shorten_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
