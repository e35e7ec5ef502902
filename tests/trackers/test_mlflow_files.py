"""MLflow's folder of runs, `mlruns/`, as its file store writes it."""

import json
import math

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import read_runs

ARMS = ("constant", "cosine")
RUNS = [(arm, seed) for arm in ARMS for seed in (0, 1)]
META = """\
artifact_uri: file:///mlruns/1/{key}/artifacts
end_time: 1700000001000
experiment_id: '1'
lifecycle_stage: {stage}
run_id: {key}
run_name: {name}
run_uuid: {key}
start_time: {start}
status: {status}
user_id: me
"""


def value(arm, seed, step):
    return round(0.5 + 0.1 * step + 0.05 * ARMS.index(arm) + 0.01 * seed, 4)


CURVES = {(arm, str(seed), step): value(arm, seed, step) for arm, seed in RUNS for step in (0, 1)}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_run(folder, arm, seed, *, params=True, stage="active", status=3, metrics=("val/acc", "loss")):
    key = f"{ARMS.index(arm):016x}{seed:016x}"
    run = folder / key
    start = 1700000000000 - seed
    write(run / "meta.yaml", META.format(key=key, name=f"{arm}-seed{seed}", stage=stage, status=status, start=start))
    for kind in ("metrics", "params", "tags"):
        (run / kind).mkdir()
    write(run / "tags" / "mlflow.runName", f"{arm}-seed{seed}")
    for name in metrics:
        lines = [f"17000000000{step}0 {value(arm, seed, step)} {step}" for step in (0, 1)]
        write(run / "metrics" / name, "\n".join(lines) + "\n")
    if params:
        write(run / "params" / "optim" / "schedule", arm)
        write(run / "params" / "seed", str(seed))
    return run


@pytest.fixture
def mlruns(tmp_path):
    write(tmp_path / "mlruns" / "1" / "meta.yaml", "experiment_id: '1'\nlifecycle_stage: active\nname: first\n")
    for arm, seed in RUNS:
        write_run(tmp_path / "mlruns" / "1", arm, seed)
    return tmp_path / "mlruns"


def curves(table):
    rows = table.frame.select("arm", "seed", "step", "value").iter_rows()
    return {(arm, seed, step): value for arm, seed, step, value in rows}


def test_runs_by_their_params(mlruns, tmp_path):
    for place in (mlruns, tmp_path, mlruns / "1"):
        table = read_runs(place)
        assert (curves(table), table.metrics) == (CURVES, ("val/acc",))
        assert "arm is the column `params.optim/schedule`" in table.guessed
    assert table.frame["where"][0].endswith("meta.yaml, run constant-seed1")  # it began first
    assert curves(read_runs(mlruns, metric="loss")) == CURVES
    assert len(curves(read_runs([mlruns / "1" / f"{n:016x}{0:016x}" for n in (0, 1)]))) == 4


def test_runs_by_their_names(tmp_path):
    for arm, seed in RUNS:
        run = write_run(tmp_path / "0", arm, seed, params=False)
        (run / "meta.yaml").write_text((run / "meta.yaml").read_text().replace(f"run_name: {arm}-seed{seed}\n", ""))
    assert curves(read_runs(tmp_path)) == CURVES


def test_what_a_run_stored_beside_its_numbers_is_never_read(mlruns):
    for run in (mlruns / "1").glob("0*"):
        write(run / "artifacts" / "results.csv", "epoch,val_acc\n0,.5\n1,.6\n")
        write(run / "artifacts" / "model" / "input_example.json", json.dumps({"columns": ["x"], "data": [[1.0]]}))
    table = read_runs(mlruns)
    assert curves(table) == CURVES
    assert not any("left out" in said for said in table.guessed)
    for meta in mlruns.rglob("meta.yaml"):
        meta.unlink()
    with pytest.raises(RunsError, match=r"mlruns holds no file of runs; such files .* or MLflow's folders of runs"):
        read_runs(mlruns)


def test_deleted_runs_models_and_runs_that_broke_off(mlruns):
    write_run(mlruns / "2", "cosine", 7, stage="deleted")
    write_run(mlruns / ".trash" / "3", "cosine", 8)
    write(mlruns / "4" / "meta.yaml", "name: gone\nlifecycle_stage: deleted\n")
    write_run(mlruns / "4", "cosine", 6)
    write_run(mlruns / "1", "cosine", 9, status=4, metrics=("loss",))
    write(mlruns / "1" / "models" / "m-1" / "meta.yaml", "model_id: m-1\nname: model\n")
    write(mlruns / "1" / "models" / "m-1" / "metrics" / "val/acc", "1700000000000 0.1 0\n")
    table = read_runs(mlruns)
    found = curves(table)
    assert math.isnan(found.pop(("cosine", "9", None)))
    assert found == CURVES
    assert any("broke off" in said and "cosine-seed9" in said for said in table.guessed)


def test_several_experiments_and_values_that_are_none(mlruns):
    write(mlruns / "2" / "meta.yaml", "name: second\n")
    run = write_run(mlruns / "2", "cosine", 5)
    write(run / "metrics" / "val/acc", "1700000000000 0.5\n1700000000001 nan 1\n1700000000002 inf 2\n")
    table = read_runs(mlruns, arm="experiment_name,params.optim/schedule")
    ends = {key: value for key, value in curves(table).items() if key[0] == "second, cosine"}
    assert [step for *_, step in ends] == [0, 1, 2]
    assert [math.isnan(value) for value in ends.values()] == [False, True, True]


@pytest.mark.parametrize("line", ["17 0.5 1 data digest", "17", "17 high 3"])
def test_lines_of_another_form_are_refused(mlruns, line):
    write(next((mlruns / "1").glob("0*")) / "metrics" / "val/acc", f"17 0.5 1\n{line}\n")
    with pytest.raises(RunsError, match=r"val/acc:2: .*, value and step are due; export .* mlflow\.search_runs\(\)"):
        read_runs(mlruns)
