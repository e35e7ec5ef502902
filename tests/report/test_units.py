"""Units of metrics in answers, tables, pages and JSON; of two schedules the one with the lower loss is better."""

from functools import cache

import pytest

from lrlab.report import answer, claim_sentence, html_answer, json_answer, table
from lrlab.report._insight_words import score_words
from lrlab.report._numbers import scale_of
from lrlab.spec import KNOWN_METRICS, Metric
from support.ends import answered, record, study

RMSE = Metric(name="rmse", higher_is_better=False, unit="mg/dl", heading="RMSE")
OTHERS = {"mae": 2.0, "r2": 0.5}


@cache
def results_of(metric, better, worse, spread):
    """cosine at 0.1 has `better`, constant `worse`, a little apart by seed; test loss is something else."""

    def made(trial):
        good = str(trial.schedule) == "cosine"
        score = (better if good else worse) + spread * (trial.seed % 5)
        made = record(trial, score, 0.5 if good else 0.7, metric)
        return made.model_copy(update={"test": made.test.model_copy(update={"scores": OTHERS})})

    return answered(study(peaks=(0.1,), seeds=2, confirm={"seeds": 10}), made)


@pytest.mark.parametrize(
    ("metric", "better", "worse", "spread", "headline", "by", "sentence", "heading"),
    [
        (RMSE, 50.0, 58.0, 0.1, "test RMSE 50.20 mg/dl", "by 8.00 mg/dl, 8.00 to 8.00", "8.00 mg/dl of RMSE, where",
         "RMSE (mg/dl)"),
        (KNOWN_METRICS["loss_per_token"], 1.5, 1.8, 0.01, "test loss per token 1.520 nats", "by 0.300 nats, 0.300 to",
         "0.300 nats of loss per token, where lower is better", "loss per token (nats)"),
        (KNOWN_METRICS["bits_per_character"], 1.5, 1.8, 0.01, "test bits per character 1.520", "by 0.300 bits, 0.300",
         "0.300 bits per character, where lower is better", "bits per character"),
        (KNOWN_METRICS["perplexity"], 5.0, 9.0, 0.1, "test perplexity 5.20", "by 4.00, 4.00 to 4.00",
         "4.00 of perplexity, where lower is better", "perplexity"),
        (KNOWN_METRICS["mean_iou"], 0.8, 0.6, 0.001, "80.2 % test mean IoU", "by 20.0 points, 20.0 to",
         "20.0 points of mean IoU", "mean IoU (%)"),
        (KNOWN_METRICS["r2"], 0.8, 0.6, 0.001, "test R² 0.8020", "by 0.2000, 0.2000 to", "0.2000 of R²", "R²"),
    ],
)  # fmt: skip
def test_every_sentence_has_the_metrics_own_words(metric, better, worse, spread, headline, by, sentence, heading):
    results = results_of(metric, better, worse, spread)
    found = json_answer(results)
    assert found["headline"].endswith(headline)
    assert results.claims[0].verdict == "cosine"
    assert f"Better than constant ({by}" in answer(results)
    assert f"cosine at 0.1 beats constant at 0.1 by {sentence}" in claim_sentence(results.claims[0], results)
    assert table(results).header[2] == heading
    assert found["metric"]["name"] == metric.name
    assert ("lower is better" in html_answer(results)) == (not metric.higher_is_better)


def test_further_metrics_are_columns_in_the_order_of_their_catalogue():
    results = results_of(RMSE, 50.0, 58.0, 0.1)
    header, rows = table(results)
    place = header.index("MAE")
    assert header[place : place + 3] == ("MAE", "R²", "loss")
    assert rows[0][place : place + 2] == ("2", "0.5")
    assert results.rows[0].scores == OTHERS
    assert json_answer(results)["rows"][0]["scores"] == OTHERS


def test_the_loss_per_token_is_the_loss_and_is_shown_once():
    def made(trial):
        score = (1.5 if str(trial.schedule) == "cosine" else 1.8) + 0.01 * (trial.seed % 5)
        return record(trial, score, score, KNOWN_METRICS["loss_per_token"])

    results = answered(study(peaks=(0.1,), seeds=2, confirm={"seeds": 10}), made)
    assert "loss" not in table(results).header
    assert results.loss_claims == ()


def test_a_value_is_said_with_its_unit_beyond_the_answer_too():
    scale = scale_of(results_of(RMSE, 50.0, 58.0, 0.1))
    assert score_words(scale, 50.0) == "RMSE 50.00 mg/dl"
    assert (scale.heading, scale.difference_unit) == ("RMSE (mg/dl)", "mg/dl")


def test_a_perplexity_has_a_logarithmic_axis():
    assert scale_of(results_of(KNOWN_METRICS["perplexity"], 5.0, 9.0, 0.1)).log
    assert not scale_of(results_of(RMSE, 50.0, 58.0, 0.1)).log


def test_margins_are_a_twentieth_of_a_value_and_a_hundredth_per_token():
    assert results_of(RMSE, 50.0, 58.0, 0.1).margin.value == 2
    per_token = results_of(KNOWN_METRICS["loss_per_token"], 1.5, 1.8, 0.01).margin
    assert (per_token.value, per_token.why[:15]) == (0.02, "1 % of the lead")
