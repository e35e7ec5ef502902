import math
import operator

import pytest
import torch
from torch import fx, nn

from lrlab.errors import TaskError
from lrlab.models import MODELS

# Model, channels, side: parameters and multiply-adds with ten classes.
COUNTS = {
    ("cnn", 1, 28): (18_474, 1_302_624),
    ("cnn", 3, 32): (22_122, 1_998_336),
    ("convnet", 3, 32): (9_986, 155_408),
    ("googlenet", 3, 32): (6_166_250, 1_521_756_160),
    ("lenet", 1, 28): (61_706, 416_520),
    ("lenet", 1, 32): (61_706, 416_520),
    ("lenet", 3, 32): (62_006, 651_720),
    ("mlp", 1, 28): (109_386, 109_184),
    ("resnet18", 3, 32): (11_173_962, 555_422_720),
    ("resnet50", 3, 32): (23_520_842, 1_297_829_888),
}
SMALLEST = {"cnn": 8, "convnet": 10, "googlenet": 4, "lenet": 12, "resnet18": 8, "resnet50": 8}


def make(name, seed=0, **options):
    torch.manual_seed(seed)
    return MODELS[name](**options)


def images(channels=3, size=32, count=4):
    return torch.randn(count, channels, size, size, generator=torch.Generator().manual_seed(1))


def multiply_adds(model, inputs):
    """Multiplications of weights and activations for one image, counted where they happen."""
    total = 0

    def count(layer, _, outputs):
        nonlocal total
        total += outputs[0].numel() * layer.weight[0].numel()

    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    model(inputs)
    return total


@pytest.mark.parametrize(("name", "channels", "size"), COUNTS)
def test_the_counts_are_those_published_and_those_in_the_docstring(name, channels, size):
    with torch.device("meta"):  # shapes without numbers: the large ones take no time
        model, inputs = MODELS[name](channels=channels, size=size), torch.empty(1, channels, size, size)
    parameters, products = COUNTS[name, channels, size]
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert multiply_adds(model.eval(), inputs) == products
    said = " ".join((MODELS[name].__doc__ or "").split())
    assert f"{parameters:,} parameters, {products:,} multiply-adds" in said


def test_the_digit_models_are_cheap():
    assert COUNTS["lenet", 1, 28][1] < 700_000
    assert COUNTS["cnn", 1, 28][1] < 1_500_000


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("width", [1 / 8, 1 / 4, 1])
@pytest.mark.parametrize("size", [16, 28, 32, 64])
def test_scores_have_one_column_a_class(name, width, size):
    with torch.device("meta"):
        model, inputs = MODELS[name](channels=2, classes=7, size=size, width=width), torch.empty(3, 2, size, size)
    assert model(inputs).shape == (3, 7)


@pytest.mark.parametrize("name", MODELS)
def test_a_traced_model_is_modules_sums_and_joins_and_uses_each_module_once(name):
    model = make(name, size=16, width=1 / 8).eval()
    traced = fx.symbolic_trace(model)
    called = [node.target for node in traced.graph.nodes if node.op == "call_module"]
    assert len(called) == len(set(called))
    others = {node.target for node in traced.graph.nodes if node.op not in ("placeholder", "output", "call_module")}
    assert others <= {operator.add, torch.cat}
    assert torch.equal(traced(images(size=16)), model(images(size=16)))


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_gets_a_gradient(name):
    model = make(name, size=16, width=1 / 8)
    nn.functional.cross_entropy(model(images(size=16)), torch.arange(4)).backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_decides_the_weights(name):
    first, again, other = (make(name, seed, width=1 / 8).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", MODELS)
def test_width_scales_every_hidden_layer(name):
    def outputs(width):
        with torch.device("meta"):
            layers = MODELS[name](width=width).modules()
        return [layer.weight.shape[0] for layer in layers if isinstance(layer, nn.Conv2d | nn.Linear)]

    *hidden, last = outputs(1)
    assert outputs(2) == [*(2 * count for count in hidden), last]
    assert outputs(1.0) == [*hidden, last]


@pytest.mark.parametrize("name", MODELS)
def test_the_narrowest_model_still_runs(name):
    assert make(name, size=16, width=1e-9)(images(size=16)).shape == (4, 10)


def test_a_resnet_adds_its_shortcut_and_halves_three_times():
    model = make("resnet18", width=1 / 8).eval()
    shapes = []
    for block in model[3:-3]:
        block.register_forward_hook(lambda block, inputs, outputs: shapes.append(outputs.shape[1:]))
    model(images())
    assert shapes == [(c, s, s) for c, s in ((8, 32), (16, 16), (32, 8), (64, 4)) for _ in range(2)]
    block, inputs = model[3], images(channels=8, size=4)
    assert torch.equal(block(inputs), (block.body(inputs) + inputs).relu())


def test_an_inception_module_joins_its_branches_in_order():
    block = make("googlenet", width=1 / 8)[3].eval()
    inputs = images(channels=24, size=8)
    parts = torch.split(block(inputs), [8, 16, 4, 4], dim=1)
    assert all(torch.equal(part, branch(inputs)) for part, branch in zip(parts, block.branches, strict=True))


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_size_works_and_the_next_smaller_says_so(name):
    smallest = SMALLEST[name]
    assert f"Images from {smallest}x{smallest} on" in (MODELS[name].__doc__ or "")
    assert make(name, size=smallest, width=1 / 8)(images(size=smallest)).shape == (4, 10)
    with pytest.raises(TaskError, match=f"at least {smallest} x {smallest} pixels.* size {smallest - 1}.*take mlp"):
        make(name, size=smallest - 1)


def test_mlp_takes_a_single_pixel():
    assert make("mlp", size=1)(images(size=1)).shape == (4, 10)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("width", [0, -1.0, math.inf, math.nan, "1", True])
def test_a_width_that_is_no_factor_is_refused(name, width):
    with pytest.raises(TaskError, match=f"{name}: width .* must be a finite number above 0.*1.0 is the published"):
        make(name, width=width)


@pytest.mark.parametrize("option", ["channels", "classes", "size"])
@pytest.mark.parametrize("count", [0, -3, 2.0, True, "3"])
def test_a_count_that_is_no_count_is_refused(option, count):
    with pytest.raises(TaskError, match=f"convnet: {option} must be a whole number of at least 1"):
        make("convnet", **{option: count})
