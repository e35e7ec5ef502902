"""What is printed of a published study: each part whatever becomes of the others."""

import json
from pathlib import Path

import pytest

from lrlab.cli._show_results import show_results
from lrlab.errors import LabError, RunError
from lrlab.publications import PublicationResults
from lrlab.store import Store
from support.publications import example_publication_results


@pytest.fixture(scope="module")
def results():
    return example_publication_results()


def fail(*_):
    raise ZeroDivisionError("no luck")


def shown(results, folder, capsys, as_json=False):
    """What is printed, and the error at the end, if any."""

    try:
        show_results(results, folder / "page.html", as_json)
    except LabError as error:
        return capsys.readouterr().out, error
    return capsys.readouterr().out, None


@pytest.mark.parametrize("as_json", [False, True])
def test_a_run_renews_the_index_of_its_store(results, tmp_path, capsys, monkeypatch, as_json):
    Store(tmp_path / "records.db", write=True).close()
    monkeypatch.chdir(tmp_path)
    show_results(results, None, as_json, store=Path("records.db"))
    out = capsys.readouterr().out
    assert "No study was run yet" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ("All runs of this store: index.html" in out) != as_json
    (tmp_path / "index.html").unlink()
    show_results(results, None, as_json)  # answered from what is kept: no store is opened
    assert not (tmp_path / "index.html").exists()


@pytest.mark.parametrize("part", ["text", "page"])
def test_a_part_that_fails_costs_no_other(results, tmp_path, capsys, monkeypatch, part):
    monkeypatch.setattr(PublicationResults, part, fail)
    out, error = shown(results, tmp_path, capsys)
    assert isinstance(error, RunError)
    assert "ZeroDivisionError: no luck. Everything else was shown" in str(error)
    assert (results.answers[0].claim.text in out) == (part != "text")
    assert (tmp_path / "page.html").exists() == (part != "page")
    assert ("The whole report" in out) == (part != "page")


def test_json_stands_whatever_becomes_of_the_page(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(PublicationResults, "page", fail)
    out, error = shown(results, tmp_path, capsys, as_json=True)
    assert json.loads(out)["page"] == str(tmp_path / "page.html")
    assert error is not None
