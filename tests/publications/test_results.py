"""Results of a published study show themselves: in a terminal, in a notebook, as plain data."""

import json

import pytest
from rich.cells import cell_len

from support.publications import example_publication_results


@pytest.fixture(scope="module")
def results():
    return example_publication_results()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_tables_fit_the_columns_they_are_given(results, width):
    lines = results.text(width).partition(results.answers[0].claim.text)[0].splitlines()
    tables = [line for line in lines if not line.startswith("No room for") and "(scale " not in line]
    assert sum(line.startswith("---") for line in tables) >= len(results.tables)
    assert max(map(cell_len, tables)) <= width


def test_the_answer_is_the_text_without_its_tables(results):
    assert str(results) == repr(results) == results.text()
    assert results.text().endswith(f"\n\n{results.answer}")
    assert results.answer.startswith(f"{results.answers[0].claim.text}\n  {results.answers[0].word}\n  - ")
    assert all(remark in results.answer for remark in results.publication.remarks)
    assert not any(table.title in results.answer for table in results.tables)


def test_a_notebook_shows_claims_and_published_beside_measured(results):
    shown = results._repr_markdown_()
    assert shown.startswith("# An example of a published study, scale reduced\n")
    assert all(answer.claim.text in shown for answer in results.answers)
    assert all(f"## {table.title} (scale reduced)" in shown for table in results.tables)
    assert "by class" not in shown
    assert "by class" in results.markdown()


def test_the_summary_is_all_but_the_records(results):
    summary = json.loads(json.dumps(results.summary()))
    every = results.to_dict()
    del every["folder"], every["beside"]
    for part in every["parts"]:
        del part["tuned"], part["confirmed"], part["curves"]
    assert summary == every
