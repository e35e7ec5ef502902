"""Every layout against K plain modules trained one by one; and no trial touches another."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine._layouts import LAYOUTS, _grouped, make_layout
from lrlab.engine._noise import Noise, key_dropout
from support.equivalence import Plain

SEEDS = [11, 12]
B = 6


def convnet():
    return nn.Sequential(
        *(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(0.3)),
        *(nn.Conv2d(4, 6, 3, padding="same"), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout(0.2)),
        *(nn.Flatten(), nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 5)),
    )


def residual():
    def forward(m, x):
        x = F.relu(m.stem(x), inplace=True)
        y = torch.relu(m.norm1(m.conv1(x)))
        y = m.norm2(m.conv2(y))
        y += m.short(x)
        return m.head(F.relu(y).mean((2, 3)))

    return Plain(
        forward,
        stem=nn.Conv2d(3, 4, 3, padding=1, bias=False),
        conv1=nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False),
        norm1=nn.BatchNorm2d(6),
        conv2=nn.Conv2d(6, 6, 3, padding=1, bias=False),
        norm2=nn.BatchNorm2d(6, momentum=0.3, eps=1e-3),
        short=nn.Sequential(nn.Conv2d(4, 6, 1, stride=2), nn.BatchNorm2d(6, affine=False)),
        head=nn.Linear(6, 5),
    )


def inception():
    def forward(m, x):
        x = torch.cat([m.a(x), F.avg_pool2d(m.b(x), 3, stride=1, padding=1), x], dim=1)
        x = torch.cat([m.c(x), m.d(x)], 1)
        return m.head(m.pool(F.gelu(x)).flatten(1))

    return Plain(
        forward,
        a=nn.Conv2d(3, 2, 1),
        b=nn.Conv2d(3, 3, 3, padding=1),
        c=nn.Conv2d(8, 4, 3, padding=2, dilation=2, groups=2, bias=False),
        d=nn.Conv2d(8, 2, (3, 1), padding=(1, 0)),
        pool=nn.AdaptiveAvgPool2d((2, 1)),
        head=nn.Linear(12, 5),
    )


def depthwise():
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3, groups=3, bias=False), nn.GroupNorm(2, 6), nn.SiLU(), nn.Conv2d(6, 4, 1), nn.PReLU(4)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(4), nn.Linear(4, 5)),
    )


def attention_of_channels():
    def forward(m, x):
        x = m.conv(x)
        scale = torch.sigmoid(m.up(torch.tanh(m.down(x.mean((2, 3))))))
        x = x * scale.view(x.size(0), -1, 1, 1) * torch.sigmoid(m.spot(x))
        return 0.5 * m.head(x.reshape(x.shape[0], -1)) + 1

    return Plain(
        forward,
        conv=nn.Conv2d(3, 4, 3, stride=2),
        down=nn.Linear(4, 2),
        up=nn.Linear(2, 4),
        spot=nn.Conv2d(4, 1, 1),
        head=nn.Linear(36, 5),
    )


def mlp():
    return nn.Sequential(
        *(nn.Flatten(), nn.Dropout(0.1), nn.Linear(192, 8, bias=False), nn.BatchNorm1d(8), nn.ELU(inplace=True)),
        *(nn.Dropout(0.4), nn.Linear(8, 7), nn.BatchNorm1d(7, track_running_stats=False), nn.Identity()),
        *(nn.LeakyReLU(0.1), nn.Linear(7, 5), nn.LogSoftmax(-1)),
    )


def used_twice():
    def forward(m, x):
        x = m.drop(torch.relu(m.conv(x)))
        return m.head(m.drop(torch.relu(m.conv(x))).flatten(1)) - m.head(x.flatten(1))

    return Plain(forward, conv=nn.Conv2d(3, 3, 3, padding=1), drop=nn.Dropout(0.3), head=nn.Linear(192, 5))


def tied():
    def forward(m, x):
        return m.head(torch.tanh(m.second(torch.tanh(m.first(m.mix(x).flatten(2))))).amax(2))

    model = Plain(
        forward, mix=nn.Conv2d(3, 4, 1), first=nn.Linear(64, 64), second=nn.Linear(64, 64), head=nn.Linear(4, 5)
    )
    model.second.weight = model.first.weight
    model.unused = nn.Linear(2, 2)
    return model


def frozen():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5))
    model[0].weight.requires_grad_(False)
    return model


ZOO = {make.__name__: make for make in (convnet, residual, inception, depthwise, attention_of_channels)}
ZOO |= {make.__name__: make for make in (mlp, used_twice, tied, frozen)}
WHICH = {"one seed": (1, [0, 0, 0]), "own inputs": (2, [0, 1, 1, 0, 1]), "shared inputs, own masks": (1, [0, 1, 1])}


@pytest.fixture(params=[*LAYOUTS, "grouped, in parts"])
def name(request, monkeypatch):
    """A layout; grouped also as it runs large inputs, each seed's trials apart."""
    if request.param in LAYOUTS:
        return request.param
    monkeypatch.setattr(_grouped, "SMALL", 0)
    return "grouped"


def made(make, which, dtype=torch.float64):
    """K models whose statistics and weights are not the fresh ones."""
    torch.manual_seed(0)
    return [make().to(dtype) for _ in which]


def layout_of(name, make, which, dtype=torch.float64):
    noise = Noise(SEEDS)
    models = [key_dropout(model, noise) for model in made(make, which, dtype)]
    return make_layout(name, models, which, noise), noise


def batch(inputs, t, dtype=torch.float64):
    generator = torch.Generator().manual_seed(t)
    return (
        torch.randn(inputs, B, 3, 8, 8, generator=generator).to(dtype),
        torch.randint(5, (inputs, B), generator=generator),
    )


def losses_of(outputs, labels):
    size = len(outputs)
    every = F.cross_entropy(outputs.flatten(0, 1), labels.flatten(), reduction="none")
    return every.view(size, -1).mean(1)


def update(layout, noise, t, inputs, labels, rate=0.1):
    """One step of plain SGD. Returns outputs and gradients."""
    noise.t = t
    outputs = layout.forward(inputs, True)
    losses_of(outputs, labels).sum().backward()
    gradients = {name: gradient.clone() for name, gradient in layout.gradients().items()}
    with torch.no_grad():
        for name, parameter in layout.parameters.items():
            parameter -= rate * gradients[name]
    layout.clear()
    return outputs.detach(), gradients


def plainly(model, noise, t, inputs, labels, rate=0.1):
    noise.t = t
    model.zero_grad()
    outputs = model(inputs)
    F.cross_entropy(outputs, labels).backward()
    gradients = {n: p.grad if p.grad is not None else torch.zeros_like(p) for n, p in model.named_parameters()}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter -= rate * gradients[name]
    return outputs.detach(), {name: gradient.clone() for name, gradient in gradients.items()}


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("which", WHICH.values(), ids=WHICH)
@pytest.mark.parametrize("make", ZOO.values(), ids=ZOO)
def test_a_layout_is_the_plain_modules_one_by_one(name, make, which):
    inputs_of, rows = which
    layout, noise = layout_of(name, make, rows)
    noises = [Noise([SEEDS[row]]) for row in rows]
    models = [key_dropout(model, own).train() for model, own in zip(made(make, rows), noises, strict=True)]
    for t in range(3):
        inputs, labels = batch(inputs_of, t)
        reads = [row if inputs_of > 1 else 0 for row in rows]
        outputs, gradients = update(layout, noise, t, inputs, labels[reads])
        for k, read in enumerate(reads):
            expected, by_name = plainly(models[k], noises[k], t, inputs[read], labels[read])
            close(outputs[k], expected)
            close({name: gradients[name][k] for name in gradients}, {name: by_name[name] for name in gradients})
    state = layout.parameters | layout.buffers
    assert all(tensor.is_contiguous() for tensor in state.values())
    unseen = batch(1, 9)[0][:, :4]
    with torch.no_grad():
        looked = layout.forward(unseen, False)
    for k, model in enumerate(models):
        close({name: state[name][k] for name in state}, dict(model.named_parameters()) | dict(model.named_buffers()))
        with torch.no_grad():
            close(looked[k], model.eval()(unseen[0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("which", list(WHICH.values())[:2], ids=list(WHICH)[:2])
@pytest.mark.parametrize("make", ZOO.values(), ids=ZOO)
def test_not_a_number_in_one_trial_changes_no_bit_of_another(name, make, which, dtype):
    inputs_of, rows = which
    found = []
    for broken in (False, True):
        layout, noise = layout_of(name, make, rows, dtype)
        if broken:
            with torch.no_grad():
                for tensor in (layout.parameters | layout.buffers).values():
                    if tensor.is_floating_point():
                        tensor[1] = torch.nan
        inputs, labels = batch(inputs_of, 1, dtype)
        outputs, gradients = update(layout, noise, 1, inputs, labels[[row if inputs_of > 1 else 0 for row in rows]])
        assert outputs[1].isnan().any() == broken
        others = [k for k in range(len(rows)) if k != 1]
        state = {"outputs": outputs} | gradients | {f"{n} after": t.detach() for n, t in layout.buffers.items()}
        found.append({name: tensor[others] for name, tensor in state.items()})
    assert not [name for name in found[0] if not torch.equal(found[0][name], found[1][name])]


@pytest.mark.parametrize("make", [convnet, tied, frozen])
def test_the_kept_go_on_as_if_the_others_had_stayed(name, make):
    rows, staying = [0, 1, 1, 0, 1], [1, 3, 4]
    full, noise = layout_of(name, make, rows)
    part, part_noise = layout_of(name, make, rows)
    inputs, labels = batch(2, 0)
    for layout, own in ((full, noise), (part, part_noise)):
        update(layout, own, 0, inputs, labels[rows])
    kept = part.keep(staying)
    assert (kept.size, kept.name) == (3, name)
    inputs, labels = batch(2, 1)
    outputs, gradients = update(full, noise, 1, inputs, labels[rows])
    kept_outputs, kept_gradients = update(kept, part_noise, 1, inputs, labels[[rows[k] for k in staying]])
    close(kept_outputs, outputs[staying])
    close(kept_gradients, {name: gradient[staying] for name, gradient in gradients.items()})
    close(
        {name: tensor.detach() for name, tensor in (kept.parameters | kept.buffers).items()},
        {name: tensor.detach()[staying] for name, tensor in (full.parameters | full.buffers).items()},
    )
    last, own = kept.keep([2]), part_noise
    close(
        update(last, own, 2, *((x := batch(2, 2))[0], x[1][[1]]))[0][0], update(full, noise, 2, x[0], x[1][rows])[0][4]
    )


def test_a_repeated_pass_of_an_update_is_the_same_and_gradients_add_up_until_cleared(name):
    layout, noise = layout_of(name, used_twice, [0, 1])
    inputs, labels = batch(1, 0)
    once = update(layout, noise, 0, inputs, labels[[0, 0]], rate=0)[1]
    for _ in range(2):
        losses_of(layout.forward(inputs, True), labels[[0, 0]]).sum().backward()
    close(layout.gradients(), {name: 2 * gradient for name, gradient in once.items()})


def test_pooling_before_relu_is_exact_at_ties_and_below_zero():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1), nn.Flatten())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randint(-1, 2, parameter.shape))
    layout = make_layout("grouped", [copy.deepcopy(model)], [0], Noise([1]))
    inputs = torch.randint(-1, 2, (1, 32, 3, 9, 9)).float()  # whole numbers: many ties, and every sum is exact
    weights = torch.randint(-3, 4, (1, 32, 100)).float()
    outputs = layout.forward(inputs, True)
    (outputs * weights).sum().backward()
    expected = model(inputs[0])
    (expected * weights[0]).sum().backward()
    assert torch.equal(outputs[0], expected)
    assert all(torch.equal(layout.gradients()[name][0], p.grad) for name, p in model.named_parameters())


@pytest.mark.parametrize("name", ["loop", "vmap"])
def test_a_buffer_the_module_replaces_is_followed(name):
    def forward(m, x):
        if m.training:
            m.seen = m.seen + m.linear(x.flatten(1)).detach().sum(0)
        return m.linear(x.flatten(1)) + 0.01 * m.seen

    def make():
        model = Plain(forward, linear=nn.Linear(192, 5))
        model.register_buffer("seen", torch.zeros(5))
        return model

    layout, noise = layout_of(name, make, [0, 0])
    models = [model.train() for model in made(make, [0, 0])]
    for t in range(2):
        inputs, labels = batch(1, t)
        outputs, _ = update(layout, noise, t, inputs, labels[[0, 0]])
        for k, model in enumerate(models):
            close(outputs[k], plainly(model, Noise([0]), t, inputs[0], labels[0])[0])
    close(layout.buffers["seen"], torch.stack([model.seen for model in models]))
