"""Muon: which weights are its matrices, that it is torch's, and that stacks train as the plain loop does."""

import pytest
import torch
from torch import nn

from lrlab.engine import train, train_stack
from lrlab.engine._parameter_groups import parameter_groups
from lrlab.engine._plain_optimizers import Muon
from lrlab.engine._randomness import epoch_batches, initial_model
from lrlab.spec import Optimizer
from lrlab.tasks import Task, get
from support.tasks import OBJECTIVE_TASKS, blobs, pictures, trial

BATCH = 16


def deep(count: int = 120) -> Task:
    """Clouds of points, and a network with two matrices inside, one wide and one tall, and a norm."""

    def model() -> nn.Module:
        layers = nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 5), nn.LayerNorm(5), nn.Tanh(), nn.Linear(5, 3)
        return nn.Sequential(*layers)

    flat = blobs(count).train
    return Task.from_arrays(model=model, inputs=flat.inputs, labels=flat.labels)


def normed() -> Task:
    """Noise in three shades of grey, and a network with batch norm, whose convolution has no bias of its own."""

    def model() -> nn.Module:
        layers = nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()
        return nn.Sequential(*layers, nn.Linear(256, 3))

    shades = pictures(80).train
    return Task.from_arrays(model=model, inputs=shades.inputs, labels=shades.labels)


@pytest.fixture
def torchs(monkeypatch):
    """torch's Muon, its iteration in the precision of the weights in place of bfloat16."""
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon")
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)
    return torch.optim.Muon


@pytest.mark.parametrize("shape", [(3, 4), (5, 3), (4, 4), (1, 6)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_an_update_is_torchs(torchs, shape, nesterov):
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(shape, generator=generator, dtype=torch.float64)
    settings = {"lr": 0.02, "weight_decay": 0.1, "nesterov": nesterov}
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    optimizers = (
        Muon([ours], betas=(0.9, 0.95), **settings),
        torchs([theirs], momentum=0.9, adjust_lr_fn="match_rms_adamw", **settings),
    )
    for _ in range(10):
        gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
        for weight, optimizer in zip((ours, theirs), optimizers, strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-12)


def test_a_whole_trial_is_that_of_torchs_muon_and_adamw_by_hand(torchs):
    task, settings = deep(), {"name": "muon", "weight_decay": 0.1, "no_decay": True}
    asked = trial(task, optimizer=settings, peak=0.02, schedule="linear", budget="3 epochs", precision="float64")
    model, count = initial_model(task.model, asked.seed).double(), len(task.train.inputs)
    inside = [model[0].weight, model[2].weight]
    plain = [model[0].bias, model[2].bias, *model[3].parameters(), model[5].bias]
    optimizers = (
        torchs(inside, momentum=0.95, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(
            [{"params": [model[5].weight], "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
            betas=(0.95, 0.95),
        ),
    )
    per_epoch = count // BATCH
    for t in range(updates := 3 * per_epoch):
        batch = epoch_batches(count, BATCH, asked.seed, t // per_epoch)[t % per_epoch]
        model.zero_grad()
        outputs = model(task.train.inputs[batch].double())
        nn.functional.cross_entropy(outputs, task.train.labels[batch]).backward()
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = 0.02 * (1 - t / updates)
            optimizer.step()
    for name, weight in train(asked, task).weights.items():
        torch.testing.assert_close(weight, model.state_dict()[name], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("task", ["text/char-gpt(blocks=1)", "text/classify", "digits/convnet", "digits/segment"])
def test_of_built_in_models_embeddings_heads_norms_and_biases_are_adamws(task):
    model = get(task).model()
    named = dict(model.named_parameters())
    groups = parameter_groups(model, Optimizer(name="muon"))
    muons = [name for group in groups if group.optimizer == "muon" for name in group.names]
    embeddings = {
        f"{path}.weight" for path, module in model.named_modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }
    head = [name for name, tensor in named.items() if tensor.ndim > 1][-1]
    others = {name for name, tensor in named.items() if tensor.ndim < 2} | embeddings | {head}
    others |= {name for name in named if name.endswith("positions")}  # which are no layer's weight
    assert set(muons) == named.keys() - others


SETTINGS = {
    "as it is": {},
    "layers apart": {"layer_decay": 0.7, "no_decay": True, "weight_decay": 0.1},
    "several batches": {"accumulate": 2, "weight_decay": 0.1},
    "moving": {"momentum_schedule": "linear", "decay_schedule": "cosine", "weight_decay": 0.1},
    "by shape, clipped": {"decay_follows": "shape", "weight_decay": 0.01, "clip": 0.5, "nesterov": False},
}


@pytest.mark.parametrize("layout", ["grouped", "vmap", "loop"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("kind", ["tokens", "pixels", "deep", "normed"])
def test_stacks_train_as_the_plain_loop_does(kind, settings, layout):
    task = {"deep": deep, "normed": normed, **OBJECTIVE_TASKS}[kind]()
    fields = {"optimizer": {"name": "muon"} | settings, "batch_size": 8, "precision": "float64", "budget": "2 epochs"}
    trials = [trial(task, seed=1, peak=0.01, **fields), trial(task, seed=2, peak=0.03, schedule="linear", **fields)]
    for stacked, plain in zip(train_stack(trials, task, layout), [train(one, task) for one in trials], strict=True):
        assert stacked.record.test.loss == pytest.approx(plain.record.test.loss, rel=1e-8)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(stacked.weights[name], weight, rtol=1e-8, atol=1e-9)
