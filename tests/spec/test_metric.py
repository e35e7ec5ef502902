"""A metric's later fields change no record and no key of before; how its numbers are called."""

import pytest

from lrlab.spec import KNOWN_METRICS, Evaluation, Metric


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (Metric(name="accuracy"), '{"higher_is_better":true,"name":"accuracy"}'),
        (Metric(name="error", higher_is_better=False, share=False),
         '{"higher_is_better":false,"name":"error","share":false}'),
        (Metric(name="rmse", higher_is_better=False, unit="kg", heading="RMSE"),
         '{"heading":"RMSE","higher_is_better":false,"name":"rmse","unit":"kg"}'),
        (KNOWN_METRICS["perplexity"],
         '{"heading":"perplexity","higher_is_better":false,"name":"perplexity","scale":"log"}'),
    ],
)  # fmt: skip
def test_fields_at_their_default_are_not_written(metric, text):
    assert metric.to_json() == text
    assert Metric.from_json(text) == metric


def test_its_text_is_that_of_before_where_nothing_new_is_said():
    """Fingerprints of users' tasks have it in them."""
    assert str(Metric(name="error", higher_is_better=False)) == "name='error' higher_is_better=False share=None"
    assert str(Metric(name="rmse", unit="kg")).endswith("share=None unit='kg'")


@pytest.mark.parametrize(
    ("metric", "shown", "differences"),
    [
        (Metric(name="accuracy"), "%", "points of accuracy"),
        (Metric(name="loss", higher_is_better=False), "", "of loss"),
        (Metric(name="rmse", unit="kg", heading="RMSE"), "kg", "kg of RMSE"),
        (KNOWN_METRICS["mean_iou"], "%", "points of mean IoU"),
        (KNOWN_METRICS["loss_per_token"], "nats", "nats of loss per token"),
        (KNOWN_METRICS["bits_per_character"], "", "bits per character"),
    ],
)
def test_units_behind_values_and_differences(metric, shown, differences):
    assert (metric.shown_unit, metric.of_differences) == (shown, differences)


def test_an_evaluation_without_further_metrics_is_written_as_before():
    plain = Evaluation(loss=1.0, score=0.5, confusion=None)
    assert plain.to_json() == '{"confusion":null,"loss":1.0,"score":0.5}'
    more = Evaluation(loss=1.0, score=0.5, confusion=None, scores={"mae": 2.0})
    assert more.to_json() == '{"confusion":null,"loss":1.0,"score":0.5,"scores":{"mae":2.0}}'
    assert Evaluation.from_json(more.to_json()) == more
    assert Evaluation.from_json(plain.to_json()) == plain
