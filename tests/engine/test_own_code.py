"""Whatever a user puts between a module and what its class says: every layout equals the plain loop, or refuses."""

import types
from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.modules import module as torch_module
from torch.nn.utils import parametrizations
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from lrlab.engine import LAYOUTS, has_lanes, train, train_stack
from lrlab.engine._layouts._own_code import check_own_code
from lrlab.errors import Unstackable
from support.tasks import blobs, trial

BACKENDS = [*LAYOUTS, *(["lanes"] if has_lanes() else [])]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.b(torch.tanh(self.middle(x)))

    def middle(self, x):
        return self.a(x)


def made(change):
    def make():
        model = Net()
        change(model)
        return model

    return make


def with_middle(middle):
    return lambda: type("Changed", (Net,), {"middle": middle})()


class Convolved(nn.Module):
    """Its convolution is changed in the way that makes images tile."""

    def __init__(self):
        super().__init__()
        self.c, self.b = nn.Conv1d(1, 4, 1), nn.Linear(8, 3)
        self.c._conv_forward = types.MethodType(lambda _, x, w, b: F.conv1d(x, 2 * w, b), self.c)

    def forward(self, x):
        return self.b(torch.tanh(self.c(x[:, None])).flatten(1))


class Called(Net):
    def __call__(self, x):
        return 2 * super().__call__(x)


class Doubled(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        return 2 * result if func is F.linear else result


class OwnWeight(nn.Parameter):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            result = func(*args, **(kwargs or {}))
            return 2 * result if func is F.linear else result


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class Unlike(Net):
    """Twice as much where its code is given a tensor; a trace gives it something else."""

    def middle(self, x):
        return self.a(2 * x if isinstance(x, torch.Tensor) else x)


def twice(gradients):
    return tuple(None if gradient is None else 2 * gradient for gradient in gradients)


def under(context):
    def middle(self, x):
        with context():
            y = self.a(x)
        return y.clone() if y.is_inference() else y

    return with_middle(middle)


def kept_twice():
    return torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: 2 * x)


def halves_gradient(self, x):
    y = self.a(x)
    if y.requires_grad:
        y.register_hook(lambda gradient: 0.5 * gradient)
    return y


def halves_gradient_in_training(self, x):
    y = self.a(x)
    if self.training:
        y.register_hook(lambda gradient: 0.5 * gradient)
    return y


def doubles_gradient_of_node(self, x):
    y = self.a(x)
    if y.grad_fn is not None:
        y.grad_fn.register_prehook(twice)
    return y


def asks_for_gradients(self, x):
    y = self.a(x)
    if torch.is_grad_enabled():
        y = y + torch.autograd.grad(y.square().sum(), self.a.weight, create_graph=True)[0].square().sum()
    return y


class SparseTable(Net):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 6, sparse=True)

    def middle(self, x):
        return self.a(x) + self.table((x[:, 0] > 0).long())


def puts(layer, name, method):
    return made(lambda model: setattr(getattr(model, layer), name, method(getattr(model, layer))))


def loosens_weight(model):
    weight = model.a.weight
    del model.a.weight
    model.a.own, model.a.weight = weight, torch.ones(6, 2, dtype=torch.float64)


MODELS = {
    "a part of a forward": Convolved,
    "call": puts("a", "_call_impl", lambda layer: lambda x, old=layer._call_impl: 2 * old(x)),
    "compiled call": puts("a", "_compiled_call_impl", lambda layer: lambda x: 2 * F.linear(x, layer.weight)),
    "call of the model": Called,
    "forward of the model": made(lambda model: setattr(model, "forward", lambda x: 2 * model.b(model.a(x)))),
    "weight norm": made(lambda model: parametrizations.weight_norm(model.a)),
    "spectral norm": made(lambda model: parametrizations.spectral_norm(model.a)),
    "compiled": made(lambda model: model.a.compile(backend="eager")),
    "a weight that is none": made(loosens_weight),
    "a class of weights": made(lambda model: setattr(model.a, "weight", OwnWeight(model.a.weight.detach()))),
    "pre-hook": made(
        lambda model: model.a.register_forward_pre_hook(lambda _, args, kw: ((2 * args[0],), kw), with_kwargs=True)
    ),
    "backward hook": made(lambda model: model.b.register_full_backward_hook(lambda _, given, __: twice(given))),
    "backward pre-hook": made(lambda model: model.a.register_full_backward_pre_hook(lambda _, given: twice(given))),
    "no gradients": under(torch.no_grad),
    "inference": under(torch.inference_mode),
    "autocast": under(lambda: torch.autocast("cpu", torch.bfloat16, enabled=False)),
    "mode": under(Doubled),
    "kept tensors": under(kept_twice),
    "checkpoint": with_middle(lambda self, x: checkpoint(self.a, x, use_reentrant=False)),
    "own backward": with_middle(lambda self, x: Reversed.apply(self.a(x))),
    "asks whether gradients are on": with_middle(lambda self, x: self.a(2 * x if torch.is_grad_enabled() else x)),
    "asks whether a weight is trained": with_middle(lambda self, x: self.a(x if self.a.weight.requires_grad else -x)),
    "gradient of a gradient": with_middle(asks_for_gradients),
    "hook on a value": with_middle(halves_gradient),
    "hook on a value in training": with_middle(halves_gradient_in_training),
    "hook on a node": with_middle(doubles_gradient_of_node),
    "sparse table": SparseTable,
    "asks what it is given": Unlike,
}


def trials_of(task, precision="float64"):
    peaks = ((1, 0.05), (1, 0.1), (2, 0.1))
    return [trial(task, seed=seed, peak=peak, precision=precision, budget="6 updates") for seed, peak in peaks]


def check_every_layout(model):
    """Each layout trains as the plain loop, or refuses in words. Which of them trained."""
    task = blobs(classes=3).with_model(model)
    plain, took = [train(each, task) for each in trials_of(task)], []
    for layout in BACKENDS:
        try:
            stacked = train_stack(trials_of(task), task, layout)
        except Unstackable:
            continue
        took.append(layout)
        for one, other in zip(stacked, plain, strict=True):
            assert abs(one.record.test.loss - other.record.test.loss) < 1e-9, layout
            for name, weight in other.weights.items():
                torch.testing.assert_close(one.weights[name], weight, rtol=1e-9, atol=1e-12, msg=f"{layout}: {name}")
    return took


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_a_model_does_beside_its_class_is_trained_or_refused(model):
    assert {"loop", "channels_last"} <= set(check_every_layout(model))


def test_the_model_that_all_these_change_is_stacked():
    assert check_every_layout(Net) == BACKENDS
    assert {"grouped", "vmap"} <= set(check_every_layout(MODELS["compiled"]))
    assert "grouped" in check_every_layout(MODELS["checkpoint"])


@contextmanager
def replaced(space, name, value):
    before = vars(space).get(name)
    setattr(space, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(space, name)
        else:
            setattr(space, name, before)


@contextmanager
def registered(register, hook):
    handle = register(hook)
    try:
        yield
    finally:
        handle.remove()


def of_linear(old):
    return lambda self, *args, **kwargs: (2 if isinstance(self, nn.Linear) else 1) * old(self, *args, **kwargs)


PROCESSES = {
    "forward of a class": lambda: replaced(nn.Linear, "forward", of_linear(nn.Linear.forward)),
    "call of all": lambda: replaced(nn.Module, "__call__", of_linear(nn.Module.__call__)),
    "call of a class": lambda: replaced(nn.Linear, "_call_impl", of_linear(nn.Module._call_impl)),
    "function": lambda: replaced(F, "linear", lambda x, w, b=None, old=F.linear: 2 * old(x, w, b)),
    "operator": lambda: replaced(torch, "tanh", lambda x, old=torch.tanh: 2 * old(x)),
    "method": lambda: replaced(torch.Tensor, "tanh", lambda x, old=torch.Tensor.tanh: 2 * old(x)),
    "mode": Doubled,
    "hook": lambda: registered(
        torch_module.register_module_forward_hook, lambda m, _, y: 2 * y if type(m) is nn.Linear else None
    ),
    "pre-hook": lambda: registered(
        torch_module.register_module_forward_pre_hook, lambda m, args: (2 * args[0],) if type(m) is nn.Linear else None
    ),
    "backward hook": lambda: registered(
        torch_module.register_module_full_backward_hook, lambda _, given, __: twice(given)
    ),
}


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
@pytest.mark.parametrize("context", PROCESSES.values(), ids=PROCESSES)
def test_what_a_process_does_beside_torch_is_trained_or_refused(context):
    with context():
        took = check_every_layout(Net)
        assert "loop" in took
        assert not {"grouped", "lanes"} & set(took)


def test_what_others_add_to_torch_and_torch_never_calls_is_let_be():
    with replaced(nn.Module, "smart_apply", lambda self: self), replaced(torch.Tensor, "__repr__", lambda _: "x"):
        check_own_code(Net())
    check_own_code(nn.Sequential(nn.LSTM(2, 2), nn.TransformerEncoderLayer(4, 2), nn.BatchNorm2d(2)))


@pytest.mark.parametrize(
    ("context", "make", "words"),
    [
        (nullcontext, Convolved, "layer c has a _conv_forward that was put in the place of its class's; this model's"),
        (nullcontext, Called, "Called has a __call__ of its own, which is more than its forward"),
        (PROCESSES["function"], Net, "torch.nn.functional.linear is not as torch has it, and was replaced or added"),
        (PROCESSES["hook"], Net, r"torch has hooks on all modules \(forward hooks\); this model's trials run one by"),
        (PROCESSES["mode"], Net, "torch runs under the mode Doubled"),
        (nullcontext, MODELS["a weight that is none"], "layer a has a tensor as its weight that is no parameter"),
        (nullcontext, MODELS["compiled call"], "layer a has a _compiled_call_impl that torch.compile did not make"),
    ],
)
def test_a_refusal_names_what_was_changed(context, make, words):
    with context(), pytest.raises(Unstackable, match=words):
        check_own_code(make())


CONTEXTS = {
    "no gradients": r"computes a part of its forward without gradients \(torch.no_grad",
    "kept tensors": "computes a part of its forward with hooks on the tensors kept for backward",
    "mode": "computes a part of its forward under a mode",
    "a class of weights": "a.weight is a OwnWeight, with functions of its own; layout 'loop' takes any module",
    "backward hook": "layer b has hooks on its gradient; layout 'loop' takes any module",
    "asks what it is given": "Unlike computes other numbers than the stack made of it: .* differ by .*layout 'loop'",
}


VMAP = {
    "hook on a value": "forward reads or sets requires_grad of a tensor; layout 'loop' takes any module",
    "hook on a value in training": "forward reads or sets register_hook of a tensor",
    "sparse table": "SparseTable runs alone, and not in a stack .*; layout 'loop' takes any module",
    "gradient of a gradient": "runs alone, and not in a stack",
}


@pytest.mark.parametrize(
    ("layout", "name", "words"),
    [("grouped", *item) for item in CONTEXTS.items()] + [("vmap", *item) for item in VMAP.items()],
)
def test_a_layout_says_what_it_cannot_stack(layout, name, words):
    task = blobs(classes=3).with_model(MODELS[name])
    with pytest.raises(Unstackable, match=words):
        train_stack(trials_of(task), task, layout)


def test_autocast_in_a_forward_is_trained_or_refused():
    model = under(lambda: torch.autocast("cpu", torch.bfloat16))
    task = blobs(classes=3).with_model(lambda: model().float())
    with pytest.raises(Unstackable, match="computes a part of its forward under autocast"):
        train_stack(trials_of(task, "float32"), task, "grouped")
    left = blobs(classes=3).with_model(MODELS["autocast"])
    with pytest.raises(Unstackable, match="computes a part of its forward under autocast, or the rest"):
        train_stack(trials_of(left, "bfloat16"), left, "grouped")
