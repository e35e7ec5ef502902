"""Metrics of lrlab's own, of one trial and of a stack."""

import pytest
import torch

from lrlab.objectives._own_metrics import METRICS


@pytest.mark.parametrize(("name", "scores"), [("accuracy", [0.5, 1.0]), ("loss", [0.25, 3.0])])
def test_of_a_stack_each_trial_has_its_own(name, scores):
    outputs = torch.tensor([[[0.0, 1.0], [2.0, 1.0]], [[1.0, 0.0], [2.0, 1.0]]])
    labels, losses = torch.tensor([[1, 1], [0, 0]]), torch.tensor([0.25, 3.0])
    metric = METRICS[name]
    assert metric.score(outputs, labels, losses).tolist() == scores
    assert [float(metric.score(*part)) for part in zip(outputs, labels, losses, strict=True)] == scores
    assert metric.described.name == name
