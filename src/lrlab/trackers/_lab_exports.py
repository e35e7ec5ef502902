"""Tables that this lab wrote: `results.trials()`, `results.epochs()`, and the records kept of published studies."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import Asked
from ._raw_table import RawTable
from ._words import list_names

if TYPE_CHECKING:
    import polars

TRIALS = {"phase", "outcome", "metric", "test_score", "schedule", "peak", "seed"}
EPOCHS = {"phase", "label", "peak", "seed", "key", "epoch"}
CONFIRM = "confirm"


def read_lab_export(table: RawTable, asked: Asked) -> tuple[RawTable, Asked]:
    """The trials of the confirm phase, their score under the metric's name; trials that diverged have no values.

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
    frame, metrics = _name_scores(frame, name), asked.metrics or (f"test_{name}",)
    return table.with_frame(frame, *notes, f"metric is `{metrics[0]}`"), replace(
        asked, arm=arm, seed=asked.seed or "seed", metrics=metrics
    )


def _name_scores(frame: "polars.DataFrame", name: str) -> "polars.DataFrame":
    """Scores under their metric's name, and NaN for all that a diverged trial measured."""
    import polars

    scores = {
        column: f"{column.removesuffix('_score')}_{name}" for column in frame.columns if column.endswith("_score")
    }
    measured = [column for column in frame.columns if column.startswith(("test_", "validation_"))]
    diverged = polars.col("outcome") == "diverged"
    nan = polars.lit("nan") if frame["test_score"].dtype == polars.String else polars.lit(float("nan"))
    frame = frame.with_columns(polars.when(diverged).then(nan).otherwise(polars.col(measured)).name.keep())
    return frame.drop("metric").rename(scores)
