"""Classification metrics from confusion counts. Suffix C: classes; in CC the first axis is the truth."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count


class Averages(NamedTuple):
    """One average over classes of each metric."""

    precision: float
    recall: float
    f1: float


class ClassCounts(NamedTuple):
    """What averages need of confusion counts, (C,) int64: how often a class was rightly predicted, true, predicted.

    It is small where the (C, C) counts are not; those of two data sets add up, field by field.
    """

    right: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]


class ClassScores(NamedTuple):
    """Metrics of one confusion matrix. Arrays have shape (C,); everything but support is a share in [0, 1]."""

    accuracy: float
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]
    macro: Averages
    weighted: Averages


def confusion_counts(true: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """How often each class was predicted as each class: counts of shape (C, C), rows = true, columns = predicted.

    true, predicted: whole numbers 0 .. classes - 1, of one shape.

    Raises StatisticsError: shapes that differ, labels that are not whole or out of range.

    >>> confusion_counts([0, 0, 1, 2], [0, 1, 1, 1], 3).tolist()
    [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    """
    classes = count(classes, "classes")
    cell_S = _cell_places(true, predicted, classes)
    return np.bincount(cell_S, minlength=classes**2).reshape(classes, classes)


def confusion_cells(true: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """The confusion counts that are not 0, (M, 3): true class, predicted class, count; in the order of the classes.

    For many classes: there are never more of them than samples. Arguments and errors as in `confusion_counts`.

    >>> confusion_cells([7, 7, 2], [7, 7, 9], 10_000).tolist()
    [[2, 9, 1], [7, 7, 2]]
    """
    classes = count(classes, "classes")
    cell_M, count_M = np.unique(_cell_places(true, predicted, classes), return_counts=True)
    return np.stack([cell_M // classes, cell_M % classes, count_M], axis=1)


def class_counts(confusion: ArrayLike) -> ClassCounts:
    """The counts by class of confusion counts (C, C), rows = true class, columns = predicted.

    Raises StatisticsError: not square, not whole numbers, a negative count.

    >>> [counts.tolist() for counts in class_counts([[3, 1], [0, 4]])]
    [[3, 4], [4, 4], [3, 5]]
    """
    count_CC = np.asarray(confusion)
    if count_CC.ndim != 2 or count_CC.shape[0] != count_CC.shape[1]:
        raise StatisticsError(f"`confusion` must be (C, C), but got {count_CC.shape}; build it with `confusion_counts`")
    if not np.issubdtype(count_CC.dtype, np.integer) or (count_CC < 0).any():
        raise StatisticsError(
            f"`confusion` must hold whole counts >= 0, but got {count_CC.dtype} from {count_CC.min(initial=0)}; "
            "build it with `confusion_counts`"
        )
    right_C = count_CC.diagonal().astype(np.int64)
    return ClassCounts(right_C, count_CC.sum(axis=1, dtype=np.int64), count_CC.sum(axis=0, dtype=np.int64))


def class_counts_of_cells(cells: ArrayLike, classes: int) -> ClassCounts:
    """The counts by class of what `confusion_cells` gave for so many classes.

    >>> [counts.tolist() for counts in class_counts_of_cells([[0, 0, 3], [0, 1, 1], [1, 1, 4]], 2)]
    [[3, 4], [4, 4], [3, 5]]
    """
    true_M, predicted_M, count_M = np.asarray(cells, dtype=np.int64).reshape(-1, 3).T
    counts = ClassCounts(*(np.zeros(classes, dtype=np.int64) for _ in ClassCounts._fields))
    np.add.at(counts.true, true_M, count_M)
    np.add.at(counts.predicted, predicted_M, count_M)
    np.add.at(counts.right, true_M[true_M == predicted_M], count_M[true_M == predicted_M])
    return counts


def classification(confusion: ArrayLike | ClassCounts) -> ClassScores:
    r"""Accuracy, precision, recall and F1, per class and averaged, of confusion counts n.

    .. math:: P_c = \frac{n_{cc}}{\sum_i n_{ic}}, \quad R_c = \frac{n_{cc}}{\sum_j n_{cj}}, \quad
        F_c = \frac{2 n_{cc}}{\sum_i n_{ic} + \sum_j n_{cj}}

    confusion: whole numbers of shape (C, C), rows = true class, columns = predicted; or its `class_counts`. Support =
    samples of each true class. macro = plain mean over classes; weighted = mean by support. 0 / 0 counts as 0: a class
    never predicted has precision 0.

    Averages run over the classes that occur, in truth or in prediction, as scikit-learn's do by default: a model with
    more outputs than there are classes is not blamed for those it rightly never predicts. A class that occurs in the
    predictions alone counts 0. Weighted averages are the same over all classes.

    Raises StatisticsError: not square, not whole numbers, a negative count, nothing counted.

    `scikit-learn, precision_recall_fscore_support
    <https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html>`_.

    >>> report = classification([[3, 1], [0, 4]])
    >>> report.accuracy, report.precision.tolist(), report.recall.tolist(), round(report.macro.f1, 3)
    (0.875, [1.0, 0.8], [0.75, 1.0], 0.873)
    """
    right_C, support_C, predicted_C = confusion if isinstance(confusion, ClassCounts) else class_counts(confusion)
    if (total := int(support_C.sum())) == 0:
        raise StatisticsError("`confusion` must count at least one sample, but all counts are 0; evaluate on some data")
    precision_C, recall_C = _safe_share(right_C, predicted_C), _safe_share(right_C, support_C)
    f1_C = _safe_share(2 * right_C, predicted_C + support_C)
    there_C = support_C + predicted_C > 0
    metrics = (precision_C, recall_C, f1_C)
    return ClassScores(
        accuracy=int(right_C.sum()) / total,
        precision=precision_C,
        recall=recall_C,
        f1=f1_C,
        support=support_C,
        macro=Averages(*(float(metric_C[there_C].mean()) for metric_C in metrics)),
        weighted=Averages(*(float(metric_C @ support_C) / total for metric_C in metrics)),
    )


def macro_averages(confusions: ArrayLike) -> NDArray[np.float64]:
    """The macro averages of many confusion counts (N, C, C) of as many classes, (N, 3), as `classification` has them.

    Raises StatisticsError where `classification` would of one of them.

    >>> macro_averages([[[3, 1], [0, 4]], [[4, 0], [0, 4]]]).round(3).tolist()
    [[0.9, 0.875, 0.873], [1.0, 1.0, 1.0]]
    """
    count_NCC = np.asarray(confusions)
    if count_NCC.ndim != 3:
        raise StatisticsError(
            f"`confusions` must be (N, C, C), but got {count_NCC.shape}; build each with `confusion_counts`"
        )
    for count_CC in count_NCC[:1]:
        class_counts(count_CC)
    if (count_NCC < 0).any() or not count_NCC.any(axis=(1, 2)).all():
        for count_CC in count_NCC:
            classification(count_CC)
    right_NC = np.ascontiguousarray(np.diagonal(count_NCC, axis1=1, axis2=2))
    support_NC, predicted_NC = count_NCC.sum(axis=2, dtype=np.int64), count_NCC.sum(axis=1, dtype=np.int64)
    metrics = (
        _safe_share(right_NC, predicted_NC),
        _safe_share(right_NC, support_NC),
        _safe_share(2 * right_NC, predicted_NC + support_NC),
    )
    there_NC = support_NC + predicted_NC > 0
    mean_N3 = np.stack([np.ascontiguousarray(metric_NC).mean(axis=1) for metric_NC in metrics], axis=1)
    for place in np.flatnonzero(~there_NC.all(axis=1)):
        mean_N3[place] = [metric_NC[place, there_NC[place]].mean() for metric_NC in metrics]
    return mean_N3


def _safe_share(part_C: NDArray[np.int64], whole_C: NDArray[np.int64]) -> NDArray[np.float64]:
    return part_C / np.maximum(whole_C, 1)


def _cell_places(true: ArrayLike, predicted: ArrayLike, classes: int) -> NDArray[np.int64]:
    """The place of each sample in the flattened counts."""
    true_S, predicted_S = (
        _check_labels(values, name, classes) for values, name in ((true, "true"), (predicted, "predicted"))
    )
    if true_S.shape != predicted_S.shape:
        raise StatisticsError(
            f"`true` and `predicted` must have one shape, but got {true_S.shape} and {predicted_S.shape}; "
            "pass one label per sample in each"
        )
    return true_S.ravel().astype(np.int64) * classes + predicted_S.ravel()


def _check_labels(values: ArrayLike, name: str, classes: int) -> NDArray[np.integer]:
    labels = np.asarray(values)
    if labels.size == 0:
        return labels.astype(np.int64)
    if not np.issubdtype(labels.dtype, np.integer):
        raise StatisticsError(f"`{name}` must hold whole numbers, but got {labels.dtype}; pass class indices")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        raise StatisticsError(
            f"`0 <= {name} < classes` must hold, but got {low} .. {high} with classes = {classes}; "
            "number the classes from 0, or raise classes"
        )
    return labels
