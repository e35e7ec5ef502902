"""Tables and figures beside kept records: made once, and again where the records change."""

import pytest

from lrlab.publications import _kept_tables
from lrlab.publications._kept_tables import records_hash, write_tables
from support.publications import example_publication_results


def fail(*_):
    raise ZeroDivisionError("no luck")


def test_tables_and_figures_are_made_once_and_anew_where_the_records_change(tmp_path, monkeypatch):
    results = example_publication_results()
    records, tables = tmp_path / "records.json", tmp_path / "tables.md"
    records.write_text("old")
    before = records_hash(tmp_path)
    write_tables(results, tmp_path, before)
    names = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert {"records.json", "tables.md"} < set(names)

    monkeypatch.setattr(_kept_tables, "write_publication_figures", fail)
    write_tables(results, tmp_path, before)  # nothing changed: nothing is drawn
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == names

    records.write_text("new")
    with pytest.raises(ZeroDivisionError):
        write_tables(results, tmp_path, before)
    assert not tables.exists()  # else the next run would take the old ones for those of the new records
    monkeypatch.undo()
    write_tables(results, tmp_path, records_hash(tmp_path))
    assert tables.read_bytes() == names["tables.md"]
