"""What is kept of a published study is answered as far as it goes."""

from pathlib import Path

from lrlab.publications import kept_results
from lrlab.publications._kept import write_kept
from support.publications import example_arrays, example_publication, example_publication_results


def keep(folder, results, chosen):
    """Keep the records that are chosen."""
    records, arrays, data = [], {}, {}
    for part in results.parts:
        for record in part.tuned + part.confirmed:
            data[part.study.name] = record.trial.data
            if chosen(part, record):
                records.append(record)
                arrays[record.trial.key] = example_arrays(part.study, record)["rates"]
    write_kept(folder, results.publication, data, records, arrays.__getitem__, results.ensembles)


def test_what_is_kept_whole_is_answered_as_it_was(tmp_path):
    results = example_publication_results()
    keep(tmp_path, results, lambda part, record: True)
    found = kept_results(example_publication(), tmp_path)
    assert found is not None
    assert found.answers == results.answers
    assert found.tables == results.tables
    assert [part.choices for part in found.parts] == [part.choices for part in results.parts]
    assert found.ensembles == tuple(sorted(results.ensembles, key=lambda one: (one.part, one.label, one.seed)))


def test_seeds_and_parts_that_are_missing_are_told(tmp_path):
    results = example_publication_results()
    first = results.parts[0]
    fresh = set(first.study.confirm.seeds[:3])
    tuned = set(first.tuned)
    keep(tmp_path, results, lambda part, record: part is first and (record in tuned or record.trial.seed in fresh))
    found = kept_results(example_publication(), tmp_path)
    assert found is not None
    assert [part.study.name for part in found.parts] == [first.study.name]
    assert {table.part for table in found.tables} == {first.study.name}
    assert max(cell.seeds for table in found.tables for cells in table.cells for cell in cells) == 3
    assert {answer.word for answer in found.answers} == {"not testable"}


def test_nothing_is_answered_before_a_tuning_phase_is_whole(tmp_path):
    results = example_publication_results()
    part = next(part for part in results.parts if part.tuned)
    lost = part.tuned[0]
    keep(tmp_path, results, lambda where, record: where is part and record != lost)
    assert kept_results(example_publication(), tmp_path) is None


def test_where_it_is_kept_stays_known_whatever_the_current_folder_is_now(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep(Path("kept"), example_publication_results(), lambda part, record: True)
    found = kept_results(example_publication(), Path("kept"))
    assert found is not None
    assert found.folder == tmp_path / "kept"
    beside = found.model_copy(update={"beside": tmp_path})
    name = beside.free_page().name
    assert beside.free_page() == Path(name)
    monkeypatch.chdir(tmp_path / "kept")
    assert beside.free_page() == tmp_path / name


def test_a_folder_without_results_has_none(tmp_path):
    assert kept_results(example_publication(), tmp_path / "nowhere") is None
