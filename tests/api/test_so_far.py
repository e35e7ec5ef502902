"""A run in the middle: how far it is, and nothing said that its looks have not decided."""

import json
import shutil
import sqlite3
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lrlab
from lrlab import events
from lrlab.api import _live_notes
from lrlab.api._live_notes import LiveWriter, notes_place, read_notes
from lrlab.cli import app
from lrlab.errors import LabWarning, StoreError
from lrlab.spec import Epoch, LiveNotes
from lrlab.store import Store
from support.reader import read_page
from support.tasks import BLOBS_FILE

HOW = {"workers": 0, "progress": False, "epochs": 2, "peaks": [0.01, 0.1], "tuning_seeds": 2, "looks": [9, 12]}
SO_FAR = ["report", "--so-far", "--store", "records.db"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study that ran to its end, and its events with what the run noted meanwhile."""
    folder = tmp_path_factory.mktemp("middle")
    (folder / "mine.py").write_text(BLOBS_FILE)
    store, told = folder / "records.db", []

    def listen(event):
        told.append((event, read_notes(store)))

    with warnings.catch_warnings(action="ignore", category=LabWarning), pytest.MonkeyPatch.context() as patch:
        patch.setattr(_live_notes, "EVERY", 0.0)
        patch.setattr(_live_notes, "SPARING", 0.0)
        schedules = ["constant", "cosine", "step(every=1 updates)"]
        results = lrlab.compare(f"{folder}/mine.py:task", schedules, store=store, **HOW | {"progress": listen})
    return store, results, told


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copy(made[0], tmp_path))


def cut(store, count):
    """Leave the first records alone, as they were stored."""
    with Store(store, write=True) as opened:
        opened.remove(*opened.record_keys()[count:])


def confirm_keys(results):
    return {record.trial.key for record in results.findings.confirmed}


def test_every_beginning_says_how_far_it_is_and_decides_no_more_than_its_looks(store, made):
    _, results, _ = made
    whole = lrlab.so_far(store).findings
    assert (whole.finished, whole.phase, whole.missing) == (True, "", 0)
    final = {(claim.a, claim.b): claim for claim in results.verdicts}
    assert {(each.a, each.b): (each.better, each.within) for each in whole.questions} == {
        pair: (claim.verdict, claim.within is not None) for pair, claim in final.items()
    }
    assert {(bool(claim.verdict), claim.within is not None) for claim in results.verdicts} == {
        (True, False),
        (False, True),
    }
    counts = list(range(len(Store(store).record_keys()), -1, -7))
    phases = set()
    for count in counts:
        cut(store, count)
        found = lrlab.so_far(store).findings
        assert found.stored <= count  # a phase that comes later is not looked at before the one under way is whole
        assert found.finished == (found.missing == 0)
        phases.add(found.phase)
        for question in found.questions:
            assert question.look is None or question.look <= found.reached
            claim = final[question.a, question.b]
            assert not question.better or (question.better, question.look) == (claim.verdict, claim.look)
        if found.phase.startswith("tune"):
            assert (found.questions, found.leader, found.reached) == ((), "", 0)
    assert {"tune", "confirm"} <= phases


def test_before_the_first_look_nothing_is_decided_and_no_test_score_shown(store, made):
    _, results, _ = made
    with Store(store, write=True) as opened:
        seeds = set(results.study.confirm.seeds[5:])
        late = [record.trial.key for record in results.findings.confirmed if record.trial.seed in seeds]
        rivals = [record.trial.key for record in results.findings.rivals]
        opened.remove(*late, *rivals)
    run = lrlab.so_far(store)
    assert (run.findings.phase, run.findings.reached) == ("confirm", 0)
    assert all(question.look is None for question in run.findings.questions)
    text = " ".join(run.sentences())
    assert "In the middle: " in text
    assert "No question is decided yet." in text
    assert "looked at when 9 seeds of each have ended, of 12 at most" in text
    assert [arm.confirmed for arm in run.findings.arms] == [5, 5, 5]
    page = run.page()
    shown = page.read_text(encoding="utf-8")
    read_page(page)
    assert page.name == f"{results.study.name}-{run.findings.run}.html"
    assert "test accuracy" not in shown
    assert "<script" not in shown


def test_the_page_in_the_middle_gives_way_to_the_report(store, made):
    cut(store, 5)
    page = lrlab.so_far(store).page()
    assert "so far" in page.read_text(encoding="utf-8")[:2000]
    shutil.copy(made[0], store)
    assert lrlab.load(store).page() == page
    assert page.stat().st_size > 100_000


def test_the_command_line_shows_it_and_a_finished_run_has_its_report(store, monkeypatch):
    monkeypatch.chdir(store.parent)
    said = CliRunner().invoke(app, SO_FAR)
    assert "The whole report: " in said.stdout
    cut(store, 5)
    said = CliRunner().invoke(app, SO_FAR)
    assert said.stdout.startswith("In the middle: 5 of about ")
    assert "No run is going on: the same command goes on from here." in said.stdout
    data = json.loads(CliRunner().invoke(app, [*SO_FAR, "--json"]).stdout)
    assert (data["so_far"]["stored"], data["running"]) == (5, False)
    assert Path(data["page"]).exists()
    refused = CliRunner().invoke(app, [*SO_FAR, "--png", "a.png", "--target", "0.9"])
    assert refused.exit_code == 2
    assert (
        "this run is in the middle, and what is shown of it so far has no answer to draw or print: " in refused.stderr
    )
    assert "leave out --png, --target" in refused.stderr
    refused = CliRunner().invoke(app, ["report", "decay-curves", "--so-far"])
    assert (refused.exit_code, "--so-far is for plain studies" in refused.stderr) == (2, True)


def test_a_trial_that_failed_is_named(store):
    cut(store, 5)
    missing = next(trial for trial in lrlab.so_far(store).findings.trials if trial.state == "waiting")
    with Store(store, write=True) as opened:
        opened.add_failure([missing.trial], "it fell over")
    run = lrlab.so_far(store)
    assert "it fell over" in str(run)
    assert {trial.state for trial in run.findings.trials if trial.trial == missing.trial} == {"failed"}


def test_names_show_as_text(store):
    hostile = "</script><script>alert(1)</script>"
    cut(store, 5)
    with Store(store) as opened:
        stored = opened.studies()[-1]
    with Store(store, write=True) as opened:
        opened.add_study(stored._replace(study=stored.study.model_copy(update={"title": hostile, "task": hostile})))
    text = lrlab.so_far(store).page().read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_store_without_a_study_is_refused_in_words(tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        lrlab.so_far(tmp_path / "none.db")
    Store(tmp_path / "empty.db", write=True).close()
    with pytest.raises(StoreError, match="holds no study yet"):
        lrlab.so_far(tmp_path / "empty.db")


def test_a_run_notes_how_it_goes_and_takes_the_note_away(made):
    store, results, told = made
    noted = [notes for _, notes in told if notes is not None]
    shares = [notes.share for notes in noted if notes.study == results.study.name]
    assert shares[0] < 0.2
    assert max(shares) > 0.7  # of what was planned; looks end it earlier
    keys = {each.trial for notes in noted for each in notes.running}
    assert confirm_keys(results) & keys
    assert any(len(each.curve) == 1 and each.curve[0] is not None for notes in noted for each in notes.running)
    assert any(notes.left is not None for notes in noted)
    assert not notes_place(store).exists()


def test_notes_are_bounded_and_never_stop_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(_live_notes, "EVERY", 0.0)
    monkeypatch.setattr(_live_notes, "SPARING", 0.0)
    heard, place = [], tmp_path / "records.db"
    keys = tuple(f"{number:016x}" for number in range(5000))
    epoch = Epoch(train_loss=1.0, train_score=0.5, validation_loss=1.0, validation_score=1 / 3)
    with LiveWriter(place, heard.append) as tell:
        tell(events.Begun(job="a", trials=keys))
        for number in range(395, 450):
            tell(events.EpochMeasured(job="a", number=number, share=0.5, epochs=dict.fromkeys(keys[::100], epoch)))
        tell(events.Said(text="x" * 100_000))
        notes = read_notes(place)
        assert (notes.count, len(notes.running)) == (5000, 60)
        assert all(len(each.curve) <= 400 for each in notes.running)
        assert max(map(len, notes.said)) < 400
        assert notes_place(place).stat().st_size < 200_000
        notes_place(place).unlink()
        notes_place(place).mkdir()  # nothing can be written there any more
        (notes_place(place) / "full").touch()
        for _ in range(10):
            tell(events.Said(text="on it goes"))
    assert len(heard) == 67


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": 1}', '{"at": "x", "more": 1}', "[" * 100_000, "\0"])
def test_notes_that_are_none_are_passed_over(tmp_path, text):
    notes_place(tmp_path / "s.db").write_text(text)
    assert read_notes(tmp_path / "s.db") is None


def test_notes_of_a_run_that_was_killed_are_not_taken_for_a_run(store):
    cut(store, 5)
    note = {"host": "elsewhere", "process": 1, "command": "lrlab run", "since": "2026"}
    study = lrlab.runs(store)[0].study
    notes_place(store).write_text(LiveNotes(at="2026", study=study, left=61.0, share=0.5).to_json())
    assert not lrlab.so_far(store).running
    assert "left" not in str(lrlab.so_far(store))
    Path(f"{store}.lock").write_text(json.dumps(note))
    assert lrlab.so_far(store).running
    assert "about 1 min 1 s left" in str(lrlab.so_far(store))
    notes_place(store).write_text(LiveNotes(at="2026", study="another", left=61.0, share=0.5).to_json())
    assert "left" not in str(lrlab.so_far(store))


def test_a_damaged_record_is_said(store):
    cut(store, 20)
    with sqlite3.connect(store) as database:
        database.execute("update record set digest = 'none'")
    with pytest.raises(StoreError, match="lrlab store forget"):
        lrlab.so_far(store)
