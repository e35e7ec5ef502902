"""Tables and answers of a published study; and the example of one keeps its word."""

import io

import numpy as np
import pytest

from lrlab.publications import Cell, PartResults, PublicationResults
from lrlab.publications._answers import publication_results
from lrlab.stats import generator, mean_interval
from support.publications import (
    CLOUDS,
    DIGITS,
    DIVERGED,
    EPOCHS,
    example_arrays,
    example_publication,
    example_publication_results,
)


@pytest.fixture(scope="module")
def results():
    return example_publication_results()


def part_with(part: PartResults, keep) -> PartResults:
    return part.model_copy(update={"confirmed": tuple(record for record in part.confirmed if keep(record))})


def cells(results, title):
    """Label to measure to cell."""
    table = next(table for table in results.tables if table.title == title)
    rows = zip(table.labels, table.cells, strict=True)
    return {label: dict(zip(table.measures, row, strict=True)) for label, row in rows}


def test_tables_have_the_publications_columns_and_a_row_for_every_arm(results):
    assert len(results.tables) == len(results.publication.tables)
    labels = {study.name: study.labels for study in results.publication.parts}
    for measured, published in zip(results.tables, results.publication.tables, strict=True):
        assert (measured.title, measured.part, measured.measures) == (
            published.title,
            published.part,
            published.measures,
        )
        assert measured.labels == labels[published.part]
        assert {len(row) for row in measured.cells} == {len(published.measures)}


def test_a_cell_is_the_mean_with_its_interval(results):
    part = results.parts[0]
    scores = [one.test.score for one in part.confirmed if part.study.label_of(one.trial) == "falling"]
    cell = cells(results, "Clouds: accuracy and epochs to convergence")["falling"]["accuracy"]
    interval = mean_interval(scores, rng=generator(part.study.key, "accuracy", "falling"))
    assert cell == Cell(mean=interval.point, low=interval.low, high=interval.high, seeds=10)
    assert cell.mean == pytest.approx(np.mean(scores))


def test_a_cell_says_how_many_seeds_have_it():
    publication = example_publication(seeds=2)
    found = example_publication_results(seeds=2)
    clouds, digits = found.parts
    some = publication_results(
        publication,
        [part_with(clouds, lambda one: one.trial.seed == 1000), part_with(digits, lambda one: False)],
        (),
    )
    one = cells(some, "Clouds: accuracy and epochs to convergence")["slow"]["accuracy"]
    assert one == Cell(mean=clouds.confirmed[0].test.score, low=None, high=None, seeds=1)
    none = {cell for row in cells(some, "Digits: final accuracies").values() for cell in row.values()}
    assert none == {Cell(mean=None, low=None, high=None, seeds=0)}
    assert {answer.word for answer in some.answers} == {"not testable"}


def test_the_same_records_give_the_same_numbers_in_any_order(results):
    turned = [part.model_copy(update={"confirmed": part.confirmed[::-1]}) for part in results.parts]
    again = publication_results(results.publication, turned, results.ensembles)
    assert (again.tables, again.answers, again.ensembles) == (results.tables, results.answers, results.ensembles)


def test_results_go_to_json_and_back(results):
    assert PublicationResults.from_json(results.to_json()) == results


def test_the_example_answers_as_it_says(results):
    assert [answer.word for answer in results.answers] == [
        "supported",
        "contradicted",
        "undecided",
        "undecided",
        "supported",
        "not testable",
        "not testable",
        "supported",
        "contradicted",
    ]
    assert [answer.claim for answer in results.answers] == list(results.publication.claims)
    assert {answer.word for answer in example_publication_results(seeds=2).answers} == {"not testable"}


def test_the_example_is_whole(results):
    clouds, digits = results.parts
    assert all(len(part.confirmed) == 4 * 10 for part in results.parts)
    assert (clouds.tuned, len(digits.tuned)) == ((), 3)
    assert {choice.label: choice.schedule for choice in digits.choices}["tuned"] == "linear"
    assert all(one.validation is None and one.epochs[-1].test_f1 for one in clouds.confirmed)
    assert all(one.validation and one.epochs[0].test_loss is None for one in digits.confirmed)
    gone = [one for part in results.parts for one in part.confirmed if one.outcome == "diverged"]
    assert [(DIGITS, digits.study.label_of(one.trial), one.trial.seed) for one in gone] == [DIVERGED]
    ensembles = [(one.part, one.label, one.seed, len(one.members)) for one in results.ensembles]
    names = ["mean of jumpy and falling", "snapshots of cycling"]
    assert ensembles == [(CLOUDS, name, seed, 2) for name in names for seed in range(1000, 1010)]


def test_the_examples_arrays_are_those_of_its_records(results):
    for part in results.parts:
        for record in part.confirmed[::7]:
            arrays = {name: np.load(io.BytesIO(npy)) for name, npy in example_arrays(part.study, record).items()}
            labels = np.arange(len(arrays["test"])) % arrays["test"].shape[1]
            assert (arrays["test"].argmax(axis=1) == labels).mean() == record.test.score
            assert arrays["rates"].shape == (record.updates,)
            assert arrays["rates"][0] == record.trial.peak
            assert set(arrays) == {"rates", "test"} | {f"snapshot-{epoch}" for epoch in record.trial.snapshots}
    last = next(record for record in results.parts[0].confirmed if record.trial.snapshots)
    arrays = example_arrays(results.parts[0].study, last)
    assert arrays[f"snapshot-{EPOCHS}"] == arrays["test"]
