"""Every metric against scikit-learn's, over any cut into chunks; and losses against torch's."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from torch.nn import functional as F  # noqa: N812

from lrlab.objectives import LOSS, Classification, MultiLabel, NextToken, PerPixel, Regression

CLOSE = {"rel": 1e-12, "abs": 1e-12}
seeds = st.integers(0, 2**31 - 1)


def drawn(seed):
    return torch.Generator().manual_seed(seed)


def in_chunks(objective, outputs, labels, size):
    """All metrics by sums over chunks of so many examples, each of two trials of which this is the second."""
    sums = None
    for few, theirs in zip(outputs.split(size), labels.split(size), strict=True):
        pair = torch.stack([few.roll(1, 0) - 1, few]), torch.stack([theirs, theirs])
        found = objective.sums(*pair)
        sums = found if sums is None else objective.merge(sums, found)
    return {name: value[1].item() for name, value in objective.totals(sums).items()}


def both_ways(objective, outputs, labels, size):
    """All metrics, in chunks; they are those of all examples at once."""
    found, whole = in_chunks(objective, outputs, labels, size), objective.scores(outputs, labels)
    assert set(found) == set(whole) == {LOSS, *objective.metric_names}
    for name, value in found.items():
        assert value == pytest.approx(whole[name], rel=1e-9, abs=1e-9, nan_ok=True), name
    return found


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(2, 60), st.integers(2, 6), st.integers(1, 70))
def test_classes(seed, count, classes, size):
    """Of 6 classes some never occur, in labels or in predictions."""
    outputs = torch.randn(count, classes, generator=drawn(seed), dtype=torch.float64)
    labels = torch.randint(0, max(classes - 1, 1), (count,), generator=drawn(seed + 1))
    found = both_ways(Classification(), outputs, labels, size)
    predicted = outputs.argmax(1)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted), **CLOSE)
    assert found["macro_f1"] == pytest.approx(sk.f1_score(labels, predicted, average="macro"), **CLOSE)
    shares = outputs.softmax(1).numpy()
    assert found[LOSS] == pytest.approx(sk.log_loss(labels, shares, labels=range(classes)), **CLOSE)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(2, 60), st.integers(2, 5), st.integers(1, 70))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_labels_of_their_own(seed, count, width, size):
    outputs = torch.randn(count, width, generator=drawn(seed), dtype=torch.float64) - 0.5
    labels = (torch.rand(count, width, generator=drawn(seed + 1)) < 0.2).float()
    found = both_ways(MultiLabel(), outputs, labels, size)
    true, predicted = labels.numpy(), (outputs > 0).numpy().astype(int)
    for average in ("macro", "micro"):
        expected = sk.f1_score(true, predicted, average=average, zero_division=0)
        assert found[f"{average}_f1"] == pytest.approx(expected, **CLOSE)
    assert found["subset_accuracy"] == pytest.approx(sk.accuracy_score(true, predicted), **CLOSE)
    expected = F.binary_cross_entropy_with_logits(outputs, labels.double()).item()
    assert found[LOSS] == pytest.approx(expected, **CLOSE)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(2, 60), st.integers(1, 4), st.integers(1, 70), st.sampled_from([0.0, 1e3, 1e6]))
def test_amounts(seed, count, width, size, far):
    """Labels may lie far from 0: no digits are lost in the spread around their mean."""
    labels = far + torch.randn(count, width, generator=drawn(seed), dtype=torch.float64)
    outputs = labels + torch.randn(count, width, generator=drawn(seed + 1), dtype=torch.float64)
    found = both_ways(Regression(), outputs, labels, size)
    pair = labels.numpy(), outputs.numpy()
    assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(*pair), **CLOSE)
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(*pair), **CLOSE)
    assert found["r2"] == pytest.approx(sk.r2_score(*pair), rel=1e-9 if far else 1e-12, abs=1e-9 if far else 1e-12)
    assert found[LOSS] == pytest.approx(sk.mean_squared_error(*pair), **CLOSE)


@pytest.mark.parametrize(("outputs", "expected"), [([2.0, 2.0, 2.0], 1.0), ([2.0, 2.0, 3.0], 0.0)])
def test_r2_of_labels_that_are_all_equal(outputs, expected):
    labels = torch.full((3,), 2.0)
    assert Regression().scores(torch.tensor(outputs), labels)["r2"] == expected == sk.r2_score(labels, outputs)


def test_r2_of_one_example_is_none():
    assert math.isnan(Regression().scores(torch.ones(1), torch.zeros(1))["r2"])


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 12), st.integers(1, 5), st.integers(1, 14))
def test_tokens(seed, count, length, size):
    outputs = torch.randn(count, length, 4, generator=drawn(seed), dtype=torch.float64)
    labels = torch.randint(0, 4, (count, length), generator=drawn(seed + 1))
    labels[torch.rand(count, length, generator=drawn(seed + 2)) < 0.3] = -100
    labels[0, 0] = 1
    found = both_ways(NextToken(characters=3.5), outputs, labels, size)
    known = labels != -100
    expected = sk.log_loss(labels[known], outputs[known].softmax(-1).numpy(), labels=range(4))
    assert found[LOSS] == found["loss_per_token"] == pytest.approx(expected, **CLOSE)
    assert found["perplexity"] == pytest.approx(math.exp(expected), **CLOSE)
    assert found["bits_per_character"] == pytest.approx(expected / math.log(2) / 3.5, **CLOSE)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 12), st.integers(2, 5), st.integers(1, 14), st.sampled_from([-100, 255]))
def test_pixels(seed, count, classes, size, ignore):
    outputs = torch.randn(count, classes, 3, 4, generator=drawn(seed), dtype=torch.float64)
    labels = torch.randint(0, max(classes - 1, 1), (count, 3, 4), generator=drawn(seed + 1))
    labels[torch.rand(count, 3, 4, generator=drawn(seed + 2)) < 0.3] = ignore
    labels[0, 0, 0] = 0
    found = both_ways(PerPixel(ignore=ignore), outputs, labels, size)
    known = labels != ignore
    true, predicted = labels[known], outputs.argmax(1)[known]
    assert found["pixel_accuracy"] == pytest.approx(sk.accuracy_score(true, predicted), **CLOSE)
    assert found["mean_iou"] == pytest.approx(sk.jaccard_score(true, predicted, average="macro"), **CLOSE)
    shares = outputs.movedim(1, -1)[known].softmax(-1).numpy()
    assert found[LOSS] == pytest.approx(sk.log_loss(true, shares, labels=range(classes)), **CLOSE)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, (0.5, 1.0, 4.0)])
def test_weighted_and_smoothed_losses_are_torchs(weights, smoothing):
    objective = Classification(class_weights=weights, label_smoothing=smoothing)
    outputs, labels = torch.randn(2, 7, 3, generator=drawn(1)), torch.randint(0, 3, (2, 7), generator=drawn(2))
    given_weights = None if weights is None else torch.tensor(weights)
    expected = [F.cross_entropy(*pair, given_weights, label_smoothing=smoothing) for pair in zip(outputs, labels)]  # noqa: B905
    assert objective.losses(outputs, labels).tolist() == pytest.approx([each.item() for each in expected], rel=1e-6)
    assert [objective.loss(*pair).item() for pair in zip(outputs, labels, strict=True)] == [
        each.item() for each in expected
    ]


def test_balanced_weights_are_scikit_learns():
    from sklearn.utils.class_weight import compute_class_weight

    labels = torch.tensor([0, 0, 0, 1, 2, 2])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels.numpy())
    assert Classification(class_weights="balanced").for_labels(labels).class_weights == pytest.approx(tuple(expected))


def test_the_temperature_is_the_one_of_the_lowest_log_loss():
    """Against a fine grid, and scikit-learn's log loss of scaled logits."""
    sure, labels = 4 * torch.randn(300, 3, generator=drawn(3)), torch.randint(0, 3, (300,), generator=drawn(4))
    sure[torch.arange(300), labels] += 3
    objective = Classification()
    fitted = objective.fit(sure, labels)
    at = [F.cross_entropy(sure.double() / t, labels).item() for t in np.geomspace(0.05, 50, 2001)]
    found = objective.scores(sure, labels, fitted)["calibrated_log_loss"]
    assert found == pytest.approx(min(at), rel=1e-5)
    assert found <= min(at) + 1e-12
    scaled = (sure.double() / fitted).softmax(1).numpy()
    assert found == pytest.approx(sk.log_loss(labels, scaled / scaled.sum(1, keepdims=True)), rel=1e-9)
    again = objective.scores(2 * sure, labels, objective.fit(2 * sure, labels))["calibrated_log_loss"]
    assert again == pytest.approx(found, rel=1e-6), "calibrated loss does not depend on the logits' scale"


def test_logits_that_fit_nothing_have_the_temperature_at_its_bound():
    outputs = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert Classification().fit(outputs, torch.tensor([1, 1])) == pytest.approx(1e3, rel=1e-6)
    assert Classification().fit(outputs, torch.tensor([0, 0])) == pytest.approx(1e-2, rel=1e-6)
    assert Classification().fit(outputs * torch.inf, torch.tensor([0, 0])) == 1.0
