"""What a layout refuses, and that the refusal names the layer and the way out."""

import pickle

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine._layouts import LAYOUTS, Unstackable, make_layout
from lrlab.engine._noise import Noise, key_dropout
from lrlab.errors import RunError, UnknownName


class Headed(nn.Module):
    """One linear layer, and a forward given as a function."""

    def __init__(self, forward):
        super().__init__()
        self.run, self.head = forward, nn.Linear(192, 5)

    def forward(self, inputs):
        return self.run(self, inputs)


def inputs():
    return torch.randn(1, 6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def models_of(make):
    torch.manual_seed(0)
    return [make() for _ in range(2)]


def run(name, make):
    noise = Noise([1])
    models = [key_dropout(model, noise) for model in models_of(make)]
    return make_layout(name, models, [0, 0], noise).forward(inputs(), True)


def looks_at_numbers(m, x):
    y = m.head(x.flatten(1))
    return y if y.sum() > 0 else -y


def drops_by_function(m, x):
    return F.dropout(m.head(x.flatten(1)), 0.5, m.training)


def reads_what_was_overwritten(m, x):
    y = m.head(x.flatten(1))
    return torch.relu_(y) + y


def mixes_examples(m, x):
    y = m.head(x.flatten(1))
    return y - y.mean(0)


def has_two_faces(m, x):
    return m.head(x.flatten(1)) * (2 if m.training else 1)


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen.add_(1)
        return x


class Attention(nn.Module):
    def __init__(self, weights, **options):
        super().__init__()
        self.weights, self.mix = weights, nn.MultiheadAttention(64, 2, **options)

    def forward(self, x):
        mixed, weights = self.mix(x, x, x)
        return weights if self.weights else mixed


class LastState(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRU(8, 4, batch_first=True)

    def forward(self, x):
        return self.cell(x.flatten(1, 2))[1][0]


class Tokens(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.words = nn.Embedding(9, 4, **options)

    def forward(self, x):
        return self.words((x.flatten(1) > 0).long()).mean(1)


def sliced_examples(m, x):
    return m.head(x.flatten(1))[:3]


def turned_to_examples(m, x):
    return m.head(x.flatten(1)).transpose(0, 1).softmax(1).transpose(0, 1)


class Unfold(nn.Module):
    def forward(self, x):
        return F.unfold(x, 8).flatten(1)


def hooked():
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    model[1].register_forward_hook(lambda module, args, output: output)
    return model


def patched():
    """As adapters such as LoRA do that patch a layer in place: half of its weight counts."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    model[1].forward = lambda x, layer=model[1]: F.linear(x, layer.weight * 0.5, layer.bias)
    return model


def halves_gradient(parameter):
    parameter.grad.mul_(0.5)


def hooked_weight(register):
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 5))
    register(model[1].weight)
    return model


WEIGHT_HOOKS = {
    "of the gradient": lambda weight: weight.register_hook(lambda gradient: gradient * 0.5),
    "after the gradient": lambda weight: weight.register_post_accumulate_grad_hook(halves_gradient),
}


def headed(forward):
    return lambda: Headed(forward)


def sequence(*layers):
    return lambda: nn.Sequential(*[layer() for layer in layers])


REFUSED = {
    "numbers": (headed(looks_at_numbers), "Headed cannot be traced, its forward looks at numbers"),
    "functional dropout": (headed(drops_by_function), r"dropout\(\) in forward draws from torch's global generator"),
    "overwritten": (headed(reads_what_was_overwritten), "changes in place a value that is read again"),
    "across examples": (headed(mixes_examples), r"mean\(\) in forward works across the examples"),
    "two faces": (headed(has_two_faces), "does one thing while it trains and another while it does not"),
    "hook": (hooked, "layer 1 has hooks"),
    "patched": (patched, "layer 1 has a forward that was put in the place of its class's"),
    "counting": (sequence(nn.Flatten, lambda: nn.Linear(192, 5), Counting), r"add_\(\) in 2 changes 2.seen in place"),
    "examples": (headed(sliced_examples), r"getitem\(\) in forward takes some examples of a batch"),
    "turned": (headed(turned_to_examples), r"softmax\(\) in forward works across the examples"),
    "attention": (
        sequence(lambda: nn.Flatten(2), lambda: Attention(False, dropout=0.1, batch_first=True)),
        r"layer 1.mix drops attention by numbers from torch's global generator \(give it dropout 0",
    ),
    "weights of attention": (
        sequence(lambda: nn.Flatten(2), lambda: Attention(True, batch_first=True)),
        "layer 1.mix is asked for its weights",
    ),
    "odd attention": (
        sequence(lambda: nn.Flatten(2), lambda: Attention(False, add_zero_attn=True, batch_first=True)),
        "layer 1.mix is made or called in a way not known here",
    ),
    "state": (lambda: LastState(), "layer cell is given a state, or is asked for its last one"),
    "table": (lambda: Tokens(max_norm=1.0), r"layer words changes its table or its gradient in a way of its own"),
    "unknown function": (sequence(Unfold, lambda: nn.Linear(192, 5)), r"unfold\(\) in 0 has no stacked counterpart"),
    "momentum": (
        sequence(lambda: nn.Conv2d(3, 4, 3), lambda: nn.BatchNorm2d(4, momentum=None)),
        r"layer 1 averages its statistics over all updates \(momentum=None\)",
    ),
    "padding": (
        sequence(lambda: nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")),
        "layer 0 pads by 'circular'",
    ),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_the_grouped_layout_refuses_what_it_does_not_know_and_says_what_happens(make, why):
    with pytest.raises(Unstackable, match=why + r".*; this model's trials run one by one instead \(layout 'vmap'"):
        run("grouped", make)


@pytest.mark.parametrize(
    "make", [headed(drops_by_function), sequence(nn.Flatten, lambda: nn.AlphaDropout(0.5), lambda: nn.Linear(192, 5))]
)
@pytest.mark.parametrize("name", ["vmap", "loop"])
def test_draws_from_the_global_generator_are_refused(name, make):
    with torch.random.fork_rng(), pytest.raises(Unstackable, match=r"global generator.*use nn.Dropout as a module"):
        run(name, make)


@pytest.mark.parametrize("register", WEIGHT_HOOKS.values(), ids=WEIGHT_HOOKS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_hooks_of_a_weight_are_refused_or_run_as_in_a_plain_module(name, register):
    def make():
        return hooked_weight(register)

    models, plain, noise = models_of(make), models_of(make), Noise([1])
    if name in ("grouped", "vmap"):
        with pytest.raises(Unstackable, match=r"parameter 1.weight has hooks on its gradient; layout 'loop' takes any"):
            run(name, make)
        return
    layout = make_layout(name, models, [0, 0], noise)
    for _ in range(2):
        layout.forward(inputs(), True).square().sum().backward()
        for k, model in enumerate(plain):
            model.zero_grad()
            model(inputs()[0]).square().sum().backward()
            torch.testing.assert_close(layout.gradients()["1.weight"][k], model[1].weight.grad)
        layout.clear()


def test_vmap_runs_a_forward_that_was_put_on_one_layer():
    plain = torch.stack([model(inputs()[0]) for model in models_of(patched)])
    torch.testing.assert_close(run("vmap", patched), plain)
    torch.testing.assert_close(run("loop", patched), plain)


def test_vmap_refuses_control_flow_and_names_the_layout_that_takes_it():
    make = headed(looks_at_numbers)
    with pytest.raises(Unstackable, match=r"Headed cannot run under vmap .*control flow.*; layout 'loop' takes any"):
        run("vmap", make)
    assert torch.equal(run("loop", make), torch.stack([model(inputs()[0]) for model in models_of(make)]))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTM(192, 4, batch_first=True), nn.Linear(4, 5)

    def forward(self, inputs):
        return self.head(self.cell(inputs.flatten(1)[:, None])[0][:, -1])


def test_a_layer_for_which_torch_has_no_batching_rule_is_refused_and_run_one_by_one():
    with pytest.raises(Unstackable, match=r"Batching rule not implemented .*layout 'loop' takes any module"):
        run("vmap", Recurrent)
    assert run("loop", Recurrent).shape == (2, 6, 5)


def test_a_buffer_that_grows_is_refused():
    def forward(m, x):
        m.seen = torch.cat([m.seen, m.seen])
        return m.head(x.flatten(1))

    def make():
        model = headed(forward)()
        model.register_buffer("seen", torch.zeros(1))
        return model

    with pytest.raises(Unstackable, match=r"buffer seen changes its shape.*layout 'reference'"):
        run("loop", make)


def test_vmap_refuses_bfloat16_and_the_others_take_it():
    make = headed(lambda m, x: m.head(x.flatten(1)))
    with torch.autocast("cpu", torch.bfloat16):
        plain = torch.stack([model(inputs()[0]) for model in models_of(make)])
        assert torch.equal(run("loop", make), plain)
        torch.testing.assert_close(run("grouped", make), plain)
        with pytest.raises(Unstackable, match=r"no bfloat16; use layout 'grouped' or 'loop'"):
            run("vmap", make)


@pytest.mark.parametrize("name", LAYOUTS)
def test_trials_of_one_stack_need_one_architecture(name):
    models = [nn.Sequential(nn.Linear(4, width)) for width in (3, 3, 2)]
    with pytest.raises(Unstackable, match=r"0\.weight of trial 2 is not as in trial 0.*one architecture") as caught:
        make_layout(name, models, [0, 0, 0], Noise([1]))
    assert caught.value.layer == "0"


@pytest.mark.parametrize(
    ("refused", "layer"),
    [("hook", "1"), ("counting", "2"), ("unknown function", "0"), ("padding", "0"), ("two faces", "")],
)
def test_a_refusal_carries_the_layer_it_speaks_of_through_processes_too(refused, layer):
    with pytest.raises(Unstackable) as caught:
        run("grouped", REFUSED[refused][0])
    assert caught.value.layer == layer
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.layer, str(copy)) == (layer, str(caught.value))


def test_unstackable_is_a_run_error_and_a_misspelt_layout_is_named():
    assert issubclass(Unstackable, RunError)
    with pytest.raises(UnknownName, match=r"unknown layout 'group'; did you mean grouped\?"):
        make_layout("group", [nn.Linear(1, 1)], [0], Noise([1]))
