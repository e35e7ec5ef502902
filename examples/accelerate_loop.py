"""A loop with Accelerate as a trial: two batches of gradients to an update. Try

lrlab compare examples/accelerate_loop.py:train constant cosine "warmup(span=5%)+linear" --updates 370
"""

import torch
from accelerate import Accelerator
from digits_split import UPDATES_PER_EPOCH, digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lrlab


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    (inputs, labels), validation, test = [tuple(map(torch.as_tensor, part)) for part in digits()]
    torch.manual_seed(run.seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=run.peak, momentum=0.9)
    kept = TensorDataset(inputs[: 32 * UPDATES_PER_EPOCH], labels[: 32 * UPDATES_PER_EPOCH])
    accelerator = Accelerator(cpu=run.device == "cpu", gradient_accumulation_steps=2)
    model, optimizer, loader, scheduler = accelerator.prepare(
        model, optimizer, DataLoader(kept, batch_size=16, shuffle=True), run.scheduler(optimizer)
    )

    def measure(name, inputs, targets):
        with torch.no_grad():
            outputs = model(inputs)
        accuracy = (outputs.argmax(1) == targets).float().mean()
        return {f"{name}_loss": nn.functional.cross_entropy(outputs, targets), f"{name}_accuracy": accuracy}

    for epoch in range(run.updates // run.updates_per_epoch):
        for batch, targets in loader:
            with accelerator.accumulate(model):
                accelerator.backward(nn.functional.cross_entropy(model(batch), targets))
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
        run.report(epoch=epoch, **measure("validation", *validation))
    run.finish(**measure("test", *test))
