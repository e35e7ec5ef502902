"""Networks written by others, unmodified: whichever layout takes them has the plain loop's numbers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine import verify
from lrlab.errors import Unstackable
from lrlab.objectives import NextToken, PerPixel
from lrlab.spec import Optimizer
from lrlab.tasks import Task
from support.equivalence import PLANS
from support.tasks import trial

V, L = 17, 8


def trials(task, updates=4, **optimizer):
    fields = {"batch_size": 8, "precision": "float64", "budget": f"{updates} updates"}
    settings = Optimizer(**{"name": "adamw"} | optimizer)
    return [trial(task, schedule=p, peak=r / 10, seed=s, optimizer=settings, **fields) for p, r, s in PLANS]


def equal_by(task, layout, **optimizer):
    found = verify(trials(task, **optimizer), task, layout)
    return {row.tensor for row in found} and all(row.equal and row.telling for row in found)


def tokens(model, labels=None, count=24, **fields):
    ids = np.random.default_rng(0).integers(1, V, size=(count, L + 1))
    labels = ids[:, 1:] if labels is None else labels(ids)
    return Task.from_arrays(model=model, inputs=ids[:, :-1], labels=labels, tokens=True, **fields)


class DoubleConv(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(
            *(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)),
            *(nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)),
        )


class Up(nn.Module):
    """As most U-Nets on the web have it: up by interpolation or a transposed convolution, padded to the skip's size."""

    def __init__(self, inputs, outputs, bilinear):
        super().__init__()
        self.up = (
            nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(inputs, inputs // 2, 1)
            )
            if bilinear
            else nn.ConvTranspose2d(inputs, inputs // 2, kernel_size=2, stride=2)
        )
        self.conv = DoubleConv(inputs, outputs)

    def forward(self, low, skip):
        low = self.up(low)
        dy, dx = skip.size()[2] - low.size()[2], skip.size()[3] - low.size()[3]
        low = F.pad(low, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([skip, low], dim=1))


class WebUNet(nn.Module):
    def __init__(self, bilinear=False):
        super().__init__()
        self.inc, self.down = DoubleConv(1, 4), nn.Sequential(nn.MaxPool2d(2), DoubleConv(4, 8))
        self.up, self.outc = Up(8, 4, bilinear), nn.Conv2d(4, 3, kernel_size=1)

    def forward(self, x):
        first = self.inc(x)
        out = self.outc(self.up(self.down(first), first))
        return F.interpolate(out, size=x.shape[-2:], mode="bilinear", align_corners=False)


@pytest.mark.parametrize("layout", ["grouped", "vmap", "loop"])
@pytest.mark.parametrize("bilinear", [False, True])
def test_a_u_net_of_the_web(bilinear, layout):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, size=(24, 9, 9))
    inputs = labels[:, None] + rng.normal(size=(24, 1, 9, 9))
    task = Task.from_arrays(
        model=lambda: WebUNet(bilinear), inputs=inputs.astype(np.float32), labels=labels, objective=PerPixel()
    )
    assert equal_by(task, layout)


@pytest.mark.parametrize("layout", ["grouped", "loop"])
def test_torch_s_own_encoder_with_its_dropout_at_zero(layout):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(V, 8)
            layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
            self.encoder, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(8, V)

        def forward(self, ids):
            mask = nn.Transformer.generate_square_subsequent_mask(ids.size(1), dtype=torch.float64)
            return self.head(self.encoder(self.words(ids), mask))

    assert equal_by(tokens(Encoder, objective=NextToken()), layout, name="sgd")


def test_a_transformers_encoder_from_its_configuration():
    transformers = pytest.importorskip("transformers")

    def make():
        config = transformers.BertConfig(
            vocab_size=V,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=L,
            num_labels=3,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        return Scores(transformers.BertForSequenceClassification(config))

    class Scores(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, ids):
            return self.model(input_ids=ids).logits

    task = tokens(make, labels=lambda ids: ids[:, 0] % 3)
    taken = []
    for layout in ("grouped", "vmap", "loop"):
        try:
            assert equal_by(task, layout, name="sgd"), layout
            taken.append(layout)
        except Unstackable:
            continue
    assert "loop" in taken


def test_a_lightning_module_is_a_module():
    lightning = pytest.importorskip("lightning")
    from lightning.pytorch.demos.boring_classes import BoringModel

    assert issubclass(BoringModel, lightning.LightningModule)
    rng = np.random.default_rng(2)
    task = Task.from_arrays(model=BoringModel, inputs=rng.normal(size=(24, 32)), labels=np.arange(24) % 2)
    for layout in ("grouped", "loop"):
        assert equal_by(task, layout, name="sgd"), layout
