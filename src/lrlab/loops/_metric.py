"""The metric of a loop: declared, or the one that it finishes with."""

import re
from collections.abc import Iterable

from ..errors import RunError, TaskError, shortened
from ..spec import Metric
from ..trackers import point_of
from ._numbers import COUNTERS, metric_name

LEAST_PERCENT = 1.5  # a value above cannot be a share
LIKELY = (20, 500)  # times as much in per cent as the other as a share, where the two are of one model

OF_ERRORS = {"error", "rate", "top", "class", "classification", "word", "character"}  # of shares, not of amounts
SHARES = ("accuracy", "f1", "auc", "auroc", "precision", "recall", "map", "miou", "iou", "dice")
HIGHER = (*SHARES, "bleu", "rouge", "r2", "psnr", "ssim", "return", "reward")
LOWER = ("loss", "error", "perplexity", "ppl", "mse", "rmse", "mae", "nll", "bpc", "bpb", "wer", "cer", "fid")


def metric_named(name: object, higher_is_better: object = None) -> Metric | None:
    """The metric of that name, or the one given; None for None. Raises TaskError where its direction is not known."""
    if higher_is_better is not None and not isinstance(higher_is_better, bool):
        got = shortened(repr(higher_is_better), 100)
        raise TaskError(f"`higher_is_better` is True or False, but got {got}; give one of these")
    if name is None and higher_is_better is not None:
        raise TaskError('`higher_is_better` is of a metric, and none is named; write metric="accuracy" beside it')
    if name is None or isinstance(name, Metric):
        return name
    if not isinstance(name, str) or not name.isidentifier():
        got = shortened(repr(name), 100)
        raise TaskError(f'`metric` is a name such as "accuracy", or a lrlab.Metric, but got {got}; give one')
    name = metric_name(name)
    return Metric(name=name, higher_is_better=_direction_of(name, higher_is_better))


def check_one_unit(metric: Metric, validation: float, test: float) -> None:
    """Raise RunError where one of the values of a share is in per cent and the other is not."""
    if not (metric.in_percent or _is_share(metric.name)):
        return
    low, high = sorted((validation, test))
    if 0 < low < 1 and LEAST_PERCENT < high <= 100 and LIKELY[0] <= high / low <= LIKELY[1]:
        raise RunError(
            f"run.finish: test_{metric.name} is {test:g}, and validation_{metric.name} was {validation:g}: one is a "
            "share, the other in per cent; give both in one unit"
        )


def _is_share(name: str) -> bool:
    """Whether a metric of this name is a share, or a hundred times one.

    >>> [_is_share(name) for name in ("macro_f1", "mAP50", "wer", "error_rate", "mean_absolute_error", "loss")]
    [True, True, True, True, False, False]
    """
    words = {word.rstrip("0123456789") for word in re.split(r"[\W_]+", name.lower())}
    return point_of(name, ()) is not None or bool(words & {*SHARES, "wer", "cer"}) or ("error" in words <= OF_ERRORS)


def has_usual_direction(name: str) -> bool:
    """Whether everybody knows if a higher value of this name is better."""
    return name.lower() in HIGHER + LOWER


def _direction_of(name: str, given: bool | None) -> bool:
    if given is not None:
        return given
    if not has_usual_direction(name):
        raise TaskError(
            f"whether a higher {name} is better is not known; write "
            f'@lrlab.trial(metric="{name}", higher_is_better=True), or False'
        )
    return name.lower() in HIGHER


def metric_finished_with(measured: Iterable[str], validated: Iterable[str]) -> Metric:
    """The metric of a loop that declared none.

    measured: what it finished with, of the test data. validated: what it reported of validation data. The one that is
    not the loss, or the loss where there is no other; of several the one that was reported too. Raises TaskError.
    """
    names, reported = [name for name in measured if name not in COUNTERS], set(validated)
    others = [name for name in names if name != "loss"]
    others = [name for name in others if name in reported] or others
    if len(others) > 1 or not names or (not others and "loss" not in names):
        found = ", ".join(f"test_{name}" for name in names) or "nothing"
        raise TaskError(
            f"run.finish gives {found}, and which of it decides is not said; write "
            f'@lrlab.trial(metric="{next(iter(names), "accuracy")}")'
        )
    found = metric_named(others[0] if others else "loss")
    assert found is not None
    return found
