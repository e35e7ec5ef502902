"""A study on a cluster is the study that this machine alone does, bit for bit."""

import signal
import sqlite3
import sys
import warnings
from contextlib import closing

import pytest

import lrlab
from lrlab.errors import StudyError, UnknownName
from lrlab.spec import Checkpointed, EpochMeasured
from support.clusters import node_size, signal_node
from support.stored import stored_records

HOW = {"peaks": [0.03, 0.1], "seeds": 2, "progress": False}
TASK = """
import helper
from torch import nn

import lrlab


def model():
    return nn.Sequential(nn.Linear(2, helper.WIDTH), nn.Tanh(), nn.Linear(helper.WIDTH, 2))


def task():
    return lrlab.Task.from_arrays(model=model, **helper.arrays())
"""
HELPER = """
import numpy as np

WIDTH = 8


def arrays():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 200)
    return {"inputs": rng.normal(0, 1, (200, 2)) + labels[:, None], "labels": labels}
"""
LOOP = """
import helper
import torch

import lrlab


@lrlab.trial(metric="accuracy", updates_per_epoch=5)
def train(run):
    torch.manual_seed(run.seed)
    weight = torch.zeros(helper.WIDTH, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=run.peak)
    scheduler = run.scheduler(optimizer)
    for t in range(run.updates):
        optimizer.zero_grad()
        (weight - torch.randn(helper.WIDTH)).square().mean().backward()
        optimizer.step()
        scheduler.step()
        if (t + 1) % 5 == 0:
            run.report(validation_accuracy=weight.detach().sigmoid().mean().item())
    run.finish(test_accuracy=weight.detach().sigmoid().mean().item())
"""


@pytest.fixture
def own_files(tmp_path, monkeypatch):
    """A folder with a task and a loop, and a module that both import; the nodes do not have it."""
    for name, text in {"mine_far.py": TASK, "loop_far.py": LOOP, "helper.py": HELPER}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    sys.modules.pop("helper", None)


def measured(store):
    """All that was measured, by trial; no times, and nothing about the machine."""
    left_out = {"train_seconds", "evaluate_seconds", "provenance"}
    return {record.trial.key: record.model_dump(exclude=left_out) for record in stored_records(store)}


def test_a_place_that_cannot_be_is_refused():
    with pytest.raises(UnknownName, match="moon"):
        lrlab.compare("digits/mlp", ["constant"], on="moon")
    with pytest.raises(StudyError, match=r'address is of a cluster; write on="ray" \(--on ray\), or leave it out'):
        lrlab.compare("digits/mlp", ["constant"], address="auto")
    with pytest.raises(StudyError, match=r"workers=0 trains in this process.*leave one of them out"):
        lrlab.compare("digits/mlp", ["constant"], on="ray", workers=0)
    with pytest.raises(StudyError, match='on a cluster a device is "cpu" or "cuda", for Ray says which card'):
        lrlab.compare("digits/mlp", ["constant"], on="ray", device="cuda:1")
    with pytest.raises(StudyError, match='address is the address of a cluster: "auto"'):
        lrlab.compare("digits/mlp", ["constant"], on="ray", address=7)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["reference", "stacked"])
def test_records_are_those_of_a_local_run(ray_cluster, tmp_path, engine):
    for where, more in {"here": {"workers": 0}, "ray": {"on": "ray"}}.items():
        store = tmp_path / f"{where}.db"
        if where == "ray" and engine == "stacked":
            continue
        lrlab.compare("digits/mlp", ["constant", "cosine"], updates=60, engine=engine, store=store, **HOW, **more)
    if engine == "stacked":  # another way to stack rounds otherwise: as it was measured here
        follow(tmp_path / "here.db", tmp_path / "ray.db")
        lrlab.compare(
            "digits/mlp", ["constant", "cosine"], updates=60, engine=engine, store=tmp_path / "ray.db", **HOW, on="ray"
        )
    assert measured(tmp_path / "ray.db") == measured(tmp_path / "here.db")
    assert len(measured(tmp_path / "ray.db")) >= 12


def follow(old, new):
    """A store without records that has the stacks of another one, still to be run."""
    with closing(sqlite3.connect(old)) as there, closing(sqlite3.connect(new)) as here:
        there.backup(here)
        with here:
            for name in ("array", "record"):
                here.execute(f"delete from {name}")


@pytest.mark.slow
@pytest.mark.parametrize("file", ["mine_far.py:task", "loop_far.py:train"])
def test_a_users_own_file_travels_with_what_it_imports(ray_cluster, own_files, tmp_path, file):
    for where, more in {
        "here": {"workers": 0, "engine": "reference"},
        "ray": {"on": "ray", "engine": "reference"},
    }.items():
        lrlab.compare(
            str(own_files / file), ["constant", "cosine"], updates=20, store=tmp_path / f"{where}.db", **HOW, **more
        )
    assert measured(tmp_path / "ray.db") == measured(tmp_path / "here.db")


@pytest.mark.slow
def test_a_study_that_loses_a_node_has_every_trial_once(ray_cluster, tmp_path):
    node = ray_cluster.add_node(**node_size())
    ray_cluster.wait_for_nodes()
    lost = []

    def lose(event):
        if isinstance(event, EpochMeasured | Checkpointed) and not lost:
            lost.append(event)
            signal_node(node, signal.SIGKILL)

    how = {"updates": 120, "engine": "reference", **HOW, "seeds": 4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lrlab.errors.LabWarning)
        lrlab.compare(
            "digits/mlp", ["constant", "cosine"], on="ray", store=tmp_path / "ray.db", **how | {"progress": lose}
        )
    lrlab.compare("digits/mlp", ["constant", "cosine"], workers=0, store=tmp_path / "here.db", **how)
    assert lost
    assert measured(tmp_path / "ray.db") == measured(tmp_path / "here.db")
    ray_cluster.remove_node(node, allow_graceful=False)
