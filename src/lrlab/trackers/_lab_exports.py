"""Tables that this lab wrote: `results.trials()`, `results.epochs()`, and the records kept of published studies."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import AskedColumns
from ._raw_table import FILE, LINE, RawTable
from ._words import list_names

if TYPE_CHECKING:
    import polars

TRIALS = {"phase", "outcome", "metric", "test_score", "schedule", "peak", "seed"}
EPOCHS = {"phase", "label", "peak", "seed", "key", "epoch"}
CONFIRM = "confirm"


def read_lab_export(table: RawTable, asked: AskedColumns) -> tuple[RawTable, AskedColumns]:
    """The trials of the confirm phase, their score under the metric's name, and which of them did not learn.

    Tables that others wrote come back as they are.

    Raises RunsError: no trial of the confirm phase, or parts of a study that share arms.
    """
    columns = set(table.columns)
    if not (columns >= TRIALS or columns >= EPOCHS) or not columns & {"label", "arm"}:
        return table, asked
    frame = table.frame.filter(table.frame["phase"] == CONFIRM)
    if frame.is_empty():
        raise RunsError(
            f"{table.files[0].name}: no trial of the confirm phase; those of tuning choose peaks and judge nothing"
        )
    notes = [f"only the confirm phase counts: {frame.height} of {table.frame.height} rows"]
    if "part" in columns and frame["part"].n_unique() > 1 and "part" not in asked.arm:
        parts = list_names(frame["part"].unique(maintain_order=True))
        raise RunsError(f"the parts {parts} are studies of their own; keep one in the file, or write --arm part,arm")
    arm = asked.arm or (("arm",) if "arm" in columns else ("label",))
    if "outcome" not in columns:
        return table.with_frame(frame, *notes), replace(
            asked, arm=arm, seed=asked.seed or "seed", step=asked.step or "epoch"
        )
    name = frame["metric"][0] or "score"
    table, metrics = _note_ends(table, frame), asked.metrics or (f"test_{name}",)
    frame = _name_scores(frame, name)
    return table.with_frame(frame, *notes, f"metric is `{metrics[0]}`"), replace(
        asked, arm=arm, seed=asked.seed or "seed", metrics=metrics
    )


def _note_ends(table: RawTable, frame: "polars.DataFrame") -> RawTable:
    """The table with the rows of trials that diverged or learned nothing, and the study's key."""

    def rows_where(column: str, word: str) -> frozenset[tuple[int, int]]:
        found = frame.filter(frame[column].cast(polars.String).str.to_lowercase() == word)
        return frozenset(found.select(FILE, LINE).iter_rows())

    import polars

    at_chance = rows_where("learned", "false") if "learned" in frame.columns else frozenset()
    keys = frame["study"].unique() if "study" in frame.columns else []
    key = str(keys[0]) if len(keys) == 1 else ""
    return replace(
        table,
        diverged=rows_where("outcome", "diverged"),
        at_chance=at_chance,
        key=key if re.fullmatch("[0-9a-f]{16}", key) else "",
    )


def _name_scores(frame: "polars.DataFrame", name: str) -> "polars.DataFrame":
    """Scores under their metric's name."""
    scores = {
        column: f"{column.removesuffix('_score')}_{name}" for column in frame.columns if column.endswith("_score")
    }
    taken = [name for name in scores.values() if name in frame.columns]  # the metric is the loss, in columns of its own
    return frame.drop("metric", *taken).rename(scores)
