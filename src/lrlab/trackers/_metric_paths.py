"""Files that hold one metric each and say which in their names: the run, and the metric of each."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from ._direction import DOWN, UP, WEAK_UP, higher_is_better_by_name, split_words
from ._raw_table import RawTable
from ._run_names import cut_only_word
from ._words import METRICS, SPLITS, VALUES, is_bookkeeping, is_key, is_setting, list_names, plain_name

WORD = re.compile(r"[^\s_\-./,;+|()]+")
EXPORTED = re.compile(r"^run[-_](?P<run>.+)[-_]tag[-_](?P<metric>.+)$")  # TensorBoard's download of one curve
NAMES, BESIDE = {*UP, *DOWN}, {*UP, *DOWN, *WEAK_UP, *SPLITS}
Path = tuple[str, ...]


def name_metrics(tables: Sequence[RawTable]) -> list[RawTable]:
    """The tables of files, with a column `metric` where every file's name says that of its only numbers.

    Files that differ in the metric alone are of one run, and their rows get long form. Nothing is changed where a name
    says none, where no two differ in it alone and they say several, and where a file has other numbers as well.
    """
    found = [_take_metric(table.files[0].parts) for table in tables]
    metrics = defaultdict(set)
    for path, metric in found:
        metrics[path].add(metric)
    joined = any(len(some) > 1 for some in metrics.values())
    said = list(dict.fromkeys(metric for _, metric in found))
    if not all(said) or (len(said) > 1 and not joined):
        return list(tables)
    values = [_find_value(table, metric, joined) for table, (_, metric) in zip(tables, found, strict=True)]
    if None in values:
        return list(tables)
    note = f"each file holds one metric, the one in its name: {list_names(said)}"
    return [
        _with_metric(table, path, metric, value, note)
        for table, (path, metric), value in zip(tables, found, values, strict=True)
        if value is not None
    ]


def _with_metric(table: RawTable, path: Path, metric: str, value: str, note: str) -> RawTable:
    """The table of a part of its run, in long form."""
    import polars

    frame = table.frame if plain_name(value) in VALUES else table.frame.rename({value: "value"})
    named = replace(table, files=(replace(table.files[0], parts=path),))
    return named.with_frame(frame.with_columns(polars.lit(metric).alias("metric")), note)


def _find_value(table: RawTable, metric: str, by_own_name: bool) -> str | None:
    """The column of the metric that a file is named for; None where there is none, or others beside it."""
    numbers = [name for name in table.columns if not (is_key(name) or is_bookkeeping(name) or is_setting(name))]
    if any(plain_name(name) in METRICS for name in numbers):
        return None
    named = [name for name in numbers if plain_name(name) in VALUES or higher_is_better_by_name(name) is not None]
    if len(named) != 1:
        return None
    own = by_own_name and bool(NAMES & set(split_words(named[0])) & set(split_words(metric)))
    return named[0] if own or plain_name(named[0]) in VALUES else None


def _take_metric(path: Path) -> tuple[Path, str]:
    """A path without the only metric that it names, and that metric; "" where it names none, or several.

    >>> _take_metric(("cosine_val_loss_s1.csv",)), _take_metric(("cosine_s1", "acc.csv"))
    ((('cosine_s1.csv',), 'val_loss'), (('cosine_s1', 'rows.csv'), 'acc'))
    """
    name = PurePath(path[-1])
    if exported := EXPORTED.match(name.stem):
        return (*path[:-1], exported["run"] + name.suffix), exported["metric"]
    return cut_only_word(path, _spans)


def _spans(name: str) -> list[tuple[int, int]]:
    """Where a name has words of metrics side by side, from the first letter to behind the last."""
    spans: list[list[re.Match[str]]] = [[]]
    for word in WORD.finditer(name):
        if set(split_words(word[0])) <= BESIDE:
            spans[-1].append(word)
        elif spans[-1]:
            spans.append([])
    named = [words for words in spans if any(NAMES & set(split_words(word[0])) for word in words)]
    return [(words[0].start(), words[-1].end()) for words in named]
