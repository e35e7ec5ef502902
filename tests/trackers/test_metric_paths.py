"""Files that hold one metric each, and are named for it, are of one run, never rival arms."""

import pytest

from lrlab.errors import UnknownName
from lrlab.trackers import read_runs

ENDS = {"accuracy": {"constant": 0.8, "cosine": 0.9}, "loss": {"constant": 0.5, "cosine": 0.3}}


def write_files(folder, place, column, metrics=("accuracy", "loss"), more=""):
    """A file for each of two arms, two seeds and two metrics, of two steps."""
    for arm in ("constant", "cosine"):
        for seed in (0, 1):
            for metric in metrics:
                path = folder / place.format(arm=arm, seed=seed, metric=metric)
                path.parent.mkdir(parents=True, exist_ok=True)
                end = ENDS[metric.split("_")[-1].split(" ")[-1].lower()][arm] + seed / 100
                head = f"Wall time,Step,{column.format(metric=metric)}{more}"
                path.write_text(f"{head}\n1.5,0,0.1{more and ',1'}\n2.5,1,{end}{more and ',1'}\n")


def ends(table, metric):
    frame = table.frame.filter(metric=metric).sort("step")
    return {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}


def expected(metric):
    return {(arm, str(seed)): pytest.approx(ENDS[metric][arm] + seed / 100) for arm in ENDS[metric] for seed in (0, 1)}


@pytest.mark.parametrize("column", ["Value", "{metric}"])
@pytest.mark.parametrize(
    "place",
    [
        "{arm}_{metric}_seed{seed}.csv",
        "{metric}_{arm}_seed{seed}.csv",
        "{arm}-seed{seed}-{metric}.csv",
        "{arm}_seed{seed}/{metric}.csv",
        "{metric}/{arm}_seed{seed}.csv",
        "run-{arm}_seed{seed}-tag-{metric}.csv",
    ],
)
def test_files_of_several_metrics_are_one_run(tmp_path, place, column):
    write_files(tmp_path, place, column)
    table = read_runs(tmp_path)
    assert (table.metrics, table.higher_is_better) == (("accuracy",), {"accuracy": True})
    assert ends(table, "accuracy") == expected("accuracy")
    assert "each file holds one metric, the one in its name: `accuracy` and `loss`" in table.guessed
    assert ends(read_runs(tmp_path, metric="loss"), "loss") == expected("loss")
    with pytest.raises(UnknownName, match="accuracy"):
        read_runs(tmp_path, metric="f1")


def test_the_whole_of_a_metrics_name_is_kept(tmp_path):
    write_files(tmp_path, "{arm}_{metric}_s{seed}.csv", "value", ("val_accuracy", "train_loss"))
    assert read_runs(tmp_path).metrics == ("val_accuracy",)
    assert ends(read_runs(tmp_path, metric="train_loss"), "train_loss") == expected("loss")


def test_files_of_several_metrics_and_parts_of_the_data_are_one_run(tmp_path):
    names = ("train_accuracy", "val_accuracy", "train_loss", "val_loss")
    write_files(tmp_path, "{arm}_{metric}_s{seed}.csv", "value", names)
    table = read_runs(tmp_path)
    assert ends(table, "val/accuracy") == expected("accuracy")
    assert ends(read_runs(tmp_path, metric="train/loss"), "train/loss") == expected("loss")


def test_one_metric_in_all_names_says_what_the_values_are(tmp_path):
    write_files(tmp_path, "{arm}_{metric}_seed{seed}.csv", "Value", ("loss",))
    table = read_runs(tmp_path)
    assert (table.metrics, table.higher_is_better) == (("loss",), {"loss": False})
    assert ends(table, "loss") == expected("loss")


def test_any_tag_that_is_downloaded_is_a_metric(tmp_path):
    for arm in ("a", "b"):
        for seed in (0, 1):
            (tmp_path / f"run-{arm}_s{seed}-tag-quality.csv").write_text(f"Wall time,Step,Value\n1.5,0,{seed}\n")
    table = read_runs(tmp_path, higher_is_better=True)
    assert (table.metrics, set(table.frame["arm"])) == (("quality",), {"a", "b"})


def test_arms_that_are_losses_stay_arms(tmp_path):
    """Each file has a metric of another name, or numbers beside it, or the file is asked to be the arm."""
    for folder, head, row in (("other", "step,test_accuracy", "1,0.5"), ("both", "step,mse,mae", "1,0.5,0.4")):
        for arm in ("mse", "mae"):
            for seed in (0, 1):
                path = tmp_path / folder / f"{arm}_seed{seed}.csv"
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"{head}\n{row}\n")
    assert set(read_runs(tmp_path / "other").frame["arm"]) == {"mse", "mae"}
    assert set(read_runs(tmp_path / "both", metric="mse").frame["arm"]) == {"mse", "mae"}
    write_files(tmp_path / "asked", "{metric}_{arm}_seed{seed}.csv", "value")
    assert read_runs(tmp_path / "asked", arm="file", higher_is_better=True).frame["arm"].n_unique() == 4


def test_arms_named_for_metrics_beside_others_stay_arms(tmp_path):
    for arm in ("focal_loss", "cosine"):
        (tmp_path / f"{arm}_s0.csv").write_text("step,value\n1,0.5\n2,0.6\n")
    assert set(read_runs(tmp_path, higher_is_better=True).frame["arm"]) == {"focal_loss", "cosine"}


def test_one_file_named_for_its_metric(tmp_path):
    (tmp_path / "val_loss.csv").write_text("arm,seed,value\na,0,0.5\nb,0,0.6\n")
    assert read_runs(tmp_path / "val_loss.csv").higher_is_better == {"val_loss": False}
