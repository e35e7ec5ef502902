"""Every layout against plain modules on networks of text, sequences and pixels, as other people write them."""

import copy

import pytest
import torch

from lrlab.engine._layouts import LAYOUTS, Unstackable, _grouped, make_layout
from lrlab.engine._noise import Noise, key_dropout
from support.networks import NETWORKS

WHICH = {"one seed": (1, [0, 0]), "own inputs": (2, [0, 1, 1])}
CLOSE = {torch.float64: {"rtol": 1e-9, "atol": 1e-11}, torch.float32: {"rtol": 1e-3, "atol": 2e-5}}


def refused_by_vmap(module):
    return isinstance(module, torch.nn.RNNBase) or getattr(module, "padding_idx", None) is not None


def models_of(make, which, dtype):
    torch.manual_seed(0)
    models = [make().to(dtype) for _ in which]
    with torch.no_grad():
        for model in models:  # no weight starts at a constant: a norm's that was swapped for another's would not show
            for parameter in model.parameters():
                parameter += 0.1 * torch.randn_like(parameter)
    return models


def forward_backward(layout, noise, inputs, t=0):
    noise.t = t
    outputs = layout.forward(inputs, True)
    outputs.flatten(1).pow(2).mean(1).sum().backward()
    return outputs.detach(), {name: gradient.clone() for name, gradient in layout.gradients().items()}


@pytest.mark.filterwarnings("ignore:There is a performance drop because we have not yet implemented")  # of vmap
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("which", WHICH.values(), ids=WHICH)
@pytest.mark.parametrize(("make", "batch"), NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("name", [*LAYOUTS, "grouped, in parts"])
def test_a_layout_is_the_plain_network(name, make, batch, which, dtype, monkeypatch):
    if name not in LAYOUTS:
        monkeypatch.setattr(_grouped, "SMALL", 0)
        name = "grouped"
    count, rows = which
    inputs = batch(count, 4, torch.Generator().manual_seed(1))
    inputs = inputs.to(dtype) if inputs.is_floating_point() else inputs
    models = models_of(make, rows, dtype)
    noise, noises = Noise([11, 12]), [Noise([[11, 12][row]]) for row in rows]
    plain = [key_dropout(copy.deepcopy(model), own).train() for model, own in zip(models, noises, strict=True)]
    try:
        layout = make_layout(name, [key_dropout(model, noise) for model in models], rows, noise)
        outputs, gradients = forward_backward(layout, noise, inputs)
    except Unstackable:
        assert name == "vmap"
        assert any(refused_by_vmap(module) for module in plain[0].modules())
        return
    with torch.no_grad():
        looked = layout.forward(inputs[:, :3], False)
    for k, row in enumerate(rows):
        own = inputs[row if count > 1 else 0]
        expected = plain[k](own)
        expected.pow(2).mean().backward()
        torch.testing.assert_close(outputs[k], expected.detach(), **CLOSE[dtype])
        for key, parameter in plain[k].named_parameters():
            torch.testing.assert_close(gradients[key][k], parameter.grad, **CLOSE[dtype])
        with torch.no_grad():
            torch.testing.assert_close(looked[k], plain[k].eval()(own[:3]), **CLOSE[dtype])


@pytest.mark.parametrize(("make", "batch"), NETWORKS.values(), ids=NETWORKS)
def test_not_a_number_in_one_trial_changes_no_bit_of_another(make, batch):
    found = []
    for broken in (False, True):
        models, noise = models_of(make, [0, 0, 0], torch.float32), Noise([11])
        layout = make_layout("grouped", [key_dropout(model, noise) for model in models], [0, 0, 0], noise)
        if broken:
            with torch.no_grad():
                for tensor in (layout.parameters | layout.buffers).values():
                    if tensor.is_floating_point():
                        tensor[1] = torch.nan
        outputs, gradients = forward_backward(layout, noise, batch(1, 4, torch.Generator().manual_seed(1)))
        assert outputs[1].isnan().any() == broken
        state = {"outputs": outputs} | gradients | {name: buffer.detach() for name, buffer in layout.buffers.items()}
        found.append({name: tensor[[0, 2]].clone() for name, tensor in state.items()})
    assert not [name for name in found[0] if not torch.equal(found[0][name], found[1][name])]
