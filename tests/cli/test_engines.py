"""The engines from the command line: the same study by each, stopped by the clock, and compared with each other."""

import json

import pytest

from lrlab.engine import is_available
from support.command import lrlab
from support.stored import stored_records
from support.tasks import BLOBS_FILE

STUDY = """\
name: small
task: mine.py:task
schedules: [constant, cosine, by_epoch+seq1]
budget: BUDGET epochs
batch_size: 16
tune: {peaks: [0.03, 0.1], seeds: 1, extend: 0}
confirm: {seeds: 3}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    (tmp_path / "small.yaml").write_text(STUDY.replace("BUDGET", "3"))
    (tmp_path / "long.yaml").write_text(STUDY.replace("BUDGET", "2000"))
    return tmp_path


def rows(done):
    return {row["label"]: row["loss"] for row in json.loads(done.stdout)["rows"]}


@pytest.mark.slow
def test_every_engine_gives_the_same_table(folder):
    found = {
        engine: lrlab(
            "run", "small.yaml", "--allow-code", "--json", "--engine", engine, "--store", f"{engine}.db", cwd=folder
        )
        for engine in ("reference", "stacked", "lanes", "auto")
    }
    assert rows(found["stacked"]) == pytest.approx(rows(found["reference"]), rel=1e-4)
    assert rows(found["lanes"]) == pytest.approx(rows(found["reference"]), rel=1e-4)
    assert rows(found["auto"]) == pytest.approx(rows(found["reference"]), rel=1e-4)
    assert "stacked in each" in found["stacked"].stderr
    assert ("in lanes in each" if is_available("lanes") else "stacked in each") in found["lanes"].stderr
    records = [record.provenance for record in stored_records(folder / "stacked.db")]
    assert {record.engine for record in records} == {"grouped"}
    assert max(record.stack for record in records) > 1


@pytest.mark.slow
def test_time_up_ends_with_code_3_and_the_same_command_goes_on(folder):
    command = ["run", "long.yaml", "--allow-code", "--engine", "stacked", "--store", "s.db"]
    done = lrlab(*command, "--max-seconds", "2", cwd=folder, code=3)
    assert "time is up" in done.stderr
    assert "the same command goes on" in done.stderr
    kept = list((folder / "s-checkpoints").glob("*.pt"))
    assert kept
    times = {file.name: file.stat().st_mtime_ns for file in kept}
    lrlab(*command, "--max-seconds", "2", cwd=folder, code=3)
    again = {file.name: file.stat().st_mtime_ns for file in (folder / "s-checkpoints").glob("*.pt")}
    assert set(again) == set(times) or len(list(folder.glob("*.db"))) == 1  # the same stacks, farther on
    assert again != times


def test_verify_prints_the_deviation_of_every_tensor(folder):
    done = lrlab("verify", "mine.py:task", "--batch-size", "16", cwd=folder)
    assert done.stdout.count(": equal;") == 3
    for tensor in ("0.weight", "0.bias", "3.weight", "3.bias"):
        assert done.stdout.count(tensor) == 3
    answer = json.loads(lrlab("verify", "mine.py:task", "--json", "--optimizer", "adam", cwd=folder).stdout)
    assert [(check["precision"], check["updates"], check["equal"]) for check in answer] == [
        ("float64", 50, True),
        ("float32", 1, True),
        ("float32", 20, True),
    ]


def test_verify_says_what_cannot_be_stacked(folder):
    (folder / "odd.py").write_text(
        BLOBS_FILE.replace("import blobs as task", "import blobs")
        + """
from torch import nn


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, x):
        return nn.functional.dropout(self.layer(x), 0.5, self.training)


task = blobs().with_model(Odd)
"""
    )
    done = lrlab("verify", "odd.py:task", cwd=folder, code=1)
    assert "global generator" in done.stderr
    lrlab(
        "compare",
        "odd.py:task",
        "constant",
        "cosine",
        "--epochs",
        "2",
        "--seeds",
        "2",
        "--engine",
        "stacked",
        cwd=folder,
    )


@pytest.mark.slow
@pytest.mark.parametrize("task", ["cifar10/convnet", "cifar10/cnn", "mnist/lenet", "mnist/mlp"])
def test_the_stack_is_equal_on_real_images(task, real_data, tmp_path):
    lrlab("verify", task, "--data-dir", str(real_data), cwd=tmp_path)
