"""Runs that lie in several files: folders and names say arm and seed, and what they cannot say is refused."""

import gzip
import json
import os
import threading

import pytest

import lrlab
from lrlab.errors import RunsError
from lrlab.trackers import read_runs
from lrlab.trackers._run_names import split_paths, split_run_names

ENDS = {("constant", "1"): 0.5, ("constant", "2"): 0.6, ("cosine", "1"): 0.7, ("cosine", "2"): 0.8}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def ends(table):
    """The value of each run at its last step."""
    frame = table.frame.sort("step", nulls_last=False)
    return {(arm, seed): value for arm, seed, value in frame.select("arm", "seed", "value").iter_rows()}


def curve(end):
    return f"epoch,train_loss,val_acc,lr\n0,2.0,0.1,0.1\n1,1.0,0.3,0.05\n2,0.5,{end},0.01\n"


@pytest.mark.parametrize(
    "place",
    [
        "{arm}_seed{seed}/metrics.csv",
        "{arm}/seed={seed}/metrics.csv",
        "{arm}/seed_{seed}/lightning_logs/version_0/metrics.csv",
        "{arm}/{seed}/metrics.csv",
        "seed{seed}/{arm}/history.csv",
        "{arm}-s{seed}.csv",
        "run_{arm}_seed{seed}.csv",
        "schedule={arm},seed={seed}/metrics.csv",
        "{arm}.seed{seed}.csv",
        "{arm}-{seed}/progress.csv",
    ],
)
def test_names_of_files_and_folders_say_arm_and_seed(tmp_path, place):
    for (arm, seed), end in ENDS.items():
        write(tmp_path / place.format(arm=arm, seed=seed), curve(end))
    table = read_runs(tmp_path)
    assert table.seeded
    assert table.metrics == ("val_acc",)
    assert table.frame["step"].n_unique() == 3
    found = {(arm.split("=")[-1].removeprefix("run_"), seed): value for (arm, seed), value in ends(table).items()}
    assert found == ENDS
    assert any("names of the files" in said for said in table.guessed)


def test_a_file_for_each_arm_with_its_seeds_inside(tmp_path):
    for arm in ("constant", "cosine"):
        rows = [f"{seed},{end}" for (name, seed), end in ENDS.items() if name == arm]
        write(tmp_path / f"{arm}.csv", "seed,acc\n" + "\n".join(rows))
    table = read_runs([tmp_path / "constant.csv", tmp_path / "cosine.csv"])
    assert ends(table) == ENDS
    assert "arm is the name of the file: `constant` and `cosine`" in table.guessed
    assert table.frame["where"][0] == "constant.csv:2"
    assert len(table.sources) == 2


def test_parts_of_one_table_are_joined(tmp_path):
    for number, arm in enumerate(("constant", "cosine")):
        rows = [f"{arm},{seed},{end}" for (name, seed), end in ENDS.items() if name == arm]
        write(tmp_path / f"part-{number}.csv", "arm,seed,acc\n" + "\n".join(rows))
    assert ends(read_runs(tmp_path)) == ENDS


def test_settings_inside_files_beside_their_names_are_refused(tmp_path):
    for number in (1, 2):
        write(tmp_path / f"part{number}.csv", f"lr,seed,acc\n0.1,{number},0.9\n0.2,{number},0.8\n")
    with pytest.raises(RunsError, match=r"the arm may be `lr`, or the name of the file; write --arm lr or --arm file"):
        read_runs(tmp_path)
    assert set(read_runs(tmp_path, arm="lr").frame["arm"]) == {"0.1", "0.2"}


def test_the_name_of_a_file_is_asked_for(tmp_path):
    for arm in ("a", "b"):
        write(tmp_path / f"{arm}.csv", "schedule,seed,acc\nx,1,0.9\ny,2,0.8\n")
    assert set(read_runs(tmp_path, arm="file").frame["arm"]) == {"a", "b"}
    with pytest.raises(RunsError, match=r"the names of the files have no seeds; call them like cosine_seed3\.csv"):
        read_runs(tmp_path, arm="file", seed="file")
    with pytest.raises(RunsError, match=r"the names of the files tell no arms apart; write --arm COLUMN"):
        read_runs(tmp_path / "a.csv", arm="file")


def test_a_name_without_the_seed_that_others_have(tmp_path):
    write(tmp_path / "cosine_seed1.csv", "acc\n0.9\n")
    write(tmp_path / "constant.csv", "acc\n0.8\n")
    with pytest.raises(
        RunsError, match=r"constant\.csv: its name has no seed, as others have; call it like cosine_seed1\.csv"
    ):
        read_runs(tmp_path)


def test_metrics_are_the_names_of_files(tmp_path):
    write(tmp_path / "test_acc.csv", "seed,constant,cosine\n1,0.5,0.7\n2,0.6,0.8\n")
    write(tmp_path / "test_loss.csv", "seed,constant,cosine\n1,1.5,1.7\n2,1.6,1.8\n")
    table = read_runs(tmp_path)
    assert table.metrics == ("test_acc",)
    assert ends(table) == ENDS
    both = read_runs(tmp_path, metric=["test_acc", "test_loss"])
    assert both.higher_is_better == {"test_acc": True, "test_loss": False}
    assert both.frame.height == 8


def test_a_metric_that_one_file_lacks(tmp_path):
    write(tmp_path / "cosine.csv", "seed,test_acc\n1,0.9\n2,0.8\n")
    write(tmp_path / "constant.csv", "seed,test_accuracy\n1,0.9\n2,0.8\n")
    with pytest.raises(RunsError, match=r"there are several metrics: .*; write --metric"):
        read_runs(tmp_path)
    with pytest.raises(
        RunsError, match=r"constant\.csv has no column `test_acc`, as cosine\.csv has, but `test_accuracy`; give"
    ):
        read_runs(tmp_path, metric="test_acc")


def test_a_run_that_broke_off_before_it_was_tested(tmp_path):
    write(tmp_path / "cosine_seed1.csv", "step,train_loss,test_acc\n1,0.9,\n2,,0.8\n")
    write(tmp_path / "constant_seed1.csv", "step,train_loss\n1,0.9\n")
    table = read_runs(tmp_path, metric="test_acc")
    assert table.frame.filter(arm="constant")["value"].is_nan().all()
    assert "1 run has no value (constant_seed1.csv:2): taken as diverged" in table.guessed


def test_shares_in_one_file_and_per_cent_in_another(tmp_path):
    write(tmp_path / "cosine.csv", "seed,test_acc\n1,0.9\n2,0.8\n")
    write(tmp_path / "constant.csv", "seed,test_acc\n1,90\n2,80\n")
    with pytest.raises(RunsError, match=r"a share at cosine\.csv:2 \(0\.9\) and in per cent at constant\.csv:2 \(90\)"):
        read_runs(tmp_path)


def test_hydra_and_lightning_say_the_settings(tmp_path):
    for number, ((arm, seed), end) in enumerate(ENDS.items()):
        write(tmp_path / "hydra" / str(number) / "metrics.csv", curve(end))
        write(tmp_path / "hydra" / str(number) / ".hydra" / "overrides.yaml", f"- schedule={arm}\n- seed={seed}\n")
        write(tmp_path / "lightning" / f"version_{number}" / "metrics.csv", curve(end))
        write(
            tmp_path / "lightning" / f"version_{number}" / "hparams.yaml", f"schedule: {arm}\nseed: {seed}\nlr: 0.1\n"
        )
        write(tmp_path / "ray" / f"trial_{number}" / "progress.csv", curve(end))
        write(tmp_path / "ray" / f"trial_{number}" / "params.json", json.dumps({"schedule": arm, "seed": int(seed)}))
    for kind in ("hydra", "lightning", "ray"):
        table = read_runs(tmp_path / kind)
        assert ends(table) == ENDS, kind
        assert "arm is the column `config.schedule`" in table.guessed


def test_lightnings_sparse_rows(tmp_path):
    text = "epoch,step,train_loss,val_acc,test_acc\n0,9,1.0,,\n0,9,,0.4,\n1,19,0.5,,\n1,19,,0.6,\n2,20,,,{}\n"
    for (arm, seed), end in ENDS.items():
        write(tmp_path / f"{arm}_seed{seed}" / "metrics.csv", text.format(end))
    table = read_runs(tmp_path)
    assert table.metrics == ("test_acc",)
    assert ends(table) == ENDS
    assert table.frame["step"].null_count() == 4  # one value a run: no curve
    curves = read_runs(tmp_path, metric="val_acc").frame
    assert curves.height == 8
    assert set(curves["step"]) == {9, 19}


def test_keras_csv_logger(tmp_path):
    text = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n0,0.9,0.1,0.3,0.4,2\n1,0.99,0.05,0.1,{},1\n"
    for (arm, seed), end in ENDS.items():
        write(tmp_path / f"{arm}_seed{seed}.csv", text.format(end))
    table = read_runs(tmp_path)
    assert table.metrics == ("val_accuracy",)
    assert ends(table) == ENDS


def test_trainer_state_of_transformers(tmp_path):
    for (arm, seed), end in ENDS.items():
        history = [{"epoch": 1.0, "loss": 0.5, "learning_rate": 0.1, "grad_norm": 1.0, "step": 10}]
        history += [{"epoch": 1.0, "eval_accuracy": 0.1, "eval_loss": 2.0, "eval_runtime": 1.0, "step": 10}]
        early = {"best_metric": None, "global_step": 10, "log_history": list(history)}
        history += [{"epoch": 2.0, "eval_accuracy": end, "eval_loss": 1.0, "eval_runtime": 1.0, "step": 20}]
        state = {"best_metric": None, "global_step": 20, "log_history": history}
        write(tmp_path / f"{arm}_seed{seed}" / "checkpoint-10" / "trainer_state.json", json.dumps(early))
        write(tmp_path / f"{arm}_seed{seed}" / "checkpoint-20" / "trainer_state.json", json.dumps(state))
        write(tmp_path / f"{arm}_seed{seed}" / "checkpoint-20" / "config.json", '{"hidden": 3}')
    table = read_runs(tmp_path)
    assert table.metrics == ("eval_accuracy",)
    assert ends(table) == ENDS
    assert table.frame.height == 8


def test_files_packed_with_gzip(tmp_path):
    for (arm, seed), end in ENDS.items():
        (tmp_path / f"{arm}_seed{seed}.csv.gz").write_bytes(gzip.compress(curve(end).encode()))
    assert ends(read_runs(tmp_path)) == ENDS
    broken = tmp_path / "cosine_seed2.csv.gz"
    broken.write_bytes(broken.read_bytes()[:-20])
    with pytest.raises(RunsError, match=r"cosine_seed2\.csv\.gz: .*check that it is there, is whole"):
        read_runs(tmp_path)


def test_what_is_not_there(tmp_path):
    with pytest.raises(RunsError, match=r"gone\.csv is not there; write the path of a file of runs, or of a folder"):
        read_runs(tmp_path / "gone.csv")
    with pytest.raises(RunsError, match=r"holds no file of runs; such files end in \.csv"):
        read_runs(tmp_path)
    with pytest.raises(RunsError, match=r"not from int; write one"):
        read_runs(3)


def test_names_whose_numbers_are_no_seeds():
    assert split_run_names(["resnet-18", "resnet-50"]) == [("resnet-18", None), ("resnet-50", None)]
    assert split_run_names(["fluent-sun-12", "odd-owl-13"]) == [("fluent-sun-12", None), ("odd-owl-13", None)]
    assert split_run_names(["a_1", "a_2", "b_1", "b_2"]) == [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]
    assert split_run_names(["lr=0.1", "lr=0.2", "wd=0.1", "wd=0.2"])[0] == ("lr=0.1", None)


def test_paths_without_what_all_share():
    paths = [("out", "cosine", "seed1", "metrics.csv"), ("out", "constant", "seed1", "metrics.csv")]
    assert split_paths(paths) == [("cosine", "1"), ("constant", "1")]
    dated = [("cosine", "2024-01-02", "10-11-12", "log.csv"), ("constant", "2024-01-03", "11-12-13", "log.csv")]
    assert split_paths(dated) == [("cosine", None), ("constant", None)]


@pytest.mark.parametrize("name", ["2024-05-{day}_{arm}_seed{seed}.csv", "{arm}_202405{day}-123{seed}59_s{seed}.csv"])
def test_dates_in_names_tell_no_arms_apart(tmp_path, name):
    for seed in range(3):
        for arm in ("cosine", "constant"):
            path = tmp_path / name.format(arm=arm, seed=seed, day=10 + seed)
            path.write_text(f"step,acc\n0,0.1\n1,0.{seed + 1}\n")
    runs = read_runs(tmp_path).frame.select("arm", "seed").unique().sort("arm", "seed").rows()
    assert runs == [(arm, str(seed)) for arm in ("constant", "cosine") for seed in range(3)]


def test_dates_that_alone_tell_files_apart_are_kept(tmp_path):
    for day in (10, 11):
        (tmp_path / f"2024-05-{day}_seed0.csv").write_text("step,acc\n0,0.1\n1,0.2\n")
    assert read_runs(tmp_path).frame["arm"].unique().sort().to_list() == ["2024-05-10", "2024-05-11"]


def test_text_in_place_of_a_path():
    with pytest.raises(RunsError, match=r"cannot be looked at \(File name too long\); write the path"):
        read_runs("arm,seed,acc\n" + "a,1,2\n" * 1000)
    with pytest.raises(RunsError, match=r"arm,acc\\na,1 is not there; write the path"):
        read_runs("arm,acc\na,1")


def test_a_pipe_is_read_as_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    rows = "arm,seed,acc\na,0,0.1\nb,0,0.2\n"
    writer = threading.Thread(target=pipe.write_text, args=[rows])
    writer.start()
    assert read_runs(pipe).frame["value"].to_list() == [0.1, 0.2]
    writer.join()


@pytest.mark.parametrize(("name", "text"), [("config.yaml", "a: [" * 3000), ("config.json", "[" * 100_000)])
def test_settings_that_cannot_be_read_are_none(tmp_path, name, text):
    for arm in "ab":
        (tmp_path / arm).mkdir()
        (tmp_path / arm / "metrics.csv").write_text("step,acc\n0,0.1\n1,0.2\n")
        (tmp_path / arm / name).write_text(text)
    assert read_runs(tmp_path).frame.height == 4


@pytest.mark.parametrize("folder", [b"runs", b"d\xe9p\xf4t"])
def test_names_of_files_that_are_not_utf_8_are_escaped(tmp_path, folder):
    place = tmp_path / os.fsdecode(folder)
    place.mkdir()
    for arm in (b"constant", b"d\xe9croissant"):
        try:
            (place / os.fsdecode(arm + b".csv")).write_text("seed,acc\n" + "".join(f"{n},0.{n}\n" for n in range(1, 7)))
        except OSError:
            pytest.skip("names of this file system are UTF-8")
    table = read_runs(place)
    assert set(table.frame["arm"]) == {"constant", r"d\udce9croissant"}
    assert any(where.startswith(r"d\udce9croissant.csv:") for where in table.frame["where"])
    judged = lrlab.judge(place)
    assert all(text.isprintable() for text in judged.judgement.sources)
    assert all(part.encode("utf-8") for part in judged.answer.splitlines())


def test_logs_that_keep_a_copy_of_themselves(tmp_path):
    for (arm, seed), end in ENDS.items():
        rows = [{"loss": 2.0, "step": 10}, {"val_acc": 0.1, "step": 10}, {"val_acc": end, "step": 20}]
        text = "\n".join(json.dumps(row) for row in rows)
        run = tmp_path / "mm" / f"{arm}_seed{seed}" / "20240101_120000"
        write(run / "vis_data" / "scalars.json", text)
        write(run / "vis_data" / "20240101_120000.json", text)
        whole = {"epoch": 3.0, "eval_accuracy": end, "train_loss": 0.1}
        run = tmp_path / "hf" / f"{arm}_seed{seed}"
        write(run / "all_results.json", json.dumps(whole))
        write(run / "eval_results.json", json.dumps({"epoch": 3.0, "eval_accuracy": end}))
        write(run / "train_results.json", json.dumps({"epoch": 3.0, "train_loss": 0.1}))
    assert ends(read_runs(tmp_path / "mm", metric="val_acc")) == ENDS
    assert ends(read_runs(tmp_path / "hf")) == ENDS
    for path in (tmp_path / "hf").rglob("all_results.json"):
        path.unlink()
    table = read_runs(tmp_path / "hf")
    assert (ends(table), table.metrics) == (ENDS, ("eval_accuracy",))


@pytest.mark.parametrize("place", ["{arm}_{seed}.log", "{arm}_seed{seed}.log", "{arm}_seed{seed}/training.log"])
def test_tables_that_are_called_logs(tmp_path, place):
    for (arm, seed), end in ENDS.items():
        write(tmp_path / place.format(arm=arm, seed=seed), curve(end))
    write(tmp_path / "debug.log", "12:00:01, started\n12:00:02, done\n")
    assert ends(read_runs(tmp_path)) == ENDS
    files = [tmp_path / place.format(arm=arm, seed=seed) for arm, seed in ENDS]
    assert ends(read_runs(files)) == ENDS


def test_logs_that_are_no_tables_are_left_alone(tmp_path):
    for arm, seed in ENDS:
        write(tmp_path / f"{arm}_seed{seed}" / "log.log", "step 1, loss 2.0\nstep 2, loss 1.0\n")
    with pytest.raises(RunsError, match=r"holds no file of runs; such files end in .*, or \.log where they are tables"):
        read_runs(tmp_path)
    for (arm, seed), end in ENDS.items():
        write(tmp_path / f"{arm}_seed{seed}" / "results.csv", curve(end))
    table = read_runs(tmp_path)
    assert ends(table) == ENDS
    assert not any("left out" in said for said in table.guessed)


def test_progress_of_stable_baselines(tmp_path):
    heading = "time/iterations,time/fps,rollout/ep_rew_mean,time/time_elapsed,time/total_timesteps,train/loss"
    for (arm, seed), end in ENDS.items():
        lines = [f"{n},100,{reward},{10 * n},{2048 * n},0.5" for n, reward in ((1, 0.1), (2, end))]
        write(tmp_path / f"{arm}_seed{seed}" / "progress.csv", "\n".join([heading, *lines]))
    table = read_runs(tmp_path)
    assert (ends(table), table.metrics) == (ENDS, ("rollout/ep_rew_mean",))
    assert table.higher_is_better == {"rollout/ep_rew_mean": True}
    assert sorted(table.frame["step"].unique()) == [2048, 4096]
