"""The same stacks on a graphics card: equal to the plain loop there, and close to the processor."""

import time

import pytest
import torch
from torch import nn

from lrlab.engine import COMPILED, Patience, train, train_stack, verify
from lrlab.tasks import get
from support.tasks import blobs, pictures, trial

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card that torch sees"),
]


@pytest.mark.parametrize("layout", ["grouped", "vmap", "loop"])
def test_a_stack_is_the_plain_loop_on_a_card_too(layout):
    task = blobs(dropout=0.3).to("cuda")
    trials = [trial(task, peak=peak, seed=seed, precision="float64") for peak, seed in ((0.1, 1), (0.03, 1), (0.1, 2))]
    found = verify(trials, task, layout)
    assert all(deviation.equal for deviation in found), found[:3]
    record = train_stack(trials, task, layout)[0].record
    assert record.provenance.device == torch.cuda.get_device_name()


def test_without_random_draws_a_card_gives_what_the_processor_gives():
    task = blobs()
    made = trial(task, precision="float64")
    there, here = train(made, task.to("cuda")).record, train(made, task).record
    assert there.test.loss == pytest.approx(here.test.loss, rel=1e-9)


def test_bfloat16_is_a_rounding_not_another_training():
    task = blobs().to("cuda")
    rough, fine = (train(trial(task, precision=precision), task).record for precision in ("bfloat16", "float32"))
    assert rough.test.loss == pytest.approx(fine.test.loss, rel=0.1)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("layout", ["grouped", "loop"])
def test_recorded_updates_are_the_updates(layout, optimizer):
    task = pictures().to("cuda")
    seeded = [("cosine", 1), ("warmup+constant", 1), ("plateau(patience=1)+constant", 2)]
    common = {"optimizer": optimizer, "precision": "float64", "budget": "5 epochs", "watch": "test"}
    trials = [trial(task, peak=0.01, seed=seed, schedule=plan, **common) for plan, seed in seeded]
    recorded, plain = train_stack(trials, task, layout, graph=True), train_stack(trials, task, layout)
    for one, other in zip(recorded, plain, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        losses = [epoch.train_loss for epoch in other.record.epochs]
        assert [epoch.train_loss for epoch in one.record.epochs] == pytest.approx(losses, rel=1e-9)
        for name, weight in one.weights.items():
            assert torch.allclose(weight, other.weights[name], rtol=1e-8, atol=1e-10), name


def test_a_recorded_stack_loses_a_diverged_trial_and_goes_on():
    layers = lambda: nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.3), nn.Linear(8, 8), nn.Linear(8, 3))  # noqa: E731
    task = blobs().with_model(layers).to("cuda")
    trials = [trial(task, peak=peak, budget="4 epochs") for peak in (0.1, 1000.0, 0.03)]
    found = [trained.record for trained in train_stack(trials, task, "grouped", graph=True)]
    assert [record.outcome for record in found] == ["finished", "diverged", "finished"]
    assert found[2].test.loss == pytest.approx(train(trials[2], task).record.test.loss, rel=1e-4)


def test_a_recorded_stack_stops_and_goes_on(tmp_path):
    task = blobs(dropout=0.3).to("cuda")
    trials = [trial(task, peak=peak, budget="4 epochs", precision="float64") for peak in (0.1, 0.03)]
    whole = train_stack(trials, task, "grouped", graph=True)
    checkpoint, tries, resumed = tmp_path / "stack.pt", 0, None
    while resumed is None:
        resumed = train_stack(trials, task, "grouped", Patience(checkpoint, time.monotonic() + 0.05), graph=True)
        tries += 1
        assert tries < 500
    assert tries > 1
    for one, other in zip(resumed, whole, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("layout", COMPILED)
def test_compiled_passes_are_the_passes(layout, graph):
    task = blobs(dropout=0.3).to("cuda")
    trials = [trial(task, peak=peak, budget="2 epochs", precision="float64") for peak in (0.1, 0.03)]
    compiled = train_stack(trials, task, layout, graph=graph)
    plain = train_stack(trials, task, layout.removesuffix("_compiled"))
    for one, other in zip(compiled, plain, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        for name, weight in one.weights.items():
            assert torch.allclose(weight, other.weights[name], rtol=1e-8, atol=1e-10), name


def test_a_compiled_gpt_in_bfloat16_is_a_rounding_not_another_training():
    task = get("text/char-gpt").head(train=256, validation=64, test=64).to("cuda")
    made = trial(task, optimizer="adamw", peak=1e-3, budget="8 updates", batch_size=32, precision="bfloat16")
    rough = train_stack([made], task, "grouped_compiled")[0].record
    fine = train(made.model_copy(update={"precision": "float32"}), task).record
    assert rough.test.loss == pytest.approx(fine.test.loss, rel=0.05)
