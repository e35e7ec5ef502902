"""An engine of ignite as a trial: an event steps the trial's scheduler. Try

lrlab compare examples/ignite_loop.py:train constant cosine "warmup(span=5%)+linear" --updates 370
"""

import torch
from digits_split import UPDATES_PER_EPOCH, digits
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Loss
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lrlab


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    parts = [TensorDataset(*map(torch.as_tensor, part)) for part in digits()]
    torch.manual_seed(run.seed)
    model = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=run.peak, momentum=0.9), nn.CrossEntropyLoss()
    trainer = create_supervised_trainer(model, optimizer, loss)
    scheduler = run.scheduler(optimizer)
    trainer.add_event_handler(Events.ITERATION_COMPLETED, lambda: scheduler.step())
    evaluator = create_supervised_evaluator(model, {"loss": Loss(loss), "accuracy": Accuracy()})

    def measure(name, part):
        measured = evaluator.run(DataLoader(part, batch_size=300)).metrics
        return {f"{name}_{metric}": value for metric, value in measured.items()}

    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: run.report(**measure("validation", parts[1])))
    loader = DataLoader(parts[0], batch_size=32, shuffle=True, drop_last=True)
    trainer.run(loader, max_epochs=run.updates // run.updates_per_epoch)
    run.finish(**measure("test", parts[2]))
