"""Tables that this lab wrote: a study's trials and epochs, and the records kept of published studies."""

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
OF_STORE = (  # of tables of a whole store, in which nothing says which trials belong together
    {"key", "data", "schedule", "peak", "seed", "outcome", "metric", "test_score"},
    {"key", "epoch", "train_loss", "validation_loss", "validation_score"},
)
MEASURED = re.compile(r"(train|validation|test)_(loss|score|f1)")  # columns of epochs
CONFIRM = "confirm"
UP = "higher_is_better"  # the column that says it


def read_lab_export(table: RawTable, asked: AskedColumns) -> tuple[RawTable, AskedColumns]:
    """The trials of the confirm phase, their score under the metric's name, and which of them did not learn.

    Tables that others wrote come back as they are.

    Raises RunsError: no trial of the confirm phase, parts of a study that share arms, or a table of a whole store.
    """
    columns = set(table.columns)
    if not (columns >= TRIALS or columns >= EPOCHS) or not columns & {"label", "arm"}:
        _refuse_store(table, asked)
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
    asked = replace(asked, arm=asked.arm or (("arm",) if "arm" in columns else ("label",)), seed=asked.seed or "seed")
    whole = columns >= TRIALS
    if not whole:
        asked, frame = replace(asked, step=asked.step or "epoch"), _end_diverged(frame)
    if "metric" not in columns:
        if not asked.metrics:
            raise RunsError(
                f"{table.files[0].name}: no column says what the scores of these epochs are, nor which are better; "
                "write --metric validation_loss, or export the study again: lrlab store export FOLDER --study NAME"
            )
        return table.with_frame(frame, *notes), asked
    name = frame["metric"][0] or "score"
    table, metrics = _note_ends(table, frame), asked.metrics or (f"{'test' if whole else 'validation'}_{name}",)
    table = _note_direction(table, frame, name)
    frame = _name_scores(frame, name)
    return table.with_frame(frame, *notes, f"metric is `{metrics[0]}`"), replace(asked, metrics=metrics)


def _refuse_store(table: RawTable, asked: AskedColumns) -> None:
    """Raise RunsError for a table of a whole store, where nobody says what its arms are."""
    if not asked.arm and any(set(table.columns) >= known for known in OF_STORE):
        raise RunsError(
            f"{table.files[0].name} holds all trials of a store, and does not say which were tuned and which confirm; "
            "export one study that is finished: lrlab store export FOLDER --study NAME (lrlab list runs has the names)"
        )


def _note_direction(table: RawTable, frame: "polars.DataFrame", name: str) -> RawTable:
    """The table with the direction of its scores, where a column says it."""
    if UP not in frame.columns:
        return table
    word = str(frame[UP][0]).lower()
    up = {f"{split}_{name}": word == "true" for split in ("test", "validation", "train")}
    return replace(table, directions=up) if word in ("true", "false") else table


def _note_ends(table: RawTable, frame: "polars.DataFrame") -> RawTable:
    """The table with the rows of trials that diverged or learned nothing, and the study's key."""

    def rows_where(column: str, word: str) -> frozenset[tuple[int, int]]:
        if column not in frame.columns:
            return frozenset()
        found = frame.filter(frame[column].cast(polars.String).str.to_lowercase() == word)
        return frozenset(found.select(FILE, LINE).iter_rows())

    import polars

    keys = frame["study"].unique() if "study" in frame.columns else []
    key = str(keys[0]) if len(keys) == 1 else ""
    return replace(
        table,
        diverged=rows_where("outcome", "diverged"),
        at_chance=rows_where("learned", "false"),
        key=key if re.fullmatch("[0-9a-f]{16}", key) else "",
    )


def _end_diverged(frame: "polars.DataFrame") -> "polars.DataFrame":
    """Epochs, with NaN for all that was measured in the last one of a trial that diverged: its curve ends there."""
    import polars

    if "outcome" not in frame.columns:  # of an earlier version
        return frame
    number = polars.col("epoch").cast(polars.Float64, strict=False)
    end = (polars.col("outcome") == "diverged") & (number == number.max().over("key"))
    measured = [name for name in frame.columns if MEASURED.fullmatch(name)]
    nans = [polars.lit("NaN" if frame[name].dtype == polars.String else float("nan")) for name in measured]
    return frame.with_columns(
        polars.when(end).then(nan).otherwise(polars.col(name)).alias(name)
        for name, nan in zip(measured, nans, strict=True)
    )


def _name_scores(frame: "polars.DataFrame", name: str) -> "polars.DataFrame":
    """Scores under their metric's name."""
    scores = {
        column: f"{column.removesuffix('_score')}_{name}" for column in frame.columns if column.endswith("_score")
    }
    taken = [name for name in scores.values() if name in frame.columns]  # the metric is the loss, in columns of its own
    direction = [UP] if UP in frame.columns else []
    return frame.drop("metric", *direction, *taken).rename(scores)
