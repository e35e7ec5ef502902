import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from lrlab.errors import StatisticsError
from lrlab.stats import (
    ClassCounts,
    class_counts,
    class_counts_of_cells,
    classification,
    confusion_cells,
    confusion_counts,
    macro_averages,
)


@st.composite
def labelled(draw):
    """Number of classes, truth, prediction; few samples, so that classes are often missing from either."""
    classes, samples = draw(st.integers(2, 6)), draw(st.integers(1, 12))
    labels = arrays(np.int64, samples, elements=st.integers(0, classes - 1))
    return classes, draw(labels), draw(labels)


@st.composite
def labelled_several(draw):
    """Confusion counts of several data sets with as many classes, of which some are missing."""
    classes, several = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    counts = draw(arrays(np.int64, (several, classes, classes), elements=st.integers(0, 3)))
    counts[:, 0, 0] += 1
    return counts


@given(labelled())
def test_equals_scikit_learn(drawn):
    """By class over all of them; averages as by default, over the classes that occur in truth or prediction."""
    classes, true, predicted = drawn
    options = {"labels": range(classes), "zero_division": 0}
    confusion = confusion_counts(true, predicted, classes)
    found = classification(confusion)
    assert (confusion == confusion_matrix(true, predicted, labels=range(classes))).all()
    assert found.accuracy == pytest.approx(accuracy_score(true, predicted), rel=1e-14)
    each = precision_recall_fscore_support(true, predicted, average=None, **options)
    for ours, theirs in zip((found.precision, found.recall, found.f1, found.support), each, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    for average, ours in (("macro", found.macro), ("weighted", found.weighted)):
        theirs = precision_recall_fscore_support(true, predicted, average=average, zero_division=0)[:3]
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_a_class_that_does_not_occur_is_in_no_average():
    found = classification([[2, 0, 0], [0, 2, 0], [0, 0, 0]])
    assert found.macro == found.weighted == (1.0, 1.0, 1.0)
    assert found.recall.tolist() == [1.0, 1.0, 0.0]
    wide = np.zeros((1000, 1000), dtype=np.int64)
    wide[7, 7], wide[40, 40] = 3, 5
    assert classification(wide).macro == (1.0, 1.0, 1.0)


def test_a_class_that_is_only_predicted_counts_zero():
    found = classification([[2, 0, 2], [0, 4, 0], [0, 0, 0]])
    np.testing.assert_allclose(found.macro, [2 / 3, 1 / 2, (2 / 3 + 1) / 3], rtol=1e-15)


@given(labelled())
def test_margins_and_cells_say_the_same_as_the_counts(drawn):
    classes, true, predicted = drawn
    confusion, cells = confusion_counts(true, predicted, classes), confusion_cells(true, predicted, classes)
    assert len(cells) <= len(true)
    assert [(t, p, confusion[t, p]) for t, p in np.argwhere(confusion)] == [tuple(cell) for cell in cells]
    for ours in (class_counts(confusion), class_counts_of_cells(cells, classes)):
        assert all(np.array_equal(a, b) for a, b in zip(ours, class_counts(confusion), strict=True))
    for one, other in zip(classification(class_counts(confusion)), classification(confusion), strict=True):
        assert np.array_equal(one, other)


def test_margins_of_two_halves_add_up():
    halves = [class_counts_of_cells(cells, 10_000) for cells in ([[2, 9, 1], [7, 7, 2]], [[9_999, 9_999, 4]])]
    whole = ClassCounts(*(a + b for a, b in zip(*halves, strict=True)))
    found = classification(whole)
    assert found.accuracy == 6 / 7
    assert found.macro.recall == 2 / 4  # classes 2, 7, 9 and 9,999 occur


def test_a_collapsed_network_by_hand():
    # Everything called class 1 of four equal classes: precision 1/4, recall 1, F1 2/5 there, 0 elsewhere.
    found = classification(confusion_counts(np.repeat(range(4), 5), np.ones(20, dtype=np.uint8), 4))
    assert found.accuracy == 0.25
    np.testing.assert_allclose(found.macro, [1 / 16, 1 / 4, 1 / 10], rtol=1e-15)
    assert found.support.tolist() == [5, 5, 5, 5]


def test_small_integer_types_do_not_overflow():
    assert classification(np.full((3, 3), 200, dtype=np.uint8)).support.tolist() == [600, 600, 600]
    assert confusion_counts(np.array([250], np.uint8), np.array([3], np.int8), 251)[250, 3] == 1


def test_nothing_to_count_is_a_table_of_zeros():
    assert confusion_counts([], [], 2).tolist() == [[0, 0], [0, 0]]


@given(labelled(), st.randoms(use_true_random=False))
def test_renaming_the_classes_renames_the_metrics(drawn, random):
    classes, true, predicted = drawn
    names = np.array(random.sample(range(classes), classes))
    plain = classification(confusion_counts(true, predicted, classes))
    renamed = classification(confusion_counts(names[true], names[predicted], classes))
    assert renamed.f1[names].tolist() == plain.f1.tolist()
    np.testing.assert_allclose(renamed.macro, plain.macro, rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: classification([[1, 2]]), r"must be \(C, C\), but got \(1, 2\); build it with `confusion_counts`"),
        (lambda: classification([[1.0]]), "whole counts >= 0, but got float64"),
        (lambda: classification([[1, -1], [0, 1]]), "but got int64 from -1; build it"),
        (lambda: classification([[0, 0], [0, 0]]), "all counts are 0; evaluate on some data"),
        (lambda: confusion_counts([0, 1], [0], 2), r"but got \(2,\) and \(1,\); pass one label per sample"),
        (lambda: confusion_counts([0, 2], [0, 1], 2), "but got 0 .. 2 with classes = 2; number the classes from 0"),
        (lambda: confusion_counts([0, 1], [0, -1], 2), "`0 <= predicted < classes`"),
        (lambda: confusion_counts([0.5], [0], 2), "but got float64; pass class indices"),
        (lambda: confusion_counts([0], [0], 0), "`classes >= 1`"),
        (lambda: confusion_cells([0, 2], [0, 1], 2), "number the classes from 0, or raise classes"),
        (lambda: class_counts([[1, 2]]), r"must be \(C, C\), but got \(1, 2\); build it with `confusion_counts`"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()


@given(labelled_several())
def test_averages_of_many_are_those_of_each(confusions):
    found = macro_averages(confusions)
    assert found.tolist() == [list(classification(confusion).macro) for confusion in confusions]


@pytest.mark.parametrize(
    "confusions",
    [[[1, 0], [0, 1]], [[[1, 0]]], [[[1, -1], [0, 1]]], [[[0, 0], [0, 0]]], [[[0.5, 0], [0, 1]]]],
    ids=["one", "not square", "negative", "nothing counted", "no whole numbers"],
)
def test_what_one_would_refuse_many_refuse(confusions):
    with pytest.raises(StatisticsError, match=r"build (it|each) with|evaluate on some data"):
        macro_averages(confusions)
