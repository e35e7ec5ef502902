"""The metric of a loop: whose values are shares, and what is refused of them."""

import pytest

from lrlab.errors import RunError
from lrlab.loops._metric import check_one_unit, metric_named

SHARES = ("accuracy", "macro_f1", "mean_iou", "balanced_accuracy", "top1", "acc1", "mAP50", "error", "wer", "cer")
SHARES = (*SHARES, "error_rate", "top5_error", "val_auc")
AMOUNTS = ("loss", "rmse", "mean_absolute_error", "squared_error", "perplexity", "fid", "reward", "placement")


@pytest.mark.parametrize("name", SHARES)
def test_a_share_beside_per_cents_is_refused_whatever_stands_beside_its_name(name):
    metric = metric_named(name, True)
    for validation, test in ((0.9, 90.0), (90.0, 0.9)):
        with pytest.raises(RunError, match=f"test_{name} is .* one is a share, the other in per cent; give both in"):
            check_one_unit(metric, validation, test)
    check_one_unit(metric, 0.9, 0.8)
    check_one_unit(metric, 90.0, 80.0)


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_may_differ_as_much_as_they_like(name):
    check_one_unit(metric_named(name, False), 0.9, 90.0)
