"""A plain PyTorch loop under three schedules, each run stopped half-way, saved, and resumed from the file. Try

python examples/plain_loop.py
"""

import tempfile
from pathlib import Path

import torch
from torch import nn

from lrlab import Scheduler

SCHEDULES = ["warmup(span=10%)+cosine", "wsd", "one_cycle(momenta=[0.95, 0.85])"]
INPUTS = torch.linspace(-2, 2, 256)[:, None]
TARGETS = torch.sin(3 * INPUTS)


def begin(schedule):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, optimizer, Scheduler(optimizer, schedule, updates=400)


def train(model, optimizer, scheduler, until):
    while scheduler.t < until:
        loss = nn.functional.mse_loss(model(INPUTS), TARGETS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return loss.item()


file = Path(tempfile.mkdtemp()) / "run.pt"
for schedule in SCHEDULES:
    whole = train(*begin(schedule), until=400)
    parts = begin(schedule)
    train(*parts, until=200)
    torch.save([part.state_dict() for part in parts], file)
    parts = begin(schedule)
    for part, state in zip(parts, torch.load(file), strict=True):
        part.load_state_dict(state)
    print(f"{schedule:32} loss {whole:.6f}, resumed half-way {train(*parts, until=400):.6f}")
