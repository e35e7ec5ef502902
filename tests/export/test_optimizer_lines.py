"""The line that makes each optimizer, run: what is made is what lrlab trains with."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import make_optimizer
from lrlab.engine._optimizer import evaluation_weights, step
from lrlab.engine._values import TrialValues
from lrlab.errors import ScheduleError
from lrlab.export import scheduler_lines, torch_lines
from lrlab.rules import parse
from lrlab.schedules import Horizon
from lrlab.spec import OPTIMIZERS, Optimizer, Trial

HORIZON = Horizon(updates=6, updates_per_epoch=3)
PACKAGES = {
    "lion": "lion_pytorch",
    "prodigy": "prodigyopt",
    "schedule_free_sgd": "schedulefree",
    "schedule_free_adamw": "schedulefree",
}


def lines(plan="linear", peak=0.1, **fields):
    chosen = Optimizer(**fields)
    settings = chosen.model_dump(exclude={"name"})
    return torch_lines(parse(plan), peak=peak, horizon=HORIZON, optimizer=chosen.name, settings=settings)


def net():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def weights_after(model, optimizer, before):
    for t in range(HORIZON.updates):
        optimizer.zero_grad()
        inputs = torch.linspace(-1, 1, 15, dtype=torch.float64).view(5, 3) + t
        model(inputs).square().mean().backward()
        before(t)
        optimizer.step()
    return np.concatenate([weight.detach().flatten().numpy() for weight in model.parameters()])


@pytest.mark.parametrize("settings", [{}, {"no_decay": True}, {"layer_decay": 0.5, "momentum": 0.8}], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_made_is_the_one_that_was_trained_with(name, settings):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    if name == "prodigy" and "layer_decay" in settings:
        return
    fields = {"name": name, "weight_decay": 0.1} | settings
    world = {"model": net()}
    exec(lines(**fields).split("# in the training loop")[0], world)
    pasted = weights_after(world["model"], world["optimizer"], lambda t: t and world["scheduler"].step())
    model, chosen = net(), Optimizer(**fields)
    ours = make_optimizer(model, chosen)

    class Ours:
        zero_grad = ours.zero_grad

        def __init__(self):
            self.t = 0

        def step(self):
            step(ours, chosen, (0.1 * (1 - self.t / HORIZON.updates), chosen.momentum, chosen.weight_decay))
            self.t += 1

    np.testing.assert_allclose(pasted, weights_after(model, Ours(), lambda t: None), rtol=1e-7, atol=1e-9)


GROUPS = [{}, {"no_decay": True}, {"layer_decay": 0.5, "momentum": 0.8}]


@pytest.mark.parametrize("settings", GROUPS, ids=str)
@pytest.mark.parametrize("name", [name for name, kind in OPTIMIZERS.items() if kind.momentum_argument])
def test_the_momentum_is_the_schedules_from_the_first_update(name, settings):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    if name == "prodigy" and "layer_decay" in settings:
        return
    plan = "sequence(of=[one_cycle(rise=50%, momenta=[0.95, 0.85]), constant], at=[4 updates])"
    text, argument = lines(plan, name=name, **settings), OPTIMIZERS[name].momentum_argument
    made, _, loop = text.partition("# in the training loop")
    world = {"model": net()}
    exec(made, world)
    used = []
    for _ in range(HORIZON.updates):
        world["model"](torch.ones(1, 3, dtype=torch.float64)).sum().backward()
        used.append([group[argument] for group in world["optimizer"].param_groups])
        exec(f"# in the training loop{loop}", world)
    moved = parse(plan).bind(peak=0.1, horizon=HORIZON).momentum(np.arange(HORIZON.updates))
    alone = Optimizer(name=name, **settings).momentum
    for groups, momentum in zip(used, moved.tolist(), strict=True):
        firsts = [group[0] if isinstance(group, tuple) else group for group in groups]
        assert firsts == pytest.approx([alone if np.isnan(momentum) else momentum] * len(groups))


def test_without_settings_momentum_is_what_the_made_optimizer_has():
    from lrlab.export._optimizers import momentum_of

    own = {"muon": {}, "lamb": {}, "sgd": {"no_decay": True}}
    for name, settings in own.items():
        assert float(momentum_of(name, settings)) == Optimizer(name=name, **settings).momentum
    assert momentum_of("sgd", {}) == "0.0"


@pytest.mark.parametrize("settings", GROUPS, ids=str)
@pytest.mark.parametrize("name", ["adamw", "lamb", "sgd", "muon", "schedule_free_adamw"])
@pytest.mark.parametrize("short", [False, True])
def test_a_decay_that_follows_the_shape_is_over_the_peak(name, settings, short):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    fields = {"name": name, "weight_decay": 0.1, "decay_follows": "shape"} | settings
    written = Optimizer(**fields).model_dump(exclude={"name"})
    asked = {"peak": 0.001, "horizon": HORIZON, "optimizer": name, "settings": written}
    world = {"model": net()}
    exec((scheduler_lines if short else torch_lines)(parse("linear"), **asked).split("# in the training")[0], world)
    plain = make_optimizer(net(), Optimizer(**fields), 0.001)
    expected = [group["weight_decay"] / 0.001 for group in plain.param_groups]
    assert sorted({group["weight_decay"] for group in world["optimizer"].param_groups}) == pytest.approx(
        sorted(set(expected))
    )


def test_a_decay_schedule_keeps_groups_without_decay_at_none():
    said = "weight_decay of each group is 0.2 times cosine"
    assert f'{said} times group["decay_ratio"]\n' in lines(weight_decay=0.2, decay_schedule="cosine", no_decay=True)
    assert f"{said}\n" in lines(weight_decay=0.2, decay_schedule="cosine")


def test_what_moves_is_said_to_the_loop():
    text = lines(weight_decay=0.2, decay_schedule="cosine", accumulate=4)
    assert "# before each update: weight_decay of each group is 0.2 times cosine" in text
    assert "# in the training loop, after every 4 batches, each with (loss / 4).backward():" in text
    assert "weight_decay=0.2 / PEAK" in lines(weight_decay=0.2, decay_follows="shape")


def test_the_weights_to_evaluate_are_said():
    assert "optimizer.train()  # before evaluating or saving: optimizer.eval()" in lines(name="schedule_free_sgd")


def test_the_weights_that_our_own_schedule_free_evaluates_are_swapped_in_and_back():
    world = {"model": net()}
    text = lines(name="schedule_free_adamw", no_decay=True).split("# in the training loop")[0]
    exec(text, world)
    weights_after(world["model"], world["optimizer"], lambda t: t and world["scheduler"].step())
    swap = next(line for line in text.splitlines() if "evaluation_weights" in line).removeprefix("# ")
    means = {weight: mean.clone() for weight, mean in world["optimizer"].evaluation_weights().items()}
    trained = {weight: weight.detach().clone() for weight in means}
    exec(swap, world)
    assert all(torch.equal(weight, mean) for weight, mean in means.items())
    exec(swap, world)
    assert all(torch.equal(weight, before) for weight, before in trained.items())


def test_what_is_usual_is_as_the_entries_have_it():
    from lrlab.export._optimizers import MADE, OF_ITS_OWN, USUAL, WRITTEN

    fields = Optimizer.model_fields
    assert {name: fields[name].default for name in USUAL} == USUAL
    assert {name: kind.usual for name, kind in OPTIMIZERS.items() if kind.usual} == OF_ITS_OWN
    assert {*MADE, *WRITTEN} == set(OPTIMIZERS)


CYCLE = "one_cycle(rise=4 updates, momenta=[0.95, 0.6])"
AT_MOMENTA = {
    "none": ("linear", {"momentum": 0.0}),
    "moved": (CYCLE, {}),
    "moved from none": ("one_cycle(rise=4 updates, momenta=[0, 0.9])", {}),
    "scheduled": ("linear", {"momentum_schedule": "linear"}),
    "scheduled from none": ("linear", {"momentum_schedule": "warmup(span=3 updates, first=0)+constant"}),
}


def of_the_engine(plan, chosen, peak):
    """What lrlab trains: the values of every update, the weights, and those that it evaluates."""
    asked = {"task": "a/b", "data": "none", "peak": peak, "seed": 1, "budget": "6 updates", "batch_size": 5}
    values = TrialValues(Trial(**asked, optimizer=chosen, schedule=parse(plan)), HORIZON)
    model = net()
    optimizer = make_optimizer(model, chosen)
    trained = weights_after(model, Steps(lambda t: step(optimizer, chosen, values.of(t)), optimizer), lambda t: None)
    own = evaluation_weights(optimizer, model)
    return values, trained, flat(own.get(name, weight) for name, weight in model.named_parameters())


def of_the_lines(text, values):
    """What the lines train, with the momentum of each update written where they say that the loop does it."""
    made, _, loop = text.partition("# in the training loop")
    world = {"model": net()}
    exec(made, world)
    optimizer = world["optimizer"]

    def update(t):
        for group in optimizer.param_groups if "# before each update: momentum" in text else ():
            momentum = values.of(t)[1]
            group |= {"betas": (momentum, group["betas"][1])} if "betas" in group else {"momentum": momentum}
        exec(f"#{loop}" if loop else "optimizer.step()\nscheduler.step()", world)

    trained = weights_after(world["model"], Steps(update, optimizer), lambda t: None)
    if hasattr(optimizer, "evaluation_weights"):
        own = optimizer.evaluation_weights()
        return trained, flat(own.get(weight, weight) for weight in world["model"].parameters())
    if hasattr(optimizer, "eval"):
        optimizer.eval()
    return trained, flat(world["model"].parameters())


class Steps:
    def __init__(self, update, optimizer):
        self.t, self.update, self.zero_grad = 0, update, optimizer.zero_grad

    def step(self):
        self.update(self.t)
        self.t += 1


def flat(weights):
    return np.concatenate([weight.detach().flatten().numpy() for weight in weights])


@pytest.mark.parametrize("case", AT_MOMENTA)
@pytest.mark.parametrize("name", [name for name, kind in OPTIMIZERS.items() if kind.momentum_argument])
def test_at_any_momentum_the_lines_train_and_evaluate_what_lrlab_does(name, case):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    plan, fields = AT_MOMENTA[case]
    chosen = Optimizer(name=name, weight_decay=0.1, **fields)
    peak = OPTIMIZERS[name].peaks[1]
    values, *expected = of_the_engine(plan, chosen, peak)
    settings = chosen.model_dump(exclude={"name"})
    for write in (torch_lines, scheduler_lines):
        text = write(parse(plan), peak=peak, horizon=HORIZON, optimizer=name, settings=settings)
        for pasted, ours in zip(of_the_lines(text, values), expected, strict=True):
            np.testing.assert_allclose(pasted, ours, rtol=1e-7, atol=1e-9)


def test_a_package_that_keeps_to_one_momentum_is_used_at_one_alone():
    assert "import schedulefree" in lines("linear", name="schedule_free_sgd", momentum=0.8)
    assert "from prodigyopt" in lines("linear", name="prodigy")
    for plan, fields in AT_MOMENTA.values():
        assert "make_optimizer(" in lines(plan, name="schedule_free_adamw", **fields)


def test_a_momentum_is_not_written_for_an_optimizer_without_one():
    for write in (torch_lines, scheduler_lines):
        with pytest.raises(ScheduleError, match="adafactor has none; leave out momenta"):
            write(parse(CYCLE), peak=0.1, horizon=HORIZON, optimizer="adafactor", settings={})


def test_torchs_rmsprop_is_left_alone_where_momentum_begins_above_0_or_stays():
    assert "torch.optim.RMSprop(" in lines(CYCLE, name="rmsprop")
    assert "torch.optim.RMSprop(" in lines("linear", name="rmsprop", momentum=0.0)
