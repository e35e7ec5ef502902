"""`lrlab.find` on tasks and loops, in this process."""

import json
import warnings
from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

import lrlab
from lrlab import events
from lrlab.errors import LabWarning, StudyError, TimeUp
from lrlab.spec import RangeTest
from lrlab.store import Store
from support.tasks import blobs

SMALL = {"rates": (0.003, 0.03, 0.3, 3.0), "updates": 24, "seeds": 3, "batch_size": 16, "workers": 0}


@pytest.fixture(scope="module")
def task():
    return blobs()


@pytest.fixture(scope="module")
def asked(task, tmp_path_factory):
    """A range test, the events it told, and where its records are."""
    store, told = tmp_path_factory.mktemp("asked") / "records.db", []
    return lrlab.find(task, store=store, progress=told.append, **SMALL), told, store


def test_a_task_made_here_is_tested(asked):
    results, told, _ = asked
    test = results.test
    assert (test.of, test.optimizer, test.updates, test.length) == ("task:model", "sgd", 24, 192)
    assert test.asked == SMALL["rates"]
    assert len(test.losses) == len(test.rates) >= 4
    assert results.suggestion == test.suggestion
    assert results.interval == test.interval
    assert results.reason == test.reason == ""
    assert any(isinstance(event, events.Said) and "range test of task:model" in event.text for event in told)


def test_its_losses_are_those_of_trials_and_asking_again_trains_nothing(asked, task):
    results, _, store = asked
    told = []
    again = lrlab.find(task, store=store, progress=told.append, **SMALL)
    assert again.test == results.test
    assert not [event for event in told if isinstance(event, events.TrialsStored)]
    more = lrlab.find(task, store=store, progress=False, **SMALL | {"rates": (0.003, 0.01, 0.03, 0.3, 3.0)})
    same = dict(zip(more.test.rates, more.test.losses, strict=True))
    assert all(same[rate] == losses for rate, losses in zip(results.test.rates, results.test.losses, strict=True))


def test_a_study_of_the_same_task_optimizer_and_batch_size_shows_it(asked, task, tmp_path):
    _, _, store = asked
    how = {"workers": 0, "progress": False, "epochs": 1, "peaks": [0.1], "tuning_seeds": 1, "seeds": 3, "store": store}
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        same = lrlab.compare(task, ["constant", "cosine"], batch_size=16, name="same", **how)
        other = lrlab.compare(task, ["constant", "cosine"], batch_size=32, name="other", **how)
    newest = lrlab.find(task, store=store, progress=False, **SMALL).test  # in place of earlier ones of the same
    assert same.findings.ranges
    assert other.findings.ranges == ()
    assert lrlab.load(store, "same").findings.ranges == (newest,)
    assert "Range test with sgd" in lrlab.load(store, "same").page(tmp_path / "page.html").read_text(encoding="utf-8")
    with Store(tmp_path / "more.db", write=True):
        pass
    lrlab.merge_stores(tmp_path / "more.db", store)
    with Store(tmp_path / "more.db") as merged:
        assert list(merged.range_tests().values()) == [newest]
    lrlab.check_store(tmp_path / "more.db", repair=True)
    with Store(tmp_path / "more.db") as merged:
        assert list(merged.range_tests().values()) == [newest]


def test_it_shows_itself(asked, tmp_path):
    results, *_ = asked
    assert str(results) == repr(results)
    assert results.answer.startswith("Suggested rate: ")
    assert results.answer.split(". ")[0] in str(results)
    assert "<img" in results._repr_html_()
    assert results.picture(tmp_path / "a.png").stat().st_size > 1000
    assert RangeTest.from_json(results.to_json()) == results.test
    assert json.loads(json.dumps(results.to_dict()))["text"] == results.answer


def test_length_and_budget_decide_on_updates(task, tmp_path):
    how = {**SMALL, "store": tmp_path / "records.db", "progress": False, "updates": None}
    long = lrlab.find(task, **how, length="160 updates").test
    assert (long.updates, long.length) == (80, 160)
    assert lrlab.find(task, **how, length=160).test == long
    short = lrlab.find(task, **how, length=160, budget="1h").test
    assert short.updates == 80
    with pytest.raises(StudyError, match="fewer --rates"):
        lrlab.find(task, **how, budget=1e-6)


def test_a_test_whose_time_is_up_goes_on(task, tmp_path):
    how = {**SMALL, "store": tmp_path / "records.db", "progress": False, "updates": 60, "engine": "stacked"}
    with suppress(TimeUp):  # a fast machine is done within what each call trains in any case
        lrlab.find(task, max_seconds=0.001, **how)
    assert lrlab.find(task, **how).test.updates == 60


@lrlab.trial(metric="loss", peaks=[0.1])
def train(run):
    generator = np.random.default_rng(run.seed)
    weights, target = np.zeros(4), generator.standard_normal(4)
    for t in range(run.updates):
        weights -= run.rate(t) * (weights - target + 0.1 * generator.standard_normal(4))
        if t + 1 == run.updates:
            run.report(update=t + 1, validation_loss=float(((weights - target) ** 2).sum()))
    run.finish(test_loss=float(((weights - target) ** 2).sum()))


@lrlab.trial(metric="score", higher_is_better=True)
def scored(run):
    run.rate(run.updates - 1)
    run.report(update=run.updates, validation_score=0.5)
    run.finish(test_score=0.5)


def test_a_loop_of_the_users_own(tmp_path):
    how = {"store": tmp_path / "records.db", "progress": False, "workers": 0, "updates": 20, "seeds": 2}
    results = lrlab.find(train, **how)
    assert results.test.optimizer == "its own optimizer"
    assert results.test.asked[0] == 0.01
    assert results.suggestion is not None
    assert 0.05 < results.suggestion < 1.5
    assert results.test.untrained == results.test.losses[0]
    with pytest.raises(StudyError, match="validation_loss="):
        lrlab.find(scored, **how)
    with pytest.raises(StudyError, match="has its own optimizer"):
        lrlab.find(train, **how, optimizer="adamw")
    with pytest.raises(StudyError, match="in place of a budget"):
        lrlab.find(train, **how, budget="1m")


def test_live_objects_have_the_same_answer_each_time():
    def ask():
        torch.manual_seed(3)
        inputs = torch.randn(64, 5)
        model = nn.Linear(5, 1)
        batches = [(inputs[i : i + 8], inputs[i : i + 8].sum(1, keepdim=True)) for i in range(0, 64, 8)]
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        return lrlab.find(model, optimizer, batches, nn.MSELoss(), updates=20, seeds=2)

    first = ask()
    assert first.test.of == "Linear"
    assert first.suggestion is not None
    assert 0.03 < first.suggestion < 2
    assert ask().test == first.test


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda task: lrlab.find(task, seeds=1), "one cannot show its noise, leave it out for 3"),
        (lambda task: lrlab.find(task, rates=[0.1, 0.2]), "3 different rates"),
        (lambda task: lrlab.find(task, rates="0.1"), "a list of numbers"),
        (lambda task: lrlab.find(task, updates=3), "leave it out for 200"),
        (lambda task: lrlab.find(task, updates="many"), "updates is a whole number"),
        (lambda task: lrlab.find(task, updates=100, length=50), "give fewer updates"),
        (lambda task: lrlab.find(task, length="half"), "length"),
        (lambda task: lrlab.find(task, optimizer="lions"), "lion"),
        (lambda task: lrlab.find(task, budget="soon"), "90s"),
        (lambda task: lrlab.find(3), "a task is a name"),
        (lambda task: lrlab.find(nn.Linear(2, 2)), "find\\(model, optimizer, loader, loss\\)"),
        (lambda task: lrlab.find(nn.Linear(2, 2), 1, 2, 3, 4), "find\\(model, optimizer, loader, loss\\)"),
        (lambda task: lrlab.find(), "find\\(model, optimizer, loader, loss\\)"),
        (lambda task: lrlab.find(nn.Linear(2, 2), 1, 2, store="here"), "not store"),
    ],
)
def test_what_cannot_be_says_the_way_out(task, call, way_out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=way_out):
        call(task)
