"""Which columns say arm, seed, run and step: as asked, else by their names, else by the names of files and runs."""

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._arms import find_arm, say_mixed_settings
from ._asked import BY_FILE, AskedColumns
from ._long_columns import list_doubtful, list_long_columns, refuse_metrics_as_arms
from ._raw_table import RawTable
from ._run_names import split_paths
from ._seeds import find_run, find_seed, split_names
from ._split_column import find_split, holds_splits, say_split
from ._split_paths import refuse_parts_as_arms
from ._words import RUNS, STEPS, find_column, plain_name

if TYPE_CHECKING:
    import polars


NUMBER = re.compile(r"(?<![\w.,])\d+(\.\d*)?(e[+-]?\d{1,2})?(?![\w.,])", re.ASCII)


@dataclass(frozen=True)
class Keys:
    """Of each row: its arm; its seed; else what tells runs apart, if anything does. step: the column of steps.

    split: the column that says of which data a row is. used: the columns that are none of the metrics. notes: what was
    decided.
    """

    arm: "polars.Series"
    seed: "polars.Series | None"
    run: "polars.Series | None"
    step: str | None
    split: str | None
    used: tuple[str, ...]
    notes: tuple[str, ...]


def find_keys(table: RawTable, asked: AskedColumns) -> Keys:
    """Arm, seed, run and step of each row.

    Raises RunsError: none or several columns may be meant, cells are empty. UnknownName: a column that is not there.
    """
    by_file = _split_files(table)
    seed, seed_column, seed_note = find_seed(table, asked, by_file)
    step = find_step(table, asked)
    skip = [column for column in (seed_column, step) if column]
    long, doubtful = _list_other_columns(table, asked, skip)
    arm, arm_columns, arm_note = find_arm(table, asked, by_file, [*skip, *long], doubtful)
    if arm_note and arm_columns:
        refuse_metrics_as_arms(table, asked, arm_columns[0])
    run = None
    if arm_note and arm_columns and plain_name(arm_columns[0]) in RUNS:  # its names may say both
        arm, said, note = split_names(arm)
        seed, arm_note, seed_note = (
            (said, note or arm_note, "") if seed is None else (seed, note or arm_note, seed_note)
        )
    if arm_note and (not arm_columns or plain_name(arm_columns[0]) in RUNS):
        refuse_parts_as_arms(arm.unique(maintain_order=True))
    split = find_split(table, arm, (*arm_columns, *skip), step)
    skip += [split] if split else []
    if seed is None:
        run, column, seed_note = find_run(table, (*arm_columns, *skip, *long))
        skip += [column] if column else []
    mixed = "" if step and len(table.files) == 1 else say_mixed_settings(table, arm, (*arm_columns, *skip, *long))
    notes = (arm_note, seed_note, say_split(table, split), mixed, _say_likeness(arm))
    return Keys(arm, seed, run, step, split, (*arm_columns, *skip), tuple(note for note in notes if note))


def _list_other_columns(table: RawTable, asked: AskedColumns, known: list[str]) -> tuple[list[str], list[str]]:
    """Columns that are no arm unless asked for: names and values of a long table, splits; and those that may be one."""
    named = [find_column(name, table.columns, "--arm") for name in asked.arm if name != BY_FILE]
    metrics, values = list_long_columns(table, asked, [*named, *known])
    splits = [name for name in table.columns if name not in named and holds_splits(table, name)]
    return [*metrics, *values, *splits], list_doubtful(table, metrics)


def find_step(table: RawTable, asked: AskedColumns) -> str | None:
    """The column of steps, or None."""
    if asked.step:
        return find_column(asked.step, table.columns, "--step")
    columns = [name for name in table.columns if not name.startswith(("config.", "params.", "hparams."))]
    for name in STEPS:
        for column in columns:
            if plain_name(column) == name and table.frame[column].n_unique() > 1:
                return column
    return None


def _split_files(table: RawTable) -> list[tuple[str, str | None]]:
    """Arm and seed of each file by its path; none where there is one file."""
    if len(table.files) == 1 or not all(file.parts for file in table.files):
        return [("", None)] * len(table.files)
    return split_paths([file.parts for file in table.files])


def _say_likeness(arm: "polars.Series") -> str:
    """A sentence on arms that differ by how they are written alone, as "Cosine" or "1e-3" may; "" where none do."""
    known: dict[str, str] = {}
    for name in arm.unique(maintain_order=True):
        twin = known.setdefault(_bare_spelling(name), name)
        if twin != name:
            return f"arms {twin!r} and {name!r} are taken as two, as they are not written alike"
    return ""


def _bare_spelling(name: str) -> str:
    """A name without capitals, signs between words and ways to write a letter or a number.

    >>> _bare_spelling("Warm-up 1e-3") == _bare_spelling("warm_up 0.001")
    True
    """
    plain = NUMBER.sub(lambda found: repr(float(found[0])), unicodedata.normalize("NFKC", name).casefold())
    return " ".join(re.sub(r"[\s_-]+", " ", plain).split())
