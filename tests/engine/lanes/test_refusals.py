"""What the lane engine refuses, naming the layer; and that it refuses rather than computes something else."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.engine import train_stack
from lrlab.errors import Unstackable
from support.equivalence import Plain
from support.tasks import blobs, line, trial

SHAPE = (3, 6, 6)


def head(*layers, count=3):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(count, 4))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(108, 5), nn.Linear(5, 4)

    def forward(self, x):
        return self.head(self.lstm(x.flatten(1))[0])


def patched():
    model = head()
    model[2].forward = lambda x, layer=model[2]: F.linear(x, layer.weight * 0.5, layer.bias)
    return model


REFUSED = {
    "patched": (patched, r"layer 2 has a forward that was put in the place of its class's"),
    "LSTM": (Recurrent, r"lstm"),
    "GroupNorm": (lambda: head(nn.GroupNorm(1, 3)), r"layer 0 \(GroupNorm\)"),
    "LayerNorm": (lambda: nn.Sequential(nn.Flatten(), nn.LayerNorm(108), nn.Linear(108, 4)), r"layer 1 \(LayerNorm\)"),
    "AlphaDropout": (lambda: head(nn.AlphaDropout(0.5)), r"layer 0"),
    "InstanceNorm": (lambda: head(nn.InstanceNorm2d(3)), r"layer 0"),
    "GELU": (lambda: head(nn.GELU()), r"layer 0 \(GELU\)"),
    "ELU": (lambda: head(nn.ELU()), r"layer 0 \(ELU\)"),
    "transposed": (lambda: head(nn.ConvTranspose2d(3, 3, 2)), r"layer 0"),
    "reflected": (lambda: head(nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect")), r"layer 0"),
    "lopsided": (lambda: head(nn.Conv2d(3, 3, 2, padding="same")), r"layer 0 is padded more on one side"),
    "no statistics": (lambda: head(nn.BatchNorm2d(3, track_running_stats=False)), r"layer 0 keeps no running"),
    "average of all": (lambda: head(nn.BatchNorm2d(3, momentum=None)), r"layer 0 keeps no running"),
    "ceil": (lambda: head(nn.MaxPool2d(4, ceil_mode=True)), r"layer 0 pools in a way"),
    "dilated": (lambda: head(nn.MaxPool2d(2, dilation=2)), r"layer 0 pools in a way"),
    "divisor": (lambda: head(nn.AvgPool2d(2, divisor_override=3)), r"layer 0 pools in a way"),
    "uneven": (lambda: nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 4)), r"layer 0 pools 6x6 to"),
    "negative slope": (lambda: head(nn.LeakyReLU(-0.1)), r"layer 0 has a slope"),
    "rows": (lambda: nn.Sequential(nn.Linear(6, 2), nn.Flatten(), nn.Linear(36, 4)), r"layer 0 reads images"),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_compiled_is_refused_by_name(twin, make, says):
    with pytest.raises(Unstackable, match=says) as caught:
        twin(make, SHAPE, engines=("lanes",))
    assert caught.value.layer
    assert caught.value.layer in str(caught.value)


def test_hooks_of_a_weight_are_refused(needs_native):
    def model():
        net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
        net[0].weight.register_hook(lambda gradient: gradient * 0.5)
        return net

    task = blobs().with_model(model)
    with pytest.raises(Unstackable, match=r"parameter 0\.weight has hooks on its gradient; layout 'loop'"):
        train_stack([trial(task)], task, "lanes")


def flattened_in_part(m, x):
    return m.last(m.rows(x.flatten(1, 2)).flatten(1))


def a_number_added(m, x):
    return m.head((m.conv(x) + 1).flatten(1))


def times_two(m, x):
    return m.head(torch.add(m.conv(x), x, alpha=2).flatten(1))


def a_row_added(m, x):
    return m.head((m.conv(x) + m.conv(x).mean((2, 3), keepdim=True)).flatten(1))


def rows_joined(m, x):
    return m.head(torch.cat([x, x], 2).flatten(1)[:, :108])


def multiplied(m, x):
    return m.head((m.conv(x) * x).flatten(1))


def functional_dropout(m, x):
    return m.head(F.dropout(x, 0.5, m.training).flatten(1))


ODD = [flattened_in_part, a_number_added, times_two, a_row_added, rows_joined, multiplied, functional_dropout]


@pytest.mark.parametrize("forward", ODD)
def test_an_operation_in_a_way_that_is_not_compiled_is_refused(twin, forward):
    def make():
        rows, last = nn.Linear(6, 2), nn.Linear(36, 4)
        return Plain(forward, conv=nn.Conv2d(3, 3, 1), head=nn.Linear(108, 4), rows=rows, last=last)

    with pytest.raises(Unstackable):
        twin(make, SHAPE, engines=("lanes",))


def test_outputs_of_several_pixels_are_refused(twin):
    with pytest.raises(Unstackable, match="gives flattened images"):
        twin(lambda: nn.Sequential(nn.Conv2d(3, 5, 5), nn.Flatten()), SHAPE, engines=("lanes",), classes=4)


@pytest.mark.usefixtures("instruction_set")
def test_an_own_loss_a_precision_and_too_few_outputs_are_refused():
    for task, precision, says in (
        (line(dropout=0.1), "float32", "own loss"),
        (blobs(), "bfloat16", "float32 or float64"),
        (blobs().with_model(lambda: nn.Sequential(nn.Linear(2, 2))), "float32", "no classes"),
    ):
        with pytest.raises(Unstackable, match=says):
            train_stack([trial(task, precision=precision)], task, "lanes")


def test_where_nothing_is_compiled_the_reason_is_told(twin, monkeypatch, tmp_path):
    monkeypatch.setenv("LRLAB_NATIVE", str(tmp_path))
    with pytest.raises(Unstackable, match="LRLAB_NATIVE names"):
        twin(lambda: nn.Sequential(nn.Linear(2, 2)), (2,), engines=("lanes",))
