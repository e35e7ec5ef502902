"""Tables with a row for each metric: names of metrics are never taken for arms."""

import pytest

import lrlab
from lrlab.errors import RunsError
from lrlab.trackers import read_runs

RUNS = [("constant", 0, 0.91), ("constant", 1, 0.92), ("cosine", 0, 0.93), ("cosine", 1, 0.94)]
FOUR = {(arm, str(seed)): value for arm, seed, value in RUNS}


def ends(table):
    frame = table.frame.sort("step", nulls_last=False)
    return {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}


def rows(heading, key, metrics=("accuracy", "loss"), steps=(None,)):
    """A table with a row for each run, step and metric; key: the cells that say which run it is."""
    lines = [heading]
    for arm, seed, value in RUNS:
        for step in steps:
            for metric in metrics:
                shown = value if metric == metrics[0] else 1 - value
                cells = [key.format(arm=arm, seed=seed, lr={"cosine": 0.1}.get(arm, 0.2)), step, metric, shown]
                lines.append(",".join(str(cell) for cell in cells if cell is not None))
    return "\n".join(lines)


TABLES = {
    "names of runs": ("run,metric,score", "{arm}_seed{seed}", {}),
    "names of runs, and steps": ("run_name,step,metric,value", "{arm}-seed{seed}", {"steps": (0, 1)}),
    "TensorBoard's frame": ("run,tag,step,value", "{arm}/seed{seed}", {"metrics": ("val/acc", "val/loss")}),
    "MLflow's table of metrics": ("run_uuid,key,value", "{arm}_seed{seed}", {}),
    "a run called by its key": ("key,metric,value", "{arm}_seed{seed}", {}),
    "an arm called by its tag": ("tag,seed,metric,value", "{arm},{seed}", {}),
    "an arm in a column of another name": ("kind,seed,metric,score", "{arm},{seed}", {}),
    "a metric among the settings": (
        "arm,config.metric,seed,measure,value",
        "{arm},accuracy,{seed}",
        {},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_arms_are_not_the_metrics(tmp_path, name):
    heading, key, more = TABLES[name]
    path = tmp_path / "runs.csv"
    path.write_text(
        rows(heading, key, **more).replace(",0,val", ",val") if "tag,step" in heading else rows(heading, key, **more)
    )
    if "tag,step" in heading:
        path.write_text(path.read_text().replace("val/acc,", "val/acc,0,").replace("val/loss,", "val/loss,0,"))
    first = more.get("metrics", ("accuracy", "loss"))[0]
    for asked in (None, first):
        table = read_runs(path, metric=asked)
        assert (ends(table), table.metrics) == (FOUR, (first,))


def test_settings_are_the_arms_of_a_long_table(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(rows("lr,seed,metric,value", "{lr},{seed}"))
    assert set(read_runs(path).frame["arm"]) == {"0.1", "0.2"}
    path.write_text(rows("run,lr,metric,value", "{arm}-{seed}x,{lr}"))  # two rows of each run are not two runs
    assert set(read_runs(path).frame["arm"]) == {"0.1", "0.2"}


def test_names_of_files_are_the_arms_of_long_tables(tmp_path):
    for arm, seed, value in RUNS:
        path = tmp_path / f"{arm}_seed{seed}.csv"
        path.write_text(f"step,metric,value\n0,acc,0.1\n0,loss,2\n1,acc,{value}\n1,loss,1\n")
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (FOUR, ("acc",))


def test_a_chart_of_two_metrics(tmp_path):
    lines = [(f"{arm}_seed{seed}", metric) for arm, seed, _ in RUNS for metric in ("acc", "loss")]
    heading = ",".join(f"{run} - {metric}{end}" for run, metric in lines for end in ("", "__MIN", "__MAX"))
    values = ",".join(
        str(value if metric == "acc" else 1)
        for (_, _, value) in RUNS
        for metric in ("acc", "loss") * 1
        for _ in range(3)
    )
    (tmp_path / "chart.csv").write_text(f"Step,{heading}\n1,{values}\n")
    table = read_runs(tmp_path / "chart.csv")
    assert (ends(table), table.metrics) == (FOUR, ("acc",))


def test_a_tracker_s_leader_is_picked_by_a_second_metric(tmp_path):
    table = [
        {"run_name": f"{arm}_seed{seed}", "metric": metric, "step": 0, "value": value + seed / 1000}
        for arm, value in (("constant", 0.9), ("cosine", 0.93))
        for seed in range(6)
        for metric in ("test_acc", "val_acc")
    ]
    judged = lrlab.judge(table, leader_by="val_acc")
    assert judged.judgement.metric.name == "test_acc"
    assert {arm.label for arm in judged.judgement.arms} == {"constant", "cosine"}


@pytest.mark.parametrize("heading", ["tag", "key", "measure", "variable"])
def test_what_may_name_metrics_names_arms_where_its_cells_do(tmp_path, heading):
    path = tmp_path / "runs.csv"
    lines = [f"{arm},{seed},{value}" for arm, seed, value in RUNS]
    path.write_text("\n".join([f"{heading},seed,score", *lines]))
    assert ends(read_runs(path)) == FOUR


@pytest.mark.parametrize(
    ("heading", "way"),
    [
        ("stat,seed,value", r"`stat` holds `acc` and `f1`, which .*; head that column metric, and write --arm COLUMN"),
        ("name,seed,score", r"or where these are arms, write --arm name"),
        ("metric,seed,reading", r"--arm COLUMN and --value COLUMN, or where these are arms, write --arm metric"),
        ("tag,seed,score", r"no column says which arm a run belongs to; write --arm and one of"),
    ],
)
def test_metrics_in_place_of_arms_are_refused(tmp_path, heading, way):
    path = tmp_path / "runs.csv"
    path.write_text("\n".join([heading, "acc,0,.9", "acc,1,.91", "f1,0,.7", "f1,1,.71"]))
    with pytest.raises(RunsError, match=way):
        read_runs(path)
    column = heading.split(",")[0]
    assert set(read_runs(path, arm=column).frame["arm"]) == {"acc", "f1"}


def test_losses_are_arms_where_their_column_says_so(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("objective,seed,acc\nce,0,.9\nce,1,.91\nfocal_loss,0,.7\nfocal_loss,1,.71\n")
    assert set(read_runs(path).frame["arm"]) == {"ce", "focal_loss"}
    path.write_text("method,seed,score\nce,0,.9\nce,1,.91\nfocal_loss,0,.7\nfocal_loss,1,.71\n")
    assert set(read_runs(path).frame["arm"]) == {"ce", "focal_loss"}


def test_a_column_that_tells_rows_apart_and_is_no_metric_is_said(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("arm,tag,seed,acc\na,x,0,.1\na,y,1,.2\na,x,2,.2\nb,x,0,.3\nb,y,1,.4\nb,x,2,.4\n")
    assert "within an arm runs differ in `tag`; --arm A,tag would part them" in read_runs(path).guessed
