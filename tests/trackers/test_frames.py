"""Frames, rows and Parquet: the same runs as from text."""

import datetime

import polars
import pytest

from lrlab.errors import RunsError, UnknownName
from lrlab.trackers import read_runs

ROWS = [
    {"schedule": "cosine", "seed": 0, "acc": 0.93},
    {"schedule": "cosine", "seed": 1, "acc": float("nan")},
    {"schedule": "constant", "seed": 0, "acc": None},
    {"schedule": "constant", "seed": 1, "acc": 0.92},
]
VALUES = {("cosine", "0"): 0.93, ("cosine", "1"): None, ("constant", "0"): None, ("constant", "1"): 0.92}


def values(table):
    rows = table.frame.fill_nan(None).select("arm", "seed", "value").iter_rows()
    return {(arm, seed): number for arm, seed, number in rows}


def test_rows_as_dicts():
    table = read_runs(ROWS)
    assert values(table) == VALUES
    assert table.frame["where"][2] == "the rows, row 3"
    assert table.sources == ()


def test_columns_as_lists():
    assert values(read_runs({name: [row[name] for row in ROWS] for name in ROWS[0]})) == VALUES


def test_a_frame_of_polars_lazy_or_not():
    frame = polars.DataFrame(ROWS, strict=False)
    assert values(read_runs(frame)) == VALUES
    assert values(read_runs(frame.lazy())) == VALUES
    kinds = frame.cast({"schedule": polars.Categorical, "seed": polars.UInt8, "acc": polars.Float32})
    assert values(read_runs(kinds))["cosine", "0"] == pytest.approx(0.93)


def test_structs_are_settings():
    settings = [{"schedule": "a", "seed": 1}, {"schedule": "b", "seed": 1}]
    frame = polars.DataFrame({"config": settings, "acc": [0.5, 0.6]})
    table = read_runs(frame)
    assert values(table) == {("a", "1"): 0.5, ("b", "1"): 0.6}
    assert "arm is the column `config.schedule`" in table.guessed


def test_dates_and_lists_are_no_metrics():
    frame = polars.DataFrame(ROWS, strict=False).with_columns(
        day=polars.lit(datetime.date(2024, 1, 2)), sizes=polars.lit([1, 2]), ok=polars.lit(True)
    )
    assert values(read_runs(frame)) == VALUES
    with pytest.raises(RunsError, match=r"the frame, row 1: 'true' in column `ok`, where a number is due; write NaN"):
        read_runs(frame, metric="ok")


def test_parquet(tmp_path):
    polars.DataFrame(ROWS, strict=False).write_parquet(tmp_path / "runs.parquet")
    table = read_runs(tmp_path / "runs.parquet")
    assert values(table) == VALUES
    assert table.frame["where"][0] == "runs.parquet, row 1"
    whole = (tmp_path / "runs.parquet").read_bytes()
    (tmp_path / "runs.parquet").write_bytes(whole[:200])
    with pytest.raises(RunsError, match=r"runs\.parquet is no whole Parquet file \(.*\); write it again"):
        read_runs(tmp_path / "runs.parquet")


def test_frames_without_rows():
    with pytest.raises(RunsError, match=r"the frame has no rows; it needs one for each run"):
        read_runs(polars.DataFrame({"arm": [], "acc": []}))
    with pytest.raises(RunsError, match=r"the rows holds no rows|it needs one for each run"):
        read_runs([])
    with pytest.raises(RunsError, match=r"the rows, row 2: '3', where an object such as"):
        read_runs([{"arm": "a", "acc": 1}, 3])


def test_a_frame_of_pandas(library):
    pandas = library("pandas")
    frame = pandas.DataFrame(ROWS)
    assert values(read_runs(frame)) == VALUES
    assert values(read_runs(frame.set_index(["schedule", "seed"]))) == VALUES
    assert values(read_runs(frame.astype({"schedule": "category", "seed": "Int64"}))) == VALUES
    wide = frame.dropna().pivot_table(index="schedule", columns="seed", values="acc")
    assert values(read_runs(wide)) == {("cosine", "0"): 0.93, ("constant", "1"): 0.92}
    grouped = frame.fillna(0.5).set_index(["schedule", "seed"]).unstack()
    assert read_runs(grouped).frame.height == 4
    with pytest.raises(RunsError, match=r"two columns of the frame are called 'acc'; give each its own name"):
        read_runs(pandas.concat([frame, frame[["acc"]]], axis=1))


def test_frames_of_settings_as_wandb_hands_them_out(library):
    pandas = library("pandas")
    frame = pandas.DataFrame(
        {
            "name": ["run-1", "run-2"],
            "config": [{"schedule": "a", "seed": 1, "lr": 0.1}, {"schedule": "b", "seed": 1, "lr": 0.1}],
            "summary": [{"acc": 0.5, "_step": 3}, {"acc": float("nan"), "_step": 3}],
        }
    )
    assert values(read_runs(frame)) == {("a", "1"): 0.5, ("b", "1"): None}
    text = frame.to_csv(index=False)
    assert values(read_runs(polars.read_csv(text.encode()))) == {("a", "1"): 0.5, ("b", "1"): None}


def test_columns_by_name():
    rows = [row | {"peak": 0.1 * (1 + row["seed"]), "t": 5, "loss": 1.5} for row in ROWS]
    table = read_runs(rows, arm="schedule,peak", metric="LOSS", higher_is_better=False)
    assert set(table.frame["arm"]) == {f"{name}, peak={peak}" for name in ("constant", "cosine") for peak in (0.1, 0.2)}
    assert table.metrics == ("loss",)
    assert table.higher_is_better == {"loss": False}
    both = read_runs(rows, arm=["schedule"], metric=["loss", "acc"], higher_is_better=True)
    assert both.metrics == ("loss", "acc")
    assert both.higher_is_better == {"loss": True, "acc": True}
    assert both.frame.height == 8
    for option in ("arm", "seed", "metric", "value", "step"):
        with pytest.raises(UnknownName, match=r"unknown column 'scheduel'; did you mean schedule\?"):
            read_runs(rows, **{option: "scheduel"})
    with pytest.raises(RunsError, match=r"'test acc' may be `test_acc` and `test-acc`; write --metric test_acc"):
        read_runs([{"arm": "a", "seed": 1, "test_acc": 1, "test-acc": 2}], metric="test acc")


def test_a_column_of_values_by_name():
    rows = [{"who": "a", "n": 1, "x": 3.0}, {"who": "b", "n": 1, "x": 4.0}]
    table = read_runs(rows, arm="who", seed="n", value="x", metric="quality", higher_is_better=True)
    assert values(table) == {("a", "1"): 3.0, ("b", "1"): 4.0}
    assert table.metrics == ("quality",)
    assert read_runs(rows, arm="who", seed="n", value="x").metrics == ("x",)
    two = [{"arm": "a", "seed": 1, "metric": "acc", "value": 1, "val": 2}]
    with pytest.raises(RunsError, match=r"the value may be `value` and `val`; write --value value"):
        read_runs(two)
    assert values(read_runs(two, value="val")) == {("a", "1"): 2.0}
