"""A real Accelerate run takes the scheduler as it is; t counts updates, whatever the number of processes."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.adapters import Scheduler
from lrlab.schedules import Horizon, parse

UPDATES = 8
CURVE = "warmup(span=25%)+linear"
RATES = parse(CURVE).bind(peak=0.1, horizon=Horizon(updates=UPDATES, updates_per_epoch=4)).all().tolist()


@pytest.fixture
def accelerate(library):
    module = library("accelerate")
    module.state.AcceleratorState._reset_state(reset_partial_state=True)
    module.state.GradientState._reset_state()
    yield module
    module.state.AcceleratorState._reset_state(reset_partial_state=True)
    module.state.GradientState._reset_state()


def parts(accelerator, wrapped_first=False):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = DataLoader(TensorDataset(torch.randn(16, 3), torch.randn(16, 1)), batch_size=2)
    if wrapped_first:
        model, optimizer, data = accelerator.prepare(model, optimizer, data)
        return model, optimizer, data, accelerator.prepare(Scheduler(optimizer, CURVE, updates=UPDATES))
    return accelerator.prepare(model, optimizer, data, Scheduler(optimizer, CURVE, updates=UPDATES))


def train(accelerator, model, optimizer, data, scheduler, updates):
    used = []
    while len(used) < updates:
        for inputs, targets in data:
            with accelerator.accumulate(model):
                accelerator.backward(((model(inputs) - targets) ** 2).mean())
                if accelerator.sync_gradients:
                    used.append(scheduler.get_last_lr()[0])
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if len(used) == updates:
                break
    return used


@pytest.mark.parametrize("wrapped_first", [False, True])
def test_a_run(accelerate, wrapped_first):
    accelerator = accelerate.Accelerator(cpu=True)
    assert train(accelerator, *parts(accelerator, wrapped_first), UPDATES) == RATES


@pytest.mark.parametrize("adjust", [False, True])
def test_accumulated_batches(accelerate, adjust):
    plugin = accelerate.utils.GradientAccumulationPlugin(num_steps=2, adjust_scheduler=adjust)
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_plugin=plugin)
    assert train(accelerator, *parts(accelerator), UPDATES) == RATES


@pytest.mark.parametrize("split_batches", [False, True])
def test_calls_by_several_processes_count_once(accelerate, monkeypatch, split_batches):
    config = accelerate.utils.DataLoaderConfiguration(split_batches=split_batches)
    accelerator = accelerate.Accelerator(cpu=True, dataloader_config=config)
    prepared = parts(accelerator)
    # Accelerate calls step() once for each process, after every update; the number is all that differs.
    monkeypatch.setitem(accelerate.state.AcceleratorState._shared_state, "num_processes", 4)
    monkeypatch.setitem(accelerate.state.PartialState._shared_state, "num_processes", 4)
    assert accelerate.state.AcceleratorState().num_processes == 4
    model, optimizer, data, scheduler = prepared
    used = []
    for inputs, targets in data:
        ((model(inputs) - targets) ** 2).mean().backward()
        used.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    assert used == RATES


def test_saved_and_loaded(accelerate, tmp_path):
    accelerator = accelerate.Accelerator(cpu=True)
    first = train(accelerator, *parts(accelerator), 3)
    accelerator.save_state(str(tmp_path))
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    again = accelerate.Accelerator(cpu=True)
    prepared = parts(again)
    again.load_state(str(tmp_path))
    assert first + train(again, *prepared, UPDATES - 3) == RATES
