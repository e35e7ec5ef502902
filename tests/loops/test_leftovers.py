"""What a trial leaves changed around it is seen, named, and kept from the next trial."""

import random
import sys
import types

import numpy as np
import pytest

from lrlab.execution import Processes
from lrlab.loops import open_loop
from lrlab.spec import Ended, RunLoop, Trial, Warned

SHARED = """
import numpy as np

import lrlab

weights = np.zeros(3)
{more}

@lrlab.trial
def train(run):
    [run.rate(t) for t in range(run.updates)]
    {change}
    run.report(validation_loss=float(weights.sum()))
    run.finish(test_loss=float(weights.sum()))
"""


def run_in_processes(tmp_path, text, trials=3):
    """The ends and the warnings of trials, one after the other, that one worker is handed."""
    file = tmp_path / "shared_by_trials.py"
    file.write_text(text)
    opened = open_loop(f"{file}:train")
    said = {"optimizer": "sgd", "schedule": "constant", "peak": 0.5, "budget": "8 updates", "batch_size": 1}
    jobs = [
        RunLoop(
            name=str(seed),
            trial=Trial(task=opened.name, data=opened.data, seed=seed, **said),
            where=opened.where,
            folder=str(tmp_path / str(seed)),
        )
        for seed in range(trials)
    ]
    pool = Processes(slots=1)
    try:
        events = list(pool.run(jobs))
    finally:
        pool.close()
    return [event for event in events if isinstance(event, Ended)], [e for e in events if isinstance(e, Warned)]


@pytest.mark.slow
def test_a_trial_does_not_begin_with_what_the_one_before_it_left(tmp_path):
    ends, told = run_in_processes(tmp_path, SHARED.format(more="", change="weights[:] += 1"))
    assert [end.trained[0].record.test.score for end in ends] == [3.0, 3.0, 3.0]
    assert all(end.spent for end in ends)
    assert "changes weights" in told[0].text
    assert "make it within the function" in told[0].text


@pytest.mark.slow
def test_a_process_goes_on_where_nothing_is_left(tmp_path):
    ends, told = run_in_processes(tmp_path, SHARED.format(more="seen = []", change="seen.append(run.seed)"))
    assert len(ends) == 3
    assert not any(end.spent for end in ends)
    assert not told


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: np.zeros(3), lambda m: m.held.__setitem__(0, 1.0)),
        (lambda: np.zeros((3, 2)).T, lambda m: m.held.__setitem__((0, 0), 1.0)),
        (lambda: np.random.default_rng(0), lambda m: m.held.random()),
        (lambda: np.random.RandomState(0), lambda m: m.held.rand()),
        (lambda: random.Random(0), lambda m: m.held.random()),
        (lambda: 0, lambda m: setattr(m, "held", 1)),
        (lambda: None, lambda m: setattr(m, "held", np.zeros(2))),
        (lambda: {"a": [np.zeros(2)]}, lambda m: m.held["a"][0].__setitem__(0, 1.0)),
        (lambda: np.zeros(2), lambda m: delattr(m, "held")),
    ],
)
def test_each_kind_of_state_is_seen(make, change, perform):
    module = types.ModuleType("_lrlab_task_held")
    module.__file__ = "/somewhere/held.py"
    module.held = make()
    sys.modules[module.__name__] = module
    try:
        *_, told, end = perform(finishing(lambda: change(module)))
        assert end.spent
        assert "changes held, which" in told.text
        assert "leave out --workers 0" in told.text
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (lambda: np.zeros(3), lambda m: m.held.sum()),
        (lambda: float("nan"), lambda m: None),
        (lambda: [1.0], lambda m: m.held.append(2.0)),
        (lambda: np.array(["a", None], object), lambda m: None),
        (lambda: object(), lambda m: setattr(m, "held", object())),
        (lambda: [[[0] * 900] * 900] * 900, lambda m: None),
    ],
)
def test_what_is_only_used_is_no_change(make, use, perform):
    module = types.ModuleType("_lrlab_task_held")
    module.__file__ = "/somewhere/held.py"
    module.held = make()
    sys.modules[module.__name__] = module
    try:
        events = perform(finishing(lambda: use(module)))
        assert not events[-1].spent
        assert not any(isinstance(event, Warned) for event in events)
    finally:
        del sys.modules[module.__name__]


def test_weights_optimizers_generators_and_modes_of_torch(perform):
    torch = pytest.importorskip("torch")
    model, generator = torch.nn.Linear(2, 1), torch.Generator()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def train(run):
        run.rate(0)
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        torch.rand(1, generator=generator)
        torch.set_default_dtype(torch.float64)
        run.finish(test_loss=0.5)

    try:
        *_, told, end = perform(train, budget="1 updates")
        assert end.spent
        assert "changes generator, model, optimizer" in told.text
    finally:
        torch.set_default_dtype(torch.float32)


def finishing(act):
    def train(run):
        for t in range(run.updates):
            run.rate(t)
        act()
        run.finish(test_loss=0.5)

    return train
