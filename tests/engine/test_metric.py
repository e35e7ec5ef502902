"""What a record says of its metric: lrlab's accuracy is a share, a user's metric only where it says so."""

import pytest

from lrlab.engine import train
from lrlab.spec import Metric
from lrlab.tasks import Task
from support.tasks import blobs, trial


def own(metric, score):
    """The blobs under a metric of the user's."""
    base = blobs()
    splits = {name: tuple(split) for name, split in base.splits()}
    return Task(model=base.model, metric=metric, score=score, **splits)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (Metric(name="accuracy"), False),
        (Metric(name="accuracy", share=True), True),
        (Metric(name="accuracy", share=False), False),
        (Metric(name="error", higher_is_better=False), False),
        (Metric(name="top-2 accuracy", share=True), True),
    ],
)
def test_a_users_metric_is_a_share_where_it_says_so(given, kept):
    task = own(given, lambda outputs, labels: 100 * (outputs.argmax(1) == labels).double().mean().item())
    record = train(trial(task, budget="1 epochs"), task).record
    assert record.metric == given.model_copy(update={"share": kept})
    assert record.metric.in_percent == kept


def test_lrlabs_own_accuracy_is_one_and_is_written_as_before():
    task = blobs()
    record = train(trial(task, budget="1 epochs"), task).record
    assert record.metric == Metric(name="accuracy")
    assert record.metric.in_percent
