"""Logs in the forms in which other programs leave them, a folder or a file for each run."""

import json

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import read_runs

RUNS = [(arm, seed) for arm in ("cosine", "linear") for seed in (0, 1, 2)]


def curve(arm, seed):
    return [round(0.5 + 0.1 * epoch + 0.05 * (arm == "cosine") + 0.01 * seed, 4) for epoch in range(4)]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def check(source, metric, **asked):
    """The last value of every run is that of its curve; gives the table."""
    table = read_runs(source, **asked)
    assert (table.metrics, table.seeded) == ((metric,), True)
    frame = table.frame.sort("step").group_by("arm", "seed").last()
    ends = {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}
    assert ends == {(arm, str(seed)): curve(arm, seed)[-1] for arm, seed in RUNS}
    assert table.frame.height == 4 * len(RUNS)
    return table


def test_ray_tune(tmp_path):
    """Its table has the settings as columns, and so has a file beside it."""
    for arm, seed in RUNS:
        folder = tmp_path / f"train_{seed}{arm}_00000_{seed}_schedule={arm},seed={seed}_2024-05-31_12-30-59"
        rows = [f"{value},{epoch},{arm}{seed},{arm},{seed}" for epoch, value in enumerate(curve(arm, seed), 1)]
        head = "val_acc,training_iteration,trial_id,config/schedule,config/seed"
        write(folder / "progress.csv", "\n".join([head, *rows]))
        write(folder / "params.json", json.dumps({"schedule": arm, "seed": seed}))
    assert "seed is the column `config/seed`" in check(tmp_path, "val_acc").guessed


def test_seeds_of_other_cells_are_still_asked_about(tmp_path):
    write(tmp_path / "runs.csv", "arm,config/seed,params.seed,acc\na,0,1,0.5\nb,0,1,0.6\na,1,0,0.5\nb,1,0,0.6\n")
    with pytest.raises(RunsError, match=r"the seed may be `config/seed` and `params.seed`; write --seed config/seed"):
        read_runs(tmp_path / "runs.csv")


def test_sacred(tmp_path):
    for number, (arm, seed) in enumerate(RUNS):
        values = curve(arm, seed)
        times = ["2024-05-31T12:30:59"] * 4
        kept = {"val_acc": values, "loss": [1 - value for value in values]}
        curves = {name: {"steps": [0, 5, 9, 12], "timestamps": times, "values": found} for name, found in kept.items()}
        write(tmp_path / str(number) / "metrics.json", json.dumps(curves))
        write(tmp_path / str(number) / "config.json", json.dumps({"schedule": arm, "seed": seed}))
        write(tmp_path / str(number) / "run.json", json.dumps({"status": "COMPLETED", "result": values[-1]}))
    assert sorted(set(check(tmp_path, "val_acc").frame["step"])) == [0, 5, 9, 12]


def test_steps_and_values_that_are_no_lists(tmp_path):
    write(tmp_path / "a_s0.json", '{"acc": {"steps": 3, "values": 0.5}}')
    with pytest.raises(RunsError, match=r"the steps and values of 'acc' are no lists; write one of each"):
        read_runs(tmp_path / "a_s0.json")
    write(tmp_path / "a_s0.json", '{"acc": {"steps": [1, 2], "values": [0.5]}}')
    with pytest.raises(RunsError, match=r"columns of different lengths \(steps: 2, values: 1\)"):
        read_runs(tmp_path / "a_s0.json")


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_history_without_steps(tmp_path, ending):
    """Keras' `History.history`: the rows of a run are its epochs."""
    for arm, seed in RUNS:
        columns = {"loss": [1.0, 0.8, 0.7, 0.6], "val_accuracy": curve(arm, seed)}
        rows = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
        text = json.dumps(columns) if ending == "json" else "\n".join([",".join(columns), *rows])
        write(tmp_path / f"{arm}_s{seed}.{ending}", text)
    table = check(tmp_path, "val_accuracy")
    assert table.frame["step"].max() == 4
    assert "steps are the rows of each file, in their order" in table.guessed
    assert not any(note.startswith("step is the column") for note in table.guessed)


def test_rows_that_something_else_tells_apart_are_no_steps(tmp_path):
    for arm, seed in RUNS:
        rows = "".join(f"{fold},{value}\n" for fold, value in enumerate(curve(arm, seed)))
        write(tmp_path / f"{arm}_s{seed}.csv", f"fold,acc\n{rows}")
    with pytest.raises(RunsError, match="is given twice"):
        read_runs(tmp_path)
    for arm, _ in RUNS:
        write(tmp_path / "arms" / f"{arm}.csv", "acc\n0.5\n0.6\n")
    with pytest.raises(RunsError, match="where a row is a run, add a column seed, where it is a step, a column step"):
        read_runs(tmp_path / "arms")


def test_rows_of_classes_are_no_steps(tmp_path):
    for arm, seed in RUNS:
        rows = "".join(f"{number},{value}\n" for number, value in enumerate(curve(arm, seed)))
        write(tmp_path / f"{arm}_s{seed}.csv", f"class,f1\n{rows}")
    with pytest.raises(RunsError, match="is given twice"):
        read_runs(tmp_path, metric="f1")


def test_curves_of_several_parts(tmp_path):
    """As gradient boosting keeps what it evaluated."""
    for arm, seed in RUNS:
        kept = {"validation_0": {"logloss": [1.0, 0.8, 0.7, 0.6], "auc": curve(arm, seed)}}
        write(tmp_path / f"{arm}_s{seed}.json", json.dumps(kept))
    check(tmp_path, "validation_0.auc")


@pytest.mark.parametrize("names", [("eval_top1", "eval_top5"), ("val/acc1", "val/acc5"), ("acc@1", "acc@5")])
def test_the_first_of_five_is_the_score(tmp_path, names):
    for arm, seed in RUNS:
        rows = "".join(f"{epoch},{value},1,0.3\n" for epoch, value in enumerate(curve(arm, seed)))
        write(tmp_path / f"{arm}-s{seed}" / "summary.csv", f"epoch,{','.join(names)},lr\n{rows}")
    check(tmp_path, names[0])


def test_detections(tmp_path):
    """Padded names of columns, and rates by group of parameters."""
    for arm, seed in RUNS:
        rows = "".join(f"   {epoch},  1.0,   {value},   0.1\n" for epoch, value in enumerate(curve(arm, seed)))
        head = "          epoch,   train/box_loss,   metrics/mAP50-95(B),   lr/pg0"
        write(tmp_path / f"{arm}_s{seed}" / "results.csv", f"{head}\n{rows}")
    assert check(tmp_path, "metrics/mAP50-95(B)").higher_is_better == {"metrics/mAP50-95(B)": True}


def test_comets_export(tmp_path):
    rows = [
        f"val_acc,{value},1700000{epoch},{epoch},,{arm}-seed{seed}"
        for arm, seed in RUNS
        for epoch, value in enumerate(curve(arm, seed))
    ]
    write(tmp_path / "comet.csv", "\n".join(["metricName,metricValue,timestamp,step,epoch,experimentKey", *rows]))
    check(tmp_path / "comet.csv", "val_acc")


@pytest.mark.parametrize("times", [1, 3000])
def test_a_log_of_sentences_is_no_table(tmp_path, times):
    lines = [
        f"step {step}: train loss {4 - step / 1e4:.4f}, val loss {4.1 - step / 1e4:.4f}" for step in range(3 * times)
    ]
    write(tmp_path / "cosine_s0.txt", "\n".join(lines))
    with pytest.raises(RunsError, match=r"'step 0: train loss 4.0000, val loss 4.1000' is no heading; write a table"):
        read_runs(tmp_path / "cosine_s0.txt")
