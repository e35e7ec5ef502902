"""Which class was taken for which."""

import numpy as np
import pytest

from lrlab.report import confusion_table, write_page
from lrlab.report._confusion import confusion_tables
from lrlab.spec import Metric, records_by_label
from support.reader import read_page, words
from support.results import example_results


def test_counts_are_summed_over_seeds_and_shares_are_of_the_true_class():
    results = example_results()
    records = records_by_label(results.study, results.confirmed)["cosine"]
    table = confusion_table("cosine", records)
    counts = np.array([[count for count, _ in row] for row in table.rows])
    np.testing.assert_array_equal(counts, np.sum([record.test.confusion for record in records], axis=0))
    np.testing.assert_allclose([sum(share for _, share in row) for row in table.rows], 1, atol=2e-3)
    assert table.names == ("0", "1", "2")
    named = [record.model_copy(update={"class_names": ("a", "b", "c")}) for record in records]
    assert confusion_table("cosine", named).names == ("a", "b", "c")


def test_without_classes_or_with_too_many_there_is_none():
    none = example_results(classes=None, metric=Metric(name="e", higher_is_better=False))
    assert confusion_tables(none, none.study.labels) == []
    many = example_results(classes=30)
    assert confusion_tables(many, many.study.labels) == []


@pytest.mark.parametrize("given", [(), ("ant",), ("ant", "bee"), ("ant", "bee", "cow"), ("ant", "bee", "cow", "dog")])
def test_outputs_beyond_the_names_are_numbered_and_the_page_is_written(given, tmp_path):
    results = example_results(classes=3)
    named = tuple(record.model_copy(update={"class_names": given}) for record in results.confirmed)
    results = results.model_copy(update={"confirmed": named})
    want = (*given, *("0", "1", "2")[len(given) :])[:3]
    for table in confusion_tables(results, results.study.labels):
        assert table.names == want
        assert len(table.rows) == len(table.names)
    write_page(results, tmp_path / "page.html")
    text = words(read_page(tmp_path / "page.html"))
    assert "".join(want) in text.partition("Confusion")[2]
