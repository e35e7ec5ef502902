"""What is shown and kept of a published study: each part whatever becomes of the others, and nothing written twice."""

import json

import pytest
from rich.cells import cell_len

from lrlab.cli import _publication
from lrlab.errors import LabError, RunError
from support.publications import example_publication_results


@pytest.fixture(scope="module")
def results():
    return example_publication_results()


def fail(*_):
    raise ZeroDivisionError("no luck")


def shown(results, folder, capsys, as_json=False):
    """What is printed, and the error at the end, if any."""

    def keep():
        _publication._keep_shown(results, folder, "")

    try:
        _publication.show_publication(results, folder, folder / "page.html", as_json, keep)
    except LabError as error:
        return capsys.readouterr().out, error
    return capsys.readouterr().out, None


@pytest.mark.parametrize("part", ["publication_terminal", "write_publication_figures", "write_publication_page"])
def test_a_part_that_fails_costs_no_other(results, tmp_path, capsys, monkeypatch, part):
    monkeypatch.setattr(_publication, part, fail)
    out, error = shown(results, tmp_path, capsys)
    assert isinstance(error, RunError)
    assert "ZeroDivisionError: no luck. Everything else was shown" in str(error)
    assert (results.answers[0].claim.text in out) == (part != "publication_terminal")
    assert (tmp_path / "tables.md").exists() == (part != "write_publication_figures")
    assert (tmp_path / "page.html").exists() == (part != "write_publication_page")
    assert ("The whole report" in out) == (part != "write_publication_page")


def test_json_stands_whatever_becomes_of_the_page(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(_publication, "write_publication_page", fail)
    out, error = shown(results, tmp_path, capsys, as_json=True)
    assert json.loads(out)["page"] == str(tmp_path / "page.html")
    assert error is not None


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_tables_fit_the_columns_they_are_given(results, tmp_path, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(_publication, "write_publication_page", lambda *_: None)
    monkeypatch.setattr(_publication, "write_publication_figures", lambda *_: None)
    out, _ = shown(results, tmp_path, capsys)
    lines = out.partition(results.answers[0].claim.text)[0].splitlines()
    tables = [line for line in lines if not line.startswith("No room for") and "(scale " not in line]
    assert sum(line.startswith("---") for line in tables) >= len(results.tables)
    assert max(map(cell_len, tables)) <= width


def test_tables_and_figures_are_made_once_and_anew_where_the_records_change(results, tmp_path, monkeypatch):
    records, tables = tmp_path / "records.json", tmp_path / "tables.md"
    records.write_text("old")
    before = _publication._state(tmp_path)
    _publication._keep_shown(results, tmp_path, before)
    names = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert {"records.json", "tables.md"} < set(names)

    monkeypatch.setattr(_publication, "write_publication_figures", fail)
    _publication._keep_shown(results, tmp_path, before)  # nothing changed: nothing is drawn
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == names

    records.write_text("new")
    with pytest.raises(ZeroDivisionError):
        _publication._keep_shown(results, tmp_path, before)
    assert not tables.exists()  # else the next run would take the old ones for those of the new records
    monkeypatch.undo()
    _publication._keep_shown(results, tmp_path, _publication._state(tmp_path))
    assert tables.read_bytes() == names["tables.md"]


def test_a_run_that_was_stopped_says_what_it_could_not_show(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(_publication, "kept_results", fail)
    _publication._keep_so_far(results.publication, tmp_path, tmp_path / "page.html", "")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lrlab: the tables, figures and page of what is kept in ")
    assert line.endswith("failed: ZeroDivisionError: no luck")
