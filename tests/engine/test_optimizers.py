"""One entry for each optimizer: torch's class, the stacked arithmetic and the compiled one are all of those named."""

import inspect
import re
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import pytest
import torch
from torch import nn

from lrlab import spec
from lrlab.engine import train, train_stack
from lrlab.engine._optimizer import make_optimizer, step
from lrlab.engine._parameter_groups import parameter_groups
from lrlab.engine._stack_optimizer import ARITHMETIC, StackOptimizer
from lrlab.engine._stack_values import StackValues
from lrlab.engine._values import TrialValues
from lrlab.errors import StudyError, Unstackable
from lrlab.schedules import Horizon
from lrlab.spec import OPTIMIZERS, Optimizer
from support.tasks import blobs, trial

HEADER = Path(__file__).parents[2] / "native" / "lanes" / "optimizer.h"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_entry_is_torchs_class_with_fields_there_are(name):
    kind = OPTIMIZERS[name]
    parameters = inspect.signature(resolve_name(kind.torch)).parameters
    assert set(kind.arguments) <= set(parameters)
    assert set(kind.fields) <= set(Optimizer.model_fields) - {"name", "clip"}
    assert "weight_decay" in kind.fields
    assert kind.momentum_argument or name == "adafactor"
    assert list(kind.peaks) == sorted(kind.peaks)
    settings = Optimizer(name=name, momentum=0.8, weight_decay=0.1, beta2=0.98, eps=1e-6, alpha=0.9)
    model = nn.Linear(2, 1)
    group = make_optimizer(model, settings).param_groups[0]
    for argument, fields in kind.arguments.items():
        values = tuple(getattr(settings, field) for field in fields)
        assert group[argument] == (values if len(values) > 1 else values[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_rate_momentum_and_decay_are_written_before_an_update(name):
    model, settings = nn.Linear(2, 1), Optimizer(name=name, momentum=0.8, beta2=0.98)
    optimizer = make_optimizer(model, settings)
    model(torch.ones(1, 2)).sum().backward()
    step(optimizer, settings, (0.5, 0.25, 0.125))
    (group,) = optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.125)
    if name != "adafactor":
        written = group[OPTIMIZERS[name].momentum_argument]
        assert written == ((0.25, 0.98) if isinstance(written, tuple) else 0.25)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stack_keeps_what_the_entry_says(name):
    weights = {"weight": torch.zeros(3, 2)}
    state = StackOptimizer(Optimizer(name=name), weights).state
    assert tuple(state) == OPTIMIZERS[name].slots
    held = [tensors["weight"] for slot, tensors in state.items() if slot != "trial" and "weight" in tensors]
    assert all(tensor.shape == (3, 2) for tensor in held)
    assert all(tensor.shape == (3,) for tensor in state.get("trial", {}).values())


def test_the_stacked_and_the_compiled_arithmetic_are_of_these_optimizers():
    assert ARITHMETIC.keys() == OPTIMIZERS.keys()
    (names,) = re.findall(r"enum class OptimizerKind \{ (.*?) \};", HEADER.read_text())
    compiled = {kind.compiled: name for name, kind in OPTIMIZERS.items() if kind.compiled is not None}
    assert dict(enumerate(names.split(", "))) == compiled


def test_one_more_optimizer_is_an_entry_and_its_arithmetic(monkeypatch):
    """By every engine but lanes, which say that they lack it."""
    monkeypatch.setitem(OPTIMIZERS, "mine", replace(OPTIMIZERS["rmsprop"], compiled=None))
    monkeypatch.setitem(ARITHMETIC, "mine", ARITHMETIC["rmsprop"])
    task = blobs()
    mine, other = (trial(task, optimizer=Optimizer(name=name)) for name in ("Mine", "rmsprop"))
    assert train(mine, task).record.test == train(other, task).record.test
    stacked = [train_stack([one], task, "grouped")[0] for one in (mine, other)]
    assert stacked[0].record.test == stacked[1].record.test
    with pytest.raises(Unstackable, match="the optimizer mine is not compiled; it is not run in lanes"):
        train_stack([mine], task, "lanes")


@pytest.mark.parametrize("name", ["adma", 3, True, None])
def test_an_optimizer_is_one_of_those_there_are(name):
    for make in (lambda **fields: Optimizer(**fields), lambda **fields: spec.make_optimizer(fields)):
        with pytest.raises(StudyError, match=r"name: input should be 'sgd', 'adam', .* or 'prodigy', but got"):
            make(name=name)


def test_nesterov_is_of_those_that_read_it():
    with pytest.raises(StudyError, match="nesterov needs sgd or muon with momentum above 0, but got adam"):
        Optimizer(name="adam", nesterov=True)


MISTAKES = {
    "decay_schedule is a schedule, but got the rule": {"decay_schedule": "plateau+constant"},
    "leave out one of them": {"decay_schedule": "cosine", "decay_follows": "shape"},
    "leave out layer_decay, or take adamw": {"name": "prodigy", "layer_decay": 0.9},
    "leave out momentum_schedule": {"name": "adafactor", "momentum_schedule": "cosine"},
}


@pytest.mark.parametrize("way", MISTAKES)
def test_settings_that_do_not_go_together_are_refused(way):
    with pytest.raises(StudyError, match=way):
        Optimizer(**MISTAKES[way])


def test_what_is_usual_stands_where_nothing_is_said():
    assert (Optimizer(name="Lion").beta2, Optimizer(name="lion", beta2=0.95).beta2) == (0.99, 0.95)
    muon = Optimizer(name="muon")
    assert (muon.momentum, muon.nesterov, Optimizer(name="muon", momentum=0).nesterov) == (0.95, True, False)
    assert Optimizer.from_json(muon.to_json()) == muon
    moved = Optimizer(weight_decay=0.1).renamed({"name": "lion"})
    assert moved == Optimizer(name="lion", weight_decay=0.1)
    assert Optimizer(name="lion").renamed({"name": "adamw"}) == Optimizer(name="adamw")


def test_later_fields_leave_no_trace_where_they_are_not_asked_for():
    written = {"name", "momentum", "nesterov", "weight_decay", "beta2", "eps", "alpha", "clip"}
    assert Optimizer().to_dict().keys() == written
    assert Optimizer(no_decay=True).to_dict().keys() == written | {"no_decay"}
    assert Optimizer(accumulate=1).key == Optimizer().key != Optimizer(accumulate=2).key


class Net(nn.Module):
    """Two blocks with a norm, between an embedding and a head that is tied to it."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.first, self.norm, self.second = nn.Linear(4, 4), nn.LayerNorm(4), nn.Conv1d(4, 4, 1)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embedding.weight


def grouped(**settings):
    groups = parameter_groups(Net(), Optimizer(**settings))
    return {name: (group.optimizer, group.rate, group.decay) for group in groups for name in group.names}


def test_matrices_inside_the_network_are_muons_and_all_else_is_adamws():
    groups = grouped(name="muon")
    assert {name for name, (optimizer, *_) in groups.items() if optimizer == "muon"} == {
        "first.weight",
        "second.weight",
    }
    assert {optimizer for optimizer, *_ in groups.values()} == {"muon", "adamw"}


def test_biases_and_norms_have_no_decay_and_lower_layers_lower_rates():
    decays = {name: decay for name, (_, _, decay) in grouped(no_decay=True).items()}
    assert {name for name, decay in decays.items() if decay} == {"embedding.weight", "first.weight", "second.weight"}
    rates = {name: rate for name, (_, rate, _) in grouped(layer_decay=0.5).items()}
    assert rates["embedding.weight"] == 0.25
    assert rates["first.weight"] == rates["norm.weight"] == 0.5
    assert rates["second.weight"] == 1


SEVERAL = {"name": "adamw", "accumulate": 2}


def test_an_update_from_several_batches_is_that_from_one_as_large():
    task = blobs(dropout=0)
    several = train(trial(task, batch_size=8, optimizer=SEVERAL, precision="float64"), task)
    one = train(trial(task, batch_size=16, optimizer="adamw", precision="float64"), task)
    assert several.record.updates == one.record.updates
    assert several.record.updates_per_epoch == len(task.train.labels) // 16
    for name, weight in one.weights.items():
        torch.testing.assert_close(several.weights[name], weight, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", ["grouped", "vmap", "loop"])
def test_a_stack_makes_an_update_from_several_batches_as_the_plain_loop_does(layout):
    task = blobs(dropout=0.3)
    trials = [trial(task, batch_size=8, seed=seed, optimizer=SEVERAL, precision="float64") for seed in (1, 2)]
    for stacked, plain in zip(train_stack(trials, task, layout), [train(one, task) for one in trials], strict=True):
        for name, weight in plain.weights.items():
            torch.testing.assert_close(stacked.weights[name], weight, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"name": "lion"}, "the optimizer lion is not compiled"),
        ({"no_decay": True}, "differ from layer to layer are not compiled"),
        ({"accumulate": 2}, "updates from several batches are not compiled"),
    ],
)
def test_lanes_refuse_what_is_not_compiled(settings, why):
    task = blobs()
    with pytest.raises(Unstackable, match=why):
        train_stack([trial(task, optimizer=settings, batch_size=8)], task, "lanes")


def columns(**settings):
    """Momentum and weight decay of each of 4 updates at peak 0.5, of a trial and of a stack."""
    task, horizon = blobs(), Horizon(updates=4, updates_per_epoch=2)
    one = trial(task, schedule="linear", peak=0.5, optimizer={"weight_decay": 0.2} | settings)
    single, stacked = TrialValues(one, horizon), StackValues([one, one], horizon)
    assert (stacked.table[:, 1] == single.table).all()
    return single.table[1:].tolist()


def test_weight_decay_and_momentum_move_as_settings_say():
    assert columns() == [[0.9] * 4, [0.2] * 4]
    assert columns(decay_follows="shape") == [[0.9] * 4, [0.4] * 4]
    assert columns(decay_schedule="linear")[1] == pytest.approx([0.2, 0.15, 0.1, 0.05])
    assert columns(momentum_schedule="linear", momentum=0.8)[0] == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_decay_that_follows_the_shape_does_not_depend_on_the_peak():
    """Loshchilov & Hutter's own form: with no gradient, weights shrink by 1 - decay times the schedule's shape."""
    for peak in (0.5, 0.25):
        weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
        weight.grad = torch.zeros_like(weight)
        settings = Optimizer(name="adamw", weight_decay=0.2, decay_follows="shape")
        model = nn.ParameterList([weight])
        optimizer = make_optimizer(model, settings)
        one = trial(blobs(), schedule="linear", peak=peak, optimizer=settings)
        values = TrialValues(one, Horizon(updates=2, updates_per_epoch=2))
        for t in range(2):
            step(optimizer, settings, values.of(t))
        assert weight.item() == pytest.approx((1 - 0.2) * (1 - 0.1), rel=1e-12)


def test_candidates_say_in_which_later_settings_they_differ():
    arms = [
        {
            "label": "apart",
            "candidates": [
                {"schedule": "cosine", "peak": 0.1, "optimizer": {"name": "adamw", "no_decay": True}},
                {"schedule": "cosine", "peak": 0.1, "optimizer": {"name": "adamw", "decay_schedule": "linear"}},
            ],
        }
    ]
    study = spec.make_study({"name": "s", "task": "digits/mlp", "budget": "2 epochs", "arms": arms})
    one, other = study.candidate_words(study.arms[0])
    assert "no decay true, decay schedule none" in one
    assert "no decay false, decay schedule linear" in other


ADAFACTORS = {
    "without decay": ({}, True),
    "a decay of its own": ({"weight_decay": 0.1, "decay_follows": "shape"}, True),
    "decay by the rate": ({"weight_decay": 0.1}, False),
}


@pytest.mark.parametrize("case", ADAFACTORS)
def test_peaks_of_adafactor_above_1_are_alike_where_no_decay_grows_with_them(case):
    fields, alike = ADAFACTORS[case]
    chosen, weights = Optimizer(name="adafactor", **fields), []
    for peak in (1.0, 3.0):
        asked = trial(blobs(), optimizer=chosen, schedule="constant", peak=peak, budget="3 updates")
        values = TrialValues(asked, Horizon(updates=3, updates_per_epoch=3))
        torch.manual_seed(0)
        model = nn.Linear(4, 3).double()
        optimizer = make_optimizer(model, chosen)
        for t in range(3):
            optimizer.zero_grad()
            model(torch.ones(2, 4, dtype=torch.float64)).square().sum().backward()
            step(optimizer, chosen, values.of(t))
        weights.append(model.weight.detach())
    assert torch.allclose(*weights, rtol=1e-12) is alike
    assert chosen.decays_by_rate is not alike
