"""A published study is run part after part, kept however the run ends, and gone on with; nothing is printed."""

import re
import time
from contextlib import contextmanager

import pytest

from lrlab.errors import LabWarning, StoreError, TimeUp
from lrlab.publications import (
    PUBLICATIONS,
    Ensemble,
    Publication,
    PublicationResults,
    PublishedClaim,
    PublishedTable,
    kept_folder,
    kept_results,
    load_publication,
    run_publication,
)
from lrlab.spec import Arm, Candidate, Confirm, PhaseBegun, Said, Study, StudyBegun, TrialsStored
from lrlab.store import Store
from support.workshops import workshop

FILES = {"records.json", "records.parquet", "epochs.parquet", "tables.md"}
PICTURES = {"tiny-key.svg", "tiny-rates.svg", "tiny-curves.svg", "tiny-confusion.svg"}


@pytest.fixture(scope="module")
def publication():
    """Two arms on two seeds, one epoch each."""
    arms = tuple(
        Arm(label=label, candidates=(Candidate(schedule=label, peak=0.1),)) for label in ("constant", "cosine")
    )
    confirm = Confirm(seeds=(1000, 1001))
    part = Study(name="tiny", task="digits/mlp", arms=arms, budget="1 epochs", batch_size=256, confirm=confirm)
    claim = {"id": "best", "text": "Cosine is best.", "part": "tiny", "measure": "accuracy"}
    return Publication(
        name="tiny",
        title="A tiny study",
        source="Nobody",
        about="Which?",
        scale="smoke",
        parts=(part,),
        tables=(PublishedTable(title="Accuracy", part="tiny", measures=("accuracy",)),),
        claims=(PublishedClaim.model_validate(claim | {"better": ["cosine"], "worse": ["constant"]}),),
        ensembles=(Ensemble(label="both", part="tiny", members=("constant", "cosine")),),
    )


@contextmanager
def run_in(folder, publication, store="records.db", listen=None, until=None, **how):
    """The run of a publication in a folder, by the plain loop in this process; and the events it tells."""
    events = []
    with Store(folder / store, write=True) as opened:
        shop = workshop(opened, listen=listen or events.append, engine="reference", until=until)
        yield lambda: run_publication(publication, shop, results=folder, **how), events


def stop_at_once(event):
    if isinstance(event, TrialsStored):
        raise KeyboardInterrupt


def said(events):
    return [event.text for event in events if isinstance(event, Said)]


def contents(folder):
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def test_a_run_is_answered_kept_and_told(publication, tmp_path, capsys):
    with run_in(tmp_path, publication, began=time.monotonic() - 100) as (run, events):
        results = run()
    folder = kept_folder(tmp_path, publication)
    assert isinstance(results, PublicationResults)
    assert [answer.word for answer in results.answers] == ["not testable"]
    assert len(results.ensembles) == 2
    assert (results.folder, results.free_page()) == (folder, tmp_path / "tiny-smoke.html")
    assert {file.name for file in folder.iterdir()} == FILES | PICTURES
    assert (folder / "tables.md").read_text(encoding="utf-8") == results.markdown()
    sentences = said(events)
    assert sentences[0].startswith("measuring this machine: how digits/mlp trains fastest")
    assert sentences[1] == "A tiny study, scale smoke"
    assert sentences[2].startswith("digits/mlp: 2 arms, 2 seeds each: 4 trials of 1 epoch; about ")
    assert sentences[3] == "2 seeds are too few: they cannot decide the one comparison of tiny; 6 can."
    assert re.match(rf"kept in {re.escape(str(folder))}; took [12] min ", sentences[4])  # 100 s before it began
    assert [event for event in events if isinstance(event, StudyBegun)] == [
        StudyBegun(name="tiny", stored=0, missing=4, trainings=4)
    ]
    begun = [event for event in events if isinstance(event, PhaseBegun)]
    assert begun == [PhaseBegun(phase="confirm", trials=4, missing=4, study=results.publication.parts[0], trainings=4)]
    assert sum(len(event.records) for event in events if isinstance(event, TrialsStored)) == 4
    assert capsys.readouterr() == ("", "")


def test_what_is_kept_is_run_once_and_written_once(publication, tmp_path):
    with run_in(tmp_path, publication) as (run, _):
        first = run()
    folder = kept_folder(tmp_path, publication)
    before = contents(folder)
    with run_in(tmp_path, publication, store="another.db") as (run, events):
        again = run()
    assert said(events)[1].endswith("All 4 are done: nothing is run twice.")
    assert contents(folder) == before
    assert (again.answers, again.tables, again.ensembles) == (first.answers, first.tables, first.ensembles)
    loaded = kept_results(publication, folder)
    assert loaded is not None
    assert (loaded.answers, loaded.tables, loaded.ensembles) == (first.answers, first.tables, first.ensembles)


def test_a_run_that_is_stopped_keeps_its_records_and_no_tables_of_others(publication, tmp_path):
    folder = kept_folder(tmp_path, publication)
    with run_in(tmp_path, publication, listen=stop_at_once) as (run, _), pytest.raises(KeyboardInterrupt):
        run()
    assert {file.name for file in folder.iterdir()} == FILES - {"tables.md"}
    kept = kept_results(publication, folder)
    assert kept is not None
    assert 0 < len(kept.parts[0].confirmed) < 4
    with run_in(tmp_path, publication, store="another.db") as (run, _):
        assert len(run().parts[0].confirmed) == 4


def test_tables_figures_and_a_page_are_made_of_what_there_is_when_time_is_up(publication, tmp_path):
    with (
        run_in(tmp_path, publication, until=time.monotonic() - 1) as (run, events),
        pytest.raises(TimeUp, match="the same command goes on"),
    ):
        run()
    assert any(text.startswith("--max-seconds are nearly over before training begins") for text in said(events))
    assert {file.name for file in kept_folder(tmp_path, publication).iterdir()} == FILES | PICTURES
    assert "Not testable" in (tmp_path / "tiny-smoke.html").read_text(encoding="utf-8")


def test_tables_that_cannot_be_written_cost_no_answer(publication, tmp_path):
    (kept_folder(tmp_path, publication) / "tiny-rates.svg").mkdir(parents=True)
    with (
        run_in(tmp_path, publication) as (run, _),
        pytest.warns(LabWarning, match="the tables and figures in .* failed: cannot write .*tiny-rates.svg"),
    ):
        results = run()
    assert len(results.answers) == 1


def test_a_page_that_cannot_be_written_is_warned_of_when_time_is_up(publication, tmp_path):
    nowhere = tmp_path / "none" / "page.html"
    with (
        run_in(tmp_path, publication, until=time.monotonic() - 1, page=nowhere) as (run, _),
        pytest.warns(LabWarning, match="the tables, figures and page of what is kept in .* failed: cannot write"),
        pytest.raises(TimeUp),
    ):
        run()
    assert not nowhere.exists()
    assert (kept_folder(tmp_path, publication) / "tables.md").exists()


def test_the_largest_scale_that_is_kept_is_loaded(publication, tmp_path, monkeypatch):
    monkeypatch.setitem(PUBLICATIONS, "tiny", lambda scale: publication.model_copy(update={"scale": scale}))
    with pytest.raises(StoreError, match=r"keeps no results of tiny; `lrlab run tiny` makes them, or --results names"):
        load_publication("tiny", None, tmp_path)
    for scale in ("smoke", "reduced"):
        with run_in(tmp_path, PUBLICATIONS["tiny"](scale)) as (run, _):
            run()
    results, folder = load_publication("Tiny", None, tmp_path)
    assert (results.publication.scale, folder) == ("reduced", tmp_path / "tiny" / "reduced")
    results, folder = load_publication("tiny", "smoke", tmp_path, tmp_path / "new")
    assert (results.publication.scale, results.folder) == ("smoke", folder) == ("smoke", tmp_path / "tiny" / "smoke")
    assert results.page() == results.free_page() == tmp_path / "new" / "tiny-smoke.html"
    with pytest.raises(StoreError, match="of tiny at scale full; `lrlab run tiny --scale full` makes them"):
        load_publication("tiny", "full", tmp_path)
