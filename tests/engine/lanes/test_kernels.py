"""Every layer of the lane engine against torch in float64: outputs, and the gradients of weights and of the input.

Each net begins with a 1x1 convolution, whose gradient shows the layer's input gradient, and ends with a linear layer
that weighs every pixel. The momentum after the first update is the gradient itself.
"""

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F  # noqa: N812

from support.equivalence import Plain

pytestmark = pytest.mark.usefixtures("instruction_set")
sides = st.integers(1, 8)
channels = st.integers(1, 9)
flags = st.booleans()


def pairs(least, most):
    return st.tuples(st.integers(least, most), st.integers(least, most))


def examples(count=25):
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@st.composite
def stacks(draw):
    """How many trials, of which seeds, how large a batch, how many threads; odd ones among them."""
    return {
        "which": draw(st.lists(st.integers(0, 1), min_size=1, max_size=5)),
        "batch": draw(st.integers(2, 7)),
        "threads": draw(st.sampled_from([1, 1, 2, 3])),
    }


def between(layer, shape, inner=2):
    """A net around a layer, for images of this shape with so many channels inside."""

    def make():
        first = nn.Conv2d(shape[0], inner, 1)
        made = layer()
        with torch.no_grad():
            found = made.eval()(torch.zeros(2, inner, *shape[1:]))
        count = found[0].numel()
        last = nn.Conv2d(found.shape[1], found.shape[1], 1)
        return nn.Sequential(first, made, last, nn.Flatten(), nn.Linear(count, 3)).train()

    return make


def alike(found, steps=1, own=True, within=1e-12, **values):
    for t in range(steps):
        apart = found.step(t, found.values(**{"momentum": 0.5} | values), own)
        worst = max(apart, key=apart.__getitem__)
        assert apart[worst] <= within, f"{worst} in update {t}"
    assert found.look() <= within


@examples(60)
@given(data=st.data(), stack=stacks(), own=flags)
def test_convolution(twin, data, stack, own):
    draw = data.draw
    height, width = draw(sides), draw(sides)
    kernel, stride, dilation = draw(pairs(1, 5)), draw(pairs(1, 3)), draw(pairs(1, 2))
    padding = draw(pairs(0, 3))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    assume(all(side + 2 * p >= r for side, p, r in zip((height, width), padding, reach, strict=True)))
    groups = draw(st.integers(1, 3))
    inner, outer, bias = groups * draw(st.integers(1, 5)), groups * draw(channels), draw(flags)
    behind = draw(st.sampled_from([nn.Identity, nn.ReLU]))

    def layer():
        return nn.Sequential(nn.Conv2d(inner, outer, kernel, stride, padding, dilation, groups, bias), behind())

    alike(twin(between(layer, (2, height, width), inner), (2, height, width), **stack), own=own)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("groups", [1, 6])
def test_convolution_with_named_padding_and_of_each_channel_alone(twin, padding, groups):
    words = {"padding": padding, "dilation": (2, 1), "groups": groups}
    alike(twin(between(lambda: nn.Conv2d(6, 6, (3, 5), **words), (3, 7, 5), 6), (3, 7, 5)))


def test_a_convolution_of_more_channels_and_pixels_than_are_handled_at_once(twin):
    def layer():
        return nn.Sequential(nn.Conv2d(27, 70, 3, padding=1), nn.Conv2d(70, 67, 1), nn.MaxPool2d(2))

    alike(twin(between(layer, (2, 14, 13), 27), (2, 14, 13), which=(0, 1), batch=3))


@examples()
@given(sizes=st.lists(st.integers(1, 13), min_size=1, max_size=3), bias=flags, stack=stacks(), own=flags)
def test_linear(twin, sizes, bias, stack, own):
    def make():
        layers = []
        for before, after in zip(sizes, [*sizes[1:], 4], strict=True):
            layers += [nn.Linear(before, after, bias), nn.Tanh()]
        return nn.Sequential(*layers[:-1])

    alike(twin(make, sizes[:1], **stack), own=own)


@examples()
@given(height=sides, width=sides, inner=channels, outer=st.integers(2, 9), stack=stacks())
def test_linear_of_flattened_images(twin, height, width, inner, outer, stack):
    def make():
        layers = nn.Conv2d(2, inner, 1), nn.ReLU(), nn.Flatten(), nn.Linear(inner * height * width, outer)
        return nn.Sequential(*layers, nn.ReLU(), nn.Linear(outer, 3, bias=False))

    alike(twin(make, (2, height, width), **stack))


@examples()
@given(
    affine=flags,
    momentum=st.sampled_from([0.1, 0.3, 1.0]),
    eps=st.sampled_from([1e-5, 1e-2]),
    inner=channels,
    height=st.integers(2, 6),
    relu=flags,
    stack=stacks(),
)
def test_batch_norm_of_images_and_its_running_statistics(twin, affine, momentum, eps, inner, height, relu, stack):
    def layer():
        norm = nn.BatchNorm2d(inner, eps, momentum, affine)
        return nn.Sequential(nn.Tanh(), norm, nn.ReLU() if relu else nn.Identity())

    # A rounding is carried on by the updates that follow, and the statistics look back at all of them.
    alike(twin(between(layer, (2, height, 3), inner), (2, height, 3), **stack), steps=3, within=1e-11, rate=0.01)


@examples()
@given(affine=flags, inner=channels, stack=stacks())
def test_batch_norm_of_features(twin, affine, inner, stack):
    def make():
        layers = nn.Linear(3, inner), nn.Tanh(), nn.BatchNorm1d(inner, affine=affine), nn.ReLU()
        return nn.Sequential(*layers, nn.Linear(inner, 3))

    alike(twin(make, (3,), **stack | {"batch": stack["batch"] + 5}), steps=3, within=1e-11, rate=0.01)


@examples(40)
@given(data=st.data(), stack=stacks(), whole=flags)
def test_max_pooling_with_ties_and_pixels_left_out(twin, data, stack, whole):
    draw = data.draw
    kernel, stride = draw(pairs(1, 4)), draw(pairs(1, 5))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    height, width, inner = draw(sides), draw(sides), draw(channels)
    assume(height + 2 * padding[0] >= kernel[0] and width + 2 * padding[1] >= kernel[1])
    before, behind = (draw(st.sampled_from([nn.Identity, nn.ReLU, nn.Tanh])) for _ in range(2))

    def layer():
        return nn.Sequential(before(), nn.MaxPool2d(kernel, stride, padding), behind())

    alike(twin(between(layer, (2, height, width), inner), (2, height, width), **stack, whole=whole))


def test_max_pooling_of_more_channels_than_are_handled_at_once(twin):
    alike(twin(between(lambda: nn.MaxPool2d(3, 2, 1), (2, 7, 5), 131), (2, 7, 5), which=(0, 1)))


@examples()
@given(data=st.data(), border=flags, stack=stacks())
def test_average_pooling(twin, data, border, stack):
    draw = data.draw
    kernel, stride = draw(pairs(1, 4)), draw(pairs(1, 4))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    height, width, inner = draw(sides), draw(sides), draw(channels)
    assume(height + 2 * padding[0] >= kernel[0] and width + 2 * padding[1] >= kernel[1])
    behind = draw(st.sampled_from([nn.Identity, nn.ReLU]))

    def layer():
        return nn.Sequential(nn.AvgPool2d(kernel, stride, padding, count_include_pad=border), behind())

    alike(twin(between(layer, (2, height, width), inner), (2, height, width), **stack))


@examples()
@given(wanted=pairs(1, 3), times=pairs(1, 3), inner=channels, stack=stacks())
def test_adaptive_pooling(twin, wanted, times, inner, stack):
    height, width = (want * many for want, many in zip(wanted, times, strict=True))
    asked, shape = (None if times[0] == 1 else wanted[0], wanted[1]), (2, height, width)
    alike(twin(between(lambda: nn.AdaptiveAvgPool2d(asked), shape, inner), shape, **stack))


GLOBAL = [
    lambda x: x.mean((2, 3)),
    lambda x: x.mean(dim=[-2, -1]),
    lambda x: x.mean((2, 3), keepdim=True).flatten(1),
    lambda x: F.adaptive_avg_pool2d(x, 1).view(x.size(0), -1),
    lambda x: torch.flatten(F.adaptive_avg_pool2d(F.relu(x), (1, 1)), 1),
]


@pytest.mark.parametrize("pool", GLOBAL)
def test_global_pooling_in_the_ways_it_is_written(twin, pool):
    def make():
        return Plain(lambda m, x: m.head(pool(m.conv(x))), conv=nn.Conv2d(2, 5, 3), head=nn.Linear(5, 3))

    alike(twin(make, (2, 7, 5)))


MAKERS = {
    "entry": nn.Identity,
    "convolution": lambda: nn.Conv2d(5, 5, 3, padding=1),
    "batch norm": lambda: nn.Sequential(nn.Tanh(), nn.BatchNorm2d(5)),
    "max pooling": lambda: nn.MaxPool2d(2),
    "average pooling": lambda: nn.AvgPool2d(3, 1, 1),
    "dropout": lambda: nn.Dropout(0.4),
    "another": nn.Tanh,
}
ACTIVATIONS = {"relu": nn.ReLU, "leaky": lambda: nn.LeakyReLU(0.3), "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
each_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)


@each_activation
@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_an_activation_behind_every_kind_of_layer(twin, maker, activation):
    alike(twin(between(lambda: nn.Sequential(maker(), activation()), (2, 6, 5), 5), (2, 6, 5), threads=2))


@each_activation
@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_an_activation_of_what_is_read_elsewhere_too(twin, maker, activation):
    def layer():
        return Plain(lambda m, x: m.act(y := m.maker(x)) + y, maker=maker(), act=activation())

    alike(twin(between(layer, (2, 6, 5), 5), (2, 6, 5)))


@pytest.mark.parametrize("spread", [1e-3, 30.0])
def test_activations_far_out_and_close_to_zero(twin, spread):
    def layer():
        return nn.Sequential(nn.Sigmoid(), nn.Conv2d(4, 4, 1), nn.Tanh(), nn.Conv2d(4, 4, 1), nn.LeakyReLU(0.01))

    alike(twin(between(layer, (2, 5, 5), 4), (2, 5, 5), spread=spread), within=1e-11)


@examples()
@given(
    p=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    kind=st.sampled_from([nn.Dropout, nn.Dropout2d]),
    twice=flags,
    flat=st.sampled_from([0.0, 0.5]),
    inner=channels,
    stack=stacks(),
    own=flags,
)
def test_dropout_with_the_masks_of_the_stack(twin, p, kind, twice, flat, inner, stack, own):
    def make():
        def forward(m, x):
            x = m.drop(m.first(x))
            x = m.drop(m.second(x)) if twice else m.second(x)
            return m.head(m.flat(x.flatten(1)))

        return Plain(
            forward,
            first=nn.Conv2d(2, inner, 1),
            drop=kind(p),
            second=nn.Conv2d(inner, inner, 1),
            flat=nn.Dropout(flat),
            head=nn.Linear(20 * inner, 3),
        )

    alike(twin(make, (2, 4, 5), **stack), steps=2, own=own)


def twice(m, x):
    return x + x


def residual(m, x):
    return F.relu(x + m.f(x))


def adding_in_place(m, x):
    y = m.f(x)
    y += m.g(x)
    return F.relu(y, inplace=True)


def a_chain(m, x):
    y = torch.relu(m.f(x) + x)
    z = torch.add(m.g(y), y)
    return (z + y) + m.f(z)


def left_and_right(m, x):
    return m.f(x).add(x) + F.relu(x)


SUMS = [twice, residual, adding_in_place, a_chain, left_and_right]


@pytest.mark.parametrize("forward", SUMS)
@pytest.mark.parametrize("trained", [True, False], ids=["trained", "after what is frozen"])
def test_sums(twin, forward, trained):
    def layer():
        return Plain(forward, f=nn.Conv2d(5, 5, 3, padding=1), g=nn.Conv2d(5, 5, 1))

    def make():
        model = between(layer, (2, 5, 4), 5)()
        for parameter in model[0].parameters():
            parameter.requires_grad_(trained)
        return model

    alike(twin(make, (2, 5, 4)))


def branches(m, x):
    return torch.cat([m.f(x), m.g(x)], 1)


def with_the_input(m, x):
    return torch.cat([x, m.f(x), x], dim=1)


def nested(m, x):
    return torch.cat([torch.cat([m.f(x), m.g(x)], 1), x, torch.cat((m.g(x), m.f(x)), dim=-3)], 1)


def dense(m, x):
    y = torch.cat([x, m.f(x)], 1)
    return torch.cat([y, m.wide(y)], 1)


def read_elsewhere(m, x):
    y, z = m.f(x), m.g(x)
    joined = torch.cat([y, z], 1)
    return m.wide(joined) + y + m.f(z)


def read_before(m, x):
    y = m.f(x)
    z = m.g(F.relu(y))
    return torch.cat([y, z, m.act(y)], 1)


def in_two_joins(m, x):
    y, z = m.f(x), m.g(x)
    return torch.cat([torch.cat([y, z], 1), m.wide(torch.cat([z, y], 1)), z], 1)


def a_joined_join(m, x):
    y = torch.cat([m.f(x), x], 1)
    return torch.cat([F.relu(y), y, m.wide(y)], 1)


def relu_behind(m, x):
    return F.relu(torch.cat([m.f(x), F.relu(m.g(x))], 1))


JOINS = [branches, with_the_input, nested, dense, read_elsewhere, read_before, in_two_joins, a_joined_join]
JOINS += [relu_behind]


@pytest.mark.parametrize("forward", JOINS)
@pytest.mark.parametrize("kernel", [1, 3])
def test_concatenations(twin, forward, kernel):
    def layer():
        f = nn.Conv2d(5, 5, kernel, padding=kernel // 2)
        wide = nn.Conv2d(10, 5, kernel, padding=kernel // 2)
        return Plain(forward, f=f, g=nn.Conv2d(5, 5, 1, bias=False), wide=wide, act=nn.Tanh())

    alike(twin(between(layer, (2, 5, 4), 5), (2, 5, 4), threads=2))


@pytest.mark.parametrize("forward", JOINS)
def test_concatenations_of_the_entry_itself(twin, forward):
    def make():
        parts = {"f": nn.Conv2d(5, 5, 1), "g": nn.Conv2d(5, 5, 1), "wide": nn.Conv2d(10, 5, 3, padding=1)}
        layer = Plain(forward, **parts, act=nn.LeakyReLU())
        with torch.no_grad():
            count = layer(torch.zeros(1, 5, 5, 4)).shape[1]
        return nn.Sequential(layer, nn.Conv2d(count, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))

    alike(twin(make, (5, 5, 4)))


def test_outputs_that_are_joined_and_whose_part_is_read_again(twin):
    def make():
        def forward(m, x):
            y = m.pool(m.f(x))
            return torch.cat([y, m.g(y)], 1).flatten(1)

        return Plain(forward, f=nn.Conv2d(2, 3, 3), pool=nn.AdaptiveAvgPool2d(1), g=nn.Conv2d(3, 4, 1))

    alike(twin(make, (2, 5, 4)))


@examples()
@given(outputs=st.integers(2, 13), squares=flags, spread=st.sampled_from([1e-3, 1.0, 300.0]), stack=stacks(), own=flags)
def test_losses(twin, outputs, squares, spread, stack, own):
    alike(twin(lambda: nn.Sequential(nn.Linear(3, outputs)), (3,), squares=squares, spread=spread, **stack), own=own)
