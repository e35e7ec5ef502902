"""What a study would train is said before it does, and nothing is trained or stored by that."""

import json

import pytest
from typer.testing import CliRunner

import lrlab
from lrlab.cli import app
from support.tasks import BLOBS_FILE, study

HOW = {"workers": 0, "progress": False, "engine": "reference"}


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_plan_counts_what_is_missing_and_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    asked, store = study("mine.py:task", tune={"peaks": (0.03, 0.1), "seeds": 1, "extend": 0}), tmp_path / "a.db"
    before = held(tmp_path)
    planned = lrlab.plan_run(asked, store=store, **HOW)
    assert (planned.missing, planned.parts[0].stored, planned.title) == (asked.planned_trials, 0, "")
    assert planned.seconds > 0
    assert "2 schedules x 2 peaks x 1 seed to tune, then 4 fresh seeds each" in str(planned)
    assert str(planned).endswith("Nothing was trained, and nothing stored.")
    assert held(tmp_path) == before
    lrlab.run(asked, store=store, **HOW)
    whole = store.read_bytes()
    done = lrlab.plan_run(asked, store=store, **HOW)
    assert (done.missing, done.seconds, done.parts[0].stored) == (0, 0.0, len(lrlab.load(store).findings.confirmed) + 4)
    assert "nothing is run twice" in str(done)
    longer = lrlab.plan_run(asked.model_copy(update={"budget": "3 epochs"}), store=store, **HOW)
    assert longer.missing == planned.missing
    assert store.read_bytes() == whole


def test_the_command_line_refuses_what_a_plan_would_not_look_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["run", "demo", "--plan", "--watch", "--page", "a.html"])
    assert (done.exit_code, "--plan says what would be trained, and trains nothing: leave out --page, --watch") == (
        2,
        done.stderr.strip().removeprefix("lrlab: "),
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_published_study_is_planned_part_by_part(tmp_path, monkeypatch, real_data):
    monkeypatch.chdir(tmp_path)
    words = ["run", "decay-rules", "--scale", "smoke", "--engine", "reference", "--workers", "0", "--plan", "--json"]
    done = CliRunner().invoke(app, [*words, "--data-dir", str(real_data)])
    told = json.loads(done.stdout)
    assert told["title"].endswith("scale smoke")
    assert told["missing"] == sum(part["missing"] for part in told["parts"]) > 0
    assert f"In all {told['missing']} trials to train, about " in told["text"]
    assert list(tmp_path.iterdir()) == []
