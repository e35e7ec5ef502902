"""Rows of training and of test: a metric for each, never runs of one arm."""

import polars
import pytest

from lrlab.errors import RunsError, UnknownName
from lrlab.trackers import read_runs

RUNS = [("constant", 0, 0.91), ("constant", 1, 0.92), ("cosine", 0, 0.93), ("cosine", 1, 0.94)]
FOUR = {(arm, str(seed)): value for arm, seed, value in RUNS}
TRAIN = {key: pytest.approx(value + 0.05) for key, value in FOUR.items()}


def ends(table):
    frame = table.frame.sort("step", nulls_last=False)
    return {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}


def write(folder, heading, line, parts=("train", "test")):
    """A table with a row for each run and part of the data; values of the first part are 0.05 above."""
    lines = [
        line.format(arm=arm, seed=seed, part=part, value=round(value + 0.05 * (part == parts[0]), 4))
        for arm, seed, value in RUNS
        for part in parts
    ]
    path = folder / "runs.csv"
    path.write_text("\n".join([heading, *lines]))
    return path


@pytest.mark.parametrize("heading", ["split", "phase", "subset", "mode", "Data Split"])
def test_each_part_of_the_data_has_its_metric(tmp_path, heading):
    path = write(tmp_path, f"method,{heading},seed,accuracy", "{arm},{part},{seed},{value}")
    table = read_runs(path)
    assert (ends(table), table.metrics) == (FOUR, ("test/accuracy",))
    assert f"the column `{heading}` says of which data a row is: `train` and `test`" in table.guessed
    assert "metric is `test/accuracy`, higher is better, by its name; beside it `train/accuracy`" in table.guessed
    assert ends(read_runs(path, metric="accuracy")) == FOUR
    assert ends(read_runs(path, metric="train/accuracy")) == TRAIN
    assert ends(read_runs(path, value="accuracy", metric="foo")) == FOUR
    both = read_runs(path, metric=["test/accuracy", "train/accuracy"])
    assert (both.metrics, both.frame.height) == (("test/accuracy", "train/accuracy"), 8)
    with pytest.raises(UnknownName, match=r"unknown metric 'val/accuracy'; did you mean"):
        read_runs(path, metric="val/accuracy")


def test_without_seeds_the_rows_of_one_part_are_the_runs(tmp_path):
    table = read_runs(write(tmp_path, "method,split,loss", "{arm},{part},{value}"))
    assert (table.metrics, table.frame.height) == (("test/loss",), 4)
    assert table.frame.group_by("arm").len()["len"].to_list() == [2, 2]


def test_training_and_validation_at_steps_of_their_own(tmp_path):
    lines = [
        f"{arm},{part},{2 * step + (part == 'val')},{seed},{value - 0.1 * (1 - step) + 0.05 * (part == 'train')}"
        for arm, seed, value in RUNS
        for step in (0, 1)
        for part in ("train", "val")
    ]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(["method,phase,epoch,seed,accuracy", *lines]))
    table = read_runs(path)
    assert (ends(table), table.metrics) == (FOUR, ("val/accuracy",))
    assert sorted(table.frame["step"].unique()) == [1, 3]


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("method,seed,split,metric,value", "{arm},{seed},{part},accuracy,{value}"),
        ("method,split,seed_0,seed_1", None),
        ("split,seed,constant,cosine", None),
    ],
)
def test_other_layouts(tmp_path, heading, line):
    path = write(tmp_path, heading, line or "")
    if line is None:
        by = dict(FOUR)
        first = [f"{by['constant', '0']},{by['constant', '1']}", f"{by['cosine', '0']},{by['cosine', '1']}"]
        seeds = [f"{by['constant', str(n)]},{by['cosine', str(n)]}" for n in (0, 1)]
        body = (
            [f"constant,test,{first[0]}", f"cosine,test,{first[1]}", "constant,train,1,1", "cosine,train,1,1"]
            if heading.startswith("method")
            else [f"test,0,{seeds[0]}", f"test,1,{seeds[1]}", "train,0,1,1", "train,1,1,1"]
        )
        path.write_text("\n".join([heading, *body]))
    table = read_runs(path)
    assert ends(table) == FOUR
    assert table.metrics[0].startswith("test/")


def test_columns_that_name_the_data_themselves_keep_their_names(tmp_path):
    path = tmp_path / "runs.csv"
    lines = [f"{arm},{seed},train,0.1,\n{arm},{seed},val,,{value}" for arm, seed, value in RUNS]
    path.write_text("\n".join(["arm,seed,phase,train_loss,val_acc", *lines]))
    table = read_runs(path)
    assert (ends(table), table.metrics) == (FOUR, ("val_acc",))


def test_a_run_that_broke_off_before_its_validation_has_no_value(tmp_path):
    path = write(tmp_path, "arm,split,seed,accuracy", "{arm},{part},{seed},{value}")
    path.write_text(path.read_text().replace("\ncosine,test,1,0.94", ""))
    table = read_runs(path)
    assert table.frame.filter(arm="cosine", seed="1")["value"].is_nan().to_list() == [True]
    assert any("1 run has no value (runs.csv:" in said for said in table.guessed)


def test_arms_of_unlike_data_are_not_compared(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("arm,split,acc\ncosine,test,.9\ncosine,test,.91\nconstant,train,.95\nconstant,train,.96\n")
    with pytest.raises(RunsError, match=r"arm 'constant' has no row of test/acc; leave the arm out, or write --metric"):
        read_runs(path)


@pytest.mark.parametrize(("heading", "parts"), [("split", ("random", "scaffold")), ("phase", ("tune", "final"))])
def test_parts_of_other_names_are_asked_for(tmp_path, heading, parts):
    path = write(tmp_path, f"method,{heading},acc", "{arm},{part},{value}", parts)
    with pytest.raises(RunsError, match=rf"several metrics: `{parts[0]}/acc` and `{parts[1]}/acc`; write --metric"):
        read_runs(path)
    assert read_runs(path, metric=f"{parts[1]}/acc").frame.height == 4
    assert read_runs(path, arm=f"method,{heading}").frame["arm"].n_unique() == 4


def test_folds_and_parts_of_a_curve_are_no_data(tmp_path):
    path = write(tmp_path, "method,split,acc", "{arm},{part},{value}", ("fold1", "fold2"))
    assert read_runs(path).frame.height == 8
    lines = [
        f"{arm},{seed},{step},{'warm' if step else 'main'},{value}" for arm, seed, value in RUNS for step in (0, 1)
    ]
    path.write_text("\n".join(["arm,seed,step,phase,loss", *lines]))
    assert read_runs(path).metrics == ("loss",)


def test_two_columns_of_data_are_refused(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("arm,split,mode,acc\na,test,val,.9\na,train,train,.9\nb,test,train,.9\nb,train,val,.9\n")
    with pytest.raises(RunsError, match=r"`split` and `mode` say of which data a row is; leave all but one"):
        read_runs(path)


def test_frames_whose_cells_are_empty_on_other_data():
    rows = [
        {"arm": arm, "seed": seed, "split": part, "loss": 0.3 if part == "train" else None, "acc": value}
        for arm, seed, value in RUNS
        for part in ("train", "test", None)
    ]
    table = read_runs(polars.DataFrame(rows))
    assert (ends(table), table.metrics) == (FOUR, ("test/acc",))
    assert "metric is `test/acc`, higher is better, by its name; beside it `train/loss`, `train/acc` and `acc`" in (
        table.guessed
    )
