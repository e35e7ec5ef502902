"""Files and folders of training and of validation are one run, never rival arms."""

import gzip

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import read_runs

RUNS = [("constant", 0, 0.91), ("constant", 1, 0.92), ("cosine", 0, 0.93), ("cosine", 1, 0.94)]
FOUR = {(arm, str(seed)): pytest.approx(value, rel=1e-6) for arm, seed, value in RUNS}


def ends(table):
    frame = table.frame.sort("step", nulls_last=False)
    return {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def write_parts(folder, place, parts=("train", "val"), more=""):
    """A file for each run and part of the data; training is 0.05 above."""
    for arm, seed, value in RUNS:
        for part in parts:
            ends = (0.5, value + 0.05 * (part == "train"))
            lines = [f"{epoch},{end},{more and part}" for epoch, end in enumerate(ends)]
            write(folder / place.format(arm=arm, seed=seed, part=part), "\n".join([f"epoch,accuracy,{more}", *lines]))


@pytest.mark.parametrize(
    "place",
    [
        "{arm}_seed{seed}/{part}.csv",
        "{arm}_seed{seed}/{part}_log.csv",
        "{arm}_seed{seed}/{part}_log.csv.gz",
        "{arm}_seed{seed}/metrics_{part}.csv",
        "{arm}_seed{seed}_{part}.csv",
        "{arm}_{part}_seed{seed}.csv",
        "{part}/{arm}_seed{seed}.csv",
        "{arm}/{part}/seed{seed}.csv",
        "{arm}_seed{seed}/{part}/metrics.csv",
    ],
)
def test_files_of_training_and_validation_are_one_run(tmp_path, place):
    write_parts(tmp_path, place)
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (FOUR, ("val/accuracy",))
    assert "the name of the file says of which data a row is: `train` and `val`" in table.guessed
    assert (
        table.frame["where"][0].split(":")[0].endswith(place.split("/")[-1].format(arm="constant", seed=0, part="val"))
    )
    assert read_runs(tmp_path, metric="train/accuracy").frame["value"].max() == pytest.approx(0.99)
    by_name = read_runs(tmp_path, arm="file")
    assert (by_name.frame["arm"].n_unique(), by_name.metrics) == (4, ("accuracy",))


def test_a_run_whose_validation_was_never_written(tmp_path):
    write_parts(tmp_path, "{arm}_seed{seed}/{part}.csv")
    (tmp_path / "cosine_seed1" / "val.csv").unlink()
    table = read_runs(tmp_path)
    assert table.frame.filter(arm="cosine", seed="1")["value"].is_nan().all()


def test_columns_of_training_alone(tmp_path):
    for arm, seed, value in RUNS:
        write(tmp_path / f"{arm}_seed{seed}" / "train.csv", "epoch,loss,lr\n1,0.1,0.01\n")
        write(tmp_path / f"{arm}_seed{seed}" / "val.csv", f"epoch,loss,accuracy\n1,0.2,{value}\n")
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (FOUR, ("val/accuracy",))


def test_files_that_say_their_data_themselves(tmp_path):
    write_parts(tmp_path, "{arm}_seed{seed}/{part}.csv", more="split")
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (FOUR, ("val/accuracy",))
    assert "the column `split` says of which data a row is: `train` and `val`" in table.guessed


@pytest.mark.parametrize(
    "place", ["test_{arm}_seed{seed}.csv", "{arm}_seed{seed}/test.csv", "{arm}_seed{seed}/dev/log.csv"]
)
def test_one_word_for_all_files_says_nothing(tmp_path, place):
    write_parts(tmp_path, place, parts=("val",))
    table = read_runs(tmp_path)
    assert table.metrics == ("accuracy",)
    assert {(arm.removeprefix("test_"), seed) for arm, seed in ends(table)} == set(FOUR)


def test_metrics_of_training_and_test_by_the_names_of_files(tmp_path):
    for part, plus in (("train", 0.05), ("test", 0)):
        lines = [f"{seed},{0.91 + seed / 100 + plus},{0.93 + seed / 100 + plus}" for seed in (0, 1)]
        write(tmp_path / f"{part}_acc.csv", "\n".join(["seed,constant,cosine", *lines]))
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (FOUR, ("test/acc",))
    assert read_runs(tmp_path, metric="train_acc").metrics == ("train/acc",)


def test_names_of_runs_that_differ_in_the_data_alone(tmp_path):
    lines = [f"{arm}_{part}_seed{seed},{value}" for arm, seed, value in RUNS for part in ("train", "val")]
    write(tmp_path / "runs.csv", "\n".join(["run,acc", *lines]))
    with pytest.raises(
        RunsError,
        match=r"arms 'constant_train' and 'constant_val' differ only in the data that they name; leave .*--arm",
    ):
        read_runs(tmp_path / "runs.csv")
    write(tmp_path / "runs.csv", "\n".join(["run,acc", *(line.replace("_val", "_b") for line in lines)]))
    assert read_runs(tmp_path / "runs.csv").frame["arm"].n_unique() == 4


def write_events(library, folder, tags, end):
    with library("tensorboardX").SummaryWriter(str(folder)) as writer:
        for tag in tags:
            writer.add_scalar(tag, 0.5, 0)
            writer.add_scalar(tag, end, 1)


@pytest.mark.parametrize(
    ("inner", "tag"),
    [
        ("accuracy_{part}", "accuracy"),  # add_scalars of torch
        ("head_accuracy_{part}", "head/accuracy"),
        ("accuracy_my {part} set", "accuracy"),
        ("accuracy/{part}", "accuracy"),  # of tensorboardX
        ("head/accuracy/{part}", "head/accuracy"),
        ("{part}", "accuracy"),  # Keras
        ("{part}", "epoch_accuracy"),
    ],
)
def test_event_files_of_training_and_validation_are_one_run(tmp_path, library, inner, tag):
    for arm, seed, value in RUNS:
        run = tmp_path / f"{arm}_s{seed}"
        with library("tensorboardX").SummaryWriter(str(run)) as writer:
            writer.add_hparams({"schedule": arm, "seed": seed}, {"hparam/loss": 1.0}, name=f"{1_700_000_000 + seed}.5")
        for part, plus in (("train", 0.05), ("val", 0)):
            write_events(library, run / inner.format(part=part), [tag], value + plus)
    table = read_runs(tmp_path)
    part = inner.format(part="val").split("/")[-1].removeprefix(tag.replace("/", "_") + "_")
    assert (ends(table), table.metrics) == (FOUR, (f"{part}/{tag}",))
    assert "arm is the column `hparams.schedule`" in table.guessed


@pytest.mark.parametrize("place", ["{arm}_s{seed}_{part}", "{part}/{arm}_s{seed}", "{arm}_{part}/s{seed}"])
def test_folders_of_events_named_for_their_data(tmp_path, library, place):
    for arm, seed, value in RUNS:
        for part, plus in (("train", 0.05), ("val", 0)):
            folder = tmp_path / place.format(arm=arm, seed=seed, part=part)
            write_events(library, folder, ["accuracy", "loss"], value + plus)
    if place.endswith("s{seed}") and not place.startswith("{part}"):
        with pytest.raises(RunsError, match=r"arms 'constant_train' and 'constant_val' differ only in the data"):
            read_runs(tmp_path)
    else:
        table = read_runs(tmp_path)
        assert (ends(table), table.metrics) == (FOUR, ("val/accuracy",))
    assert read_runs(tmp_path, arm="file", metric="accuracy").frame["arm"].n_unique() == 4


def test_arms_drawn_into_one_chart_stay_arms(tmp_path, library):
    for arm, seed, value in RUNS:
        write_events(library, tmp_path / f"seed{seed}" / f"accuracy_{arm}", ["accuracy"], value)
    assert {(arm.removeprefix("accuracy_"), seed) for arm, seed in ends(read_runs(tmp_path))} == set(FOUR)
