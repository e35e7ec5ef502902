"""What is written to a tracker reads back: by its own library where it is here, and by the judge."""

import math
import sqlite3
import sys
from types import ModuleType, SimpleNamespace

import pytest

from lrlab.errors import RunsError, StudyError, UnknownName
from lrlab.spec import Axis
from lrlab.trackers import TrackerPlace, _sinks, read_runs, trackers_of
from lrlab.trackers._lab_runs import keep_confirmed
from lrlab.trackers._sink_mlflow import MlflowSink
from lrlab.trackers._sink_optuna import OptunaSink, _number_on
from lrlab.trackers._sink_tensorboard import TensorBoardSink
from lrlab.trackers._sink_trackio import TrackioSink
from lrlab.trackers._sink_wandb import WandbSink
from lrlab.trackers._tracked import TrackedRun
from lrlab.trackers._trial_run import TrackedTrial
from support.results import PER_EPOCH, example_results, own_loop_results

RESULTS = example_results()
RATES = (0.1, 0.2, 0.3, math.nan)


def run_of(record, phase="confirm"):
    return TrackedTrial(RESULTS.study, phase, record.trial, record, RATES)


def failed_run(phase="confirm"):
    return TrackedTrial(RESULTS.study, phase, RESULTS.confirmed[0].trial, None, message="no memory was left")


CONFIRMED = [run_of(record) for record in RESULTS.confirmed]
TUNED = [run_of(record, "tune") for record in RESULTS.tuned]
TEST = {(run.arm, str(run.trial.seed)): run.record.test.score for run in CONFIRMED}
LOSSES = {
    (run.arm, str(run.trial.seed), number * PER_EPOCH): epoch.validation_loss
    for run in CONFIRMED
    for number, epoch in enumerate(run.record.epochs, 1)
    if epoch.validation_loss is not None
} | {(run.arm, str(run.trial.seed), run.record.updates): run.record.validation.loss for run in CONFIRMED}


def write_all(sink, runs):
    sink.open()
    for run in runs:
        sink.write(run)
    return sink.close()


def reads_back(source):
    """The judge reads what was written of the confirm phase: the values at the end, and the curves."""
    table = read_runs(source)
    assert table.metrics == ("test/accuracy",)
    assert table.seeded
    assert any(note.startswith("only the confirm phase counts: ") for note in table.guessed)
    found = {(arm, seed): value for arm, seed, value in table.frame.select("arm", "seed", "value").iter_rows()}
    assert found == {key: pytest.approx(value, rel=1e-6) for key, value in TEST.items()}
    curves = read_runs(source, metric="validation/loss").frame.select("arm", "seed", "step", "value").iter_rows()
    assert {(arm, seed, step): value for arm, seed, step, value in curves} == {
        key: pytest.approx(value, rel=1e-6) for key, value in LOSSES.items()
    }
    rates = set(read_runs(source, metric="rate").frame["value"].round(6))
    assert rates == {0.1, 0.2, 0.3}


def test_a_trial_as_trackers_take_it():
    run = CONFIRMED[0]
    assert run.name == f"{run.arm}, peak {run.trial.peak:g}, seed {run.trial.seed}"
    told = run.config
    assert (told["arm"], told["peak"], told["seed"]) == (run.arm, run.trial.peak, run.trial.seed)
    assert {"optimizer", "momentum", "batch_size", "budget", "task", "study", "phase"} <= set(told)
    assert told["outcome"] == "finished"
    steps = dict(run.points)
    assert list(steps) == [PER_EPOCH, 2 * PER_EPOCH, 3 * PER_EPOCH, 4 * PER_EPOCH]
    assert steps[PER_EPOCH]["rate"] == 0.1
    assert "rate" not in steps[4 * PER_EPOCH]  # which is not known
    assert steps[4 * PER_EPOCH]["test/accuracy"] == run.record.test.score
    assert "test/accuracy" not in steps[PER_EPOCH]


def test_a_trial_that_diverged_has_no_score():
    run = next(run for run in TUNED if run.record.diverged)
    assert run.config["outcome"] == "diverged"
    step, values = run.points[-1]
    assert step == run.record.diverged_at
    assert math.isnan(values["test/accuracy"])
    assert math.isnan(values["test/loss"])
    at_once = run._replace(record=run.record.model_copy(update={"diverged_at": 0}))
    assert math.isnan(dict(at_once.points)[0]["test/loss"])


def test_the_optimizer_of_a_loop_of_the_users_own_is_not_said():
    record = own_loop_results(RESULTS).confirmed[0]
    told = run_of(record).config
    assert not {"optimizer", "momentum", "batch_size"} & set(told)
    assert "test/loss" not in run_of(record).final


def test_names_of_folders_stay_inside():
    study = RESULTS.study.model_copy(update={"name": "s"})
    run = CONFIRMED[0]._replace(study=study, phase="../../tune")
    assert all("/" not in part and not part.startswith(".") for part in run.folders)
    assert len({run.folders for run in CONFIRMED}) == len(CONFIRMED)


def test_tensorboard(tmp_path, library):
    library("tensorboardX")
    words = write_all(TensorBoardSink(tmp_path), [*TUNED, *CONFIRMED, failed_run()])
    assert str(tmp_path) in words
    reads_back(tmp_path)
    reads_back(tmp_path / RESULTS.study.name / "confirm")
    write_all(TensorBoardSink(tmp_path), CONFIRMED[:2])  # as after the note of what was written was lost
    reads_back(tmp_path)
    with pytest.raises(RunsError, match=r"no trial of the confirm phase; those of tuning choose peaks and judge noth"):
        read_runs(tmp_path / RESULTS.study.name / "tune")


def test_tensorboard_keeps_that_a_trial_diverged(tmp_path, library):
    library("tensorboardX")
    write_all(TensorBoardSink(tmp_path), [run._replace(phase="confirm") for run in TUNED if run.trial.peak == 0.3])
    values = read_runs(tmp_path).frame["value"]
    assert sum(map(math.isnan, values)) == 1


@pytest.mark.slow
def test_wandb(tmp_path, library, monkeypatch):
    wandb = library("wandb")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_MODE", "offline")
    try:
        words = write_all(WandbSink("lrlab"), [TUNED[0], *CONFIRMED, failed_run()])
    finally:
        wandb.teardown()
    assert "wandb sync" in words
    reads_back(tmp_path / "wandb")


class FakeClient:
    """MLflow's client as far as it is called, writing what the judge reads: mlflow 3.17 has these signatures."""

    def __init__(self, tracking_uri=None):
        assert tracking_uri.startswith("sqlite:///")
        self.base = sqlite3.connect(tracking_uri.removeprefix("sqlite:///"))
        self.base.executescript("""
            create table runs (run_uuid, name, status, lifecycle_stage, experiment_id, start_time);
            create table metrics (key, value, timestamp, run_uuid, step, is_nan);
            create table params (key, value, run_uuid); create table experiments (experiment_id, name);""")
        self.tags = {}

    def get_experiment_by_name(self, name):
        row = self.base.execute("select experiment_id from experiments where name = ?", [name]).fetchone()
        return row and SimpleNamespace(experiment_id=row[0])

    def create_experiment(self, name):
        self.base.execute("insert into experiments values ('7', ?)", [name])
        return "7"

    def create_run(self, experiment_id, start_time=None, tags=None, run_name=None):
        run = f"{self.base.execute('select count(*) from runs').fetchone()[0]:032x}"
        values = (run, run_name, "RUNNING", "active", experiment_id, 0)
        self.base.execute("insert into runs values (?, ?, ?, ?, ?, ?)", values)
        return SimpleNamespace(info=SimpleNamespace(run_id=run))

    def log_batch(self, run_id, metrics=(), params=(), tags=(), synchronous=None):
        assert len(metrics) <= 1000
        assert len(params) <= 100
        for each in metrics:
            missing = math.isnan(each.value)
            row = (each.key, 0.0 if missing else each.value, each.timestamp, run_id, each.step, missing)
            self.base.execute("insert into metrics values (?, ?, ?, ?, ?, ?)", row)
        self.base.executemany(
            "insert into params values (?, ?, ?)", [(each.key, each.value, run_id) for each in params]
        )
        self.tags |= {(run_id, each.key): each.value for each in tags}

    def set_terminated(self, run_id, status=None, end_time=None):
        self.base.execute("update runs set status = ? where run_uuid = ?", [status, run_id])
        self.base.commit()


def fake_mlflow(monkeypatch):
    def fields(*names):
        return lambda *values: SimpleNamespace(**dict(zip(names, values, strict=True)))

    module, entities = ModuleType("mlflow"), ModuleType("mlflow.entities")
    module.MlflowClient = FakeClient
    entities.Metric = fields("key", "value", "timestamp", "step")
    entities.Param = entities.RunTag = fields("key", "value")
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)


def test_mlflow(tmp_path, monkeypatch):
    fake_mlflow(monkeypatch)
    sink = MlflowSink(f"sqlite:///{tmp_path}/mlflow.db")
    words = write_all(sink, [*TUNED, *CONFIRMED, failed_run()])
    assert words.startswith("mlflow ui --backend-store-uri sqlite:///")
    assert {"no memory was left", "confirm", "tune", "failed", "diverged", "finished"} == set(
        sink._client.tags.values()
    )
    states = sink._client.base.execute("select status, count(*) from runs group by status").fetchall()
    assert dict(states) == {"FINISHED": len(TUNED) + len(CONFIRMED), "FAILED": 1}
    sink._client.base.execute("update runs set lifecycle_stage = 'deleted' where status = 'FAILED'")
    sink._client.base.commit()
    sink._client.base.close()
    reads_back(tmp_path / "mlflow.db")


class FakeTrackio(ModuleType):
    """Trackio as far as it is called, writing what the judge reads: trackio 0.43 has these signatures."""

    def __init__(self, file):
        super().__init__("trackio")
        self.base, self.made = sqlite3.connect(file), 0
        self.base.executescript("""
            create table metrics (id integer primary key, run_id, run_name, step, metrics);
            create table configs (run_id, run_name, config);""")

    def init(self, project, name=None, group=None, config=None, embed=True, auto_log_gpu=None, auto_log_cpu=None):
        import json

        vars(self).get("print", print)(f"* Created new run: {name}")
        self.made += 1
        row = (str(self.made), name, json.dumps({**config, "_Group": group}))
        self.base.execute("insert into configs values (?, ?, ?)", row)
        return SimpleNamespace(
            log=lambda metrics, step=None, run=str(self.made): self.base.execute(
                "insert into metrics (run_id, run_name, step, metrics) values (?, ?, ?, ?)",
                (run, name, step, json.dumps({key: str(v) if math.isnan(v) else v for key, v in metrics.items()})),
            ),
            finish=self.base.commit,
        )


def test_trackio(tmp_path, monkeypatch, capsys):
    fake = FakeTrackio(tmp_path / "lrlab.db")
    monkeypatch.setitem(sys.modules, "trackio", fake)
    words = write_all(TrackioSink("lrlab"), [*TUNED, *CONFIRMED, failed_run()])
    assert words == 'trackio show --project "lrlab" shows them'
    assert capsys.readouterr() == ("", "")  # standard output is the answer's
    fake.base.close()
    reads_back(tmp_path / "lrlab.db")


def fake_wandb(monkeypatch, login):
    made = []

    def init(**how):
        made.append(how)
        return SimpleNamespace(
            log=lambda values, step: None, summary={}, finish=lambda exit_code: made.append(exit_code)
        )

    module = ModuleType("wandb")
    module.init, module.login, module.Settings = init, login, lambda **how: how
    module.api = SimpleNamespace(api_key="")
    monkeypatch.setitem(sys.modules, "wandb", module)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    return made


def test_wandb_asks_nothing_on_the_terminal(monkeypatch):
    made = fake_wandb(monkeypatch, lambda prompt: False)
    assert "wandb sync" in write_all(WandbSink("rates"), [CONFIRMED[0], failed_run()])
    whole, ended, failed, broken = made
    assert (whole["mode"], whole["project"], whole["group"], whole["job_type"]) == (
        "offline",
        "rates",
        RESULTS.study.name,
        "confirm",
    )
    assert whole["id"] == f"{RESULTS.study.name}-{CONFIRMED[0].trial.key}"
    assert (ended, broken) == (0, 1)
    assert failed["notes"] == "no memory was left"
    made = fake_wandb(monkeypatch, lambda prompt: True)
    assert "in the project rates" in write_all(WandbSink("rates"), CONFIRMED[:1])
    assert (made[0]["mode"], made[0]["resume"]) == ("online", "allow")  # what was written twice is joined


def test_wandb_of_an_older_version_asks_nothing_either(monkeypatch):
    made = fake_wandb(monkeypatch, lambda: pytest.fail("it would ask for a key"))
    write_all(WandbSink("rates"), CONFIRMED[:1])
    assert made[0]["mode"] == "offline"


def test_optuna(tmp_path, library):
    optuna = library("optuna")
    file = tmp_path / "new" / "o.db"
    words = write_all(OptunaSink(file), [failed_run("tune"), *TUNED, failed_run("tune")])
    assert words == f"optuna-dashboard sqlite:///{file} shows them"
    study = optuna.load_study(study_name=RESULTS.study.name, storage=f"sqlite:///{file}")
    assert study.direction.name == "MAXIMIZE"
    states = [trial.state.name for trial in study.trials]
    assert states.count("COMPLETE") == len(TUNED) - 1
    assert states.count("FAIL") == 2  # one diverged, and one failed after others had ended
    for run, trial in zip(TUNED, study.trials, strict=False):
        assert trial.params == {"schedule": run.arm, "peak": run.trial.peak}
        assert trial.user_attrs["seed"] == run.trial.seed
        assert trial.value == (None if run.record.diverged else run.record.validation.score)
    validated = [n for n, epoch in enumerate(TUNED[-1].record.epochs, 1) if epoch.validation_score is not None]
    assert list(study.trials[len(TUNED) - 1].intermediate_values) == validated
    best = max((run for run in TUNED if not run.record.diverged), key=lambda run: run.record.validation.score)
    assert study.best_value == best.record.validation.score


def test_optuna_keeps_studies_of_other_schedules_apart(tmp_path, library):
    optuna = library("optuna")
    file = tmp_path / "o.db"
    write_all(OptunaSink(file), TUNED[:2])
    fewer = RESULTS.study.model_copy(update={"schedules": RESULTS.study.schedules[:2]})
    by_loss = RESULTS.study.model_copy(update={"tune": RESULTS.study.tune.model_copy(update={"choose": "loss"})})
    for study in (fewer, by_loss, RESULTS.study):
        write_all(OptunaSink(file), [run._replace(study=study) for run in TUNED[2:4]])
    name, storage = RESULTS.study.name, f"sqlite:///{file}"
    assert optuna.get_all_study_names(storage) == [name, f"{name} 2", f"{name} 3"]
    assert len(optuna.load_study(study_name=name, storage=storage).trials) == 4
    lower = optuna.load_study(study_name=f"{name} 3", storage=storage)
    assert lower.direction.name == "MINIMIZE"
    assert lower.trials[0].value == TUNED[2].record.validation.loss


def test_values_of_a_search_are_numbers():
    assert _number_on(Axis("0%..20%", 0, 20, "%"), "7.7%") == 7.7
    assert _number_on(Axis("0.8..0.9", 0.8, 0.9), 0.85) == 0.85
    assert _number_on(Axis("sgd|adam", choices=("sgd", "adam")), "adam") == "adam"


def test_trackers_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(_sinks, "find_spec", lambda name: True)
    assert trackers_of("wandb") == (TrackerPlace("wandb"),)
    assert trackers_of(["TensorBoard:runs", " mlflow:http://127.0.0.1:5000", "mlflow:http://127.0.0.1:5000"]) == (
        TrackerPlace("tensorboard", "runs"),
        TrackerPlace("mlflow", "http://127.0.0.1:5000"),
    )
    assert str(TrackerPlace("tensorboard", "runs")) == "tensorboard:runs"
    assert TrackerPlace("wandb").target(tmp_path) == "lrlab"
    assert TrackerPlace("tensorboard").target(tmp_path) == str(tmp_path / "tensorboard")
    monkeypatch.chdir(tmp_path)
    assert TrackerPlace("optuna", "o.db").target(tmp_path / "elsewhere") == str(tmp_path / "o.db")
    assert TrackerPlace("optuna", "o.db").destination(tmp_path).is_gone
    assert not TrackerPlace("tensorboard", ".").destination(tmp_path).is_gone
    assert all(kind.make("x") for kind in _sinks.KINDS.values())
    assert str(TrackerPlace("mlflow", "http://me:secret@host:5000")) == "mlflow:http://host:5000"
    with pytest.raises(UnknownName, match="unknown tracker 'wandv'; did you mean wandb"):
        trackers_of("wandv")
    with pytest.raises(UnknownName, match="known: mlflow, optuna, tensorboard, trackio, wandb"):
        trackers_of("comet")
    with pytest.raises(StudyError, match=r'trackers are texts, but got \[3\]; write "wandb"'):
        trackers_of([3])
    monkeypatch.setattr(_sinks, "find_spec", lambda name: None)
    with pytest.raises(
        StudyError, match=r'needs the package tensorboardX, which .* pip install "lrlab\[tensorboard\]"'
    ):
        trackers_of("tensorboard")
    with pytest.raises(StudyError, match=r'needs the package optuna, .* pip install "lrlab\[search\]"'):
        trackers_of("optuna:o.db")


def test_runs_of_others_are_left_as_they_are():
    runs = [
        TrackedRun("a", "a", {"config.phase": "tune"}),
        TrackedRun("b", "b", {"config.trial_key": "0", "config.phase": "x"}),
    ]
    assert keep_confirmed(runs, "a.db") == (runs, "")
    assert keep_confirmed([], "a.db") == ([], "")
