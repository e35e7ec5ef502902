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
    lines = results.text(width).partition("What the answers rest on")[0].splitlines()
    begin = lines.index(f"{results.tables[0].title} (scale reduced)")
    tables = [line for line in lines[begin:] if not line.startswith("No room for") and "(scale " not in line]
    assert sum(line.startswith("---") for line in tables) >= len(results.tables)
    assert max(map(cell_len, tables)) <= width


def test_the_tally_stands_first_with_what_it_means(results):
    assert results.tally == "Of 9 claims: 3 supported, 2 contradicted, 2 undecided, 2 not testable"
    assert str(results).splitlines()[0] == results.tally
    meaning = (
        "Supported: every comparison came out as the document says; contradicted: at least one came out the other way"
    )
    assert meaning in str(results).splitlines()[1]
    assert results.text().splitlines()[2] == f"- supported: {results.answers[0].claim.text}"
    assert f"**{results.tally}.** {meaning}" in results.markdown()
    assert results.summary()["meaning"].startswith(meaning)


def test_a_study_without_claims_says_so(results):
    silent = results.model_copy(update={"answers": ()})
    assert silent.tally == "It makes no claims"
    assert "supported" not in silent.text().lower()


def test_the_answer_is_the_text_without_its_tables(results):
    assert str(results) == repr(results) == f"{results.tally}\n{results.text()}"
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
    assert summary == {"tally": results.tally, "meaning": summary["meaning"]} | every
