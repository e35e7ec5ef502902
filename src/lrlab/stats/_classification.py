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


class Classification(NamedTuple):
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
    true_S, predicted_S = (
        _labels(values, name, classes) for values, name in ((true, "true"), (predicted, "predicted"))
    )
    if true_S.shape != predicted_S.shape:
        raise StatisticsError(
            f"`true` and `predicted` must have one shape, but got {true_S.shape} and {predicted_S.shape}; "
            "pass one label per sample in each"
        )
    cell_S = true_S.ravel().astype(np.int64) * classes + predicted_S.ravel()
    return np.bincount(cell_S, minlength=classes**2).reshape(classes, classes)


def classification(confusion: ArrayLike) -> Classification:
    r"""Accuracy, precision, recall and F1, per class and averaged, of confusion counts n.

    .. math:: P_c = \frac{n_{cc}}{\sum_i n_{ic}}, \quad R_c = \frac{n_{cc}}{\sum_j n_{cj}}, \quad
        F_c = \frac{2 n_{cc}}{\sum_i n_{ic} + \sum_j n_{cj}}

    confusion: whole numbers of shape (C, C), rows = true class, columns = predicted. Support = samples of each true
    class. macro = plain mean over classes; weighted = mean by support. 0 / 0 counts as 0: a class never predicted has
    precision 0.

    Averages run over all C classes, those without a sample included, so that trials of one task stay comparable. This
    is scikit-learn with `labels=range(C), zero_division=0`; its default leaves out a class that is in neither truth
    nor prediction. Weighted averages are the same either way.

    Raises StatisticsError: not square, not whole numbers, a negative count, nothing counted.

    `scikit-learn, precision_recall_fscore_support
    <https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html>`_.

    >>> found = classification([[3, 1], [0, 4]])
    >>> found.accuracy, found.precision.tolist(), found.recall.tolist(), round(found.macro.f1, 3)
    (0.875, [1.0, 0.8], [0.75, 1.0], 0.873)
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
    support_C, predicted_C = count_CC.sum(axis=1, dtype=np.int64), count_CC.sum(axis=0, dtype=np.int64)
    if (total := int(support_C.sum())) == 0:
        raise StatisticsError("`confusion` must count at least one sample, but all counts are 0; evaluate on some data")
    precision_C, recall_C = _share(right_C, predicted_C), _share(right_C, support_C)
    f1_C = _share(2 * right_C, predicted_C + support_C)
    metrics = (precision_C, recall_C, f1_C)
    return Classification(
        accuracy=int(right_C.sum()) / total,
        precision=precision_C,
        recall=recall_C,
        f1=f1_C,
        support=support_C,
        macro=Averages(*(float(metric_C.mean()) for metric_C in metrics)),
        weighted=Averages(*(float(metric_C @ support_C) / total for metric_C in metrics)),
    )


def _share(part_C: NDArray[np.int64], whole_C: NDArray[np.int64]) -> NDArray[np.float64]:
    return part_C / np.maximum(whole_C, 1)


def _labels(values: ArrayLike, name: str, classes: int) -> NDArray[np.integer]:
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
