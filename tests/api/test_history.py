"""Runs of one store: none hides another, each is listed, found again by name or key, and linked from one page."""

import json
import shutil
import sqlite3
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lrlab
from lrlab.api import _stored
from lrlab.api._store_view import StoreReader
from lrlab.cli import app
from lrlab.errors import LabWarning, StoreError, UnknownName
from lrlab.rules import register
from lrlab.store import Store, StoredStudy
from support.own import Waves, catalogue_kept
from support.tasks import BLOBS_FILE, study

HOW = {"workers": 0, "progress": False, "epochs": 1, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}
QUESTIONS = (("constant", "cosine"), ("constant", "linear"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two questions about one task, of one name; their answers."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "mine.py").write_text(BLOBS_FILE)
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        asked = [
            lrlab.compare(f"{folder}/mine.py:task", list(each), store=folder / "records.db", name="mine", **HOW)
            for each in QUESTIONS
        ]
    return folder / "records.db", asked


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copy(made[0], tmp_path))


def test_runs_are_listed_newest_first_with_what_was_asked(store, made):
    newest, oldest = lrlab.runs(store)
    assert (newest.study, newest.state, newest.missing, newest.page) == (oldest.study, oldest.state, 0, None)
    assert newest.request == "constant and linear on mine:task: 1 epoch, 3 seeds"
    assert newest.key != oldest.key
    assert [oldest.answer, newest.answer] == [results.answer for results in made[1]]
    assert newest.answer.startswith(newest.headline)
    assert len(newest.headline) < len(newest.answer)


def test_each_run_keeps_its_page(store):
    newest, oldest = lrlab.runs(store)
    pages = [lrlab.load(store, run.key).page() for run in (oldest, newest)]
    assert [page.name for page in pages] == [f"mine-{run.key}.html" for run in (oldest, newest)]
    before = [page.read_bytes() for page in pages]
    assert before[0] != before[1]
    assert lrlab.load(store, "mine").page() == pages[1]
    assert [page.read_bytes() for page in pages] == before
    assert [run.page for run in lrlab.runs(store)] == pages[::-1]


def test_a_run_is_found_by_name_key_or_its_beginning(store):
    newest, oldest = lrlab.runs(store)
    assert lrlab.load(store).study.labels == lrlab.load(store, "mine").study.labels == QUESTIONS[1]
    assert lrlab.load(store, oldest.key).study.labels == lrlab.load(store, oldest.key[:5].upper()).study.labels
    assert lrlab.load(store, oldest.key).study.labels == QUESTIONS[0]
    for stray in (oldest.key[:3], f"{newest.key}0", ""):
        with pytest.raises(UnknownName, match="unknown study in this store") as unknown:
            lrlab.load(store, stray)
        assert set(unknown.value.known) == {"mine", newest.key, oldest.key}


def test_the_index_links_every_run_and_keeps_answers(store, monkeypatch):
    (store.parent / "index.html").write_text("mine")
    place = lrlab.write_index(store)
    assert (place.name, (store.parent / "index.html").read_text()) == ("index-2.html", "mine")
    text = place.read_text(encoding="utf-8")
    places = [text.index(f'href="mine-{run.key}.html"') for run in lrlab.runs(store)]
    assert places == sorted(places)
    assert all((store.parent / f"mine-{run.key}.html").exists() for run in lrlab.runs(store))
    monkeypatch.setattr("lrlab.api._stored.stored_results", None)  # an answer that stands there is not made again
    assert lrlab.write_index(store) == place
    assert place.read_text(encoding="utf-8") == text


def test_an_index_that_is_damaged_is_made_again(store):
    place = lrlab.write_index(store, pages=False)
    whole = place.read_text(encoding="utf-8")
    assert "lrlab report" in whole
    for notes in ("{", '{"a": 1}', "[" * 100_000, "[]"):
        head, _, _ = whole.partition('<script type="application/json"')
        place.write_text(f'{head}<script type="application/json" id="noted">{notes}</script>', encoding="utf-8")
        assert lrlab.write_index(store, pages=False) == place
        assert place.read_text(encoding="utf-8") == whole


def test_the_index_answers_no_run_again_whose_answer_is_known(store, made, monkeypatch):
    place = lrlab.write_index(store, pages=False)
    whole = place.read_text(encoding="utf-8")
    place.unlink()
    answered, answer_words = list[str](), _stored._answer_words

    def note(stored, opened):
        answered.append(stored.key)
        return answer_words(stored, opened)

    monkeypatch.setattr(_stored, "_answer_words", note)
    for _ in range(2):
        assert lrlab.write_index(store, pages=False, results=made[1][0]).read_text(encoding="utf-8") == whole
        assert answered == [made[1][1].key]


def test_names_and_answers_are_shown_as_text(store, monkeypatch):
    hostile = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
    monkeypatch.setattr("lrlab.api._stored._answer_words", lambda *_: (hostile, hostile))
    text = lrlab.write_index(store, pages=False).read_text(encoding="utf-8")
    assert "<img" not in text
    assert text.count("<script") == 1
    assert "&lt;img src=x" in text


def test_a_damaged_record_costs_its_run_alone(store):
    newest, _ = lrlab.runs(store)
    with sqlite3.connect(store) as database:
        seen = lrlab.load(store, newest.key).findings.confirmed[-1].trial.key
        database.execute("update array set digest = 'none' where key = ?", (seen,))
    assert lrlab.write_index(store).exists()
    with pytest.raises(StoreError, match="forget"):
        lrlab.load(store, newest.key)


def add_own(store, name):
    """Note a run that came last, with a schedule of the user's own that is not known any more."""
    with catalogue_kept():
        register("waves_gone")(Waves)
        noted = study("mine:task").model_copy(update={"name": name, "schedules": (Waves(waves=2),)})
        with Store(store, write=True) as opened:
            opened.add_study(StoredStudy(noted, "data", ""))


def test_where_the_last_run_cannot_be_read_no_older_one_stands_in_for_it(store):
    newest, oldest = lrlab.runs(store)
    add_own(store, "own")
    way_out = f"own, cannot be read: unknown schedule 'waves_gone'; .* --plugin .* name another run: {newest.key} "
    for ask in (lrlab.load, lrlab.so_far):
        with pytest.raises(StoreError, match=way_out):
            ask(store)
    with StoreReader(store) as reader:
        assert "own, cannot be read" in reader.look().body
    with pytest.warns(LabWarning, match="own: unknown schedule 'waves_gone'") as said:
        assert lrlab.load(store, "mine").findings == lrlab.load(store, newest.key).findings
    assert [warned.filename for warned in said] == [__file__] * 2  # one for each call, where it was called
    add_own(store, "mine")
    with pytest.raises(StoreError, match=r"the last run mine in .* cannot be read"):
        lrlab.load(store, "mine")
    with pytest.raises(StoreError, match=r"the last run mine in .* cannot be read"):
        lrlab.export_store(store.parent / "tables", store, study="mine")
    with pytest.warns(LabWarning) as said:
        assert lrlab.load(store, oldest.key).study.labels == QUESTIONS[0]
    assert len(said) == 2  # two runs are left out


def test_the_command_line_lists_runs_and_says_where_pages_lie(store, monkeypatch):
    def said(*words, code=0):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == code, done.stderr
        return done.stderr if code else done.stdout

    monkeypatch.chdir(store.parent)
    newest, oldest = lrlab.runs(store)
    told = said("report", oldest.key, "--store", "records.db")
    assert f"The whole report: mine-{oldest.key}.html" in told
    assert "All runs of this store: index.html" in told
    listed = said("list", "runs", "--store", "records.db")
    assert listed.index(newest.key) < listed.index(oldest.key)
    assert f"no page yet; lrlab report {newest.key} writes it" in listed
    data = json.loads(said("list", "runs", "--store", "records.db", "--json"))
    assert [each["page"] for each in data] == [None, f"mine-{oldest.key}.html"]
    assert "there is no store" in said("list", "runs", "--store", "none.db", code=2)
    refused = said("report", "mine", "--index", "--png", "a.png", "--code", "--store", "records.db", code=2)
    assert "--index writes the page of all runs, and nothing else: leave out --png, --code, STUDY" in refused
    assert not Path("a.png").exists()
    assert json.loads(said("report", "--index", "--json", "--store", "records.db")) == {"index": "index.html"}
    assert (store.parent / f"mine-{newest.key}.html").exists()
