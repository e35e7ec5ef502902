"""A metric says whether it is a share; what was written before it could, reads and writes as it did."""

import json

import pytest

from lrlab.spec import Metric, Record, counted, spoken
from support.results import example_results


@pytest.mark.parametrize(
    ("metric", "percent"),
    [
        (Metric(name="accuracy"), True),
        (Metric(name="accuracy", share=False), False),
        (Metric(name="accuracy", share=True), True),
        (Metric(name="top-5 accuracy", share=True), True),
        (Metric(name="Accuracy"), False),
        (Metric(name="loss", higher_is_better=False), False),
    ],
)
def test_only_a_share_is_in_per_cent(metric, percent):
    assert metric.in_percent == percent
    assert Metric.from_json(metric.to_json()) == metric


def test_a_metric_that_says_nothing_is_written_as_before():
    assert Metric(name="accuracy").to_json() == '{"higher_is_better":true,"name":"accuracy"}'
    assert json.loads(Metric(name="accuracy", share=False).to_json())["share"] is False
    record = example_results().confirmed[0]
    assert '"metric":{"higher_is_better":true,"name":"accuracy"}' in record.to_json()
    assert Record.from_json(record.to_json()) == record


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 seeds"), (1, "1 seed"), (2, "2 seeds"), (1000, "1,000 seeds"), (1001, "1,001 seeds")]
)
def test_one_is_counted_as_one(number, text):
    assert counted(number, "seed") == text


@pytest.mark.parametrize(
    ("span", "said"),
    [("1 epochs", "1 epoch"), ("11 epochs", "11 epochs"), ("1 updates", "1 update"), ("0.5 epochs", "0.5 epochs")],
)
def test_a_length_of_one_is_said_as_one(span, said):
    assert spoken(span) == said
