"""Questions asked from Python, in this process: what comes back, what is said, what is refused."""

import itertools
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import nn

import lrlab
from lrlab import events
from lrlab.errors import StoreError, StudyError, TaskError, UnknownName
from lrlab.spec import Margin
from support.tasks import BLOBS_FILE, blobs, study

SMALL = {"epochs": 2, "peaks": (0.03, 0.1), "seeds": 4, "tuning_seeds": 1, "batch_size": 16, "workers": 0}


@pytest.fixture(scope="module")
def task():
    return blobs()


@pytest.fixture
def store(tmp_path):
    return tmp_path / "records.db"


@pytest.fixture(scope="module")
def asked(task, tmp_path_factory):
    """A comparison, the events it told, and where its records are."""
    store, told = tmp_path_factory.mktemp("asked") / "records.db", []
    results = lrlab.compare(task, ["constant", lrlab.parse("cosine")], store=store, progress=told.append, **SMALL)
    return results, told, store


def test_a_task_made_here_is_compared(asked):
    results, _, store = asked
    assert results.study.task == "task:model"
    assert {row.label for row in results.rows} == {"constant", "cosine"}
    assert results.leader in results.answer
    assert results.recommended is not None
    assert [(verdict.a, verdict.b) for verdict in results.verdicts] == [
        (results.leader, next(label for label in ("constant", "cosine") if label != results.leader))
    ]
    assert {choice.label for choice in results.choices} == {"constant", "cosine"}
    assert results.metric.name == "accuracy"
    assert results.store == store


def test_records_are_frames(asked):
    results = asked[0]
    trials, epochs = results.trials(), results.epochs()
    assert trials["phase"].to_list().count("confirm") == 8
    assert set(trials["label"]) == {"constant", "cosine"}
    assert epochs.height == 2 * trials.height
    assert epochs["epoch"].to_list()[:2] == [1, 2]
    assert set(epochs["key"]) == set(trials["key"])
    row = trials.filter(phase="confirm", label=results.rows[0].label)
    assert row["test_score"].mean() == pytest.approx(results.rows[0].score)


def test_answers_show_themselves(asked, tmp_path):
    results = asked[0]
    assert " ".join(str(results).splitlines()[:2]).replace(" test accuracy ", " test accuracy. ") == results.answer
    assert " ".join(results.notes) in str(results)
    assert results._repr_markdown_().startswith(f"**{str(results).splitlines()[0]}**\n\n")
    assert results.code.torch == results.paste()
    assert repr(results) == str(results)
    html = results._repr_html_().replace("\N{NO-BREAK SPACE}", " ")
    assert html.index("test accuracy") < html.index("<table")
    assert "<script" not in html
    assert all(words in html for words in (*str(results).splitlines()[:2], *results.notes))
    compile(results.paste(), "paste", "exec")
    page = results.page(tmp_path / "page.html")
    assert "on test data" in page.read_text(encoding="utf-8")
    assert results.notes[-1] in page.read_text(encoding="utf-8")
    figures = results.figures(tmp_path / "figures")
    assert {figure.suffix for figure in figures} == {".svg", ".pdf", ".png", ".csv"}
    assert all(figure.stat().st_size for figure in figures)
    assert results.picture(tmp_path / "still.png").stat().st_size > 1000


def test_another_margin_asks_the_same_records_again(asked, task, store):
    first = lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, **SMALL)
    told = []
    again = lrlab.compare(task, ["constant", "cosine"], store=store, margin=50, progress=told.append, **SMALL)
    assert not any(isinstance(event, events.Begun) for event in told)
    assert again.margin == Margin(value=0.5, why="as asked")
    assert (again.best, again.rows) == (first.best, first.rows)
    assert [(claim.low, claim.p) for claim in again.verdicts] == [(claim.low, claim.p) for claim in first.verdicts]
    assert len(again.loss_verdicts) == len(again.verdicts)


def test_another_margin_keeps_the_epochs_that_a_budget_came_to(task, store):
    how = {"peaks": (0.1,), "seeds": 2, "tuning_seeds": 1, "batch_size": 16, "workers": 0, "budget": 60}
    first = lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, **how)
    told = []
    again = lrlab.compare(task, ["constant", "cosine"], store=store, margin=1, progress=told.append, **how)
    assert again.study.budget == first.study.budget
    assert not any(isinstance(event, events.Begun) for event in told)
    assert again.margin.value == 0.01


def test_pages_of_two_questions_lie_side_by_side(task, store):
    asked = (["constant", "cosine"], ["constant", "linear"])
    one, other = (lrlab.compare(task, schedules, store=store, progress=False, **SMALL) for schedules in asked)
    assert one.page() != other.page()
    assert one.page().parent == store.parent


def test_pandas_takes_the_trials_too(asked):
    pytest.importorskip("pandas", reason="needs pandas")
    assert len(asked[0].to_pandas()) == asked[0].trials().height


def test_every_event_is_told_as_it_happens(asked):
    _, told, _ = asked
    kinds = [type(event) for event in told]
    assert kinds.index(events.StudyBegun) < kinds.index(events.PhaseBegun) < kinds.index(events.Begun)
    begun = {event.job: len(event.trials) for event in told if isinstance(event, events.Begun)}
    ended = [event.job for event in told if isinstance(event, events.Ended)]
    assert sorted(begun) == sorted(ended)
    assert sum(begun.values()) == sum(len(e.records) for e in told if isinstance(e, events.TrialsStored))
    for job in begun:
        shares = [event.share for event in told if isinstance(event, events.EpochMeasured) and event.job == job]
        assert shares == sorted(shares)
        assert shares[-1] == 1
    assert any(isinstance(event, events.Said) and "2 schedules x 2 peaks" in event.text for event in told)


def test_nothing_is_printed_unless_asked(task, store, capfd):
    lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, **SMALL)
    assert capfd.readouterr() == ("", "")
    lrlab.compare(task, ["constant", "cosine"], store=store, **SMALL)
    out, err = capfd.readouterr()
    assert out == ""
    assert "are done: nothing is run twice" in err


def test_a_call_that_is_interrupted_goes_on_where_it_was(asked, task, store):
    whole = asked[0]

    def interrupt(event):
        if isinstance(event, events.TrialsStored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lrlab.compare(task, ["constant", "cosine"], store=store, progress=interrupt, **SMALL)
    again = lrlab.compare(task, ["constant", "cosine"], store=store, progress=False, **SMALL)
    assert [(row.label, row.score, row.loss) for row in again.rows] == [
        (row.label, row.score, row.loss) for row in whole.rows
    ]


def test_a_study_is_run_by_value_by_file_and_with_a_task_of_its_own(task, store, tmp_path):
    plan = study("digits/mlp")
    own = lrlab.run(plan, task=task, store=store, workers=0, progress=False)
    assert own.study == plan.model_copy(update={"task": "task:model"})
    (tmp_path / "plan.yaml").write_text(
        "name: filed\ntask: digits/mlp\nschedules: [constant]\nbudget: 20 updates\ntune: {peaks: [0.1], seeds: 1}\n"
        "confirm: {seeds: 2}\n"
    )
    filed = lrlab.run(tmp_path / "plan.yaml", store=store, workers=0, progress=False)
    assert filed.study.name == "filed"
    assert [run.study for run in lrlab.runs(store)] == ["filed", "small"]


def test_a_file_that_names_code_runs_it_only_where_that_is_allowed(store, tmp_path):
    (tmp_path / "net.py").write_text(f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n{BLOBS_FILE}")
    file = tmp_path / "plan.yaml"
    file.write_text(
        f"name: filed\ntask: {tmp_path}/net.py:task\nschedules: [constant]\nbudget: 20 updates\nbatch_size: 16\n"
        "tune: {peaks: [0.1], seeds: 1}\nconfirm: {seeds: 2}\n"
    )
    how = {"store": store, "workers": 0, "progress": False}
    with pytest.raises(StudyError, match=r"plan.yaml:2: task: .*net.py:task is code.*allow it: --allow-code"):
        lrlab.run(file, **how)
    assert not (tmp_path / "ran").exists()
    assert lrlab.run(file, task="digits/mlp", **how).study.task == "digits/mlp"
    assert not (tmp_path / "ran").exists()
    assert lrlab.run(file, allow_code=True, **how).study.task == "net:task"


def test_what_a_store_holds_is_answered_again(asked):
    results, _, store = asked
    loaded = lrlab.load(store, results.study.name)
    assert loaded.findings == results.findings
    stored = next(run for run in lrlab.runs(store) if run.study == results.study.name)
    assert (stored.task, stored.missing, stored.answer) == ("task:model", 0, results.answer)
    assert re.match(r"20\d\d-\d\d-\d\dT", stored.date)
    with pytest.raises(UnknownName, match="unknown study in this store 'nothing'") as unknown:
        lrlab.load(store, "nothing")
    assert results.study.name in unknown.value.known


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"schedules": ["cosin"]}, StudyError, "did you mean cosine"),
        ({"schedules": []}, StudyError, "no schedule is named for the task; write lrlab compare"),
        ({"workers": -1}, StudyError, "workers is a number of processes from 0 to 1024, but got -1"),
        ({"engine": "quick"}, UnknownName, "unknown engine 'quick'; known: auto, lanes, reference, stacked"),
        ({"device": "cuda:²"}, StudyError, 'a device is "cpu"'),
        ({"max_seconds": 0}, StudyError, "max_seconds is a number of seconds above 0, but got 0"),
        ({"epochs": None, "budget": "soon"}, StudyError, "a budget is a duration, but got 'soon'"),
        ({"epochs": None, "budget": -3}, StudyError, "a budget is a duration, but got '-3'"),
        ({"optimizer": "sdg"}, StudyError, "optimizer.*'sdg'"),
        ({"progress": 3}, StudyError, "progress is True, False or a function"),
        ({"task": "digits/mpl"}, UnknownName, "unknown task 'digits/mpl'; did you mean digits/mlp"),
        ({"task": "nothing.py:task"}, TaskError, "there is no file nothing.py"),
        ({"peaks": [0]}, StudyError, r"a peak rate must lie in \(0, 1000\], but got 0"),
        ({"keep": True}, StudyError, "holds no other version of task:model to keep"),
    ],
)
def test_what_cannot_be_is_refused_in_the_words_of_the_command_line(task, store, changes, error, words):
    given = {"task": task, "schedules": ["constant", "cosine"], "store": store, "progress": False} | SMALL | changes
    with pytest.raises(error, match=words):
        lrlab.compare(given.pop("task"), given.pop("schedules"), **given)


def test_without_a_store_it_says_so(tmp_path):
    with pytest.raises(StoreError, match="there is no store at"):
        lrlab.load(tmp_path / "nothing.db")
    with pytest.raises(StudyError, match="--scale is for published studies"):
        lrlab.load(tmp_path / "nothing.db", "mine", scale="full")


def test_a_task_that_cannot_be_sent_says_what_and_both_ways_out(store, tmp_path):
    file = (tmp_path / "held.txt").open("w")

    def make():
        file.tell()
        return nn.Linear(2, 3)

    held = blobs().with_model(make)
    held.name = "held"
    with file, pytest.raises(TaskError, match=r"file(?s:.)*file.py:task(?s:.)*workers=0"):
        lrlab.compare(held, ["constant"], store=store, progress=False, **SMALL | {"workers": 1})
    with (tmp_path / "held.txt").open("w") as file:
        results = lrlab.compare(held, ["constant", "cosine"], store=store, progress=False, **SMALL)
    assert results.study.task == "task:held"


def test_the_store_and_the_data_folder_may_be_named_by_the_environment(task, tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_STORE", str(tmp_path / "named.db"))
    monkeypatch.setenv("LRLAB_DATA", str(tmp_path))
    seen = []
    lrlab.compare(
        task,
        ["constant", "cosine"],
        data_dir=tmp_path / "data",
        progress=lambda _: seen.append(os.environ["LRLAB_DATA"]),
        **SMALL,
    )
    assert set(seen) == {str((tmp_path / "data").resolve())}
    assert os.environ["LRLAB_DATA"] == str(tmp_path)
    assert (tmp_path / "named.db").exists()


SCRIPT = '''
from dataclasses import dataclass

import numpy as np
from torch import nn

import lrlab

print("the script runs")


@lrlab.register("half_way")
@dataclass(frozen=True, kw_only=True)
class HalfWay(lrlab.schedules.Schedule):
    """Falls to half the peak."""

    low: float = 0.5

    def shape(self, t, horizon):
        return 1.0 - (1.0 - self.low) * t / horizon.updates


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, inputs):
        return self.layer(inputs)


rng = np.random.default_rng(3)
labels = np.arange(120) % 3
task = lrlab.Task.from_arrays(model=Network, inputs=rng.normal(size=(120, 2)) + labels[:, None], labels=labels)
how = {"epochs": 2, "peaks": [0.03, 0.1], "seeds": 4, "tuning_seeds": 1, "batch_size": 16, "progress": False}
results = lrlab.compare(task, ["constant", "half_way(low=0.2)", HalfWay()], workers=2, **how)
print(sorted(row.label for row in results.rows), results.study.task)
print(lrlab.load().answer == results.answer)
'''


def test_a_script_without_a_guard_sends_what_it_defines(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "the script runs",
        "['constant', 'half_way', 'half_way(low=0.2)'] task:Network",
        "True",
    ]


@pytest.mark.parametrize(
    ("argument", "value", "words"),
    [
        ("task", None, "a task is a name"),
        ("task", 5, "a task is a name"),
        ("schedules", "cosine", "put it in brackets"),
        ("schedules", None, "put it in brackets"),
        ("peaks", 0.1, r"peaks are a list of rates, such as \[0.03, 0.1\], but got 0.1"),
        ("peaks", "0.1", "put it in brackets"),
        ("budget", [], "a budget is a duration"),
        ("budget", True, "a budget is a duration"),
        ("optimizer", 5, "optimizer is a name such as"),
        ("name", 5, "name is a text"),
        ("store", 5, "store is a path"),
        ("store", "a\0b", "store is a path"),
        ("workers", "2", "workers is a whole number"),
        ("workers", True, "workers is a whole number"),
        ("engine", None, "engine is a text, but got None"),
        ("device", b"cpu", "device is a text"),
        ("max_seconds", "10", "max_seconds is a finite number"),
        ("max_seconds", float("nan"), "max_seconds is a finite number"),
        ("began", "now", "began is a finite number"),
        ("keep", "yes", "keep is True or False"),
        ("data_dir", 5, "data_dir is a path"),
        ("epochs", "2", "epochs is a finite number"),
        ("seeds", [1], "seeds is a whole number"),
        ("batch_size", 1.5, "batch_size is a whole number"),
        ("margin", "half a point", "margin is a finite number"),
        ("margin", float("nan"), "margin is a finite number"),
        ("margin", 0, "must be above 0, but got 0: .*in points where the metric is a share, as in 0.5"),
    ],
)
def test_a_value_of_another_kind_is_answered_with_the_way_out(task, store, argument, value, words):
    given = {"task": task, "schedules": ["constant"], "store": store, "progress": False} | SMALL
    given |= {"epochs": None} if argument == "budget" else {}
    with pytest.raises(StudyError, match=words):
        lrlab.compare(**given | {argument: value})
    assert not list(store.parent.iterdir())


@pytest.mark.parametrize("study", [None, 5, []])
def test_a_study_of_another_kind_is_answered_too(study):
    with pytest.raises(StudyError, match="a study is a name such as"):
        lrlab.run(study)


def test_whole_numbers_of_numpy_are_whole_numbers(task, store):
    import numpy as np

    given = SMALL | {"seeds": np.int64(4), "batch_size": np.int32(16), "peaks": np.array([0.03, 0.1])}
    assert lrlab.compare(task, ("constant", "cosine"), store=store, progress=False, **given).rows[0].seeds == 4


def test_the_last_study_of_a_store_is_the_one_that_was_run_last(store):
    for count, name in ((120, "first"), (150, "second"), (90, "first")):
        lrlab.compare(blobs(count), ["constant"], store=store, progress=False, name=name, **SMALL)
    assert lrlab.load(store).study.name == "first"


def test_runs_of_two_threads_wait_for_each_other(task, tmp_path):
    """They would share generators, the environment and standard output."""
    noisy = blobs(dropout=0.3)
    asked = [dict(SMALL) | {"store": tmp_path / f"{place}.db", "progress": False} for place in range(3)]
    whole = lrlab.compare(noisy, ["constant", "cosine"], **asked[2])
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(lrlab.compare, noisy, ["constant", "cosine"], **how) for how in asked[:2]]
    for run in runs:
        assert [(row.label, row.score, row.loss) for row in run.result().rows] == [
            (row.label, row.score, row.loss) for row in whole.rows
        ]


def test_a_model_that_exits_ends_no_program(store):
    def make():
        layer = nn.Linear(2, 3)
        layer.register_forward_hook(lambda *_: sys.exit(3) if next(calls) == 60 else None)
        return layer

    calls = itertools.count()
    with pytest.raises(lrlab.LabError, match="SystemExit: 3"):
        lrlab.compare(blobs().with_model(make), ["constant"], store=store, progress=False, **SMALL)
